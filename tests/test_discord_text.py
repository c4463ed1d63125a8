"""Text for Discord: nothing that strangers write pings, formats or breaks a limit."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.discord.text import address, escape, label, markdown, shorten, size, texts
from bot.message import Span, bold, code, line, link

Z = "\u200b"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("*bold* _it_ ~~no~~ ||spoiler|| `x`", "\\*bold\\* \\_it\\_ \\~\\~no\\~\\~ \\|\\|spoiler\\|\\| \\`x\\`"),
        ("[a](https://b.c)", f"\\[a\\](https:{Z}//b.c)"),
        ("# Attention", "\\# Attention"),
        ("-# small", "\\-# small"),
        ("> quote", "\\> quote"),
        ("1. first", f"1{Z}. first"),
        ("#12 is no heading", "#12 is no heading"),
        ("\u202egnp.exe", "gnp.exe"),
    ],
)
def test_a_strangers_markup_is_shown_as_it_is_written(written: str, shown: str) -> None:
    assert escape(written) == shown


@pytest.mark.parametrize("ping", ["@everyone", "@here", "<@123>", "<@!123>", "<@&5>", "<#9>", "</paper:1>", "<t:1:R>"])
def test_a_strangers_mention_is_no_mention(ping: str) -> None:
    shown = escape(f"A title {ping} here")
    assert "@e" not in shown
    assert "@h" not in shown
    assert "<@" not in shown
    assert "<#" not in shown
    assert "</" not in shown
    assert "<t" not in shown


def test_a_highlighted_title_stays_one_link() -> None:
    url = "https://arxiv.org/abs/2309.06180"
    spans = (Span("Paged", bold=True, mark=True, url=url), Span("Attention", bold=True, url=url))
    assert markdown(spans) == f"[**__Paged__Attention**]({url})"


def test_blanks_stay_outside_of_emphasis() -> None:
    assert markdown(line(bold("Authors: "), "Kwon")) == "**Authors:** Kwon"


def test_emphasis_that_touches_is_kept_apart() -> None:
    assert markdown((Span("a", bold=True), Span("b", italic=True))) == f"**a**{Z}*b*"


def test_code_can_not_be_left() -> None:
    assert markdown((code("a`b"),)) == "`a'b`"


def test_a_time_is_shown_in_the_readers_zone() -> None:
    assert markdown((Span("soon", time=datetime(2026, 3, 2, 9, tzinfo=UTC)),)) == "<t:1772442000:f>"


def test_only_web_addresses_become_links() -> None:
    assert markdown((link("x", "javascript:alert(1)"),)) == "x"
    assert address("https://a.b/(c) d") == "https://a.b/%28c%29%20d"
    assert address("https://" + "a" * 600) is None


@given(st.text(max_size=300), st.integers(1, 50))
def test_shortening_never_passes_the_limit(text: str, limit: int) -> None:
    assert size(shorten(text, limit)) <= limit


def test_shortening_cuts_between_graphemes() -> None:
    assert shorten("👩‍💻👩‍💻👩‍💻", 9) == "👩‍💻…"
    assert label("  \n ", 10) == "…"


@given(st.lists(st.text(max_size=900), max_size=6))
def test_long_lines_are_divided_and_nothing_passes_the_limit(words: list[str]) -> None:
    made = texts(tuple((Span(word, bold=True),) for word in words), 1000)
    assert all(0 < size(text) <= 1000 for text in made)


def test_dividing_loses_no_word() -> None:
    words = " ".join(f"word{n}" for n in range(900))
    made = texts((line(words),), 1000)
    assert " ".join(" ".join(made).split()) == words
