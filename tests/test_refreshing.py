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
from bot.posting import Gone, Retry, Sent
from bot.refreshing import Refresher
from bot.resaying import APART
from storage import catalogue as writer
from storage import outbox, writing
from storage.outbox import Arrival, Post
from storage.records import Listing, Resource, Source

Cast = Callable[[int, datetime], None]


class Wall:
    """A platform that shows what was edited."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.busy = False

    def compose(self, post: Post, message: Message, line: str) -> str:
        return line

    async def warm(self, post: Post) -> None:
        pass

    async def send(self, post: Post, composed: str, under: Sent | None = None) -> Sent:
        raise AssertionError(composed)

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
            outbox.sent(db, [Arrival(post.id, "C1", "m1")], NOW)
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


async def test_the_card_of_nominations_follows_them_and_ends_with_them(own: App, alice: Actor) -> None:
    actor, wall = replace(alice, platform="slack"), Wall()
    own.senders = {"slack": wall}
    own.say('poll start nominations:"1 day" closes:"2 days"', actor, NOW)
    with writing(own.engine) as db:
        for post in outbox.claim(db, ["slack"], "me", NOW, limit=9, lease=timedelta(seconds=9)):
            outbox.sent(db, [Arrival(post.id, "C1", "m1")], NOW)
    own.say("poll nominate 2 poll:2", actor, NOW + timedelta(minutes=1))
    assert await Refresher(own, lambda: NOW + timedelta(minutes=1)).round() == 1
    assert "1. S2" in wall.shown[-1]
    opened = NOW + timedelta(days=1)
    assert "Nominations are closed" in own.say("poll nominate 1 poll:2", actor, opened).plain()
    own.tick(opened)
    with writing(own.engine) as db:
        for post in outbox.claim(db, ["slack"], "me", opened, limit=9, lease=timedelta(seconds=9)):
            outbox.sent(db, [Arrival(post.id, "C1", "m1")], opened)
    own.say("poll vote 2 1", actor, opened)
    assert await Refresher(own, lambda: opened + APART).round() == 2
    assert ["Nominations are closed" in wall.shown[-2], "1 has voted" in wall.shown[-1]] == [True, True]


async def test_a_closed_poll_shows_its_result_on_the_old_card(own: App) -> None:
    wall = Wall()
    own.senders = {"slack": wall}
    closed = NOW + timedelta(days=3, minutes=1)
    own.tick(closed)
    await Refresher(own, lambda: closed + APART).round()
    assert "The poll is closed" in wall.shown[-1]


# ---- resources' cards ----


class Board(Wall):
    """A platform that counts edits, or refuses them."""

    def __init__(self, refusal: Exception | None = None) -> None:
        super().__init__()
        self.refusal = refusal

    async def edit(self, sent: Sent, post: Post, message: Message, line: str) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.shown.append(f"{post.platform} {sent.place} {sent.reference} {line}: {message.plain()}")


@pytest.fixture
def shared(own: App, alice: Actor) -> App:
    """The bot after Alice shared a card in Slack, where a poll goes on."""
    there = replace(alice, platform="slack", channel="C1")
    own.remember(own.say("share show 1", there, NOW), "share show 1", there, "C1", "m7")
    own.say("vote 1 up", replace(alice, platform="slack"), NOW)
    return own


async def test_a_rush_of_presses_edits_a_shared_card_once_in_a_while(shared: App, alice: Actor) -> None:
    board = Board()
    shared.senders = {"slack": board}
    now = NOW
    refresher = Refresher(shared, lambda: now)
    for n in range(40):
        shared.say("vote 1 up", replace(alice, platform="slack", member=f"V{n}", name=f"V{n}"), now)
        now += timedelta(milliseconds=250)
        await refresher.round()
    now += timedelta(seconds=3)
    await refresher.round()
    shown = [line for line in board.shown if line.startswith('slack C1 m7 share show 1 sharer:"Alice":')]
    assert 4 <= len(shown) <= 5
    assert "Alice shares" in shown[-1]
    assert "👍 41" in shown[-1]
    assert await refresher.round() == 0


async def test_a_shared_card_that_is_gone_is_forgotten_and_a_busy_one_is_edited_later(shared: App) -> None:
    board = Board(Retry("busy", 5.0))
    shared.senders = {"slack": board}
    now = NOW
    refresher = Refresher(shared, lambda: now)
    assert await refresher.round() == 1
    now += timedelta(seconds=4)
    assert await refresher.round() == 0
    board.refusal = Gone("channel")
    now += timedelta(seconds=2)
    assert await refresher.round() == 1
    shared.touched.append(("slack", "T1", 1))
    now += timedelta(seconds=4)
    assert await refresher.round() == 0
