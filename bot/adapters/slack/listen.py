"""Bolt's listeners: each takes a payload apart, starts the work and acknowledges; nothing slow happens here."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Coroutine
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.adapters.slack.desk import BUSY, Desk, Said
from bot.adapters.slack.manifest import NOTE, SHORTCUTS
from bot.adapters.slack.render import Json
from bot.adapters.slack.text import after_mention, links
from bot.adapters.slack.views import Origin, filled
from bot.adapters.slack.work import TooLate
from bot.app import as_line
from bot.language import Translator

ANY = re.compile("")
_HUMAN = {None, "", "file_share", "thread_broadcast"}


class Listeners:
    """Connects Bolt with the desk. Every work begins here, so every failure ends here too."""

    def __init__(self, bolt: AsyncApp, desk: Desk) -> None:
        self._desk = desk
        bolt.command(ANY)(self.command)
        bolt.action(ANY)(self.action)
        bolt.options(ANY)(self.options)
        bolt.view_submission(ANY)(self.submission)
        bolt.view_closed(ANY)(self.closed)
        bolt.shortcut(ANY)(self.shortcut)
        bolt.event("app_mention")(self.mention)
        bolt.event("message")(self.message)
        bolt.event("app_home_opened")(self.home)
        bolt.event("user_change")(self.changed)
        bolt.event("app_uninstalled")(self.removed)
        bolt.event("tokens_revoked")(self.removed)
        bolt.event(ANY)(self.other)

    def _start(self, job: Coroutine[Any, Any, None], origin: Origin) -> None:
        desk = self._desk
        desk.metrics.load.labels("slack").set(desk.work.load)
        desk.work.start(job, lambda reference: desk.sorry(origin, reference))

    def _take(self, job: Callable[[], Coroutine[Any, Any, None]], origin: Origin) -> None:
        """Start the work, or say at once that it would come too late."""
        self._start(self._desk.refuse(origin) if self._desk.work.overloaded else job(), origin)

    async def command(self, ack: AsyncAck, body: Json, context: Json) -> None:
        """A slash command."""
        since = time.monotonic()
        team = _team(context)
        channel, user = str(body.get("channel_id") or ""), str(body.get("user_id") or "")
        if self._desk.work.overloaded:
            self._desk.metrics.commands.labels("slack", "shed").inc()
            t = Translator(self._desk.people.known_language(team, user)).t
            await ack(text=t(BUSY), response_type="ephemeral")
            return
        origin = Origin(team, user, channel, response_url=str(body.get("response_url") or ""))
        key = _key(team, "command", body.get("trigger_id"), body)
        said = Said(str(body.get("text") or ""), origin, key, str(body.get("trigger_id") or ""), since=since)
        self._start(self._desk.hear(said), origin)
        await ack()

    async def mention(self, body: Json, context: Json) -> None:
        """The bot was named in a channel or thread."""
        event = body["event"]
        if event.get("bot_id") or not event.get("user"):
            return
        self._heard(body, context, direct=False)

    async def message(self, body: Json, context: Json) -> None:
        """A direct message; other messages are none of our business."""
        event = body["event"]
        spoken = event.get("subtype") in _HUMAN and not event.get("bot_id") and event.get("user")
        if spoken and event.get("channel_type") == "im" and not event.get("edited"):
            self._heard(body, context, direct=True)

    def _heard(self, body: Json, context: Json, direct: bool) -> None:
        event = body["event"]
        team = _team(context)
        text = after_mention(str(event.get("text") or ""), str(context.get("bot_user_id") or ""))
        origin = Origin(team, event["user"], event["channel"], thread=str(event.get("thread_ts") or ""), direct=direct)
        said = Said(text, origin, _key(team, "event", body.get("event_id"), body), since=time.monotonic())
        self._take(lambda: self._desk.hear(said), origin)

    async def action(self, ack: AsyncAck, body: Json, context: Json) -> None:
        """A button or a menu, on a message, in a window or on the Home tab."""
        action = (body.get("actions") or [{}])[0]
        said = self._pressed(body, action, _team(context))
        if said is not None:
            home = (body.get("view") or {}).get("type") == "home"
            desk = self._desk
            self._take(lambda: desk.run_at_home(said) if home else desk.run(said), said.origin)
        await ack()

    def _pressed(self, body: Json, action: Json, team: str) -> Said | None:
        name, value = str(action.get("action_id") or ""), _value(action)
        if not value:
            return None
        origin = _pressed_at(body, team)
        line, page = value, 0
        if name.startswith("turn:"):
            number, _, line = value.partition("\n")
            page = int(number) if number.isdigit() else 0
        elif name.startswith("find:"):
            line = self._found(name, value)
        level = name.split(":", maxsplit=1)[0]
        key = _key(team, "action", body.get("trigger_id"), body)
        if level == "share":  # pressed twice, it is still said once
            key = _key(
                team,
                "share",
                f"{origin.channel}:{origin.message}:{hashlib.sha256(line.encode()).hexdigest()[:16]}",
                body,
            )
        return Said(
            line,
            origin,
            key,
            str(body.get("trigger_id") or ""),
            page,
            on=_origin(name) if level in {"say", "go"} else "",
            level=level,
            since=time.monotonic(),
        )

    def _found(self, name: str, value: str) -> str:
        _, command, parameter = name.split(":", maxsplit=2)
        found = self._desk.app.commands.get(command)
        return as_line(found, {parameter: value}) if found else value

    async def options(self, ack: AsyncAck, body: Json, context: Json) -> None:
        """Suggestions for what is typed into a menu."""
        _, _, named = str(body.get("action_id") or "").partition(":")
        command, _, parameter = named.partition(":")
        user = str((body.get("user") or {}).get("id") or "")
        try:
            found = await self._desk.suggest(command, parameter, str(body.get("value") or ""), _team(context), user)
        except TooLate:
            found = []
        await ack(options=found)

    async def submission(self, ack: AsyncAck, body: Json, context: Json) -> None:
        """A form that was filled in."""
        since = time.monotonic()
        view = body["view"]
        team, user = _team(context), str(body["user"]["id"])
        back = filled(view, team, user) if view.get("callback_id") == "form" else None
        if back is not None:
            key = _key(team, "view", view.get("id"), body)
            root = str(view.get("root_view_id") or "")
            parent = root if root != view.get("id") else ""
            origin = back.origin
            self._take(lambda: self._desk.submit(back, key, parent, since), origin)
        await ack()

    async def closed(self, ack: AsyncAck) -> None:
        """A window that was closed."""
        await ack()

    async def shortcut(self, ack: AsyncAck, body: Json, context: Json) -> None:
        """A shortcut on a message."""
        team, user = _team(context), str(body["user"]["id"])
        channel = str((body.get("channel") or {}).get("id") or "")
        found = next((s for s in SHORTCUTS if s.callback_id == body.get("callback_id")), None)
        if found is not None:
            origin = Origin(team, user, channel, response_url=str(body.get("response_url") or ""))
            key = _key(team, "shortcut", body.get("trigger_id"), body)
            said = Said("", origin, key, str(body.get("trigger_id") or ""), since=time.monotonic())
            message = body.get("message") or {}
            lines = [found.line(link, self._desk.app.commands) for link in _links(message)]
            desk = self._desk
            self._take(lambda: desk.quote(said, message) if found is NOTE else desk.use_shortcut(said, lines), origin)
        await ack()

    async def home(self, body: Json, context: Json) -> None:
        """Somebody looks at the Home tab."""
        event = body["event"]
        if event.get("tab", "home") == "home":
            team, user = _team(context), str(event["user"])
            self._start_quietly(self._desk.home.show(team, user))

    async def changed(self, body: Json, context: Json) -> None:
        """A member's language, zone or rights changed."""
        user = body["event"].get("user") or {}
        member = str(user.get("id") if isinstance(user, dict) else user)
        self._desk.people.forget(_team(context), member)

    async def removed(self, body: Json, context: Json) -> None:
        """The app was removed from a workspace, or its tokens were revoked."""
        event = body["event"]
        if event["type"] == "tokens_revoked" and not (event.get("tokens") or {}).get("bot"):
            return
        self._start_quietly(self._desk.leave(_team(context), float(body.get("event_time") or time.time())))

    async def other(self) -> None:
        """Events that came with a subscription and mean nothing to us."""

    def _start_quietly(self, job: Coroutine[Any, Any, None]) -> None:
        self._desk.work.start(job, _nobody)


