"""What the Discord double answers to requests about channels, messages, threads, guilds, events and commands."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from doubles.discord_commands import command_faults, registered
from doubles.discord_compose import compose, notify
from doubles.discord_interactions import (
    create_interaction_response,
    delete_webhook_message,
    execute_webhook,
    get_webhook_message,
    update_webhook_message,
)
from doubles.discord_rules import DiscordError, Fault, blank, invalid, too_long
from doubles.discord_world import (
    CATEGORY,
    DM,
    FORUM,
    HAS_THREAD,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    THREADS,
    Channel,
    Event,
    Guild,
    Json,
    Message,
    User,
    snowflake,
)

if TYPE_CHECKING:
    from doubles.discord_server import Call, Server

Handler = Callable[["Server", "Call"], Any]


# ---- finding ----


def channel_of(server: "Server", number: str, *needs: str) -> Channel:
    """A channel that the bot sees, where it has the permissions."""
    channel = server.channels.get(number)
    if channel is None:
        raise DiscordError(404, 10003, "Unknown Channel")
    if channel.guild is None:
        if server.bot not in channel.recipients:
            raise DiscordError(403, 50001, "Missing Access")
        return channel
    if not channel.guild.present or not channel.may(server.bot, "view_channel"):
        raise DiscordError(403, 50001, "Missing Access")
    for name in needs:
        if not channel.may(server.bot, name):
            raise DiscordError(403, 50013, "Missing Permissions")
    return channel


def message_of(server: "Server", call: "Call", *needs: str) -> Message:
    """A message that everybody in a channel sees."""
    channel = channel_of(server, call.params["channel_id"], *needs)
    message = channel.messages.get(call.params["message_id"])
    if message is None or message.deleted or message.only is not None:
        raise DiscordError(404, 10008, "Unknown Message")
    return message


def guild_of(server: "Server", call: "Call") -> Guild:
    """A guild that the bot is in."""
    guild = server.guilds.get(call.params["guild_id"])
    if guild is None:
        raise DiscordError(404, 10004, "Unknown Guild")
    if not guild.present:
        raise DiscordError(403, 50001, "Missing Access")
    return guild


def user_of(server: "Server", number: str) -> User:
    """A person by id."""
    if number not in server.users:
        raise DiscordError(404, 10013, "Unknown User")
    return server.users[number]


# ---- the bot itself ----


def get_my_user(server: "Server", call: "Call") -> Json:
    return server.bot.as_json() | {"mfa_enabled": True, "locale": "en-US", "verified": True, "email": None,
                                   "premium_type": 0, "banner": None, "accent_color": None}  # fmt: skip


def get_my_application(server: "Server", call: "Call") -> Json:
    user = server.bot.as_json()
    return {
        "id": server.application_id, "name": server.bot.name, "icon": None, "description": "", "type": None,
        "bot": user, "summary": "", "bot_public": True, "bot_require_code_grant": False, "verify_key": "0" * 64,
        "flags": server.application_flags, "hook": True, "storefront_available": False, "redirect_uris": [],
        "interactions_endpoint_url": None, "role_connections_verification_url": None, "owner": user, "team": None,
        "approximate_guild_count": len(server.guilds), "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "flags_new": str(server.application_flags), "eligible_oauth2_scopes": [], "max_participants": None,
        "tags": [], "rpc_origins": [], "event_webhooks_status": 1, "explicit_content_filter": 0,
        "integration_types_config": {str(one): {} for one in server.integration_types},
    }  # fmt: skip


def get_bot_gateway(server: "Server", call: "Call") -> Json:
    limit = {"total": 1000, "remaining": max(1000 - server.gateway.identified, 0), "reset_after": 86_400_000,
             "max_concurrency": server.gateway.concurrency}  # fmt: skip
    return {"url": server.gateway_url, "shards": server.shards, "session_start_limit": limit}


def get_gateway(server: "Server", call: "Call") -> Json:
    return {"url": server.gateway_url}


def list_my_guilds(server: "Server", call: "Call") -> list[Json]:
    after, most = int(call.query.get("after", 0)), int(call.query.get("limit", 200))
    mine = [one for one in server.guilds.values() if one.present and int(one.id) > after][:most]
    return [
        {"id": one.id, "name": one.name, "icon": None, "banner": None, "owner": False, "features": [],
         "permissions": str(one.permissions_of(server.bot))}
        for one in mine
    ]  # fmt: skip


def leave_guild(server: "Server", call: "Call") -> None:
    server.remove_bot(guild_of(server, call))


def create_dm(server: "Server", call: "Call") -> Json:
    return server.direct(user_of(server, str(call.body["recipient_id"]))).as_json()


def get_user(server: "Server", call: "Call") -> Json:
    return user_of(server, call.params["user_id"]).as_json()


# ---- commands ----


def list_commands(server: "Server", call: "Call") -> list[Json]:
    """The registered commands, with translations only where they were asked for."""
    found = server.commands.get(call.params.get("guild_id"), [])
    full = call.query.get("with_localizations", "").lower() in ("true", "1")
    return found if full else [_untranslated(one) for one in found]


def _untranslated(thing: Any) -> Any:
    if isinstance(thing, list):
        return [_untranslated(one) for one in thing]
    if isinstance(thing, dict):
        return {key: _untranslated(value) for key, value in thing.items() if not key.endswith("_localizations")}
    return thing


def bulk_set_application_commands(server: "Server", call: "Call") -> list[Json]:
    """Replace all commands, or none where one is bad."""
    given: list[Json] = call.body or []
    _set_commands(server, call.params.get("guild_id"), given)
    return server.commands[call.params.get("guild_id")]


def _set_commands(server: "Server", scope: str | None, given: list[Json]) -> None:
    invalid(command_faults(given))
    old = {(one["type"], one["name"]): one for one in server.commands.get(scope, [])}
    created = sum(((one.get("type") or 1), one["name"]) not in old for one in given)
    if server.created_commands + created > 200:
        raise DiscordError(400, 30034, "Max number of daily application command creates has been reached (200)")
    server.created_commands += created
    server.syncs += 1
    server.commands[scope] = [
        registered(one, server.application_id, scope, old.get(((one.get("type") or 1), one["name"]))) for one in given
    ]


def create_application_command(server: "Server", call: "Call") -> Json:
    """Add or replace one command."""
    scope = call.params.get("guild_id")
    key = (call.body.get("type") or 1, call.body["name"])
    others = [one for one in server.commands.get(scope, []) if (one["type"], one["name"]) != key]
    _set_commands(server, scope, [*others, call.body])
    return server.commands[scope][-1]


def _command_of(server: "Server", call: "Call") -> Json:
    for one in server.commands.get(call.params.get("guild_id"), []):
        if one["id"] == call.params["command_id"]:
            return one
    raise DiscordError(404, 10063, "Unknown application command")


def get_application_command(server: "Server", call: "Call") -> Json:
    return _command_of(server, call)


def delete_application_command(server: "Server", call: "Call") -> None:
    server.commands[call.params.get("guild_id")].remove(_command_of(server, call))


# ---- messages ----


def create_message(server: "Server", call: "Call") -> Json:
    """Post to a channel, once per nonce where that is enforced."""
    channel = channel_of(server, call.params["channel_id"])
    body = call.body
    if channel.kind in (CATEGORY, FORUM):
        raise DiscordError(400, 50008, "Cannot send messages in a non-text channel")
    _may_post(server, channel, call)
    reference = _reference(server, channel, body.get("message_reference"))
    if body.get("enforce_nonce") and (same := _same_nonce(server, channel, body.get("nonce"))):
        return same.as_json()
    return post(server, channel, call, reference).as_json()


def _may_post(server: "Server", channel: Channel, call: "Call") -> None:
    if channel.guild is None:
        if any(not one.accepts_dms for one in channel.recipients):
            raise DiscordError(403, 50007, "Cannot send messages to this user")
        return
    needs = ["send_messages_in_threads" if channel.kind in THREADS else "send_messages"]
    needs += ["embed_links"] if call.body.get("embeds") else []
    needs += ["attach_files"] if call.files else []
    needs += ["send_polls"] if call.body.get("poll") else []
    channel_of(server, channel.id, *needs)
    if channel.locked:
        raise DiscordError(400, 50083, "Thread is archived")
    channel.archived = False


def _reference(server: "Server", channel: Channel, given: Json | None) -> Message | None:
    if given is None:
        return None
    if not channel.may(server.bot, "read_message_history"):
        raise DiscordError(403, 160002, "Cannot reply without permission to read message history")
    message = channel.messages.get(str(given.get("message_id")))
    if (message is None or message.deleted) and given.get("fail_if_not_exists", True):
        text = "Unknown message"
        invalid([Fault(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", text)])
    return message


def _same_nonce(server: "Server", channel: Channel, nonce: object) -> Message | None:
    now = server.clock.now()
    for one in reversed(channel.messages.values()):
        if nonce is not None and str(one.nonce) == str(nonce) and one.author is server.bot:
            return one if now - one.created.timestamp() < server.nonce_seconds else None
    return None


def post(server: "Server", channel: Channel, call: "Call", reference: Message | None = None) -> Message:
    """Put what a request says into a channel."""
    draft = compose(call.body, call.files, server.base)
    message = Message(channel, snowflake(server.clock.now()), server.bot, server.clock.moment(), reference=reference)
    draft.put(message)
    message.nonce, message.poll = call.body.get("nonce"), call.body.get("poll")
    may = channel.may(server.bot, "mention_everyone")
    server.pings += notify(message, call.body.get("allowed_mentions"), may_everyone=may)
    channel.messages[message.id] = message
    server.judge(message, draft.notes)
    server.say_created(message)
    return message


def get_message(server: "Server", call: "Call") -> Json:
    return message_of(server, call, "read_message_history").as_json()


def list_messages(server: "Server", call: "Call") -> list[Json]:
    channel = channel_of(server, call.params["channel_id"], "read_message_history")
    shown = channel.shown
    before, after = int(call.query.get("before", 2**63)), int(call.query.get("after", 0))
    shown = [one for one in shown if after < int(one.id) < before]
    most = int(call.query.get("limit", 50))
    return [one.as_json() for one in reversed(shown[:most] if "after" in call.query else shown[-most:])]


def update_message(server: "Server", call: "Call") -> Json:
    """Edit a message of one's own; an edit notifies nobody."""
    message = message_of(server, call)
    if message.author is not server.bot:
        raise DiscordError(403, 50005, "Cannot edit a message authored by another user")
    draft = compose(call.body, call.files, server.base, old=message)
    draft.put(message)
    message.edited, message.versions = server.clock.moment(), message.versions + 1
    notify(message, call.body.get("allowed_mentions"), may_everyone=False, loud=False)
    server.judge(message, draft.notes)
    server.say_changed(message)
    return message.as_json()


