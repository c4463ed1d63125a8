"""Taking work in: what can't be begun in time is shed, what was begun is finished, what fails is told."""

import asyncio
import logging
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine
from typing import Any

log = logging.getLogger(__name__)

_LEAST, _START = 24, 48
_MANY = _LEAST // 2
"""Jobs at a time from which on it counts how often one ends."""
_BACKLOG = 1.0
"""Seconds of work that may be promised beyond what is being done."""

Job = Callable[[], Coroutine[Any, Any, None]]
Sorry = Callable[[str], Coroutine[Any, Any, None]]


class Intake:
    """A queue whose members lose their worth. Old jobs give way to new ones as soon as it falls behind.

    A bot that answers in order goes on answering expired interactions long after a rush; therefore jobs that waited
    longer than `patience` seconds are dropped, and while the oldest has waited half of that, the newest go first.
    """

    def __init__(self, most: int, patience: float, shed: Callable[[], None] = lambda: None) -> None:
        self._most = most
        self._patience = patience
        self._shed = shed
        self._waiting: deque[tuple[float, Job, Sorry]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        self._interval = 0.0
        self._ended = 0.0

    @property
    def _room(self) -> int:
        """Jobs that may be under way: so many that what was begun is done within about a second."""
        if not self._interval:
            return min(self._most, _START)
        return min(self._most, max(_LEAST, int(_BACKLOG / self._interval)))

    @property
    def load(self) -> int:
        """Jobs that wait or are being done."""
        return len(self._tasks) + len(self._waiting)

    def take(self, job: Job, sorry: Sorry) -> None:
        """Do a job as soon as there is room. When it fails it is logged once, and `sorry` tells the reference."""
        if self._closing:
            return
        self._waiting.append((time.monotonic(), job, sorry))
        self._pump()

    def _pump(self) -> None:
        while self._waiting and len(self._tasks) < self._room:
            now = time.monotonic()
            while self._waiting and now - self._waiting[0][0] > self._patience:
                self._waiting.popleft()
                self._shed()
            if not self._waiting:
                return
            behind = now - self._waiting[0][0] > self._patience / 2
            _since, job, sorry = self._waiting.pop() if behind else self._waiting.popleft()
            self._begin(job(), sorry)

    def _begin(self, job: Coroutine[Any, Any, None], sorry: Sorry | None) -> None:
        task = asyncio.create_task(job)
        self._tasks.add(task)
        if len(self._tasks) == _MANY:  # before that, nothing may have ended because there was nothing to do
            self._ended = time.monotonic()
        task.add_done_callback(lambda task: self._done(task, sorry))

    def _done(self, task: asyncio.Task[None], sorry: Sorry | None) -> None:
        self._tasks.discard(task)
        self._measure()
        failure = None if task.cancelled() else task.exception()
        if failure is not None and sorry is not None:
            reference = secrets.token_hex(4)
            log.error("answering failed, reference %s", reference, exc_info=failure)
            self._begin(sorry(reference), None)
        elif failure is not None:
            log.warning("nor could the failure be told: %s", failure)
        self._pump()

    def _measure(self) -> None:
        """Learn how often a job ends while there is more to do than can be done at once."""
        now = time.monotonic()
        if len(self._tasks) >= _MANY:
            self._interval += 0.1 * (min(now - self._ended, 1.0) - self._interval)
        elif not self._tasks:
            self._interval = 0.0
        self._ended = now

    async def close(self, seconds: float) -> None:
        """Take nothing more; wait for what was begun."""
        self._closing = True
        self._waiting.clear()
        if self._tasks:
            _done, undone = await asyncio.wait(self._tasks, timeout=seconds)
            for task in undone:
                task.cancel()
            await asyncio.gather(*undone, return_exceptions=True)


class Seen:
    """The ids that came lately, so that a repeated delivery acts once."""

    def __init__(self, most: int = 20_000) -> None:
        self._ids: OrderedDict[int, None] = OrderedDict()
        self._most = most

    def new(self, identity: int) -> bool:
        """Whether this id comes for the first time."""
        if identity in self._ids:
            return False
        self._ids[identity] = None
        if len(self._ids) > self._most:
            self._ids.popitem(last=False)
        return True
