"""Delivery takes what is owed to the platforms, each post once.

A post is claimed, put into words, begun, sent and noted; each step stands in the database before the next begins, so
that a process may die at any instant and another one goes on. See storage.outbox for the states.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from bot.app import App
from bot.ledger import EARLY, Ledger
from bot.pacing import PACES, PATIENCE, Lane, Pace, Patience
from bot.posting import Gone, Retry, Sender, Sent, Unclear, Unknowable
from bot.wording import Worded, Wording
from storage.outbox import Post

log = logging.getLogger(__name__)

_IN_HAND = 5
"""How many times what a platform takes at once is claimed."""
_LOOKS_APART = 0.02
"""Seconds between two looks for what is due: one costs as much as several posts."""
_AFTER_FAILURE = 5.0
"""Seconds until the database is asked again that could not be asked."""


class Delivery:
    """Takes posts from the outbox to the platforms that this process serves."""

    def __init__(
        self,
        app: App,
        *,
        paces: Mapping[str, Pace] = PACES,
        patience: Patience = PATIENCE,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._app = app
        self._paces = paces
        self._patience = patience
        self._clock = clock
        self._ledger = Ledger(app.engine, patience, clock)
        self._wording = Wording(app, clock)
        self._lanes: dict[str, Lane] = {}
        self._tasks: dict[asyncio.Task[None], str] = {}
        self._closing = False
        self.woken = asyncio.Event()

    async def run(self, stop: asyncio.Event, every: float = 1.0) -> None:
        """Deliver until `stop` is set; then give what has begun a few seconds to end."""
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _done: self.woken.set())
        while not stop.is_set():
            self.woken.clear()
            try:
                if not (await self.round() or self._tasks) and await asyncio.to_thread(self._wording.ahead) > 0:
                    continue
                pause = min(every, self._wording.until_due(EARLY))
            except Exception:
                log.exception("looking for posts failed; it is tried again")
                pause = _AFTER_FAILURE
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.woken.wait(), pause)
            await asyncio.sleep(_LOOKS_APART)
        await self.close()

    async def close(self, seconds: float = 5.0) -> None:
        """Let what has begun end, and give the rest back; what does not end is found again by whoever comes next."""
        self._closing = True
        if self._tasks:
            _done, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        try:
            await self._ledger.release()
        except Exception:
            log.exception("claims could not be given back; they end by themselves")

    async def round(self) -> int:
        """Begin to deliver what is due, as much as the platforms take at once; returns how many posts."""
        claimed: list[Post] = []
        for name in list(self._app.senders):
            in_hand = sum(platform == name for platform in self._tasks.values())
            free = _IN_HAND * self._lane(name).pace.at_once - in_hand
            if free > 0:
                claimed += await self._ledger.claim(name, free)
        for post in claimed:
            task = asyncio.create_task(self._contained(post))
            self._tasks[task] = post.platform
            task.add_done_callback(lambda done: self._tasks.pop(done, None))
        return len(claimed)

    async def settled(self) -> None:
        """Wait until nothing is on its way."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    def _lane(self, platform: str) -> Lane:
        return self._lanes.setdefault(platform, Lane(self._paces.get(platform, Pace())))

    async def _contained(self, post: Post) -> None:
        try:
            async with self._lane(post.platform).channel(post):
                await self._deliver(post)
        except Exception:
            log.exception("delivering post %s failed; it is tried again when its claim ends", post.key)
        finally:
            self.woken.set()

    async def _deliver(self, post: Post) -> None:
        sender = self._app.senders.get(post.platform)
        if sender is None:
            return
        await self._until_due(sender, post)
        if post.doubted_at is not None and await self._is_there(sender, post):
            return
        if self._clock() - post.due_at >= self._app.late:
            await self._ledger.settle(post, *(("failed", "gave-up") if post.tries else ("skipped", "missed")))
            return
        worded = self._wording.take(post)
        if worded is None:
            worded = await asyncio.to_thread(self._wording.word, sender, post)
        if worded.error:
            await self._ledger.settle(post, "failed", "unmade", worded.error)
            return
        sent = await self._send(sender, post, worded)
        if sent is not None:
            await self._ledger.arrive(post, sent)

    async def _until_due(self, sender: Sender, post: Post) -> None:
        """Wait for the time of a post that was claimed early."""
        if post.next_at is not None and post.next_at > self._clock():
            with contextlib.suppress(Retry, Gone, Unclear):  # then it is for `send` to find out
                await sender.warm(post)
            await asyncio.sleep((post.next_at - self._clock()).total_seconds())

    async def _send(self, sender: Sender, post: Post, worded: Worded) -> Sent | None:
        """Send a post when its channel and the platform are ready; where it stands, None when that is settled."""
        lane = self._lane(post.platform)
        await lane.rest(post)
        under = await self._ledger.parent(post)
        async with lane.sending:
            with self._app.underway.by(post.platform):
                return await self._begin(sender, post, worded, under)

    async def _begin(self, sender: Sender, post: Post, worded: Worded, under: Sent | None) -> Sent | None:
        """Begin a post and ask the platform, unless one of us ends or the post is no longer ours."""
        lane, begun = self._lane(post.platform), self._clock()
        if self._closing or post.platform not in self._app.senders or not await self._ledger.begin(post):
            return None
        await lane.turn()  # a moment at most: no more than `at_once` stand in the row
        try:
            return await self._try(sender, post, worded, under, begun)
        finally:
            lane.posted(post)

    async def _try(
        self, sender: Sender, post: Post, worded: Worded, under: Sent | None, begun: datetime
    ) -> Sent | None:
        """Ask the platform once; where the post stands, or None when it is noted what came instead."""
        patience = self._patience
        if (self._clock() - begun).total_seconds() > patience.lease - patience.attempt - patience.settle:
            # the claim might end before all is quiet again
            await self._ledger.postpone(post, "the database was slow", 0.0)
            return None
        try:
            async with asyncio.timeout(patience.attempt):
                return await sender.send(post, worded.composed, under)
        except Retry as error:
            await self._ledger.postpone(post, str(error), error.after)
        except (Unclear, TimeoutError) as error:
            await self._ledger.postpone(post, str(error) or "no answer in time", patience.settle, begun)
        except Gone as error:
            await self._ledger.lose(post, error)
        return None

    async def _is_there(self, sender: Sender, post: Post) -> bool:
        """Whether a doubted post needs no sending: it was found, or can't be looked for, or not yet."""
        await self._lane(post.platform).turn()
        try:
            async with asyncio.timeout(self._patience.attempt):
                found = await sender.find(post)
        except (Unknowable, Gone) as error:
            await self._ledger.settle(post, "unclear", "unclear", str(error))
            return True
        except (Retry, Unclear, TimeoutError) as error:
            if self._clock() - post.due_at >= self._app.late:
                await self._ledger.settle(post, "unclear", "unclear", str(error))
            else:
                await self._ledger.postpone(post, str(error) or "no answer in time", getattr(error, "after", 0.0))
            return True
        if found is None:
            return False
        await self._ledger.arrive(post, found)
        return True
