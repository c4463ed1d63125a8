"""The daily paper in Slack: set up by an admin, posted once whatever Slack answers, and brought up to date by votes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from due import QUICK, deliver, due_now, posts
from slack_app import Scene, connected
from slack_double import SlackDouble

from bot.app import App
from bot.delivery import Delivery
from bot.gatherings import announce, key_of
from storage import meetings, outbox, reading, writing
from storage.outbox import Post

LOST = ["500", "reset", "commit_then_500", "commit_then_reset", "internal_error"]
LATER = ["429", "team_added_to_org", "token_expired"]


@pytest.fixture
async def scene(app: App) -> AsyncIterator[Scene]:
    """The bot with a daily paper in #general."""
    async with SlackDouble(rate_limits=False) as slack:
        made = Scene(slack)
        async with connected(app, made):
            done = await slack.command(made.bo, made.general, "/paper", "daily on time:09:00 zone:UTC days:daily")
            assert "每日" in done.text or "daily" in done.text
            made.app = app  # type: ignore[attr-defined]
            yield made


def owed(scene: Scene, app: App) -> None:
    due_now(app, "slack", scene.acme.id, scene.general.id)


def the_posts(scene: Scene, app: App) -> list[Post]:
    return posts(app, "slack", scene.acme.id, scene.general.id)


def shown(scene: Scene) -> list[str]:
    return [m.shown for m in scene.general.messages if m.metadata]


async def test_the_paper_is_posted_and_a_vote_on_it_changes_it(scene: Scene, app: App) -> None:
    owed(scene, app)
    await deliver(app)
    (post,) = the_posts(scene, app)
    message = next(m for m in scene.general.messages if m.ts == post.reference)
    before = message.shown
    assert f"#{post.number}" in before
    voted = await scene.slack.click(scene.ann, message, "👍")
    assert voted.edited == [message]
    assert message.shown != before
    assert f"#{post.number}" in message.shown
    assert "late: I was not running" in (await scene.say("why")).text
    assert "到点时我没有在运行" in (await scene.slack.command(scene.bo, scene.general, "/paper", "why")).text
    scene.slack.check()


@pytest.mark.parametrize("kind", LOST)
async def test_with_history_every_fault_ends_in_exactly_one_post(scene: Scene, app: App, kind: str) -> None:
    owed(scene, app)
    scene.slack.fail("chat.postMessage", kind)
    await deliver(app, 4)
    assert [p.state for p in the_posts(scene, app)] == ["sent"]
    assert len(shown(scene)) == 1


@pytest.mark.parametrize("kind", LATER)
async def test_what_slack_will_take_later_waits(scene: Scene, app: App, kind: str) -> None:
    owed(scene, app)
    scene.slack.fail("chat.postMessage", kind, seconds=0.1)
    await deliver(app, 1)
    (post,) = the_posts(scene, app)
    assert (post.state, post.tries, post.doubted_at) == ("queued", 1, None)
    assert shown(scene) == []


async def test_a_lost_post_is_found_behind_what_was_said_since(scene: Scene, app: App) -> None:
    owed(scene, app)
    scene.slack.fail("chat.postMessage", "commit_then_500")
    await deliver(app, 1)
    for n in range(20):  # more than a page of history
        scene.slack.write(scene.ann, scene.general, f"line {n}")
    await deliver(app)
    assert [p.state for p in the_posts(scene, app)] == ["sent"]
    assert len(shown(scene)) == 1


async def test_what_was_lost_in_a_thread_is_not_said_again(scene: Scene, app: App) -> None:
    day = (datetime.now(UTC) + timedelta(days=9)).date()
    await scene.slack.command(scene.bo, scene.general, "/paper", f"meeting plan 12 {day} 16:00")
    await deliver(app)
    with writing(app.engine) as db:
        meeting, plan = meetings.get(db, 1), outbox.find(db, "meeting:1:plan")
        assert meeting is not None
        assert plan is not None
        announce(db, meeting, "agenda", datetime.now(UTC), parent=plan.id)
    scene.slack.fail("chat.postMessage", "commit_then_500")
    await deliver(app, 4)
    assert [m.thread_ts for m in scene.general.messages if m.thread_ts] == [plan.reference]
    with reading(app.engine) as db:
        agenda = outbox.find(db, key_of(meeting, "agenda"))
    assert agenda is not None
    assert agenda.state == "unclear"


