"""The server of the Slack double: what it knows, its HTTP routes, and what it noted about the app."""

import asyncio
import base64
import contextlib
import json
import uuid
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from aiohttp import web
from doubles.slack_blocks import LIMITS
from doubles.slack_manifest import Declared
from doubles.slack_methods import METHODS, TIERS, Call, Method, SlackError, check_content
from doubles.slack_oauth import OAuth
from doubles.slack_wire import ACK_SECONDS, HttpSender, SocketHub
from doubles.slack_world import (
    Clock,
    Json,
    Message,
    RateLimits,
    ResponseUrl,
    Token,
    Trigger,
    View,
    Workspace,
    make_id,
)

SCOPES = [
    "app_mentions:read",
    "bookmarks:read",
    "bookmarks:write",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "pins:read",
    "pins:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "users:read",
]
_BURSTS = {"apps.connections.open": 30}  # Slack bears bursts of the rarest tier; an app may hold ten sockets


class Violation(NamedTuple):
    """Something Slack would let pass and a reader would suffer from."""

    where: str
    what: str


class Refusal(NamedTuple):
    """A call that was answered with an error (rate limits are kept apart)."""

    method: str
    error: str
    messages: tuple[str, ...]
    params: Json


class Called(NamedTuple):
    """One call of the Web API or of a response URL."""

    method: str
    params: Json
    at: float
    error: str


@dataclass
class Fault:
    """A planned failure: 500, reset, slow, 429, the name of an error, or commit_then_500, _reset or _slow."""

    method: str
    kind: str
    times: int
    seconds: float


