"""What exists in the Slack double: workspaces, people, channels, messages, views, tokens and a clock."""

import itertools
import re
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal

from doubles.slack_text import notified, texts

Json = dict[str, Any]
ChannelKind = Literal["public", "private", "im"]

_numbers = itertools.count(1)


def make_id(prefix: str) -> str:
    """A new id of Slack's look, never given twice in a process."""
    return f"{prefix}{next(_numbers):08X}"


class Clock:
    """Real time plus whatever a test has skipped."""

    def __init__(self) -> None:
        self.offset = 0.0
        self._last = 0

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self.offset

    def ts(self) -> str:
        """A message timestamp, different from every earlier one."""
        micros = max(int(self.now() * 1_000_000), self._last + 1)
        self._last = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"


@dataclass(eq=False)
class User:
    """A person (or the bot) in one workspace."""

    workspace: "Workspace"
    id: str
    name: str
    locale: str = "en-US"
    tz: str = "Etc/UTC"
    tz_offset: int = 0
    is_admin: bool = False
    is_owner: bool = False
    is_bot: bool = False
    deleted: bool = False
    email: str = ""


@dataclass(eq=False)
class Channel:
    """A channel or a direct conversation; `members` holds user ids, the bot's among them."""

    workspace: "Workspace"
    id: str
    name: str
    kind: ChannelKind = "public"
    members: set[str] = field(default_factory=set)
    archived: bool = False
    messages: "list[Message]" = field(default_factory=list)
    bookmarks: list[Json] = field(default_factory=list)
    pins: list[str] = field(default_factory=list)

    @property
    def payload_name(self) -> str:
        """The name that slash commands and actions carry: only public channels tell theirs."""
        return {"public": self.name, "private": "privategroup", "im": "directmessage"}[self.kind]

    def find(self, ts: str) -> "Message | None":
        """The message of this timestamp that everybody can see, if it is still there."""
        for message in reversed(self.messages):
            if message.ts == ts and message.seen_by is None and not message.deleted:
                return message
        return None


@dataclass(eq=False)
class Message:
    """A message as its readers see it now; `seen_by` is the only reader of an ephemeral one."""

    channel: Channel
    ts: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    seen_by: str | None = None
    by_bot: bool = True
    via: str = ""
    deleted: bool = False
    edits: int = 0
    reactions: dict[str, set[str]] = field(default_factory=dict)

    @property
    def ephemeral(self) -> bool:
        """Whether only one person sees it."""
        return self.seen_by is not None

    @property
    def shown(self) -> str:
        """Everything a reader sees, one text a line: the blocks where there are any, otherwise the text."""
        return "\n".join(text for _, text in texts(self.blocks)) if self.blocks else self.text

    @property
    def elements(self) -> list[Json]:
        """Every interactive element of the message, each with its block_id."""
        return elements(self.blocks)

    @property
    def buttons(self) -> list[str]:
        """The labels of its buttons, in order."""
        return [label(element) for element in self.elements if element["type"] == "button"]

    @property
    def notifies(self) -> list[str]:
        """The references in it that notify somebody."""
        return notified(self.text) + [
            one for kind, text in texts(self.blocks) if kind == "mrkdwn" for one in notified(text)
        ]

    def as_json(self) -> Json:
        """The message as the Web API and payloads carry it."""
        found: Json = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts}
        found["team"] = self.channel.workspace.id
        if self.by_bot:
            workspace = self.channel.workspace
            found |= {"bot_id": workspace.bot_id, "app_id": workspace.app_id}
        for key in ("blocks", "attachments", "files", "metadata", "thread_ts"):
            if getattr(self, key):
                found[key] = getattr(self, key)
        if self.edits:
            found["edited"] = {"user": self.user, "ts": self.ts}
        if self.reactions:
            found["reactions"] = [
                {"name": name, "count": len(users), "users": sorted(users)} for name, users in self.reactions.items()
            ]
        return found


@dataclass(eq=False)
class View:
    """A modal or a Home tab, as Slack keeps it."""

    workspace: "Workspace"
    id: str
    user: str
    given: Json
    hash: str
    root: "View | None" = None
    previous: "View | None" = None
    closed: bool = False
    updates: int = 0

    @property
    def type(self) -> str:
        """Either modal or home."""
        return str(self.given["type"])

    @property
    def blocks(self) -> list[Json]:
        """Its blocks, every one with a block_id, every element with an action_id."""
        return list(self.given["blocks"])

    @property
    def title(self) -> str:
        """The title of a modal."""
        return str(self.given.get("title", {}).get("text", ""))

    @property
    def shown(self) -> str:
        """Every text in it, one a line."""
        return "\n".join(text for _, text in texts(self.given))

    @property
    def elements(self) -> list[Json]:
        """Every interactive element, each with its block_id."""
        return elements(self.blocks)

    @property
    def buttons(self) -> list[str]:
        """The labels of its buttons, in order."""
        return [label(element) for element in self.elements if element["type"] == "button"]

    def as_json(self, state: Json | None = None) -> Json:
        """The view as answers and payloads carry it."""
        empty = {"private_metadata": "", "callback_id": "", "external_id": "", "clear_on_close": False}
        return {
            **empty,
            "notify_on_close": False,
            **self.given,
            "id": self.id,
            "team_id": self.workspace.id,
            "state": {"values": state or {}},
            "hash": self.hash,
            "root_view_id": (self.root or self).id,
            "previous_view_id": self.previous.id if self.previous else None,
            "app_id": self.workspace.app_id,
            "app_installed_team_id": self.workspace.id,
            "bot_id": self.workspace.bot_id,
        }


