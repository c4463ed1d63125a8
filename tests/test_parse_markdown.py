"""Markdown lists of many layouts become entries."""

import pytest

from seeds.entry import Entry, Pointer
from seeds.formats import parse
from seeds.formats.markdown import parse_markdown
from seeds.repair import damage


def entries(text: str) -> tuple[Entry, ...]:
    return parse_markdown(text)[1]


def one(text: str) -> Entry:
    found = [entry for entry in entries(text) if not entry.derived]
    assert len(found) == 1, found
    return found[0]


def titles(text: str) -> list[str]:
    return [entry.title for entry in entries(text) if not entry.derived]


def test_head_rest_venue_code_and_organisation_are_told_apart() -> None:
    entry, code = entries(
        "## Serving\n- [Gizmo](https://arxiv.org/abs/2401.00001): Serving Gizmos | [Code](https://github.com/g/z) "
        "| Acme Labs | OSDI' 24"
    )
    assert (entry.kind, entry.title) == ("paper", "Gizmo: Serving Gizmos")
    assert (entry.venue, entry.year, entry.organisation) == ("OSDI", 2024, "Acme Labs")
    assert (entry.code_urls, entry.links) == (("https://github.com/g/z",), (Pointer("code", "https://github.com/g/z"),))
    assert (code.kind, code.title, code.derived) == ("repo", "Gizmo code", True)


def test_lines_and_section_paths_are_kept() -> None:
    entry = one("# List\n\n## 📚 Tools\n### 1.2 Small\n\n- [Gizmo](https://g.org/1)\n")
    assert (entry.section, entry.line) == (("Tools", "Small"), 6)


def test_a_head_that_the_rest_repeats_is_said_once() -> None:
    assert titles("- [Gizmo](https://g.org/1): GIZMO: Big Things") == ["GIZMO: Big Things"]


def test_a_colon_inside_the_link_text_joins_too() -> None:
    assert titles("- [Gizmo:](https://g.org/1) Big Things") == ["Gizmo: Big Things"]


def test_a_title_that_goes_on_behind_its_link() -> None:
    assert titles("- [Ring](https://g.org/1) with Blocks for Long Inputs | UCB") == ["Ring with Blocks for Long Inputs"]


def test_a_description_behind_a_dash_is_no_title() -> None:
    entry = one("- [Gizmo](https://g.org/1) - A small tool. It does much.")
    assert (entry.title, entry.about) == ("Gizmo", "A small tool. It does much")


def test_dates_behind_a_title() -> None:
    assert one("- [Gizmo Report](https://g.org/1) – (May 2025)").date == "2025-05"


def test_full_width_bars_part_too() -> None:
    assert one("- [Gizmo](https://g.org/1): Pruning ｜ Acme").organisation == "Acme"


def test_a_venue_tag_before_the_title() -> None:
    entry = one("- [arxiv'25] [Gizmo: A Loader](https://arxiv.org/abs/2504.1)")
    assert (entry.title, entry.venue, entry.year) == ("Gizmo: A Loader", "arXiv", 2025)


def test_a_title_without_link_counts_when_it_names_its_venue() -> None:
    entry = one("- Hot Switching of Gizmos | SOSP' 24\n- Please star this list")
    assert (entry.title, entry.urls, entry.year) == ("Hot Switching of Gizmos", (), 2024)


def test_labelled_links_behind_a_plain_title() -> None:
    entry = one("- A Perspective on Gizmos [[Paper]](https://g.org/p.pdf) [[Code]](https://github.com/g/z)")
    assert (entry.title, entry.urls) == ("A Perspective on Gizmos", ("https://g.org/p.pdf",))
    assert entry.code_urls == ("https://github.com/g/z",)


def test_nested_brackets_around_labels() -> None:
    entry = one(
        "- (NeurIPS'22) Gizmos at Large [[arXiv](https://arxiv.org/abs/2201.1)] [[code](https://github.com/g/z)]"
    )
    assert (entry.title, entry.venue, entry.urls) == ("Gizmos at Large", "NeurIPS", ("https://arxiv.org/abs/2201.1",))


def test_authors_and_venue_behind_a_bold_title() -> None:
    entry = one("- **Gizmos Without Tears** - Jane Doe, John Roe. *OSDI 2023*. [[Paper]](https://g.org/p.pdf)")
    assert (entry.title, entry.venue, entry.year) == ("Gizmos Without Tears", "OSDI", 2023)


def test_a_quoted_title() -> None:
    assert titles('- J. Doe, "Gizmos Are All You Want," SOSP 2021. [link](https://doi.org/10.1/x)') == [
        "Gizmos Are All You Want"
    ]


