"""Discord as delivery sees it: a post carries its key as nonce, so that repeating it soon shows nothing twice."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Literal, TypeVar

import aiohttp
import discord

from bot.adapters.discord import faults
from bot.adapters.discord.render import Shown, show
from bot.adapters.discord.sending import Layout, files
from bot.adapters.discord.text import label, shorten
from bot.language import Translator
from bot.message import Message
from bot.posting import Event, Gone, Retry, Sent, Unclear, Unknowable
from storage import Engine, writing
from storage.discord import keep_lines
from storage.outbox import DIRECT, Post

log = logging.getLogger(__name__)
T = TypeVar("T")

NONCE_HOLDS = timedelta(seconds=90)
"""How long Discord surely knows a nonce again; it says “a few minutes”."""
_AROUND = timedelta(seconds=60)
_PAGE = 100
_MOST_PAGES = 20
_THREAD_EXISTS = 160004
_NO_SUCH_EVENT = 10070
_CANCELLED = 4
_LONGEST_ABOUT = 1000
_LONGEST_NAME = 100
_LONGEST_ERROR = 200
_KEPT_OPEN: Literal[1440] = 1440
"""Minutes after the last word until Discord folds a thread away."""


class DiscordSender:
    """Posts through the connected client."""

    def __init__(self, client: discord.AutoShardedClient, engine: Engine) -> None:
        self._client = client
        self._engine = engine

    def compose(self, post: Post, message: Message, line: str) -> tuple[str, Shown]:
        """What a thread for it would be called, and its components."""
        name = label(message.plain().partition("\n")[0], _LONGEST_NAME)
        return name, show(message, Translator(post.language).t, said=line)

    async def warm(self, post: Post) -> None:
        """Channels are known by their number."""

    async def send(self, post: Post, composed: tuple[str, Shown], under: Sent | None = None) -> Sent:
        """Post a message, or open the thread under one; what is more than the thread's name is posted in it."""
        name, shown = composed
        thread = await self._thread(post, name, under) if under is not None else None
        if thread is not None and post.kind == "thread":
            return thread
        await self._keep(shown)
        channel = await self._channel(replace(post, target=thread.reference) if thread else post)
        sent = await self._told(
            lambda: channel.send(view=Layout(shown.components), files=files(shown), nonce=nonce_of(post)), post.space
        )
        return Sent(str(sent.channel.id), str(sent.id))

    async def find(self, post: Post) -> Sent | None:
        """Where it stands. While the nonce holds there is nothing to look for: sending again does no harm."""
        if post.doubted_at is None or datetime.now(UTC) - post.doubted_at < NONCE_HOLDS or post.kind == "thread":
            return None
        if post.parent is not None:
            raise Unknowable("threads are not looked through")
        channel = await self._channel(post)
        last = max(post.doubted_at, post.begun_at or post.doubted_at)
        try:
            said = await self._said(channel.id, post.space, post.doubted_at - _AROUND, last + 2 * _AROUND)
        except Gone as error:
            raise Unknowable(str(error)) from error
        except Unclear as error:
            raise Retry(str(error)) from error
        own = self._client.user
        mine = [m for m in said if own is not None and m["author"]["id"] == str(own.id)]
        found = next((m for m in mine if _is(post, m)), None)
        if found is not None:
            return Sent(str(channel.id), str(found["id"]))
        if post.kind != "daily" and mine:
            raise Unknowable("something was posted then, perhaps this")
        return None

    async def _said(self, channel: int, space: str, first: datetime, last: datetime) -> list[dict[str, Any]]:
        """Everything that was said in a channel between two instants. Raises Unknowable where that is too much."""
        after, until = (discord.utils.time_snowflake(at) for at in (first, last))
        found: list[dict[str, Any]] = []
        for _page in range(_MOST_PAGES):
            page: list[Any] = await self._told(partial(self._client.http.logs_from, channel, _PAGE, after=after), space)
            found += [message for message in page if int(message["id"]) < until]
            after = max((int(message["id"]) for message in page), default=until)
            if len(page) < _PAGE or after >= until:
                return found
        raise Unknowable("too much was said since")

    async def edit(self, sent: Sent, post: Post, message: Message, line: str) -> None:
        """Show another message in its place."""
        _name, shown = self.compose(post, message, line)
        await self._keep(shown)
        place = self._client.get_partial_messageable(int(sent.place)).get_partial_message(int(sent.reference))
        await self._told(lambda: place.edit(view=Layout(shown.components), attachments=files(shown)), post.space)

    async def hold(self, event: Event, reference: str | None) -> str | None:
        """Show a meeting among the events of its server; one that was made before is found by its sign."""
        if not event.space.isdigit():
            return None
        space, http = int(event.space), self._client.http
        try:
            if reference is None:
                there = await self._told(lambda: http.get_scheduled_events(space, False), event.space)
                signed = [e for e in there if (e.get("description") or "").endswith(event.sign)]
                reference = str(signed[0]["id"]) if signed else None
            if reference is None:
                made = await self._told(lambda: http.create_guild_scheduled_event(space, **_event(event)), event.space)
                return str(made["id"])
            changes = {"status": _CANCELLED} if event.cancelled else _event(event)
            number = int(reference)
            await self._told(lambda: http.edit_scheduled_event(space, number, **changes), event.space)
        except Gone as error:
            log.info("no event for “%s”: %s", event.name, error)
            return "" if faults.code_of(error.__cause__ or error) == _NO_SUCH_EVENT else reference
        return reference

    async def _keep(self, shown: Shown) -> None:
        if shown.long:

            def keep() -> None:
                with writing(self._engine) as db:
                    keep_lines(db, shown.long, datetime.now(UTC))

            await asyncio.to_thread(keep)

    async def _channel(self, post: Post) -> discord.PartialMessageable:
        if post.kind not in DIRECT:
            return self._client.get_partial_messageable(int(post.target))
        opened = await self._told(lambda: self._client.http.start_private_message(int(post.target)), post.space)
        return self._client.get_partial_messageable(int(opened["id"]))

    async def _thread(self, post: Post, name: str, under: Sent) -> Sent | None:
        """The thread under a message; None where we may open none and what is to be said can stand beside it."""
        try:
            return await self._open_thread(post, name, under)
        except Gone as error:
            if post.kind == "thread" or error.reason != "permission":
                raise
            return None

    async def _open_thread(self, post: Post, name: str, under: Sent) -> Sent:
        http = self._client.http
        try:
            await self._told(
                lambda: http.start_thread_with_message(
                    int(under.place), int(under.reference), name=name, auto_archive_duration=_KEPT_OPEN
                ),
                post.space,
            )
        except Gone as error:
            if faults.code_of(error.__cause__ or error) != _THREAD_EXISTS:
                raise
        return Sent(under.place, under.reference)  # a thread has the number of the message that it hangs on

    async def _told(self, call: Callable[[], Awaitable[T]], space: str) -> T:
        """The answer of a call, or what delivery has to know."""
        if self._client.is_closed():
            raise Retry("not connected")
        try:
            return await call()
        except asyncio.CancelledError:
            # Who waits for a global limit to end lets all others go on; cut off, discord.py would hold them for ever.
            self._client.http._global_over.set()
            raise
        except discord.RateLimited as error:
            raise Retry("Discord asked for patience", error.retry_after) from error
        except discord.HTTPException as error:
            raise self._understood(error, space) from error
        except aiohttp.ClientConnectorError as error:
            raise Retry("Discord can't be reached") from error
        except faults.LOST as error:
            raise Unclear(str(error)) from error

    def _understood(self, error: discord.HTTPException, space: str) -> Exception:
        if error.status >= 500:
            return Unclear(str(error))
        if faults.passing(error):
            return Retry(str(error)[:_LONGEST_ERROR], faults.asked_pause(error))
        return Gone(self._reason(error, space), str(error))

    def _reason(self, error: discord.HTTPException, space: str) -> str:
        if error.code == faults.UNKNOWN_CHANNEL:
            return "channel"
        if error.code in {faults.THREAD_ARCHIVED, faults.THREAD_LOCKED}:
            return "archived"
        if error.status == 401:
            return "token"
        if error.status == 403:
            return "kicked" if self._gone_from(space) else "permission"
        return "channel" if error.status == 404 else "content"

    def _gone_from(self, guild: str) -> bool:
        """Whether the shard of a guild is connected here and doesn't have it; elsewhere nobody can tell."""
        shards = self._client.shards
        if not guild.isdigit() or (int(guild) >> 22) % (self._client.shard_count or 1) not in shards:
            return False
        return self._client.get_guild(int(guild)) is None


def _event(event: Event) -> dict[str, Any]:
    """An event somewhere outside of Discord's own voice channels."""
    where = event.place or f"https://discord.com/channels/{event.space}/{event.channel}"
    about = shorten(event.about, _LONGEST_ABOUT - len(event.sign) - 1)
    return {
        "name": label(event.name, 100), "description": f"{about}\n{event.sign}".strip(), "privacy_level": 2,
        "entity_type": 3, "entity_metadata": {"location": label(where, 100)},
        "scheduled_start_time": event.starts_at.isoformat(), "scheduled_end_time": event.ends_at.isoformat(),
    }  # fmt: skip


def nonce_of(post: Post) -> str:
    """The nonce of a post, the same at every try; at most 25 characters."""
    return hashlib.blake2b(post.key.encode(), digest_size=12).hexdigest()


def _is(post: Post, message: dict[str, Any]) -> bool:
    """Whether a message is this post: by its nonce where Discord tells it, else by the day that its buttons name."""
    if str(message.get("nonce")) == nonce_of(post):
        return True
    marked = f"today day:{post.date}"
    return post.kind == "daily" and marked in json.dumps(message.get("components", ()), ensure_ascii=False)
