"""What many tasks ask at once is done together, and each gets its own answer."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.batching import Batch


class Doubling:
    """Doubles numbers, and notes how many came together; odd ones above nine can't be doubled."""

    def __init__(self) -> None:
        self.together: list[int] = []

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.together.append(len(numbers))
        if bad := [n for n in numbers if n > 9 and n % 2]:
            raise ValueError(str(bad[0]))
        return [2 * n for n in numbers]


async def test_what_is_asked_at_once_is_done_together_and_answered_one_by_one() -> None:
    act = Doubling()
    batch = Batch(act, asyncio.Lock())
    assert await asyncio.gather(*(batch.add(n) for n in range(8))) == [2 * n for n in range(8)]
    assert act.together == [8]


async def test_very_many_are_done_in_several_goes() -> None:
    act = Doubling()
    batch = Batch(act, asyncio.Lock())
    asked = range(0, 2000, 2)
    assert await asyncio.gather(*(batch.add(n) for n in asked)) == [2 * n for n in asked]
    assert act.together == [250] * 4


async def test_one_that_fails_takes_no_other_with_it() -> None:
    batch = Batch(Doubling(), asyncio.Lock())
    answers = await asyncio.gather(*(batch.add(n) for n in (8, 11, 12, 13)), return_exceptions=True)
    assert answers[0::2] == [16, 24]
    assert [str(answer) for answer in answers[1::2]] == ["11", "13"]
    with pytest.raises(ValueError, match="15"):
        await batch.add(15)
    assert await batch.add(2) == 4


async def test_who_no_longer_waits_hinders_nobody() -> None:
    batch = Batch(Doubling(), asyncio.Lock(), linger=0.02)
    gone, stays = asyncio.create_task(batch.add(1)), asyncio.create_task(batch.add(2))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == 4
    assert gone.cancelled()


async def test_batches_with_one_lock_never_act_at_once() -> None:
    lock, acting, most = asyncio.Lock(), 0, 0

    def act(items: Sequence[int]) -> list[int]:
        nonlocal acting, most
        acting += 1
        most = max(most, acting)
        for _ in range(10_000):
            pass
        acting -= 1
        return list(items)

    one, other = Batch(act, lock), Batch(act, lock)
    await asyncio.gather(*(batch.add(n) for n in range(600) for batch in (one, other)))
    assert most == 1


async def test_what_comes_a_moment_later_is_waited_for() -> None:
    act = Doubling()
    batch = Batch(act, asyncio.Lock(), linger=0.2)
    first = asyncio.create_task(batch.add(1))
    await asyncio.sleep(0.01)
    assert await asyncio.gather(batch.add(2), first) == [4, 2]
    assert act.together == [2]