def test_a_label_in_brackets_behind_a_plain_title_is_not_the_title() -> None:
    assert titles("- CS 999: Systems for Gizmos. [[Example State]](https://g.org/cs999)") == [
        "CS 999: Systems for Gizmos"
    ]


def test_of_several_labels_the_first_stands_for_the_resource_and_none_is_lost() -> None:
    entry = one("- Gizmo for big models [[Blog]](https://b.org/gizmo) [[GitHub]](https://github.com/g/gizmo)")
    assert (entry.urls, entry.code_urls) == (("https://b.org/gizmo",), ("https://github.com/g/gizmo",))
    entry = one("- Gizmo for big models [[Part1]](https://b.org/1) and [[Part2]](https://b.org/2)")
    assert entry.urls == ("https://b.org/1", "https://b.org/2")


def test_reference_links_wherever_they_are_defined() -> None:
    entry = one("[2]: https://g.org/2\n\n- [<u>Gizmo</u>][1] by [Ada][2]\n\ntext\n\n[1]: https://g.org/1 'x'\n")
    assert (entry.title, entry.urls) == ("Gizmo", ("https://g.org/1",))


def test_reversed_links_give_the_organisation() -> None:
    entry = one("## Courses\n- Systems for Gizmo Learning | (Acme)[https://g.org/c]")
    assert (entry.kind, entry.title, entry.organisation) == ("course", "Systems for Gizmo Learning", "Acme")


def test_inline_html_is_read() -> None:
    entry = one("- <a href='https://g.org/1'><b>Gizmo</b><sup>3</sup></a>: Fast<br>more words")
    assert (entry.title, entry.urls) == ("Gizmo3: Fast", ("https://g.org/1",))


def test_bold_bullets_and_bullets_with_a_colon_are_sections() -> None:
    found = entries("## Tools\n- **Small**\n  - [A Tool](https://g.org/1)\n- Large:\n  - [B Tool](https://g.org/2)\n")
    assert [entry.section for entry in found] == [("Tools", "Small"), ("Tools", "Large")]


def test_a_bold_line_is_a_section_until_the_next_heading() -> None:
    found = entries("## T\n**Small**\n\n- [A B](https://g.org/1)\n\n## U\n- [C D](https://g.org/2)\n")
    assert [entry.section for entry in found] == [("T", "Small"), ("U",)]


def test_lines_below_an_entry_add_to_it() -> None:
    entry = one(
        "- [Gizmo Work](https://g.org/1)\n  - Doe et al. (*HPCA 2018*)\n  - [arxiv version](https://arxiv.org/abs/1)\n"
    )
    assert (entry.venue, entry.urls) == ("HPCA", ("https://g.org/1", "https://arxiv.org/abs/1"))


def test_nested_titles_are_entries_of_their_own() -> None:
    assert titles("- [Basics](https://g.org/1)\n  - [Deep Basics](https://g.org/2)\n") == ["Basics", "Deep Basics"]


def test_an_enumeration_of_links_gives_each() -> None:
    assert titles("- [A one](https://g.org/1), [B two](https://g.org/2) and [C three](https://g.org/3)") == [
        "A one",
        "B two",
        "C three",
    ]


def test_paragraphs_of_links_are_rows() -> None:
    found = entries(
        "## People\n[Ada L](https://a.org): Engine, affiliated with ACME  \n"
        "[Bob M](https://b.org): affiliated with MIT\n"
    )
    assert [(e.kind, e.title, e.affiliation, e.line) for e in found] == [
        ("person", "Ada L", "ACME", 2),
        ("person", "Bob M", "MIT", 3),
    ]


def test_contents_badges_and_closing_sections_are_no_entries() -> None:
    text = (
        "# L\n[![Stars](https://img.shields.io/x)](https://github.com/a/b)\n## Contents\n- [Tools](#tools)\n"
        "## Tools\n- [Real Tool](https://g.org/1)\n- [back](#l)\n## License\n[MIT](https://mit.org/license-text)\n"
        "## Star History\n[![Chart](https://c.org/svg)](https://star-history.com/#a/b)\n"
    )
    assert titles(text) == ["Real Tool"]


def test_pages_of_the_list_itself_are_skipped_with_a_reason() -> None:
    title, found, skipped = parse_markdown(
        "## A\n- [More](more.md) - much\n## [Systems](systems.md)\n- [T X](files/r.pdf)\n"
    )
    assert [entry.title for entry in found] == ["T X"]
    assert [(skip.line, skip.reason) for skip in skipped] == [
        (2, "page of the list itself"),
        (3, "page of the list itself"),
    ]
    assert title is None


