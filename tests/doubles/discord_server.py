"""The server of the Discord double: what it knows, how it answers REST, and what it noted about the app."""

import asyncio
import contextlib
import fnmatch
import json
import re
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self

from aiohttp import web
from doubles.discord_compose import Upload, described
from doubles.discord_gateway import (
    DIRECT_MESSAGES,
    EVENTS,
    GUILD_MESSAGES,
    GUILDS,
    MESSAGE_CONTENT,
    Gateway,
)
from doubles.discord_interactions import Interaction
from doubles.discord_rates import Rates
from doubles.discord_routes import ROUTES, Handler, direct_channel
from doubles.discord_rules import DiscordError, Fault
from doubles.discord_schema import schema
from doubles.discord_world import Channel, Clock, Event, Guild, Json, Message, Ping, User, label, snowflake, walk

_WITHOUT_TOKEN = ("/interactions/", "/webhooks/")
_LIVE = re.compile(r"\*|__|~~|\|\||`|\]\(|<[@#:/]|^\s*(#|>|-#)", re.MULTILINE)
_BACKSLASH = re.compile(r"\\[*_~|`>\[\]]")


class Violation(NamedTuple):
    """Something Discord would let pass and a reader would suffer from."""

    where: str
    what: str


class Refusal(NamedTuple):
    """A request that was answered with an error; planned failures and rate limits are kept apart."""

    operation: str
    status: int
    code: int
    message: str
    body: Any


class Called(NamedTuple):
    """One request and how it was answered."""

    operation: str
    at: float
    status: int
    body: Any


@dataclass
class Planned:
    """A failure to come: 500 or another status, reset, slow, commit_then_500, _reset or _slow, or an error."""

    operation: str
    kind: str
    times: int
    seconds: float
    code: int


@dataclass
class Call:
    """One request, taken apart."""

    operation: str
    template: str
    params: dict[str, str]
    query: dict[str, str]
    body: Any = None
    files: dict[int, Upload] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """What a rate limit bucket belongs to besides the route."""
        keys = ("channel_id", "guild_id", "webhook_id", "webhook_token")
        return "/".join(self.params[key] for key in keys if key in self.params)

    def within(self, body: Json) -> "Call":
        """The same request with an inner body."""
        return replace(self, body=body)


@dataclass(eq=False)
class _Route:
    method: str
    template: str
    operation: str
    handler: Handler
    pattern: re.Pattern[str]


def _routes() -> list[_Route]:
    found = []
    for method, template, operation, handler in ROUTES:
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
        found.append(_Route(method, template, operation, handler, re.compile(pattern)))
    return found


