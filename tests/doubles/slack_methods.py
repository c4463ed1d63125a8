"""The Web API methods of the Slack double: each checks what Slack checks and answers what Slack answers."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from doubles import slack_text
from doubles.slack_blocks import BLOCKS_TOTAL, LIMITS, blocks_length, check_message_blocks, check_view
from doubles.slack_world import Channel, Json, Message, Token, User, View, Workspace, make_id, with_ids

if TYPE_CHECKING:
    from doubles.slack_server import Server


class SlackError(Exception):
    """An answer with ok=false; `messages` are the details Slack gives beside the error's name."""

    def __init__(self, error: str, *messages: str, **more: Any) -> None:
        super().__init__(error, *messages)
        self.error, self.messages, self.more = error, messages, more


@dataclass
class Call:
    """One authorised call of a method."""

    method: str
    params: Json
    token: Token | None = None

    @property
    def workspace(self) -> Workspace:
        """The workspace of the token."""
        if self.token is None or self.token.workspace is None:
            raise SlackError("not_allowed_token_type")
        return self.token.workspace

    def text(self, name: str, default: str = "") -> str:
        """A parameter as text."""
        return str(self.params.get(name, default))

    def flag(self, name: str) -> bool:
        """A parameter as a truth value, however it was written."""
        return str(self.params.get(name, "")).lower() in ("1", "true")

    def number(self, name: str, default: int) -> int:
        """A parameter as a whole number; refused where it is none."""
        try:
            return int(self.params.get(name, default))
        except ValueError:
            raise SlackError("invalid_arguments", f"[ERROR] {name} must be a number") from None

    def parsed(self, name: str) -> Any:
        """A parameter that is JSON, whether it came as text or already inside a JSON body."""
        value = self.params.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError("invalid_blocks_format" if name == "blocks" else "invalid_arguments", name) from None


Handler = Callable[["Server", Call], Json]


@dataclass(frozen=True)
class Method:
    """What a method takes and asks for; `scopes` are alternatives, any of which will do."""

    handler: Handler
    tier: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    scopes: tuple[str, ...]
    needs: str


METHODS: dict[str, Method] = {}
TIERS = {"Tier1": 1, "Tier2": 20, "Tier3": 50, "Tier4": 100, "SpecialTier_auth_test": 600,
         "SpecialTier_chat_getPermalink": 600, "SpecialTier_chat_postMessage": 300}  # fmt: skip
"""Calls a minute, per method and workspace; posting has a limit per channel besides."""


def method(
    name: str, tier: str, required: str = "", optional: str = "", scopes: str = "", needs: str = "bot"
) -> Callable[[Handler], Handler]:
    """Declare a method: names separated by blanks, `needs` the kind of token (bot, app or none)."""

    def declare(handler: Handler) -> Handler:
        METHODS[name] = Method(
            handler, tier, tuple(required.split()), tuple(optional.split()), tuple(scopes.split()), needs
        )
        return handler

    return declare


# ---- finding things ----


def _channel(call: Call, name: str = "channel") -> Channel:
    channel = call.workspace.channels.get(call.text(name))
    hidden = channel is not None and channel.kind != "public" and call.workspace.bot.id not in channel.members
    if channel is None or hidden:
        raise SlackError("channel_not_found")
    return channel


def _user(call: Call, name: str = "user") -> User:
    user = call.workspace.users.get(call.text(name))
    if user is None:
        raise SlackError("user_not_found")
    return user


def _writable(call: Call) -> Channel:
    person = call.workspace.users.get(call.text("channel"))
    channel = call.workspace.direct(person) if person and not person.is_bot else _channel(call)
    if channel.archived:
        raise SlackError("is_archived")
    scopes = call.token.scopes if call.token else ()
    if call.workspace.bot.id not in channel.members and "chat:write.public" not in scopes:
        raise SlackError("not_in_channel")
    return channel


def _page(call: Call, found: list[Any], default: int = 100, most: int = 1000) -> tuple[list[Any], Json]:
    limit = min(call.number("limit", default) or default, most)
    cursor = call.text("cursor") or "0"
    if not cursor.isdigit():
        raise SlackError("invalid_cursor")
    start = int(cursor)
    following = str(start + limit) if start + limit < len(found) else ""
    return found[start : start + limit], {"next_cursor": following}