def delete_message(server: "Server", call: "Call") -> None:
    message = message_of(server, call)
    if message.author is not server.bot and not message.channel.may(server.bot, "manage_messages"):
        raise DiscordError(403, 50013, "Missing Permissions")
    message.deleted = True
    server.say_deleted(message)


def trigger_typing(server: "Server", call: "Call") -> None:
    channel_of(server, call.params["channel_id"], "send_messages")


def add_reaction(server: "Server", call: "Call") -> None:
    message = message_of(server, call, "add_reactions", "read_message_history")
    message.reactions.append(call.params["emoji_name"])


def remove_reaction(server: "Server", call: "Call") -> None:
    message = message_of(server, call)
    if call.params["emoji_name"] in message.reactions:
        message.reactions.remove(call.params["emoji_name"])


def pin_message(server: "Server", call: "Call") -> None:
    message_of(server, call, "pin_messages").pinned = True


def unpin_message(server: "Server", call: "Call") -> None:
    message_of(server, call, "pin_messages").pinned = False


# ---- channels and threads ----


def get_channel(server: "Server", call: "Call") -> Json:
    return channel_of(server, call.params["channel_id"]).as_json()


def update_channel(server: "Server", call: "Call") -> Json:
    """Rename, archive or lock."""
    channel = channel_of(server, call.params["channel_id"])
    thread = channel.kind in THREADS
    own = thread and channel.owner_id == server.bot.id
    if not own and not channel.may(server.bot, "manage_threads" if thread else "manage_channels"):
        raise DiscordError(403, 50013, "Missing Permissions")
    invalid(too_long(("name",), call.body.get("name"), 100))
    for key in ("name", "topic", "archived", "locked"):
        if call.body.get(key) is not None:
            setattr(channel, key, call.body[key])
    channel.archive_after = call.body.get("auto_archive_duration") or channel.archive_after
    server.say_channel(channel, "THREAD_UPDATE" if thread else "CHANNEL_UPDATE")
    return channel.as_json()


