"""A thousand channels due at the same instant: how long until all have their post, beside the platform's own limit.

Slack is the double, which checks every post, with the bot as a process of its own; it bears one post a second in each
channel, so that a second is what the platform itself imposes. Discord, which bears fifty requests a second in all, is
played in this process: it answers after a moment and refuses what comes faster.
"""

import asyncio
import gc
import resource
import sys
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from slack_app import Scene
from slack_double import SlackDouble

from bot.adapters.discord.render import Shown, show
from bot.adapters.slack.tokens import Vault
from bot.app import App
from bot.language import Translator
from bot.message import Message
from bot.posting import Retry, Sent
from bot.schedule import keeping
from seeds.importer import refresh_shipped
from storage import Engine, open_database, outbox, reading, schedules, upgrade, writing
from storage.clubs import ensure_club
from storage.outbox import Post
from storage.schedules import Schedule
from storage.slack import Installation, install
from tests.bench.slack import BOT, serving
from tests.postgres import find_binaries, running_server

CHANNELS = 1000
_IN = timedelta(seconds=45)
"""How long before the posts are due everything is set up."""
_A_SECOND = 50


class Discord:
    """Takes posts, keeps to the limits."""

    def __init__(self) -> None:
        self.refused = 0
        self._sent: deque[float] = deque()

    def compose(self, post: Post, message: Message, line: str) -> Shown:
        """As the adapter does."""
        return show(message, Translator(post.language).t, said=line)

    async def warm(self, post: Post) -> None:
        """It is there."""

    async def send(self, post: Post, composed: Shown, under: Sent | None = None) -> Sent:
        """Take a post."""
        now = time.monotonic()
        while self._sent and self._sent[0] <= now - 1:
            self._sent.popleft()
        if len(self._sent) >= _A_SECOND:
            self.refused += 1
            raise Retry("too fast", 1.0)
        self._sent.append(now)
        await asyncio.sleep(0.05)
        return Sent(post.target, str(post.id))

    async def find(self, post: Post) -> Sent | None:
        """Nothing gets lost here."""
        return None

    async def edit(self, sent: Sent, post: Post, message: Message, line: str) -> None:
        """Nothing is edited here."""


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
                    club=clubs[space], kind="daily", platform=platform, space=space, target=channel, account="U",
                    language="en", time=f"{due:%H:%M:%S}", zone="UTC", days=tuple(range(7)), slot=f"{due:%Y-%m-%d}",
                    due_at=due,
                ),
            )  # fmt: skip
    return due


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _sent(engine: Engine, platform: str) -> int:
    with reading(engine) as db:
        return outbox.tally(db).get((platform, "sent"), 0)


async def _discord(engine: Engine) -> None:
    due = _set_up(engine, "discord", [(f"{n % 100}", f"{n}") for n in range(CHANNELS)])
    platform, app, before = Discord(), App(engine), _memory()
    app.senders["discord"] = platform
    async with keeping(app):
        await asyncio.sleep((due - datetime.now(UTC)).total_seconds())
        worked = time.process_time()
        while await asyncio.to_thread(_sent, engine, "discord") < CHANNELS:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        taken, worked = (datetime.now(UTC) - due).total_seconds(), time.process_time() - worked
    _print("discord, sqlite", taken, CHANNELS / _A_SECOND, worked, _memory() - before, f"{platform.refused} refused")


async def _slack(engine: Engine, url: str, spaces: int) -> None:
    async with SlackDouble(rate_limits=False) as slack:  # several hundred a minute in a workspace would be the next
        scene = Scene(slack)
        teams = [scene.acme, *(slack.add_workspace(f"Team {n}") for n in range(1, spaces))]
        channels = [teams[n % spaces].add_channel(f"reading-{n}") for n in range(CHANNELS)]
        due = _set_up(engine, "slack", [(channel.workspace.id, channel.id) for channel in channels])
        more = {"PAPERCLUB_DATABASE_URL": url} | (_distributed(engine, slack) if spaces > 1 else {})
        async with serving(slack, scene, BOT, "http" if spaces > 1 else "socket", **more) as bot:
            before = bot.megabytes()
            gc.collect()
            gc.freeze()  # a pause of the double is none of the bot's
            await asyncio.sleep((due - datetime.now(UTC)).total_seconds())
            worked, double = bot.cpu(), time.process_time()
            while sum(bool(channel.messages) for channel in channels) < CHANNELS:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            worked, double = bot.cpu() - worked, time.process_time() - double
            taken = max(float(channel.messages[0].ts) for channel in channels) - due.timestamp()
            while await asyncio.to_thread(_sent, engine, "slack") < CHANNELS:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            grown = bot.megabytes() - before
        slack.check()
        gc.unfreeze()
        name = f"slack, {spaces} workspace{'s' if spaces > 1 else ''}, {engine.dialect.name}"
        _print(name, taken, 1.0, worked, grown, f"{double:.1f} s of work for the double")


def _distributed(engine: Engine, slack: SlackDouble) -> dict[str, str]:
    """Install the app in every workspace; the settings of an app that many workspaces have."""
    vault = Vault("client-secret")
    with writing(engine) as db:
        for team in slack.workspaces.values():
            token = vault.seal(team.bot_token)
            install(db, Installation(team.id, "chat:write,commands", token, datetime.now(UTC), bot_user=team.bot.id))
    return {"SLACK_CLIENT_ID": "111.222", "SLACK_CLIENT_SECRET": "client-secret"}


def _print(name: str, taken: float, limit: float, worked: float, grown: float, more: str) -> None:
    print(
        f"{CHANNELS} daily posts due at once, {name:34}{taken:6.2f} s  {taken / limit:5.2f} × its limit  "
        f"{worked:.1f} s of work  {grown:+.0f} MB  {more}"
    )


def _measure(name: str, url: str, spaces: int) -> None:
    engine = open_database(url)
    asyncio.run(_discord(engine) if name == "discord" else _slack(engine, url, spaces))
    engine.dispose()


def main() -> None:
    """Print seconds, the ratio to the platform's own limit, the processor's part, and memory."""
    for name, spaces in (("discord", 100), ("slack", 1), ("slack", CHANNELS)):
        with tempfile.TemporaryDirectory() as folder:
            _measure(name, f"sqlite:///{Path(folder) / name}.sqlite", spaces)
    if binaries := find_binaries():
        with running_server(binaries) as server:
            _measure("slack", f"{server}/postgres", 1)
