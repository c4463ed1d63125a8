"""The clock and the post: APScheduler drives the tick, delivery takes what is owed to the platforms, each post once.

A post is claimed, rendered, begun, sent and recorded; each step stands in the database before the next begins, so
that a process may die at any instant and another one goes on. See storage.outbox for the states.
"""

import asyncio
import contextlib
import logging
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from weakref import WeakValueDictionary

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.app import App
from bot.batching import Batch
from bot.command import Actor
from bot.dailies import notice, notice_elsewhere
from bot.posting import DIRECT, Gone, Retry, Sender, Sent, Unclear, Unknowable
from bot.refreshing import Refresher
from storage import Connection, candidates, outbox, reading, schedules, shown, writing
from storage.outbox import Arrival, Post
from storage.schedules import Schedule

log = logging.getLogger(__name__)

TICK = 2.0
"""Seconds between two looks at what is due."""

_AHEAD = timedelta(seconds=60)
"""How long before they are due posts are put into words; less than that is left to do when many are due at once."""
_WORDED_AT_ONCE = 20
_MOST_WORDED = 1000
_EARLY = timedelta(seconds=0.5)
"""How long before they are due posts are claimed, so that they go out when they are due."""
_IN_HAND = 5
"""How many times what a platform takes at once is claimed."""
_MOST_REMEMBERED = 5000
_LOOKS_APART = 0.02
"""Seconds between two looks for what is due: one costs as much as several posts."""
_MADE_UP = 0.02
"""Seconds of delay that a row makes up for; more would come bunched."""
_AFTER_FAILURE = 5.0
"""Seconds until the database is asked again that could not be asked."""
_LINGER = 0.05
"""Seconds that noting what arrived waits for more."""


Place = tuple[str, str]
"""A space and a channel, or somebody's account, in it."""


@dataclass(frozen=True)
class Pace:
    """What a platform lets one bot do: sends a second in all (None: any number), seconds between two in one channel,
    sends at once.
    """

    rate: int | None = None
    apart: float = 0.0
    at_once: int = 100


PACES: Mapping[str, Pace] = {
    "discord": Pace(rate=48, apart=0.2, at_once=50),
    "slack": Pace(apart=1.05, at_once=200),  # each channel has its own limit, so that all may have their post at once
}


@dataclass(frozen=True)
class Patience:
    """Seconds: how long a claim holds, a try may take, a lost answer is left alone; first and longest back-off."""

    lease: float = 40.0
    attempt: float = 20.0
    settle: float = 10.0
    first: float = 2.0
    longest: float = 600.0


@dataclass(frozen=True)
class _Worded:
    """A post in words and in its platform's form."""

    due_at: datetime
    line: str
    composed: object
    error: str = ""


