"""The autopilot leads from nominations to the meeting through restarts, and is never stuck."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from conftest import NOW
from shelf import Say, speaking, stock

from bot.app import App
from bot.command import Actor
from bot.delivery import Delivery
from bot.message import Message
from bot.pacing import Pace
from bot.posting import Sent
from storage import meetings, polls, reading, spaces, writing
from storage.outbox import Post

BOB = {"member": "U2", "name": "Bob"}
MEET = datetime(2026, 3, 12, 16, tzinfo=UTC)  # the second Thursday from NOW on


@pytest.fixture
def own(engine: sa.Engine) -> App:
    """The bot over five resources."""
    stock(engine)
    return App(engine)


@pytest.fixture
def platform() -> str:
    """Where it happens."""
    return "slack"


@pytest.fixture
def say(own: App, alice: Actor, platform: str) -> Say:
    """Say a line as Alice, an admin on a platform, at the moment `at`."""
    return speaking(own, replace(alice, platform=platform, admin=True))


class Wall:
    """A platform that takes everything: what was posted, in order."""

    def __init__(self) -> None:
        self.posted: list[tuple[datetime, str, str]] = []
        self.at = NOW

    def compose(self, post: Post, message: Message, line: str) -> str:
        return message.plain()

    async def warm(self, post: Post) -> None:
        pass

    async def send(self, post: Post, composed: str, under: Sent | None = None) -> Sent:
        self.posted.append((self.at, post.key, composed))
        return Sent(post.target, f"m{len(self.posted)}")

    async def find(self, post: Post) -> Sent | None:
        return None

    async def edit(self, sent: Sent, post: Post, message: Message, line: str) -> None:
        return None


async def _live(own: App, wall: Wall, until: datetime, step: timedelta = timedelta(hours=4)) -> None:
    """Let time pass; at each step a new process ticks twice and delivers, as after a restart."""
    while wall.at < until:
        wall.at += step
        for _ in range(2):
            app = App(own.engine)
            app.__dict__["knowledge"] = own.knowledge  # read once, to save the tests' time
            app.senders = {"slack": wall, "discord": wall}
            app.tick(wall.at)
            delivery = Delivery(app, paces={"slack": Pace(), "discord": Pace()}, clock=lambda: wall.at)
            await delivery.round()
            await delivery.settled()


def _keys(wall: Wall) -> list[str]:
    return [key for _at, key, _text in wall.posted]


@pytest.mark.parametrize("platform", ["slack", "discord"])
async def test_a_full_cycle_runs_through_restarts_with_every_post_once(say: Say, own: App) -> None:
    say("settings name:named", **BOB)
    say("vote 2 present", **BOB)
    assert "is on" in say("club autopilot on day:2026-03-12 time:16:00").plain()
    wall = Wall()
    await _live(own, wall, MEET - timedelta(days=9))
    say("poll nominate 1", wall.at)
    say("poll nominate 2", wall.at, **BOB)
    await _live(own, wall, MEET - timedelta(days=6))
    say("poll vote 1 2", wall.at)
    say("poll vote 1 2", wall.at, **BOB)
    await _live(own, wall, MEET - timedelta(hours=28), timedelta(hours=4))
    await _live(own, wall, MEET + timedelta(hours=2), timedelta(minutes=30))
    first = [key for key in _keys(wall) if key.startswith(("poll:1:", "meeting:1:"))]
    assert sorted(first) == sorted([
        "poll:1:nominate", "poll:1:open", "poll:1:result", "meeting:1:plan", "meeting:1:presenter:2026-03-12:1",
        "meeting:1:day:2026-03-12", "meeting:1:hour:2026-03-12", "meeting:1:start:2026-03-12",
        "meeting:1:agenda:2026-03-12", "meeting:1:over",
    ])  # fmt: skip
    times = {key: at for at, key, _text in wall.posted}
    assert times["poll:1:nominate"] - (MEET - timedelta(days=10)) < timedelta(hours=4)
    assert times["poll:1:result"] - (MEET - timedelta(days=5)) < timedelta(hours=4)
    plan = next(text for _at, key, text in wall.posted if key == "meeting:1:plan")
    assert "System2" in plan
    assert "Presents: Bob" in plan


async def test_without_anybody_doing_anything_the_cycle_still_ends_in_a_meeting(say: Say, own: App) -> None:
    say("club autopilot on day:2026-03-12 time:16:00")
    wall = Wall()
    await _live(own, wall, MEET + timedelta(hours=6), timedelta(hours=6))
    poll = next(text for _at, key, text in wall.posted if key == "poll:1:open")
    assert "Too few were nominated" in poll
    assert "System1" in poll
    plan = next(text for _at, key, text in wall.posted if key == "meeting:1:plan")
    assert "nobody yet" in plan
    assert len(set(_keys(wall))) == len(wall.posted)


async def test_the_next_cycle_follows_and_reads_something_else(say: Say, own: App) -> None:
    say("club autopilot on day:2026-03-12 time:16:00 every:weekly")
    wall = Wall()
    await _live(own, wall, MEET + timedelta(days=7, hours=6), timedelta(hours=6))
    with reading(own.engine) as db:
        held, total = meetings.past(db, 1, wall.at, limit=9)
    assert total == 2
    assert held[0].numbers != held[1].numbers


async def test_after_a_long_standstill_the_meeting_is_planned_at_once(say: Say, own: App) -> None:
    say("club autopilot on day:2026-03-12 time:16:00")
    wall = Wall()
    wall.at = MEET - timedelta(days=1)
    await _live(own, wall, MEET - timedelta(hours=20))
    assert "meeting:1:plan" in _keys(wall)
    assert not any(key.startswith("poll") for key in _keys(wall))


async def test_a_cancelled_poll_and_one_that_runs_on_do_not_stop_the_cycle(say: Say, own: App) -> None:
    say("vote 3 want")
    say("club autopilot on day:2026-03-12 time:16:00")
    wall = Wall()
    await _live(own, wall, MEET - timedelta(days=6))
    assert not say("poll extend 2026-03-13 10:00", wall.at).error
    await _live(own, wall, MEET - timedelta(hours=10))
    assert "meeting:1:plan" not in _keys(wall)
    await _live(own, wall, MEET - timedelta(hours=1))
    assert "meeting:1:plan" in _keys(wall)
    await _live(own, wall, MEET + timedelta(days=6))
    say("poll cancel", wall.at)
    await _live(own, wall, MEET + timedelta(days=7))
    assert "meeting:2:plan" in _keys(wall)


async def test_a_meeting_planned_by_hand_is_taken_as_the_cycles_own(say: Say, own: App) -> None:
    say("club autopilot on day:2026-03-12 time:16:00")
    say("meeting plan 4 2026-03-12 18:00")
    wall = Wall()
    await _live(own, wall, MEET)
    assert not any(key.startswith(("poll", "meeting:2")) for key in _keys(wall))


async def test_a_cycle_can_be_left_out_and_the_autopilot_switched_off(say: Say, own: App) -> None:
    say("club autopilot on day:2026-03-12 time:16:00")
    assert "no meeting on Thursday, 12 March" in say("club autopilot skip").plain()
    wall = Wall()
    await _live(own, wall, MEET)
    assert [key for key in _keys(wall) if key.startswith("meeting")] == []
    say("club autopilot off", wall.at)
    assert "is off" in say("club autopilot", wall.at).plain()
    assert "is off" in say("club autopilot status", wall.at).plain()
    count = len(wall.posted)
    await _live(own, wall, MEET + timedelta(days=8), timedelta(hours=12))
    assert len(wall.posted) <= count + 2  # the poll that was on already runs to its end


def test_a_dry_run_shows_two_cycles_and_switches_nothing_on(say: Say, own: App) -> None:
    text = say("club autopilot dry day:thu time:16:00", zone="Europe/Berlin").plain()
    assert text.count("Nominations open") == 2
    assert "2026-03-12 16:00 Europe/Berlin" in text
    assert "2026-03-26 16:00 Europe/Berlin" in text
    assert own.tick(NOW + timedelta(days=5)) == 0


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("club autopilot status", "no autopilot"), ("club autopilot off", "no autopilot"),
        ("club autopilot on nominate:3", "must fall"),
        ("club autopilot on every:weekly nominate:9", "run into the next"),
        ("club autopilot on day:someday", "no date"), ("club autopilot on day:2020-01-01", "not in the future"),
        ("club autopilot on time:25:00", "time of day"),
    ],
)  # fmt: skip
def test_what_cant_be_done_is_said(say: Say, line: str, hint: str) -> None:
    message = say(line)
    assert message.error
    assert hint in message.plain()


async def test_two_processes_at_once_begin_a_cycle_once(say: Say, own: App) -> None:
    say("club autopilot on day:2026-03-12 time:16:00")
    at = MEET - timedelta(days=9)
    await asyncio.gather(*(asyncio.to_thread(App(own.engine).tick, at) for _ in range(4)))
    with reading(own.engine) as db:
        assert len(polls.of_club(db, 1)) == 1


async def test_a_meeting_planned_from_another_zone_is_the_cycles_own_too(say: Say, own: App) -> None:
    say("club autopilot on day:2026-03-12 time:09:00", zone="Asia/Shanghai")
    say('meeting plan 4 when:"2026-03-11 18:00"', zone="America/Los_Angeles")  # 09:00 of the 12th in Shanghai
    wall = Wall()
    await _live(own, wall, MEET, timedelta(hours=12))
    assert not any(key.startswith(("poll", "meeting:2")) for key in _keys(wall))


async def test_a_poll_that_runs_leads_to_the_meeting_when_its_day_is_changed(say: Say, own: App) -> None:
    say("club autopilot on day:2026-03-12 time:16:00")
    wall = Wall()
    await _live(own, wall, MEET - timedelta(days=6), timedelta(hours=12))
    say("club autopilot on day:2026-03-13", wall.at)
    await _live(own, wall, MEET, timedelta(hours=12))
    with reading(own.engine) as db:
        assert [poll.question for poll in polls.of_club(db, 1)] == ["What shall we read on 2026-03-13?"]
        assert [m.starts_at for m in meetings.coming(db, 1, wall.at)] == [MEET + timedelta(days=1)]


async def test_without_the_autopilot_somebody_plans_what_won(say: Say, own: App) -> None:
    say("club autopilot on day:2026-03-12 time:16:00")
    wall = Wall()
    await _live(own, wall, MEET - timedelta(days=6), timedelta(hours=12))
    assert "Plan the meeting" not in str(say("poll results 1", wall.at).buttons)
    say("club autopilot off", wall.at)
    await _live(own, wall, MEET - timedelta(days=4), timedelta(hours=12))
    assert "meeting plan poll:1" in [button.line for button in say("poll results 1", wall.at).buttons]


@pytest.mark.parametrize(
    ("day", "meets"), [("tomorrow", "Tuesday, 3 March"), ("下周四", "Thursday, 12 March"), ("fri", "Friday, 13 March")]
)
def test_the_first_day_may_be_said_in_words(say: Say, day: str, meets: str) -> None:
    assert meets in say(f'club autopilot dry day:"{day}"').plain()


def test_an_autopilot_in_a_space_that_is_gone_for_good_waits_to_be_placed_anew(say: Say, own: App) -> None:
    say("club autopilot on day:2026-03-12 time:16:00")
    code = say("club link").plain().split()[-1]
    elsewhere = {"platform": "discord", "space": "G1", "channel": "C9", "member": "M1"}
    say(f"club link {code}", **elsewhere)
    with writing(own.engine) as db:
        spaces.purge(db, "slack", "T1")
    assert "The autopilot is off." in say("club autopilot", **elsewhere).plain()
    assert own.tick(MEET - timedelta(days=9)) == 0
    say("club autopilot on", **elsewhere)
    own.tick(MEET - timedelta(days=8))
    with reading(own.engine) as db:
        assert [(poll.platform, poll.channel) for poll in polls.of_club(db, 1)] == [("discord", "C9")]
