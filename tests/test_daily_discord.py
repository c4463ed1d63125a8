"""The daily paper in Discord: posted once whatever Discord answers, and brought up to date by votes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from discord_app import running
from discord_double import Channel, DiscordDouble, Guild, User
from due import QUICK, deliver, due_now, posts

from bot.app import App
from bot.delivery import Delivery
from storage import writing
from storage.outbox import Post
from storage.timetable import posts as table


class Scene:
    """A guild with a daily paper in #general, set up by its admin."""

    def __init__(self, app: App, discord: DiscordDouble) -> None:
        self.app = app
        self.discord = discord
        self.lab: Guild = discord.add_guild("Lab")
        self.general: Channel = self.lab.add_channel("general")
        self.ann: User = discord.add_user("ann", self.lab)
        self.boss: User = discord.add_user("boss", self.lab, admin=True)

    def owed(self) -> None:
        """A slot has come."""
        due_now(self.app, "discord", self.lab.id, self.general.id)

    def posts(self) -> list[Post]:
        """What was owed to #general."""
        return posts(self.app, "discord", self.lab.id, self.general.id)


@pytest.fixture
async def scene(app: App) -> AsyncIterator[Scene]:
    async with DiscordDouble() as discord:
        made = Scene(app, discord)
        async with running(app, discord):
            values = {"time": "09:00", "zone": "UTC", "days": "daily"}
            done = await discord.slash(made.boss, made.general, "paper-admin daily on", values)
            assert "The daily paper is on" in done.text
            yield made


async def test_the_paper_is_posted_and_a_vote_on_it_changes_it(scene: Scene) -> None:
    scene.owed()
    await deliver(scene.app)
    (post,) = scene.posts()
    message = scene.general.messages[post.reference or ""]
    before = message.text
    assert f"#{post.number}" in before
    await scene.discord.click(scene.ann, message, "👍")
    assert message.text != before
    assert f"#{post.number}" in message.text
    assert "late: I was not running" in (await scene.discord.slash(scene.ann, scene.general, "paper more why")).text
    scene.ann.locale = "zh-CN"
    assert "到点时我没有在运行" in (await scene.discord.slash(scene.ann, scene.general, "paper more why")).text
    scene.discord.check()


@pytest.mark.parametrize("kind", ["500", "503", "reset", "commit_then_500", "commit_then_reset"])
async def test_every_fault_ends_in_exactly_one_post(scene: Scene, kind: str) -> None:
    scene.owed()
    scene.discord.fail("create_message", kind, times=2)
    await deliver(scene.app, 5)
    assert [p.state for p in scene.posts()] == ["sent"]
    assert len([m for m in scene.general.messages.values() if m.nonce]) == 1
    scene.discord.refused.clear()


async def test_a_missing_permission_is_told_to_an_admin_once(scene: Scene) -> None:
    scene.owed()
    scene.discord.fail("create_message", 50013)
    await deliver(scene.app)
    assert [(p.state, p.why) for p in scene.posts()] == [("failed", "permission")]
    told = scene.discord.direct(scene.boss).shown
    assert "permission" in told[-1].text
    assert len(told) == 1


async def test_a_deleted_channel_is_told(scene: Scene) -> None:
    scene.owed()
    scene.discord.delete_channel(scene.general)
    await deliver(scene.app)
    assert [(p.state, p.why) for p in scene.posts()] == [("failed", "channel")]


async def test_a_thread_hangs_under_the_post(scene: Scene) -> None:
    await scene.discord.slash(scene.boss, scene.general, "paper-admin daily on", {"thread": "on"})
    scene.owed()
    await deliver(scene.app)
    assert [p.state for p in posts(scene.app, "discord", scene.lab.id, scene.general.id, "thread")] == ["sent"]


async def test_a_thread_that_may_not_be_opened_costs_no_post_and_is_told(scene: Scene) -> None:
    await scene.discord.slash(scene.boss, scene.general, "paper-admin daily on", {"thread": "on"})
    scene.general.deny(scene.discord.bot, "create_public_threads")
    scene.owed()
    await deliver(scene.app)
    assert [p.state for p in scene.posts()] == ["sent"]
    assert "Let me open threads" in (await scene.discord.slash(scene.ann, scene.general, "paper more why")).text


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("daily preview", {}),
        ("daily queue", {}),
        ("daily status", {}),
        ("today", {}),
        ("more why", {}),
        ("admin:daily holidays", {"country": "DE"}),
        ("admin:daily pause", {"until": "2099-01-01"}),
        ("admin:daily pin", {"resource": "12", "date": "2098-01-01"}),
        ("admin:digest weekly", {}),
        ("digest preview", {}),
    ],
)
async def test_every_command_shows_something(scene: Scene, path: str, values: dict[str, str]) -> None:
    scene.owed()
    root = "paper-admin" if path.startswith("admin:") else "paper"
    done = await scene.discord.slash(scene.boss, scene.general, f"{root} {path.removeprefix('admin:')}", values)
    assert done.text
    assert "reference" not in done.text
    scene.discord.check()


