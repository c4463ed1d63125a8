"""Messages as plain text and as data."""

from bot.message import Button, Card, File, Image, Message, Text, bold, line, link

MESSAGE = Message(
    (
        Text((line("Two ", bold("results")),)),
        Card(
            line(link("vLLM", "https://vllm.ai")),
            facts=(line("framework"),),
            buttons=(Button("Show", "show 1"),),
            number=1,
        ),
        Image(b"123", "A chart of votes"),
        File(b"1234", "votes.csv", "The votes"),
    ),
    share="search vllm",
)  # fmt: skip


def test_plain_text_says_everything_without_structure() -> None:
    assert MESSAGE.plain() == "Two results\nvLLM\nframework\nA chart of votes\nThe votes (votes.csv)"


def test_data_leaves_out_what_is_absent() -> None:
    data = MESSAGE.as_data()
    assert data["share"] == "search vllm"
    assert data["parts"][1] == {  # type: ignore[index]
        "type": "card",
        "title": [{"text": "vLLM", "url": "https://vllm.ai"}],
        "facts": [[{"text": "framework"}]],
        "buttons": [{"type": "button", "label": "Show", "line": "show 1"}],
        "number": 1,
    }
    assert data["parts"][3] == {  # type: ignore[index]
        "type": "file",
        "data": "4 bytes",
        "name": "votes.csv",
        "label": "The votes",
    }


def test_only_web_addresses_become_links() -> None:
    assert link("x", "javascript:alert(1)").url is None
