"""Posted cards follow the votes, at a pace that platforms take kindly."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from conftest import NOW
from walls import Wall

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


class Seen(Wall):
    """A platform that shows what was edited."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.busy = False

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
    wall = Seen()
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
    wall = Seen()
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
    actor, wall = replace(alice, platform="slack"), Seen()
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
    own.say("poll vote 2 1", actor, opened + timedelta(seconds=1))
    assert await Refresher(own, lambda: opened + APART).round() == 2
    assert ["Nominations are closed" in wall.shown[-2], "1 has voted" in wall.shown[-1]] == [True, True]


async def test_a_closed_poll_shows_its_result_on_the_old_card(own: App) -> None:
    wall = Seen()
    own.senders = {"slack": wall}
    closed = NOW + timedelta(days=3, minutes=1)
    own.tick(closed)
    await Refresher(own, lambda: closed + APART).round()
    assert "The poll is closed" in wall.shown[-1]


# ---- resources' cards ----


class Board(Seen):
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


# ---- meetings' cards ----


class Calendar(Board):
    """A platform that keeps each message as it was edited last."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: dict[str, str] = {}
        self.busy_with = ""

    async def edit(self, sent: Sent, post: Post, message: Message, line: str) -> None:
        if sent.reference == self.busy_with:
            raise Retry("busy", 10.0)
        self.shown.append(sent.reference)
        self.messages[sent.reference] = message.plain()


MEETS = NOW + timedelta(days=2)


@pytest.fixture
def planned(own: App, alice: Actor) -> App:
    """The bot with a meeting in two days; its plan and the reminder of the day before stand in the channel."""
    own.senders = {"slack": Calendar()}
    own.say(f"meeting plan {MEETS:%Y-%m-%dT%H:%M} resources:1", replace(alice, platform="slack"), NOW)
    for at in (NOW, MEETS - timedelta(hours=23)):
        _post_all(own, at)
    return own


def _post_all(app: App, now: datetime) -> None:
    """All that is due stands in the channel, each under the third part of its key."""
    app.tick(now)
    with writing(app.engine) as db:
        for post in outbox.claim(db, ["slack"], "me", now, limit=9, lease=timedelta(seconds=9)):
            outbox.sent(db, [Arrival(post.id, "C1", post.key.split(":")[2])], now)


def _answers(app: App, member: str, said: str, now: datetime) -> None:
    who = Actor("slack", "T1", "C1", member, member)
    assert not app.say(f"meeting rsvp {said} meeting:1", who, now).error


async def test_a_reminder_counts_who_comes_as_the_plan_does(planned: App) -> None:
    wall = planned.senders["slack"]
    assert isinstance(wall, Calendar)
    now = MEETS - timedelta(hours=22)
    refresher = Refresher(planned, lambda: now)
    for n in range(20):
        _answers(planned, f"V{n}", "yes", now)
        now += timedelta(milliseconds=300)
        await refresher.round()
    now += APART
    await refresher.round()
    assert {name for name, said in wall.messages.items() if "✓ 20 coming" in said} == {"plan", "day"}
    assert "Tomorrow we meet" in wall.messages["day"]
    assert wall.shown.count("day") == wall.shown.count("plan") <= 6 / APART.total_seconds() + 2
    now += timedelta(minutes=1)
    assert await refresher.round() == 0


async def test_who_answers_while_a_reminder_is_on_its_way_is_counted_on_it_too(planned: App) -> None:
    wall = planned.senders["slack"]
    assert isinstance(wall, Calendar)
    queued = MEETS - timedelta(hours=1)
    planned.tick(queued)
    _answers(planned, "V1", "maybe", queued + timedelta(seconds=5))
    _post_all(planned, queued + timedelta(seconds=9))
    await Refresher(planned, lambda: queued + timedelta(seconds=9) + APART).round()
    assert "? 1 maybe" in wall.messages["hour"]


async def test_a_busy_card_is_edited_later_and_the_others_not_again(planned: App) -> None:
    wall = planned.senders["slack"]
    assert isinstance(wall, Calendar)
    now = MEETS - timedelta(hours=22)
    refresher = Refresher(planned, lambda: now)
    wall.busy_with = "plan"
    _answers(planned, "V1", "yes", now)
    await refresher.round()
    for _round in range(5):
        now += APART
        await refresher.round()
    wall.busy_with = ""
    now += timedelta(seconds=10)
    await refresher.round()
    assert sorted(wall.shown) == ["day", "plan"]


async def test_once_a_meeting_is_over_its_reminders_stay_as_they_are(planned: App) -> None:
    wall = planned.senders["slack"]
    assert isinstance(wall, Calendar)
    _post_all(planned, MEETS)
    over = MEETS + timedelta(hours=1)
    _answers(planned, "V1", "yes", over - timedelta(minutes=2))
    await Refresher(planned, lambda: over - timedelta(minutes=1)).round()
    assert sorted(wall.shown) == ["day", "plan", "start"]
    assert not planned.say("meeting there 1", Actor("slack", "T1", "C1", "V2", "V2"), over).error
    await Refresher(planned, lambda: over + APART).round()
    assert sorted(wall.shown) == ["day", "plan", "plan", "start"]


async def test_the_reminder_of_a_day_from_which_a_meeting_moved_stays_as_it_was(planned: App, alice: Actor) -> None:
    wall = planned.senders["slack"]
    assert isinstance(wall, Calendar)
    now = MEETS - timedelta(hours=20)
    moved = planned.say('meeting move "in 9 days"', replace(alice, platform="slack", admin=True), now)
    assert not moved.error
    _post_all(planned, now + timedelta(minutes=1))
    _answers(planned, "V1", "yes", now + timedelta(minutes=2))
    await Refresher(planned, lambda: now + timedelta(minutes=3)).round()
    assert sorted(wall.shown) == ["moved", "plan"]