# ---- what a message may hold ----


def check_content(server: "Server", call: Call, where: str, *, update: bool = False) -> Json:
    """The text, blocks and attachments of a message that Slack takes; raises SlackError for one it refuses."""
    text, blocks = call.text("text"), call.parsed("blocks") or []
    attachments = call.parsed("attachments") or []
    if not text and not blocks and not attachments:
        raise SlackError("no_text")
    if len(text) > LIMITS["message"]["chat.update_text" if update else "text_hard"]:
        raise SlackError("msg_too_long")
    if len(attachments) > LIMITS["message"]["attachments"]:
        raise SlackError("too_many_attachments")
    nested = [block for attachment in attachments for block in attachment.get("blocks", [])]
    errors = check_message_blocks(blocks) + check_message_blocks(nested) + _files(server, blocks + nested)
    if errors:
        raise SlackError("invalid_blocks", *errors)
    if blocks_length(blocks) + blocks_length(nested) > BLOCKS_TOTAL:
        raise SlackError("msg_blocks_too_long")
    _warn(server, call, where, text, blocks + nested)
    return {"text": text, "blocks": with_ids(blocks), "attachments": attachments}


def _warn(server: "Server", call: Call, where: str, text: str, blocks: list[Json]) -> None:
    if blocks and not text.strip():
        server.violation(where, "blocks without a readable text beside them")
    if len(text) > LIMITS["message"]["text_advised"]:
        server.violation(where, f"text of {len(text)} characters, over the advised 4000")
    if call.flag("link_names") or call.text("parse") == "full":
        server.violation(where, "names in the text are made into references")
    _warn_text(server, where, "mrkdwn", text)
    for kind, one in slack_text.texts(blocks):
        _warn_text(server, where, kind, one)


def _warn_text(server: "Server", where: str, kind: str, text: str) -> None:
    if kind == "plain_text":
        faults = ["an entity in plain text"] if slack_text.holds_entity(text) else []
    elif kind == "mrkdwn":
        faults = slack_text.markup_faults(text) + slack_text.stranger_faults(text, server.strangers)
        faults += ["escaped twice"] if slack_text.escaped_twice(text) else []
        faults += ["notifies a whole channel"] if slack_text.broadcasts(text) else []
    else:
        faults = slack_text.stranger_faults(text, server.strangers)
    if faults and any(slack_text.holds_entity(one) for one in server.strangers if one in _unescaped(text)):
        faults = [fault for fault in faults if fault not in ("escaped twice", "an entity in plain text")]
    for fault in faults:
        server.violation(where, f"{fault} in {kind} {text[:120]!r}")


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") + text


def _files(server: "Server", blocks: list[Json]) -> list[str]:
    """Pictures must have been uploaded, and Slack must be done with them."""
    shown = [block["slack_file"].get("id") for block in blocks if "slack_file" in block]
    ready = {key for key, file in server.uploads.items() if file["_ready_at"] <= server.clock.now()}
    return [f"[ERROR] invalid slack file {one}" for one in shown if one not in ready]


def check_views(server: "Server", view: Any, kinds: tuple[str, ...], where: str) -> Json:
    """A view that Slack takes, with the ids it adds; raises SlackError for one it refuses."""
    errors = check_view(view, kinds) or _files(server, view["blocks"])
    if errors:
        raise SlackError("invalid_arguments", *errors)
    for kind, one in slack_text.texts(view):
        _warn_text(server, where, kind, one)
    return {**view, "blocks": with_ids(view["blocks"])}


# ---- chat ----

_MESSAGE = "text blocks attachments thread_ts as_user icon_emoji icon_url link_names mrkdwn parse username"
_UNFURL = "unfurl_links unfurl_media"


def _thread(call: Call, channel: Channel) -> str | None:
    ts = call.text("thread_ts")
    if ts and channel.find(ts) is None:
        raise SlackError("thread_not_found")
    return ts or None


