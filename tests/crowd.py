"""A crowd that votes and marks in Slack and in Discord at once, and what it must leave behind.

Members act one line after the other, all members at the same time. Everything the platforms may deliver twice comes
twice, and processes are replaced in the middle of it, the new one connected before the old one ends.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import discord_app
import slack_app
import sqlalchemy as sa
from conftest import NOW
from discord_double import DiscordDouble
from slack_double import SlackDouble

from bot.adapters.slack.manifest import manifest
from bot.app import App
from storage import reading, writing
from storage.clubs import ensure_club
from storage.readings import Reading, member_readings
from storage.tables import accounts, club_spaces
from storage.votes import given, tallies

ACTS = ("vote up", "vote down", "vote want", "vote present", "save", "reading", "read", "skip")
PATIENCE = 20.0
_BUSY = "more to do than I can manage"
_PAUSE = 0.2
"""Seconds that a member waits who was told to try again."""


class Person(Protocol):
    """A member at a platform, who says lines and sees whether they were answered."""

    account: str

    async def say(self, verb: str, number: int, signal: str, dice: random.Random) -> bool:
        """Say a line, or press its button; whether it was done as far as one can see."""


@dataclass
class Meant:
    """What one member last meant, resource by resource."""

    signals: dict[int, set[str]] = field(default_factory=dict)
    readings: dict[int, Reading] = field(default_factory=dict)

    def act(self, verb: str, number: int, signal: str) -> None:
        """Change one's mind as the line says it."""
        if verb == "vote":
            mine = self.signals.setdefault(number, set())
            if signal == "clear":
                mine.clear()
                return
            mine ^= {signal}
            mine -= {{"up": "down", "down": "up"}.get(signal, "")} if signal in mine else set()
            return
        before = self.readings.get(number, Reading(0, number, NOW))
        changes: dict[str, Callable[[], Reading]] = {
            "save": lambda: before.saved(NOW),
            "reading": lambda: before.begun(NOW),
            "read": lambda: before.read(None, None, NOW),
            "skip": lambda: before.skipped(NOW),
        }
        self.readings[number] = changes[verb]()


@dataclass
class _InSlack:
    scene: slack_app.Scene
    user: Any
    card: Any

    @property
    def account(self) -> str:
        return str(self.user.id)

    async def say(self, verb: str, number: int, signal: str, dice: random.Random) -> bool:
        slack, text = self.scene.slack, f"{verb} {number} {signal}".strip()
        if (number, signal) == (1, "up"):
            done = await slack.click(self.user, self.card, "👍", wait=False)
        elif dice.random() < 0.5:
            done = await slack.mention(self.user, self.scene.general, text, wait=False)
        else:
            done = await slack.command(self.user, self.scene.general, "/paper", text, wait=False)
        assert await slack.until(lambda: done.answered, PATIENCE), text
        return not done.error and _BUSY not in done.text


@dataclass
class _InDiscord:
    scene: discord_app.Scene
    user: Any
    card: Any

    @property
    def account(self) -> str:
        return str(self.user.id)

    async def say(self, verb: str, number: int, signal: str, dice: random.Random) -> bool:
        discord = self.scene.discord
        if (number, signal) == (1, "up"):
            done = await discord.click(self.user, self.card, "👍", wait=False)
        else:
            name = "resource" if verb == "vote" else "resources"
            values = {name: str(number), **({"signal": signal} if signal else {})}
            done = await discord.slash(self.user, self.scene.general, f"paper {verb}", values, wait=False)
        await discord.responded(done)  # what reaches no process, or one that is ending, has failed for the member
        assert await discord.until(lambda: done.answered or done.error, PATIENCE), verb
        return not done.error and _BUSY not in done.text


