"""Outlined plain text becomes entries."""

from seeds.entry import Pointer
from seeds.formats.outline import parse_outline

TEXT = """My Reading
This page says what I read, and why.
Books
Gizmo Systems
It is about hardware. I liked it.
Here is the link: https://github.com/g/book
Papers
I list papers here, as I find them.
Serving
gLLM
The first one, and a good one.
The paper: https://arxiv.org/abs/2401.00001
My notes: https://notes.org/gllm
Widget(W)
The paper: https://arxiv.org/abs/2401.00002
Code: https://github.com/w/w
Music
Chords
The paper: https://openreview.net/pdf?id=a
Ada’s list
She has many resources online, which are good.
"""


def test_headings_titles_and_prose_are_told_apart() -> None:
    name, entries, _ = parse_outline(TEXT)
    assert name == "My Reading"
    assert [(e.title, e.section) for e in entries if not e.derived] == [
        ("Gizmo Systems", ("Books",)),
        ("gLLM", ("Papers", "Serving")),
        ("Widget(W)", ("Papers", "Serving")),
        ("Chords", ("Papers", "Music")),
    ]


def test_links_count_by_their_labels() -> None:
    entries = parse_outline(TEXT)[1]
    by_title = {entry.title: entry for entry in entries}
    paper, notes = by_title["gLLM"], by_title["Notes on gLLM"]
    assert (paper.note_url, paper.links, paper.line) == (
        "https://notes.org/gllm",
        (Pointer("notes", "https://notes.org/gllm"),),
        10,
    )
    assert (notes.kind, notes.derived, notes.urls) == ("notes", True, ("https://notes.org/gllm",))
    assert by_title["Widget(W)"].code_urls == ("https://github.com/w/w",)
    assert by_title["Widget(W) code"].kind == "repo"
    assert by_title["Gizmo Systems"].kind == "book"


def test_an_unknown_label_is_the_title() -> None:
    entries = parse_outline("Tools\nGizmo: https://github.com/g/z\n")[1]
    assert [entry.title for entry in entries] == ["Gizmo"]


def test_chinese_labels_and_bare_links() -> None:
    entries = parse_outline(
        "清单\n推理\n小工具\n论文：https://arxiv.org/abs/1\n笔记：https://n.org/1\n第二个\nhttps://b.org/2\n"
    )[1]
    assert [(e.title, e.urls) for e in entries if not e.derived] == [
        ("小工具", ("https://arxiv.org/abs/1",)),
        ("第二个", ("https://b.org/2",)),
    ]


def test_a_link_without_a_title_is_skipped() -> None:
    _, entries, skipped = parse_outline("https://a.org/1\nWords with https://b.org inside, no more.\n")
    assert (entries, [skip.reason for skip in skipped]) == ((), ["link without a title", "link inside a sentence"])