@method("chat.postMessage", "SpecialTier_chat_postMessage", "channel",
        f"{_MESSAGE} {_UNFURL} reply_broadcast metadata client_msg_id markdown_text team_id", "chat:write")  # fmt: skip
def post_message(server: "Server", call: Call) -> Json:
    channel = _writable(call)
    content = check_content(server, call, "chat.postMessage")
    message = Message(
        channel, server.clock.ts(), call.workspace.bot.id, **content, metadata=_metadata(call), via="chat.postMessage",
        thread_ts=_thread(call, channel),
    )  # fmt: skip
    server.show(message)
    return {"channel": channel.id, "ts": message.ts, "message": message.as_json()}


def _metadata(call: Call) -> Json | None:
    metadata: Json | None = call.parsed("metadata")
    if metadata is not None and set(metadata) != {"event_type", "event_payload"}:
        raise SlackError("invalid_metadata_format")
    return metadata


@method("chat.postEphemeral", "Tier4", "channel user", f"{_MESSAGE} markdown_text", "chat:write")
def post_ephemeral(server: "Server", call: Call) -> Json:
    channel, user = _writable(call), _user(call)
    if user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    content = check_content(server, call, "chat.postEphemeral")
    message = Message(
        channel, server.clock.ts(), call.workspace.bot.id, **content, thread_ts=_thread(call, channel), seen_by=user.id,
        via="chat.postEphemeral",
    )  # fmt: skip
    server.show(message)
    return {"message_ts": message.ts}


def _own_message(call: Call, refusal: str) -> Message:
    message = _channel(call).find(call.text("ts"))
    if message is None:
        raise SlackError("message_not_found")
    if message.user != call.workspace.bot.id:
        raise SlackError(refusal)
    return message


@method("chat.update", "Tier3", "channel ts",
        "text blocks attachments as_user link_names parse metadata reply_broadcast file_ids markdown_text",
        "chat:write")  # fmt: skip
def update(server: "Server", call: Call) -> Json:
    message = _own_message(call, "cant_update_message")
    content = check_content(server, call, "chat.update", update=True)
    server.edit(message, content, _metadata(call))
    return {"channel": message.channel.id, "ts": message.ts, "text": message.text, "message": message.as_json()}


@method("chat.delete", "Tier3", "channel ts", "as_user", "chat:write")
def delete(server: "Server", call: Call) -> Json:
    message = _own_message(call, "cant_delete_message")
    server.remove(message)
    return {"channel": message.channel.id, "ts": message.ts}


@method("chat.scheduleMessage", "Tier3", "channel post_at",
        f"{_MESSAGE} {_UNFURL} reply_broadcast metadata markdown_text", "chat:write")  # fmt: skip
def schedule_message(server: "Server", call: Call) -> Json:
    channel, at = _writable(call), call.number("post_at", 0)
    content = check_content(server, call, "chat.scheduleMessage")
    if at <= server.clock.now():
        raise SlackError("time_in_past")
    if at > server.clock.now() + 120 * 86400:
        raise SlackError("time_too_far")
    if call.parsed("metadata"):
        server.violation("chat.scheduleMessage", "a scheduled message with metadata is never posted")
    entry = {"id": make_id("Q"), "channel_id": channel.id, "post_at": at, "date_created": int(server.clock.now()),
             "text": content["text"], "_content": content, "_lost": bool(call.parsed("metadata"))}  # fmt: skip
    call.workspace.scheduled.append(entry)
    return {
        "channel": channel.id,
        "scheduled_message_id": entry["id"],
        "post_at": at,
        "message": {"text": content["text"]},
    }


@method("chat.deleteScheduledMessage", "Tier3", "channel scheduled_message_id", "as_user", "chat:write")
def delete_scheduled_message(server: "Server", call: Call) -> Json:
    kept = [one for one in call.workspace.scheduled if one["id"] != call.text("scheduled_message_id")]
    if len(kept) == len(call.workspace.scheduled):
        raise SlackError("invalid_scheduled_message_id")
    call.workspace.scheduled = kept
    return {}