def test_pages_of_the_list_count_among_its_notes() -> None:
    entry = one("## Learning Notes\n- [Git](./Tools/Git/)\n")
    assert (entry.kind, entry.title, entry.urls) == ("notes", "Git", ("./Tools/Git/",))


def test_rows_inside_comments_are_withheld() -> None:
    _, found, skipped = parse_markdown("- [A B](https://g.org/1)\n<!--\n- [C D](https://g.org/2)\n\n- [E](x)\n-->\n")
    assert [entry.title for entry in found] == ["A B"]
    assert [(skip.line, skip.reason) for skip in skipped] == [(3, "inside a comment"), (5, "inside a comment")]


def test_code_blocks_are_no_lists() -> None:
    assert titles("```\n- [A B](https://g.org/1)\n<!--\n```\n- [C D](https://g.org/2)\n") == ["C D"]


def test_lists_inside_details_and_html() -> None:
    text = (
        "<details><summary>More tools</summary>\n\n- [A B](https://g.org/1)\n\n</details>\n\n"
        "<table><tr><td><a href='https://g.org/2'>C D</a></td></tr>\n"
        "<tr><td><a href='https://g.org/3'>E F</a></td></tr></table>\n"
    )
    assert titles(text) == ["A B", "C D", "E F"]


def test_a_heading_that_is_a_link_is_an_entry() -> None:
    assert titles("# L\n### [Gizmo Tool](https://g.org/1)\nWords about it.\n") == ["Gizmo Tool"]


def test_kinds_follow_section_and_link() -> None:
    text = (
        "## Frameworks\n- [A](https://github.com/a/a)\n- [B](https://arxiv.org/abs/2401.1)\n"
        "## Leaderboards\n- [C](https://c.org)\n## Blogs\n- [D](https://d.org/x)\n## Books\n- [E](https://e.org)\n"
        "## Serving\n- [F](https://github.com/f/f)\n- [G](https://youtu.be/1)\n- [H](https://h.org/blog/1)\n- [I](https://i.org)\n"
        "## Technical Reports\n- [J](https://arxiv.org/abs/2401.2)\n## Projects\n- [K](https://github.com/k/k)\n"
    )
    kinds = ["framework", "paper", "leaderboard", "blog", "book", "repo", "video", "blog", "paper", "report", "project"]
    assert [entry.kind for entry in entries(text)] == kinds


def test_chinese_people_rows() -> None:
    text = (
        "# Awesome Blogger\n## 系统方向\n"
        "1. [张三](https://www.zhihu.com/people/zhangsan)：大名鼎鼎的Gizmo/Widget-2（改名了）作者，量化，THU AP。\n"
        "2. Li Si（[主页](https://lisi.org/)）："
        "[Gizmo入门](https://zhuanlan.zhihu.com/p/1)作者，Acme PhD/OpenLab.org。\n"
        "3. Gizmo MLA：很好。\n4. [GizmoKit](https://github.com/g/k)：THU-ML组。\n"
    )
    zhang, li, post, thing, kit = entries(text)
    assert (zhang.kind, zhang.works, zhang.affiliation) == ("person", ("Gizmo", "Widget-2"), "THU")
    assert (li.title, li.urls, li.affiliation) == ("Li Si", ("https://lisi.org/",), "Acme/OpenLab.org")
    assert (post.kind, post.derived, post.links) == ("blog", True, (Pointer("author", "https://lisi.org/"),))
    assert (thing.kind, thing.title, thing.urls) == ("project", "Gizmo MLA", ())
    assert (kit.kind, kit.organisation) == ("repo", "THU-ML")


def test_english_people_and_labs() -> None:
    text = (
        "## Person/Lab\n"
        "[Ada LOVE](https://a.org): Engine, Loom, and other impressive work, affiliated with ACME\n"
        "[GPCL](https://g.org): Gizmo Parallel Computing Lab, affiliated with ETHz\n"
        "[Bob MA](https://b.org): the class [*Tiny Gizmo Course*](https://c.org) is good, affiliated with MIT\n"
    )
    ada, lab, bob, course = entries(text)
    assert (ada.works, ada.affiliation) == (("Engine", "Loom"), "ACME")
    assert (lab.kind, lab.aliases) == ("lab", ("Gizmo Parallel Computing Lab",))
    assert (bob.affiliation, course.kind, course.links) == ("MIT", "course", (Pointer("author", "https://b.org"),))


