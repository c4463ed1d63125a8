"""discord.py's client as Paperclub runs it: no privileged intent, next to no cache, everything handed to the desk."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord.state import AutoShardedConnectionState

from bot.adapters.discord.desk import Desk
from bot.adapters.discord.registration import digest, registration
from bot.adapters.discord.sender import DiscordSender
from storage import deliveries, reading, spaces, writing
from storage.discord import expire_lines, reconcile, register, registered

log = logging.getLogger(__name__)

API = "https://discord.com/api/v10"
_GATEWAY = DiscordWebSocket.DEFAULT_GATEWAY
_HEARD = {
    "READY", "RESUMED", "GUILD_CREATE", "GUILD_DELETE", "INTERACTION_CREATE", "MESSAGE_CREATE", "USER_UPDATE",
}  # fmt: skip
_KEPT = {"id", "name", "unavailable", "owner_id", "preferred_locale", "member_count"}
"""What is remembered of a guild; with its channels and roles, thousands of guilds would fill the memory."""
_HOUSEKEEPING = 3600
_LONGEST_WAIT = 8.0
"""Seconds that a call waits for a rate limit; what would wait longer is refused, well before a post's time is up."""


def intents() -> discord.Intents:
    """Guilds, and messages for mentions and direct messages; none of them is privileged."""
    return discord.Intents(guilds=True, guild_messages=True, dm_messages=True)


class _Memory(AutoShardedConnectionState[discord.Client]):
    """The library's state without what we never ask it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.parsers = {name: parser for name, parser in self.parsers.items() if name in _HEARD}

    def parse_guild_create(self, data: Any) -> None:
        """Remember a guild by its name."""
        super().parse_guild_create({key: value for key, value in data.items() if key in _KEPT})

    def parse_message_create(self, data: Any) -> None:
        """Look only at messages that are meant for the bot."""
        direct = "guild_id" not in data
        named = any(str(user.get("id")) == str(self.self_id) for user in data.get("mentions") or ())
        if (direct or named) and not data["author"].get("bot") and not data.get("webhook_id"):
            super().parse_message_create(data)


class Client(discord.AutoShardedClient):
    """One connection (or several shards) to Discord."""

    def __init__(self, desk: Desk, base: str | None = None, shards: str | None = None) -> None:
        self._desk = desk
        self._base = base
        Route.BASE = base or API
        super().__init__(
            intents=intents(),
            **_shards(shards),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self._chores: set[asyncio.Task[Any]] = set()

    def _get_state(self, **options: Any) -> AutoShardedConnectionState[Any]:
        return _Memory(dispatch=self.dispatch, handlers=self._handlers, hooks=self._hooks, http=self.http, **options)

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Hand interactions and messages to the desk without a detour; it counts the time from here."""
        if event == "interaction":
            self._desk.interaction(args[0])
        elif event == "message":
            if self.user is not None:
                self._desk.message(args[0], self.user.id)
        else:
            super().dispatch(event, *args, **kwargs)

    async def setup_hook(self) -> None:
        """After the login: find the gateway, register the commands, begin the housekeeping."""
        DiscordWebSocket.DEFAULT_GATEWAY = _GATEWAY
        if self._base:
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL((await self.http.get_bot_gateway())[1])
        await self._register()
        self.http.max_ratelimit_timeout = _LONGEST_WAIT  # the constructor's option is never less than 30 seconds
        self._desk.app.senders["discord"] = DiscordSender(self, self._desk.app.engine)
        self._start(self._keep_house())

    def _start(self, job: Any) -> None:
        task = asyncio.create_task(job)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    async def _register(self) -> None:
        """Register the commands when they changed, or when Discord has others."""
        application = str(self.application_id)
        wanted = registration(self._desk.app.commands)
        mark = digest(wanted)
        try:
            known = await self.http.get_global_commands(int(application))
            same = {(c["name"], c.get("type", 1)) for c in known} == {(c["name"], c["type"]) for c in wanted}
            if same and await self._desk.think(lambda: self._registered(application)) == mark:
                return
            await self.http.bulk_upsert_global_commands(int(application), wanted)
            await self._desk.think(lambda: self._note(application, mark))
        except discord.HTTPException as error:
            log.error("the commands could not be registered with Discord: %s", error)

    def _registered(self, application: str) -> str | None:
        with reading(self._desk.app.engine) as db:
            return registered(db, application)

    def _note(self, application: str, mark: str) -> None:
        with writing(self._desk.app.engine) as db:
            register(db, application, mark, datetime.now(UTC))

    # ---- guilds ----

    async def on_shard_ready(self, shard_id: int) -> None:
        """A shard begins anew: what happened while it was away is read off the guilds it has now."""
        here = {str(g.id): g.name for g in self.guilds if g.shard_id == shard_id}
        total = self.shard_count or 1

        def ours(space: str) -> bool:
            return space.isdigit() and (int(space) >> 22) % total == shard_id

        await self._desk.think(lambda: self._reconcile(here, ours))

    def _reconcile(self, here: Mapping[str, str], ours: Callable[[str], bool]) -> None:
        with writing(self._desk.app.engine) as db:
            reconcile(db, here, ours, datetime.now(UTC))

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Somebody added the bot."""
        await self._desk.think(lambda: self._joined(str(guild.id), guild.name))

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed; an outage is another event and changes nothing."""
        await self._desk.think(lambda: self._left(str(guild.id)))

    def _joined(self, guild: str, name: str) -> None:
        with writing(self._desk.app.engine) as db:
            spaces.join(db, "discord", guild, name, datetime.now(UTC))

    def _left(self, guild: str) -> None:
        with writing(self._desk.app.engine) as db:
            spaces.leave(db, "discord", guild, datetime.now(UTC))

    # ---- housekeeping ----

    async def _keep_house(self) -> None:
        while True:
            try:
                await self._desk.think(lambda: tidy(self._desk, datetime.now(UTC)))
            except Exception:
                log.exception("what is past its time could not be deleted; it is tried again")
            await asyncio.sleep(_HOUSEKEEPING)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """An event of ours failed."""
        log.exception("the event %s failed", event_method)

    async def close(self) -> None:
        """End the connection."""
        self._desk.app.senders.pop("discord", None)
        for task in self._chores:
            task.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        await super().close()


def tidy(desk: Desk, now: datetime) -> None:
    """Delete what is past its time: guilds left long ago, remembered deliveries, lines of forgotten cards."""
    with writing(desk.app.engine) as db:
        for guild in spaces.expired(db, "discord", now):
            spaces.purge(db, "discord", guild)
        deliveries.expire(db, now)
        expire_lines(db, now)


def _shards(text: str | None) -> dict[str, Any]:
    """The library's options for “0-3/16”: four shards of sixteen."""
    if text is None:
        return {}
    chosen, _, total = text.partition("/")
    first, _, last = chosen.partition("-")
    return {"shard_ids": list(range(int(first), int(last or first) + 1)), "shard_count": int(total)}