async def test_the_zone_is_completed_by_city(scene: Scene) -> None:
    found = await scene.discord.autocomplete(scene.boss, scene.general, "paper-admin daily on", "zone", "shenzhen")
    assert "Asia/Shanghai" in str(found)


async def test_after_the_nonce_is_forgotten_the_channel_is_looked_through(scene: Scene) -> None:
    scene.owed()
    scene.discord.fail("create_message", "commit_then_reset")
    await deliver(scene.app, 1)
    (post,) = scene.posts()
    assert post.state == "queued"
    long_ago = datetime.now(UTC) - timedelta(seconds=100)
    with writing(scene.app.engine) as db:
        db.execute(sa.update(table).where(table.c.id == post.id).values(doubted_at=long_ago))
    await deliver(scene.app)
    assert [p.state for p in scene.posts()] == ["sent"]
    assert len([m for m in scene.general.messages.values() if m.nonce]) == 1
    assert not scene.discord.limited


async def test_a_post_is_found_in_a_busy_channel_long_after_the_first_doubt(scene: Scene) -> None:
    scene.owed()
    for _ in range(120):
        scene.discord.write(scene.ann, scene.general, "all at once")
    scene.discord.fail("create_message", "commit_then_reset")
    await deliver(scene.app, 1)
    now = datetime.now(UTC)
    with writing(scene.app.engine) as db:
        db.execute(sa.update(table).values(doubted_at=now - timedelta(minutes=10), begun_at=now))
    scene.discord.advance(900)
    await deliver(scene.app)
    assert [p.state for p in scene.posts()] == ["sent"]
    assert len([m for m in scene.general.messages.values() if m.nonce]) == 1


async def test_a_lost_post_is_known_again_by_its_buttons(scene: Scene) -> None:
    scene.owed()
    scene.discord.fail("create_message", "commit_then_reset")
    await deliver(scene.app, 1)
    there = next(m for m in scene.general.messages.values() if m.nonce)
    there.nonce = None  # Discord does not keep it
    scene.discord.write(scene.ann, scene.general, "today day:2026-01-01")
    long_ago = datetime.now(UTC) - timedelta(seconds=100)
    with writing(scene.app.engine) as db:
        db.execute(sa.update(table).values(doubted_at=long_ago))
    await deliver(scene.app)
    assert [(p.state, p.reference) for p in scene.posts()] == [("sent", there.id)]


@pytest.mark.parametrize("code", [40333, 130000])
async def test_a_refusal_that_passes_suspends_nothing(scene: Scene, code: int) -> None:
    scene.owed()
    scene.discord.fail("create_message", code)
    await deliver(scene.app)
    assert [p.state for p in scene.posts()] == ["sent"]


async def test_a_long_limit_is_waited_for_without_a_doubt(scene: Scene) -> None:
    scene.owed()
    scene.discord.fail("create_message", "429", seconds=60)
    await deliver(scene.app, 1)
    (post,) = scene.posts()
    assert (post.state, post.doubted_at) == ("queued", None)
    assert post.next_at
    assert post.next_at > datetime.now(UTC) + timedelta(seconds=55)


async def test_a_global_limit_that_outlasts_a_try_silences_nobody(scene: Scene) -> None:
    scene.owed()
    scene.discord.rates.limit_everything(1.5)
    delivery = Delivery(scene.app, patience=replace(QUICK, attempt=0.5, first=0.3, longest=0.3))
    for _ in range(8):
        await delivery.round()
        await delivery.settled()
        await asyncio.sleep(0.2)
    assert [p.state for p in scene.posts()] == ["sent"]


async def test_a_post_on_its_way_is_waited_for_at_the_end(app: App) -> None:
    async with DiscordDouble() as discord:
        scene = Scene(app, discord)
        async with running(app, discord):
            values = {"time": "09:00", "zone": "UTC", "days": "daily"}
            await discord.slash(scene.boss, scene.general, "paper-admin daily on", values)
            scene.owed()
            discord.fail("create_message", "slow", seconds=0.5)
            delivery = Delivery(app, patience=QUICK)
            await delivery.round()
            while scene.posts()[0].state != "sending":  # noqa: ASYNC110 - the outbox is what is waited for
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
        await delivery.close()
    assert [(p.state, p.doubted_at) for p in scene.posts()] == [("sent", None)]


async def test_a_card_posted_before_a_restart_is_still_alive(app: App) -> None:
    async with DiscordDouble() as discord:
        scene = Scene(app, discord)
        async with running(app, discord):
            values = {"time": "09:00", "zone": "UTC", "days": "daily"}
            await discord.slash(scene.boss, scene.general, "paper-admin daily on", values)
            scene.owed()
            await deliver(app)
        (post,) = scene.posts()
        message = scene.general.messages[post.reference or ""]
        before = message.text
        async with running(App(app.engine), discord):
            start = discord.clock.now()
            await discord.click(scene.ann, message, "🙋 Want")
            assert discord.clock.now() - start < 1
        assert message.text != before