@method("chat.scheduledMessages.list", "Tier3", "", "channel latest oldest limit cursor team_id")
def scheduled_messages(server: "Server", call: Call) -> Json:
    wanted = call.text("channel")
    found = [
        {key: value for key, value in one.items() if not key.startswith("_")}
        for one in call.workspace.scheduled
        if wanted in ("", one["channel_id"])
    ]
    page, more = _page(call, found)
    return {"scheduled_messages": page, "response_metadata": more}


@method("chat.getPermalink", "SpecialTier_chat_getPermalink", "channel message_ts")
def get_permalink(server: "Server", call: Call) -> Json:
    channel = _channel(call)
    if channel.find(call.text("message_ts")) is None:
        raise SlackError("message_not_found")
    link = (
        f"https://{call.workspace.domain}.slack.com/archives/{channel.id}/p{call.text('message_ts').replace('.', '')}"
    )
    return {"channel": channel.id, "permalink": link}


# ---- views ----


def _trigger(server: "Server", call: Call) -> Any:
    trigger = server.triggers.get(call.text("trigger_id"))
    if trigger is None or trigger.user.workspace is not call.workspace:
        raise SlackError("invalid_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if server.clock.now() > trigger.expires_at:
        raise SlackError("expired_trigger_id")
    return trigger


def new_view(server: "Server", user: User, given: Json, previous: View | None = None) -> View:
    """Open a view for a person, on top of another or alone."""
    root = (previous.root or previous) if previous else None
    view = View(user.workspace, make_id("V"), user.id, given, server.new_hash(), root, previous)
    user.workspace.views[view.id] = view
    return view


def _unique_external_id(call: Call, given: Json, view: View | None = None) -> None:
    name = given.get("external_id")
    if name and any(
        one is not view and not one.closed and one.given.get("external_id") == name
        for one in call.workspace.views.values()
    ):
        raise SlackError("duplicate_external_id")


@method("views.open", "Tier4", "trigger_id view", "interactivity_pointer")
def views_open(server: "Server", call: Call) -> Json:
    trigger = _trigger(server, call)
    given = check_views(server, call.parsed("view"), ("modal",), "views.open")
    _unique_external_id(call, given)
    trigger.used = True
    view = new_view(server, trigger.user, given)
    server.opened(view, trigger.interaction)
    return {"view": view.as_json()}


@method("views.push", "Tier4", "trigger_id view", "interactivity_pointer")
def views_push(server: "Server", call: Call) -> Json:
    trigger = _trigger(server, call)
    given = check_views(server, call.parsed("view"), ("modal",), "views.push")
    _unique_external_id(call, given)
    if trigger.view is None:
        raise SlackError("not_found")
    check_depth(trigger.view)
    trigger.used = True
    view = new_view(server, trigger.user, given, trigger.view)
    server.opened(view, trigger.interaction)
    return {"view": view.as_json()}


def check_depth(view: View) -> None:
    """Refuse one view more on a stack that is full."""
    depth, below = 1, view.previous
    while below is not None:
        depth, below = depth + 1, below.previous
    if depth >= LIMITS["modal"]["stack_depth"]:
        raise SlackError("push_limit_reached")


def _known_view(call: Call) -> View:
    if not call.text("view_id") and not call.text("external_id"):
        raise SlackError("invalid_arguments", "[ERROR] one of view_id and external_id is required")
    for view in call.workspace.views.values():
        named = call.text("external_id") and view.given.get("external_id") == call.text("external_id")
        if not view.closed and (view.id == call.text("view_id") or named):
            return view
    raise SlackError("not_found")


@method("views.update", "Tier4", "view", "view_id external_id hash")
def views_update(server: "Server", call: Call) -> Json:
    view = _known_view(call)
    given = check_views(server, call.parsed("view"), ("modal",), "views.update")
    _unique_external_id(call, given, view)
    if call.text("hash") and call.text("hash") != view.hash:
        raise SlackError("hash_conflict")
    server.replace_view(view, given)
    return {"view": view.as_json()}


@method("views.publish", "Tier4", "user_id view", "hash")
def views_publish(server: "Server", call: Call) -> Json:
    user = _user(call, "user_id")
    if not server.declared.home:
        raise SlackError("not_enabled")
    given = check_views(server, call.parsed("view"), ("home",), "views.publish")
    view = call.workspace.homes.get(user.id)
    if view is not None and call.text("hash") and call.text("hash") != view.hash:
        raise SlackError("hash_conflict")
    if view is None:
        view = call.workspace.homes[user.id] = new_view(server, user, given)
        server.wake()
    else:
        server.replace_view(view, given)
    return {"view": view.as_json()}


# ---- people and channels ----


def user_json(user: User, locale: bool = False) -> Json:
    """A person as users.info and user_change carry them."""
    found: Json = {
        "id": user.id, "team_id": user.workspace.id, "name": user.name, "deleted": user.deleted, "real_name": user.name,
        "tz": user.tz, "tz_label": user.tz, "tz_offset": user.tz_offset, "is_admin": user.is_admin,
        "is_owner": user.is_owner, "is_primary_owner": False, "is_restricted": False, "is_ultra_restricted": False,
        "is_bot": user.is_bot, "is_app_user": False, "updated": 0,
        "profile": {"real_name": user.name, "display_name": user.name, "team": user.workspace.id},
    }  # fmt: skip
    return found | ({"locale": user.locale} if locale else {})


@method("users.info", "Tier4", "user", "include_locale", "users:read")
def users_info(server: "Server", call: Call) -> Json:
    return {"user": user_json(_user(call), call.flag("include_locale"))}


@method("users.list", "Tier2", "", "limit cursor include_locale team_id", "users:read")
def users_list(server: "Server", call: Call) -> Json:
    page, more = _page(call, list(call.workspace.users.values()))
    members = [user_json(user, call.flag("include_locale")) for user in page]
    return {"members": members, "cache_ts": int(server.clock.now()), "response_metadata": more}


@method("users.lookupByEmail", "Tier3", "email", "", "users:read.email")
def users_lookup(server: "Server", call: Call) -> Json:
    for user in call.workspace.users.values():
        if user.email and user.email == call.text("email"):
            return {"user": user_json(user)}
    raise SlackError("users_not_found")


def channel_json(channel: Channel) -> Json:
    """A conversation as the Web API carries it."""
    workspace = channel.workspace
    found: Json = {
        "id": channel.id, "created": 0, "is_archived": channel.archived, "is_im": channel.kind == "im",
        "context_team_id": workspace.id, "updated": 0, "is_org_shared": False,
    }  # fmt: skip
    if channel.kind == "im":
        return found | {"user": next((one for one in channel.members if one != workspace.bot.id), "")}
    return found | {
        "name": channel.name, "name_normalized": channel.name, "is_channel": True, "is_group": False, "is_mpim": False,
        "is_private": channel.kind == "private", "is_member": workspace.bot.id in channel.members, "is_general": False,
        "is_shared": False, "is_ext_shared": False,
    }  # fmt: skip


_READ = "channels:read groups:read im:read mpim:read"
_READ_SCOPE = {"public": "channels:read", "private": "groups:read", "im": "im:read"}
_HISTORY_SCOPE = {"public": "channels:history", "private": "groups:history", "im": "im:history"}


def _scoped(call: Call, channel: Channel, scopes: dict[str, str]) -> Channel:
    needed = scopes[channel.kind]
    if call.token and needed not in call.token.scopes:
        raise SlackError("missing_scope", needed=needed, provided=",".join(call.token.scopes))
    return channel


@method("conversations.info", "Tier3", "channel", "include_locale include_num_members", _READ)
def conversations_info(server: "Server", call: Call) -> Json:
    channel = _scoped(call, _channel(call), _READ_SCOPE)
    more = {"num_members": len(channel.members)} if call.flag("include_num_members") else {}
    return {"channel": channel_json(channel) | more}


def _listed(call: Call) -> list[Channel]:
    names = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}
    kinds = call.text("types", "public_channel").split(",")
    if not set(kinds) <= set(names):
        raise SlackError("invalid_types")
    wanted = {names[kind] for kind in kinds}
    mine = call.workspace.bot.id
    return [
        channel
        for channel in call.workspace.channels.values()
        if channel.kind in wanted
        and (channel.kind == "public" or mine in channel.members)
        and not (channel.archived and call.flag("exclude_archived"))
    ]


