"""What exists on the Discord double: people, guilds, channels, roles, messages, and who may do what where."""

import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

Json = dict[str, Any]

EPOCH_MS = 1_420_070_400_000
IS_CROSSPOSTED, SUPPRESS_EMBEDS, HAS_THREAD, EPHEMERAL, LOADING = 1 << 0, 1 << 2, 1 << 5, 1 << 6, 1 << 7
SUPPRESS_NOTIFICATIONS, COMPONENTS_V2 = 1 << 12, 1 << 15
TEXT, DM, VOICE, GROUP, CATEGORY, NEWS = 0, 1, 2, 3, 4, 5
NEWS_THREAD, PUBLIC_THREAD, PRIVATE_THREAD, STAGE, FORUM = 10, 11, 12, 13, 15
THREADS = (NEWS_THREAD, PUBLIC_THREAD, PRIVATE_THREAD)
PERMISSIONS = {
    name: 1 << bit
    for bit, name in {
        0: "create_instant_invite", 1: "kick_members", 2: "ban_members", 3: "administrator", 4: "manage_channels",
        5: "manage_guild", 6: "add_reactions", 7: "view_audit_log", 10: "view_channel", 11: "send_messages",
        12: "send_tts_messages", 13: "manage_messages", 14: "embed_links", 15: "attach_files",
        16: "read_message_history", 17: "mention_everyone", 18: "use_external_emojis", 20: "connect", 21: "speak",
        26: "change_nickname", 27: "manage_nicknames", 28: "manage_roles", 29: "manage_webhooks",
        31: "use_application_commands", 33: "manage_events", 34: "manage_threads", 35: "create_public_threads",
        36: "create_private_threads", 38: "send_messages_in_threads", 40: "moderate_members", 44: "create_events",
        49: "send_polls", 50: "use_external_apps", 51: "pin_messages",
    }.items()
}  # fmt: skip
EVERYTHING = (1 << 53) - 1
_PLAIN = (
    "create_instant_invite", "add_reactions", "view_channel", "send_messages", "embed_links", "attach_files",
    "read_message_history", "mention_everyone", "use_external_emojis", "connect", "speak", "change_nickname",
    "use_application_commands", "create_public_threads", "create_private_threads", "send_messages_in_threads",
    "send_polls", "use_external_apps",
)  # fmt: skip


def bits(names: Iterable[str]) -> int:
    """The permission names (lower case, as in Discord's documentation) as one number."""
    return sum({PERMISSIONS[name] for name in names})


PLAIN = bits(_PLAIN)
"""What everybody may do in a new guild."""


class Clock:
    """Real time, from which tests may skip some."""

    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self.offset

    def moment(self) -> datetime:
        """Now, in UTC."""
        return datetime.fromtimestamp(self.now(), UTC)


_low = itertools.count()
_last_guild = 0


def snowflake(at: float | None = None) -> str:
    """A new id whose upper bits are the time, as Discord's are."""
    milliseconds = int((time.time() if at is None else at) * 1000) - EPOCH_MS
    return str(milliseconds << 22 | next(_low) & 0x3FFFFF)


def guild_snowflake() -> str:
    """A new id that spreads evenly over shards: each guild has a millisecond of its own, in the past."""
    global _last_guild
    start = int(time.time() * 1000) - EPOCH_MS - 10_000_000
    _last_guild = max(start, _last_guild + 1)
    return str(_last_guild << 22)


def iso(at: datetime) -> str:
    """A moment as Discord writes it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


@dataclass(eq=False)
class User:
    """A person, or the bot. `app_installed` for people who use the app everywhere."""

    id: str
    name: str
    locale: str = "en-US"
    bot: bool = False
    app_installed: bool = False
    accepts_dms: bool = True

    def as_json(self) -> Json:
        """The user as others see it."""
        return {
            "id": self.id, "username": self.name, "global_name": self.name.title(), "discriminator": "0",
            "avatar": None, "avatar_decoration_data": None, "bot": self.bot, "public_flags": 0, "flags": 0,
            "primary_guild": None, "clan": None, "collectibles": None,
        }  # fmt: skip


@dataclass(eq=False)
class Role:
    """A role of a guild; @everyone has the guild's id."""

    id: str
    name: str
    permissions: int
    position: int = 1
    mentionable: bool = False

    def as_json(self) -> Json:
        """The role as the API gives it."""
        return {
            "id": self.id, "name": self.name, "description": None, "permissions": str(self.permissions),
            "position": self.position, "color": 0, "hoist": False, "managed": False, "mentionable": self.mentionable,
            "icon": None, "unicode_emoji": None, "flags": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        }  # fmt: skip


