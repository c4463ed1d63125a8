"""Taking work in: late jobs are shed, failures are told, twins act once."""

import asyncio
import time

import aiohttp
import pytest

from bot.adapters.discord.faults import insist
from bot.adapters.discord.intake import Intake, Seen


async def _nobody(_reference: str) -> None:
    pass


async def test_jobs_that_waited_too_long_are_shed_and_the_newest_go_first() -> None:
    done: list[int] = []
    shed: list[int] = []
    gate = asyncio.Event()

    async def job(number: int) -> None:
        done.append(number)
        if number == 0:
            await gate.wait()

    intake = Intake(most=1, patience=0.2, shed=lambda: shed.append(1))
    for number in range(3):
        intake.take(lambda number=number: job(number), _nobody)
    await asyncio.sleep(0.25)
    for number in range(3, 5):
        intake.take(lambda number=number: job(number), _nobody)
    await asyncio.sleep(0.12)
    gate.set()
    for _turn in range(20):
        await asyncio.sleep(0)
    assert len(shed) == 2
    assert done == [0, 4, 3]


async def test_a_rush_after_a_quiet_time_is_taken_at_full_speed() -> None:
    begun: list[int] = []
    gate = asyncio.Event()

    async def job(number: int) -> None:
        begun.append(number)
        if number:
            await gate.wait()

    intake = Intake(most=200, patience=5)
    for number in range(100):
        intake.take(lambda number=number: job(number), _nobody)
    for _turn in range(20):
        await asyncio.sleep(0)
    gate.set()
    await intake.close(1)
    assert len(begun) > 48


async def test_what_was_begun_is_finished_before_the_end() -> None:
    done: list[str] = []

    async def job() -> None:
        await asyncio.sleep(0.05)
        done.append("done")

    intake = Intake(most=4, patience=1)
    intake.take(job, _nobody)
    await asyncio.sleep(0)
    await intake.close(1)
    intake.take(job, _nobody)
    assert done == ["done"]
    assert intake.load == 0


async def test_a_failure_is_told_by_its_reference(caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []

    async def job() -> None:
        raise LookupError("no such thing")

    async def sorry(reference: str) -> None:
        told.append(reference)
        raise ConnectionError("nor here")

    intake = Intake(most=1, patience=1)
    intake.take(job, sorry)
    await asyncio.sleep(0.01)
    assert told[0] in caplog.text
    assert "nor could the failure" in caplog.text


def test_an_id_is_new_once() -> None:
    seen = Seen(most=2)
    assert [seen.new(n) for n in (1, 1, 2, 3, 1)] == [True, False, True, True, True]


async def test_a_call_whose_outcome_got_lost_is_repeated_until_its_time_is_over() -> None:
    tries: list[float] = []

    async def call() -> str:
        tries.append(time.monotonic())
        if len(tries) < 3:
            raise aiohttp.ServerDisconnectedError
        return "here"

    assert await insist(call, time.monotonic() + 5, pause=0.01) == "here"
    with pytest.raises(ConnectionError):
        await insist(_lost, time.monotonic())


async def _lost() -> None:
    raise ConnectionResetError