@method("conversations.list", "Tier2", "", "exclude_archived types limit cursor team_id", _READ)
def conversations_list(server: "Server", call: Call) -> Json:
    page, more = _page(call, _listed(call))
    return {"channels": [channel_json(channel) for channel in page], "response_metadata": more}


@method("users.conversations", "Tier2", "", "user exclude_archived types limit cursor team_id", _READ)
def users_conversations(server: "Server", call: Call) -> Json:
    member = call.text("user") or call.workspace.bot.id
    page, more = _page(call, [channel for channel in _listed(call) if member in channel.members])
    return {"channels": [channel_json(channel) for channel in page], "response_metadata": more}


@method("conversations.members", "Tier4", "channel", "limit cursor", _READ)
def conversations_members(server: "Server", call: Call) -> Json:
    page, more = _page(call, sorted(_scoped(call, _channel(call), _READ_SCOPE).members))
    return {"members": page, "response_metadata": more}


@method("conversations.open", "Tier3", "", "channel users return_im prevent_creation", "im:write mpim:write")
def conversations_open(server: "Server", call: Call) -> Json:
    if call.text("channel"):
        return {"channel": {"id": _channel(call).id}}
    users = call.text("users").split(",")
    if len(users) != 1:
        raise SlackError("method_not_supported_for_channel_type")
    person = call.workspace.users.get(users[0])
    if person is None:
        raise SlackError("user_not_found")
    if person.is_bot:
        raise SlackError("cannot_dm_bot")
    channel = call.workspace.direct(person)
    return {"channel": channel_json(channel) if call.flag("return_im") else {"id": channel.id}}


