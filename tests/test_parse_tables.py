"""Tables with any columns become entries."""

import pytest

from seeds.entry import Entry, Pointer
from seeds.formats.markdown import parse_markdown
from seeds.formats.tables import column_roles


def rows(header: str, *lines: str, section: str = "Papers") -> list[Entry]:
    rule = "|" + "-|" * (header.strip("|").count("|") + 1)
    text = f"## {section}\n|{header.strip('|')}|\n{rule}\n" + "\n".join(f"|{line.strip('|')}|" for line in lines)
    return [entry for entry in parse_markdown(text)[1] if not entry.derived]


@pytest.mark.parametrize(
    ("header", "roles"),
    [
        (("Title", "Date", "GitHub", "Note", "Read"), ("title", "date", "code", "notes", "read")),
        (("论文", "会议", "代码", "备注"), ("paper", "venue", "code", "notes")),
        (("Name", "Description", "Paper", "Year"), ("name", "about", "paper", "date")),
        (("Paper/OpenSource Project", "Institute (first)", "Publication"), ("title", "organisation", "venue")),
        (("Project", "Author/Organization", "About"), ("title", "authors", "about")),
        (("Foo", "Bar"), ("", "")),
    ],
)
def test_headers_tell_what_a_column_means(header: tuple[str, ...], roles: tuple[str, ...]) -> None:
    assert column_roles(header) == roles


def test_a_reading_list_with_dates_code_notes_and_passes() -> None:
    (entry,) = rows(
        "Title|Date|GitHub|Note|Read",
        "[Gizmo: A](https://arxiv.org/abs/1)|2024/05|[Giz](https://github.com/g/z), [Mo](https://github.com/g/m)"
        "|[link](./n.md)|✅ ✅",
    )
    assert (entry.title, entry.date, entry.read_passes, entry.note_url) == ("Gizmo: A", "2024-05", 2, "./n.md")
    assert entry.code_urls == ("https://github.com/g/z", "https://github.com/g/m")


def test_blogs_with_authors_stars_and_read_mark() -> None:
    (entry,) = rows(
        "Title|Category|Author|Note|Rec|Read",
        "[Gizmos Explained](https://g.org/1)|MoE|[@Ada](https://a.org)|short|⭐️⭐️⭐️|✅",
        section="Technical Blogs",
    )
    assert (entry.kind, entry.authors, entry.stars, entry.read) == ("blog", ("Ada",), 3, True)
    assert (entry.links, entry.about) == ((Pointer("author", "https://a.org"),), "MoE · short")


def test_empty_marks_are_absent() -> None:
    (entry,) = rows("Title|Rec|Read", "[Gizmo Post](https://g.org/1)| | ", section="Blogs")
    assert (entry.stars, entry.read, entry.read_passes) == (None, None, None)


def test_links_in_another_column_than_the_title() -> None:
    (entry,) = rows(
        "Date|Title|Paper|Code|Recom",
        "2023.10|🔥[**Gizmo**] Serving Everything Fast(@acme.edu)|[[pdf]](https://arxiv.org/pdf/1)"
        "|[[giz]](https://github.com/g/z) ![](https://img.shields.io/x)|⭐️⭐️",
    )
    assert (entry.title, entry.urls) == ("Gizmo: Serving Everything Fast", ("https://arxiv.org/pdf/1",))
    assert (entry.date, entry.organisation, entry.stars) == ("2023-10", "acme.edu", 2)
    assert entry.code_urls == ("https://github.com/g/z",)


def test_a_linked_name_with_its_paper_beside() -> None:
    (entry,) = rows("Name|Paper|Year", "[gizmo](https://github.com/g/z)|[arxiv](https://arxiv.org/abs/1)|OSDI 2020")
    assert (entry.title, entry.urls[0], entry.code_urls) == (
        "gizmo",
        "https://arxiv.org/abs/1",
        ("https://github.com/g/z",),
    )
    assert (entry.venue, entry.year) == ("OSDI", 2020)


def test_a_short_name_and_a_full_title() -> None:
    (entry,) = rows("System|Paper", "Gizmo|[Serving Very Many Models At Once](https://g.org/1)")
    assert (entry.title, entry.aliases) == ("Serving Very Many Models At Once", ("Gizmo",))


def test_badges_and_authors_in_the_title_cell() -> None:
    (entry,) = rows(
        "Title & Authors|Introduction|Links",
        "[![Star](https://img.shields.io/s)](https://github.com/g/z)<br>"
        "[Matching Gizmos](https://arxiv.org/abs/1) <br> Ada L"
        "|<img src='x.png'>|[Github](https://github.com/g/z) <br> [Paper](https://arxiv.org/abs/1)",
    )
    assert (entry.title, entry.urls) == ("Matching Gizmos", ("https://arxiv.org/abs/1",))


def test_a_table_without_known_header() -> None:
    (entry,) = rows("Foo|Bar", "[Gizmo Work](https://g.org/1)|words")
    assert entry.title == "Gizmo Work"


def test_an_escaped_bar_belongs_to_the_cell() -> None:
    (entry,) = rows("Title|Venue", "[A \\| B](https://g.org/1)|OSDI'24")
    assert (entry.title, entry.venue) == ("A | B", "OSDI")


def test_rows_that_their_table_lost_keep_its_columns() -> None:
    text = "| Title | Date |\n|-|-|\n| [A B](https://g.org/1) | 2024/01 |\n\n| [C D](https://g.org/2) | 2024/02 |\n"
    assert [(e.title, e.date) for e in parse_markdown(text)[1]] == [("A B", "2024-01"), ("C D", "2024-02")]


def test_tables_of_contents_and_numbers_give_nothing() -> None:
    assert rows("Start here|Purpose", "[Papers](papers/README.md)|all of them", section="Contents") == []
    assert rows("Metric|Value", "Latency|3 ms", section="Numbers") == []


def test_a_table_in_html_is_a_table_and_a_spanning_cell_belongs_to_each_row() -> None:
    text = (
        "## Papers\n<table>\n<tr><th>Paper</th><th>Venue</th><th>Links</th></tr>\n"
        "<tr><td rowspan='2'>Gizmo Serving for Everyone</td><td>OSDI 2023</td><td><a href='https://g.org/1'>paper</a></td>"
        "</tr>\n<tr><td>SOSP 2023</td><td><a href='https://g.org/2'>paper</a></td></tr>\n"
        "<tr><td colspan='3'><b>2022</b></td></tr>\n"
        "<tr><td><a href='https://g.org/3'>Widgets</a><br>Ada</td><td>ATC'22</td><td></td></tr>\n</table>\n"
    )
    found = parse_markdown(text)[1]
    assert [(e.title, e.venue, e.urls[0], e.line) for e in found] == [
        ("Gizmo Serving for Everyone", "OSDI", "https://g.org/1", 4),
        ("Gizmo Serving for Everyone", "SOSP", "https://g.org/2", 5),
        ("Widgets", "ATC", "https://g.org/3", 7),
    ]


def test_a_link_that_shows_only_a_venue_is_no_title() -> None:
    (entry,) = rows("Name|Paper", "Gizmo|[NSDI'19](https://g.org/1)")
    assert (entry.title, entry.venue, entry.year, entry.urls) == ("Gizmo", "NSDI", 2019, ("https://g.org/1",))


def test_a_tick_in_the_column_of_code_names_no_repository() -> None:
    text = "## P\n|题目|代码|\n|-|-|\n|[Gizmo](https://arxiv.org/abs/2401.00001)|[√](https://github.com/g/z)|"
    assert [entry.title for entry in parse_markdown(text)[1]] == ["Gizmo", "Gizmo code"]
