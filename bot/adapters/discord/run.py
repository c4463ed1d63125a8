"""Running Paperclub in Discord until it is told to stop."""

import asyncio
import contextlib
import ipaddress
import logging
from collections.abc import Callable
from urllib.parse import urlsplit

import discord

from bot.adapters.discord.client import Client
from bot.adapters.discord.desk import Desk
from bot.adapters.discord.faults import LOST
from bot.app import App
from bot.errors import SettingsError
from bot.settings import Settings
from bot.tuning import tune

log = logging.getLogger(__name__)

_FINISH = 5.0
"""Seconds that acknowledged work has for its end."""
_AGAIN = 5.0


def configured(settings: Settings) -> bool:
    """Whether the settings ask for Discord."""
    return settings.discord_token is not None


async def serve(
    app: App,
    settings: Settings,
    stop: asyncio.Event,
    count: Callable[[str], None] = lambda _outcome: None,
) -> None:
    """Answer Discord until `stop` is set; what was acknowledged is finished first.

    `count` hears the outcome of every interaction. Raises SettingsError when Discord refuses the settings.
    """
    if settings.discord_token is None:
        raise SettingsError("DISCORD_TOKEN is not set")
    base = checked_base(settings.discord_api_base)
    desk = Desk(app, settings.language, count)
    _ = app.knowledge
    tune()
    stopping = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            client = Client(desk, base, settings.discord_shards)
            running = asyncio.create_task(client.start(settings.discord_token.get_secret_value()))
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                app.senders.pop("discord", None)
                await asyncio.gather(desk.close(_FINISH), app.underway.arrived("discord", _FINISH))
            await _end(client, running)
            if not stop.is_set():
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(stop.wait(), _AGAIN)
    finally:
        stopping.cancel()
        await desk.end()


async def _end(client: Client, running: "asyncio.Task[None]") -> None:
    """Close the connection and say why it ended by itself."""
    await client.close()
    running.cancel()
    (failure,) = await asyncio.gather(running, return_exceptions=True)
    if isinstance(failure, discord.LoginFailure):
        raise SettingsError("Discord refused DISCORD_TOKEN; copy it anew from the Bot page") from failure
    if isinstance(failure, discord.ConnectionClosed) and failure.code in {4010, 4011, 4013}:
        raise SettingsError(f"Discord refused the connection (code {failure.code}); see DISCORD_SHARDS") from failure
    if isinstance(failure, (discord.DiscordException, OSError, *LOST)):
        log.warning("Discord can't be reached, trying again: %s", failure)
    elif isinstance(failure, Exception):
        raise failure


def checked_base(base: str | None) -> str | None:
    """Where Discord's API is, if not at Discord's usual address.

    Raises SettingsError for an address that is neither Discord's by https nor this machine's: it gets the token.
    """
    if base is None:
        return None
    parts = urlsplit(base)
    host = parts.hostname or ""
    discords = parts.scheme == "https" and (host == "discord.com" or host.endswith(".discord.com"))
    if not discords and not (parts.scheme in {"http", "https"} and _loopback(host)):
        raise SettingsError(f"DISCORD_API_BASE: {base!r} is neither Discord by https nor an address of this machine")
    return base.rstrip("/")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
