"""A thousand channels due at the same instant: how long until all have their post, beside the platform's own limit.

The bot is a process of its own, the platforms are their doubles, which check every post. Discord bears fifty requests a
second in all; Slack bears one post a second in each channel, so that a second is what it imposes for all of them.
"""

import asyncio
import gc
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from discord_double import DiscordDouble
from slack_app import Scene
from slack_double import SlackDouble

from bot.adapters.slack.tokens import Vault
from seeds.importer import refresh_shipped
from storage import Engine, open_database, outbox, reading, schedules, upgrade, writing
from storage.clubs import ensure_club
from storage.schedules import Schedule
from storage.slack import Installation, install
from tests.bench import discord, slack
from tests.bench.processes import BOT, Served
from tests.postgres import find_binaries, running_server

CHANNELS = 1000
_IN = timedelta(seconds=45)
"""How long before the posts are due everything is set up."""
_A_SECOND = 50
"""Requests that Discord bears."""


def _set_up(engine: Engine, platform: str, places: Sequence[tuple[str, str]]) -> datetime:
    """Switch on the daily paper in places (space and channel); when all of them are due."""
    upgrade(engine)
    now = datetime.now(UTC)
    refresh_shipped(engine, now)
    due = (datetime.now(UTC) + _IN).replace(microsecond=0)
    with writing(engine) as db:
        clubs = {space: ensure_club(db, platform, space, f"Club {space}", now).id for space, _ in places}
        for space, channel in places:
            schedules.put(
                db,
                Schedule(
                    club=clubs[space], kind="daily", platform=platform, space=space, target=channel, account="1",
                    language="en", time=f"{due:%H:%M:%S}", zone="UTC", days=tuple(range(7)), slot=f"{due:%Y-%m-%d}",
                    due_at=due,
                ),
            )  # fmt: skip
    return due


async def _wait(engine: Engine, bot: Served, due: datetime, posted: Callable[[], Sequence[float]]) -> tuple[float, str]:
    """Seconds from the time that was due to the last post, and what it cost."""
    gc.collect()
    gc.freeze()  # a pause of the double is none of the bot's
    await asyncio.sleep((due - datetime.now(UTC)).total_seconds() - 1)
    before = bot.megabytes()
    await asyncio.sleep((due - datetime.now(UTC)).total_seconds())
    worked, double = bot.cpu(), time.process_time()
    while len(posted()) < CHANNELS:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    worked, double = bot.cpu() - worked, time.process_time() - double
    while await asyncio.to_thread(_sent, engine) < CHANNELS:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    gc.unfreeze()
    costs = f"{worked:.1f} s of work, {double:.1f} s of the double's  {bot.megabytes() - before:+.0f} MB"
    return max(posted()) - due.timestamp(), costs


def _sent(engine: Engine) -> int:
    with reading(engine) as db:
        return sum(count for (_platform, state), count in outbox.tally(db).items() if state == "sent")


async def _discord(engine: Engine, url: str) -> None:
    async with DiscordDouble() as double:
        guilds = [double.add_guild(f"Guild {n}") for n in range(100)]
        channels = [guilds[n % 100].add_channel(f"reading-{n}") for n in range(CHANNELS)]
        due = _set_up(engine, "discord", [(guilds[n % 100].id, channel.id) for n, channel in enumerate(channels)])

        def posted() -> list[float]:
            return [m.created.timestamp() for channel in channels for m in channel.messages.values()]

        async with discord.serving(double, BOT, PAPERCLUB_DATABASE_URL=url) as bot:
            taken, costs = await _wait(engine, bot, due, posted)
        _print("discord", engine, taken, CHANNELS / _A_SECOND, f"{costs}  {len(double.limited)} refused")
        double.check()


async def _slack(engine: Engine, url: str, spaces: int) -> None:
    async with SlackDouble(rate_limits=False) as double:  # several hundred a minute in a workspace would be the next
        scene = Scene(double)
        teams = [scene.acme, *(double.add_workspace(f"Team {n}") for n in range(1, spaces))]
        channels = [teams[n % spaces].add_channel(f"reading-{n}") for n in range(CHANNELS)]
        due = _set_up(engine, "slack", [(channel.workspace.id, channel.id) for channel in channels])

        def posted() -> list[float]:
            return [float(message.ts) for channel in channels for message in channel.messages]

        more = {"PAPERCLUB_DATABASE_URL": url} | (_distributed(engine, double) if spaces > 1 else {})
        async with slack.serving(double, scene, BOT, "http" if spaces > 1 else "socket", **more) as bot:
            taken, costs = await _wait(engine, bot, due, posted)
        _print(f"slack, {spaces} workspace{'s' if spaces > 1 else ''}", engine, taken, 1.0, costs)
        double.check()


def _distributed(engine: Engine, double: SlackDouble) -> dict[str, str]:
    """Install the app in every workspace; the settings of an app that many workspaces have."""
    vault = Vault("client-secret")
    with writing(engine) as db:
        for team in double.workspaces.values():
            token = vault.seal(team.bot_token)
            install(db, Installation(team.id, "chat:write,commands", token, datetime.now(UTC), bot_user=team.bot.id))
    return {"SLACK_CLIENT_ID": "111.222", "SLACK_CLIENT_SECRET": "client-secret"}


def _print(name: str, engine: Engine, taken: float, limit: float, more: str) -> None:
    whole = f"{name}, {engine.dialect.name}"
    print(f"{CHANNELS} posts due at once, {whole:34}{taken:6.2f} s  {taken / limit:5.2f} × its limit  {more}")


def _measure(name: str, url: str, spaces: int) -> None:
    engine = open_database(url)
    asyncio.run(_discord(engine, url) if name == "discord" else _slack(engine, url, spaces))
    engine.dispose()


def main() -> None:
    """Print seconds, the ratio to the platform's own limit, the processor's part, and memory."""
    for name, spaces in (("discord", 100), ("slack", 1), ("slack", CHANNELS)):
        with tempfile.TemporaryDirectory() as folder:
            _measure(name, f"sqlite:///{Path(folder) / name}.sqlite", spaces)
    if binaries := find_binaries():
        with running_server(binaries) as server:
            _measure("slack", f"{server}/postgres", 1)