@method("conversations.join", "Tier3", "channel", "", "channels:join")
def conversations_join(server: "Server", call: Call) -> Json:
    channel = _channel(call)
    if channel.kind != "public":
        raise SlackError("method_not_supported_for_channel_type")
    channel.members.add(call.workspace.bot.id)
    return {"channel": channel_json(channel)}


def _read(server: "Server", call: Call) -> Channel:
    channel = _scoped(call, _channel(call), _HISTORY_SCOPE)
    if call.workspace.bot.id not in channel.members:
        raise SlackError("not_in_channel")
    wait = server.rate(f"{call.method} of distributed apps", call.workspace, 1) if server.non_marketplace_history else 0
    if wait:
        raise SlackError("ratelimited", retry_after=wait)
    return channel


def _messages(server: "Server", call: Call, found: list[Message]) -> Json:
    oldest, latest = float(call.text("oldest") or 0), float(call.text("latest") or "inf")
    edge = call.flag("inclusive")
    inside = [
        message
        for message in found
        if oldest < float(message.ts) < latest or (edge and float(message.ts) in (oldest, latest))
    ]
    page, more = _page(call, inside, most=15 if server.non_marketplace_history else 999)
    shown = [
        message.as_json() if call.flag("include_all_metadata") else {**message.as_json(), "metadata": None}
        for message in page
    ]
    kept = [{key: value for key, value in one.items() if value is not None} for one in shown]
    return {"messages": kept, "has_more": bool(more["next_cursor"]), "response_metadata": more}


_HISTORY = "latest oldest inclusive limit cursor include_all_metadata"
_HISTORY_SCOPES = "channels:history groups:history im:history mpim:history"


@method("conversations.history", "Tier3", "channel", _HISTORY, _HISTORY_SCOPES)
def conversations_history(server: "Server", call: Call) -> Json:
    found = [one for one in reversed(_read(server, call).messages) if not (one.deleted or one.seen_by)]
    return _messages(server, call, [one for one in found if one.thread_ts in (None, one.ts)])


@method("conversations.replies", "Tier3", "channel ts", _HISTORY, _HISTORY_SCOPES)
def conversations_replies(server: "Server", call: Call) -> Json:
    channel, ts = _read(server, call), call.text("ts")
    found = [one for one in channel.messages if not (one.deleted or one.seen_by) and ts in (one.ts, one.thread_ts)]
    if not found:
        raise SlackError("thread_not_found")
    return _messages(server, call, found)


