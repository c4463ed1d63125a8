"""How fast Slack is acknowledged and answered, as ratios to an empty Bolt handler in the same run.

The bot and the empty handler are processes of their own, started as anybody starts them; the double is their Slack.
"""

import asyncio
import contextlib
import random
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

sys.path.insert(0, str(Path(__file__).parents[1]))

from slack_app import Scene
from slack_double import Interaction, SlackDouble

from seeds.importer import refresh_shipped
from storage import open_database, upgrade
from tests.bench.processes import BOT, Served, ranks, started

_ROUNDS = 300
_PAUSE = 0.01
"""Seconds between commands, as people make them: without, an empty handler would never have to wake up."""
_LINE = "search paged attention"
_QUERIES = ("paged attention", "speculative decoding", "moe", "kv cache", "quantization", "flash attention", "rdma")
_FLOOR = ["-m", "tests.bench._slack_floor"]
_ENDURANCE = 60.0


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@asynccontextmanager
async def serving(
    slack: SlackDouble, scene: Scene, what: Sequence[str], way: str, **more: str
) -> AsyncIterator[Served]:
    """A process that serves one workspace, or many of them, by one of both ways."""
    port = _free_port()
    tokens = {} if "SLACK_CLIENT_ID" in more else {"SLACK_BOT_TOKEN": scene.acme.bot_token}
    environment = {
        **tokens, "SLACK_APP_TOKEN": slack.app_token, "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_BASE": slack.api_base, "SLACK_MODE": way, "HOST": "127.0.0.1", **more,
    }  # fmt: skip
    if way == "http":
        environment["PORT"] = str(port)
        slack.request_url = f"http://127.0.0.1:{port}/slack/events"
    async with started(what, environment) as served:
        await (_listening(port) if way == "http" else slack.ready(seconds=60))
        yield served


async def _listening(port: int) -> None:
    async with aiohttp.ClientSession() as session, asyncio.timeout(60):
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get(f"http://127.0.0.1:{port}/healthz"):
                    return
            await asyncio.sleep(0.1)


@asynccontextmanager
async def _scene() -> AsyncIterator[Scene]:
    async with SlackDouble(rate_limits=False) as slack:
        slack.patience = 10.0
        yield Scene(slack)


async def _acks(scene: Scene, text: str = "", rounds: int = _ROUNDS) -> tuple[float, float]:
    """Milliseconds to the acknowledgement, one command at a time; answers are awaited between them."""
    return ranks([done.ack_ms for done, _ms in await _one_by_one(scene, text, rounds)])


async def _one_by_one(scene: Scene, text: str, rounds: int) -> list[tuple[Interaction, float]]:
    done = []
    for number in range(rounds + 30):
        await asyncio.sleep(_PAUSE)
        started = time.perf_counter()
        one = await scene.say(text, wait=False)
        if text:
            await scene.slack.until(lambda one=one: one.answered, 5)
        if number >= 30:
            done.append((one, (time.perf_counter() - started) * 1000))
        if number % 50 == 0:
            scene.slack.forget()
    return done


async def _compare(way: str, bot: dict[str, str]) -> None:
    async with _scene() as scene, serving(scene.slack, scene, [*_FLOOR, way, "before"], way):
        floor = await _acks(scene)
    async with _scene() as scene, serving(scene.slack, scene, [*_FLOOR, way, "default"], way):
        default = (await _acks(scene, rounds=100))[0]
    _print(f"empty handler, {way}", floor, floor)
    async with _scene() as scene, serving(scene.slack, scene, BOT, way, **bot) as served:
        before = served.cpu()
        done = await _one_by_one(scene, _LINE, _ROUNDS)
        cost = (served.cpu() - before) / (_ROUNDS + 30) * 1000
        _print(f"acknowledgement, {way}", ranks([one.ack_ms for one, _ms in done]), floor)
        p50, p99 = ranks([ms for _one, ms in done])
        ratio = f"{p50 / default:.2f} × an empty default handler's acknowledgement of {default:.2f} ms"
        print(f"“{_LINE}” to reply, {way}: p50 {p50:.2f} ms, p99 {p99:.2f} ms, {ratio}; {cost:.2f} ms of CPU each")
    if way == "http":
        more = bot | {"SLACK_CLIENT_ID": "111.222", "SLACK_CLIENT_SECRET": "client-secret"}
        async with _scene() as scene:
            more["SLACK_AUTHORIZE_URL"] = scene.slack.authorize_url
            async with serving(scene.slack, scene, BOT, way, **more):
                base = scene.slack.request_url.removesuffix("/events")
                scene.slack.oauth.redirect_uris = [f"{base}/oauth_redirect"]
                await scene.slack.install(f"{base}/install", scene.acme, scene.bo)
                _print("acknowledgement, with store", await _acks(scene, _LINE), floor)


