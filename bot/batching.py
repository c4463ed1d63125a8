"""Group commit: what many tasks ask of the database while a transaction runs is done together in the next one."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_AT_ONCE = 250
"""The most that one transaction does: others wait for the database meanwhile."""


class Batch(Generic[T, R]):
    """Collects what many tasks ask; `act` does it in one transaction, in a thread, and answers each, in order.

    One batch at a time acts under a `lock`: those that write to one database share it, and need not wait for each
    other inside the database. What comes alone may `linger` for more, in seconds.
    """

    def __init__(self, act: Callable[[Sequence[T]], Collection[R]], lock: asyncio.Lock, linger: float = 0.0) -> None:
        self._act = act
        self._lock = lock
        self._linger = linger
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._acting: asyncio.Task[None] | None = None

    async def add(self, item: T) -> R:
        """Have an item done with whatever else waits; its answer. Raises what `act` raises for this item alone."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._acting is None:
            self._acting = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(self._linger)
                async with self._lock:
                    taken, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
                    await self._answer(taken)
        finally:
            self._acting = None

    async def _answer(self, taken: Sequence[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            answers = await asyncio.to_thread(self._act, [item for item, _answer in taken])
        except Exception as error:  # noqa: BLE001 - whoever waits for the answer gets it
            if len(taken) > 1:  # one that can't be done takes no other with it
                for one in taken:
                    await self._answer([one])
            elif not taken[0][1].done():
                taken[0][1].set_exception(error)
            return
        for (_item, waiting), answer in zip(taken, answers, strict=True):
            if not waiting.done():
                waiting.set_result(answer)