@dataclass
class _Platform:
    """What delivery remembers of a platform while it runs."""

    pace: Pace
    next: float = 0.0
    row: asyncio.Lock = field(default_factory=asyncio.Lock)
    sending: asyncio.Semaphore = field(init=False)
    _rested: dict[Place, float] = field(default_factory=dict)
    _channels: WeakValueDictionary[Place, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def __post_init__(self) -> None:
        self.sending = asyncio.Semaphore(self.pace.at_once)

    def channel(self, post: Post) -> asyncio.Lock:
        """What the posts of one channel go through, one after the other, in the order in which they came."""
        return self._channels.setdefault((post.space, post.target), asyncio.Lock())

    async def rest(self, post: Post) -> None:
        """Wait until the channel has rested from the last post, before the next one there is begun."""
        await asyncio.sleep(self._rested.get((post.space, post.target), 0.0) - time.monotonic())

    def posted(self, post: Post) -> None:
        """Let the channel rest."""
        now = time.monotonic()
        if len(self._rested) > _MOST_REMEMBERED:
            self._rested = {place: at for place, at in self._rested.items() if at > now}
        self._rested[post.space, post.target] = now + self.pace.apart

    async def turn(self) -> None:
        """Wait for this post's place in an even row of `rate` a second; what comes bunched would be refused."""
        if self.pace.rate is None:
            return
        async with self.row:
            await asyncio.sleep(self.next - time.monotonic())
            self.next = max(self.next, time.monotonic() - _MADE_UP) + 1 / self.pace.rate


class Delivery:
    """Takes posts from the outbox to the platforms that this process serves."""

    def __init__(
        self,
        app: App,
        *,
        paces: Mapping[str, Pace] = PACES,
        patience: Patience = Patience(),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._app = app
        self._paces = paces
        self._patience = patience
        self._clock = clock
        self._owner = secrets.token_hex(8)
        self._platforms: dict[str, _Platform] = {}
        self._tasks: dict[asyncio.Task[None], str] = {}
        self._worded: dict[int, _Worded] = {}
        self._writing = asyncio.Lock()
        self._begun = Batch(self._begin, self._writing)
        self._arrived = Batch(self._note, self._writing, _LINGER)
        self._closing = False
        self.woken = asyncio.Event()

    async def run(self, stop: asyncio.Event, every: float = 1.0) -> None:
        """Deliver until `stop` is set; then give what has begun a few seconds to end."""
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _done: self.woken.set())
        while not stop.is_set():
            self.woken.clear()
            try:
                if not await self.round() and not self._tasks and await self.ahead():
                    continue
                pause = min(every, self._until_due())
            except Exception:
                log.exception("looking for posts failed; it is tried again")
                pause = _AFTER_FAILURE
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.woken.wait(), pause)
            await asyncio.sleep(_LOOKS_APART)
        await self.close()

    def _until_due(self) -> float:
        """Seconds until something can be claimed that was put into words before."""
        now = self._clock() + _EARLY
        left = ((worded.due_at - now).total_seconds() for worded in self._worded.values() if worded.due_at > now)
        return min(left, default=_AHEAD.total_seconds())

    async def close(self, seconds: float = 5.0) -> None:
        """Let what has begun end, and give the rest back; what does not end is found again by whoever comes next."""
        self._closing = True
        if self._tasks:
            _done, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await asyncio.to_thread(self._release)

    def _release(self) -> None:
        with writing(self._app.engine) as db:
            outbox.release(db, self._owner)

    async def round(self) -> int:
        """Begin to deliver what is due, as much as the platforms take at once; returns how many posts."""
        claimed: list[Post] = []
        for name in list(self._app.senders):
            pace = self._paces.get(name, Pace())
            free = _IN_HAND * pace.at_once - sum(platform == name for platform in self._tasks.values())
            if free > 0:
                async with self._writing:
                    claimed += await asyncio.to_thread(self._claim, name, free)
        for post in claimed:
            task = asyncio.create_task(self._contained(post))
            self._tasks[task] = post.platform
            task.add_done_callback(lambda done: self._tasks.pop(done, None))
        return len(claimed)

    async def ahead(self) -> int:
        """Put into words some of what will be due soon; returns how many posts."""
        return await asyncio.to_thread(self._word)

    def _word(self) -> int:
        now = self._clock()
        self._worded = {post: kept for post, kept in self._worded.items() if kept.due_at > now - _AHEAD}
        with reading(self._app.engine) as db:
            coming = outbox.coming(db, list(self._app.senders), now, now + _AHEAD, _MOST_WORDED)
            new = [number for number in coming if number not in self._worded][:_WORDED_AT_ONCE]
            posts = [post for number in new if (post := outbox.get(db, number)) is not None]
        for post in posts:
            if sender := self._app.senders.get(post.platform):
                self._worded[post.id] = self._compose(sender, post)
        return len(posts)

    def _compose(self, sender: Sender, post: Post) -> _Worded:
        line = line_of(post)
        message = self._app.say(line, _reader(post), self._clock())
        if message.error:
            return _Worded(post.due_at, line, None, message.plain())
        return _Worded(post.due_at, line, sender.compose(post, message, line))

    async def settled(self) -> None:
        """Wait until nothing is on its way."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    def _claim(self, platform: str, free: int) -> list[Post]:
        now = self._clock()
        with reading(self._app.engine) as db:
            if not outbox.anything_due(db, platform, now, _EARLY):
                return []
        lease = timedelta(seconds=self._patience.lease)
        with writing(self._app.engine) as db:
            return outbox.claim(db, [platform], self._owner, now, limit=free, lease=lease, early=_EARLY)

    async def _contained(self, post: Post) -> None:
        try:
            async with self._platform(post.platform).channel(post):
                await self._deliver(post)
        except Exception:
            log.exception("delivering post %s failed; it is tried again when its claim ends", post.key)
        finally:
            self.woken.set()

    async def _deliver(self, post: Post) -> None:
        sender = self._app.senders.get(post.platform)
        if sender is None:
            return
        if post.next_at is not None and post.next_at > self._clock():
            with contextlib.suppress(Retry, Gone, Unclear):  # then it is for `send` to find out
                await sender.warm(post)
            await asyncio.sleep((post.next_at - self._clock()).total_seconds())
        if post.doubted_at is not None and await self._is_there(sender, post):
            return
        if self._clock() - post.due_at >= self._app.late:
            await self._settle(post, *(("failed", "gave-up") if post.tries else ("skipped", "missed")))
            return
        worded = self._worded.pop(post.id, None)
        if worded is None:
            worded = await asyncio.to_thread(self._compose, sender, post)
        if worded.error:
            await self._settle(post, "failed", "unmade", worded.error)
            return
        platform = self._platform(post.platform)
        await platform.rest(post)
        under = await asyncio.to_thread(self._parent, post.parent) if post.parent is not None else None
        async with platform.sending:
            begun = self._clock()
            if self._closing or not await self._begun.add(post):
                return
            await platform.turn()  # a moment at most: no more than `at_once` stand in the row
            arrived = await self._send(sender, post, worded, under, begun)
            platform.posted(post)
        if arrived:
            await self._arrived.add((post, arrived, worded.line))

    async def _send(
        self, sender: Sender, post: Post, worded: _Worded, under: Sent | None, begun: datetime
    ) -> Sent | None:
        """Ask the platform once; where the post stands, or None when that is noted already."""
        patience = self._patience
        if (self._clock() - begun).total_seconds() > patience.lease - patience.attempt - patience.settle:
            await self._postpone(post, "the database was slow", 0.0)  # the claim might end before all is quiet again
            return None
        try:
            async with asyncio.timeout(self._patience.attempt):
                return await sender.send(post, worded.composed, under)
        except Retry as error:
            await self._postpone(post, str(error), error.after)
        except (Unclear, TimeoutError) as error:
            await self._postpone(post, str(error) or "no answer in time", self._patience.settle, begun)
        except Gone as error:
            await self._gone(post, error)
        return None

    async def _is_there(self, sender: Sender, post: Post) -> bool:
        """Whether a doubted post needs no sending: it was found, or can't be looked for, or not yet."""
        await self._platform(post.platform).turn()
        try:
            async with asyncio.timeout(self._patience.attempt):
                found = await sender.find(post)
        except (Unknowable, Gone) as error:
            await self._settle(post, "unclear", "unclear", str(error))
            return True
        except (Retry, Unclear, TimeoutError) as error:
            if self._clock() - post.due_at >= self._app.late:
                await self._settle(post, "unclear", "unclear", str(error))
            else:
                await self._postpone(post, str(error) or "no answer in time", getattr(error, "after", 0.0))
            return True
        if found is None:
            return False
        await self._arrived.add((post, found, line_of(post)))
        return True

    def _platform(self, name: str) -> _Platform:
        return self._platforms.setdefault(name, _Platform(self._paces.get(name, Pace())))

    # ---- what stands in the database ----

    def _parent(self, number: int) -> Sent | None:
        with reading(self._app.engine) as db:
            parent = outbox.get(db, number)
        return Sent(parent.place or "", parent.reference or "") if parent else None

    def _begin(self, posts: Sequence[Post]) -> list[bool]:
        """Note that the platform is about to be asked for posts; which of them are still ours."""
        lease = timedelta(seconds=self._patience.lease)
        with writing(self._app.engine) as db:
            ours = outbox.begin(db, [post.id for post in posts], self._owner, self._clock(), lease)
        return [post.id in ours for post in posts]

    def _note(self, arrived: Sequence[tuple[Post, Sent, str]]) -> list[bool]:
        """Note what the platform has, and what follows from that; of which posts it was not noted before."""
        now = self._clock()
        with writing(self._app.engine) as db:
            new = outbox.sent(db, [Arrival(post.id, sent.place, sent.reference) for post, sent, _line in arrived], now)
            first = [(post, sent, line) for post, sent, line in arrived if post.id in new]
            self._remember(db, first, now)
            following = schedules.followed(db, {post.schedule for post, *_ in first if post.schedule is not None})
            for post, *_ in first:
                if schedule := following.get(post.schedule or 0):
                    self._follow(db, post, schedule, now)
        return [post.id in new for post, *_ in arrived]

    def _follow(self, db: Connection, post: Post, schedule: Schedule, now: datetime) -> None:
        """What follows on a post that arrived: its channel is there again, and its thread is owed."""
        if schedule.suspended_at is not None:
            schedules.change(db, schedule.id, suspended_at=None, suspended_for=None)
        if post.kind == "daily" and schedule.options.thread:
            outbox.add(db, _thread(post, now), now)

    def _remember(self, db: Connection, arrived: Sequence[tuple[Post, Sent, str]], now: datetime) -> None:
        """Note where cards stand, so that their counts are kept true."""
        cards = [(post, sent, line) for post, sent, line in arrived if post.number is not None and post.kind == "daily"]
        stands = candidates.standing(db, {post.number for post, *_ in cards if post.number is not None})
        shown.remember(
            db,
            [
                (
                    shown.Shown(post.platform, post.space, sent.place, sent.reference, line, post.language),
                    stands.get(post.number or 0, ()),
                )
                for post, sent, line in cards
            ],
            now,
        )

    async def _postpone(self, post: Post, error: str, after: float, doubted_at: datetime | None = None) -> None:
        wait = min(self._patience.longest, self._patience.first * 2 ** min(post.tries, 10))
        wait = after or wait * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
        wait += random.uniform(0, 0.25) * self._patience.first  # noqa: S311
        next_at = self._clock() + timedelta(seconds=wait)
        log.info("post %s waits %.1f s: %s", post.key, wait, error)

        def write() -> None:
            with writing(self._app.engine) as db:
                outbox.postpone(db, post.id, self._owner, next_at, error, doubted_at)

        await asyncio.to_thread(write)

    async def _settle(self, post: Post, state: str, why: str, error: str = "") -> None:
        log.warning("post %s is %s: %s %s", post.key, state, why, error)

        def write() -> None:
            with writing(self._app.engine) as db:
                if outbox.settle(db, post.id, self._owner, state, why, error) and state == "unclear":
                    self._tell(db, post, f"unclear:{post.date}", [("unclear", post.date)])

        await asyncio.to_thread(write)

    async def _gone(self, post: Post, error: Gone) -> None:
        log.warning("post %s can't be delivered: %s %s", post.key, error.reason, error)

        def write() -> None:
            now = self._clock()
            with writing(self._app.engine) as db:
                if not outbox.settle(db, post.id, self._owner, "failed", error.reason, str(error)):
                    return
                if post.kind == "notice":
                    notice_elsewhere(db, post, now)
                schedule = schedules.get(db, post.schedule) if post.schedule is not None else None
                if schedule is None or schedule.suspended_at is not None or post.kind == "thread":
                    return
                schedules.change(db, schedule.id, suspended_at=now, suspended_for=error.reason)
                if post.kind not in DIRECT:
                    self._tell(db, post, f"suspended:{post.date}", [("suspended", error.reason)])

        await asyncio.to_thread(write)

    def _tell(self, db: Connection, post: Post, what: str, reasons: list[tuple[str, str]]) -> None:
        schedule = schedules.get(db, post.schedule) if post.schedule is not None else None
        if schedule is not None and post.kind not in DIRECT:
            notice(db, schedule, what, reasons, self._clock())