@pytest.mark.parametrize("kind", ["500", "commit_then_500", "commit_then_reset"])
async def test_without_history_a_lost_answer_is_unclear_and_told(app: App, kind: str) -> None:
    scopes = ["app_mentions:read", "chat:write", "commands", "im:history", "users:read"]
    async with SlackDouble(rate_limits=False, scopes=scopes) as slack:
        scene = Scene(slack)
        async with connected(app, scene):
            await slack.command(scene.bo, scene.general, "/paper", "daily on time:09:00 zone:UTC days:daily")
            owed(scene, app)
            slack.fail("chat.postMessage", kind)
            await deliver(app, 4)
            assert [p.state for p in the_posts(scene, app)] == ["unclear"]
            assert len(shown(scene)) == (0 if kind == "500" else 1)
            told = scene.acme.direct(scene.bo).messages[-1]
            assert "我不会再发" in told.shown


async def test_a_post_on_its_way_is_waited_for_at_the_end(app: App) -> None:
    async with SlackDouble(rate_limits=False) as slack:
        scene = Scene(slack)
        async with connected(app, scene):
            await slack.command(scene.bo, scene.general, "/paper", "daily on time:09:00 zone:UTC days:daily")
            owed(scene, app)
            slack.fail("chat.postMessage", "slow", seconds=0.5)
            delivery = Delivery(app, patience=QUICK)
            await delivery.round()
            while the_posts(scene, app)[0].state != "sending":  # noqa: ASYNC110 - the outbox is what is waited for
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
        await delivery.close()
    assert [(p.state, p.doubted_at) for p in the_posts(scene, app)] == [("sent", None)]


async def test_a_bot_that_was_removed_from_the_channel_tells_an_admin_once(scene: Scene, app: App) -> None:
    scene.general.members.discard(scene.acme.bot.id)
    owed(scene, app)
    await deliver(app)
    assert [(p.state, p.why) for p in the_posts(scene, app)] == [("failed", "kicked")]
    assert len(posts(app, "slack", scene.acme.id, scene.bo.id, "notice")) == 1


async def test_a_thread_hangs_under_the_post(scene: Scene, app: App) -> None:
    await scene.slack.command(scene.bo, scene.general, "/paper", "daily on thread:on")
    owed(scene, app)
    await deliver(app)
    (post,) = the_posts(scene, app)
    assert [m.thread_ts for m in scene.general.messages if m.thread_ts] == [post.reference]


@pytest.mark.parametrize(
    "line",
    ["daily preview", "daily queue", "daily status", "today", "why", "daily holidays country:DE", "digest weekly",
     "daily pause until 2099-01-01", "daily pin 12 date:2098-01-01", "digest preview"],
)  # fmt: skip
async def test_every_line_shows_something(scene: Scene, app: App, line: str) -> None:
    owed(scene, app)
    done = await scene.slack.command(scene.bo, scene.general, "/paper", line)
    assert done.acked
    assert done.answered
    assert "reference" not in done.text


async def test_the_queue_is_changed_by_its_buttons(scene: Scene) -> None:
    done = await scene.slack.command(scene.ann, scene.general, "/paper", "daily queue")
    before = done.message.shown
    pressed = await scene.slack.click(scene.ann, done.message, "Not now")
    assert pressed.text
    assert pressed.text != before


async def test_members_are_no_admins(scene: Scene) -> None:
    done = await scene.say("daily off")
    assert "is for admins" in done.text


async def test_a_card_posted_before_a_restart_is_still_alive(app: App) -> None:
    async with SlackDouble(rate_limits=False) as slack:
        scene = Scene(slack)
        async with connected(app, scene):
            await slack.command(
                scene.bo, scene.general, "/paper", "daily on time:09:00 zone:UTC days:daily language:en"
            )
            owed(scene, app)
            await deliver(app)
        (post,) = the_posts(scene, app)
        message = next(m for m in scene.general.messages if m.ts == post.reference)
        before = message.shown
        async with connected(App(app.engine), scene):
            start = slack.clock.now()
            await slack.click(scene.ann, message, "🙋 Want")
            assert slack.clock.now() - start < 1
        assert message.shown != before
