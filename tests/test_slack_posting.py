"""Slack as delivery sees it: what posts carry besides words, and workspaces whose posts nobody can take there."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestServer
from conftest import NOW
from slack_app import Scene, connected, fresh_database, make_app
from slack_double import Message as Posted
from slack_double import SlackDouble

from bot.adapters.slack import uploads
from bot.adapters.slack.sender import SlackSender
from bot.message import File, Image, Message, Text, line
from bot.posting import Gone, Retry, Sent, Unclear
from storage.outbox import Post

DIGEST = Message(
    (
        Text((line("What you read"),)),
        Image(b"not really a picture", "bars that grow"),
        File(b"BEGIN:VCALENDAR", "club.ics", "Calendar"),
    )
)
PLAIN = Message((Text((line("What you read"),)),))


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


async def _send(scene: Scene, message: Message = DIGEST) -> Sent:
    sender = SlackSender(scene.served.api, scene.served.tokens, scene.served.uploads)
    post = _post(scene)
    return await sender.send(post, sender.compose(post, message, "digest"))


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
    monkeypatch.setattr(uploads, "PAUSES", (0.1, 0.3))
    scene.slack.processing = ready
    posted = _said(scene, await _send(scene))
    assert _pictures(posted) == pictures
    assert "bars that grow" in str(posted.blocks)


async def test_a_channel_that_takes_nothing_is_not_asked_again_without_the_picture(scene: Scene) -> None:
    scene.slack.fail("chat.postMessage", "is_archived")
    with pytest.raises(Gone, match="is_archived"):
        await _send(scene)
    assert sum(call.method == "chat.postMessage" for call in scene.slack.calls) == 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [("is_inactive", "archived"), ("channel_is_limited_access", "permission"), ("team_not_found", "token"),
     ("what_nobody_knows", "content")],
)  # fmt: skip
async def test_a_refusal_is_told_by_its_kind(scene: Scene, error: str, reason: str) -> None:
    scene.slack.fail("chat.postMessage", error, times=9)
    with pytest.raises(Gone) as caught:
        await _send(scene, PLAIN)
    assert caught.value.reason == reason


async def test_a_channel_that_is_moved_by_slack_is_waited_for(scene: Scene) -> None:
    scene.slack.fail("chat.postMessage", "external_channel_migrating")
    with pytest.raises(Retry):
        await _send(scene, PLAIN)


@asynccontextmanager
async def _answering(scene: Scene, monkeypatch: pytest.MonkeyPatch, answer: web.Response) -> AsyncIterator[None]:
    """Another server in Slack's place, which says the same to everything."""

    async def say(_request: web.Request) -> web.Response:
        return answer

    odd = web.Application()
    odd.router.add_post("/{method}", say)
    async with TestServer(odd) as server:
        monkeypatch.setattr(scene.served.api, "base", str(server.make_url("/")))
        scene.served.api._clients.clear()
        yield


@pytest.mark.parametrize(("asked", "after"), [("30", 30.0), ("2.5", 2.5), (None, 0.0), ("soon", 0.0)])
async def test_patience_is_what_was_asked_for(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, asked: str | None, after: float
) -> None:
    headers = {"Retry-After": asked} if asked else {}
    crowded = web.Response(status=429, headers=headers, text="<html>Slow down</html>", content_type="text/html")
    async with _answering(scene, monkeypatch, crowded):
        with pytest.raises(Retry) as caught:
            await _send(scene, PLAIN)
    assert caught.value.after == after


@pytest.mark.parametrize(
    ("text", "kind"), [('{"ok": true}', "application/json"), ("ok", "text/plain"), ("", "text/plain")]
)
async def test_an_answer_that_tells_no_place_leaves_the_post_in_doubt(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, text: str, kind: str
) -> None:
    async with _answering(scene, monkeypatch, web.Response(text=text, content_type=kind)):
        with pytest.raises(Unclear):
            await _send(scene, PLAIN)


async def test_a_workspace_without_a_token_is_gone(scene: Scene) -> None:
    sender = SlackSender(scene.served.api, scene.served.tokens, scene.served.uploads)
    with pytest.raises(Gone) as caught:
        await sender.warm(_post(scene, "T0"))
    assert caught.value.reason == "token"
