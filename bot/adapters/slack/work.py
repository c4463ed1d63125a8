"""Work after the acknowledgement: a bounded thread pool, refusal of what would come too late, one place for errors."""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")

IN_TIME = 2.5
"""Seconds after which a member has given up waiting."""
_LONGEST_QUEUE = 1.0
_LONGEST_LAG = 0.7
"""Seconds that the event loop may be late on average; an answer takes some twenty turns of it."""
_MOST_TASKS = 500
_MANY = 9
"""Pieces of work at a time from which on it counts how often one ends."""
_ACKNOWLEDGING = 0.001
"""Seconds that work waits, so that its own acknowledgement and those beside it go out first."""


class TooLate(Exception):
    """The work waited so long that nobody waits for its result any more."""


class Work:
    """What the process is busy with. Tasks are kept until they end; closing waits for them."""

    def __init__(self, threads: int = 8) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="slack")
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting = 0
        self._interval = 0.0
        self._ended = 0.0
        self._lag = 0.0
        self.closing = False
        self._pulse = asyncio.create_task(self._feel())

    @property
    def overloaded(self) -> bool:
        """Whether what comes in now would be answered too late."""
        waits = self._waiting * self._interval
        return waits > _LONGEST_QUEUE or self._lag > _LONGEST_LAG or len(self._tasks) > _MOST_TASKS

    @property
    def load(self) -> int:
        """How many things are being done."""
        return len(self._tasks)

    def start(self, job: Coroutine[Any, Any, None], sorry: Callable[[str], Awaitable[None]]) -> None:
        """Do a job beside everything else. When it fails it is logged once, and `sorry` tells the reference."""
        task = asyncio.create_task(self._contained(job, sorry))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _contained(self, job: Coroutine[Any, Any, None], sorry: Callable[[str], Awaitable[None]]) -> None:
        await asyncio.sleep(_ACKNOWLEDGING)
        failure = await _failure(job)
        if failure is None:
            return
        reference = secrets.token_hex(4)
        log.error("answering failed, reference %s", reference, exc_info=failure)
        if (failure := await _failure(sorry(reference))) is not None:
            log.warning("nor could the failure %s be told: %s", reference, failure)

    async def think(self, act: Callable[[], T], since: float | None = None) -> T:
        """Run something slow in a thread. Raises TooLate when it would begin after its time (monotonic `since`)."""
        deadline = None if since is None else since + IN_TIME

        def begin() -> T:
            if deadline is not None and time.monotonic() > deadline:
                raise TooLate
            return act()

        self._waiting += 1
        if self._waiting == _MANY:  # before that, nothing may have ended because there was nothing to do
            self._ended = time.monotonic()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, begin)
        finally:
            self._waiting -= 1
            self._measure()

    def _measure(self) -> None:
        """Learn how long one piece of work takes while others wait for it."""
        now = time.monotonic()
        if self._waiting >= _MANY:
            self._interval += 0.05 * (min(now - self._ended, 1.0) - self._interval)
        elif self._waiting == 0:
            self._interval *= 0.9
        self._ended = now

    async def _feel(self) -> None:
        """Notice how late the event loop is."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.05)
            late = time.monotonic() - before - 0.05
            self._lag += 0.2 * (late - self._lag)

    async def close(self, seconds: float) -> None:
        """Wait for what has been acknowledged, then end the threads."""
        self.closing = True
        if self._tasks:
            _done, undone = await asyncio.wait(self._tasks, timeout=seconds)
            for task in undone:
                task.cancel()
            await asyncio.gather(*undone, return_exceptions=True)
        self._pulse.cancel()
        await asyncio.gather(self._pulse, return_exceptions=True)
        self._pool.shutdown(wait=False, cancel_futures=True)


async def _failure(job: Awaitable[None]) -> Exception | None:
    """What a job failed with, or None."""
    (result,) = await asyncio.gather(job, return_exceptions=True)
    return result if isinstance(result, Exception) else None
