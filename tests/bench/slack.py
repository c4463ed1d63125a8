"""How fast Slack is acknowledged and answered, as ratios to an empty Bolt handler in the same run."""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

sys.path.insert(0, str(Path(__file__).parents[1]))

from slack_app import Scene, connected, listening
from slack_double import SlackDouble

from bot.adapters.slack.api import Api
from bot.adapters.slack.run import running
from bot.app import App
from bot.settings import load_settings
from bot.web import Metrics, Web
from seeds.importer import refresh_shipped
from storage import open_database, upgrade

_ROUNDS = 300
_LINE = "search paged attention"
Serving = Callable[[], Any]


def _percentiles(values: list[float]) -> tuple[float, float]:
    ranked = sorted(values)
    return statistics.median(ranked), ranked[min(len(ranked) - 1, int(len(ranked) * 0.99))]


async def _acks(scene: Scene, text: str, rounds: int = _ROUNDS) -> list[float]:
    """Milliseconds to the acknowledgement, one command at a time; the answers are awaited between them."""
    taken = []
    for number in range(rounds + 20):
        done = await scene.say(text, wait=False)
        if number >= 20:
            taken.append(done.ack_ms)
        if text:
            await scene.slack.until(lambda done=done: bool(done.replies), 3)
        if number % 50 == 0:
            scene.slack.forget()
    return taken


async def _answers(scene: Scene, text: str) -> list[float]:
    """Milliseconds from typing to the visible reply."""
    taken = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        done = await scene.say(text, wait=False)
        await scene.slack.until(lambda done=done: bool(done.replies), 3)
        taken.append((time.perf_counter() - started) * 1000)
    return taken


@asynccontextmanager
async def _empty(scene: Scene, *, http: bool, before: bool) -> AsyncIterator[None]:
    """The floor: Bolt with a handler that does nothing."""
    slack, api = scene.slack, Api(scene.slack.api_base)
    client = api.client(scene.acme.bot_token)
    bolt = AsyncApp(client=client, signing_secret=slack.signing_secret, process_before_response=before)

    @bolt.command("/paper")
    async def _nothing(ack: Callable[[], Awaitable[None]]) -> None:
        await ack()

    if http:
        handler = AsyncSlackRequestHandler(bolt)

        async def events(request: Request) -> Response:
            return await handler.handle(request)

        web = Web(None, Metrics())  # type: ignore[arg-type]
        routes = [Route("/slack/events", events, methods=["POST"])]
        port = await web.start(Starlette(routes=routes), "127.0.0.1", 0)
        slack.request_url = f"http://127.0.0.1:{port}/slack/events"
        yield
        await web.stop()
        slack.request_url = ""
    else:
        sockets = AsyncSocketModeHandler(bolt, slack.app_token, web_client=client)
        await sockets.connect_async()
        await slack.ready()
        yield
        await sockets.close_async()
    await api.close()


@asynccontextmanager
async def _many(app: App, scene: Scene) -> AsyncIterator[None]:
    """The bot with its installation store, over HTTP."""
    slack = scene.slack
    settings = load_settings(
        slack_mode="http", slack_signing_secret=slack.signing_secret, slack_client_id=slack.client_id,
        slack_client_secret=slack.client_secret, slack_api_base=slack.api_base,
        slack_authorize_url=slack.authorize_url, host="127.0.0.1", port=0,
    )  # fmt: skip
    async with running(app, settings) as served:
        base = f"http://127.0.0.1:{served.port}/slack"
        slack.request_url = f"{base}/events"
        slack.oauth.redirect_uris = [f"{base}/oauth_redirect"]
        await slack.install(f"{base}/install", scene.acme, scene.bo)
        yield
    slack.request_url = ""


@asynccontextmanager
async def _scene() -> AsyncIterator[Scene]:
    async with SlackDouble(rate_limits=False) as slack:
        yield Scene(slack)


async def _compare(app: App) -> None:
    floors: dict[bool, tuple[float, float]] = {}
    default = 0.0
    for http, way in ((False, "socket"), (True, "http")):
        async with _scene() as scene, _empty(scene, http=http, before=True):
            floors[http] = _percentiles(await _acks(scene, ""))
        async with _scene() as scene, _empty(scene, http=http, before=False):
            default = _percentiles(await _acks(scene, "", 100))[0]
        _print(f"empty handler, {way}", floors[http], floors[http])
        async with _scene() as scene, (listening if http else connected)(app, scene):
            _print(f"acknowledgement, {way}", _percentiles(await _acks(scene, _LINE)), floors[http])
            p50, p99 = _percentiles(await _answers(scene, _LINE))
            print(f"{_LINE} to reply, {way:8} p50 {p50:7.2f} ms p99 {p99:7.2f} ms  {p50 / default:5.2f} × default ack")
    async with _scene() as scene, _many(app, scene):
        _print("acknowledgement, with store", _percentiles(await _acks(scene, _LINE)), floors[True])


def _print(what: str, taken: tuple[float, float], floor: tuple[float, float]) -> None:
    ratios = f"{taken[0] / floor[0]:5.2f} × {taken[1] / floor[1]:5.2f} ×"
    print(f"{what:30} p50 {taken[0]:7.2f} ms p99 {taken[1]:7.2f} ms  {ratios}")


async def _offer(scene: Scene, rate: float, seconds: float) -> tuple[int, int, int, float]:
    """Offer commands at a steady rate: how many were offered, answered and shed, and how long it took."""
    started, pending, done = time.perf_counter(), set(), []
    while (now := time.perf_counter() - started) < seconds:
        while len(done) + len(pending) < now * rate:
            task = asyncio.create_task(scene.say(_LINE, wait=False))
            pending.add(task)
            task.add_done_callback(lambda t: (pending.discard(t), done.append(t.result())))
        await asyncio.sleep(0.005)
    await asyncio.gather(*pending)
    await scene.slack.until(lambda: all(one.replies or one.error for one in done), 10)
    taken = time.perf_counter() - started
    shed = sum("more to do" in one.text for one in done)
    lost = sum(not one.replies or bool(one.error) for one in done)
    return len(done), shed, lost, taken


async def _load(app: App) -> None:
    async with _scene() as scene, connected(app, scene):
        await _acks(scene, _LINE, 20)
        for rate, seconds in ((200, 5.0), (800, 10.0)):
            offered, shed, lost, taken = await _offer(scene, rate, seconds)
            print(
                f"offered {rate}/s for {seconds:.0f} s: {offered} said, {shed} shed, {lost} lost, {taken:.1f} s in all"
            )
            await asyncio.sleep(2)
            p50, p99 = _percentiles(await _acks(scene, _LINE, 50))
            print(f"two seconds later: acknowledgement p50 {p50:.2f} ms, p99 {p99:.2f} ms")


def main() -> None:
    """Print milliseconds and ratios."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{Path(folder) / 'slack.sqlite'}")
        upgrade(engine)
        refresh_shipped(engine, datetime.now(UTC))
        app = App(engine)
        asyncio.run(_compare(app))
        asyncio.run(_load(app))
        engine.dispose()