def create_thread_from_message(server: "Server", call: "Call") -> Json:
    """Open the one thread that a message may have; its id is the message's."""
    message = message_of(server, call, "create_public_threads", "read_message_history")
    if message.thread is not None:
        raise DiscordError(400, 160004, "A thread has already been created for this message")
    if message.channel.guild is None or message.channel.kind in THREADS:
        raise DiscordError(400, 50024, "Cannot execute action on this channel type")
    thread = _thread(server, message.channel, call.body, PUBLIC_THREAD, message.id)
    message.thread, message.flags = thread, message.flags | HAS_THREAD
    return thread.as_json()


def create_thread(server: "Server", call: "Call") -> Json:
    """Open a thread in a channel, or a post in a forum."""
    channel = channel_of(server, call.params["channel_id"])
    if channel.kind == FORUM:
        channel_of(server, channel.id, "send_messages")
        thread = _thread(server, channel, call.body, PUBLIC_THREAD, None)
        inner = call.within(call.body.get("message") or {})
        message = post(server, thread, inner)
        return thread.as_json() | {"message": message.as_json()}
    if channel.guild is None or channel.kind in (*THREADS, CATEGORY):
        raise DiscordError(400, 50024, "Cannot execute action on this channel type")
    kind = call.body.get("type") or PRIVATE_THREAD
    channel_of(server, channel.id, "create_private_threads" if kind == PRIVATE_THREAD else "create_public_threads")
    return _thread(server, channel, call.body, kind, None).as_json()


