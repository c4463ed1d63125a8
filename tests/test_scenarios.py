"""The scenarios, on every platform."""

import io
import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any

import discord_app
import pytest
import slack_app
from conftest import NOW, Databases
from discord_double import DiscordDouble
from rich.console import Console
from scenarios import SCENARIOS, Answer, Scenario, Talk, bare
from slack_double import SlackDouble

from bot.adapters.console.chat import Chat, member
from bot.adapters.discord.registration import places
from bot.adapters.slack.manifest import manifest
from bot.app import App
from bot.parse import parse
from seeds.importer import refresh_shipped
from storage import open_database


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> App:
    """The bot over the shipped lists."""
    databases = Databases(tmp_path_factory.mktemp("scenarios"), None)
    return App(open_database(databases.url("catalogue", lambda engine: refresh_shipped(engine, NOW) and None)))


class _Terminal:
    """A member at the prompt."""

    def __init__(self, app: App) -> None:
        self._paper = io.StringIO()
        console = Console(file=self._paper, width=500, color_system=None, legacy_windows=False)
        self._chat = Chat(app, console, replace(member("ann", "en"), admin=False), lambda _label: "")

    async def say(self, line: str) -> Answer:
        start = self._paper.tell()
        self._chat.hear(line)
        text = self._paper.getvalue()[start:]
        return Answer(text, tuple(x[1] for x in _numbered(text)), text)

    async def press(self, answer: Answer, label: str) -> Answer:
        return await self.say(next(number for number, text in _numbered(answer.behind) if text == label))

    async def choose(self, answer: Answer, menu: str, option: str) -> Answer:
        opened = await self.press(answer, f"{menu}…")
        return await self.say(next(n for n, text in _numbered(opened.behind) if text.startswith(option)))


def _numbered(text: str) -> list[tuple[str, str]]:
    return re.findall(r"\[(\d+)\] (.+?)(?=\s{3}\[|\s*$)", text, re.MULTILINE)


class _Slack:
    """A member in Slack."""

    def __init__(self, scene: slack_app.Scene) -> None:
        self._scene = scene

    async def say(self, line: str) -> Answer:
        return _seen(await self._scene.say(line))

    async def press(self, answer: Answer, label: str) -> Answer:
        return _seen(await self._scene.slack.click(self._scene.ann, answer.behind, label))

    async def choose(self, answer: Answer, menu: str, option: str) -> Answer:
        found = next(e for e in _menus(answer.behind.blocks) if e["placeholder"]["text"] == menu)
        chosen = next(o for o in found["options"] if o["text"]["text"].startswith(option))
        done = await self._scene.slack.click(
            self._scene.ann, answer.behind, found["action_id"], choose=chosen["text"]["text"]
        )
        return _seen(done)


def _menus(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [e for block in blocks for e in block.get("elements", ()) if e["type"] == "static_select"]


class _Discord:
    """A member in Discord."""

    def __init__(self, scene: discord_app.Scene) -> None:
        self._scene = scene
        self._places = places(scene.app.commands)

    async def say(self, line: str) -> Answer:
        call = parse(line, self._scene.app.commands)
        values: dict[str, Any] = dict(call.arguments)
        path = next(path for path, command in self._places.items() if command is call.command)
        done = await self._scene.discord.slash(self._scene.ann, self._scene.general, path, values)
        return _seen(done)

    async def press(self, answer: Answer, label: str) -> Answer:
        return _seen(await self._scene.discord.click(self._scene.ann, answer.behind, label))

    async def choose(self, answer: Answer, menu: str, option: str) -> Answer:
        found = next(e for e in answer.behind.elements if e.get("placeholder") == menu)
        chosen = next(o["label"] for o in found["options"] if o["label"].startswith(option))
        done = await self._scene.discord.select(self._scene.ann, answer.behind, chosen, name=found["custom_id"])
        return _seen(done)


def _seen(done: Any) -> Answer:
    message = done.message
    return Answer(bare(getattr(message, "shown", None) or message.text), tuple(message.buttons), message)


@asynccontextmanager
async def _terminal(app: App) -> AsyncIterator[Talk]:
    yield _Terminal(app)


@asynccontextmanager
async def _slack(app: App) -> AsyncIterator[Talk]:
    async with SlackDouble() as double:
        double.declare(manifest(app.commands))
        scene = slack_app.Scene(double)
        async with slack_app.connected(app, scene):
            yield _Slack(scene)
        double.check()


@asynccontextmanager
async def _discord(app: App) -> AsyncIterator[Talk]:
    async with DiscordDouble() as double, discord_app.scene_with(app, double) as scene:
        async with discord_app.running(app, double):
            yield _Discord(scene)
        double.check()


PLATFORMS: dict[str, Any] = {"terminal": _terminal, "slack": _slack, "discord": _discord}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.__name__)
@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_scenario_goes_the_same_way_everywhere(platform: str, scenario: Scenario, whole: App) -> None:
    talk: AbstractAsyncContextManager[Talk] = PLATFORMS[platform](whole)
    async with talk as member_of_the_club:
        await scenario(member_of_the_club)
