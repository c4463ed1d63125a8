"""Messages as Discord's components: every limit met by shortening and pages, every id readable again."""

import itertools
from datetime import UTC, datetime
from typing import Any

from doubles.discord_rules import component_faults, modal_faults
from doubles.discord_schema import schema
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.discord.forms import modal, typed
from bot.adapters.discord.render import Ids, Payload, count, key_of, length, read_id, show
from bot.adapters.discord.sending import files
from bot.app import load_commands
from bot.language import Translator
from bot.message import Button, Card, Choice, Field, File, Form, Image, Line, Message, Part, Span, Text, line

T = Translator("en").t
V2 = 1 << 15
REPLY = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"


def _faults(shown: Any) -> list[Any]:
    names = {name for name, _part in shown.attached}
    found: list[Any] = list(component_faults(shown.components, V2, names))
    return found + schema().faults("PATCH", REPLY, {"components": shown.components, "flags": V2})


def _ids(components: Any) -> list[str]:
    if isinstance(components, list):
        return list(itertools.chain.from_iterable(map(_ids, components)))
    if not isinstance(components, dict):
        return []
    own = [str(components[k]) for k in ("custom_id", "value") if k in components]
    return own + _ids(list(components.values()))


spans = st.builds(
    Span, st.text(max_size=200), bold=st.booleans(), italic=st.booleans(), code=st.booleans(), mark=st.booleans(),
    url=st.sampled_from([None, "https://example.org/a_(b)"]),
    time=st.sampled_from([None, datetime(2026, 3, 2, tzinfo=UTC)]),
)  # fmt: skip
lines: st.SearchStrategy[Line] = st.lists(spans, max_size=4).map(tuple)
paragraphs = st.lists(lines, max_size=6).map(tuple)
buttons = st.builds(Button, st.text(max_size=120), st.text(min_size=1, max_size=150))
choices = st.builds(
    Choice,
    st.text(max_size=200),
    st.lists(st.tuples(st.text(max_size=150), st.text(max_size=150)), max_size=30).map(tuple),
)
cards = st.builds(Card, lines, paragraphs, paragraphs, st.lists(buttons, max_size=7).map(tuple))
parts: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, paragraphs), cards, st.builds(Image, st.just(b"png"), st.text(max_size=1500), st.text(max_size=90))
)
messages = st.builds(
    Message, st.lists(parts, max_size=14).map(tuple), st.lists(st.one_of(buttons, choices), max_size=14).map(tuple),
    share=st.sampled_from([None, "show 12"]),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(messages, st.integers(0, 3))
def test_whatever_is_said_fits_into_a_message(message: Message, page: int) -> None:
    shown = show(message, T, "search x", page, share=True)
    assert _faults(shown) == []
    assert count(shown.components) <= 40
    assert length(shown.components) <= 4000


def test_what_is_too_much_goes_behind_more() -> None:
    long = Message(tuple(Text((line(f"{n} " + "word " * 300),)) for n in range(5)))
    first = show(long, T, "show 12")
    assert "v1:show 12" in _ids(first.components)
    assert "v0:show 12" not in _ids(first.components)
    assert "v:show 12" in _ids(show(long, T, "show 12", 1).components)
    assert read_id("v1:show 12") == Payload("v", "show 12", 1)


def test_saying_again_is_not_offered_where_it_does_harm() -> None:
    long = Message(tuple(Text((line("word " * 300),)) for _ in range(5)))
    assert _ids(show(long, T, None).components) == []


def test_two_buttons_that_say_the_same_have_two_ids() -> None:
    shown = show(Message((), (Button("a", "help"), Button("b", "help"))), T)
    assert _ids(shown.components) == ["g:help", "g.1:help"]
    assert read_id("g.1:help") == Payload("g", "help")


def test_a_line_too_long_for_an_id_is_kept_under_a_key() -> None:
    said = "search " + "very " * 30
    shown = show(Message((), (Button("a", said),)), T)
    (made,) = _ids(shown.components)
    assert read_id(made) == Payload("g", key_of(said), kept=True)
    assert shown.long == {key_of(said): said}


def test_ids_of_others_say_nothing() -> None:
    assert read_id("menu:0") is None
    assert read_id("") is None


def test_a_page_number_is_no_part_of_the_line() -> None:
    assert read_id(Ids().make("v", "12 monkeys", 3)) == Payload("v", "12 monkeys", 3)


def test_a_picture_comes_with_its_alt_text() -> None:
    shown = show(Message((Image(b"png", "A chart of reading", "../chart.png"),)), T)
    (gallery,) = shown.components[0]["components"]
    assert gallery["items"][0]["description"] == "A chart of reading"
    assert [name for name, _part in shown.attached] == ["chart.png"]
    assert _faults(shown) == []


def test_files_are_handed_over_under_names_of_their_own() -> None:
    calendar = File(b"BEGIN:VCALENDAR", "meetings.ics", "Calendar file")
    other = File(b"END:VCALENDAR", "meetings.ics", "Another")
    shown = show(Message((Text((line("Open this."),)), calendar, other, Image(b"png", "Bars", "bars.png"))), T)
    assert [name for name, _part in shown.attached] == ["meetings.ics", "1-meetings.ics", "bars.png"]
    assert [c["file"]["url"] for c in shown.components[0]["components"] if c["type"] == 13] == [
        "attachment://meetings.ics",
        "attachment://1-meetings.ics",
    ]
    assert _faults(shown) == []
    assert [(file.filename, file.description) for file in files(shown)][-1] == ("bars.png", "Bars")


def test_the_only_button_of_a_card_stands_beside_its_title() -> None:
    card = Card(line("vLLM"), (line("paper"),), (), (Button("Show", "show 12"),))
    (section,) = show(Message((card,)), T).components[0]["components"]
    assert section["accessory"]["custom_id"] == "p:show 12"
    assert section["components"][0]["content"] == "vLLM\n-# paper"


def test_a_share_button_is_offered_only_where_there_is_somebody_else() -> None:
    message = Message((Text((line("x"),)),), share="show 12")
    assert "p:share show 12" in _ids(show(message, T, share=True).components)
    assert _ids(show(message, T).components) == []


def _form(fields: int) -> Form:
    options = (("en", "English"), ("zh", "中文"))
    made = [Field(f"f{n}", "a label " * n, ("text", "flag", "integer")[n % 3], n % 2 == 0) for n in range(1, fields)]
    return Form("A title " * 10, "search", (Field("query", "language", "choice", options=options, value="zh"), *made))


def test_forms_fit_into_a_window() -> None:
    for fields in range(1, 8):
        made = modal(_form(fields), load_commands()["search"], "f:search", Translator("zh"))
        assert list(modal_faults({"title": made["title"], "components": made["components"]})) == []
        body = {"type": 9, "data": made}
        assert schema().faults("POST", "/interactions/{interaction_id}/{interaction_token}/callback", body) == []


def test_what_was_typed_is_read_from_labels_and_from_rows() -> None:
    filled = [
        {"type": 18, "component": {"type": 4, "custom_id": "query", "value": "vllm"}},
        {"type": 18, "component": {"type": 3, "custom_id": "kind", "values": ["paper"]}},
        {"type": 1, "components": [{"type": 4, "custom_id": "page", "value": "2"}]},
    ]
    assert typed(filled) == {"query": "vllm", "kind": "paper", "page": "2"}