def _thread(server: "Server", parent: Channel, body: Json, kind: int, number: str | None) -> Channel:
    invalid([*blank(("name",), body.get("name")), *too_long(("name",), body.get("name"), 100)])
    assert parent.guild is not None
    thread = Channel(number or snowflake(server.clock.now()), kind, body["name"], parent.guild, parent)
    thread.owner_id, thread.archive_after = server.bot.id, body.get("auto_archive_duration") or 4320
    parent.guild.channels[thread.id] = thread
    server.channels[thread.id] = thread
    server.say_channel(thread, "THREAD_CREATE")
    return thread


def join_thread(server: "Server", call: "Call") -> None:
    channel_of(server, call.params["channel_id"])


# ---- guilds ----


def get_guild(server: "Server", call: "Call") -> Json:
    guild = guild_of(server, call)
    counts = {"approximate_member_count": len(guild.members), "approximate_presence_count": 1}
    return guild.as_json() | (counts if call.query.get("with_counts") in ("true", "1") else {})


def list_guild_channels(server: "Server", call: "Call") -> list[Json]:
    guild = guild_of(server, call)
    return [one.as_json() for one in guild.channels.values() if one.kind not in THREADS]


def list_guild_roles(server: "Server", call: "Call") -> list[Json]:
    return [one.as_json() for one in guild_of(server, call).roles.values()]


def get_active_threads(server: "Server", call: "Call") -> Json:
    guild = guild_of(server, call)
    threads = [one.as_json() for one in guild.channels.values() if one.kind in THREADS and not one.archived]
    return {"threads": threads, "members": []}


def get_guild_member(server: "Server", call: "Call") -> Json:
    guild = guild_of(server, call)
    if call.params["user_id"] not in guild.members:
        raise DiscordError(404, 10007, "Unknown Member")
    return guild.members[call.params["user_id"]].as_json()


def list_guild_members(server: "Server", call: "Call") -> list[Json]:
    guild = guild_of(server, call)
    if not server.allowed_intents & 1 << 1:
        raise DiscordError(403, 50001, "Missing Access")
    return [one.as_json() for one in guild.members.values()]


# ---- scheduled events ----


def list_events(server: "Server", call: "Call") -> list[Json]:
    return [one.as_json() for one in guild_of(server, call).events.values()]


def create_event(server: "Server", call: "Call") -> Json:
    """Announce a meeting."""
    guild = guild_of(server, call)
    _may_hold_events(server, guild)
    if sum(one.status in (1, 2) for one in guild.events.values()) >= 100:
        raise DiscordError(400, 30038, "Maximum number of uncompleted guild scheduled events reached (100)")
    invalid(_event_faults(server, call.body))
    event = Event(snowflake(server.clock.now()), guild, server.bot, dict(call.body))
    guild.events[event.id] = event
    server.say_event(event, "CREATE")
    return event.as_json()