async def _nobody(_reference: str) -> None:
    """There is nobody to be told."""


def _key(team: str, kind: str, identity: object, body: Json) -> str:
    """What makes two deliveries the same one."""
    if not identity:
        identity = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    return f"slack:{team}:{kind}:{identity}"


def _team(context: Json) -> str:
    """The workspace that Bolt has authorised this request for; payloads name workspaces in many places."""
    return str(context.get("team_id") or context.get("enterprise_id") or "")


def _value(action: Json) -> str:
    chosen = action.get("selected_option")
    return str(chosen.get("value") or "" if isinstance(chosen, dict) else action.get("value") or "")


def _pressed_at(body: Json, team: str) -> Origin:
    container = body.get("container") or {}
    user = str(body["user"]["id"])
    view = body.get("view")
    if view:
        window = str(view["id"]) if view.get("type") == "modal" else ""
        return Origin(team, user, view=window)
    channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")
    thread = container.get("thread_ts") or (body.get("message") or {}).get("thread_ts")
    return Origin(
        team,
        user,
        channel,
        message=str(container.get("message_ts") or ""),
        thread=str(thread or ""),
        response_url=str(body.get("response_url") or ""),
        direct=channel.startswith("D") and not container.get("is_ephemeral"),
        private=bool(container.get("is_ephemeral")),
    )


def _origin(action_id: str) -> str:
    """The line that the pressed card answers, as its buttons remember it."""
    return action_id.split(":", maxsplit=2)[-1] if action_id.count(":") > 1 else ""


def _links(message: Json) -> list[str]:
    """Every web address in a message: its text, its rich text, what it quotes."""
    found = links(str(message.get("text") or ""))

    def look(value: Any) -> None:
        if isinstance(value, list):
            for item in value:
                look(item)
        elif isinstance(value, dict):
            found.extend(str(value[k]) for k in ("url", "from_url", "title_link", "original_url") if value.get(k))
            for key in ("elements", "blocks", "attachments", "text", "fields"):
                if isinstance(value.get(key), dict | list):
                    look(value[key])
                elif key == "text" and value.get("type") == "mrkdwn":
                    found.extend(links(str(value["text"])))

    look([message.get("blocks"), message.get("attachments")])
    return [url for url in dict.fromkeys(found) if url.startswith(("http://", "https://"))]
