"""The web server: health, metrics, and whatever requests a platform sends by HTTP."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import uvicorn
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from bot.calendars import feed
from bot.errors import SettingsError
from bot.settings import Settings
from storage import Engine
from storage.health import problem

log = logging.getLogger(__name__)

DEFAULT_PORT = 3000
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """What operators watch. One object a process, no global registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.commands = Counter(
            "paperclub_commands",
            "Lines said, by platform and outcome.",
            ("platform", "outcome"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "paperclub_answer_seconds",
            "Seconds from hearing a line to its answer.",
            ("platform",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.load = Gauge("paperclub_load", "Things being done now.", ("platform",), registry=self.registry)
        self.connected = Gauge(
            "paperclub_connected", "Whether the platform is connected.", ("platform",), registry=self.registry
        )


class Web:
    """The server's pages. `ready` names what is not ready yet, an empty text when everything is."""

    def __init__(
        self,
        engine: Engine,
        metrics: Metrics,
        ready: Callable[[], str] = lambda: "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._metrics = metrics
        self._ready = ready
        self._server: _Server | None = None

    def app(self, routes: Sequence[BaseRoute] = ()) -> ASGIApp:
        """The ASGI application with these further routes."""
        own = [
            Route("/healthz", self._healthz),
            Route("/readyz", self._readyz),
            Route("/metrics", self._show_metrics),
            Route("/calendar/{token}.ics", self._calendar),
        ]
        return Starlette(routes=[*routes, *own])

    async def _healthz(self, _request: Request) -> Response:
        return PlainTextResponse("ok")

    async def _readyz(self, _request: Request) -> Response:
        missing = self._ready()
        if trouble := await asyncio.to_thread(problem, self._engine):
            log.warning("%s", trouble)
            missing = "the database can't be used"
        return PlainTextResponse(missing or "ready", status_code=503 if missing else 200)

    async def _show_metrics(self, _request: Request) -> Response:
        content = await asyncio.to_thread(generate_latest, self._metrics.registry)
        return Response(content, media_type="text/plain; version=0.0.4")

    async def _calendar(self, request: Request) -> Response:
        """Somebody's calendar; its secret is the address, so nobody in between may keep it."""
        token = str(request.path_params["token"])
        content = await asyncio.to_thread(feed, self._engine, token, self._clock())
        if content is None:
            return PlainTextResponse("There is no such calendar (any more).", status_code=404)
        headers = {"cache-control": "private, max-age=300", "referrer-policy": "no-referrer"}
        return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)

    async def start(self, app: ASGIApp, host: str, port: int) -> int:
        """Begin to listen; returns the port, which is chosen freely for 0. Raises SettingsError when it is taken."""
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError as error:
            sock.close()
            raise SettingsError(f"PORT: nothing can listen on {host}:{port}: {error.strerror}") from error
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=5, timeout_keep_alive=75
        )
        self._server = _Server(config)
        self._server.task = asyncio.create_task(self._server.serve(sockets=[sock]))
        listening = asyncio.create_task(self._server.listening.wait())
        await asyncio.wait({listening, self._server.task}, return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()
        return int(sock.getsockname()[1])

    async def stop(self) -> None:
        """Stop listening; requests under way are finished."""
        if self._server is not None and self._server.task is not None:
            self._server.should_exit = True
            await self._server.task


def wanted(settings: Settings) -> bool:
    """Whether anything that the server is for was asked for: health and metrics on a port, or calendars."""
    return settings.port is not None or bool(settings.public_url)


async def serve(web: Web, settings: Settings, stop: asyncio.Event) -> None:
    """Answer requests until `stop` is set. Raises SettingsError when the port is taken."""
    port = DEFAULT_PORT if settings.port is None else settings.port
    log.info("listening on port %s", await web.start(web.app(), settings.host, port))
    await stop.wait()
    await web.stop()


class _Server(uvicorn.Server):
    """A server that leaves signals to the program."""

    task: asyncio.Task[None] | None = None

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell when requests are taken."""
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take none."""
        yield
