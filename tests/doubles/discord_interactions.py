"""Interactions on the Discord double: the three seconds, the single answer, the fifteen minutes of a token."""

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from doubles.discord_compose import SETTABLE, Draft, Upload, compose, notify, visibility
from doubles.discord_rules import DiscordError, choice_faults, invalid, modal_faults
from doubles.discord_world import (
    EPHEMERAL,
    LOADING,
    PERMISSIONS,
    Channel,
    Guild,
    Json,
    Message,
    Ping,
    User,
    snowflake,
)

if TYPE_CHECKING:
    from doubles.discord_server import Call, Server

COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
SAY, DEFER, DEFER_UPDATE, UPDATE, SUGGEST, FORM = 4, 5, 6, 7, 8, 9
POSSIBLE = {
    COMMAND: (SAY, DEFER, FORM),
    COMPONENT: (SAY, DEFER, DEFER_UPDATE, UPDATE, FORM),
    AUTOCOMPLETE: (SUGGEST,),
    SUBMIT: (SAY, DEFER, DEFER_UPDATE, UPDATE),
}
TOKEN_SECONDS = 900.0
FOLLOWUPS_WITHOUT_BOT = 5
TIMED_OUT = "The application did not respond"


@dataclass(eq=False)
class Interaction:
    """Something a person did, and everything that came of it."""

    kind: int
    user: User
    channel: Channel
    payload: Json = field(default_factory=dict)
    id: str = ""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(40))
    sent_at: float = 0.0
    answered_at: float = 0.0
    answer: int = 0
    source: Message | None = None
    original: Message | None = None
    replies: list[Message] = field(default_factory=list)
    edited: list[Message] = field(default_factory=list)
    removed: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] | None = None
    error: str = ""
    pings: list[Ping] = field(default_factory=list)
    shows: list[str] = field(default_factory=list)
    followups: int = 0
    option_kind: int = 3
    guild_installed: bool = True
    resolved_at: float = 0.0

    @property
    def guild(self) -> Guild | None:
        """The guild it happened in."""
        return self.channel.guild

    @property
    def response_ms(self) -> float:
        """Milliseconds to the first response; infinite without one."""
        return (self.answered_at - self.sent_at) * 1000 if self.answer else float("inf")

    @property
    def result_ms(self) -> float:
        """Milliseconds until there was something to read: the answer itself, or what replaced its placeholder."""
        return (self.resolved_at - self.sent_at) * 1000 if self.resolved_at else float("inf")

    @property
    def deferred(self) -> bool:
        """Whether the first response only said that more would come."""
        return self.answer in (DEFER, DEFER_UPDATE)

    @property
    def pending(self) -> bool:
        """Whether the person still sees that the bot is thinking."""
        return self.original is not None and self.original.loading and not self.original.deleted

    @property
    def answered(self) -> bool:
        """Whether something came of it that the person can see, and nothing more is promised."""
        if self.error:
            return True
        if self.answer == DEFER_UPDATE:
            return bool(self.resolved_at)
        return bool(self.answer) and not self.pending

    @property
    def message(self) -> Message:
        """The newest message that is still to be seen: an answer, or the changed message of a button."""
        return [one for one in (*self.edited, *self.replies) if not one.deleted and not one.loading][-1]

    @property
    def messages(self) -> list[Message]:
        """Everything the person sees as an answer, in order."""
        seen = dict.fromkeys((*self.replies, *self.edited))
        return [one for one in seen if not one.deleted and not one.loading]

    @property
    def text(self) -> str:
        """Everything to read in the answer."""
        return "\n".join(one.text for one in self.messages)

    @property
    def ephemeral(self) -> bool:
        """Whether the first message of the answer is for this person alone."""
        return self.replies[0].ephemeral