# ---- small things on channels and messages ----


def _target(call: Call) -> Message:
    message = _channel(call).find(call.text("timestamp"))
    if message is None:
        raise SlackError("message_not_found")
    return message


@method("reactions.add", "Tier3", "channel name timestamp", "", "reactions:write")
def reactions_add(server: "Server", call: Call) -> Json:
    given = _target(call).reactions.setdefault(call.text("name"), set())
    if call.workspace.bot.id in given:
        raise SlackError("already_reacted")
    given.add(call.workspace.bot.id)
    return {}


@method("reactions.remove", "Tier2", "name", "channel timestamp file file_comment", "reactions:write")
def reactions_remove(server: "Server", call: Call) -> Json:
    given = _target(call).reactions.get(call.text("name"), set())
    if call.workspace.bot.id not in given:
        raise SlackError("no_reaction")
    given.remove(call.workspace.bot.id)
    return {}


@method("reactions.get", "Tier3", "", "channel timestamp full file file_comment", "reactions:read")
def reactions_get(server: "Server", call: Call) -> Json:
    return {"type": "message", "channel": call.text("channel"), "message": _target(call).as_json()}


@method("pins.add", "Tier2", "channel", "timestamp", "pins:write")
def pins_add(server: "Server", call: Call) -> Json:
    message = _target(call)
    if message.ts in message.channel.pins:
        raise SlackError("already_pinned")
    message.channel.pins.append(message.ts)
    return {}


@method("pins.remove", "Tier2", "channel", "timestamp", "pins:write")
def pins_remove(server: "Server", call: Call) -> Json:
    message = _target(call)
    if message.ts not in message.channel.pins:
        raise SlackError("no_pin")
    message.channel.pins.remove(message.ts)
    return {}


@method("pins.list", "Tier2", "channel", "", "pins:read")
def pins_list(server: "Server", call: Call) -> Json:
    channel = _channel(call)
    found = [channel.find(ts) for ts in channel.pins]
    return {"items": [{"type": "message", "channel": channel.id, "message": one.as_json()} for one in found if one]}


@method("bookmarks.add", "Tier2", "channel_id title type", "link emoji entity_id parent_id", "bookmarks:write")
def bookmarks_add(server: "Server", call: Call) -> Json:
    channel = _channel(call, "channel_id")
    bookmark = {
        "id": make_id("Bk"),
        "channel_id": channel.id,
        **{key: call.text(key) for key in ("title", "link", "type")},
    }
    channel.bookmarks.append(bookmark)
    return {"bookmark": bookmark}


@method("bookmarks.list", "Tier3", "channel_id", "", "bookmarks:read")
def bookmarks_list(server: "Server", call: Call) -> Json:
    return {"bookmarks": _channel(call, "channel_id").bookmarks}


@method("bookmarks.edit", "Tier2", "channel_id bookmark_id", "title link emoji", "bookmarks:write")
def bookmarks_edit(server: "Server", call: Call) -> Json:
    for bookmark in _channel(call, "channel_id").bookmarks:
        if bookmark["id"] == call.text("bookmark_id"):
            bookmark.update({key: call.text(key) for key in ("title", "link") if call.text(key)})
            return {"bookmark": bookmark}
    raise SlackError("not_found")


@method("bookmarks.remove", "Tier2", "channel_id bookmark_id", "quip_section_id", "bookmarks:write")
def bookmarks_remove(server: "Server", call: Call) -> Json:
    channel = _channel(call, "channel_id")
    channel.bookmarks = [one for one in channel.bookmarks if one["id"] != call.text("bookmark_id")]
    return {}


@method("team.info", "Tier3", "", "team domain", "team:read")
def team_info(server: "Server", call: Call) -> Json:
    return {"team": {"id": call.workspace.id, "name": call.workspace.name, "domain": call.workspace.domain}}


