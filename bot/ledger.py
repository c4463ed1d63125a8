"""What delivery writes down: each step of a post stands in the database before the next begins.

Claims and what comes of them belong to one owner, a process that delivers. Steps of many posts that happen at once
are written in one transaction.
"""

import asyncio
import logging
import random
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.batching import Batch
from bot.dailies import notice, notice_elsewhere
from bot.owing import tell_creator
from bot.pacing import Patience
from bot.posting import Gone, Sent
from storage import Connection, Engine, candidates, outbox, reading, schedules, shown, writing
from storage.outbox import DIRECT, Arrival, Post, thread_key
from storage.schedules import Schedule

log = logging.getLogger(__name__)

_LOST = ("gave-up", "missed")
"""Ends of a club's post that its creator is told of; what could not be put into words is no longer wanted."""

EARLY = timedelta(seconds=0.5)
"""How long before they are due posts are claimed, so that they go out when they are due."""
_LINGER = 0.05
"""Seconds that noting what arrived waits for more."""


@dataclass(frozen=True)
class _Arrived:
    post: Post
    sent: Sent


class Ledger:
    """The outbox in the hands of one owner."""

    def __init__(self, engine: Engine, patience: Patience, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._patience = patience
        self._clock = clock
        self._owner = secrets.token_hex(8)
        self._lease = timedelta(seconds=patience.lease)
        self._writing = asyncio.Lock()
        self._begun = Batch(self._begin, self._writing)
        self._arrived = Batch(self._note, self._writing, _LINGER)

    async def claim(self, platform: str, most: int) -> list[Post]:
        """Take what is due, or will be in a moment, for us alone."""
        async with self._writing:
            return await asyncio.to_thread(self._claim, platform, most)

    def _claim(self, platform: str, most: int) -> list[Post]:
        now = self._clock()
        with reading(self._engine) as db:
            if not outbox.anything_due(db, platform, now, EARLY):
                return []
        with writing(self._engine) as db:
            return outbox.claim(db, [platform], self._owner, now, limit=most, lease=self._lease, early=EARLY)

    async def release(self) -> None:
        """Give back what was claimed and not begun."""

        def write() -> None:
            with writing(self._engine) as db:
                outbox.release(db, self._owner)

        await asyncio.to_thread(write)

    async def parent(self, post: Post) -> Sent | None:
        """The message that a post hangs on, if any."""
        if post.parent is None:
            return None

        def read(number: int) -> Post | None:
            with reading(self._engine) as db:
                return outbox.get(db, number)

        found = await asyncio.to_thread(read, post.parent)
        return Sent(found.place or "", found.reference or "") if found else None

    async def begin(self, post: Post) -> bool:
        """Note that the platform is about to be asked for a post; False when it is no longer ours."""
        return await self._begun.add(post)

    def _begin(self, posts: Sequence[Post]) -> list[bool]:
        with writing(self._engine) as db:
            ours = outbox.begin(db, [post.id for post in posts], self._owner, self._clock(), self._lease)
        return [post.id in ours for post in posts]

    async def arrive(self, post: Post, sent: Sent) -> bool:
        """Note that the platform has a post, and what follows from that; False when it was noted before."""
        return await self._arrived.add(_Arrived(post, sent))

    def _note(self, arrived: Sequence[_Arrived]) -> list[bool]:
        now = self._clock()
        with writing(self._engine) as db:
            new = outbox.sent(db, [Arrival(x.post.id, x.sent.place, x.sent.reference) for x in arrived], now)
            first = [x for x in arrived if x.post.id in new]
            _remember(db, first, now)
            following = schedules.followed(db, {x.post.schedule for x in first if x.post.schedule is not None})
            for x in first:
                if schedule := following.get(x.post.schedule or 0):
                    _follow(db, x.post, schedule, now)
        return [x.post.id in new for x in arrived]

    async def postpone(self, post: Post, error: str, after: float, doubted_at: datetime | None = None) -> None:
        """Try again `after` seconds, or when it seems best; `doubted_at` is when a try of unknown end began."""
        wait = min(self._patience.longest, self._patience.first * 2 ** min(post.tries, 10))
        wait = after or wait * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
        wait += random.uniform(0, 0.25) * self._patience.first  # noqa: S311
        next_at = self._clock() + timedelta(seconds=wait)
        log.info("post %s waits %.1f s: %s", post.key, wait, error)

        def write() -> None:
            with writing(self._engine) as db:
                outbox.postpone(db, post.id, self._owner, next_at, error, doubted_at)

        await asyncio.to_thread(write)

    async def settle(self, post: Post, state: str, why: str, error: str = "") -> None:
        """End a post that is not to be tried again, and tell an admin where nobody knows whether it stands."""
        log.warning("post %s is %s: %s %s", post.key, state, why, error)

        def write() -> None:
            with writing(self._engine) as db:
                if not outbox.settle(db, post.id, self._owner, state, why, error):
                    return
                if state == "unclear":
                    self._tell(db, post, f"unclear:{post.date}", ("unclear", post.date))
                elif why in _LOST:
                    tell_creator(db, post, ("lost", why), self._clock())

        await asyncio.to_thread(write)

    async def lose(self, post: Post, error: Gone) -> None:
        """End a post whose channel can't be posted to; its schedule rests until somebody mends that."""
        log.warning("post %s can't be delivered: %s %s", post.key, error.reason, error)
        await asyncio.to_thread(self._lose, post, error)

    def _lose(self, post: Post, error: Gone) -> None:
        now = self._clock()
        with writing(self._engine) as db:
            if not outbox.settle(db, post.id, self._owner, "failed", error.reason, str(error)):
                return
            if post.kind == "notice":
                notice_elsewhere(db, post, now)
            tell_creator(db, post, ("lost", error.reason), now)
            schedule = schedules.get(db, post.schedule) if post.schedule is not None else None
            if schedule is None or schedule.suspended_at is not None or post.kind == "thread":
                return
            schedules.change(db, schedule.id, suspended_at=now, suspended_for=error.reason)
            self._tell(db, post, f"suspended:{post.date}", ("suspended", error.reason))

    def _tell(self, db: Connection, post: Post, what: str, became: tuple[str, str]) -> None:
        tell_creator(db, post, became, self._clock())
        schedule = schedules.get(db, post.schedule) if post.schedule is not None else None
        if schedule is not None and post.kind not in DIRECT:
            notice(db, schedule, what, [became], self._clock())


def _remember(db: Connection, arrived: Sequence[_Arrived], now: datetime) -> None:
    """Note where cards stand, so that their counts are kept true."""
    cards = [x for x in arrived if x.post.number is not None and x.post.kind == "daily"]
    stands = candidates.standing(db, {x.post.number for x in cards if x.post.number is not None})
    where = [
        shown.Shown(x.post.platform, x.post.space, x.sent.place, x.sent.reference, x.post.line, x.post.language)
        for x in cards
    ]
    numbers = [stands.get(x.post.number or 0, ()) for x in cards]
    shown.remember(db, zip(where, numbers, strict=True), now)


def _follow(db: Connection, post: Post, schedule: Schedule, now: datetime) -> None:
    """What follows on a post that arrived: its channel is there again, and its thread is owed."""
    if schedule.suspended_at is not None:
        schedules.change(db, schedule.id, suspended_at=None, suspended_for=None)
    if post.kind == "daily" and schedule.options.thread:
        outbox.add(db, _thread(post, now), now)


def _thread(post: Post, now: datetime) -> Post:
    return Post(
        key=thread_key(post), kind="thread", club=post.club, platform=post.platform, space=post.space,
        target=post.target, language=post.language, date=post.date, due_at=now, schedule=post.schedule,
        parent=post.id, number=post.number,
    )  # fmt: skip
