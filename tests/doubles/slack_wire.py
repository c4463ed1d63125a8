"""How the Slack double reaches an app: envelopes over Socket Mode, or signed requests over HTTP, with deadlines."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import random
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import WSMsgType, web
from doubles.slack_blocks import LIMITS
from doubles.slack_methods import SlackError
from doubles.slack_world import Json, make_id

if TYPE_CHECKING:
    from doubles.slack_server import Server

MOST_SOCKETS = 10
ACK_SECONDS = float(LIMITS["common"]["ack_seconds"])


@dataclass(eq=False)
class Delivery:
    """One thing handed to the app: what was sent, when it was acknowledged and with what body, or why it failed.

    `kind` is slash_commands, interactive or events_api; `error` is empty, operation_timeout or dispatch_failed.
    """

    kind: str
    payload: Json
    sent_at: float = field(default_factory=time.monotonic)
    acked_at: float | None = None
    body: Any = None
    status: int | None = None
    error: str = ""
    attempts: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def acked(self) -> bool:
        """Whether the app acknowledged it in time."""
        return self.acked_at is not None

    @property
    def ack_ms(self) -> float:
        """Milliseconds from sending to acknowledgement; infinite without one."""
        return (self.acked_at - self.sent_at) * 1000 if self.acked_at is not None else float("inf")

    def settle(self, body: Any, error: str = "") -> None:
        """Record an acknowledgement or a failure."""
        self.body, self.error = body, error
        if not error:
            self.acked_at = time.monotonic()


@dataclass(eq=False)
class Connection:
    """One websocket of the app; a frozen one takes everything and answers nothing, as a half-open socket does."""

    ws: web.WebSocketResponse
    request: web.Request
    frozen: bool = False
    retiring: bool = False

    def abort(self) -> None:
        """Cut the connection without a closing handshake."""
        if self.request.transport is not None:
            self.request.transport.abort()


class SocketHub:
    """The Socket Mode side: tickets, connections, envelopes and their acknowledgements."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._tickets: set[str] = set()
        self._waiting: dict[str, tuple[asyncio.Future[Any], Connection, bool]] = {}
        self._settled: deque[str] = deque(maxlen=1000)
        self.connections: list[Connection] = []
        self.enabled = True
        self.opened = 0
        self.random = random.Random(4)

    def ticket(self) -> str:
        """The address of a new websocket, good for one connection."""
        if not self.enabled:
            raise SlackError("internal_error", "Socket Mode is not turned on.")
        ticket = uuid.uuid4().hex
        self._tickets.add(ticket)
        return f"{self._server.base.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={self._server.app_id}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket until it ends."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404)
        self._tickets.discard(ticket)
        ws = web.WebSocketResponse(autoping=False, timeout=0.2)
        await ws.prepare(request)
        if len(self.connections) >= MOST_SOCKETS:
            await ws.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await ws.close()
            return ws
        connection = Connection(ws, request)
        self.connections.append(connection)
        self.opened += 1
        await self._hello(connection)
        self._server.wake()
        try:
            await self._listen(connection)
        finally:
            self.connections.remove(connection)
            self._server.wake()
        return ws

    async def _hello(self, connection: Connection) -> None:
        debug = {"host": "double", "build_number": 1, "approximate_connection_time": 18060}
        await connection.ws.send_json(
            {
                "type": "hello",
                "num_connections": len(self.connections),
                "debug_info": debug,
                "connection_info": {"app_id": self._server.app_id},
            }
        )

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.ws:
            if connection.frozen:
                continue
            if message.type is WSMsgType.PING:
                await connection.ws.pong(message.data)
            elif message.type is WSMsgType.TEXT and message.data.startswith("{"):
                self._acknowledged(connection, json.loads(message.data))

    def _acknowledged(self, connection: Connection, answer: Json) -> None:
        envelope_id = answer.get("envelope_id", "")
        waiting = self._waiting.pop(envelope_id, None)
        if waiting is None:
            known = "late or twice" if envelope_id in self._settled else "of an unknown envelope"
            self._server.violation("socket", f"acknowledgement {known}")
            return
        future, sent_on, takes_body = waiting
        if sent_on is not connection:
            self._server.violation("socket", "acknowledged on another connection than the envelope came on")
        if answer.get("payload") and not takes_body:
            self._server.violation("socket", "a body in an acknowledgement that takes none")
        if not future.done():
            future.set_result(answer.get("payload"))

    async def send(self, delivery: Delivery, retry: int = 0, reason: str = "") -> None:
        """Send an envelope over any open connection and wait for its acknowledgement."""
        delivery.attempts += 1
        open_ones = [one for one in self.connections if not one.ws.closed and not one.retiring]
        if not open_ones:
            delivery.settle(None, "dispatch_failed")
            return
        connection = self.random.choice(open_ones)
        envelope_id = str(uuid.uuid4())
        takes_body = delivery.kind != "events_api"
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = (future, connection, takes_body)
        envelope = {"envelope_id": envelope_id, "type": delivery.kind, "payload": delivery.payload,
                    "accepts_response_payload": takes_body}  # fmt: skip
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": reason}
        try:
            if not connection.frozen:
                with contextlib.suppress(ConnectionError):
                    await connection.ws.send_json(envelope)
            delivery.settle(await asyncio.wait_for(future, self._server.ack_seconds))
        except TimeoutError:
            delivery.settle(None, "operation_timeout")
        finally:
            self._waiting.pop(envelope_id, None)
            self._settled.append(envelope_id)

    async def disconnect(self, reason: str = "refresh_requested", connection: Connection | None = None) -> None:
        """Announce an end as Slack does: `warning` (about 10 s ahead), `refresh_requested` or `link_disabled`."""
        if reason == "link_disabled":
            self.enabled = False
        for one in [connection] if connection else list(self.connections):
            one.retiring = one.retiring or reason != "warning"
            await one.ws.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "double"}})
            if reason == "link_disabled":
                await one.ws.close()

    def drop(self) -> None:
        """Cut every connection without a word."""
        for connection in list(self.connections):
            connection.abort()

    def freeze(self) -> None:
        """Make every connection half-open: it stays up and nothing passes any more."""
        for connection in self.connections:
            connection.frozen = True

    async def close(self) -> None:
        """Cut everything at the end of a test; frozen sockets would not answer a handshake."""
        for connection in list(self.connections):
            if connection.frozen:
                connection.abort()
            else:
                with contextlib.suppress(ConnectionError):
                    await connection.ws.close(code=aiohttp.WSCloseCode.GOING_AWAY)


