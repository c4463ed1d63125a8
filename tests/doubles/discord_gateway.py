"""The gateway of the Discord double: identify, heartbeats, sessions that resume, and every way to lose a connection."""

import asyncio
import contextlib
import json
import secrets
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp import WSCloseCode, WSMsgType, web
from doubles.discord_rates import Rates
from doubles.discord_world import Clock, Guild, Json, User

GUILDS, MEMBERS, PRESENCES = 1 << 0, 1 << 1, 1 << 8
GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT, EVENTS = 1 << 9, 1 << 12, 1 << 15, 1 << 16
PRIVILEGED = MEMBERS | PRESENCES | MESSAGE_CONTENT
GONE_FOR_GOOD = (1000, 1001, 4004, 4007, 4009, 4010, 4011, 4012, 4013, 4014)


class Home(Protocol):
    """What the gateway needs of the server."""

    token: str
    bot: User
    application_id: str
    base: str
    clock: Clock
    rates: Rates
    guilds: dict[str, Guild]
    allowed_intents: int
    application_flags: int

    def wake(self) -> None:
        """Tell waiters that something changed."""


class Closing(Exception):
    """The connection must be closed with a code."""

    def __init__(self, code: int, reason: str = "") -> None:
        self.code, self.reason = code, reason
        super().__init__(f"{code} {reason}")


@dataclass(eq=False)
class Session:
    """What a bot identified: it outlives its connections."""

    id: str
    shard: tuple[int, int]
    intents: int
    sequence: int = 0
    buffer: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=20_000))
    connection: "Connection | None" = None
    lost_at: float = 0.0
    presence: Json | None = None

    def holds(self, guild_id: str | None) -> bool:
        """Whether events of a guild (or, without one, direct messages) go here."""
        index, count = self.shard
        return index == ((int(guild_id) >> 22) % count if guild_id else 0)

    def dispatch(self, event: str, data: Any) -> None:
        """Send an event, or keep it for a resume."""
        self.sequence += 1
        text = json.dumps({"op": 0, "t": event, "s": self.sequence, "d": data}, separators=(",", ":"))
        self.buffer.append((self.sequence, text))
        if self.connection is not None:
            self.connection.push(text)


class Connection:
    """One websocket, with the compression that the client asked for."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self.session: Session | None = None
        self.muted = False
        self._transport = request.transport
        self._compress = _compressor(request.query.get("compress", ""))
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._writer = asyncio.get_running_loop().create_task(self._write())

    def push(self, text: str) -> None:
        """Queue a payload."""
        if not self.muted:
            self._queue.put_nowait(text)

    def send(self, op: int, data: Any = None) -> None:
        """Queue a payload that is no event."""
        self.push(json.dumps({"op": op, "d": data, "s": None, "t": None}))

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError):
            while (text := await self._queue.get()) is not None:
                if self._compress is None:
                    await self.socket.send_str(text)
                else:
                    await self.socket.send_bytes(self._compress(text.encode()))

    def abort(self) -> None:
        """Cut the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    async def close(self, code: int = 4000, reason: str = "") -> None:
        """Say everything that is queued, then close properly."""
        self._queue.put_nowait(None)
        await self._writer
        await self.socket.close(code=code, message=reason.encode())

    def end(self) -> None:
        """Stop writing."""
        self._writer.cancel()


def _compressor(kind: str) -> Callable[[bytes], bytes] | None:
    if kind == "zlib-stream":
        deflate = zlib.compressobj(level=1)
        return lambda data: deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH)
    if kind == "zstd-stream":
        return _zstd()
    return None


def _zstd() -> Callable[[bytes], bytes]:
    try:  # only clients that found one of these ask for it
        from compression import zstd  # type: ignore[import-not-found]
    except ImportError:
        import zstandard  # type: ignore[import-not-found]

        stream = zstandard.ZstdCompressor(level=1).compressobj()
        return lambda data: stream.compress(data) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    own = zstd.ZstdCompressor(level=1)
    return lambda data: own.compress(data) + own.flush(zstd.ZstdCompressor.FLUSH_BLOCK)