def test_one_authors_page_is_told_once() -> None:
    row = "| [P{0} title](https://p.org/{0}) | [@Ada](https://a.org) |\n"
    text = "## Blogs\n| Title | Author |\n|-|-|\n" + row.format(1) + row.format(2)
    assert [(e.kind, e.title) for e in entries(text) if e.derived] == [("person", "Ada")]


def test_guesses_of_a_damaged_list_are_marked() -> None:
    text = damage(
        "# 列表\n## 博客\n- [机器学习入门](https://g.org/1)\n- [源码解读之二](https://g.org/2)\n- [图解](https://g.org/3)\n"
    )
    found = {entry.urls[0]: entry for entry in entries(text)}
    assert found["https://g.org/1"].damaged == ("title",)
    assert (found["https://g.org/3"].title, found["https://g.org/3"].damaged) == ("图解", ())
    assert all("\ufffd" not in e.title and "\ue001" not in e.title for e in found.values())


def test_a_paragraph_that_ends_in_labels_is_a_row() -> None:
    text = """# List
## Papers
**[1] Alpha: A System for Serving.** *X. Y. et al.* OSDI'24. [[Paper]](https://a.org/alpha.pdf) [[Code]](https://github.com/z/alpha)

**Note:** the list is described in the [paper](https://a.org/list.pdf) of last year.
"""
    entries = parse(text.encode(), "list.md").entries
    assert [(e.kind, e.title, e.venue) for e in entries] == [
        ("paper", "Alpha: A System for Serving", "OSDI"),
        ("repo", "Alpha code", None),
    ]


def test_references_in_a_table_are_works_of_their_own() -> None:
    text = """# List
## Batching
| Technique | Description | References |
| --- | --- | --- |
| Dynamic Batching | Waits a little | [Lee et al. (2017)](https://a.org/1), [Ann and Bob (2020)](https://a.org/2) |
| EXL9 | A format | [EXL9](https://github.com/z/exl9) |
"""
    assert [(e.title, e.urls) for e in parse(text.encode(), "list.md").entries] == [
        ("Dynamic Batching: Lee et al. (2017)", ("https://a.org/1",)),
        ("Dynamic Batching: Ann and Bob (2020)", ("https://a.org/2",)),
        ("EXL9", ("https://github.com/z/exl9",)),
    ]


def test_a_row_that_is_only_a_label_is_called_after_its_heading() -> None:
    entries = parse(
        b"# List\n## Nets\n### AlexNet2\n- Authors: A. K.\n- Paper: [link](https://a.org/alex.pdf)\n", "x.md"
    ).entries
    assert [(e.title, e.section) for e in entries] == [("AlexNet2", ("Nets",))]


@pytest.mark.parametrize(
    "row",
    [
        "`NeurIPS 2023` **Gizmo Serving for Everyone** [paper](https://arxiv.org/abs/2401.00001)",
        "<kbd>NeurIPS 2023</kbd> Gizmo Serving for Everyone [![paper](https://b.org/x.svg)](https://arxiv.org/abs/2401.00001)",
        "NeurIPS 2023 | Gizmo Serving for Everyone | [paper](https://arxiv.org/abs/2401.00001)",
        "Gizmo Serving for Everyone [[NeurIPS'23](https://arxiv.org/abs/2401.00001)]",
        "[🔗 paper](https://arxiv.org/abs/2401.00001) **Gizmo Serving for Everyone**, NeurIPS 2023",
        "[[2401.00001] Gizmo Serving for Everyone](https://arxiv.org/abs/2401.00001), NeurIPS, 2023",
    ],
)
def test_a_venue_before_or_behind_a_title_is_no_part_of_it(row: str) -> None:
    entry = one(f"## Serving\n- {row}")
    assert (entry.title, entry.venue, entry.year) == ("Gizmo Serving for Everyone", "NeurIPS", 2023)


@pytest.mark.parametrize(
    "row",
    [
        "[Gizmo Serving for Everyone](https://g.org/1), *Ada Lovelace, Alan M. Turing*, OSDI 2022",
        "[Gizmo Serving for Everyone](https://g.org/1) by Ada Lovelace and Alan M. Turing. OSDI 2022",
        "[Gizmo Serving for Everyone](https://g.org/1) *Ada Lovelace, Alan M. Turing* **OSDI 2022**",
        "**Gizmo Serving for Everyone** | Ada Lovelace, Alan M. Turing et al. | OSDI 2022 | [Paper](https://g.org/1)",
        "**Gizmo Serving for Everyone** [OSDI 2022] <br> Ada Lovelace, Alan M. Turing <br> [[paper]](https://g.org/1)",
        "Gizmo Serving for Everyone. Ada Lovelace, Alan M. Turing. OSDI, 2022. [[pdf]](https://g.org/1)",
        "Ada Lovelace, Alan M. Turing, et al. Gizmo Serving for Everyone. OSDI 2022. [pdf](https://g.org/1)",
        "【OSDI'22】**Gizmo Serving for Everyone**，作者：Ada Lovelace、Alan M. Turing，[论文](https://g.org/1)",
    ],
)
def test_authors_beside_a_title_are_told_from_it(row: str) -> None:
    entry = one(f"## Serving\n- {row}")
    assert (entry.title, entry.authors) == ("Gizmo Serving for Everyone", ("Ada Lovelace", "Alan M. Turing"))
    assert (entry.venue, entry.year, entry.organisation) == ("OSDI", 2022, None)


