"""Bad weather: processes of the bot are killed around due times while their platform fails in every way it knows.

The senders are the real ones, over the platform's double; three processes share each database, and each that is
killed is followed by another.
"""

import asyncio
import contextlib
import logging
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from discord_double import DiscordDouble
from doubles.discord_server import Planned
from doubles.slack_server import SCOPES, Fault
from slack_double import SlackDouble

from bot.adapters.discord.sender import nonce_of
from storage import Engine, open_database, outbox, reading, schedules, writing
from storage.clubs import ensure_club
from storage.outbox import Post
from storage.schedules import Schedule
from storage.timetable import posts as table

ROOT = Path(__file__).parents[1]
APART = 0.6
"""Seconds between two due times; at each some channels are due, and one process is killed."""
AT_ONCE = 2
_ALIVE = 3

Mode = Literal["discord", "slack-blind", "discord-late", "slack"]
MODES: tuple[Mode, ...] = ("discord", "slack-blind", "discord-late", "slack")
"""With nonces; without the history scope; when nonces are soon forgotten; with the history scope."""


class Weather:
    """What fails next, if anything."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.blowing = True
        self.asked = 0
        self.met: Counter[str] = Counter()

    def fault(self, *more: str) -> tuple[str, float] | None:
        """A failure and its seconds for every other call that posts, each kind in turn."""
        self.asked += 1
        if not self.blowing or self.dice.random() < 0.5:
            return None
        kinds = ("commit_then_reset", "429", "commit_then_slow", "500", "commit_then_500", "reset", "slow", *more)
        kind = kinds[self.met.total() % len(kinds)]
        self.met[kind] += 1
        return kind, {"commit_then_slow": 3.0, "slow": 0.4 * self.dice.random(), "429": 0.3}.get(kind, 0.0)


class StormyDiscord(DiscordDouble):
    """Discord on a bad day."""

    weather: Weather

    def _plan(self, operation: str) -> Planned | None:
        fault = self.weather.fault("503") if operation == "create_message" else None
        return Planned(operation, fault[0], 1, fault[1], 0) if fault else None


class StormySlack(SlackDouble):
    """Slack on a bad day."""

    weather: Weather

    def _fault(self, method: str) -> Fault | None:
        fault = self.weather.fault() if method == "chat.postMessage" else None
        if method == "conversations.history" and self.weather.blowing and self.weather.dice.random() < 0.1:
            fault = ("500", 0.0)
        return Fault(method, fault[0], 1, 0.0 if fault[0] == "429" else fault[1]) if fault else None


@dataclass
class Place:
    """A platform with channels in it, as the storm needs it."""

    platform: str
    space: str
    boss: str
    channels: list[str]
    arguments: list[str]
    drop: Callable[[], object]
    messages: Callable[[], Counter[str]]
    """How often each post stands in its channel, by its key or its nonce."""


@dataclass
class Outcome:
    """What came of it: the daily posts, how often each stands in its channel, and what admins were told."""

    posts: list[Post] = field(default_factory=list)
    standing: Counter[str] = field(default_factory=Counter)
    notices: list[Post] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    seconds: float = 0.0

    def copies(self, post: Post) -> int:
        """How often a post is to be seen."""
        return self.standing[nonce_of(post) if post.platform == "discord" else post.key]

    def counts(self) -> str:
        """One line of figures."""
        states, copies = Counter(p.state for p in self.posts), Counter(map(self.copies, self.posts))
        doubted = sum(p.doubted_at is not None for p in self.posts)
        return (
            f"{self.kills} kills, {self.met.total()} faults, {len(self.posts)} slots: {dict(states)}, "
            f"{doubted} in doubt once, seen n times: {dict(copies)}, {self.seconds:.0f} s"
        )


@contextlib.asynccontextmanager
async def _discord(weather: Weather, count: int, late: bool) -> AsyncIterator[Place]:
    async with StormyDiscord(nonce_seconds=2.0 if late else 300.0) as discord:
        discord.weather = weather
        lab = discord.add_guild("Lab")
        boss = discord.add_user("boss", lab, admin=True)
        made = [lab.add_channel(f"c{n}") for n in range(count)]

        def messages() -> Counter[str]:
            return Counter(str(m.nonce) for c in made for m in c.messages.values() if m.author is discord.bot)

        arguments = ["discord", discord.api_base, discord.token, "late" if late else ""]
        channels = [c.id for c in made]
        yield Place("discord", lab.id, boss.id, channels, arguments, discord.gateway.drop, messages)


@contextlib.asynccontextmanager
async def _slack(weather: Weather, count: int, blind: bool) -> AsyncIterator[Place]:
    scopes = [one for one in SCOPES if not (blind and one.endswith(":history"))]
    async with StormySlack(scopes=scopes) as slack:
        slack.weather = weather
        acme = slack.add_workspace("Acme")
        boss = acme.add_user("boss", is_admin=True)
        made = [acme.add_channel(f"c{n}", boss) for n in range(count)]

        def messages() -> Counter[str]:
            said = [m.metadata["event_payload"]["key"] for c in made for m in c.messages if m.metadata]
            return Counter(map(str, said))

        arguments = ["slack", slack.api_base, acme.bot_token, slack.app_token]
        channels = [c.id for c in made]
        yield Place("slack", acme.id, boss.id, channels, arguments, slack.socket.drop, messages)


def _schedules(engine: Engine, place: Place, start: datetime) -> None:
    """Channels that are due one group after the other."""
    with writing(engine) as db:
        club = ensure_club(db, place.platform, place.space, "Acme", start).id
        for n, channel in enumerate(place.channels):
            due = start + (n // AT_ONCE) * timedelta(seconds=APART)
            schedules.put(
                db,
                Schedule(
                    club=club, kind="daily", platform=place.platform, space=place.space, target=channel,
                    account=place.boss, language="en", time=due.time().isoformat(), zone="UTC", days=tuple(range(7)),
                    slot=due.date().isoformat(), due_at=due,
                ),
            )  # fmt: skip


class _Nursery:
    """Where processes of the bot come from."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def child(self) -> int:
        """One more process; its number."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"\n")
        return int(await asyncio.wait_for(self._process.stdout.readline(), 60))


@contextlib.asynccontextmanager
async def _nursery(*arguments: str) -> AsyncIterator[_Nursery]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "tests" / "delivery_child.py"), *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT,
        stderr=asyncio.subprocess.DEVNULL, start_new_session=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        yield _Nursery(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _still_owed(engine: Engine, count: int) -> bool:
    """Whether a paper is on its way; what admins are told of it takes its time in one direct conversation."""
    with reading(engine) as db:
        states = list(db.execute(sa.select(table.c.state).where(table.c.kind == "daily")).scalars())
    return len(states) < count or any(state in outbox.OWED for state in states)


async def _until(came: Callable[[], bool], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not await asyncio.to_thread(came) and time.monotonic() < ends:  # noqa: ASYNC110
        await asyncio.sleep(0.05)


async def storm(url: str, mode: Mode, kills: int, seed: int = 7) -> Outcome:
    """Kill so many processes around due times; then let the sky clear, and tell what stands where."""
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # it logs every request that ends with its process
    began, weather, engine = time.monotonic(), Weather(seed), open_database(url)
    late, blind = mode == "discord-late", mode == "slack-blind"
    count = kills * AT_ONCE
    scene: Any = _discord(weather, count, late) if mode.startswith("discord") else _slack(weather, count, blind)
    async with scene as place, _nursery(url, *place.arguments) as nursery:
        alive = [await nursery.child() for _ in range(_ALIVE)]
        start = datetime.now(UTC) + timedelta(seconds=1.5)
        await asyncio.to_thread(_schedules, engine, place, start)
        for n in range(kills):
            at = start + timedelta(seconds=n * APART + weather.dice.uniform(-0.05, APART - 0.05))
            await asyncio.sleep((at - datetime.now(UTC)).total_seconds())
            await _until(lambda: weather.asked > n, 20)  # noqa: B023 - on a busy machine kills wait for work
            os.kill(alive.pop(0), signal.SIGKILL)  # the oldest: a younger one may not be at work yet
            alive.append(await nursery.child())
            if weather.dice.random() < 0.1:
                place.drop()
        weather.blowing = False
        await _until(lambda: not _still_owed(engine, count), 30 + 2 * kills)
        standing = place.messages()
    with reading(engine) as db:
        places = ((place.platform, place.space, channel) for channel in place.channels)
        posts = [post for where in places for post in outbox.log(db, *where, kinds=("daily",))]
        notices = outbox.log(db, place.platform, place.space, place.boss, kinds=("notice",), limit=10_000)
    engine.dispose()
    return Outcome(posts, standing, notices, weather.met, kills, time.monotonic() - began)