@dataclass(eq=False)
class Gateway:
    """Accepts connections and hands events to the sessions they belong to."""

    home: Home
    heartbeat_ms: int = 41_250
    concurrency: int = 1
    identify_seconds: float = 0.0
    resume_seconds: float = 90.0
    guilds_per_shard: int = 2500
    down: bool = False
    sessions: dict[str, Session] = field(default_factory=dict)
    connections: list[Connection] = field(default_factory=list)
    identified: int = 0
    resumed: int = 0
    refused: list[str] = field(default_factory=list)
    _identified_at: dict[int, float] = field(default_factory=dict)

    @property
    def live(self) -> list[Session]:
        """Sessions with an open connection."""
        return [one for one in self.sessions.values() if one.connection is not None]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket."""
        if self.down:
            return web.Response(status=503)
        socket = web.WebSocketResponse(compress=False, max_msg_size=0, timeout=0.2)
        await socket.prepare(request)
        connection = Connection(socket, request)
        self.connections.append(connection)
        try:
            connection.send(10, {"heartbeat_interval": self.heartbeat_ms, "_trace": []})
            await self._listen(connection)
        except Closing as closing:
            self.refused.append(str(closing))
            await connection.close(closing.code, closing.reason)
            self._lose(connection, closing.code)
        except ConnectionError:
            self._lose(connection, None)
        finally:
            self._lose(connection, socket.close_code)
            connection.end()
            self.connections.remove(connection)
            self.home.wake()
        return socket

    async def _listen(self, connection: Connection) -> None:
        while True:
            try:
                message = await connection.socket.receive(timeout=self.heartbeat_ms * 2 / 1000)
            except TimeoutError:
                raise Closing(4009, "Session timed out.") from None
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            if len(message.data) > 4096:
                raise Closing(4002, "Payload too large.")
            try:
                payload = json.loads(message.data)
            except ValueError:
                raise Closing(4002, "Error while decoding payload.") from None
            self._take(connection, payload)
            self.home.wake()

    def _take(self, connection: Connection, payload: Json) -> None:
        op: Any = payload.get("op")
        data: Any = payload.get("d")
        if op == 1:
            connection.send(11)
        elif op == 2:
            self._identify(connection, data)
        elif op == 6:
            self._resume(connection, data)
        elif connection.session is None:
            raise Closing(4003, "Not authenticated.")
        elif op == 3:
            connection.session.presence = data
        elif op == 8:
            self._members(connection.session, data)
        elif op not in (4, 31, 43):
            raise Closing(4001, "Unknown opcode.")

    def _identify(self, connection: Connection, data: Json) -> None:
        if connection.session is not None:
            raise Closing(4005, "Already authenticated.")
        if data.get("token") != self.home.token:
            raise Closing(4004, "Authentication failed.")
        index, count = data.get("shard") or (0, 1)
        if not 0 <= index < count:
            raise Closing(4010, "Invalid shard.")
        intents = data.get("intents")
        if not isinstance(intents, int) or intents < 0 or intents >> 26:
            raise Closing(4013, "Invalid intent(s).")
        if intents & PRIVILEGED & ~self.home.allowed_intents:
            raise Closing(4014, "Disallowed intent(s).")
        now = self.home.clock.now()
        key = index % self.concurrency
        if now - self._identified_at.get(key, 0.0) < self.identify_seconds:
            connection.send(9, False)
            return
        session = Session(secrets.token_hex(16), (index, count), intents, presence=data.get("presence"))
        mine = [one for one in self.home.guilds.values() if one.present and session.holds(one.id)]
        if len(mine) > self.guilds_per_shard:
            raise Closing(4011, "Sharding required.")
        self._identified_at[key] = now
        self._open(connection, session, mine)

    def _open(self, connection: Connection, session: Session, guilds: list[Guild]) -> None:
        self.sessions[session.id] = session
        session.connection, connection.session = connection, session
        self.identified += 1
        application = {"id": self.home.application_id, "flags": self.home.application_flags}
        session.dispatch("READY", {
            "v": 10, "user": self.home.bot.as_json() | {"verified": True, "mfa_enabled": True, "email": None},
            "guilds": [{"id": one.id, "unavailable": True} for one in guilds], "session_id": session.id,
            "resume_gateway_url": self.home.base.replace("http", "ws", 1) + "/gateway", "shard": list(session.shard),
            "application": application, "private_channels": [], "session_type": "normal", "_trace": [],
        })  # fmt: skip
        if session.intents & GUILDS:
            for one in guilds:
                if not one.unavailable:
                    session.dispatch("GUILD_CREATE", one.as_json(create=True))

    def _resume(self, connection: Connection, data: Json) -> None:
        if data.get("token") != self.home.token:
            raise Closing(4004, "Authentication failed.")
        session = self.sessions.get(str(data.get("session_id")))
        late = session is not None and session.lost_at and self._now() - session.lost_at > self.resume_seconds
        if session is None or late:
            connection.send(9, False)
            return
        if not isinstance(data.get("seq"), int) or data["seq"] > session.sequence:
            raise Closing(4007, "Invalid seq.")
        if session.connection is not None:
            session.connection.session = None
            session.connection.abort()
        session.connection, connection.session, session.lost_at = connection, session, 0.0
        self.resumed += 1
        for sequence, text in session.buffer:
            if sequence > data["seq"]:
                connection.push(text)
        session.dispatch("RESUMED", {"_trace": []})

    def _members(self, session: Session, data: Json) -> None:
        guild = self.home.guilds[str(data["guild_id"])]
        wanted = data.get("user_ids")
        wanted = [wanted] if isinstance(wanted, str | int) else wanted
        members = [one for one in guild.members.values() if not wanted or one.user.id in map(str, wanted)]
        chunk = {"guild_id": guild.id, "members": [one.as_json() for one in members], "chunk_index": 0,
                 "chunk_count": 1, "not_found": []}  # fmt: skip
        session.dispatch("GUILD_MEMBERS_CHUNK", chunk | ({"nonce": data["nonce"]} if data.get("nonce") else {}))

    def _now(self) -> float:
        return self.home.clock.now()

    def _lose(self, connection: Connection, code: int | None) -> None:
        session, connection.session = connection.session, None
        if session is None or session.connection is not connection:
            return
        session.connection, session.lost_at = None, self._now()
        if code in GONE_FOR_GOOD:
            self.sessions.pop(session.id, None)

    # ---- events ----

    def dispatch(self, event: str, data: Any, *, guild_id: str | None = None, intents: int = 0) -> int:
        """Send an event to every session that it concerns (any one of `intents` suffices); how many there were."""
        reached = 0
        for session in list(self.sessions.values()):
            if session.lost_at and self._now() - session.lost_at > self.resume_seconds:
                del self.sessions[session.id]
            elif session.holds(guild_id) and (not intents or session.intents & intents):
                session.dispatch(event, data)
                reached += 1
        return reached

    # ---- trouble ----

    def _chosen(self, shard: int | None) -> list[Session]:
        return [one for one in self.live if shard is None or one.shard[0] == shard]

    def drop(self, shard: int | None = None) -> int:
        """Cut connections without a word; sessions can be resumed. How many there were."""
        chosen = self._chosen(shard)
        for session in chosen:
            assert session.connection is not None
            session.connection.abort()
            self._lose(session.connection, None)
        return len(chosen)

    async def close(self, code: int = 4000, shard: int | None = None) -> None:
        """Close connections with a code."""
        for session in self._chosen(shard):
            connection = session.connection
            assert connection is not None
            self._lose(connection, code)
            await connection.close(code)

    def reconnect(self, shard: int | None = None) -> None:
        """Ask for a reconnect (op 7)."""
        for session in self._chosen(shard):
            assert session.connection is not None
            session.connection.send(7)

    def invalidate(self, shard: int | None = None, *, resumable: bool = False) -> None:
        """Declare sessions invalid (op 9), or merely shaken."""
        for session in self._chosen(shard):
            assert session.connection is not None
            session.connection.send(9, resumable)
            if not resumable:
                self.sessions.pop(session.id, None)

    def mute(self, shard: int | None = None) -> None:
        """Leave connections open and say nothing on them any more, not even heartbeat acknowledgements."""
        for session in self._chosen(shard):
            assert session.connection is not None
            session.connection.muted = True

    async def stop(self) -> None:
        """Close everything."""
        for connection in list(self.connections):
            with contextlib.suppress(ConnectionError, TimeoutError):
                await connection.socket.close(code=WSCloseCode.GOING_AWAY)
            connection.abort()