def _may_hold_events(server: "Server", guild: Guild, event: Event | None = None) -> None:
    may = guild.permissions_of(server.bot)
    own = event is None or event.creator is server.bot
    if not (may >> 33 & 1 or (own and may >> 44 & 1)):
        raise DiscordError(403, 50013, "Missing Permissions")


def _event_faults(server: "Server", given: Json, *, running: bool = False) -> list[Fault]:
    faults = [*blank(("name",), given.get("name")), *too_long(("name",), given.get("name"), 100)]
    faults += too_long(("description",), given.get("description"), 1000)
    place = (given.get("entity_metadata") or {}).get("location")
    starts = _moment(given.get("scheduled_start_time"))
    ends = _moment(given.get("scheduled_end_time"))
    if starts is None or (starts.timestamp() <= server.clock.now() and not running):
        text = "Cannot schedule event in the past."
        faults.append(Fault(("scheduled_start_time",), "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST", text))
    if ends is not None and starts is not None and ends <= starts:
        text = "Cannot schedule event to end before its start."
        faults.append(Fault(("scheduled_end_time",), "GUILD_SCHEDULED_EVENT_SCHEDULE_END_BEFORE_START", text))
    if given.get("entity_type") == 3:
        faults += [*blank(("entity_metadata", "location"), place)]
        faults += too_long(("entity_metadata", "location"), place, 100)
        if ends is None:
            faults.append(Fault(("scheduled_end_time",), "BASE_TYPE_REQUIRED", "This field is required"))
    elif not given.get("channel_id"):
        faults.append(Fault(("channel_id",), "BASE_TYPE_REQUIRED", "This field is required"))
    return faults


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _event_of(server: "Server", call: "Call") -> Event:
    event = guild_of(server, call).events.get(call.params["guild_scheduled_event_id"])
    if event is None:
        raise DiscordError(404, 10070, "Unknown Guild Scheduled Event")
    return event


def get_event(server: "Server", call: "Call") -> Json:
    return _event_of(server, call).as_json()


def update_event(server: "Server", call: "Call") -> Json:
    """Change a meeting, or its status along scheduled, active, completed or cancelled."""
    event = _event_of(server, call)
    _may_hold_events(server, event.guild, event)
    status = call.body.get("status")
    if status not in (None, event.status, *{1: (2, 4), 2: (3,)}.get(event.status, ())):
        raise DiscordError(400, 180000, "Cannot update a finished event")
    given = event.given | {key: value for key, value in call.body.items() if key != "status"}
    touched = "scheduled_start_time" in call.body
    invalid(_event_faults(server, given, running=not touched))
    event.given, event.status = given, status or event.status
    server.say_event(event, "UPDATE")
    return event.as_json()


def delete_event(server: "Server", call: "Call") -> None:
    event = _event_of(server, call)
    _may_hold_events(server, event.guild, event)
    del event.guild.events[event.id]
    server.say_event(event, "DELETE")


def direct_channel(bot: User, user: User) -> Channel:
    """A new conversation between the bot and a person."""
    return Channel(snowflake(), DM, recipients=[user, bot])


