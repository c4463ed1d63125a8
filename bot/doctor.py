"""`paperclub doctor`: what is in order, what is not, and how to mend it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from bot.adapters.discord.doctor import diagnose as diagnose_discord
from bot.adapters.slack.doctor import diagnose as diagnose_slack
from bot.app import App
from bot.check import Check, failed, ok, warning
from bot.settings import Settings, misspelt
from storage import Engine
from storage.health import problem

Diagnose = Callable[[App, Settings, datetime], Awaitable[Sequence[Check]]]

PLATFORMS: tuple[Diagnose, ...] = (diagnose_slack, diagnose_discord)
"""Each platform's own checks; they say nothing where the platform is not configured."""

_TOKENS = "Put SLACK_BOT_TOKEN and SLACK_APP_TOKEN, or DISCORD_TOKEN, into the environment or .env."


async def diagnose(
    app: App, settings: Settings, now: datetime | None = None, platforms: Sequence[Diagnose] = PLATFORMS
) -> list[Check]:
    """Look at everything; nothing that members see is changed."""
    checks = [await asyncio.to_thread(_database, app.engine)]
    seen = [check for look in platforms for check in await look(app, settings, now or datetime.now(UTC))]
    if not seen:
        seen.append(warning("platforms", "no token is set, so “paperclub run” is a chat in the terminal", _TOKENS))
    return [*checks, *_names(), *seen]


def _names() -> list[Check]:
    return [
        warning(name, "no setting is called that, so it does nothing", f"Call it {meant}, or take it away.")
        for name, meant in misspelt().items()
    ]


def _database(engine: Engine) -> Check:
    started = time.perf_counter()
    trouble = problem(engine, write=True)
    taken = (time.perf_counter() - started) * 1000
    if trouble:
        return failed("database", trouble, "Look at PAPERCLUB_DATABASE_URL; it must be reachable and writable.")
    where = engine.url.render_as_string(hide_password=True)
    return ok("database", f"{where} is read and written in {taken:.0f} ms")
