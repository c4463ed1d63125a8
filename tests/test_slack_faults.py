"""Slack on a bad day: broken sockets, lost answers, too much to do, requests that are not Slack's."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import pytest
import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_app import Scene, connected, fresh_database, listening, make_app
from slack_double import Interaction, SlackDouble
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack import run
from bot.adapters.slack.api import Api, settled
from bot.adapters.slack.people import People
from bot.adapters.slack.tokens import NotInstalled
from bot.adapters.slack.work import IN_TIME, TooLate, Work
from bot.app import App
from bot.command import Arg, Context, command
from bot.message import Message, Text, line
from storage import deliveries


@command()
def slow(ctx: Context, seconds: Annotated[str, Arg("how slow")] = "0.3") -> Message:
    """Take a while."""
    time.sleep(float(seconds))
    return Message((Text((line("At last"),)),))


def _app(engine: sa.Engine) -> App:
    app = make_app(engine)
    return App(engine, {**app.commands, "slow": slow.__command__})  # type: ignore[attr-defined]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    """SQLite is enough here; what is stored is tested on both engines elsewhere."""
    with fresh_database(tmp_path) as made:
        yield made


@pytest.fixture
async def socket(engine: sa.Engine) -> AsyncIterator[Scene]:
    """The bot on a socket."""
    async with SlackDouble() as slack:
        scene = Scene(slack)
        async with connected(_app(engine), scene):
            yield scene


@pytest.fixture
async def http(engine: sa.Engine) -> AsyncIterator[Scene]:
    """The bot behind signed HTTP."""
    async with SlackDouble() as slack:
        scene = Scene(slack)
        async with listening(_app(engine), scene):
            yield scene


@pytest.mark.parametrize("kind", ["unsigned", "stale", "tampered", "foreign"])
async def test_requests_that_are_not_slacks_are_refused(http: Scene, kind: str) -> None:
    done = await http.say("count")
    done.delivery.payload["trigger_id"] = "another"
    assert await http.slack.forge(done.delivery, kind) == 401
    await http.slack.fall_quiet(0.1)
    assert len(http.general.messages) == 1


async def _every_route(scene: Scene) -> list[Interaction]:
    """One genuine request of every kind that Slack sends."""
    slack, ann = scene.slack, scene.ann
    said = await scene.say("find moe")
    form = await scene.say("choose")
    return [
        said,
        await slack.click(ann, said.message, "Next ▶"),
        await slack.suggest(ann, form.view, "find:choose:source", "find"),
        await slack.submit(ann, form.view, {"A command": {"text": {"text": "find"}, "value": "find"}}),
        await slack.shortcut(ann, "save", slack.write(ann, scene.general, "https://arxiv.org/abs/2309.06180")),
        await slack.mention(ann, scene.general, "count"),
        await slack.dm(ann, "find moe"),
        await slack.open_home(ann),
    ]


async def test_no_route_takes_what_slack_did_not_send(http: Scene) -> None:
    genuine = await _every_route(http)
    await http.slack.fall_quiet(0.1)
    before = len(http.slack.calls)
    for done in genuine:
        for kind in ("unsigned", "stale", "tampered", "foreign", "replayed"):
            assert await http.slack.forge(done.delivery, kind) == 401, (done.delivery.kind, kind)
    await http.slack.fall_quiet(0.1)
    assert len(http.slack.calls) == before


async def test_a_replayed_request_does_nothing(http: Scene) -> None:
    done = await http.say("count")
    await http.slack.forge(done.delivery, "replayed")
    await http.slack.fall_quiet(0.1)
    assert len(http.general.messages) == 1


async def test_what_is_too_large_or_comes_at_the_end_is_not_looked_at(
    http: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = await http.say("count")
    wire, huge = http.slack.http, b"x" * 10_001
    monkeypatch.setattr("bot.adapters.slack.http.LARGEST", 10_000)
    assert (await wire.post(huge, wire.sign(huge)))[0] == 413

    async def bit_by_bit() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield huge[:1000]

    async with http.served.api.session.post(http.slack.request_url, data=bit_by_bit()) as answer:
        assert answer.status == 413
    http.served.endpoints.closing = True
    assert await http.slack.forge(done.delivery, "replayed") == 503  # Slack tells whoever is there next


async def test_the_request_url_can_be_verified(http: Scene) -> None:
    assert await http.slack.verify_url()


@pytest.mark.parametrize("end", ["drop", "refresh_requested", "warning"])
async def test_after_a_lost_socket_the_bot_is_back(socket: Scene, end: str) -> None:
    started = time.monotonic()
    opened = socket.slack.socket.opened
    if end == "drop":
        socket.slack.socket.drop()
    else:
        await socket.slack.socket.disconnect(end)
    await socket.slack.until(lambda: socket.slack.socket.opened > opened, 10)
    await asyncio.sleep(0.1)
    assert "Paper on moe" in (await socket.say("find moe")).text
    assert time.monotonic() - started < 10


async def test_socket_mode_switched_off_and_on_again_is_taken_up(socket: Scene) -> None:
    await socket.slack.socket.disconnect("link_disabled")
    assert await socket.slack.until(lambda: any(call.error for call in socket.slack.calls), 10)
    socket.slack.socket.enabled = True
    assert await socket.slack.until(lambda: bool(socket.slack.socket.connections), 10)
    assert "Paper on moe" in (await socket.say("find moe")).text


async def test_a_half_open_socket_is_replaced(socket: Scene) -> None:
    socket.slack.socket.freeze()
    assert await socket.slack.until(lambda: any(not c.frozen for c in socket.slack.socket.connections), 10)
    assert "Paper on moe" in (await socket.say("find moe")).text


async def test_an_acknowledged_command_is_finished_at_the_end(engine: sa.Engine) -> None:
    async with SlackDouble() as slack:
        scene = Scene(slack)
        async with connected(_app(engine), scene):
            done = await scene.say("slow 0.5", wait=False)
            assert done.acked
        assert "At last" in done.text


async def test_slow_work_delays_no_acknowledgement(socket: Scene) -> None:
    done = await asyncio.gather(*(socket.say("slow 1", wait=False) for _ in range(16)))
    assert all(one.acked for one in done)
    assert sum("At last" in one.text for one in done) < 16
    assert await socket.slack.until(lambda: all("At last" in one.text for one in done), 10)


async def test_what_would_come_too_late_is_refused_at_once(socket: Scene) -> None:
    done = await asyncio.gather(*(socket.say("slow 0.5", wait=False) for _ in range(60)))
    assert await socket.slack.until(lambda: all(one.replies for one in done), 8)
    texts = [one.text for one in done]
    assert all(one.acked for one in done)
    assert sum("At last" in text for text in texts) >= 8
    assert sum("more to do" in text for text in texts) + sum("At last" in text for text in texts) == 60
    await socket.slack.fall_quiet(0.1)
    assert "Paper on moe" in (await socket.say("find moe")).text


async def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    work = Work()
    with pytest.raises(TooLate):
        await work.think(lambda: 1, time.monotonic() - IN_TIME)
    assert await work.think(lambda: 1, time.monotonic()) == 1
    await work.close(1)


async def test_a_rush_after_a_quiet_time_is_no_overload() -> None:
    work = Work()
    refused = []
    for ended in asyncio.as_completed([work.think(lambda: time.sleep(0.005)) for _ in range(25)]):
        await ended
        refused.append(work.overloaded)
    await work.close(1)
    assert not any(refused)


async def test_a_rate_limit_is_waited_for(socket: Scene) -> None:
    socket.slack.fail("response_url", "429")
    done = await socket.say("find moe", wait=False)
    assert not await socket.slack.until(lambda: bool(done.replies), 0.5)
    assert await socket.slack.until(lambda: bool(done.replies), 10)
    assert len(done.replies) == 1


@pytest.mark.parametrize("kind", ["500", "commit_then_500", "commit_then_reset"])
async def test_an_answer_of_unknown_fate_is_offered_again_and_not_doubled(socket: Scene, kind: str) -> None:
    socket.slack.fail("response_url", kind)
    done = await socket.say("find moe", wait=False)
    assert await socket.slack.until(lambda: any("Show it again" in m.buttons for m in done.replies), 10)
    assert sum("Paper on moe" in m.shown for m in done.replies) == (0 if kind == "500" else 1)
    again = await socket.slack.click(socket.ann, done.replies[-1], "Show it again")
    assert "Paper on moe" in again.text


async def test_an_unknown_member_is_answered_all_the_same(socket: Scene) -> None:
    socket.slack.fail("users.info", "users_not_found", times=9)
    assert "en UTC False" in (await socket.say("whoami")).text


@pytest.mark.parametrize("change", ["demoted", "user_not_found"])
async def test_rights_are_asked_for_anew(socket: Scene, change: str) -> None:
    bo, people = socket.bo, socket.served.desk.people
    assert "Ruled" in (await socket.slack.command(bo, socket.general, "/paper", "rule")).text
    known = people._profiles[socket.acme.id, bo.id]
    people._profiles[socket.acme.id, bo.id] = replace(known, read_at=known.read_at - 61)
    if change == "demoted":
        bo.is_admin = False
    else:
        socket.slack.fail("users.info", change)
    assert "Ruled" not in (await socket.slack.command(bo, socket.general, "/paper", "rule")).text


@pytest.mark.parametrize("kind", ["500", "commit_then_500", "commit_then_reset"])
async def test_a_post_of_unknown_fate_is_not_repeated(socket: Scene, kind: str) -> None:
    socket.slack.fail("chat.postMessage", kind)
    done = await socket.slack.mention(socket.ann, socket.general, "count")
    assert await socket.slack.until(lambda: "Slack did not tell" in done.text, 10)
    shown = [m for m in socket.general.messages if m.by_bot and "Counted" in m.shown]
    assert len(shown) == (0 if kind == "500" else 1)


async def test_members_of_a_workspace_that_left_are_unknown() -> None:
    async def gone(team: str) -> AsyncWebClient:
        raise NotInstalled(team)

    people = People(gone, "zh")
    found = await people.profile("T1", "U1")
    assert (found.known, found.admin, found.language) == (False, False, "zh")
    assert await people.channel("T1", "C1") is None


async def test_old_deliveries_are_forgotten_also_after_a_failure(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []

    def fail(_db: object, now: object) -> None:
        tried.append(now)
        raise OSError("the database is away")

    monkeypatch.setattr(deliveries, "expire", fail)
    monkeypatch.setattr(run, "_SWEEP", 0.01)
    async with SlackDouble() as slack, connected(_app(engine), Scene(slack)):
        assert await slack.until(lambda: len(tried) > 1, 10)


async def test_an_expired_response_url_is_no_end(socket: Scene) -> None:
    socket.slack.fail("response_url", "expired_url")
    assert "Paper on moe" in (await socket.say("find moe")).text
    assert [refusal.error for refusal in socket.slack.refused] == ["expired_url"]


async def test_health_readiness_and_metrics_can_be_asked(http: Scene) -> None:
    await http.say("find moe")
    base = http.slack.request_url.removesuffix("/slack/events")
    async with http.served.api.session.get(f"{base}/healthz") as answer:
        assert answer.status == 200
    async with http.served.api.session.get(f"{base}/readyz") as answer:
        assert await answer.text() == "ready"
    async with http.served.api.session.get(f"{base}/metrics") as answer:
        assert 'paperclub_commands_total{outcome="answered",platform="slack"} 1.0' in await answer.text()


HOURS = 24
BAD_LUCK = ("drop", "500", "429", "slow", "commit_then_500", "commit_then_reset", "duplicates", "users", "refresh")


async def _suffer(slack: SlackDouble, luck: str) -> None:
    """What goes wrong in one hour."""
    slack.duplicate_events = luck == "duplicates"
    opened = slack.socket.opened
    if luck == "drop":
        slack.socket.drop()
    elif luck == "refresh":
        await slack.socket.disconnect("refresh_requested")
    elif luck == "users":
        slack.fail("users.info", "500", times=5)
    elif luck != "duplicates":
        slack.fail("response_url", luck, seconds=0.05)
    await slack.until(lambda: slack.socket.opened > opened or luck not in {"drop", "refresh"}, 10)


async def test_a_day_of_faults_loses_nothing_and_leaves_nothing_behind(socket: Scene) -> None:
    slack, said, channels, mentions = socket.slack, [], [], 0
    for hour in range(HOURS):
        await _suffer(slack, BAD_LUCK[hour % len(BAD_LUCK)])
        said += await asyncio.gather(*(socket.say(f"find day {hour}.{n}", wait=False) for n in range(3)))
        channel = socket.acme.add_channel(f"at-{hour}", socket.bo)  # each takes a post a second
        mentions += (await slack.mention(socket.bo, channel, "count", wait=False)).acked
        channels.append(channel)
        slack.advance(10)
        await slack.until(lambda: socket.served.work.load < 12, 10)  # an hour is longer than what it brings
    accepted = [one for one in said if one.acked]
    await slack.until(lambda: all(one.replies for one in accepted) and socket.served.work.load == 0, 8)
    assert accepted == said
    assert [one.delivery.payload["text"] for one in accepted if not one.replies] == []
    assert max(sum("Paper on day" in m.shown for m in one.replies) for one in accepted) == 1
    shown = [sum(m.by_bot and "Counted" in m.shown for m in channel.messages) for channel in channels]
    assert sum(shown) == mentions
    assert max(shown) == 1
    assert socket.served.work.load == 0


async def test_text_that_is_no_unicode_is_answered_all_the_same(socket: Scene) -> None:
    done = await socket.say("mind half a pair \ud83d here")
    assert "half a pair" in done.text


async def test_calls_and_answers_may_hold_what_is_no_unicode() -> None:
    async def echo(request: web.Request) -> web.Response:
        text = json.loads(await request.text())["text"]
        return web.Response(text=json.dumps({"ok": True, "text": text}), content_type="application/json")

    served = web.Application()
    served.router.add_post("/api/chat.postMessage", echo)
    async with TestServer(served) as server:
        api = Api(str(server.make_url("/api/")))
        for text in ("注意力 👩‍💻", "half \ud83d"):
            answer = await settled(api.client("xoxb-1").chat_postMessage(channel="C1", text=text))
            assert answer["text"] == text
        await api.close()
