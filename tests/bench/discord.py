"""How fast Discord is acknowledged and answered, as ratios to an empty discord.py command in the same run.

The bot and the empty bot are processes of their own, started as anybody starts them; the double is their Discord.
"""

import asyncio
import gc
import random
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from discord_app import Scene, scene_with
from discord_double import DiscordDouble, Interaction

from bot.app import App
from seeds.importer import refresh_shipped
from storage import open_database, reading, upgrade
from storage.resources import all_resources
from tests.bench.processes import BOT, Served, ranks, started

_ROUNDS = 300
_FLOOR = ["-m", "tests.bench._discord_floor"]
_PAUSE = 0.01
"""Seconds between commands, as people make them: without, an empty bot would never have to wake up."""
_OVERLOAD_SECONDS = 10
_SHARDS = 4
"""For 5,000 guilds; Discord lets a shard have at most 2,500."""
Say = Callable[[bool], Awaitable[Interaction]]


@asynccontextmanager
async def serving(double: DiscordDouble, what: Sequence[str], shards: int = 1, **more: str) -> AsyncIterator[Served]:
    """A process of its own that serves the double."""
    where = {"DISCORD_TOKEN": double.token, "DISCORD_API_BASE": double.api_base}
    async with started(what, where | more) as served:
        await double.ready(shards, seconds=60)
        await double.until(lambda: double.commands.get(None), 30)
        await double.fall_quiet(0.5)
        yield served


async def _one_by_one(double: DiscordDouble, say: Say) -> tuple[list[float], list[float]]:
    """Milliseconds to the first response and to the result, one command at a time with a pause between."""
    first, result = [], []
    gc.collect()
    for number in range(_ROUNDS + 30):
        await asyncio.sleep(_PAUSE)
        done = await say(False)
        await double.until(lambda done=done: done.answered, 5)
        if number >= 30:
            first.append(done.response_ms)
            result.append(done.result_ms)
        if number % 50 == 0:
            double.forget()
    return first, result


async def _many(double: DiscordDouble, say: Say, seconds: float, flight: int = 16) -> float:
    """Answered commands a second with so many in flight."""
    done = 0
    end = time.perf_counter() + seconds

    async def one() -> bool:
        interaction = await say(False)
        await double.until(lambda: interaction.answered, 5)
        return not interaction.error

    async def member() -> None:
        nonlocal done
        while time.perf_counter() < end:
            answered = await one()
            done += answered

    await asyncio.gather(*(member() for _ in range(flight)))
    return done / seconds


async def _overload(double: DiscordDouble, say: Say, rate: float) -> tuple[int, int, int, float]:
    """Offered, answered in time, answered late or not at all, and milliseconds of a command 2 s after the rush."""
    sent: list[Interaction] = []
    begun = time.perf_counter()
    while (passed := time.perf_counter() - begun) < _OVERLOAD_SECONDS:
        while len(sent) < passed * rate:
            sent.append(await say(False))
        await asyncio.sleep(0.005)
    await asyncio.sleep(2)
    after = await say(False)
    await double.until(lambda: after.answered, 5)
    await asyncio.sleep(1)
    intime = sum(1 for one in sent if one.response_ms < 3000)
    return len(sent), intime, len(sent) - intime, after.response_ms


def _line(name: str, values: list[float], floor: list[float] | None = None) -> None:
    p50, p99 = ranks(values)
    ratio = ""
    if floor is not None:
        low, high = ranks(floor)
        ratio = f"   {p50 / low:5.2f} × and {p99 / high:5.2f} × the floor"
    print(f"  {name:44}{p50:8.2f} ms p50 {p99:8.2f} ms p99{ratio}")


def _queries(app: App) -> Iterator[str]:
    """Queries of one to three words from titles, no two alike for a long time."""
    with reading(app.engine) as db:
        words = [w for r in all_resources(db) for w in re.findall("[A-Za-z]{4,}", r.title)]
    chosen = random.Random(5)
    while True:
        yield " ".join(chosen.sample(words, chosen.choice((1, 2, 2, 3))))


async def _measure(app: App, url: str) -> None:
    async with DiscordDouble(rate_limits=False, validate=False) as double, scene_with(app, double) as scene:
        async with serving(double, _FLOOR):
            floor, _ = await _one_by_one(double, lambda wait: _say(scene, "empty", wait))
            _, floor_later = await _one_by_one(double, lambda wait: _say(scene, "later", wait))
        double.commands.clear()
        async with serving(double, BOT, PAPERCLUB_DATABASE_URL=url):
            await _ours(scene, floor, floor_later)


def _say(scene: Scene, path: str, wait: bool, **values: str) -> Awaitable[Interaction]:
    return scene.discord.slash(scene.ann, scene.general, path, values, wait=wait)


async def _ours(scene: Scene, floor: list[float], floor_later: list[float]) -> None:
    queries = _queries(scene.app)

    def search(wait: bool) -> Awaitable[Interaction]:
        return _say(scene, "paper search", wait, query=next(queries))

    def repeat(wait: bool) -> Awaitable[Interaction]:
        return _say(scene, "paper search", wait, query="paged attention")

    first, result = await _one_by_one(scene.discord, search)
    _first, again = await _one_by_one(scene.discord, repeat)
    _line("empty discord.py command → response", floor)
    _line("/paper search → first response (at most 1.5 ×)", first, floor)
    _line("empty command that defers and edits", floor_later)
    _line("/paper search → result (p50 at most 5 ×)", result, floor_later)
    _line("the same, asked before", again, floor_later)
    rate = await _many(scene.discord, search, 5)
    print(f"  {'/paper search, sustained (at least 100/s)':44}{rate:8.0f} a second")
    offered, intime, late, after = await _overload(scene.discord, search, 2 * rate)
    print(f"  {'twice as much for 10 s':44}{offered:8} offered, {intime} in time, {late} shed")
    print(f"  {'a command 2 s later':44}{after:8.2f} ms to its first response")


async def _guilds(database: str, count: int = 5000) -> float:
    """Megabytes of a bot that is in so many guilds, each with channels and roles."""
    async with DiscordDouble(rate_limits=False, validate=False, shards=_SHARDS) as double:
        for number in range(count):
            guild = double.add_guild(f"Guild {number}")
            for name in ("general", "papers", "random", "help", "voice"):
                guild.add_channel(name)
        async with serving(double, BOT, _SHARDS, PAPERCLUB_DATABASE_URL=database) as bot:
            await asyncio.sleep(10)  # until all guilds are read, and noted in the database
            return bot.megabytes_at_most()


def main() -> None:
    """Print milliseconds beside those of an empty discord.py bot, and commands a second."""
    print("Discord")
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{Path(folder) / 'a.sqlite'}")
        upgrade(engine)
        refresh_shipped(engine, datetime.now(UTC))
        url = str(engine.url)
        asyncio.run(_measure(App(engine), url))
        engine.dispose()
        size = asyncio.run(_guilds(url))
        print(f"  {'5,000 guilds (under 300 MB)':44}{size:8.0f} MB")