def create_interaction_response(server: "Server", call: "Call") -> Json | None:
    """The first response, on time and once."""
    found = server.interactions.get(call.params["interaction_id"])
    if found is None or found.token != call.params["interaction_token"]:
        raise DiscordError(404, 10062, "Unknown interaction")
    if server.clock.now() - found.sent_at > server.ack_seconds:
        raise DiscordError(404, 10062, "Unknown interaction")
    if found.answer:
        raise DiscordError(400, 40060, "Interaction has already been acknowledged.")
    kind = call.body.get("type")
    if kind not in POSSIBLE[found.kind] or (kind in (DEFER_UPDATE, UPDATE) and found.source is None):
        raise DiscordError(400, 50035, f"Invalid Form Body: a response of type {kind} cannot answer this")
    _ANSWERS[kind](server, call, found, call.body.get("data") or {})
    found.answer, found.answered_at = kind, server.clock.now()
    if not found.deferred:
        found.resolved_at = found.answered_at
    server.told(found)
    if call.query.get("with_response", "").lower() not in ("true", "1"):
        return None
    return _callback_json(found)


def _callback_json(found: Interaction) -> Json:
    message = found.original if found.answer in (SAY, DEFER) else found.source
    about: Json = {"id": found.id, "type": found.kind, "channel_id": found.channel.id}
    if found.guild:
        about["guild_id"] = found.guild.id
    given: Json = {"interaction": about}
    if message is not None and found.answer in (SAY, DEFER, DEFER_UPDATE, UPDATE):
        about |= {
            "response_message_id": message.id, "response_message_loading": message.loading,
            "response_message_ephemeral": message.ephemeral,
        }  # fmt: skip
        if found.answer != DEFER_UPDATE:
            given["resource"] = {"type": found.answer, "message": message.as_json()}
    return given


def _say(server: "Server", call: "Call", found: Interaction, data: Json) -> None:
    draft = compose(data, call.files, server.base)
    found.original = _post(server, found, draft, visibility(data.get("flags")), data.get("allowed_mentions"))


def _defer(server: "Server", call: "Call", found: Interaction, data: Json) -> None:
    flags = visibility(data.get("flags")) | LOADING
    found.original = _blank(server, found, flags)


def _nothing(server: "Server", call: "Call", found: Interaction, data: Json) -> None:
    pass


def _update(server: "Server", call: "Call", found: Interaction, data: Json) -> None:
    assert found.source is not None
    _edit(server, found, found.source, data, call.files)


def _suggest(server: "Server", call: "Call", found: Interaction, data: Json) -> None:
    choices = [one for one in data.get("choices") or [] if one is not None]
    invalid(choice_faults(choices, found.option_kind))
    found.choices = choices


def _form(server: "Server", call: "Call", found: Interaction, data: Json) -> None:
    invalid(modal_faults(data))
    found.modal = data


_ANSWERS: dict[int, Any] = {
    SAY: _say, DEFER: _defer, DEFER_UPDATE: _nothing, UPDATE: _update, SUGGEST: _suggest, FORM: _form,
}  # fmt: skip


def _blank(server: "Server", found: Interaction, flags: int) -> Message:
    if not _may_speak_publicly(found):
        flags |= EPHEMERAL
    message = Message(found.channel, snowflake(server.clock.now()), server.bot, server.clock.moment(), flags=flags)
    message.interaction = found
    message.only = found.user if flags & EPHEMERAL else None
    message.metadata = {
        "id": found.id, "type": found.kind, "user": found.user.as_json(),
        "authorizing_integration_owners": found.payload.get("authorizing_integration_owners", {}),
    }  # fmt: skip
    if found.source is not None:
        message.metadata["interacted_message_id"] = found.source.id
    found.channel.messages[message.id] = message
    found.replies.append(message)
    return message


def _may_speak_publicly(found: Interaction) -> bool:
    """An app that only the person installed speaks to others where the person may let it."""
    if found.guild is None or found.guild_installed:
        return True
    return found.channel.may(found.user, "use_external_apps")


def _post(server: "Server", found: Interaction, draft: Draft, flags: int, allowed: Json | None) -> Message:
    message = _blank(server, found, flags)
    draft.flags |= message.flags
    draft.put(message)
    _announce(server, found, message, allowed)
    server.judge(message, draft.notes)
    if not message.ephemeral:
        server.say_created(message)
    return message


