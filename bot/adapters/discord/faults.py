"""What Discord's refusals mean, and how often a call is worth repeating."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp
import discord

from bot.language import Msgid, mark
from bot.posting import patience

T = TypeVar("T")

UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION = 10003, 10008, 10015, 10062
ALREADY_ANSWERED = 40060
MISSING_ACCESS, CANNOT_DM, MISSING_PERMISSIONS, TOKEN_EXPIRED = 50001, 50007, 50013, 50027
CANNOT_REPLY = 160002
THREAD_ARCHIVED, THREAD_LOCKED = 50083, 160005
PASSING = frozenset({20016, 20028, 20029, 40004, 40006, 40333, 130000})
"""Slow mode, limits on writing, what is switched off for a while, Cloudflare, overload: Discord did nothing yet."""
LOST = (aiohttp.ClientError, ConnectionError, asyncio.TimeoutError)
"""The call may or may not have arrived."""

_MISSING = {
    MISSING_ACCESS: mark("View Channel"),
    MISSING_PERMISSIONS: mark("Send Messages"),
    CANNOT_REPLY: mark("Read Message History"),
}


def missing_permission(error: discord.HTTPException) -> Msgid | None:
    """The permission whose absence is the reason, or None when the reason is another."""
    return _MISSING.get(error.code)


def code_of(error: BaseException) -> int:
    """Discord's number of an error; 0 where it gave none."""
    return error.code if isinstance(error, discord.HTTPException) else 0


def passing(error: discord.HTTPException) -> bool:
    """Whether a refusal may soon be over: Discord says so, or a page in its stead was sent by somebody on the way."""
    return error.status == 429 or error.code in PASSING or (not error.code and error.text.lstrip().startswith("<"))


def asked_pause(error: discord.HTTPException) -> float:
    """Seconds of patience that were asked for; 0 when none were."""
    return patience(error.response.headers.get("Retry-After"))


async def insist(call: Callable[[], Awaitable[T]], until: float, pause: float = 0.25) -> T:
    """Repeat a call that is harmless to repeat until the moment `until` (monotonic) while nothing is known of it.

    Raises what the last try raised; refusals that would come again are raised at once.
    """
    while True:
        try:
            return await call()
        except LOST:
            if time.monotonic() + pause > until:
                raise
        except discord.RateLimited as error:
            pause = error.retry_after
            if time.monotonic() + pause > until:
                raise
        except discord.HTTPException as error:
            pause = _wait(error, pause)
            if not pause or time.monotonic() + pause > until:
                raise
        await asyncio.sleep(pause)
        pause = min(pause * 2, 8.0)


def _wait(error: discord.HTTPException, pause: float) -> float:
    """Seconds after which a refused call may be tried again; 0 when it would be refused again."""
    if error.status == 429:
        return asked_pause(error) or max(pause, 1.0)
    return pause if error.status >= 500 else 0
