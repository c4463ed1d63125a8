"""The chat at the prompt: numbered choices, pretend members, completion."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from rich.console import Console

from bot.adapters.console.chat import Chat, LineCompleter, member
from bot.adapters.console.render import show
from bot.app import App
from bot.message import Card, File, Image, Message, Text, line


class _Talk:
    """A chat whose screen is a string."""

    def __init__(self, app: App) -> None:
        self.screen = io.StringIO()
        self.chat = Chat(app, Console(file=self.screen, width=120), member("you", "en"), lambda prompt: "")

    def __call__(self, text: str) -> str:
        self.screen.truncate(0)
        self.screen.seek(0)
        self.chat.hear(text)
        return self.screen.getvalue()


@pytest.fixture
def talk(app: App) -> _Talk:
    return _Talk(app)


def test_a_number_presses_the_button(talk: _Talk) -> None:
    assert "[1] Show" in talk("search paged attention")
    assert "Merged: same arXiv id" in talk("1")


def test_a_menu_opens_and_its_options_are_numbered(talk: _Talk) -> None:
    assert "[1] Topics…" in talk("browse")
    assert "[1] " in talk("1")
    assert "resource" in talk("1")


def test_the_language_and_the_member_can_be_switched(talk: _Talk) -> None:
    assert "中文" in talk("/lang zh")
    assert "alice" in talk("/as alice")
    assert "成员" in talk("/admin off")
    assert talk.chat.actor.admin is False
    assert "/lang en | zh" in talk("/lang tlh")


def test_quit_ends_the_chat(talk: _Talk) -> None:
    assert talk.chat.hear("/quit") is False
    assert talk.chat.hear("help") is True


def test_escape_sequences_in_titles_are_shown_not_obeyed() -> None:
    screen = io.StringIO()
    show(Console(file=screen, force_terminal=False), Message((Text((line("a\x1b[2Jb"),)), Card(line("\x07t")))))
    assert "\x1b" not in screen.getvalue()
    assert "\x07" not in screen.getvalue()


def test_a_picture_is_told_by_its_words() -> None:
    screen = io.StringIO()
    show(Console(file=screen), Message((Image(b"", "votes by week"),)))
    assert "votes by week" in screen.getvalue()


@pytest.fixture
def completions(app: App) -> Callable[[str], list[str]]:
    completer = LineCompleter(_Talk(app).chat)
    return lambda text: [c.text for c in completer.get_completions(Document(text), CompleteEvent())]


def test_commands_complete(completions: Callable[[str], list[str]]) -> None:
    assert "search " in completions("se")


def test_options_complete(completions: Callable[[str], list[str]]) -> None:
    assert "venue:" in completions("browse ve")


def test_kinds_and_topics_complete(completions: Callable[[str], list[str]]) -> None:
    assert "paper" in completions("browse kind:pa")
    assert "serving/kv-cache" in completions("browse topic:kv")


def test_titles_complete(completions: Callable[[str], list[str]]) -> None:
    assert completions("show flashatt")


def test_a_file_is_written_where_one_stands_and_over_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for data in (b"one", b"two"):
        console = Console(file=io.StringIO(), width=300)
        show(console, Message((File(data, "../club.ics", "Calendar file"),)))
    assert (tmp_path / "club.ics").read_bytes() == b"one"
    assert (tmp_path / "club-2.ics").read_bytes() == b"two"
    assert str(tmp_path / "club-2.ics") in console.file.getvalue()  # type: ignore[attr-defined]