def _announce(server: "Server", found: Interaction, message: Message, allowed: Json | None, loud: bool = True) -> None:
    may = bool(found.channel.permissions_of(server.bot) & PERMISSIONS["mention_everyone"]) or found.guild is None
    pings = notify(message, allowed, may_everyone=may or not found.guild_installed, loud=loud)
    found.pings += pings
    server.pings += pings


def _edit(server: "Server", found: Interaction, message: Message, body: Json, files: dict[int, Upload]) -> None:
    fresh = message.loading
    settable = SETTABLE
    draft = compose(body, files, server.base, old=message, settable=settable)
    draft.flags &= ~LOADING
    draft.put(message)
    message.versions += 1
    if not fresh:
        message.edited = server.clock.moment()
    _announce(server, found, message, body.get("allowed_mentions"), loud=fresh)
    server.judge(message, draft.notes)
    if message not in found.edited and not (fresh and message in found.replies):
        found.edited.append(message)
    found.resolved_at = server.clock.now()
    if not message.ephemeral:
        server.say_created(message) if fresh else server.say_changed(message)
    server.told(found)


# ---- the webhook of an interaction ----


def _of_token(server: "Server", call: "Call") -> Interaction:
    found = server.tokens.get(call.params["webhook_token"])
    if found is None or call.params["webhook_id"] != server.application_id:
        raise DiscordError(404, 10015, "Unknown Webhook")
    if server.clock.now() - found.sent_at > TOKEN_SECONDS:
        raise DiscordError(401, 50027, "Invalid Webhook Token")
    if not found.answer:
        raise DiscordError(404, 10015, "Unknown Webhook")
    return found


def execute_webhook(server: "Server", call: "Call") -> Json | None:
    """A follow-up; the first after a defer fills in the placeholder, whatever its own visibility says."""
    found = _of_token(server, call)
    if found.answer == FORM:
        raise DiscordError(404, 10015, "Unknown Webhook")
    if found.pending:
        assert found.original is not None
        _edit(server, found, found.original, call.body, call.files)
        return found.original.as_json()
    if not found.guild_installed and found.followups >= FOLLOWUPS_WITHOUT_BOT:
        text = "This interaction has reached the maximum number of follow up messages"
        raise DiscordError(400, 40094, text)
    draft = compose(call.body, call.files, server.base)
    flags = visibility(call.body.get("flags"))
    found.followups += 1
    message = _post(server, found, draft, flags, call.body.get("allowed_mentions"))
    found.resolved_at = server.clock.now()
    server.told(found)
    return message.as_json()


def _message_of(server: "Server", call: "Call") -> tuple[Interaction, Message]:
    found = _of_token(server, call)
    number = call.params.get("message_id", "@original")
    message: Message | None
    if number == "@original":
        message = found.source if found.answer in (DEFER_UPDATE, UPDATE) else found.original
    else:
        mine = [*found.replies, *([found.source] if found.source else [])]
        message = next((one for one in mine if one.id == number), None)
    if message is None or message.deleted:
        raise DiscordError(404, 10008, "Unknown Message")
    return found, message


def get_webhook_message(server: "Server", call: "Call") -> Json:
    """A message of the interaction."""
    return _message_of(server, call)[1].as_json()


def update_webhook_message(server: "Server", call: "Call") -> Json:
    """An edit by the interaction's token; ephemeral messages can be edited only so."""
    found, message = _message_of(server, call)
    _edit(server, found, message, call.body, call.files)
    return message.as_json()


def delete_webhook_message(server: "Server", call: "Call") -> None:
    """A message of the interaction goes away."""
    found, message = _message_of(server, call)
    message.deleted = True
    found.removed.append(message)
    found.resolved_at = server.clock.now()
    if not message.ephemeral:
        server.say_deleted(message)
    server.told(found)
