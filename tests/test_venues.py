"""What stands beside a title: venues, dates, organisations."""

import pytest

from seeds.venues import Tail, cut_parenthesis, cut_venue, read_date, read_tail


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        ("SOSP' 24", Tail("SOSP", 2024)),
        ("EuroSys'24", Tail("EuroSys", 2024)),
        ("PPoPP ’25", Tail("PPoPP", 2025)),
        ("OSDI 25", Tail("OSDI", 2025)),
        ("OSDI2022", Tail("OSDI", 2022)),
        ("ICLR 2025", Tail("ICLR", 2025)),
        ("ArXiv'25", Tail("arXiv", 2025)),
        ("NeurIPS 2025 spotlight", Tail("NeurIPS", 2025)),
        ("EuroSys' 25 (Best Paper)", Tail("EuroSys", 2025)),
        ("ICML ES-FoMo Workshop 2023", Tail("ICML ES-FoMo Workshop", 2023)),
        ("2018 on arxiv, NIPS2019", Tail("NIPS", 2019)),
        ("PMLR 70, 2017", Tail("PMLR", 2017)),
        ("TPDS vol.33 no.3 2022", Tail("TPDS", 2022)),
        ("NAIC' 24", Tail("NAIC", 2024)),
        ("WXYZ'21", Tail("WXYZ", 2021)),
        ("DeepSeek SC' 24", Tail("SC", 2024, "DeepSeek")),
        ("Stanford & UCB", Tail(organisation="Stanford & UCB")),
        ("Sea AI Lab", Tail(organisation="Sea AI Lab")),
        ("2023-05", Tail(date="2023-05")),
        ("2021", Tail(year=2021)),
        ("Plagiarism", Tail()),
        ("", Tail()),
    ],
)
def test_a_piece_between_bars(text: str, tail: Tail) -> None:
    assert read_tail(text) == tail


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("(Dec 2024)", "2024-12"),
        ("September 3, 2021", "2021-09-03"),
        ("(05/2024)", "2024-05"),
        ("(012025)", "2025-01"),
        ("2023/12", "2023-12"),
        ("2023.10", "2023-10"),
        ("2023-12-05", "2023-12-05"),
        ("2024年12月", "2024-12"),
        ("2023/13", None),
        ("soon", None),
    ],
)
def test_dates_of_many_spellings(text: str, date: str | None) -> None:
    assert read_date(text) == date


@pytest.mark.parametrize(
    ("title", "short", "tail"),
    [
        ("Faster Widgets vldb'24", "Faster Widgets", Tail("VLDB", 2024)),
        ("Faster Widgets (SOSP'23)", "Faster Widgets", Tail("SOSP", 2023)),
        ("Faster Widgets 23arxiv", "Faster Widgets", Tail("arXiv", 2023)),
        ("Data for Science", "Data for Science", Tail()),
        ("SC'21", "SC'21", Tail()),
    ],
)
def test_a_venue_at_the_end_of_a_title_is_cut(title: str, short: str, tail: Tail) -> None:
    assert cut_venue(title) == (short, tail)


@pytest.mark.parametrize(
    ("title", "short", "tail"),
    [
        ("A Report - (Dec 2024)", "A Report", Tail(date="2024-12")),
        ("A Report (2023)", "A Report", Tail(year=2023)),
        ("A Report (@UC Berkeley etc)", "A Report", Tail(organisation="UC Berkeley")),
        ("Model Implementations (MII)", "Model Implementations (MII)", Tail()),
        ("(only)", "(only)", Tail()),
    ],
)
def test_a_telling_parenthesis_is_cut(title: str, short: str, tail: Tail) -> None:
    assert cut_parenthesis(title) == (short, tail)
