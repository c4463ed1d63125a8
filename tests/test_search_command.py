"""`search` says what it corrected, why it found something, and where to go when it found nothing."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.app import App
from bot.command import Actor
from bot.message import Button, Card, Message

Say = Callable[..., Message]


def _lines(message: Message) -> list[str]:
    return [button.line for button in message.buttons if isinstance(button, Button)]


def test_a_corrected_query_says_so_and_can_be_searched_as_typed(say: Say) -> None:
    message = say("search speculatve decodng")
    assert "speculative decoding" in message.plain()
    assert _lines(message)[0] == "search speculatve decodng exact:yes"
    assert "Showing results" not in say("search speculatve decodng exact:yes").plain()


def test_a_match_through_the_other_language_says_so(say: Say) -> None:
    first = next(part for part in say("search 投机解码").parts if isinstance(part, Card))
    said = "".join(span.text for line in first.body for span in line)
    marked = [span.text for span in first.title if span.mark]
    assert "投机解码" in said
    assert marked


def test_nothing_found_leads_to_near_topics(say: Say) -> None:
    message = say('search quantization "qqq zzz"')
    assert message.error
    assert _lines(message)[0] == "browse topic:efficiency/quantization"
    assert "browse" in _lines(message)


def test_unread_leaves_out_what_was_read(say: Say) -> None:
    number = next(part.number for part in say("search mooncake").parts if isinstance(part, Card))
    say(f"read {number}")
    assert number not in [part.number for part in say("search mooncake unread").parts if isinstance(part, Card)]


def test_pages_keep_the_query_and_its_mode(say: Say) -> None:
    assert "search serving exact:yes page:2" in _lines(say("search serving exact:yes"))


def test_a_club_teaches_search_its_own_words(app: App) -> None:
    alice = Actor("slack", "T1", "C1", "U1", "Alice", admin=True)
    other = Actor("slack", "T2", "C1", "U1", "Otto", admin=True)
    assert app.say("search glorbnix", alice).error
    taught = app.say("club concepts glorbnix = paged attention = 分页注意力", alice)
    assert "glorbnix = paged attention = 分页注意力" in taught.plain()
    found = app.say("search glorbnix", alice)
    assert "PagedAttention" in found.plain()
    assert "Found by: glorbnix" in found.plain()
    assert app.say("search glorbnix", other).error  # another club's words stay with it
    remove = next(b.line for part in taught.parts if isinstance(part, Card) for b in part.buttons)
    assert "Taken away" in app.say(remove, alice).plain()
    assert app.say("search glorbnix", alice).error


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("club concepts alone", "at least two names"),
        ("club concepts a = a", "at least two names"),
        ('club concepts "!!" examples:thing', "at least two names"),
        ("club concepts " + "=".join(f"n{i}" for i in range(13)), "more than 12"),
        (f"club concepts a = {'b' * 81}", "at most 80"),
        ("club concepts remove:99", "no concept with the number 99"),
    ],
)
def test_a_clubs_words_are_checked(app: App, words: str, said: str) -> None:
    answer = app.say(words, Actor("slack", "T1", "C1", "U1", "Alice", admin=True))
    assert answer.error
    assert said in answer.plain()


def test_the_same_concept_is_taught_once_and_commas_may_part_its_names(app: App, alice: Actor) -> None:
    admin = replace(alice, admin=True)
    app.say("club concepts glorbnix, paged attention", admin)
    again = app.say("club concepts paged attention = glorbnix", admin).plain()
    assert "already" in again
    assert "1 concept of" in again
