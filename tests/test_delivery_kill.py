"""Processes are killed at random instants while they post, over a platform full of faults: nothing comes twice."""

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from conftest import Databases

from seeds.importer import refresh_shipped
from storage import Engine, open_database, outbox, reading, schedules, writing
from storage.clubs import ensure_club
from storage.schedules import Schedule

KILLS = int(os.environ.get("PAPERCLUB_KILLS", "8"))
CHANNELS = KILLS * 4
ROOT = Path(__file__).parents[1]


class Platform:
    """Accepts messages and now and then does what networks do."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.messages: list[tuple[str, str, float]] = []
        self.faults = True

    async def send(self, request: web.Request) -> web.StreamResponse:
        """Take a message; the faults come before it is taken, or after."""
        body = await request.json()
        roll = self.dice.random() if self.faults else 1.0
        if roll < 0.06:
            return web.Response(status=429, headers={"Retry-After": "0.2"})
        if roll < 0.10:
            return web.Response(status=503)
        await asyncio.sleep(self.dice.random() * 0.2)
        number = self._accept(body["channel"], body["key"], body["dedupe"] == "nonce")
        if roll < 0.15:
            return web.Response(status=500)
        if roll < 0.20:
            await asyncio.sleep(0.8)
        if roll < 0.25 and request.transport is not None:
            request.transport.abort()
        return web.json_response({"id": str(number)})

    def _accept(self, channel: str, key: str, dedupe: bool) -> int:
        now = time.monotonic()
        for number, (_channel, known, at) in enumerate(self.messages):
            if dedupe and known == key and now - at < 60:
                return number
        self.messages.append((channel, key, now))
        return len(self.messages) - 1

    async def find(self, request: web.Request) -> web.Response:
        """Look a message up."""
        body = await request.json()
        if self.faults and self.dice.random() < 0.1:
            return web.Response(status=500)
        found = [n for n, (_c, key, _at) in enumerate(self.messages) if key == body["key"]]
        return web.json_response({"id": str(found[0])} if found else {})

    @contextlib.asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """Serve on a free port; gives the address."""
        app = web.Application()
        app.router.add_post("/send", self.send)
        app.router.add_post("/find", self.find)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


def _channels(engine: Engine) -> None:
    """Many channels whose slot came a few minutes ago."""
    now = datetime.now(UTC)
    due = (now - timedelta(minutes=2)).replace(second=0, microsecond=0)
    with writing(engine) as db:
        club = ensure_club(db, "console", "T1", "Acme", now).id
        for n in range(CHANNELS):
            schedules.put(
                db,
                Schedule(
                    club=club, kind="daily", platform="console", space="T1", target=f"C{n}", account="boss",
                    language="en", time=f"{due:%H:%M}", zone="UTC", days=tuple(range(7)), slot=f"{due:%Y-%m-%d}",
                    due_at=due,
                ),
            )  # fmt: skip


def _owed(engine: Engine) -> tuple[int, int]:
    with reading(engine) as db:
        counts = outbox.tally(db)
    still = sum(n for (_platform, state), n in counts.items() if state in outbox.OWED)
    return still, sum(counts.values())


@contextlib.asynccontextmanager
async def _nursery(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "tests" / "delivery_child.py"), *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT,
        stderr=asyncio.subprocess.DEVNULL, start_new_session=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _more(nursery: asyncio.subprocess.Process) -> int:
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write(b"\n")
    return int(await asyncio.wait_for(nursery.stdout.readline(), 30))


@pytest.mark.parametrize("mode", ["nonce", "history", "blind"])
async def test_killed_processes_never_post_twice_and_lose_nothing(databases: Databases, mode: str) -> None:
    url = databases.url("catalogue", lambda engine: refresh_shipped(engine, datetime.now(UTC)) and None)
    engine = open_database(url)
    _channels(engine)
    platform = Platform(seed=len(mode))
    async with platform.served() as base, _nursery(base, mode, url) as nursery:
        alive = [await _more(nursery), await _more(nursery)]
        for _ in range(KILLS):
            await asyncio.sleep(platform.dice.uniform(0.1, 0.8))
            victim = alive.pop(platform.dice.randrange(len(alive)))
            os.kill(victim, signal.SIGKILL)
            alive.append(await _more(nursery))
        platform.faults = False
        for _ in range(300 + 5 * KILLS):
            still, total = await asyncio.to_thread(_owed, engine)
            if still == 0 and total >= CHANNELS:
                break
            await asyncio.sleep(0.1)
    with reading(engine) as db:
        posts = [p for n in range(CHANNELS) for p in outbox.log(db, "console", "T1", f"C{n}", kinds=("daily",))]
        told = outbox.log(db, "console", "T1", "boss", kinds=("notice",), limit=1000)
    engine.dispose()
    states = {post.key: post.state for post in posts}
    posted = [key for _channel, key, _at in platform.messages if key.startswith("daily")]
    assert len(states) == CHANNELS
    assert any(post.doubted_at for post in posts)  # some were interrupted while they were being sent
    assert len(posted) == len(set(posted))
    if mode == "blind":
        assert set(states.values()) <= {"sent", "unclear"}
        assert {key for key, state in states.items() if state == "sent"} <= set(posted)
        assert len(told) == list(states.values()).count("unclear")
    else:
        assert set(states.values()) == {"sent"}
        assert set(posted) == set(states)
