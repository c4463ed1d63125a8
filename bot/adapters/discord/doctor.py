"""Discord's part of `paperclub doctor`: token, application, intents, commands, install link."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import discord
from discord.http import HTTPClient, Route

from bot.adapters.discord.client import API
from bot.adapters.discord.faults import LOST
from bot.adapters.discord.registration import digest, registration
from bot.adapters.discord.run import checked_base, configured
from bot.app import App
from bot.check import Check, failed, ok, warning
from bot.errors import SettingsError
from bot.settings import Settings
from storage import reading
from storage.discord import registered

PERMISSIONS: dict[str, str] = {
    "view_channel": "to see the channels that it is spoken to in",
    "send_messages": "to answer mentions and to post",
    "send_messages_in_threads": "to answer in threads",
    "attach_files": "to send charts as pictures",
    "read_message_history": "to reply to the message that asked",
}
"""What the bot asks for when it is installed, and why. Slash commands need none of it."""

_PRIVILEGED = (1 << 12 | 1 << 13, 1 << 14 | 1 << 15, 1 << 18 | 1 << 19)
_TOKEN = "Copy the token anew from the Bot page of your application and set DISCORD_TOKEN."  # noqa: S105 - no secret


def install_link(application: int) -> str:
    """The address that installs the bot into a server with exactly the permissions that it needs."""
    needed = discord.Permissions(**dict.fromkeys(PERMISSIONS, True))
    return discord.utils.oauth_url(application, permissions=needed, scopes=("bot", "applications.commands"))


async def diagnose(app: App, settings: Settings, _now: datetime) -> Sequence[Check]:
    """Every check of Discord; none where Discord is not configured."""
    if not configured(settings) or settings.discord_token is None:
        return []
    try:
        Route.BASE = checked_base(settings.discord_api_base) or API
    except SettingsError as error:
        return [failed("Discord settings", str(error), "Leave DISCORD_API_BASE out.")]
    http = HTTPClient(asyncio.get_running_loop())
    try:
        return await _look(http, app, settings.discord_token.get_secret_value())
    except discord.LoginFailure:
        return [failed("Discord token", "Discord refuses it", _TOKEN)]
    except (discord.HTTPException, *LOST) as error:
        return [failed("Discord", f"no answer: {error}", "Look at the network and at discordstatus.com.")]
    finally:
        await http.close()


async def _look(http: HTTPClient, app: App, token: str) -> list[Check]:
    user = await http.static_login(token)
    application = await http.application_info()
    number = int(application["id"])
    known = await http.get_global_commands(number)
    noted = await asyncio.to_thread(_noted, app, str(number))
    return [
        ok("Discord token", f"speaks for {user['username']}, application {number}"),
        _intents(application),
        _commands(registration(app.commands), known, noted),
        ok("Discord install link", install_link(number)),
    ]


def _intents(application: Any) -> Check:
    flags = int(application.get("flags") or 0)
    if any(flags & both for both in _PRIVILEGED):
        mend = "Switch the privileged intents off on the Bot page: Paperclub needs none."
        return warning("Discord intents", "privileged intents are switched on", mend)
    return ok("Discord intents", "no privileged one")


def _noted(app: App, application: str) -> str | None:
    with reading(app.engine) as db:
        return registered(db, application)


def _commands(wanted: Sequence[Any], known: Sequence[Any], noted: str | None) -> Check:
    mend = "“paperclub run” registers them when it starts."
    here, there = ({(c["name"], c.get("type", 1)) for c in commands} for commands in (wanted, known))
    if here != there:
        names = ", ".join(sorted(name for name, _type in here ^ there))
        return warning("Discord commands", f"registered ones differ: {names}", mend)
    if noted != digest(wanted):
        return warning("Discord commands", "they changed since they were registered", mend)
    return ok("Discord commands", f"all {len(wanted)} are registered as declared")
