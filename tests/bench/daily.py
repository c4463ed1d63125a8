"""A thousand channels that are due in the same minute: how long until all have their post, beside the platform's limit.

The platform is played in this process: it answers after a moment and refuses what comes faster than its limits.
"""

import asyncio
import resource
import tempfile
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.adapters.discord.render import show
from bot.adapters.slack.render import Shown, payload
from bot.app import App
from bot.language import Translator
from bot.message import Message
from bot.posting import Retry, Sent
from bot.schedule import keeping
from seeds.importer import refresh_shipped
from storage import open_database, outbox, reading, schedules, upgrade, writing
from storage.clubs import ensure_club
from storage.outbox import Post
from storage.schedules import Schedule

CHANNELS = 1000
LIMITS = {"discord": (50, 20.0), "slack": (CHANNELS, 1.0)}
"""Posts a second in all, and the seconds that this takes for all channels at least; Slack limits each channel alone."""


class Platform:
    """Takes posts, renders them as the adapter does, keeps to the limits."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.refused = 0
        self._sent: deque[float] = deque()
        self._channels: dict[str, float] = {}

    async def send(self, post: Post, message: Message, line: str, under: Sent | None = None) -> Sent:
        """Take a post."""
        t = Translator(post.language).t
        _made = show(message, t, said=line) if self.name == "discord" else payload(Shown(message, line, t))
        now = time.monotonic()
        while self._sent and self._sent[0] <= now - 1:
            self._sent.popleft()
        if len(self._sent) >= LIMITS[self.name][0] or now - self._channels.get(post.target, 0) < 1:
            self.refused += 1
            raise Retry("too fast", 1.0)
        self._sent.append(now)
        self._channels[post.target] = now
        await asyncio.sleep(0.05)
        return Sent(post.target, str(post.id))

    async def find(self, post: Post) -> Sent | None:
        """Nothing gets lost here."""
        return None

    async def edit(self, sent: Sent, post: Post, message: Message, line: str) -> None:
        """Nothing is edited here."""


def _app(folder: str, platform: str) -> tuple[App, datetime]:
    engine = open_database(f"sqlite:///{Path(folder) / f'{platform}.sqlite'}")
    upgrade(engine)
    refresh_shipped(engine, datetime.now(UTC))
    now = datetime.now(UTC)
    due = (now + timedelta(seconds=40)).replace(microsecond=0)
    with writing(engine) as db:
        clubs = [ensure_club(db, platform, f"T{n}", f"Club {n}", now).id for n in range(100)]
        for n in range(CHANNELS):
            schedules.put(
                db,
                Schedule(
                    club=clubs[n % 100], kind="daily", platform=platform, space=f"T{n % 100}", target=f"C{n}",
                    account="U", language="en", time=f"{due:%H:%M:%S}", zone="UTC", days=tuple(range(7)),
                    slot=f"{due:%Y-%m-%d}", due_at=due,
                ),
            )  # fmt: skip
    return App(engine), due


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _sent(app: App, platform: str) -> int:
    with reading(app.engine) as db:
        return outbox.tally(db).get((platform, "sent"), 0)


async def _run(app: App, platform: Platform, due: datetime) -> tuple[float, float]:
    app.senders[platform.name] = platform
    _ = app.knowledge
    async with keeping(app, 1.0):
        await asyncio.sleep((due - datetime.now(UTC)).total_seconds())
        worked = time.process_time()
        while await asyncio.to_thread(_sent, app, platform.name) < CHANNELS:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        taken = (datetime.now(UTC) - due).total_seconds()
        return taken, time.process_time() - worked


def main() -> None:
    """Print seconds, the ratio to the platform's own limit, the processor's part, refusals and memory."""
    for name, (_rate, floor) in LIMITS.items():
        with tempfile.TemporaryDirectory() as folder:
            (app, due), platform = _app(folder, name), Platform(name)
            before = _memory()
            taken, worked = asyncio.run(_run(app, platform, due))
            print(
                f"{CHANNELS} daily posts due at once, {name:8}{taken:7.1f} s  {taken / floor:5.2f} × its limit  "
                f"{worked:.1f} s of work  {platform.refused} refused  +{_memory() - before:.0f} MB"
            )
            app.engine.dispose()
