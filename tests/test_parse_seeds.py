"""The five raw documents give what they hold."""

from functools import cache
from pathlib import Path

import pytest

from seeds.entry import Document, Entry, Pointer
from seeds.formats import parse

SHARED = Path(__file__).parents[2] / "shared" / "seeds"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the raw documents are not here")


@cache
def document(code: str) -> Document:
    (path,) = SHARED.glob(f"{code}_*.txt")
    return parse(path.read_bytes(), "unnamed")


def at(code: str, line: int) -> Entry:
    (entry,) = (entry for entry in document(code).entries if entry.line == line and not entry.derived)
    return entry


@pytest.mark.parametrize(
    ("code", "shape", "own", "derived"),
    [
        ("000", "markdown", 72, 8),
        ("001", "markdown", 143, 30),
        ("002", "outline", 15, 2),
        ("003", "markdown", 19, 1),
        ("004", "nuxt", 375, 2),
    ],
)
def test_every_row_becomes_an_entry(code: str, shape: str, own: int, derived: int) -> None:
    found = document(code)
    assert (found.source, found.shape) == (code, shape)
    counted = sum(not entry.derived for entry in found.entries), sum(entry.derived for entry in found.entries)
    assert counted == (own, derived)


@pytest.mark.parametrize("code", ["000", "001", "002", "003", "004"])
def test_titles_are_clean_and_nothing_is_left_damaged(code: str) -> None:
    for entry in document(code).entries:
        assert entry.title == entry.title.strip(" :：|｜[]")
        assert not entry.damaged
        assert not set(entry.title) & set("\ufffd\ue001\ue0a0\x0b")
        assert entry.line > 0
        assert entry.section


@pytest.mark.parametrize("code", ["000", "001", "002", "003", "004"])
def test_pointers_lead_to_entries_of_the_document(code: str) -> None:
    found = document(code)
    known = {url for entry in found.entries for url in entry.urls}
    targets = {
        link.target
        for entry in found.entries
        for link in entry.links
        if entry.kind != "project" and "://" in link.target
    }
    assert targets <= known


def test_people_with_works_and_affiliation() -> None:
    assert at("000", 12).works == ("Colossal-AI", "xDiT", "YunChang")
    assert at("000", 20).works == ("Colossal-AI", "VideoSys", "OpenDiT")
    assert at("000", 32).affiliation == "Purdue"
    assert at("000", 76).works == ("Mooncake",)
    assert at("000", 113).works == ("Flash Attention-1, 2, 3", "Mamba")
    assert (at("000", 153).works, at("000", 96).works) == (("BitNet",), ("vLLM",))
    assert at("000", 90).works == ()
    assert {entry.kind for entry in document("000").entries} == {"person", "project", "repo", "blog", "video"}


def test_what_a_person_wrote_points_to_the_person() -> None:
    post = next(entry for entry in document("000").entries if entry.title == "MLSys入坑指南")
    assert (post.kind, post.links) == ("blog", (Pointer("author", "https://www.zhihu.com/people/fazzie"),))


def test_a_damaged_blog_row_is_whole_again() -> None:
    entry = at("001", 151)
    assert entry.title == "图解大模型计算加速系列：分离式推理架构 1，从 DistServe 谈起"
    assert (entry.kind, entry.authors, entry.stars, entry.read) == ("blog", ("猛猿",), 4, True)
    assert entry.about == "PD Disaggregation · PD 分离原理详解"
    assert at("001", 147).stars is None


def test_a_paper_with_all_its_links() -> None:
    entry = at("001", 456)
    assert entry.section == ("Papers", "Disaggregated Architecture")
    assert (entry.date, entry.read_passes, entry.note_url) == (
        "2025-07",
        3,
        "./Papers/Disaggregated_Architecture/Step3/Notes.md",
    )
    assert entry.code_urls == ("https://github.com/stepfun-ai/Step3", "https://github.com/stepfun-ai/StepMesh")
    assert at("001", 414).title.startswith("Pre3: ")


def test_the_tree_of_learning_notes() -> None:
    assert at("001", 39).section == ("Learning Notes", "Basic Knowledges", "Programming Languages")
    assert at("001", 62).section == ("Learning Notes", "AI", "LLM")
    assert at("001", 101).urls == ("./Tools/VSCode/VSCode常用快捷键.md",)
    assert document("001").url == "https://github.com/shen-shanshan/cs-self-learning"


def test_rows_inside_comments_are_skipped_with_their_lines() -> None:
    lines = [skip.line for skip in document("001").skipped if skip.reason == "inside a comment"]
    assert set(range(126, 129)) <= set(lines)


def test_books_papers_and_notes_of_the_outline() -> None:
    assert at("002", 4).kind == "book"
    assert (at("002", 19).title, at("002", 19).section) == ("vLLM", ("Papers", "Inference System"))
    assert at("002", 15).note_url == "https://s-tanley.github.io/blogs/2025/05/15/Orca/"


def test_labs_and_people_of_the_short_list() -> None:
    assert [e.title for e in document("003").entries if e.kind == "lab"] == ["SPCL", "IPADS", "EPCC"]
    assert (at("003", 33).works, at("003", 33).affiliation) == (("FastServe", "LLMCad"), "PKU")
    assert at("003", 28).affiliation == "University of Edinburgh"


@pytest.mark.parametrize(
    ("line", "facts"),
    [
        (
            51,
            ("Enabling Parallelism Hot Switching for Efficient Training of Large Language Models", "SOSP", 2024, None),
        ),
        (
            112,
            (
                "Fire-Flyer AI-HPC: A Cost-Effective Software-Hardware Co-Design for Deep Learning",
                "SC",
                2024,
                "DeepSeek",
            ),
        ),
        (
            211,
            (
                "CacheBlend: Fast Large Language Model Serving for RAG with Cached Knowledge Fusion",
                "EuroSys",
                2025,
                None,
            ),
        ),
        (467, ("Systems for Machine Learning", None, None, "Stanford")),
        (50, ("The Llama 3 Herd of Models", None, None, None)),
    ],
)
def test_rows_of_the_payload(line: int, facts: tuple[object, ...]) -> None:
    entry = at("004", line)
    assert (entry.title, entry.venue, entry.year, entry.organisation) == facts


def test_chinese_titles_come_from_the_translation() -> None:
    assert at("004", 51).title_zh == "实现并行性热切换以高效训练大型语言模型"
    assert at("004", 218).title_zh == "基于概率需求建模的高效大语言模型服务"
    assert at("004", 219).title_zh == "eLLM：用于高效大语言模型服务的弹性内存管理框架"
    assert at("004", 428).title_zh is None
    assert sum(entry.title_zh is not None for entry in document("004").entries) > 350


def test_kinds_of_the_payload() -> None:
    kinds = {line: at("004", line).kind for line in (378, 399, 412, 421, 446, 452, 459, 468, 474, 258)}
    assert kinds == {
        378: "report", 399: "framework", 412: "framework", 421: "paper", 446: "leaderboard", 452: "paper",
        459: "blog", 468: "course", 474: "repo", 258: "paper",
    }  # fmt: skip
    assert at("004", 378).date == "2025-01"
    assert at("004", 412).section[-1] == "Post-Training"


def test_what_the_payload_holds_besides_is_skipped() -> None:
    reasons = {skip.reason for skip in document("004").skipped}
    assert {"page of the list itself", "similar project, not chosen by the list", "question about the list"} <= reasons
    assert not any("neurips25" in url or "openclaw" in url for entry in document("004").entries for url in entry.urls)