@dataclass(eq=False)
class Server:
    """Discord on loopback. Base class of the double that tests drive."""

    token: str = "double.bot.token"
    bot_name: str = "paperclub"
    ack_seconds: float = 3.0
    nonce_seconds: float = 300.0
    shards: int = 1
    validate: bool = True
    rate_limits: bool = True
    allowed_intents: int = 0
    integration_types: tuple[int, ...] = (0, 1)
    prefix: str = "/api/v10"

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.application_id = snowflake()
        self.application_flags = 0
        self.bot = User(self.application_id, self.bot_name, bot=True)
        self.users: dict[str, User] = {self.bot.id: self.bot}
        self.guilds: dict[str, Guild] = {}
        self.channels: dict[str, Channel] = {}
        self.commands: dict[str | None, list[Json]] = {}
        self.created_commands = 0
        self.syncs = 0
        self.interactions: dict[str, Interaction] = {}
        self.tokens: dict[str, Interaction] = {}
        self.rates = Rates(self.clock, self.rate_limits)
        self.gateway = Gateway(self)
        self.violations: list[Violation] = []
        self.refused: list[Refusal] = []
        self.limited: list[Refusal] = []
        self.pings: list[Ping] = []
        self.strangers: list[str] = []
        self.calls: deque[Called] = deque(maxlen=100_000)
        self.base = ""
        self.busy = 0
        self.changed = asyncio.Event()
        self._planned: list[Planned] = []
        self._all_routes = _routes()
        self._runner: web.AppRunner | None = None

    # ---- running ----

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**28)
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_get("/gateway/", self.gateway.handle)
        app.router.add_get("/attachments/{id}/{name}", self._download)
        app.router.add_route("*", self.prefix + "/{tail:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024).start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.gateway.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def api_base(self) -> str:
        """What DISCORD_API_BASE and `discord.http.Route.BASE` should be."""
        return self.base + self.prefix

    @property
    def gateway_url(self) -> str:
        """The address of the websocket."""
        return self.base.replace("http", "ws", 1) + "/gateway/"

    def wake(self) -> None:
        """Tell waiters that something changed."""
        self.changed.set()
        self.changed = asyncio.Event()

    async def until(self, done: Any, seconds: float) -> bool:
        """Wait until something holds, of the app too (it is looked at often); whether it came to that in time."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + seconds
        while not done():
            changed, left = self.changed, ends - loop.time()
            if left <= 0:
                return False
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), min(left, 0.05))
        return True

    # ---- planning trouble ----

    def fail(self, operation: str, kind: str | int = 500, *, times: int = 1, seconds: float = 0.0) -> None:
        """Let coming requests fail: operation as in Discord's OpenAPI document, `*` for any.

        `kind` is a status (500, 502, 503), `reset`, `slow` (by `seconds`), `commit_then_500`, `commit_then_reset`,
        `429` (waiting `seconds`), or a Discord error code such as 50013 (over 999).
        """
        code = kind if isinstance(kind, int) and kind > 999 else 0
        self._planned.append(Planned(operation, str(kind), times, seconds, code))

    def _plan(self, operation: str) -> Planned | None:
        for one in self._planned:
            if one.times > 0 and fnmatch.fnmatch(operation, one.operation):
                one.times -= 1
                return one
        return None

    # ---- REST ----

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.busy += 1
        try:
            return await self._answer(request)
        finally:
            self.busy -= 1
            self.wake()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix(self.prefix)
        route, params = self._match(request.method, path)
        if route is None:
            name = f"{request.method} {path}"
            known = schema().operation(request.method, path)
            text = "not played by the double" if known else "404: Not Found"
            return self._refuse(Call(name, path, {}, {}), DiscordError(404, 0, text), {})
        call = Call(route.operation, route.template, params, dict(request.query))
        if self.rates.banned:
            return web.Response(status=429, text="error code: 1015")
        if not path.startswith(_WITHOUT_TOKEN) and request.headers.get("Authorization") != f"Bot {self.token}":
            return self._refuse(call, DiscordError(401, 0, "401: Unauthorized"), {})
        planned = self._plan(route.operation)
        if planned is not None and (early := await self._trouble(request, call, planned)):
            return early
        limited, headers = self.rates.take(route.operation, call.owner)
        if limited is not None:
            return self._limit(call, limited.retry_after, limited.scope, headers)
        await self._read(request, call)
        response = self._handle(route, call, headers)
        if planned is not None and planned.kind == "commit_then_slow":
            await asyncio.sleep(planned.seconds)
        elif planned is not None and planned.kind.startswith("commit_then"):
            return self._after(request, call, planned)
        return response

    def _match(self, method: str, path: str) -> tuple[_Route | None, dict[str, str]]:
        for one in self._all_routes:
            if one.method == method and (found := one.pattern.fullmatch(path)):
                return one, found.groupdict()
        return None, {}

    async def _read(self, request: web.Request, call: Call) -> None:
        if request.content_type == "multipart/form-data":
            form = await request.post()
            call.body = json.loads(str(form.get("payload_json", "{}")))
            for key, value in form.items():
                if isinstance(value, web.FileField):
                    number = int((re.findall(r"\d+", key) or ["0"])[0])
                    call.files[number] = Upload(value.filename, value.file.read(), value.content_type)
        elif request.can_read_body:
            call.body = await request.json()

    def _handle(self, route: _Route, call: Call, headers: dict[str, str]) -> web.StreamResponse:
        try:
            self._check(route, call)
            result = route.handler(self, call)
        except DiscordError as error:
            return self._refuse(call, error, headers)
        status = 204 if result is None else 201 if route.operation.startswith("create_thread") else 200
        self.calls.append(Called(call.operation, self.clock.now(), status, call.body))
        if result is None:
            return web.Response(status=204, headers=headers)
        return _json(result, status=status, headers=headers)

    def _check(self, route: _Route, call: Call) -> None:
        if call.body is None and schema().present:
            wanted = (schema().operation(route.method, route.template) or {}).get("requestBody", {})
            if wanted.get("required"):
                raise DiscordError(400, 50109, "The request body contains invalid JSON.")
        if not self.validate or call.body is None:
            return
        found = schema().faults(route.method, route.template, call.body)
        faults = [Fault(path, "SCHEMA", text) for path, text in found]
        if faults:
            raise DiscordError(400, 50035, "Invalid Form Body", faults)

    def _refuse(self, call: Call, error: DiscordError, headers: dict[str, str]) -> web.Response:
        self.refused.append(Refusal(call.operation, error.status, error.code, str(error), call.body))
        self.calls.append(Called(call.operation, self.clock.now(), error.status, call.body))
        if error.status in (401, 403):
            self.rates.invalid.append(self.clock.now())
        return _json(error.as_json(), status=error.status, headers=headers)

    def _limit(self, call: Call, seconds: float, scope: str, headers: dict[str, str]) -> web.Response:
        self.limited.append(Refusal(call.operation, 429, 0, f"{scope} {seconds:.3f}", call.body))
        self.rates.invalid.append(self.clock.now())
        self.calls.append(Called(call.operation, self.clock.now(), 429, None))
        everywhere = scope == "global"
        more = {"Via": "1.1 double", "Retry-After": str(int(seconds) + 1), "X-RateLimit-Scope": scope}
        more |= {"X-RateLimit-Global": "true"} if everywhere else {}
        body = {"message": "You are being rate limited.", "retry_after": round(seconds, 3), "global": everywhere}
        return _json(body, status=429, headers=headers | more)

    async def _trouble(self, request: web.Request, call: Call, planned: Planned) -> web.StreamResponse | None:
        if planned.kind == "slow":
            await asyncio.sleep(planned.seconds)
            return None
        if planned.kind.startswith("commit_then"):
            return None
        if planned.kind == "429":
            return self._limit(call, planned.seconds, "user", {})
        return self._after(request, call, planned)

    def _after(self, request: web.Request, call: Call, planned: Planned) -> web.StreamResponse:
        kind = planned.kind.removeprefix("commit_then_")
        if kind == "reset":
            self.calls.append(Called(call.operation, self.clock.now(), 0, call.body))
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        if planned.code:
            status = {1: 404, 4: 400, 5: 403}.get(planned.code // 10_000, 400)
            error = DiscordError(status, planned.code, "planned by the test")
            return _json(error.as_json(), status=status)
        self.calls.append(Called(call.operation, self.clock.now(), int(kind), call.body))
        return _json({"message": f"{kind}: Internal Server Error", "code": 0}, status=int(kind))

    async def _download(self, request: web.Request) -> web.Response:
        for channel in self.channels.values():
            for message in channel.messages.values():
                for one in message.attachments:
                    if one.id == request.match_info["id"]:
                        return web.Response(body=one.data, content_type=one.content_type)
        return web.Response(status=404)

    # ---- what others see ----

    def direct(self, user: User) -> Channel:
        """The conversation between the bot and somebody."""
        for one in self.channels.values():
            if one.guild is None and user in one.recipients:
                return one
        channel = direct_channel(self.bot, user)
        self.channels[channel.id] = channel
        return channel

    def _tell(self, event: str, message: Message, data: Json) -> None:
        guild = message.channel.guild
        if guild is not None:
            data = data | {"guild_id": guild.id}
        self.gateway.dispatch(
            event, data, guild_id=guild.id if guild else None, intents=GUILD_MESSAGES if guild else DIRECT_MESSAGES
        )

    def say_created(self, message: Message) -> None:
        """Tell the app of a message, without its content where it may not read that."""
        data = message.as_json()
        guild = message.channel.guild
        if guild is not None and message.author.id in guild.members:
            member = guild.members[message.author.id].as_json()
            data["member"] = {key: value for key, value in member.items() if key != "user"}
        mine = message.author is self.bot or self.bot in message.mentions or guild is None
        if not mine and not self.allowed_intents & MESSAGE_CONTENT:
            data |= {"content": "", "embeds": [], "attachments": [], "components": []}
        self._tell("MESSAGE_CREATE", message, data)

    def say_changed(self, message: Message) -> None:
        """Tell the app of an edit."""
        self._tell("MESSAGE_UPDATE", message, message.as_json())

    def say_deleted(self, message: Message) -> None:
        """Tell the app that a message is gone."""
        self._tell("MESSAGE_DELETE", message, {"id": message.id, "channel_id": message.channel.id})

    def say_channel(self, channel: Channel, event: str) -> None:
        """Tell the app of a channel or thread."""
        assert channel.guild is not None
        data = channel.as_json() | ({"newly_created": True} if event == "THREAD_CREATE" else {})
        self.gateway.dispatch(event, data, guild_id=channel.guild.id, intents=GUILDS)

    def say_event(self, event: Event, what: str) -> None:
        """Tell the app of a scheduled event."""
        name = f"GUILD_SCHEDULED_EVENT_{what}"
        self.gateway.dispatch(name, event.as_json(), guild_id=event.guild.id, intents=EVENTS)

    def remove_bot(self, guild: Guild) -> None:
        """Take the bot out of a guild."""
        guild.present = False
        self.commands.pop(guild.id, None)
        self.gateway.dispatch("GUILD_DELETE", {"id": guild.id}, guild_id=guild.id, intents=GUILDS)

    def told(self, interaction: Interaction) -> None:
        """Something came of an interaction."""
        self.wake()

    # ---- judging ----

    def violation(self, where: str, what: str) -> None:
        """Note something that a reader would suffer from."""
        self.violations.append(Violation(where, what))

    def judge(self, message: Message, notes: list[str]) -> None:
        """Look at a message with a reader's eyes: pictures without words, live markup, stray backslashes."""
        for note in notes:
            self.violation("message", note)
        good = described(message)
        for one in message.attachments:
            if one.content_type.startswith("image/") and one.id not in good:
                self.violation("message", f"the picture {one.filename} has no description")
        texts = [message.text]
        for text in self.strangers:
            if _LIVE.search(text) and any(text in one for one in texts):
                self.violation("message", f"markup of a stranger is live: {text!r}")
        for part in walk(message.components):
            plain = [label(part), *(str(option.get(key) or "") for option in part.get("options") or ()
                                   for key in ("label", "description"))]  # fmt: skip
            for shown in plain:
                if _BACKSLASH.search(shown):
                    self.violation("message", f"a backslash shows in {shown!r}")


def _json(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """An answer whose type has no charset: discord.py takes anything else for text."""
    data = json.dumps(body, separators=(",", ":")).encode()
    return web.Response(body=data, status=status, headers=headers, content_type="application/json")
