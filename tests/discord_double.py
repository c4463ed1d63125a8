"""Discord on loopback for tests: people do things, the real discord.py answers, and Discord's rules are enforced.

    async with DiscordDouble() as discord:
        lab = discord.add_guild("Lab")
        ann = discord.add_user("ann", lab, locale="de")
        general = lab.add_channel("general")
        ...                                   # start the app with discord.api_base and discord.token
        await discord.ready()
        done = await discord.slash(ann, general, "paper search", {"query": "vllm"})
        assert "vLLM" in done.text and done.ephemeral
        discord.check()                       # nothing refused, nobody pinged, nothing a reader would suffer from

Interactions come back answered; what the app does later shows in the same records. Time is real; `advance` skips some.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from doubles.discord_commands import ON_MESSAGE, ON_USER, find
from doubles.discord_compose import Upload
from doubles.discord_fill import NotOffered, element, fill, fill_modal, fill_select, picked
from doubles.discord_gateway import GUILDS
from doubles.discord_interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    DEFER_UPDATE,
    SUBMIT,
    TIMED_OUT,
    Interaction,
)
from doubles.discord_server import Called, Refusal, Server, Violation
from doubles.discord_world import (
    DM,
    FORUM,
    PLAIN,
    VOICE,
    Channel,
    Event,
    Guild,
    Json,
    Member,
    Message,
    Ping,
    Role,
    User,
    guild_snowflake,
    snowflake,
)

__all__ = [
    "FORUM", "TIMED_OUT", "VOICE", "Called", "Channel", "DiscordDouble", "Event", "Guild", "Interaction", "Message",
    "NotOffered", "Ping", "Refusal", "Role", "Spoken", "Upload", "User", "Violation",
]  # fmt: skip


@dataclass(eq=False)
class Spoken:
    """A line that somebody wrote to the bot, and what the bot then said."""

    user: User
    message: Message
    places: list[Channel] = field(default_factory=list)

    @property
    def replies(self) -> list[Message]:
        """What the bot has said since, here, in a thread of the line, or directly."""
        places = [*self.places, *([self.message.thread] if self.message.thread else [])]
        return [one for place in places for one in self._since(place) if one.author.bot]

    def _since(self, place: Channel) -> list[Message]:
        """What was said here between this line and the next of the same person."""
        later = [one for one in place.shown if int(one.id) > int(self.message.id)]
        ends = next((number for number, one in enumerate(later) if one.author is self.user), len(later))
        return later[:ends]

    @property
    def text(self) -> str:
        """Everything to read in the answer."""
        return "\n".join(one.text for one in self.replies)

    @property
    def answered(self) -> bool:
        """Whether the bot said anything."""
        return bool(self.replies)

    @property
    def response_ms(self) -> float:
        """Milliseconds to the first reply; infinite without one."""
        first = min((one.created for one in self.replies), default=None)
        return (first - self.message.created).total_seconds() * 1000 if first else float("inf")


class DiscordDouble(Server):
    """The double with hands: what people do in Discord, as calls."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.patience = 5.0
        self.quiet = 0.02
        self.duplicate_dispatches = False

    # ---- the scene ----

    def add_user(self, name: str, *guilds: Guild, locale: str = "en-US", admin: bool = False, **facts: Any) -> User:
        """A new person, in these guilds; `app_installed` for somebody who uses the app everywhere."""
        user = User(snowflake(), name, locale, **facts)
        self.users[user.id] = user
        for one in guilds:
            one.join(user, admin=admin)
        return user

    def add_guild(
        self, name: str, *, locale: str = "en-US", present: bool = True, permissions: Iterable[str] = ()
    ) -> Guild:
        """A new guild; the bot is in it unless told otherwise, with these permissions besides everybody's."""
        guild = Guild(guild_snowflake(), name, self.bot, locale, present=present, registry=self.channels)
        self.guilds[guild.id] = guild
        if present:
            self._let_in(guild, permissions)
        return guild

    def _let_in(self, guild: Guild, permissions: Iterable[str] = ()) -> None:
        role = guild.add_role(self.bot_name, *permissions)
        guild.members[self.bot.id] = Member(self.bot, [role.id])
        guild.present = True
        data = guild.as_json(create=True)
        del data["unavailable"]  # only guilds that come back from an outage, or are first loaded, say it
        self.gateway.dispatch("GUILD_CREATE", data, guild_id=guild.id, intents=GUILDS)

    def add_guilds(self, count: int) -> list[Guild]:
        """Many guilds with a channel each."""
        made = [self.add_guild(f"Guild {number}") for number in range(count)]
        for one in made:
            one.add_channel("general")
        return made

    def join(self, guild: Guild, permissions: Iterable[str] = ()) -> None:
        """Somebody adds the bot to a guild."""
        self._let_in(guild, permissions)

    def kick(self, guild: Guild) -> None:
        """Somebody throws the bot out of a guild."""
        self.remove_bot(guild)

    def outage(self, guild: Guild) -> None:
        """A guild becomes unavailable for a while; the bot is still in it."""
        guild.unavailable = True
        gone = {"id": guild.id, "unavailable": True}
        self.gateway.dispatch("GUILD_DELETE", gone, guild_id=guild.id, intents=GUILDS)

    def restore(self, guild: Guild) -> None:
        """The outage of a guild ends."""
        guild.unavailable = False
        self.gateway.dispatch("GUILD_CREATE", guild.as_json(create=True), guild_id=guild.id, intents=GUILDS)

    def delete(self, message: Message) -> None:
        """A moderator deletes a message."""
        message.deleted = True
        self.say_deleted(message)

    def delete_channel(self, channel: Channel) -> None:
        """An admin deletes a channel."""
        assert channel.guild is not None
        del self.channels[channel.id], channel.guild.channels[channel.id]
        self.say_channel(channel, "CHANNEL_DELETE")

    def stranger(self, text: str) -> str:
        """Remember a text that strangers wrote (a title, a note): none of it may ever be live markup."""
        self.strangers.append(text)
        return text

    def advance(self, seconds: float) -> None:
        """Let time pass for tokens, the three seconds, rate limits, nonces and sessions."""
        self.clock.offset += seconds

    def forget(self) -> None:
        """Drop what has ended, so that long runs measure the app alone."""
        self.interactions.clear()
        self.tokens.clear()
        self.calls.clear()
        self.rates.forget()
        for channel in self.channels.values():
            channel.messages.clear()
        for session in self.gateway.sessions.values():
            session.buffer.clear()

    async def ready(self, shards: int = 1, seconds: float = 10.0) -> None:
        """Wait until so many shards are connected."""
        enough = await self.until(lambda: len(self.gateway.live) >= shards, seconds)
        assert enough, "the app did not connect"

    def check(self, *, pings: bool = False, allow: Iterable[int] = ()) -> None:
        """Fail where anything was refused (but for the codes in `allow`), pinged, or would have hurt a reader."""
        found = [str(one) for one in self.refused if one.code not in set(allow)]
        found += [str(one) for one in self.violations]
        found += [] if pings else [f"ping of {one.target}: {one.message.text!r}" for one in self.pings]
        found += self.gateway.refused
        assert not found, "\n".join(found)

    # ---- sending and watching ----

    def _envelope(self, kind: int, user: User, channel: Channel, data: Json, source: Message | None) -> Interaction:
        now = self.clock.now()
        guild = channel.guild
        interaction = Interaction(kind, user, channel, id=snowflake(now), source=source)
        interaction.guild_installed = guild.present if guild else channel.kind == DM and self.bot in channel.recipients
        owners = {"0": guild.id if guild else "0"} if interaction.guild_installed else {}
        owners |= {"1": user.id} if user.app_installed else {}
        payload: Json = {
            "id": interaction.id, "application_id": self.application_id, "type": kind, "data": data, "version": 1,
            "token": interaction.token, "channel_id": channel.id, "locale": user.locale, "entitlements": [],
            "entitlement_sku_ids": [], "authorizing_integration_owners": owners, "attachment_size_limit": 10 * 2**20,
            "app_permissions": str(self._app_permissions(interaction)), "context": self._context(channel),
            "channel": channel.as_json(),
        }  # fmt: skip
        if guild is not None:
            payload["channel"]["permissions"] = str(channel.permissions_of(user))
            member = guild.members[user.id].as_json() | {"permissions": str(channel.permissions_of(user))}
            payload |= {"guild_id": guild.id, "guild_locale": guild.locale, "member": member}
            payload["guild"] = {"id": guild.id, "locale": guild.locale, "features": []}
        else:
            payload["user"] = user.as_json()
        if source is not None:
            payload["message"] = source.as_json()
        interaction.payload = payload
        return interaction

    def _app_permissions(self, interaction: Interaction) -> int:
        return interaction.channel.permissions_of(self.bot) if interaction.guild_installed else PLAIN

    def _context(self, channel: Channel) -> int:
        return 0 if channel.guild else 1 if self.bot in channel.recipients else 2

    def _offered(self, user: User, channel: Channel, command: Json) -> None:
        guild = channel.guild
        contexts = command["contexts"]
        if contexts is not None and self._context(channel) not in contexts:
            raise NotOffered(f"{command['name']} is not for this kind of place")
        here = bool(guild and guild.present) or self._context(channel) == 1
        types = command["integration_types"]
        if not (here and 0 in types) and not (user.app_installed and 1 in types):
            raise NotOffered(f"{command['name']} is not installed here")
        if guild is None:
            return
        needed = command["default_member_permissions"]
        own = channel.permissions_of(user)
        if not channel.may(user, "use_application_commands"):
            raise NotOffered("no right to use commands")
        if needed is not None and (own & int(needed) != int(needed) or (needed == "0" and not own >> 3 & 1)):
            raise NotOffered(f"{command['name']} is hidden from {user.name}")

    async def send(self, interaction: Interaction, *, wait: bool = True) -> Interaction:
        """Hand an interaction to the app, and wait for what comes of it."""
        interaction.sent_at = self.clock.now()
        self.interactions[interaction.id] = self.tokens[interaction.token] = interaction
        reached = self.redeliver(interaction)
        if self.duplicate_dispatches:
            self.redeliver(interaction)
        if not reached:
            interaction.error = TIMED_OUT
        return await self.settle(interaction) if wait else interaction

    def redeliver(self, interaction: Interaction) -> int:
        """Dispatch the same interaction (again), as after a resume; how many sessions got it."""
        guild = interaction.guild if interaction.guild_installed else None
        return self.gateway.dispatch("INTERACTION_CREATE", interaction.payload, guild_id=guild.id if guild else None)

    async def responded(self, interaction: Interaction) -> Interaction:
        """Wait for the first response, or until it is too late for one."""
        ends = interaction.sent_at + self.ack_seconds
        over = self.ack_seconds + 0.1
        await self.until(lambda: interaction.answer or interaction.error or self.clock.now() > ends, over)
        if not interaction.answer:
            interaction.error = interaction.error or TIMED_OUT
        return interaction

    async def settle(self, interaction: Interaction) -> Interaction:
        """Wait until an interaction is answered for good and the app has fallen quiet."""
        await self.responded(interaction)
        patience = min(self.patience, 1.0) if interaction.answer == DEFER_UPDATE else self.patience
        await self.until(lambda: interaction.answered, patience)
        await self.fall_quiet()
        return interaction

    async def fall_quiet(self, seconds: float | None = None) -> None:
        """Wait until the app has asked nothing for a moment."""
        while True:
            changed = self.changed
            await asyncio.sleep(self.quiet if seconds is None else seconds)
            if changed is self.changed and not self.busy:
                return

    # ---- commands ----

    def registered(self, guild: Guild | None = None) -> list[Json]:
        """The commands that a place offers: global ones and the guild's own."""
        return [*self.commands.get(None, []), *(self.commands.get(guild.id, []) if guild else [])]

    def _command(self, user: User, channel: Channel, path: str) -> tuple[Json, list[Json]]:
        root, chain = find(self.registered(channel.guild), path)
        self._offered(user, channel, root)
        return root, chain

    def _data(self, root: Json, chain: list[Json], options: list[Json], resolved: Json) -> Json:
        for step in reversed(chain):
            options = [{"type": step["type"], "name": step["name"], "options": options}]
        data = {"id": root["id"], "name": root["name"], "type": root["type"], "options": options}
        data |= {"resolved": resolved} if resolved else {}
        return data | ({"guild_id": root["guild_id"]} if root.get("guild_id") else {})

    async def slash(
        self, user: User, channel: Channel, path: str, values: Json | None = None, *, wait: bool = True
    ) -> Interaction:
        """Type a slash command: its words and its options by name.

        Raises LookupError where it is not registered, NotOffered where Discord's client would not send it.
        """
        root, chain = self._command(user, channel, path)
        options, resolved = fill((chain[-1] if chain else root).get("options") or [], values or {}, channel, self.base)
        data = self._data(root, chain, options, resolved)
        return await self.send(self._envelope(COMMAND, user, channel, data, None), wait=wait)

    async def autocomplete(
        self, user: User, channel: Channel, path: str, name: str, typed: str, values: Json | None = None
    ) -> Interaction:
        """Type into an option; the suggestions are in `choices` (None when none came)."""
        root, chain = self._command(user, channel, path)
        declared = (chain[-1] if chain else root).get("options") or []
        option = next((one for one in declared if one["name"] == name), None)
        if option is None or not option.get("autocomplete"):
            raise NotOffered(f"/{path} completes no {name!r}")
        options, resolved = fill(declared, values or {}, channel, self.base, complete=False)
        options.append({"type": option["type"], "name": name, "value": typed, "focused": True})
        interaction = self._envelope(AUTOCOMPLETE, user, channel, self._data(root, chain, options, resolved), None)
        interaction.option_kind = option["type"]
        await self.send(interaction, wait=False)
        return await self.responded(interaction)

    async def context_menu(
        self, user: User, name: str, target: Message | User, channel: Channel | None = None, *, wait: bool = True
    ) -> Interaction:
        """Choose an app command on a message, or on a person in a channel."""
        kind = ON_MESSAGE if isinstance(target, Message) else ON_USER
        place = target.channel if isinstance(target, Message) else channel
        assert place is not None, "a person is chosen in a channel"
        root = next((one for one in self.registered(place.guild) if (one["type"], one["name"]) == (kind, name)), None)
        if root is None:
            raise LookupError(f"no {name!r} among {[one['name'] for one in self.registered(place.guild)]}")
        self._offered(user, place, root)
        resolved: Json = {}
        if isinstance(target, Message):
            resolved["messages"] = {target.id: target.as_json()}
        else:
            resolved = picked([target], place)
        data = {"id": root["id"], "name": name, "type": kind, "target_id": target.id, "resolved": resolved}
        return await self.send(self._envelope(COMMAND, user, place, data, None), wait=wait)

    # ---- buttons, menus, forms ----

    async def click(self, user: User, message: Message, name: str, *, wait: bool = True) -> Interaction:
        """Press a button, found by its label or custom_id."""
        one = element(user, message, name, (2,))
        data = {"custom_id": one["custom_id"], "component_type": 2, "id": one.get("id")}
        return await self.send(self._envelope(COMPONENT, user, message.channel, data, message), wait=wait)

    async def select(
        self, user: User, message: Message, *values: Any, name: str = "", wait: bool = True
    ) -> Interaction:
        """Choose in a menu: options by label or value, or people, roles and channels themselves."""
        one = element(user, message, name, (3, 5, 6, 7, 8))
        chosen, resolved = fill_select(one, values, message.channel)
        data = {"custom_id": one["custom_id"], "component_type": one["type"], "id": one.get("id"), "values": chosen}
        data |= {"resolved": resolved} if resolved else {}
        return await self.send(self._envelope(COMPONENT, user, message.channel, data, message), wait=wait)

    async def submit(self, asked: Interaction, values: Json | None = None, *, wait: bool = True) -> Interaction:
        """Fill in the form that an interaction opened, inputs by label or custom_id, and send it."""
        assert asked.modal is not None, "no form was opened"
        components, resolved = fill_modal(asked.modal["components"], values or {}, asked.channel)
        data = {"custom_id": asked.modal["custom_id"], "components": components}
        data |= {"resolved": resolved} if resolved else {}
        return await self.send(self._envelope(SUBMIT, asked.user, asked.channel, data, asked.source), wait=wait)

    # ---- lines ----

    def write(self, user: User, channel: Channel, text: str, *, reply_to: Message | None = None) -> Message:
        """Write a message in a channel; the app is told as far as its intents go."""
        message = Message(channel, snowflake(self.clock.now()), user, self.clock.moment(), text, reference=reply_to)
        if f"<@{self.bot.id}>" in text or (reply_to is not None and reply_to.author is self.bot):
            message.mentions = [self.bot]
        channel.messages[message.id] = message
        self.say_created(message)
        return message

    async def mention(
        self, user: User, channel: Channel, text: str, *, reply_to: Message | None = None, wait: bool = True
    ) -> Spoken:
        """Mention the bot at the start of a line."""
        return await self._hear(user, channel, f"<@{self.bot.id}> {text}", reply_to, wait)

    async def dm(self, user: User, text: str, *, wait: bool = True) -> Spoken:
        """Write to the bot directly."""
        return await self._hear(user, self.direct(user), text, None, wait)

    async def _hear(self, user: User, channel: Channel, text: str, reply_to: Message | None, wait: bool) -> Spoken:
        message = self.write(user, channel, text, reply_to=reply_to)
        spoken = Spoken(user, message, list(dict.fromkeys((channel, self.direct(user)))))
        if wait:
            await self.until(lambda: spoken.answered, self.patience)
            await self.fall_quiet()
        return spoken

    # ---- events ----

    def interested(self, user: User, event: Event) -> None:
        """Somebody wants to come to a meeting."""
        event.interested += 1
        data = {"guild_scheduled_event_id": event.id, "user_id": user.id, "guild_id": event.guild.id}
        self.gateway.dispatch("GUILD_SCHEDULED_EVENT_USER_ADD", data, guild_id=event.guild.id, intents=1 << 16)