class Overwrite(NamedTuple):
    """What a channel allows and denies to a role (kind 0) or a member (kind 1)."""

    id: str
    kind: int
    allow: int
    deny: int


@dataclass(eq=False)
class Attachment:
    """A file of a message, with the description that screen readers say."""

    id: str
    filename: str
    data: bytes
    description: str | None = None
    content_type: str = "application/octet-stream"
    url: str = ""

    def as_json(self) -> Json:
        """The attachment as the API gives it."""
        given = {
            "id": self.id, "filename": self.filename, "size": len(self.data), "url": self.url, "proxy_url": self.url,
            "content_type": self.content_type,
        }  # fmt: skip
        return given | ({"description": self.description} if self.description else {})


class Ping(NamedTuple):
    """Somebody was notified: everyone, here, a role or a user, by its id or the word."""

    target: str
    message: "Message"


def walk(components: Iterable[Json]) -> Iterator[Json]:
    """All components of a tree, outer ones first."""
    for one in components:
        yield one
        yield from walk(one.get("components") or ())
        for key in ("accessory", "component"):
            if one.get(key):
                yield from walk([one[key]])


@dataclass(eq=False)
class Message:
    """A message in a channel, or one that a single person sees (`only`)."""

    channel: "Channel"
    id: str
    author: User
    created: datetime
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    nonce: str | int | None = None
    reference: "Message | None" = None
    only: User | None = None
    poll: Json | None = None
    interaction: Any = None
    edited: datetime | None = None
    deleted: bool = False
    pinned: bool = False
    versions: int = 1
    thread: "Channel | None" = None
    mention_everyone: bool = False
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[Role] = field(default_factory=list)
    reactions: list[str] = field(default_factory=list)
    pings: list[Ping] = field(default_factory=list)
    metadata: Json | None = None

    @property
    def ephemeral(self) -> bool:
        """Whether one person alone sees it."""
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it still says that the bot is thinking."""
        return bool(self.flags & LOADING)

    @property
    def v2(self) -> bool:
        """Whether it consists of components alone."""
        return bool(self.flags & COMPONENTS_V2)

    @property
    def elements(self) -> list[Json]:
        """Its buttons and menus."""
        return [one for one in walk(self.components) if one["type"] in (2, 3, 5, 6, 7, 8)]

    @property
    def buttons(self) -> list[str]:
        """What its buttons say."""
        return [label(one) for one in self.elements if one["type"] == 2]

    @property
    def text(self) -> str:
        """Everything to read on it, without buttons and menus."""
        lines: list[str | None] = [self.content]
        for embed in self.embeds:
            fields = [part for one in embed.get("fields") or () for part in (one["name"], one["value"])]
            footer = (embed.get("footer") or {}).get("text")
            lines += [embed.get("title"), embed.get("description"), *fields, footer]
        lines += [one["content"] for one in walk(self.components) if one["type"] == 10]
        return "\n".join(line for line in lines if line)

    def as_json(self) -> Json:
        """The message as the API gives it."""
        given: Json = {
            "id": self.id, "channel_id": self.channel.id, "type": 0, "content": self.content,
            "author": self.author.as_json(), "embeds": self.embeds, "components": self.components,
            "attachments": [one.as_json() for one in self.attachments], "timestamp": iso(self.created),
            "edited_timestamp": iso(self.edited) if self.edited else None, "flags": self.flags, "tts": False,
            "pinned": self.pinned, "mention_everyone": self.mention_everyone,
            "mentions": [one.as_json() for one in self.mentions],
            "mention_roles": [one.id for one in self.mention_roles], "mention_channels": [],
        }  # fmt: skip
        if self.reference is not None:
            guild = self.channel.guild
            given["type"] = 19
            given["message_reference"] = {
                "type": 0, "message_id": self.reference.id, "channel_id": self.reference.channel.id,
            } | ({"guild_id": guild.id} if guild else {})  # fmt: skip
            given["referenced_message"] = None if self.reference.deleted else self.reference.as_json()
        if self.metadata is not None:
            given |= {"interaction_metadata": self.metadata, "webhook_id": self.author.id}
        if self.author.bot:
            given["application_id"] = self.author.id
        if self.nonce is not None:
            given["nonce"] = self.nonce
        if self.thread is not None:
            given["thread"] = self.thread.as_json()
        if self.poll is not None:
            given["poll"] = self.poll
        return given


def label(element: Json) -> str:
    """What a button or menu shows."""
    return str(element.get("label") or element.get("placeholder") or (element.get("emoji") or {}).get("name") or "")


@dataclass(eq=False)
class Channel:
    """A text channel, forum, thread or direct conversation."""

    id: str
    kind: int
    name: str = ""
    guild: "Guild | None" = None
    parent: "Channel | None" = None
    topic: str | None = None
    nsfw: bool = False
    owner_id: str = ""
    recipients: list[User] = field(default_factory=list)
    overwrites: dict[str, Overwrite] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    archived: bool = False
    locked: bool = False
    archive_after: int = 4320
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    tags: list[Json] = field(default_factory=list)

    @property
    def shown(self) -> list[Message]:
        """The messages that everybody here sees, oldest first."""
        return [one for one in self.messages.values() if not one.deleted and one.only is None and not one.loading]

    def deny(self, role_or_user: Role | User, *names: str) -> None:
        """Take permissions away here."""
        self._overwrite(role_or_user, 0, bits(names))

    def allow(self, role_or_user: Role | User, *names: str) -> None:
        """Give permissions here."""
        self._overwrite(role_or_user, bits(names), 0)

    def _overwrite(self, whom: Role | User, allow: int, deny: int) -> None:
        old = self.overwrites.get(whom.id, Overwrite(whom.id, int(isinstance(whom, User)), 0, 0))
        self.overwrites[whom.id] = Overwrite(whom.id, old.kind, (old.allow | allow) & ~deny, (old.deny | deny) & ~allow)

    def permissions_of(self, user: User) -> int:
        """What somebody may do here, as Discord counts it: roles, overwrites, and what follows from them."""
        if self.guild is None:
            return PLAIN if user in self.recipients else 0
        base = self.guild.permissions_of(user)
        if base == EVERYTHING or user.id not in self.guild.members:
            return base if user.id in self.guild.members else 0
        value = self._overwritten(base, user)
        if not value & PERMISSIONS["view_channel"]:
            return 0
        if not value & PERMISSIONS["send_messages"]:
            value &= ~bits(("mention_everyone", "send_tts_messages", "attach_files", "embed_links"))
        return value

    def _overwritten(self, value: int, user: User) -> int:
        assert self.guild is not None
        overwrites = (self.parent if self.kind in THREADS and self.parent else self).overwrites
        everyone = overwrites.get(self.guild.id)
        if everyone:
            value = value & ~everyone.deny | everyone.allow
        roles = [overwrites[one] for one in self.guild.members[user.id].roles if one in overwrites]
        for one in roles:
            value &= ~one.deny
        for one in roles:
            value |= one.allow
        own = overwrites.get(user.id)
        return value & ~own.deny | own.allow if own else value

    def may(self, user: User, name: str) -> bool:
        """Whether somebody has a permission here."""
        return bool(self.permissions_of(user) & PERMISSIONS[name])

    def as_json(self) -> Json:
        """The channel as the API gives it."""
        given: Json = {"id": self.id, "type": self.kind, "flags": 0}
        given["last_message_id"] = next(reversed(self.messages), None)
        if self.guild is None:
            return given | {"recipients": [one.as_json() for one in self.recipients if not one.bot]}
        given |= {
            "name": self.name, "guild_id": self.guild.id, "parent_id": self.parent.id if self.parent else None,
            "rate_limit_per_user": 0,
        }  # fmt: skip
        if self.kind in THREADS:
            return given | self._thread_json()
        overwrites = [
            {"id": one.id, "type": one.kind, "allow": str(one.allow), "deny": str(one.deny)}
            for one in self.overwrites.values()
        ]
        more = {"topic": self.topic, "nsfw": self.nsfw, "position": 0, "permission_overwrites": overwrites}
        if self.kind in (VOICE, STAGE):
            more |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None, "video_quality_mode": 1}
        if self.kind == FORUM:
            more |= {"available_tags": self.tags, "default_reaction_emoji": None, "default_sort_order": None,
                     "default_forum_layout": 0}  # fmt: skip
        return given | more

    def _thread_json(self) -> Json:
        stamp = iso(self.created)
        metadata = {
            "archived": self.archived, "locked": self.locked, "auto_archive_duration": self.archive_after,
            "archive_timestamp": stamp, "create_timestamp": stamp, "invitable": True,
        }  # fmt: skip
        return {
            "owner_id": self.owner_id, "thread_metadata": metadata, "message_count": len(self.messages),
            "member_count": 1, "total_message_sent": len(self.messages), "applied_tags": [],
        }  # fmt: skip


@dataclass(eq=False)
class Member:
    """A person in a guild."""

    user: User
    roles: list[str] = field(default_factory=list)
    nick: str | None = None
    joined: datetime = field(default_factory=lambda: datetime.now(UTC))

    def as_json(self) -> Json:
        """The member as the API gives it."""
        return {
            "user": self.user.as_json(), "roles": self.roles, "nick": self.nick, "joined_at": iso(self.joined),
            "deaf": False, "mute": False, "avatar": None, "banner": None, "flags": 0, "pending": False,
            "premium_since": None, "communication_disabled_until": None,
        }  # fmt: skip


@dataclass(eq=False)
class Event:
    """A scheduled event of a guild."""

    id: str
    guild: "Guild"
    creator: User
    given: Json
    status: int = 1
    interested: int = 0

    def as_json(self) -> Json:
        """The event as the API gives it."""
        empty = {"description": None, "channel_id": None, "scheduled_end_time": None, "image": None,
                 "entity_metadata": None, "entity_id": None, "recurrence_rule": None}  # fmt: skip
        return empty | self.given | {
            "id": self.id, "guild_id": self.guild.id, "creator_id": self.creator.id, "status": self.status,
            "creator": self.creator.as_json(), "user_count": self.interested, "guild_scheduled_event_exceptions": [],
        }  # fmt: skip


@dataclass(eq=False)
class Guild:
    """A server; `present` while the bot is in it, `unavailable` during an outage."""

    id: str
    name: str
    bot: User
    locale: str = "en-US"
    owner_id: str = "0"
    present: bool = True
    unavailable: bool = False
    installed: bool = True
    roles: dict[str, Role] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    registry: dict[str, Channel] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.everyone = Role(self.id, "@everyone", PLAIN, 0)
        self.roles[self.id] = self.everyone

    def join(self, user: User, *roles: Role, admin: bool = False) -> Member:
        """Let somebody in; an admin gets a role with every right."""
        member = Member(user, [one.id for one in roles])
        if admin:
            member.roles.append(self.add_role("Admin", "administrator").id)
        self.members[user.id] = member
        return member

    def add_role(self, name: str, *permissions: str, mentionable: bool = False) -> Role:
        """A new role with these permissions on top of everybody's."""
        role = Role(snowflake(), name, bits(permissions), len(self.roles), mentionable)
        self.roles[role.id] = role
        return role

    def add_channel(self, name: str, kind: int = TEXT, parent: Channel | None = None) -> Channel:
        """A new channel."""
        channel = Channel(snowflake(), kind, name, self, parent)
        self.channels[channel.id] = channel
        self.registry[channel.id] = channel
        return channel

    def permissions_of(self, user: User) -> int:
        """What somebody may do in the whole guild."""
        if user.id == self.owner_id:
            return EVERYTHING
        value = self.everyone.permissions
        for one in self.members[user.id].roles if user.id in self.members else ():
            value |= self.roles[one].permissions
        return EVERYTHING if value & PERMISSIONS["administrator"] else value

    def as_json(self, *, create: bool = False) -> Json:
        """The guild as REST gives it, or with its channels and the bot's membership as GUILD_CREATE does."""
        given = _GUILD | {
            "id": self.id, "name": self.name, "owner_id": self.owner_id, "preferred_locale": self.locale,
            "roles": [one.as_json() for one in self.roles.values()],
        }  # fmt: skip
        if not create:
            return given
        channels = list(self.channels.values())
        return given | {
            "joined_at": iso(self.members[self.bot.id].joined), "large": False, "unavailable": False,
            "member_count": len(self.members), "voice_states": [], "presences": [], "stage_instances": [],
            "soundboard_sounds": [], "members": [self.members[self.bot.id].as_json()],
            "channels": [one.as_json() for one in channels if one.kind not in THREADS],
            "threads": [one.as_json() for one in channels if one.kind in THREADS and not one.archived],
            "guild_scheduled_events": [one.as_json() for one in self.events.values()],
        }  # fmt: skip


_GUILD: Json = {
    "icon": None, "description": None, "home_header": None, "splash": None, "discovery_splash": None, "features": [],
    "banner": None, "application_id": None, "region": "us-west", "afk_channel_id": None, "afk_timeout": 300,
    "system_channel_id": None, "system_channel_flags": 0, "widget_enabled": False, "widget_channel_id": None,
    "verification_level": 0, "default_message_notifications": 1, "mfa_level": 0, "explicit_content_filter": 0,
    "max_presences": None, "max_members": 500000, "max_stage_video_channel_users": 50, "max_video_channel_users": 25,
    "vanity_url_code": None, "premium_tier": 0, "premium_subscription_count": 0, "rules_channel_id": None,
    "safety_alerts_channel_id": None, "public_updates_channel_id": None, "premium_progress_bar_enabled": False,
    "premium_progress_bar_enabled_user_updated_at": None, "nsfw": False, "nsfw_level": 0, "emojis": [],
    "stickers": [], "incidents_data": None,
}  # fmt: skip