@dataclass(eq=False)
class Server:
    """Slack on loopback. Base class of the double that tests drive."""

    app_id: str = field(default_factory=lambda: make_id("A"))
    client_id: str = "111.222"
    client_secret: str = "client-secret"
    signing_secret: str = "signing-secret"
    app_token: str = "xapp-1-double"
    verification_token: str = "verification-token"
    ack_seconds: float = ACK_SECONDS
    rate_limits: bool = True
    posts_per_second: int = 1
    processing: float = 0.0
    non_marketplace_history: bool = False
    request_url: str = ""
    scopes: Iterable[str] = field(default_factory=lambda: list(SCOPES))

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.workspaces: dict[str, Workspace] = {}
        self.tokens = {self.app_token: Token(self.app_token, "app", None, ("connections:write",))}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.uploads: dict[str, Json] = {}
        self.strangers: list[str] = []
        self.violations: list[Violation] = []
        self.refused: list[Refusal] = []
        self.limited: list[Refusal] = []
        self.calls: deque[Called] = deque(maxlen=100_000)
        self.socket = SocketHub(self)
        self.http = HttpSender(self)
        self.oauth = OAuth(self)
        self.base = ""
        self.declared = Declared(None)
        self._faults: list[Fault] = []
        self._limits = RateLimits()
        self._busy = 0
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._runner: web.AppRunner | None = None

    # ---- running ----

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/response/{id}", self._response_url)
        app.router.add_post("/upload/v1/{id}", self._upload)
        app.router.add_get("/link/", self.socket.handle)
        app.router.add_get("/oauth/v2/authorize", self.oauth.authorize)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.socket.close()
        await self.http.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def api_base(self) -> str:
        """Where the Web API is; ends with a slash."""
        return f"{self.base}/api/"

    @property
    def authorize_url(self) -> str:
        """Where the install link leads."""
        return f"{self.base}/oauth/v2/authorize"

    def background(self, work: Any) -> asyncio.Task[Any]:
        """Run something beside the test; cancelled at the end."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def wake(self) -> None:
        """Tell whoever waits that something changed."""
        self._changed.set()
        self._changed = asyncio.Event()

    @property
    def busy(self) -> bool:
        """Whether a call of the app is being answered."""
        return self._busy > 0

    @property
    def changed(self) -> asyncio.Event:
        """Set at the next change."""
        return self._changed

    # ---- what is noted ----

    def violation(self, where: str, what: str) -> None:
        """Note something that Slack takes and that is wrong all the same."""
        self.violations.append(Violation(where, what))

    def refuse(self, method: str, error: SlackError, params: Json) -> None:
        """Note an answer with an error."""
        kept = self.limited if error.error == "ratelimited" else self.refused
        kept.append(Refusal(method, error.error, error.messages, params))
        self.wake()

    def fail(self, method: str, kind: str, *, times: int = 1, seconds: float = 0.0) -> None:
        """Plan a failure of the next calls of a method (`*` any, `response_url` too); see `Fault` for the kinds."""
        self._faults.append(Fault(method, kind, times, seconds))

    def _fault(self, method: str) -> Fault | None:
        for fault in self._faults:
            if fault.method in ("*", method) and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    # ---- changes that answers and interactions make ----

    def show(self, message: Message, interaction: Any = None) -> None:
        """Put a message before its readers."""
        message.channel.messages.append(message)
        self.noticed("replies", message, interaction)

    def edit(self, message: Message, content: Json, metadata: Json | None = None, interaction: Any = None) -> None:
        """Change a message; text alone takes the blocks away, blocks alone keep the text."""
        message.text = content["text"] or message.text
        message.blocks, message.edits = content["blocks"], message.edits + 1
        message.attachments = content["attachments"]
        message.metadata = metadata or message.metadata
        self.noticed("edited", message, interaction)

    def remove(self, message: Message, interaction: Any = None) -> None:
        """Take a message away."""
        message.deleted = True
        self.noticed("removed", message, interaction)

    def opened(self, view: View, interaction: Any) -> None:
        """Put a modal before a person."""
        self.noticed("views", view, interaction)

    def replace_view(self, view: View, given: Json) -> None:
        """Change what a view shows."""
        view.given, view.hash, view.updates = given, self.new_hash(), view.updates + 1
        self.wake()

    def noticed(self, what: str, thing: Any, interaction: Any) -> None:
        """Tell the interaction that caused something; the driver knows better whom else to tell."""
        if interaction is not None:
            getattr(interaction, what).append(thing)
        self.wake()

    def new_hash(self) -> str:
        """A fresh version mark of a view."""
        return f"{int(self.clock.now())}.{uuid.uuid4().hex[:8]}"

    def revoke(self, workspace: Workspace) -> None:
        """Make every token of a workspace worthless."""
        for token in self.tokens.values():
            if token.workspace is workspace:
                token.revoked = True

    # ---- the Web API ----

    def rate(self, name: str, workspace: Workspace | None, most: int, seconds: float = 60.0, part: str = "") -> int:
        """Count a call; 0, or the seconds to wait where there were too many."""
        key = (name, workspace.id if workspace else "", part)
        return self._limits.wait(key, most, seconds, self.clock.now())

    async def _api(self, request: web.Request) -> web.StreamResponse:
        self._busy += 1
        try:
            name = request.match_info["method"]
            return await self._answer(request, name, await self._params(request))
        finally:
            self._busy -= 1
            self.wake()

    async def _params(self, request: web.Request) -> Json:
        params: Json = dict(request.query)
        if request.content_type == "application/json":
            body = await request.text()
            params |= json.loads(body) if body else {}
        elif request.can_read_body:
            params |= dict(await request.post())
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        if kind == "Bearer":
            params["token"] = value
        elif kind == "Basic":
            client_id, _, secret = base64.b64decode(value).decode().partition(":")
            params |= {"client_id": client_id, "client_secret": secret}
        return params

    async def _answer(self, request: web.Request, name: str, params: Json) -> web.StreamResponse:
        fault = self._fault(name)
        kind = fault.kind if fault else ""
        if fault and fault.seconds and kind != "commit_then_slow":
            await asyncio.sleep(fault.seconds)
        if kind == "500":
            return web.Response(status=500, text="fault")
        if kind == "reset":
            return self._cut(request)
        body, headers, status = self._run(name, params, kind)
        if fault and kind == "commit_then_slow":
            await asyncio.sleep(fault.seconds)
        if kind == "commit_then_500":
            return web.Response(status=500, text="fault")
        if kind == "commit_then_reset":
            return self._cut(request)
        return web.json_response(body, headers=headers, status=status)

    @staticmethod
    def _cut(request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)

    def _run(self, name: str, params: Json, planned: str) -> tuple[Json, dict[str, str], int]:
        token = self.tokens.get(str(params.pop("token", "")))
        headers = {"X-OAuth-Scopes": ",".join(token.scopes)} if token else {}
        shown = {key: value for key, value in params.items() if "secret" not in key}
        try:
            if planned == "429":
                raise SlackError("ratelimited", retry_after=1)
            if planned and planned != "slow" and not planned.startswith("commit_then"):
                raise SlackError(planned)
            answer = self._handle(name, params, token)
        except SlackError as error:
            self.refuse(name, error, shown)
            self.calls.append(Called(name, shown, self.clock.now(), error.error))
            return self._refusal(error, headers)
        self.calls.append(Called(name, shown, self.clock.now(), ""))
        return {"ok": True, **answer}, headers, 200

    @staticmethod
    def _refusal(error: SlackError, headers: dict[str, str]) -> tuple[Json, dict[str, str], int]:
        more = dict(error.more)
        status = 200
        if error.error == "ratelimited":
            headers, status = headers | {"Retry-After": str(more.pop("retry_after"))}, 429
        body: Json = {"ok": False, "error": error.error, **more}
        if error.messages:
            body |= {"errors": list(error.messages), "response_metadata": {"messages": list(error.messages)}}
        return body, headers, status

    def _handle(self, name: str, params: Json, token: Token | None) -> Json:
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        call = Call(name, params, token)
        self._authorise(method, token)
        self._count(name, method, call)
        self._post_due()
        missing = [one for one in method.required if params.get(one) in (None, "")]
        if missing:
            raise SlackError("invalid_arguments", *(f"[ERROR] missing required field: {one}" for one in missing))
        for unknown in sorted(set(params) - {*method.required, *method.optional, "team_id"}):  # Bolt adds team_id
            self.violation(name, f"unknown argument {unknown}")
        return method.handler(self, call)

    def _authorise(self, method: Method, token: Token | None) -> None:
        if method.needs == "none":
            return
        if token is None:
            raise SlackError("invalid_auth")
        if token.revoked:
            raise SlackError("account_inactive")
        if token.expires_at is not None and token.expires_at < self.clock.now():
            raise SlackError("token_expired")
        if (method.needs == "app") != (token.kind == "app"):
            raise SlackError("not_allowed_token_type")
        if method.scopes and not set(method.scopes) & set(token.scopes):
            raise SlackError("missing_scope", needed=",".join(method.scopes), provided=",".join(token.scopes))

    def _count(self, name: str, method: Method, call: Call) -> None:
        if not self.rate_limits:
            return
        workspace = call.token.workspace if call.token else None
        wait = self.rate(name, workspace, _BURSTS.get(name) or TIERS[method.tier])
        if name == "chat.postMessage" and not wait:
            wait = self.rate(name, workspace, self.posts_per_second, 1.0, call.text("channel"))
        if wait:
            raise SlackError("ratelimited", retry_after=wait)

    def _post_due(self) -> None:
        now = self.clock.now()
        for workspace in [workspace for workspace in self.workspaces.values() if workspace.scheduled]:
            due = [one for one in workspace.scheduled if one["post_at"] <= now]
            workspace.scheduled = [one for one in workspace.scheduled if one["post_at"] > now]
            for one in due:
                if not one["_lost"]:
                    channel = workspace.channels[one["channel_id"]]
                    self.show(Message(channel, self.clock.ts(), workspace.bot.id, **one["_content"], via="schedule"))

    async def _upload(self, request: web.Request) -> web.Response:
        file = self.uploads.get(request.match_info["id"])
        if file is None:
            return web.Response(status=404)
        if request.content_type.startswith("multipart/"):
            form = await request.post()
            parts = [part.file.read() for part in form.values() if isinstance(part, web.FileField)]
            data = b"".join(parts)
        else:
            data = await request.read()
        if len(data) != file["size"]:
            self.refuse("upload", SlackError("length_mismatch"), {"file": file["id"]})
            return web.Response(status=400, text="length mismatch")
        file["_data"] = data
        return web.Response(text=f"OK - {len(data)}")

    # ---- response URLs ----

    async def _response_url(self, request: web.Request) -> web.StreamResponse:
        self._busy += 1
        try:
            fault = self._fault("response_url")
            kind = fault.kind if fault else ""
            if fault and fault.seconds:
                await asyncio.sleep(fault.seconds)
            if kind == "500":
                return web.Response(status=500, text="fault")
            if kind == "reset":
                return self._cut(request)
            if kind == "429":
                return web.Response(status=429, headers={"Retry-After": "1"}, text="rate_limited")
            answer = self._respond(request.match_info["id"], await request.json(), kind)
            if kind == "commit_then_reset":
                return self._cut(request)
            return web.Response(status=500) if kind == "commit_then_500" else answer
        finally:
            self._busy -= 1
            self.wake()

    def _respond(self, key: str, params: Json, planned: str) -> web.Response:
        try:
            if planned and planned != "slow" and not planned.startswith("commit_then"):
                raise SlackError(planned)
            self.use_response_url(key, params)
        except SlackError as error:
            self.refuse("response_url", error, params)
            self.calls.append(Called("response_url", params, self.clock.now(), error.error))
            status = 404 if error.error in ("used_url", "expired_url", "no_such_url") else 400
            body = {"ok": False, "error": error.error, "response_metadata": {"messages": list(error.messages)}}
            return web.json_response(body, status=status)
        self.calls.append(Called("response_url", params, self.clock.now(), ""))
        return web.Response(text="ok")

    def use_response_url(self, key: str, params: Json) -> None:
        """Answer an interaction by its URL; raises SlackError where it may not be used so."""
        url = self.response_urls.get(key)
        if url is None:
            raise SlackError("no_such_url")
        if self.clock.now() > url.expires_at:
            raise SlackError("expired_url")
        if url.uses >= LIMITS["common"]["response_url_uses"]:
            raise SlackError("used_url")
        call = Call("response_url", params)
        if call.flag("delete_original"):
            self._delete_original(url)
        else:
            self._place(url, call)
        url.uses += 1

    def _delete_original(self, url: ResponseUrl) -> None:
        if url.original is None:
            raise SlackError("message_not_found")
        self.remove(url.original, url.interaction)

    def _place(self, url: ResponseUrl, call: Call) -> None:
        content = check_content(self, call, "response_url")
        if call.flag("replace_original"):
            if url.original is not None:
                self.edit(url.original, content, None, url.interaction)
                return
            self.violation("response_url", "replaces an original where there is none")
        self.show(self.reply(url, content, call, "response_url"), url.interaction)

    def reply(self, url: ResponseUrl, content: Json, call: Call, via: str) -> Message:
        """The message that an answer to an interaction makes: private unless it says in_channel."""
        kind = call.text("response_type", "ephemeral")
        if kind not in ("ephemeral", "in_channel"):
            raise SlackError("invalid_arguments", "[ERROR] response_type")
        seen_by = None if kind == "in_channel" else url.user.id
        return Message(url.channel, self.clock.ts(), url.channel.workspace.bot.id, **content, seen_by=seen_by, via=via,
                       thread_ts=call.text("thread_ts") or None)  # fmt: skip

    # ---- waiting ----

    async def until(self, condition: Any, seconds: float = 5.0) -> bool:
        """Wait for a condition on what the double knows; whether it came true in time."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not condition():
            rest = deadline - asyncio.get_running_loop().time()
            if rest <= 0:
                return False
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.changed.wait(), min(rest, 0.25))
        return True
