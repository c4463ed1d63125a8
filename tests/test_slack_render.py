"""Messages become Block Kit: escaped once, within every limit, readable as plain text."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from doubles.slack_blocks import blocks_length, check_message_blocks
from slack_double import manifest_faults

from bot.adapters.slack.manifest import manifest, manifest_json
from bot.adapters.slack.render import Shown, payload
from bot.adapters.slack.text import after_mention, heard, links, mrkdwn, shorten
from bot.app import load_commands
from bot.language import Translator
from bot.message import Button, Card, Choice, Image, Line, Message, Span, Text, bold, code, line, link

T = Translator("en").t


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        (line("a < b & c"), "a &lt; b &amp; c"),
        (line(bold("Topics: "), "x"), "*Topics:* x"),
        (line("über", bold("fett")), "über\u200b*fett*"),
        (line(link("A|B", "https://x.org/?a=1&b=<2>")), "<https://x.org/?a=1&amp;b=%3C2%3E|A|B>"),
        (line(Span("js", url="javascript:alert(1)")), "js"),
        (line("*not bold*"), "*\u2060not bold*"),
        (line("snake_case_name 2*3*4"), "snake_case_name 2*3*4"),
        (line(code("a`b")), "`a'b`"),
        (line(Span("a\nb\x07c")), "a b c"),
    ],
)
def test_spans_become_markup(spans: Line, expected: str) -> None:
    assert mrkdwn(spans) == expected


def test_an_instant_is_shown_in_the_readers_zone() -> None:
    at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert mrkdwn((Span("Monday", time=at),)) == f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|Monday>"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("a &amp;lt; b", "a &lt; b"),
        ("<https://x.org/?a=1&amp;b=2|x.org>", "https://x.org/?a=1&b=2"),
        ("<!channel> <!subteam^S1|@group>", "@channel @group"),
        ("<mailto:a@b.org|a@b.org>", "a@b.org"),
        ("a < b", "a < b"),
    ],
)
def test_typed_text_is_read_as_meant(typed: str, expected: str) -> None:
    assert heard(typed) == expected


@pytest.mark.parametrize(
    "text", ["<@U1> show 7", "hey <@U1|paperclub>: show 7", "show 7 <@U1>", "show 7", "<@U1>，show 7"]
)
def test_the_line_stands_after_the_mention(text: str) -> None:
    assert after_mention(text, "U1") == "show 7"


def test_links_are_found_in_any_shape() -> None:
    assert links("see <https://a.org|A> and https://b.org/x.") == ["https://a.org", "https://b.org/x"]


@pytest.mark.parametrize("text", ["e\u0301" * 50, "👩‍👩‍👧" * 30, "🇩🇪" * 40, "汉" * 100])
def test_texts_are_cut_between_graphemes(text: str) -> None:
    cut = shorten(text, 30)
    assert cut.endswith("…")
    assert text.startswith(cut.removesuffix("…"))
    assert not cut.removesuffix("…").endswith(("\u200d", "e"))


MONSTERS = [
    Message((Text((line("&" * 20_000),)),)),
    Message((Text(tuple(line(f"line {n} " + "<x>" * 100) for n in range(80))),)),
    Message(tuple(Card(line(bold("T" * 1000)), (line("f" * 400),), (line("b" * 4000),)) for _ in range(10))),
    Message(tuple(Card(line("t"), buttons=tuple(Button("b" * 200, "x" * 1900) for _ in range(40))) for _ in range(4))),
    Message((), tuple(Choice("c" * 300, tuple((f"o{n}" * 60, f"l{n}") for n in range(130))) for _ in "abcde")),
    Message((Text((line("x"),)),), (Choice("c", (("a", "same"), ("b", "same"), ("", ""))), Button("", "go"))),
    Message((Image(b"", "a" * 5000), Text(()), Card(()))),
    Message((Text((line(link("l" * 900, "https://x.org/" + "&" * 4000)),)),)),
    Message(()),
]  # fmt: skip


@pytest.mark.parametrize("message", MONSTERS)
def test_no_message_breaks_a_limit(message: Message) -> None:
    for page in range(60):
        body = payload(Shown(message, "find x", T, page=page, share=True))
        assert check_message_blocks(body["blocks"]) == []
        assert blocks_length(body["blocks"]) <= 13_200
        assert 0 < len(body["text"]) <= 4000
        if "… more" not in json.dumps(body["blocks"], ensure_ascii=False):
            break


def test_what_can_t_be_said_again_ends_with_dots() -> None:
    body = payload(Shown(MONSTERS[1], None, T))
    assert "… more" not in json.dumps(body, ensure_ascii=False)
    assert body["blocks"][-1]["elements"][0]["text"] == "…"


@pytest.mark.parametrize("url", [None, "https://paperclub.example.org"])
def test_the_manifest_is_valid(url: str | None) -> None:
    assert manifest_faults(manifest(load_commands(), url)) == []


def test_the_manifest_on_disk_fits_the_commands() -> None:
    path = Path(__file__).parents[1] / "deploy" / "slack-manifest.json"
    assert path.read_text(encoding="utf-8") == manifest_json(load_commands())
