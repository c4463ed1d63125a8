"""Encodings, shapes, names and what is refused."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seeds.formats import ParseError, document_code, parse

LIST = "# Gizmos\n\n## 推理\n- [小工具入门与实践](https://g.org/1)：讲解推理系统\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_encodings_are_found(encoding: str) -> None:
    text = LIST + "- [A long enough list of plain words](https://g.org/2)\n" * 3
    document = parse(text.encode(encoding), "list.md")
    assert (document.entries[0].section, document.entries[0].title[:3]) == (("推理",), "小工具")


def test_windows_line_ends_make_no_difference() -> None:
    assert parse(LIST.replace("\n", "\r\n").encode(), "a.md") == parse(LIST.encode(), "a.md")


def test_a_few_broken_bytes_do_not_matter() -> None:
    assert parse(LIST.encode() + b"- [Two Words](https://g.org/2) \xff\n", "a.md").entries[1].title == "Two Words"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b" \n\t", "the file is empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04....", "zip archive"),
        (b"\x89PNG\r\n", "picture"),
        (bytes(range(256)) * 8, "binary file"),
        (b"<!DOCTYPE html><html><body><a href='x'>404</a></body></html>", "web page"),
        (b"<html>\n<head><title>Error</title>", "web page"),
        (b'[{"data":1},["Reactive",2],{"a":', "cut off or broken"),
        (b'{"readme_en": "# A\\n- [x', "cut off or broken"),
        (b'{"a": 1}', "holds no list"),
        (b"[" * 100_000 + b"1", "cut off or broken"),
        (b"Just some words.\n", "no entry found"),
        (b"# Title\n\nNo links here.\n", "no entry found"),
    ],
)
def test_what_is_no_list_is_refused_in_one_line(data: bytes, reason: str) -> None:
    with pytest.raises(ParseError, match=reason) as caught:
        parse(data, "some.file")
    assert "\n" not in str(caught.value)


def test_markdown_that_begins_with_a_bracket_is_no_json() -> None:
    assert parse(b"[![b](https://img.shields.io/x)](https://c.org)\n\n- [A B](https://g.org/1)\n", "a.md").entries


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("whatever.md", "# Awesome-MLSys-Blogger\n", "000"),
        ("x", "\n<p>\n\n# Computer Science Self-Learning Notes\n", "001"),
        ("x.txt", "Resource I Have for MLSys\nThis is", "002"),
        ("https://e.org/r", "# LLM-inference-optimization-paper\n", "003"),
        ("https://raw.githubusercontent.com/acme/Gizmo-List/main/README.md", "# G", "gizmo-list"),
        ("https://github.com/acme/gizmo.git", "# G", "gizmo"),
        ("/some/where/My List.md", "# G", "my-list"),
        ("/some/gizmo-list/README.md", "# G", "gizmo-list"),
        ("https://e.org/", "# G", "e-org"),
        ("", "", "list"),
    ],
)
def test_lists_are_known_by_what_they_call_themselves(name: str, text: str, code: str) -> None:
    assert document_code(name, text) == code


def test_a_repository_of_a_hub_is_the_lists_home() -> None:
    document = parse(LIST.encode(), "https://raw.githubusercontent.com/acme/Gizmo-List/main/README.md")
    assert (document.url, document.name, document.shape) == ("https://github.com/acme/Gizmo-List", "Gizmos", "markdown")


def test_a_list_without_heading_is_named_after_its_file() -> None:
    assert parse(b"- [A B](https://g.org/1)\n", "/x/gizmos.md").name == "gizmos"


BITS = st.sampled_from(
    ["[", "]", "(", ")", "|", "\n", "- ", "# ", "**", "*", "`", "https://g.org/c", "![x](y)", "<!--", "-->", "<br>",
     "<a href='x'>", "</a>", "：", "作者", "OSDI'22", "|-|-|", "{", '"', "Title of It", "1. ", "  ", "主页", "[1]: ",
     "\t", "\\", "<table><tr><td>", "\u011f\u0178", "\u00e2\u0153\u2026", "/", '{"readme_en":', "affiliated with "]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.lists(BITS, max_size=50).map(lambda bits: "".join(bits).encode()), st.binary(max_size=200)))
def test_nothing_but_a_parse_error_comes_out_of_any_input(data: bytes) -> None:
    with suppress(ParseError):
        parse(data, "a.md")


@pytest.mark.parametrize(
    "text", ["[a](([", "- ", "| x ", "(@", "# ([", "`a``", "<a href='x'>", "<!--", "* **", "['’", "\u00e2", "[a]: b\n"]
)
def test_long_odd_texts_take_no_time(text: str) -> None:
    started = time.process_time()
    with pytest.raises(ParseError):
        parse((text * (100_000 // len(text))).encode(), "a.md")
    assert time.process_time() - started < 5


def test_numbers_in_json_are_no_references_to_follow() -> None:
    with pytest.raises(ParseError, match="holds no list"):
        parse(json.dumps([{"readme": 99}, 5]).encode(), "x.json")