class HttpSender:
    """Signed requests to the app's request URL."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._session: aiohttp.ClientSession | None = None

    def sign(self, body: bytes, timestamp: float | None = None, secret: str | None = None) -> dict[str, str]:
        """The two headers that prove that Slack sent a body at a time (now unless given)."""
        stamp = str(int(time.time() if timestamp is None else timestamp))
        base = b"v0:" + stamp.encode() + b":" + body
        digest = hmac.new((secret or self._server.signing_secret).encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}

    @staticmethod
    def encode(kind: str, payload: Json) -> tuple[bytes, str]:
        """The body and content type of a payload of a kind."""
        if kind == "events_api":
            return json.dumps(payload).encode(), "application/json"
        form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
        return urlencode(form).encode(), "application/x-www-form-urlencoded"

    async def post(self, body: bytes, headers: dict[str, str], url: str | None = None) -> tuple[int, str]:
        """Send a raw request to the app; its status and text. Raises TimeoutError after the time for acknowledging."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=self._server.ack_seconds)
            connector = aiohttp.TCPConnector(limit=0)
            self._session = aiohttp.ClientSession(timeout=timeout, connector=connector, trust_env=False)
        async with self._session.post(url or self._server.request_url, data=body, headers=headers) as answer:
            return answer.status, await answer.text()

    async def send(self, delivery: Delivery, retry: int = 0, reason: str = "") -> None:
        """Send a delivery signed and record how it was answered."""
        delivery.attempts += 1
        body, content_type = self.encode(delivery.kind, delivery.payload)
        headers = {"Content-Type": content_type, "User-Agent": "Slackbot 1.0", **self.sign(body)}
        delivery.headers = dict(headers)
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason}
        try:
            delivery.status, text = await self.post(body, headers)
        except TimeoutError:
            delivery.settle(None, "operation_timeout")
        except aiohttp.ClientError:
            delivery.settle(None, "dispatch_failed")
        else:
            delivery.settle(_body(text), "" if 200 <= delivery.status < 300 else "dispatch_failed")

    async def close(self) -> None:
        """Close the connections to the app."""
        if self._session is not None:
            await self._session.close()


def _body(text: str) -> Any:
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except ValueError:
        return {"text": text}


def event_payload(server: "Server", workspace: Any, event: Json) -> Json:
    """The envelope of the Events API around an event."""
    bot = workspace.bot.id
    authorization = {"enterprise_id": None, "team_id": workspace.id, "user_id": bot, "is_bot": True,
                     "is_enterprise_install": False}  # fmt: skip
    return {
        "token": server.verification_token,
        "team_id": workspace.id,
        "api_app_id": server.app_id,
        "event": {"event_ts": server.clock.ts(), **event},
        "type": "event_callback",
        "event_id": make_id("Ev"),
        "event_time": int(server.clock.now()),
        "authed_users": [bot],
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
        "event_context": make_id("4-"),
    }