@dataclass(eq=False)
class Token:
    """An access token; app-level tokens belong to no workspace."""

    value: str
    kind: Literal["bot", "user", "app"]
    workspace: "Workspace | None"
    scopes: tuple[str, ...]
    expires_at: float | None = None
    revoked: bool = False


@dataclass(eq=False)
class Trigger:
    """The right to open one view, shortly after a person did something."""

    user: User
    expires_at: float
    view: View | None = None
    used: bool = False
    interaction: Any = None


@dataclass(eq=False)
class ResponseUrl:
    """The right to answer an interaction a few times."""

    channel: Channel
    user: User
    expires_at: float
    original: Message | None = None
    uses: int = 0
    interaction: Any = None


@dataclass(eq=False)
class Workspace:
    """A Slack team with the app perhaps installed in it."""

    id: str
    name: str
    domain: str
    app_id: str
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    scheduled: list[Json] = field(default_factory=list)
    bot_id: str = field(default_factory=lambda: make_id("B"))
    bot: User = field(init=False)
    bot_token: str = ""
    refresh_token: str = ""

    def __post_init__(self) -> None:
        self.bot = self.add_user("paperclub", is_bot=True)

    def add_user(self, name: str, **facts: Any) -> User:
        """A new person in the workspace; facts are those of `User`."""
        user = User(self, make_id("U"), name, **facts)
        self.users[user.id] = user
        return user

    def add_channel(
        self, name: str, *people: User, kind: ChannelKind = "public", bot: bool = True, archived: bool = False
    ) -> Channel:
        """A new channel with these people in it, and the bot unless told otherwise."""
        members = {person.id for person in people} | ({self.bot.id} if bot else set())
        channel = Channel(self, make_id("D" if kind == "im" else "C"), name, kind, members, archived)
        self.channels[channel.id] = channel
        return channel

    def direct(self, user: User) -> Channel:
        """The direct conversation of a person with the bot, opened when there is none."""
        for channel in self.channels.values():
            if channel.kind == "im" and user.id in channel.members:
                return channel
        return self.add_channel("", user, kind="im")


def label(element: Json) -> str:
    """What a person sees on an interactive element."""
    text = element.get("text") or element.get("placeholder") or {}
    return str(text.get("text", ""))


def elements(blocks: list[Json]) -> list[Json]:
    """Every interactive element of some blocks, each with the block_id it stands in."""
    found = []
    for block in blocks:
        inside = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        found += [{**one, "block_id": block["block_id"]} for one in inside if one and "action_id" in one]
    return found


_INTERACTIVE = re.compile(r"button|.*select|checkboxes|.*picker|overflow|radio_buttons|.*_input")


def with_ids(blocks: list[Json]) -> list[Json]:
    """Blocks with the block_id and action_id that Slack adds where an app gave none."""
    done = []
    for block in blocks:
        filled = {**block, "block_id": block.get("block_id") or make_id("b")}
        for key in ("element", "accessory"):
            if key in filled:
                filled[key] = _with_action(filled[key])
        if filled["type"] == "actions":
            filled["elements"] = [_with_action(element) for element in filled["elements"]]
        done.append(filled)
    return done


def _with_action(element: Json) -> Json:
    if "action_id" in element or not _INTERACTIVE.fullmatch(element["type"]):
        return element
    return {**element, "action_id": make_id("a")}


class RateLimits:
    """Counts calls per key over the last minute (or second) and says how long to wait."""

    def __init__(self) -> None:
        self._calls: dict[tuple[str, ...], deque[float]] = {}

    def wait(self, key: tuple[str, ...], most: int, seconds: float, now: float) -> int:
        """0 and the call counted where it is allowed; otherwise whole seconds until one is."""
        calls = self._calls.setdefault(key, deque())
        while calls and calls[0] <= now - seconds:
            calls.popleft()
        if len(calls) >= most:
            return max(1, int(calls[0] + seconds - now + 0.999))
        calls.append(now)
        return 0
