"""Nuxt payloads become entries."""

import json
from typing import Any

from seeds.formats import parse
from seeds.formats.nuxt import Payload, parse_payload

ENGLISH = """# Gizmo Papers
## Serving
- [Gizmo](https://arxiv.org/abs/1): Fast | OSDI' 24
- [One](https://s.org/accepted): First
- [Two](https://s.org/accepted): Second
- Hot Switching of Things | SOSP' 24
- [vLLM](https://github.com/v/v)
"""
CHINESE = """# 小工具
## 服务
- [Gizmo](https://arxiv.org/abs/1)：快 | OSDI' 24
- [Two](https://s.org/accepted)：第二
- 热切换各种东西 | SOSP' 24
- [vLLM](https://github.com/v/v)
"""


def payload(**more: Any) -> list[Any]:
    return [
        {"data": 1},
        ["ShallowReactive", 2],
        {"tool": 3, "similar": 9, "loop": 1},
        {"github_repo": 4, "readme_en": 5, "readme_zh": 6, "last_commit_at": 7, "stars": 8, "faqs": 11},
        "acme/gizmo-papers",
        ENGLISH,
        CHINESE,
        "2026-01-02T03:04:05",
        3,
        [10],
        {"github_repo": 4, "name": 7},
        [12],
        {"question_zh": 7, "answer_zh": 7},
    ]


def test_the_readme_gives_entries_and_its_translation_chinese_titles() -> None:
    document = parse(json.dumps(payload()).encode(), "x.json")
    assert (document.source, document.name, document.shape) == ("gizmo-papers", "Gizmo Papers", "nuxt")
    assert (document.url, document.revision) == ("https://github.com/acme/gizmo-papers", "2026-01-02T03:04:05")
    assert [(entry.title, entry.title_zh) for entry in document.entries] == [
        ("Gizmo: Fast", "Gizmo：快"),
        ("One: First", None),
        ("Two: Second", "Two：第二"),
        ("Hot Switching of Things", "热切换各种东西"),
        ("vLLM", None),
    ]


def test_similar_projects_questions_and_the_project_are_skipped() -> None:
    reasons = [skip.reason for skip in parse(json.dumps(payload()).encode(), "x.json").skipped]
    assert sorted(reasons) == [
        "question about the list",
        "similar project, not chosen by the list",
        "the list's own project record",
    ]


def test_plain_json_without_references_is_read_too() -> None:
    found = Payload.read({"props": {"tool": {"readme": ENGLISH, "repo": "https://github.com/a/b.git"}}})
    assert found is not None
    assert found.repository == "a/b"
    assert len(parse_payload(found)[1]) == 5


def test_a_payload_with_only_a_chinese_readme() -> None:
    found = Payload.read([{"readme_zh": 1}, CHINESE])
    assert found is not None
    assert next(entry.title for entry in parse_payload(found)[1]) == "Gizmo：快"


def test_references_in_a_circle_end() -> None:
    assert Payload.read([{"readme": 1}, ["Ref", 2], ["Ref", 1]]) is None
