"""Delivery: what becomes of a post when the platform takes it, refuses it, is slow, or leaves us without an answer."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import NOW
from sqlalchemy.exc import OperationalError

from bot import delivery as delivering
from bot.app import App
from bot.command import Actor
from bot.delivery import Delivery
from bot.message import Button, Message
from bot.pacing import Pace, Patience
from bot.posting import Gone, Retry, Sent, Unclear, Unknowable
from bot.schedule import keeping
from storage import outbox, reading, schedules, shown, writing
from storage.outbox import Post

QUICK = Patience(lease=40, attempt=0.3, settle=5, first=0, longest=0)
DUE = NOW.replace(day=3, hour=9, minute=0)


class Recorder:
    """A platform that says what the test tells it to; the last answer stays."""

    def __init__(self, *answers: Exception | None, found: Exception | Sent | None = None) -> None:
        self.answers = list(answers) or [None]
        self.found = found
        self.sent: list[tuple[Post, Message, str, Sent | None]] = []

    def compose(self, post: Post, message: Message, line: str) -> tuple[Message, str]:
        """As it is."""
        return message, line

    async def warm(self, post: Post) -> None:
        """It is there."""

    async def send(self, post: Post, composed: tuple[Message, str], under: Sent | None = None) -> Sent:
        """Take it, or do what was told."""
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, TimeoutError):
            await asyncio.sleep(5)
        if answer is not None:
            raise answer
        self.sent.append((post, *composed, under))
        return Sent(post.target, f"m{len(self.sent)}")

    async def find(self, post: Post) -> Sent | None:
        """Say what was found."""
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    async def edit(self, sent: Sent, post: Post, message: Message, line: str) -> None:
        """Not needed here."""
        raise NotImplementedError


class Clock:
    """The time as the test has it."""

    def __init__(self) -> None:
        self.now = DUE

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def boss(alice: Actor) -> Actor:
    return replace(alice, admin=True)


@pytest.fixture
def deliver(app: App, boss: Actor, clock: Clock) -> Callable[..., Delivery]:
    """Delivery to a recorder, with one post owed to channel C1."""

    def make(sender: Recorder, options: str = "") -> Delivery:
        app.say(f"daily on time:09:00 zone:UTC days:daily {options}", boss, NOW)
        app.tick(DUE)
        app.senders["console"] = sender
        return Delivery(app, patience=QUICK, clock=clock)

    return make


async def turn(delivery: Delivery) -> None:
    await delivery.round()
    await delivery.settled()


def the_post(app: App) -> Post:
    with reading(app.engine) as db:
        return outbox.log(db, "console", "T1", "C1", kinds=("daily",))[0]


def notices(app: App) -> list[Message]:
    with reading(app.engine) as db:
        found = outbox.log(db, "console", "T1", "U1", kinds=("notice",))
    return [app.say(f"posted {p.id}", Actor("console", "T1", "", "U1", ""), NOW) for p in found]


def told(app: App) -> list[str]:
    return [message.plain() for message in notices(app)]


async def test_a_post_is_sent_once_and_remembered_as_a_card(app: App, deliver: Callable[..., Delivery]) -> None:
    sender = Recorder()
    delivery = deliver(sender)
    for _ in range(3):
        await turn(delivery)
    ((post, message, line, _under),) = sender.sent
    assert line == "today day:2026-03-03"
    assert "Paper of the day" in message.plain()
    assert (the_post(app).state, the_post(app).reference) == ("sent", "m1")
    with reading(app.engine) as db:
        (card,) = shown.showing(db, post.club, [post.number or 0], 5)
    assert (card.channel, card.message, card.line) == ("C1", "m1", line)


async def test_retry_after_is_honoured(app: App, deliver: Callable[..., Delivery], clock: Clock) -> None:
    sender = Recorder(Retry("limited", 30), None)
    delivery = deliver(sender)
    await turn(delivery)
    clock.now += timedelta(seconds=29)
    await turn(delivery)
    assert sender.sent == []
    clock.now += timedelta(seconds=2)
    await turn(delivery)
    assert len(sender.sent) == 1
    assert the_post(app).tries == 2


async def test_a_platform_that_is_down_is_asked_less_and_less_often(
    app: App, deliver: Callable[..., Delivery], clock: Clock
) -> None:
    deliver(Recorder(Retry("unreachable")))
    delivery = Delivery(app, patience=replace(QUICK, first=2, longest=30), clock=clock)
    for most in (2, 4, 8, 16, 30, 30):
        await turn(delivery)
        again = the_post(app).next_at
        assert again is not None
        assert most / 2 <= (again - clock.now).total_seconds() <= most + 0.5
        clock.now = again


@pytest.mark.parametrize("loss", [Unclear("500"), TimeoutError()])
async def test_a_lost_answer_is_looked_for_before_anything_is_sent_again(
    app: App, deliver: Callable[..., Delivery], clock: Clock, loss: Exception
) -> None:
    sender = Recorder(loss, None, found=Sent("C1", "there"))
    delivery = deliver(sender)
    await turn(delivery)
    clock.now += timedelta(seconds=60)
    await turn(delivery)
    assert sender.sent == []
    assert (the_post(app).state, the_post(app).reference) == ("sent", "there")


async def test_a_lost_answer_is_left_alone_before_it_is_looked_for(
    app: App, deliver: Callable[..., Delivery], clock: Clock
) -> None:
    delivery = deliver(Recorder(Unclear("500"), None, found=Sent("C1", "there")))
    await turn(delivery)
    clock.now += timedelta(seconds=QUICK.settle - 1)
    await turn(delivery)
    assert the_post(app).state == "queued"


async def test_what_is_nowhere_is_sent_again(app: App, deliver: Callable[..., Delivery], clock: Clock) -> None:
    sender = Recorder(Unclear("500"), None, found=None)
    delivery = deliver(sender)
    await turn(delivery)
    clock.now += timedelta(seconds=60)
    await turn(delivery)
    assert len(sender.sent) == 1
    assert the_post(app).state == "sent"


@pytest.mark.parametrize(
    ("begun", "at", "see"),
    [
        ('poll start candidates:"1 2 3"', NOW, "poll results 1"),
        ("meeting plan 4 2026-03-12 18:00", datetime(2026, 3, 11, 20, tzinfo=UTC), "meeting show 1"),
        ("club autopilot on day:2026-03-12 time:16:00", DUE, "poll results 1"),
    ],
)
@pytest.mark.parametrize(
    ("answer", "words"), [(Gone("archived"), "archived or read-only."), (Unclear("500"), "I don't send it again")]
)
async def test_who_began_something_is_told_when_its_post_is_lost_or_may_be(
    app: App, clock: Clock, boss: Actor, answer: Exception, words: str, begun: str, at: datetime, see: str
) -> None:
    assert not app.say(begun, boss, NOW).error
    clock.now = at
    app.tick(at)
    app.senders["console"] = Recorder(answer, None, found=Unknowable())
    delivery = Delivery(app, patience=QUICK, clock=clock)
    for _ in range(4):
        clock.now += timedelta(seconds=60)
        await turn(delivery)
    (notice,) = (message for message in notices(app) if words in message.plain())
    assert [button.line for button in notice.buttons if isinstance(button, Button)] == [see]
    assert not app.say(see, boss, clock.now).error


async def test_who_planned_a_meeting_is_told_of_a_reminder_that_was_missed(app: App, clock: Clock, boss: Actor) -> None:
    clock.now = NOW
    assert not app.say("meeting plan 4 2026-03-12 18:00", boss, clock.now).error
    app.senders["console"] = Recorder()
    delivery = Delivery(app, patience=QUICK, clock=clock)
    await turn(delivery)
    clock.now = datetime(2026, 3, 11, 20, tzinfo=UTC)
    app.tick(clock.now)
    assert told(app) == []
    clock.now += timedelta(hours=7)
    await turn(delivery)
    await turn(delivery)
    assert "was not running" in told(app)[0]


@pytest.mark.parametrize("found", [Unknowable(), Gone("kicked")])
async def test_what_nobody_can_know_is_told_to_an_admin_and_never_sent_again(
    app: App, deliver: Callable[..., Delivery], clock: Clock, boss: Actor, found: Exception
) -> None:
    sender = Recorder(Unclear("500"), None, found=found)
    delivery = deliver(sender)
    for _ in range(4):
        clock.now += timedelta(seconds=60)
        await turn(delivery)
    assert the_post(app).state == "unclear"
    assert [post.kind for post, *_ in sender.sent] == ["notice"]
    assert "I don't send it again" in told(app)[0]
    assert "unclear" in app.say("why 2026-03-03", boss, DUE).plain()


async def test_what_can_not_be_looked_for_until_it_is_too_late_is_unclear(
    app: App, deliver: Callable[..., Delivery], clock: Clock
) -> None:
    delivery = deliver(Recorder(Unclear("500"), None, found=Retry("limited")))
    await turn(delivery)
    for state in ("queued", "unclear"):
        clock.now += app.late - timedelta(hours=1)
        await turn(delivery)
        assert the_post(app).state == state


async def test_what_nobody_took_in_time_was_missed(app: App, deliver: Callable[..., Delivery], clock: Clock) -> None:
    sender = Recorder()
    delivery = deliver(sender)
    clock.now += app.late
    await turn(delivery)
    assert sender.sent == []
    assert (the_post(app).state, the_post(app).why) == ("skipped", "missed")


async def test_a_lost_channel_suspends_and_tells_once_and_regained_access_resumes(
    app: App, deliver: Callable[..., Delivery], clock: Clock, boss: Actor
) -> None:
    sender = Recorder(Gone("kicked"))
    delivery = deliver(sender)
    await turn(delivery)
    clock.now += timedelta(days=1)
    app.tick(clock.now)
    await turn(delivery)
    assert len([t for t in told(app) if "Invite me there again" in t]) == 1
    assert "Invite me there again" in app.say("daily status", boss, clock.now).plain()
    sender.answers = [None]
    clock.now += timedelta(days=1)
    app.tick(clock.now)
    await turn(delivery)
    assert the_post(app).state == "sent"
    assert "Invite me" not in app.say("daily status", boss, clock.now).plain()
    assert "I am not in the channel" in app.say("why 2026-03-03", boss, clock.now).plain()


async def test_a_post_that_failed_is_tried_again_when_an_admin_asks(
    app: App, deliver: Callable[..., Delivery], clock: Clock, boss: Actor
) -> None:
    delivery = deliver(Recorder(Gone("permission"), None, None))
    await turn(delivery)
    clock.now += timedelta(hours=1)
    lines = [b.line for b in app.say("daily status", boss, clock.now).buttons if isinstance(b, Button)]
    assert "daily resume" in lines
    assert "tried again now" in app.say("daily resume", boss, clock.now).plain()
    await turn(delivery)
    assert the_post(app).state == "sent"
    assert "tried again now" not in app.say("daily resume", boss, clock.now).plain()


async def test_a_pick_that_failed_comes_back(app: App, deliver: Callable[..., Delivery], clock: Clock) -> None:
    sender = Recorder(Gone("permission"))
    delivery = deliver(sender)
    number = the_post(app).number
    await turn(delivery)
    clock.now += timedelta(days=1)
    app.tick(clock.now)
    assert the_post(app).number == number


async def test_a_slow_channel_delays_no_other(app: App, deliver: Callable[..., Delivery], boss: Actor) -> None:
    class OneHangs(Recorder):
        async def send(self, post: Post, composed: tuple[Message, str], under: Sent | None = None) -> Sent:
            if post.target == "C1":
                await asyncio.sleep(60)
            return await super().send(post, composed, under)

    sender = OneHangs()
    delivery = deliver(sender)
    for n in range(2, 12):
        app.say("daily on time:09:00 zone:UTC days:daily", replace(boss, channel=f"C{n}"), NOW)
    app.tick(DUE)
    await turn(delivery)
    assert len(sender.sent) == 10
    assert the_post(app).doubted_at is not None


async def test_a_platform_that_is_down_too_long_makes_a_post_fail(
    app: App, deliver: Callable[..., Delivery], clock: Clock, boss: Actor
) -> None:
    delivery = deliver(Recorder(Retry("unreachable")))
    for _ in range(8):
        await turn(delivery)
        clock.now += timedelta(hours=1)
    assert (the_post(app).state, the_post(app).why) == ("failed", "gave-up")
    assert "unreachable" in app.say("why 2026-03-03", boss, clock.now).plain()


async def test_why_says_that_a_post_was_late(
    app: App, deliver: Callable[..., Delivery], clock: Clock, boss: Actor
) -> None:
    delivery = deliver(Recorder(Retry("limited", 600), None))
    await turn(delivery)
    clock.now += timedelta(minutes=11)
    await turn(delivery)
    assert "at the 2. try" in app.say("why", boss, clock.now).plain()


async def test_a_thread_hangs_under_the_post(app: App, deliver: Callable[..., Delivery], clock: Clock) -> None:
    sender = Recorder()
    delivery = deliver(sender, "thread:on")
    await turn(delivery)
    await turn(delivery)
    thread, _message, _line, under = sender.sent[1]
    assert thread.kind == "thread"
    assert under == Sent("C1", "m1")
    with reading(app.engine) as db:
        assert [card.message for card in shown.showing(db, thread.club, [thread.number or 0], 5)] == ["m1"]


async def test_a_thread_that_can_not_be_opened_suspends_nothing(
    app: App, deliver: Callable[..., Delivery], boss: Actor, clock: Clock
) -> None:
    class Closed(Recorder):
        async def send(self, post: Post, composed: tuple[Message, str], under: Sent | None = None) -> Sent:
            if post.kind == "thread":
                raise Gone("permission")
            return await super().send(post, composed, under)

    delivery = deliver(Closed(), "thread:on")
    await turn(delivery)
    await turn(delivery)
    with reading(app.engine) as db:
        (thread,) = outbox.log(db, "console", "T1", "C1", kinds=("thread",))
        schedule = schedules.find(db, "console", "T1", "C1", "daily")
    assert thread.state == "failed"
    assert schedule is not None
    assert schedule.suspended_at is None
    assert told(app) == []


async def test_the_language_of_a_post_is_the_channels(app: App, deliver: Callable[..., Delivery]) -> None:
    sender = Recorder()
    await turn(deliver(sender, "language:zh"))
    assert "2026年3月3日" in sender.sent[0][1].plain()


async def test_a_platforms_pace_is_kept(app: App, deliver: Callable[..., Delivery], boss: Actor, clock: Clock) -> None:
    sender = Recorder()
    deliver(sender)
    for n in range(2, 7):
        app.say("daily on time:09:00 zone:UTC days:daily", replace(boss, channel=f"C{n}"), NOW)
    app.tick(DUE)
    delivery = Delivery(app, patience=QUICK, clock=clock, paces={"console": Pace(rate=5)})
    start = time.monotonic()
    await turn(delivery)
    assert len(sender.sent) == 6
    assert time.monotonic() - start >= 1.0


async def test_posts_of_one_channel_keep_apart(app: App, deliver: Callable[..., Delivery], clock: Clock) -> None:
    sender = Recorder()
    deliver(sender)
    with writing(app.engine) as db:
        outbox.add(db, replace(the_post(app), key="another", kind="daily"), DUE)
    delivery = Delivery(app, patience=QUICK, clock=clock, paces={"console": Pace(apart=0.4)})
    start = time.monotonic()
    await turn(delivery)
    assert len(sender.sent) == 2
    assert time.monotonic() - start >= 0.4


async def test_what_is_claimed_early_is_not_sent_early(
    app: App, deliver: Callable[..., Delivery], clock: Clock
) -> None:
    sender = Recorder()
    delivery = deliver(sender)
    clock.now = DUE - timedelta(seconds=0.4)
    start = time.monotonic()
    assert await delivery.round() == 1
    await asyncio.sleep(0.1)
    assert sender.sent == []
    await delivery.settled()
    assert len(sender.sent) == 1
    assert time.monotonic() - start >= 0.4


async def test_what_is_called_off_after_it_was_claimed_is_not_sent(
    app: App, deliver: Callable[..., Delivery], clock: Clock, boss: Actor
) -> None:
    sender = Recorder()
    delivery = deliver(sender)
    clock.now = DUE - timedelta(seconds=0.4)
    assert await delivery.round() == 1
    assert not app.say("daily off", boss, clock.now).error
    await delivery.settled()
    assert sender.sent == []


async def test_nothing_is_begun_on_a_platform_that_went_away(
    app: App, deliver: Callable[..., Delivery], clock: Clock
) -> None:
    sender = Recorder()
    delivery = deliver(sender)
    clock.now = DUE - timedelta(seconds=0.2)
    assert await delivery.round() == 1
    await asyncio.sleep(0)
    app.senders.clear()
    await delivery.settled()
    assert sender.sent == []
    assert (the_post(app).state, the_post(app).tries) == ("queued", 0)


async def test_what_was_claimed_is_given_back_at_the_end(
    app: App, deliver: Callable[..., Delivery], clock: Clock
) -> None:
    sender = Recorder()
    delivery = deliver(sender)
    clock.now = DUE - timedelta(seconds=0.4)
    assert await delivery.round() == 1
    await delivery.close()
    assert sender.sent == []
    clock.now = DUE
    await turn(Delivery(app, patience=QUICK, clock=clock))
    assert len(sender.sent) == 1
    assert the_post(app).tries == 1


async def test_a_sender_that_can_not_get_ready_sends_when_it_is_time(
    app: App, deliver: Callable[..., Delivery], clock: Clock
) -> None:
    class Cold(Recorder):
        warmed = 0

        async def warm(self, post: Post) -> None:
            self.warmed += 1
            raise Retry("the token is being renewed")

    sender = Cold()
    delivery = deliver(sender)
    clock.now = DUE - timedelta(seconds=0.1)
    await turn(delivery)
    assert (sender.warmed, len(sender.sent)) == (1, 1)


async def test_many_channels_have_theirs_once_and_no_more_are_on_their_way_than_may(
    app: App, deliver: Callable[..., Delivery], clock: Clock
) -> None:
    class Busy(Recorder):
        now = most = 0

        async def send(self, post: Post, composed: tuple[Message, str], under: Sent | None = None) -> Sent:
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0.002)
            self.now -= 1
            return await super().send(post, composed, under)

    sender = Busy()
    deliver(sender)
    with writing(app.engine) as db:
        for n in range(120):
            outbox.add(db, replace(the_post(app), key=f"more {n}", target=f"C{n + 2}"), DUE)
    delivery = Delivery(app, patience=QUICK, clock=clock, paces={"console": Pace(at_once=30)})
    await turn(delivery)
    await turn(delivery)
    assert sorted(post.target for post, *_ in sender.sent) == sorted(f"C{n + 1}" for n in range(121))
    assert 1 < sender.most <= 30
    with reading(app.engine) as db:
        assert outbox.tally(db) == {("console", "sent"): 121}


async def test_no_more_is_claimed_than_may_soon_be_sent(
    app: App, deliver: Callable[..., Delivery], clock: Clock
) -> None:
    deliver(Recorder(TimeoutError()))
    with writing(app.engine) as db:
        for n in range(20):
            outbox.add(db, replace(the_post(app), key=f"more {n}", target=f"C{n + 2}"), DUE)
    delivery = Delivery(app, patience=QUICK, clock=clock, paces={"console": Pace(at_once=2)})
    assert [await delivery.round(), await delivery.round()] == [10, 0]
    await delivery.close(0)


async def test_a_post_whose_claim_might_end_while_it_is_sent_waits(
    app: App, deliver: Callable[..., Delivery], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = outbox.begin

    def slow(*args: Any) -> set[int]:
        begun = begin(*args)
        clock.now += timedelta(seconds=36)
        return begun

    sender = Recorder()
    delivery = deliver(sender)
    monkeypatch.setattr(outbox, "begin", slow)
    await turn(delivery)
    assert (sender.sent, the_post(app).state, the_post(app).doubted_at) == ([], "queued", None)
    monkeypatch.setattr(outbox, "begin", begin)
    await turn(delivery)
    assert len(sender.sent) == 1


async def test_posts_of_one_channel_come_in_their_order_and_one_at_a_time(
    app: App, deliver: Callable[..., Delivery], clock: Clock
) -> None:
    class Uneven(Recorder):
        on_the_way = 0

        async def send(self, post: Post, composed: tuple[Message, str], under: Sent | None = None) -> Sent:
            assert not self.on_the_way
            self.on_the_way += 1
            await asyncio.sleep(0.02 if post.id % 2 else 0)
            self.on_the_way -= 1
            return await super().send(post, composed, under)

    sender = Uneven()
    delivery = deliver(sender)
    with writing(app.engine) as db:
        for n in range(6):
            outbox.add(db, replace(the_post(app), key=f"more {n}"), DUE)
    clock.now = DUE - timedelta(seconds=0.2)
    await turn(delivery)
    assert [post.key for post, *_ in sender.sent[1:]] == [f"more {n}" for n in range(6)]


async def test_a_database_that_is_away_for_a_while_does_not_end_delivery(
    app: App, deliver: Callable[..., Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = Recorder()
    delivery = deliver(sender)
    there, asked = outbox.anything_due, 0

    def away(*args: Any) -> bool:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise OperationalError("select", {}, Exception("the server is starting up"))
        return there(*args)

    monkeypatch.setattr(outbox, "anything_due", away)
    monkeypatch.setattr(delivering, "_AFTER_FAILURE", 0.02)
    stop = asyncio.Event()
    running = asyncio.create_task(delivery.run(stop))
    async with asyncio.timeout(10):
        while not sender.sent:  # noqa: ASYNC110 - the outbox is what is waited for
            await asyncio.sleep(0.02)
    stop.set()
    await running
    assert asked >= 3


async def test_the_clock_ticks_and_delivers_by_itself(app: App, boss: Actor) -> None:
    sender = Recorder()
    app.senders["console"] = sender
    app.say("daily on time:09:00 zone:UTC days:daily", boss, NOW)
    with writing(app.engine) as db:
        found = schedules.find(db, "console", "T1", "C1", "daily")
        assert found is not None
        schedules.change(db, found.id, slot=f"{datetime.now(NOW.tzinfo):%Y-%m-%d}", time="00:00", due_at=NOW)
    app.late = timedelta(hours=25)
    async with keeping(app, 0.05):
        async with asyncio.timeout(10):
            while not sender.sent:  # noqa: ASYNC110 - the outbox is what is waited for
                await asyncio.sleep(0.02)
    assert len(sender.sent) == 1
