"""Posted cards follow the votes, at a pace that platforms take kindly."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from conftest import NOW

from bot.app import App
from bot.command import Actor
from bot.message import Message
from bot.posting import Retry, Sent
from bot.refreshing import APART, Refresher
from storage import catalogue as writer
from storage import outbox, writing
from storage.outbox import Post
from storage.records import Listing, Resource, Source

Cast = Callable[[int, datetime], None]


class Wall:
    """A platform that shows what was edited."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.busy = False

    async def send(self, post: Post, message: Message, line: str, under: Sent | None = None) -> Sent:
        raise AssertionError(line)

    async def find(self, post: Post) -> Sent | None:
        return None

    async def edit(self, sent: Sent, post: Post, message: Message, line: str) -> None:
        if self.busy:
            raise Retry("busy", 10.0)
        assert sent.reference == "m1"
        self.shown.append(message.plain())


@pytest.fixture
def own(engine: sa.Engine, alice: Actor) -> App:
    """The bot with a poll whose card stands in the channel."""
    with writing(engine) as db:
        made = [
            Resource(n, "paper", f"S{n}: Serving", keys=(f"title:s{n}",), listings=(Listing("900", f"e{n}", (), n),))
            for n in (1, 2)
        ]
        writer.write(db, writer.Change(added=made, sources=[Source("900", "A list", "markdown")]), NOW)
    app = App(engine)
    app.say('poll start candidates:"1 2"', replace(alice, platform="slack"), NOW)
    with writing(engine) as db:
        for post in outbox.claim(db, ["slack"], "me", NOW, limit=9, lease=timedelta(seconds=9)):
            outbox.sent(db, post.id, "C1", "m1", NOW)
    return app


async def test_a_rush_of_votes_makes_few_edits_and_the_last_one_is_right(own: App, alice: Actor) -> None:
    wall = Wall()
    own.senders = {"slack": wall}
    at = NOW + timedelta(minutes=1)
    for n in range(50):
        own.say("poll vote 1 1", replace(alice, platform="slack", member=f"V{n}", name=f"V{n}"), at)
        at += timedelta(milliseconds=200)
        now = at
        await Refresher(own, lambda now=now: now).round()  # type: ignore[misc]
    assert 2 <= len(wall.shown) <= 10 / APART.total_seconds() + 1
    later = at + APART
    await Refresher(own, lambda: later).round()
    assert "50 have voted" in wall.shown[-1]
    assert await Refresher(own, lambda: later + timedelta(hours=1)).round() == 0


async def test_an_edit_that_the_platform_puts_off_is_made_later(own: App, alice: Actor) -> None:
    wall = Wall()
    own.senders = {"slack": wall}
    wall.busy = True
    own.say("poll vote 1 1", replace(alice, platform="slack"), NOW + timedelta(seconds=5))
    moments = [NOW + timedelta(seconds=9)]
    refresher = Refresher(own, lambda: moments[-1])
    assert await refresher.round() == 1
    wall.busy = False
    moments.append(NOW + timedelta(seconds=14))
    assert await refresher.round() == 0
    moments.append(NOW + timedelta(seconds=20))
    assert await refresher.round() == 1
    assert "1 has voted" in wall.shown[-1]


async def test_a_closed_poll_shows_its_result_on_the_old_card(own: App) -> None:
    wall = Wall()
    own.senders = {"slack": wall}
    closed = NOW + timedelta(days=3, minutes=1)
    own.tick(closed)
    await Refresher(own, lambda: closed + APART).round()
    assert "The poll is closed" in wall.shown[-1]
