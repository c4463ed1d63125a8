"""`search` says what it corrected, why it found something, and where to go when it found nothing."""

from collections.abc import Callable

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