_APP = "/applications/{application_id}"
_GUILD_APP = _APP + "/guilds/{guild_id}"
_HOOK = "/webhooks/{webhook_id}/{webhook_token}"
_MESSAGE = "/channels/{channel_id}/messages/{message_id}"
_EVENT = "/guilds/{guild_id}/scheduled-events"
ROUTES: tuple[tuple[str, str, str, Handler], ...] = (
    ("POST", "/interactions/{interaction_id}/{interaction_token}/callback", "create_interaction_response",
     create_interaction_response),
    ("PATCH", _HOOK + "/messages/@original", "update_original_webhook_message", update_webhook_message),
    ("GET", _HOOK + "/messages/@original", "get_original_webhook_message", get_webhook_message),
    ("DELETE", _HOOK + "/messages/@original", "delete_original_webhook_message", delete_webhook_message),
    ("POST", _HOOK, "execute_webhook", execute_webhook),
    ("PATCH", _HOOK + "/messages/{message_id}", "update_webhook_message", update_webhook_message),
    ("GET", _HOOK + "/messages/{message_id}", "get_webhook_message", get_webhook_message),
    ("DELETE", _HOOK + "/messages/{message_id}", "delete_webhook_message", delete_webhook_message),
    ("POST", "/channels/{channel_id}/messages", "create_message", create_message),
    ("GET", "/channels/{channel_id}/messages", "list_messages", list_messages),
    ("PATCH", _MESSAGE, "update_message", update_message),
    ("GET", _MESSAGE, "get_message", get_message),
    ("DELETE", _MESSAGE, "delete_message", delete_message),
    ("POST", _MESSAGE + "/threads", "create_thread_from_message", create_thread_from_message),
    ("PUT", _MESSAGE + "/reactions/{emoji_name}/@me", "add_my_message_reaction", add_reaction),
    ("DELETE", _MESSAGE + "/reactions/{emoji_name}/@me", "delete_my_message_reaction", remove_reaction),
    ("POST", "/channels/{channel_id}/typing", "trigger_typing_indicator", trigger_typing),
    ("PUT", "/channels/{channel_id}/messages/pins/{message_id}", "create_pin", pin_message),
    ("DELETE", "/channels/{channel_id}/messages/pins/{message_id}", "delete_pin", unpin_message),
    ("POST", "/channels/{channel_id}/threads", "create_thread", create_thread),
    ("PUT", "/channels/{channel_id}/thread-members/@me", "join_thread", join_thread),
    ("GET", "/channels/{channel_id}", "get_channel", get_channel),
    ("PATCH", "/channels/{channel_id}", "update_channel", update_channel),
    ("GET", "/users/@me", "get_my_user", get_my_user),
    ("GET", "/users/@me/guilds", "list_my_guilds", list_my_guilds),
    ("DELETE", "/users/@me/guilds/{guild_id}", "leave_guild", leave_guild),
    ("POST", "/users/@me/channels", "create_dm", create_dm),
    ("GET", "/users/{user_id}", "get_user", get_user),
    ("GET", "/applications/@me", "get_my_application", get_my_application),
    ("GET", "/oauth2/applications/@me", "get_my_oauth2_application", get_my_application),
    ("GET", "/gateway/bot", "get_bot_gateway", get_bot_gateway),
    ("GET", "/gateway", "get_gateway", get_gateway),
    ("GET", _APP + "/commands", "list_application_commands", list_commands),
    ("PUT", _APP + "/commands", "bulk_set_application_commands", bulk_set_application_commands),
    ("POST", _APP + "/commands", "create_application_command", create_application_command),
    ("GET", _APP + "/commands/{command_id}", "get_application_command", get_application_command),
    ("DELETE", _APP + "/commands/{command_id}", "delete_application_command", delete_application_command),
    ("GET", _GUILD_APP + "/commands", "list_guild_application_commands", list_commands),
    ("PUT", _GUILD_APP + "/commands", "bulk_set_guild_application_commands", bulk_set_application_commands),
    ("POST", _GUILD_APP + "/commands", "create_guild_application_command", create_application_command),
    ("DELETE", _GUILD_APP + "/commands/{command_id}", "delete_guild_application_command",
     delete_application_command),
    ("GET", "/guilds/{guild_id}", "get_guild", get_guild),
    ("GET", "/guilds/{guild_id}/channels", "list_guild_channels", list_guild_channels),
    ("GET", "/guilds/{guild_id}/roles", "list_guild_roles", list_guild_roles),
    ("GET", "/guilds/{guild_id}/threads/active", "get_active_guild_threads", get_active_threads),
    ("GET", "/guilds/{guild_id}/members", "list_guild_members", list_guild_members),
    ("GET", "/guilds/{guild_id}/members/{user_id}", "get_guild_member", get_guild_member),
    ("GET", _EVENT, "list_guild_scheduled_events", list_events),
    ("POST", _EVENT, "create_guild_scheduled_event", create_event),
    ("GET", _EVENT + "/{guild_scheduled_event_id}", "get_guild_scheduled_event", get_event),
    ("PATCH", _EVENT + "/{guild_scheduled_event_id}", "update_guild_scheduled_event", update_event),
    ("DELETE", _EVENT + "/{guild_scheduled_event_id}", "delete_guild_scheduled_event", delete_event),
)  # fmt: skip