@pytest.mark.parametrize(
    "text",
    ["Tensor Parallelism, Pipeline Parallelism", "Peking University, Microsoft Research Asia", "Song Han, Fall 2023"],
)
def test_topics_places_and_terms_are_no_authors(text: str) -> None:
    assert one(f"- [Gizmo](https://g.org/1) - {text}").authors == ()


def test_a_tool_named_like_a_label_keeps_its_name() -> None:
    text = "## Tools\n- [PyTorch](https://pytorch.org) - Tensors and networks\n- [JAX](https://github.com/google/jax)"
    assert titles(text) == ["PyTorch", "JAX"]


def test_what_a_list_says_about_itself_is_no_resource() -> None:
    text = (
        "# List\n[![PRs Welcome](https://b.org/x)](http://makeapullrequest.com) [![A](https://b.org/y)](https://a.org)\n"
        "## News\n- [2024/05] We wrote [our survey](https://arxiv.org/abs/2404.14294)\n"
        "## Tools\n- [Gizmo](https://g.org/1)\n\n- Maintained by [Ada](https://github.com/ada)\n"
        "## Feedback\nOpen an [issue](https://github.com/a/b/issues) here\n"
        "## 更新日志\n- [某文](https://g.org/2)"
    )
    assert titles(text) == ["Gizmo"]


def test_headings_items_and_emphasis_in_html_are_read() -> None:
    text = (
        '<h1 align="center">\n  Gizmos\n</h1>\n\n<h2 id="p">Papers</h2>\n\n<ul>\n'
        "<li><b>Gizmo Serving for Everyone</b> (OSDI 2022) [<a href='https://g.org/1'>paper</a>]</li>\n</ul>\n"
    )
    assert parse_markdown(text)[0] == "Gizmos"
    entry = one(text)
    assert (entry.title, entry.section, entry.venue) == ("Gizmo Serving for Everyone", ("Papers",), "OSDI")


def test_labels_below_a_bare_name_belong_to_it() -> None:
    text = (
        "## Papers\n- **Gizmo** (OSDI 20)\n  - Paper: [A Unified Gizmo for Clusters](https://g.org/1)\n"
        "  - Code: https://github.com/g/z\n- Alpa for Gizmos\n  - [Paper](https://g.org/2)\n"
    )
    first, second = [entry for entry in entries(text) if not entry.derived]
    assert (first.title, first.venue, first.code_urls) == (
        "A Unified Gizmo for Clusters", "OSDI", ("https://github.com/g/z",),
    )  # fmt: skip
    assert (second.title, second.urls) == ("Alpa for Gizmos", ("https://g.org/2",))


def test_a_title_in_a_paragraph_of_several_lines_ends_in_its_labels() -> None:
    text = "## P\n**Gizmo Serving for Everyone**<br>\n*Ada Lovelace, Alan Turing*<br>\nOSDI 2022<br>\n[[Paper]](https://g.org/1)"
    entry = one(text)
    assert (entry.title, entry.venue, entry.urls) == ("Gizmo Serving for Everyone", "OSDI", ("https://g.org/1",))


def test_labels_below_a_heading_that_is_a_title_belong_to_it() -> None:
    text = (
        "## Papers\n### Gizmo: Serving for Everyone\n*Ada*\n\n[Paper](https://g.org/1) | [Code](https://github.com/g/z)"
    )
    entry = one(text)
    assert (entry.title, entry.section) == ("Gizmo: Serving for Everyone", ("Papers",))
    assert entries("## Papers about everything here\n- [A](https://g.org/a)\n\n[Paper](https://g.org/1)")[1:] == ()


def test_a_person_works_where_the_row_ends() -> None:
    found = entries("## People\n- [Ada Lovelace](https://a.org), CMU\n- [Alan Turing](https://t.org) (UC Berkeley)")
    assert [entry.affiliation for entry in found] == ["CMU", "UC Berkeley"]