def _print(what: str, taken: tuple[float, float], floor: tuple[float, float]) -> None:
    ratios = f"{taken[0] / floor[0]:5.2f} × {taken[1] / floor[1]:5.2f} ×"
    print(f"{what:30} p50 {taken[0]:7.2f} ms p99 {taken[1]:7.2f} ms  {ratios}")


async def _most(scene: Scene, seconds: float = 4.0) -> float:
    """Searches a second with sixteen people who wait for each answer."""
    end, done = time.perf_counter() + seconds, 0

    async def ask() -> None:
        nonlocal done
        while time.perf_counter() < end:
            one = await scene.say(f"search {random.choice(_QUERIES)}", wait=False)
            await scene.slack.until(lambda one=one: one.answered, 5)
            done += 1

    await asyncio.gather(*(ask() for _ in range(16)))
    return done / seconds


async def _offer(scene: Scene, rate: float, seconds: float) -> str:
    """Offer searches at a steady rate; what came of them."""
    started, pending, done = time.perf_counter(), set(), []
    while (now := time.perf_counter() - started) < seconds:
        while len(done) + len(pending) < now * rate:
            task = asyncio.create_task(scene.say(f"search {random.choice(_QUERIES)}", wait=False))
            pending.add(task)
            task.add_done_callback(lambda t: (pending.discard(t), done.append(t.result())))
        await asyncio.sleep(0.002)
    await asyncio.gather(*pending)
    await scene.slack.until(lambda: all(one.answered for one in done), 10)
    shed = sum("more to do" in one.text for one in done)
    failed = sum(bool(one.error) for one in done)
    lost = sum(not one.answered for one in done)
    late = sum(one.ack_ms > 3000 for one in done)
    right = len(done) - shed - failed - lost
    return (
        f"offered {rate:.0f}/s for {seconds:.0f} s: {len(done)} said, {right} answered ({right / seconds:.0f}/s), "
        f"{shed} shed, {late} acknowledged too late, {lost + failed} lost"
    )


async def _load(bot: dict[str, str]) -> None:
    async with _scene() as scene, serving(scene.slack, scene, BOT, "socket", **bot) as served:
        await _acks(scene, _LINE, 50)
        most = await _most(scene)
        print(f"sixteen at a time: {most:.0f} searches/s")
        before = served.cpu()
        print(await _offer(scene, 200, 10.0), f"{(served.cpu() - before) / 2000 * 1000:.2f} ms of CPU each", sep="; ")
        print(await _offer(scene, 2 * most, 10.0))
        await asyncio.sleep(2)
        p50, p99 = await _acks(scene, _LINE, 50)
        print(f"two seconds later: acknowledgement p50 {p50:.2f} ms, p99 {p99:.2f} ms")


async def _endure(bot: dict[str, str]) -> None:
    """Every fault of a bad day, one after the other: what is lost, and what memory does."""
    async with _scene() as scene, serving(scene.slack, scene, BOT, "socket", **bot) as served:
        slack, said, sizes = scene.slack, 0, []
        slack.duplicate_events = True
        end = time.perf_counter() + _ENDURANCE
        unanswered = 0
        while time.perf_counter() < end:
            for kind in ("500", "commit_then_500", "429", "slow", "reset"):
                slack.fail("response_url", kind, times=2, seconds=0.2)
                group = [scene.say(f"search {query}", wait=False) for query in _QUERIES * 10]
                done = await asyncio.gather(*group, slack.mention(scene.ann, scene.general, "random", wait=False))
                await slack.until(lambda done=done: all(one.answered or one.error for one in done), 20)
                unanswered += sum(one.acked and not one.answered for one in done)
                said += len(done)
            slack.socket.drop()
            await slack.until(lambda: bool(slack.socket.connections), 10)
            slack.forget()
            sizes.append(served.megabytes())
        print(f"{said} said amid faults and {len(sizes)} dropped sockets: {unanswered} accepted and unanswered")
        print(f"resident memory: {sizes[0]:.0f} MB after the first round, {sizes[-1]:.0f} MB at the end")


def main() -> None:
    """Print milliseconds and ratios."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'slack.sqlite'}"
        engine = open_database(url)
        upgrade(engine)
        refresh_shipped(engine, datetime.now(UTC))
        engine.dispose()
        bot = {"PAPERCLUB_DATABASE_URL": url}
        for way in ("socket", "http"):
            asyncio.run(_compare(way, bot))
        asyncio.run(_load(bot))
        asyncio.run(_endure(bot))