@dataclass
class Crowd:
    """The crowd of one club on both platforms; `act` lets it loose, `replace` exchanges the processes meanwhile."""

    engine: sa.Engine
    people: list[Person]
    replace: Callable[[], Awaitable[None]]
    meant: dict[str, Meant] = field(default_factory=dict)
    done: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    counted: int = 0
    unanswered: int = 0

    async def act(self, times: int, resources: int, restarts: int) -> None:
        """Everybody acts so many times on a few resources, while processes are replaced."""
        whole = asyncio.gather(*(self._one(n, person, times, resources) for n, person in enumerate(self.people)))
        for restart in range(1, restarts + 1):
            await self._reached(times * len(self.people) * restart // (restarts + 1))
            await self.replace()
        await whole

    async def _one(self, n: int, person: Person, times: int, resources: int) -> None:
        dice, mind = random.Random(n), self.meant.setdefault(person.account, Meant())
        for _ in range(times):
            verb, _, signal = dice.choice(ACTS).partition(" ")
            number = dice.randint(1, resources)
            while not await person.say(verb, number, signal, dice):
                self.unanswered += 1
                await asyncio.sleep(_PAUSE)
                signal = "clear" if verb == "vote" else ""  # who can't know whether it acted says it so that it is sure
            mind.act(verb, number, signal)
            self.done.release()

    async def _reached(self, acts: int) -> None:
        while self.counted < acts:
            await self.done.acquire()
            self.counted += 1

    def check(self) -> None:
        """What stands is what everybody last meant: nothing lost, nothing doubled."""
        counts: Counter[tuple[int, str]] = Counter()
        with reading(self.engine) as db:
            of = {row.account: row.member for row in db.execute(sa.select(accounts.c.account, accounts.c.member))}
            for account, mind in self.meant.items():
                wanted = {number: signals for number, signals in mind.signals.items() if signals}
                assert given(db, of[account], range(1, 1000)) == wanted
                counts.update((number, signal) for number, signals in wanted.items() for signal in signals)
                stood = {r.number: (r.state, r.passes) for r in member_readings(db, of[account])}
                assert stood == {number: (r.state, r.passes) for number, r in mind.readings.items()}
            (club,) = db.execute(sa.select(club_spaces.c.club).distinct()).scalars()
            found = tallies(db, club, range(1, 1000))
        assert {(n, s): k for n, tally in found.items() for s, k in tally.counts.items()} == counts


class _Processes:
    """The process that serves each platform; a new one takes over before the old one ends."""

    def __init__(self, serve: list[Callable[[], Any]]) -> None:
        self._serve = serve
        self._running: list[AsyncExitStack] = []

    async def replace(self) -> None:
        """Start new processes, then end the old ones."""
        old, self._running = self._running, []
        for serve in self._serve:
            stack = AsyncExitStack()
            await stack.enter_async_context(serve())
            self._running.append(stack)
        for stack in old:
            await stack.aclose()

    async def end(self) -> None:
        """End them all."""
        for stack in self._running:
            await stack.aclose()


@asynccontextmanager
async def crowd(engine: sa.Engine, each: int) -> AsyncIterator[Crowd]:
    """So many members on each platform, all in one club, over a database that has resources from 1 on."""
    async with SlackDouble(rate_limits=False) as slack, DiscordDouble(rate_limits=False) as discord:
        app = App(engine)
        slack.declare(manifest(app.commands))
        in_slack = slack_app.Scene(slack)
        async with discord_app.scene_with(app, discord) as in_discord, AsyncExitStack() as stack:
            _share_club(engine, in_slack.acme.id, in_discord.lab.id)
            processes = _Processes(
                [
                    lambda: slack_app.connected(App(engine), in_slack),
                    lambda: discord_app.running(App(engine), discord),
                ]
            )
            stack.push_async_callback(processes.end)
            await processes.replace()
            people = [*await _slack_people(in_slack, each), *await _discord_people(in_discord, each)]
            slack.duplicate_events = discord.duplicate_dispatches = True
            yield Crowd(engine, people, processes.replace)
        slack.check()
        discord.check(allow={ALREADY_ANSWERED})


ALREADY_ANSWERED = 40060
"""Of two processes with the same interaction the later one is told so."""


def _share_club(engine: sa.Engine, team: str, guild: str) -> None:
    with writing(engine) as db:
        club = ensure_club(db, "slack", team, "Club", NOW)
        db.execute(club_spaces.insert().values(platform="discord", space=guild, club=club.id))


async def _slack_people(scene: slack_app.Scene, count: int) -> list[Person]:
    shown = await scene.say("show 1")
    card = (await scene.slack.click(scene.ann, shown.message, "Share in channel")).message
    users = [scene.acme.add_user(f"s{n}") for n in range(count)]
    scene.general.members.update(user.id for user in users)
    return [_InSlack(scene, user, card) for user in users]


async def _discord_people(scene: discord_app.Scene, count: int) -> list[Person]:
    shown = await scene.discord.slash(scene.ann, scene.general, "paper show", {"resource": "1"})
    await scene.discord.click(scene.ann, shown.message, "Share in channel")
    card = scene.general.shown[-1]
    return [_InDiscord(scene, scene.discord.add_user(f"d{n}", scene.lab), card) for n in range(count)]