@method("bots.info", "Tier3", "", "bot team_id", "users:read")
def bots_info(server: "Server", call: Call) -> Json:
    bot = call.workspace.bot
    if call.text("bot") != call.workspace.bot_id:
        raise SlackError("bot_not_found")
    return {"bot": {"id": call.workspace.bot_id, "deleted": False, "name": bot.name, "app_id": call.workspace.app_id,
                    "user_id": bot.id}}  # fmt: skip


# ---- files ----


@method("files.getUploadURLExternal", "Tier4", "filename length", "alt_txt snippet_type", "files:write")
def get_upload_url(server: "Server", call: Call) -> Json:
    length = call.number("length", 0)
    if length <= 0:
        raise SlackError("invalid_arguments", "[ERROR] length must be positive")
    if call.text("filename").lower().endswith((".png", ".jpg", ".jpeg", ".gif")) and not call.text("alt_txt"):
        server.violation("files.getUploadURLExternal", "an image without alt text")
    file_id = make_id("F")
    name, alt = call.text("filename"), call.text("alt_txt")
    server.uploads[file_id] = {"id": file_id, "name": name, "size": length, "alt_txt": alt, "title": name,
                               "_data": None, "_ready_at": math.inf}  # fmt: skip
    return {"upload_url": f"{server.base}/upload/v1/{file_id}", "file_id": file_id}


@method(
    "files.completeUploadExternal",
    "Tier4",
    "files",
    "channel_id channels initial_comment thread_ts blocks",
    "files:write",
)
def complete_upload(server: "Server", call: Call) -> Json:
    found = []
    for given in call.parsed("files"):
        file = server.uploads.get(given.get("id"))
        if file is None or file["_data"] is None:
            raise SlackError("file_not_found")
        file["title"] = given.get("title", file["title"])
        file["_ready_at"] = server.clock.now() + server.processing
        found.append({key: value for key, value in file.items() if not key.startswith("_")})
    if call.text("channel_id"):
        channel = _channel(call, "channel_id")
        if call.workspace.bot.id not in channel.members:
            raise SlackError("not_in_channel")
        message = Message(channel, server.clock.ts(), call.workspace.bot.id, call.text("initial_comment"), files=found,
                          thread_ts=_thread(call, channel), via="files.completeUploadExternal")  # fmt: skip
        _warn_text(server, "files.completeUploadExternal", "mrkdwn", message.text)
        server.show(message)
    return {"files": found}


# ---- the app itself ----


@method("api.test", "Tier4", "", "error foo", needs="none")
def api_test(server: "Server", call: Call) -> Json:
    if call.text("error"):
        raise SlackError(call.text("error"))
    return {"args": call.params}


@method("auth.test", "SpecialTier_auth_test")
def auth_test(server: "Server", call: Call) -> Json:
    workspace = call.workspace
    token = call.token
    expiry = {"expires_in": int(token.expires_at - server.clock.now())} if token and token.expires_at else {}
    return {"url": f"https://{workspace.domain}.slack.com/", "team": workspace.name, "user": workspace.bot.name,
            "team_id": workspace.id, "user_id": workspace.bot.id, "bot_id": workspace.bot_id,
            "is_enterprise_install": False, **expiry}  # fmt: skip


@method("auth.revoke", "Tier3", "", "test")
def auth_revoke(server: "Server", call: Call) -> Json:
    if call.flag("test"):
        return {"revoked": False}
    if call.token:
        call.token.revoked = True
    return {"revoked": True}


@method("apps.uninstall", "Tier1", "client_id client_secret")
def apps_uninstall(server: "Server", call: Call) -> Json:
    if (call.text("client_id"), call.text("client_secret")) != (server.client_id, server.client_secret):
        raise SlackError("bad_client_secret")
    server.revoke(call.workspace)
    return {}


@method("apps.connections.open", "Tier1", scopes="connections:write", needs="app")
def connections_open(server: "Server", call: Call) -> Json:
    return {"url": server.socket.ticket()}


@method(
    "oauth.v2.access", "Tier4", "", "client_id client_secret code redirect_uri grant_type refresh_token", needs="none"
)
def oauth_access(server: "Server", call: Call) -> Json:
    return server.oauth.access(call)
