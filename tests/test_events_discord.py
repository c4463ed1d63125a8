"""Meetings among the events of a Discord server: shown once, changed along, left alone without the right."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from discord_app import running
from discord_double import DiscordDouble, Guild
from due import QUICK

from bot.app import App
from bot.command import Actor
from bot.delivery import Delivery
from bot.gatherings import key_of
from bot.hosting import Hosting
from storage import meetings, outbox, reading, writing
from storage.timetable import posts


class Scene:
    """A server whose bot may hold events, and its admin."""

    def __init__(self, discord: DiscordDouble, app: App) -> None:
        self.discord = discord
        self.app = app
        self.lab: Guild = discord.add_guild("Lab", permissions=("create_events",))
        self.boss = Actor("discord", self.lab.id, self.lab.add_channel("general").id, "7", "boss", admin=True)
        self.now = datetime.now(UTC).replace(microsecond=0)

    def say(self, line: str) -> str:
        """Say a line as the admin."""
        return self.app.say(line, self.boss, self.now).plain()

    async def later(self, minutes: int = 2) -> list[dict[str, Any]]:
        """Let another process look a little later; the events as the server shows them."""
        self.now += timedelta(minutes=minutes)
        await Hosting(self.app, lambda: self.now).round()
        return [event.given | {"status": event.status} for event in self.lab.events.values()]


@pytest.fixture
async def scene(engine: sa.Engine) -> AsyncIterator[Scene]:
    app = App(engine)
    async with DiscordDouble() as discord:
        made = Scene(discord, app)
        async with running(app, discord):
            yield made


async def test_a_meeting_is_shown_once_moved_and_cancelled_along(scene: Scene) -> None:
    scene.say('meeting plan when:"in 3 days" title:Caches place:"Room 5"')
    (first,) = await scene.later()
    assert (first["name"], first["entity_metadata"]["location"], first["status"]) == ("Caches", "Room 5", 1)
    scene.say('meeting move "in 5 days"')
    (moved,) = await scene.later()
    begins = [datetime.fromisoformat(event["scheduled_start_time"]) for event in (first, moved)]
    assert begins[1] - begins[0] == timedelta(days=2, minutes=2)
    assert await scene.later() == [moved]
    scene.say("meeting cancel")
    assert [event["status"] for event in await scene.later()] == [4]
    scene.discord.check()


async def test_an_event_whose_making_was_not_confirmed_is_found_again(scene: Scene) -> None:
    scene.say('meeting plan when:"in 3 days" title:Caches')
    scene.discord.fail("create_guild_scheduled_event", "commit_then_reset")
    await scene.later()
    assert len(await scene.later()) == 1
    scene.discord.refused.clear()


async def test_without_the_right_nothing_is_shown_and_nobody_disturbed(scene: Scene) -> None:
    scene.lab.members[scene.discord.bot.id].roles.clear()
    assert "is planned" in scene.say('meeting plan when:"in 3 days"')
    assert await scene.later() == []
    calls = len(scene.discord.refused)
    await scene.later()
    assert len(scene.discord.refused) == calls
    scene.discord.check(allow=[50013])


async def test_an_event_that_somebody_took_away_stays_away(scene: Scene) -> None:
    scene.say('meeting plan when:"in 3 days" title:Caches')
    await scene.later()
    scene.lab.events.clear()
    scene.say("meeting edit title:Pages")
    assert await scene.later() == []
    scene.say("meeting edit title:Blocks")
    assert await scene.later() == []
    assert len(scene.discord.refused) == 1  # nor is it asked for again
    scene.discord.check(allow=[10070])


async def _begin(scene: Scene, rounds: int = 2) -> None:
    """Plan a meeting, and let it begin."""
    scene.say('meeting plan when:"in 1 hour" title:Caches')
    scene.now += timedelta(hours=1)
    for _ in range(rounds):
        await _look(scene)


async def _look(scene: Scene) -> None:
    """A minute later, what is due is said."""
    scene.now += timedelta(minutes=1)
    scene.app.tick(scene.now)
    delivery = Delivery(scene.app, patience=QUICK, clock=lambda: scene.now)
    await delivery.round()
    await delivery.settled()


def _agendas(scene: Scene) -> int:
    """How often the agenda stands in a thread."""
    threads = [channel for channel in scene.lab.channels.values() if channel.parent is not None]
    return sum("Agenda" in message.text for thread in threads for message in thread.messages.values())


async def test_a_thread_whose_opening_was_not_confirmed_is_used(scene: Scene) -> None:
    scene.discord.fail("create_thread_from_message", "commit_then_reset")
    await _begin(scene, 4)
    assert _agendas(scene) == 1
    scene.discord.check(allow=[160004])


async def test_what_was_lost_in_a_thread_long_ago_is_not_said_again(scene: Scene) -> None:
    await _begin(scene, 1)
    scene.discord.fail("create_message", "commit_then_reset")
    await _look(scene)
    with writing(scene.app.engine) as db:
        long_ago = datetime.now(UTC) - timedelta(minutes=10)
        assert db.execute(posts.update().where(posts.c.doubted_at.is_not(None)).values(doubted_at=long_ago)).rowcount
    scene.discord.advance(900)
    await _look(scene)
    assert _agendas(scene) == 1
    with reading(scene.app.engine) as db:
        meeting = meetings.get(db, 1)
        assert meeting is not None
        agenda = outbox.find(db, key_of(meeting, "agenda"))
    assert agenda is not None
    assert agenda.state == "unclear"


async def test_where_no_thread_may_be_opened_the_agenda_stands_in_the_channel(scene: Scene) -> None:
    channel = scene.lab.channels[scene.boss.channel]
    channel.deny(scene.discord.bot, "create_public_threads")
    await _begin(scene)
    assert "Agenda" in channel.shown[-1].text
    scene.discord.check(allow=[50013])
