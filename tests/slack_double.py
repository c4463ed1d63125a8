"""Slack on loopback for tests: people do things, a real Bolt app answers, and Slack's rules are enforced.

    async with SlackDouble() as slack:
        acme = slack.add_workspace("Acme")
        ann = acme.add_user("ann", locale="de-DE", tz="Europe/Berlin")
        general = acme.add_channel("general", ann)
        ...                                        # start the app with slack.api_base, acme.bot_token, slack.app_token
        await slack.ready()
        done = await slack.command(ann, general, "/paper", "search vllm")
        assert "vLLM" in done.text
        slack.check()                              # nothing refused, nothing a reader would suffer from

Socket Mode unless `request_url` is set, then signed HTTP. Interactions come back acknowledged and with what they
changed; whatever the app does later shows in the same records. Time is real; `advance` skips some of it.
"""

import asyncio
import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import aiohttp
import yarl
from doubles.slack_blocks import LIMITS, check_suggestions
from doubles.slack_manifest import Declared, event_scope
from doubles.slack_methods import Call, SlackError, check_content, check_depth, check_views, new_view, user_json
from doubles.slack_oauth import CODE_SECONDS
from doubles.slack_server import Refusal, Server, Violation
from doubles.slack_state import Unfillable, chosen, values_of
from doubles.slack_text import typed
from doubles.slack_wire import Delivery, event_payload
from doubles.slack_world import (
    Channel,
    Json,
    Message,
    ResponseUrl,
    Trigger,
    User,
    View,
    Workspace,
    label,
    make_id,
)

__all__ = [
    "CODE_SECONDS", "Channel", "Delivery", "Interaction", "Message", "Refusal", "SlackDouble", "Unfillable", "User",
    "View", "Violation", "Workspace", "manifest_faults", "spec",
]  # fmt: skip


def spec(name: str) -> Any:
    """One of the shared specifications (without `.json`); None where the folder is absent."""
    path = Path(__file__).parents[2] / "shared" / "specs" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def manifest_faults(manifest: Json) -> list[str]:
    """What Slack's schema says against a manifest; empty when it is valid or the schema is absent."""
    import jsonschema  # only the machines of developers have it

    schema = spec("slack-manifest-schema")
    if schema is None:
        return []
    validator = jsonschema.Draft7Validator(schema)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in validator.iter_errors(manifest)]


@dataclass(eq=False)
class Interaction:
    """Something a person did, and everything it led to: messages shown, edited, removed, and views opened.

    Posts and edits that carry no trace of their cause count for the latest interaction of each person who sees them.
    """

    user: User
    channel: Channel | None
    delivery: Delivery
    response_url: str = ""
    trigger_id: str = ""
    replies: list[Message] = field(default_factory=list)
    edited: list[Message] = field(default_factory=list)
    removed: list[Message] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    options: list[Json] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def acked(self) -> bool:
        """Whether the app acknowledged in time."""
        return self.delivery.acked

    @property
    def ack_ms(self) -> float:
        """Milliseconds until the acknowledgement."""
        return self.delivery.ack_ms

    @property
    def error(self) -> str:
        """What the person is told instead of an answer: operation_timeout, dispatch_failed, or nothing."""
        return self.delivery.error

    @property
    def message(self) -> Message:
        """The newest message that is still to be seen."""
        return [one for one in (*self.edited, *self.replies) if not one.deleted][-1]

    @property
    def text(self) -> str:
        """Everything the person sees as an answer."""
        seen = dict.fromkeys((*self.replies, *self.edited))
        return "\n".join(message.shown for message in seen if not message.deleted)

    @property
    def view(self) -> View:
        """The newest view opened."""
        return self.views[-1]

    @property
    def answered(self) -> bool:
        """Whether anything came of it that a person can see."""
        return bool(self.error or self.replies or self.edited or self.removed or self.views or self.errors)