def line_of(post: Post) -> str:
    """The line that says a post, also months later when it is brought up to date."""
    return f"today day:{post.date}" if post.kind == "daily" else f"posted {post.id}"


def _reader(post: Post) -> Actor:
    """For whom a post is said: everybody in the channel, or one person."""
    if post.kind in DIRECT:
        return Actor(post.platform, post.space, "", post.target, "", language=post.language)
    return Actor(post.platform, post.space, post.target, "", "", language=post.language, overheard=True)


def _thread(post: Post, now: datetime) -> Post:
    return Post(
        key=f"thread:{post.key}", kind="thread", club=post.club, platform=post.platform, space=post.space,
        target=post.target, language=post.language, date=post.date, due_at=now, schedule=post.schedule,
        parent=post.id, number=post.number,
    )  # fmt: skip


async def _refresh(refresher: Refresher, stop: asyncio.Event) -> None:
    """Keep posted counts up to date until `stop` is set, whatever goes wrong with one of them."""
    while not stop.is_set():
        try:
            await refresher.round()
        except Exception:
            log.exception("bringing posted cards up to date failed; it is tried again")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 1.0)


@asynccontextmanager
async def keeping(app: App, tick: float = TICK, delivery: Delivery | None = None) -> AsyncIterator[Delivery]:
    """Look after the clock and the outbox while the block runs. Adapters put their senders into `app.senders`."""
    delivery = delivery or Delivery(app)
    stop = asyncio.Event()

    async def look() -> None:
        if await asyncio.to_thread(app.tick):
            delivery.woken.set()

    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a look that takes longer than a tick is no news
    scheduler = AsyncIOScheduler(timezone=UTC)
    scheduler.add_job(
        look, IntervalTrigger(seconds=tick, timezone=UTC), next_run_time=datetime.now(UTC), max_instances=1,
        coalesce=True, misfire_grace_time=None,
    )  # fmt: skip
    scheduler.start()
    delivering = asyncio.create_task(delivery.run(stop, every=min(1.0, tick)))
    refreshing = asyncio.create_task(_refresh(Refresher(app), stop))
    try:
        yield delivery
    finally:
        scheduler.shutdown(wait=False)
        stop.set()
        await asyncio.gather(delivering, refreshing)


async def serve(app: App, stop: asyncio.Event) -> None:
    """Look after the clock and the outbox until `stop` is set."""
    async with keeping(app):
        await stop.wait()
