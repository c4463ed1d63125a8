"""Slack as delivery sees it: what posts carry besides words, and workspaces whose posts nobody can take there."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from conftest import NOW
from slack_app import Scene, connected, fresh_database, make_app
from slack_double import Message as Posted
from slack_double import SlackDouble

from bot.adapters.slack import sender as sending
from bot.adapters.slack.sender import SlackSender
from bot.message import File, Image, Message, Text, line
from bot.posting import Gone, Sent
from storage.outbox import Post

DIGEST = Message(
    (
        Text((line("What you read"),)),
        Image(b"not really a picture", "bars that grow"),
        File(b"BEGIN:VCALENDAR", "club.ics", "Calendar"),
    )
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    """SQLite is enough here."""
    with fresh_database(tmp_path) as made:
        yield made


@pytest.fixture
async def scene(engine: sa.Engine) -> AsyncIterator[Scene]:
    """The bot on a socket."""
    async with SlackDouble(rate_limits=False) as slack:
        made = Scene(slack)
        async with connected(make_app(engine), made):
            yield made


def _post(scene: Scene, space: str = "") -> Post:
    return Post(
        key="weekly:1", kind="weekly", club=1, platform="slack", space=space or scene.acme.id, target=scene.general.id,
        language="en", date="2026-03-06", due_at=NOW,
    )  # fmt: skip


async def _send(scene: Scene) -> Sent:
    sender = SlackSender(scene.served.api, scene.served.tokens, scene.served.uploads)
    post = _post(scene)
    return await sender.send(post, sender.compose(post, DIGEST, "digest"))


def _pictures(posted: Posted) -> list[str]:
    return [block["alt_text"] for block in posted.blocks if block["type"] == "image"]


def _said(scene: Scene, sent: Sent) -> Posted:
    return next(m for m in scene.general.messages if m.ts == sent.reference)


async def test_a_post_comes_with_its_picture_and_its_file_in_the_thread(scene: Scene) -> None:
    sent = await _send(scene)
    assert _pictures(_said(scene, sent)) == ["bars that grow"]
    assert [m.thread_ts for m in scene.general.messages if m.files] == [sent.reference]
    scene.slack.check()


@pytest.mark.parametrize(("ready", "pictures"), [(0.2, ["bars that grow"]), (99.0, [])])
async def test_a_post_waits_for_its_picture_but_not_for_ever(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, ready: float, pictures: list[str]
) -> None:
    monkeypatch.setattr(sending, "PAUSES", (0.1, 0.3))
    scene.slack.processing = ready
    posted = _said(scene, await _send(scene))
    assert _pictures(posted) == pictures
    assert "bars that grow" in str(posted.blocks)


async def test_a_channel_that_takes_nothing_is_not_asked_again_without_the_picture(scene: Scene) -> None:
    scene.slack.fail("chat.postMessage", "is_archived")
    with pytest.raises(Gone, match="is_archived"):
        await _send(scene)
    assert sum(call.method == "chat.postMessage" for call in scene.slack.calls) == 1


async def test_a_workspace_without_a_token_is_gone(scene: Scene) -> None:
    sender = SlackSender(scene.served.api, scene.served.tokens, scene.served.uploads)
    with pytest.raises(Gone) as caught:
        await sender.warm(_post(scene, "T0"))
    assert caught.value.reason == "token"