class SlackDouble(Server):
    """The double with hands: what people do in Slack, as calls."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.patience = 10.0
        self.quiet = 0.03
        self.duplicate_events = False
        self.event_retries: tuple[float, ...] = (0.0, 60.0, 300.0)
        self._recent: dict[tuple[str, str], Interaction] = {}

    # ---- the scene ----

    def declare(self, manifest: Json) -> None:
        """Hold the app to its manifest: scopes of later installs, commands, shortcuts, events and tabs."""
        self.declared = Declared(manifest)
        self.scopes = self.declared.scopes or []

    def forget(self) -> None:
        """Drop what has ended (messages, closed views, used rights), so that long tests measure the app alone."""
        self.triggers.clear()
        self.response_urls.clear()
        self.calls.clear()
        self._recent.clear()
        for workspace in self.workspaces.values():
            homes = [home.id for home in workspace.homes.values()]
            workspace.views = {key: view for key, view in workspace.views.items() if key in homes}
            for channel in workspace.channels.values():
                channel.messages.clear()

    def add_workspace(self, name: str, *, installed: bool = True, scopes: list[str] | None = None) -> Workspace:
        """A new workspace, with the app installed unless told otherwise (then by `install`)."""
        workspace = Workspace(make_id("T"), name, name.lower().replace(" ", "-"), self.app_id)
        self.workspaces[workspace.id] = workspace
        if installed:
            self.oauth.grant(workspace, tuple(self.scopes if scopes is None else scopes))
        return workspace

    def stranger(self, text: str) -> str:
        """Remember a text that strangers wrote (a title, a note): none of it may ever be live markup."""
        self.strangers.append(text)
        return text

    def advance(self, seconds: float) -> None:
        """Let time pass for triggers, response URLs, tokens, rate limits and scheduled messages."""
        self.clock.offset += seconds
        self._post_due()

    async def ready(self, connections: int = 1, seconds: float = 5.0) -> None:
        """Wait until the app has so many sockets open."""
        enough = await self.until(lambda: len(self.socket.connections) >= connections, seconds)
        assert enough, "the app did not connect"

    def check(self) -> None:
        """Fail where anything was refused or would have hurt a reader."""
        found = [*map(str, self.refused), *map(str, self.violations)]
        assert not found, "\n".join(found)

    # ---- sending and watching ----

    def noticed(self, what: str, thing: Any, interaction: Any) -> None:
        """Credit a change to its interaction, or to the latest of everybody who sees it."""
        if interaction is None and isinstance(thing, Message):
            for one in self._watching(thing):
                getattr(one, what).append(thing)
        super().noticed(what, thing, interaction)

    def _watching(self, message: Message) -> list[Interaction]:
        latest: dict[User, Interaction] = {}
        for one in self._recent.values():  # oldest first
            here = one.channel in (None, message.channel) or message.channel.kind == "im"
            if here and one.user.id in message.channel.members and message.seen_by in (None, one.user.id):
                latest[one.user] = one
        return list(latest.values())

    def _interaction(self, user: User, channel: Channel | None, kind: str, payload: Json) -> Interaction:
        interaction = Interaction(user, channel, Delivery(kind, payload))
        self._recent.pop((user.id, channel.id if channel else ""), None)
        self._recent[user.id, channel.id if channel else ""] = interaction
        return interaction

    def _trigger(self, interaction: Interaction, view: View | None = None) -> str:
        value = f"{make_id('1')}.{make_id('2')}"
        expires_at = self.clock.now() + LIMITS["modal"]["trigger_id_seconds"]
        self.triggers[value] = Trigger(interaction.user, expires_at, view, interaction=interaction)
        interaction.trigger_id = value
        return value

    def _answer_url(self, interaction: Interaction, channel: Channel, original: Message | None = None) -> str:
        key = make_id("R")
        expires_at = self.clock.now() + LIMITS["common"]["response_url_minutes"] * 60
        url = ResponseUrl(channel, interaction.user, expires_at, original, interaction=interaction)
        self.response_urls[key] = url
        interaction.response_url = f"{self.base}/response/{key}"
        return interaction.response_url

    async def deliver(self, delivery: Delivery, retry: int = 0, reason: str = "") -> Delivery:
        """Hand something to the app by the way it has chosen and wait for its acknowledgement."""
        sender = self.http if self.request_url else self.socket
        await sender.send(delivery, retry, reason)
        self.wake()
        return delivery

    async def settle(self, interaction: Interaction, *, wait: bool = True) -> Interaction:
        """Wait until something came of an interaction and the app has fallen quiet."""
        if wait and not interaction.error:
            await self.until(lambda: interaction.answered, self.patience)
            await self.fall_quiet()
        return interaction

    async def fall_quiet(self, seconds: float | None = None) -> None:
        """Wait until the app has called nothing for a moment."""
        while True:
            changed = self.changed
            await asyncio.sleep(self.quiet if seconds is None else seconds)
            if changed is self.changed and not self.busy:
                return

    # ---- commands ----

    async def command(
        self, user: User, channel: Channel, command: str, text: str = "", *, wait: bool = True, raw: bool = False
    ) -> Interaction:
        """Type a slash command; text is escaped as Slack does it unless it is `raw`."""
        assert self.declared.command(command), f"{command} is not declared"
        assert "commands" in self.oauth.scopes_of(user.workspace), "the app has no commands in this workspace"
        interaction = self._interaction(user, channel, "slash_commands", {})
        workspace = user.workspace
        interaction.delivery.payload = {
            "token": self.verification_token,
            "team_id": workspace.id,
            "team_domain": workspace.domain,
            "channel_id": channel.id,
            "channel_name": channel.payload_name,
            "user_id": user.id,
            "user_name": user.name,
            "command": command,
            "text": text if raw else typed(text),
            "api_app_id": self.app_id,
            "is_enterprise_install": "false",
            "response_url": self._answer_url(interaction, channel),
            "trigger_id": self._trigger(interaction),
        }
        await self.deliver(interaction.delivery)
        if isinstance(interaction.delivery.body, dict) and interaction.delivery.body:
            self._ack_reply(interaction, channel, interaction.delivery.body)
        return await self.settle(interaction, wait=wait)

    def _ack_reply(self, interaction: Interaction, channel: Channel, body: Json) -> None:
        call = Call("acknowledgement", body)
        if set(body) <= {"response_type"}:
            return
        try:
            content = check_content(self, call, "acknowledgement")
            url = self.response_urls[interaction.response_url.rsplit("/", 1)[1]]
            self.show(self.reply(url, content, call, "acknowledgement"), interaction)
        except SlackError as error:
            self.refuse("acknowledgement", error, body)

    # ---- buttons and menus ----

    async def click(
        self,
        user: User,
        where: Message | View,
        name: str = "",
        *,
        choose: Any = None,
        state: Json | None = None,
        wait: bool = True,
    ) -> Interaction:
        """Press a button, or `choose` in a menu, found by its label, action_id or value.

        `state` fills other inputs of the same message or view, as a person may have done before.
        """
        assert self.declared.interactive, "interactivity is off"
        element = _element(where, name)
        channel = where.channel if isinstance(where, Message) else None
        interaction = self._interaction(user, channel, "interactive", {})
        payload = self._inside("block_actions", user, interaction, where, state)
        payload["actions"] = [self._action(element, choose)]
        interaction.delivery.payload = payload
        await self.deliver(interaction.delivery)
        if interaction.delivery.body:
            self.violation("block_actions", "a body in the acknowledgement of a button, which Slack ignores")
        return await self.settle(interaction, wait=wait)

    def _action(self, element: Json, choose: Any) -> Json:
        action = {key: element[key] for key in ("type", "action_id", "block_id")} | {"action_ts": self.clock.ts()}
        if element["type"] == "button":
            return action | {key: element[key] for key in ("text", "value", "style", "url") if key in element}
        return action | chosen(element, choose)

    def _who(self, kind: str, user: User) -> Json:
        workspace = user.workspace
        return {
            "type": kind,
            "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": workspace.id},
            "api_app_id": self.app_id,
            "token": self.verification_token,
            "team": {"id": workspace.id, "domain": workspace.domain},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _inside(
        self, kind: str, user: User, interaction: Interaction, where: Message | View, state: Json | None
    ) -> Json:
        payload = self._who(kind, user)
        values = values_of(where.blocks, state or {}, check=False)
        if isinstance(where, View):
            payload["trigger_id"] = self._trigger(interaction, where if where.type == "modal" else None)
            payload["container"] = {"type": "view", "view_id": where.id}
            payload["view"] = where.as_json(values)
            return payload
        payload["trigger_id"] = self._trigger(interaction)
        payload["container"] = {
            "type": "message", "message_ts": where.ts, "channel_id": where.channel.id, "is_ephemeral": where.ephemeral,
        }  # fmt: skip
        if where.thread_ts:
            payload["container"]["thread_ts"] = where.thread_ts
        payload["channel"] = {"id": where.channel.id, "name": where.channel.payload_name}
        payload["state"] = {"values": values}
        payload["response_url"] = self._answer_url(interaction, where.channel, where)
        if not where.ephemeral:
            payload["message"] = where.as_json()
        return payload

    async def suggest(self, user: User, where: Message | View, name: str, typing: str) -> Interaction:
        """Type into an external select; the options that came back are in `options`."""
        element = _element(where, name)
        channel = where.channel if isinstance(where, Message) else None
        interaction = Interaction(user, channel, Delivery("interactive", {}))
        payload = self._inside("block_suggestion", user, interaction, where, None)
        for key in ("trigger_id", "response_url", "state"):
            payload.pop(key, None)
        payload |= {"action_id": element["action_id"], "block_id": element["block_id"], "value": typing}
        interaction.delivery.payload = payload
        await self.deliver(interaction.delivery)
        body = interaction.delivery.body
        errors = [] if interaction.error else check_suggestions(body)
        if errors:
            self.refuse("block_suggestion", SlackError("invalid_options", *errors), body or {})
        elif not interaction.error:
            groups = body.get("option_groups", [])
            interaction.options = [*body.get("options", []), *(one for group in groups for one in group["options"])]
        return interaction

    # ---- modals ----

    async def submit(self, user: User, view: View, values: Json | None = None, *, wait: bool = True) -> Interaction:
        """Fill a modal and press its submit button; values by label, block_id or action_id.

        What came back shows in `errors` (label of the input to text), `views`, and `view.closed`.
        Raises Unfillable where Slack's client itself would not let it go.
        """
        assert not view.closed, "the view is closed"
        state = values_of(view.blocks, values or {})
        interaction = self._interaction(user, None, "interactive", {})
        payload = self._who("view_submission", user)
        payload |= {"trigger_id": self._trigger(interaction, view), "view": view.as_json(state), "response_urls": []}
        interaction.delivery.payload = payload
        await self.deliver(interaction.delivery)
        if interaction.error:
            return interaction
        try:
            self._submitted(interaction, view, interaction.delivery.body or {})
        except SlackError as error:
            self.refuse("view_submission", error, interaction.delivery.body)
        if wait and not interaction.answered:
            await self.fall_quiet()
        return interaction

    def _submitted(self, interaction: Interaction, view: View, body: Json) -> None:
        action = body.get("response_action")
        if action == "errors":
            interaction.errors = self._input_errors(view, body.get("errors") or {})
        elif action == "update":
            self.replace_view(view, check_views(self, body.get("view"), ("modal",), "view_submission"))
            interaction.views.append(view)
        elif action == "push":
            given = check_views(self, body.get("view"), ("modal",), "view_submission")
            check_depth(view)
            interaction.views.append(new_view(self, interaction.user, given, view))
        elif action == "clear":
            self._clear(view)
        elif body:
            raise SlackError("invalid_arguments", f"[ERROR] response_action {action}")
        else:
            view.closed = True

    def _input_errors(self, view: View, errors: Json) -> dict[str, str]:
        inputs = {block["block_id"]: block for block in view.blocks if block["type"] == "input"}
        if not errors or not set(errors) <= set(inputs) or not all(map(str, errors.values())):
            raise SlackError("invalid_arguments", "[ERROR] errors must name blocks of the kind input")
        return {inputs[block_id]["label"]["text"]: text for block_id, text in errors.items()}

    def _clear(self, view: View) -> None:
        root = view.root or view
        for one in view.workspace.views.values():
            one.closed = one.closed or one is root or one.root is root

    async def close(self, user: User, view: View, *, all_of_them: bool = False) -> Interaction | None:
        """Close a modal; the app is told where the view asked for it."""
        self._clear(view) if all_of_them else setattr(view, "closed", True)
        if not view.given.get("notify_on_close"):
            return None
        interaction = self._interaction(user, None, "interactive", {})
        payload = self._who("view_closed", user) | {"view": view.as_json(), "is_cleared": all_of_them}
        interaction.delivery.payload = payload
        await self.deliver(interaction.delivery)
        return interaction

    # ---- shortcuts ----

    async def shortcut(
        self, user: User, callback_id: str, message: Message | None = None, *, wait: bool = True
    ) -> Interaction:
        """Choose a shortcut: on a message, or the global one without."""
        assert self.declared.shortcut(callback_id, message is not None), f"{callback_id} is not declared"
        interaction = self._interaction(user, message.channel if message else None, "interactive", {})
        payload = self._who("message_action" if message else "shortcut", user)
        payload["user"].pop("username" if message else "name")
        payload.pop("api_app_id")
        payload |= {"callback_id": callback_id, "trigger_id": self._trigger(interaction), "action_ts": self.clock.ts()}
        if message is not None:
            channel = message.channel
            payload |= {
                "message_ts": message.ts,
                "message": message.as_json(),
                "channel": {"id": channel.id, "name": channel.payload_name},
                "response_url": self._answer_url(interaction, channel),
            }
        interaction.delivery.payload = payload
        await self.deliver(interaction.delivery)
        return await self.settle(interaction, wait=wait)

    # ---- events ----

    def write(self, user: User, channel: Channel, text: str, *, thread: Message | None = None) -> Message:
        """Write a message that the app is not told of; text as Slack keeps what was typed."""
        thread_ts = (thread.thread_ts or thread.ts) if thread else None
        message = Message(channel, self.clock.ts(), user.id, typed(text), thread_ts=thread_ts, by_bot=False)
        channel.messages.append(message)
        return message

    async def mention(
        self, user: User, channel: Channel, text: str, *, thread: Message | None = None, wait: bool = True
    ) -> Interaction:
        """Mention the app at the start of a message in a channel or a thread."""
        message = self.write(user, channel, f"<@{user.workspace.bot.id}> {text}", thread=thread)
        return await self._told(user, channel, message, {"type": "app_mention"}, wait)

    async def dm(self, user: User, text: str, *, thread: Message | None = None, wait: bool = True) -> Interaction:
        """Write to the app directly."""
        assert self.declared.writable, "the messages tab is off"
        channel = user.workspace.direct(user)
        message = self.write(user, channel, text, thread=thread)
        return await self._told(user, channel, message, {"type": "message", "channel_type": "im"}, wait)

    async def _told(self, user: User, channel: Channel, message: Message, event: Json, wait: bool) -> Interaction:
        interaction = self._interaction(user, channel, "events_api", {})
        event |= {
            "user": user.id, "text": message.text, "ts": message.ts, "event_ts": message.ts, "channel": channel.id,
            "team": user.workspace.id, "client_msg_id": make_id("m"),
        }  # fmt: skip
        if message.thread_ts:
            event["thread_ts"] = message.thread_ts
        interaction.delivery = await self.event(user.workspace, event)
        return await self.settle(interaction, wait=wait)

    async def event(self, workspace: Workspace, event: Json) -> Delivery:
        """Tell the app of an event, again where it does not acknowledge, and twice with `duplicate_events`.

        What it did not subscribe to, or has no scope for, is not sent: the delivery says not_subscribed.
        """
        delivery = Delivery("events_api", event_payload(self, workspace, event))
        scope = event_scope(event)
        if not self.declared.event(event) or (scope and scope not in self.oauth.scopes_of(workspace)):
            delivery.settle(None, "not_subscribed")
            return delivery
        if self.duplicate_events:
            await asyncio.gather(self.deliver(delivery), self.redeliver(delivery))
        else:
            await self.deliver(delivery)
        if delivery.error:
            self.background(self._insist(delivery))
        return delivery

    async def redeliver(self, delivery: Delivery, retry: int = 1) -> Delivery:
        """Send the same event once more, under the same id."""
        return await self.deliver(Delivery("events_api", delivery.payload), retry, "http_timeout")

    async def _insist(self, delivery: Delivery) -> None:
        for retry, pause in enumerate(self.event_retries, start=1):
            await asyncio.sleep(pause)
            reason = "http_timeout" if delivery.error == "operation_timeout" else "http_error"
            await self.deliver(delivery, retry, reason)
            if not delivery.error:
                return

    async def open_home(self, user: User, *, wait: bool = True) -> Interaction:
        """Open the app's Home tab; what it then shows is `home(user)`."""
        assert self.declared.home, "the Home tab is off"
        workspace, channel = user.workspace, user.workspace.direct(user)
        interaction = self._interaction(user, channel, "events_api", {})
        known = workspace.homes.get(user.id)
        before = known.updates if known else -1
        event: Json = {"type": "app_home_opened", "user": user.id, "channel": channel.id, "tab": "home"}
        if known:
            event["view"] = known.as_json()
        interaction.delivery = await self.event(workspace, event)
        if wait:
            await self.until(lambda: (home := workspace.homes.get(user.id)) and home.updates > before, self.patience)
            await self.fall_quiet()
        return interaction

    def home(self, user: User) -> View:
        """What the Home tab of a person shows."""
        return user.workspace.homes[user.id]

    async def change_user(self, user: User, **facts: Any) -> Delivery:
        """Change somebody's locale, zone or rights, and tell the app."""
        for name, value in facts.items():
            setattr(user, name, value)
        return await self.event(user.workspace, {"type": "user_change", "user": user_json(user, locale=True)})

    # ---- installing ----

    async def install(
        self,
        url: str,
        workspace: Workspace,
        user: User | None = None,
        *,
        deny: bool = False,
        forget_cookie: bool = False,
    ) -> tuple[int, str]:
        """Walk the install link of the app as an admin of a workspace; status and text of the last page.

        The state cookie is carried by hand, as it is meant for https only.
        """
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            async with session.get(url, allow_redirects=False) as answer:
                page = await answer.text()
                link = answer.headers.get("Location") or re.findall(r'href="([^"]+oauth/v2/authorize[^"]*)"', page)[0]
                cookie = "; ".join(f"{one.key}={one.value}" for one in answer.cookies.values())
            query = {"team": workspace.id, "user": user.id if user else "", **({"deny": "1"} if deny else {})}
            target = yarl.URL(link.replace("&amp;", "&")).update_query(query)
            async with session.get(target, allow_redirects=False) as answer:
                back = answer.headers.get("Location")
                if back is None:
                    return answer.status, await answer.text()
            headers = {"Cookie": cookie} if cookie and not forget_cookie else {}
            async with session.get(urljoin(url, back), headers=headers, allow_redirects=False) as answer:
                return answer.status, await answer.text()

    async def uninstall(
        self, workspace: Workspace, order: tuple[str, ...] = ("tokens_revoked", "app_uninstalled")
    ) -> list[Delivery]:
        """Remove the app from a workspace: its tokens are worthless at once, the events follow in this order."""
        self.revoke(workspace)
        tokens = {"oauth": [], "bot": [workspace.bot.id]}
        events: dict[str, Json] = {
            "tokens_revoked": {"type": "tokens_revoked", "tokens": tokens},
            "app_uninstalled": {"type": "app_uninstalled"},
        }
        return [await self.event(workspace, events[name]) for name in order]

    # ---- HTTP requests that are not Slack's, or not quite ----

    async def verify_url(self) -> bool:
        """Ask the app to prove its request URL; whether it gave the challenge back."""
        body, content_type = self.http.encode(
            "events_api", {"token": self.verification_token, "challenge": "prove-it", "type": "url_verification"}
        )
        status, text = await self.http.post(body, {"Content-Type": content_type, **self.http.sign(body)})
        return status == 200 and "prove-it" in text

    async def forge(self, delivery: Delivery, kind: str) -> int:
        """Send something again as an attacker would: unsigned, stale, tampered, foreign (secret) or replayed.

        A replay is the very request that was sent before, signature and time included.
        """
        body, content_type = self.http.encode(delivery.kind, delivery.payload)
        stale = time.time() - 600
        headers: dict[str, str] = {
            "unsigned": {},
            "stale": self.http.sign(body, stale),
            "tampered": self.http.sign(body + b" "),
            "foreign": self.http.sign(body, secret="another secret"),
            "replayed": delivery.headers,
        }[kind]
        status, _ = await self.http.post(body, {"Content-Type": content_type, **headers})
        return status


def _element(where: Message | View, name: str) -> Json:
    assert not (isinstance(where, Message) and where.deleted), "the message is gone"
    found = [one for one in where.elements if name in (label(one), one["action_id"], one.get("value"))]
    assert found, f"no {name!r} among {[(label(one), one['action_id']) for one in where.elements]}"
    return found[0]
