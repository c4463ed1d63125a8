"""The scenarios, on every platform."""

import inspect
import io
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import discord_app
import discord_double
import pytest
import scenarios
import slack_app
import slack_double
from conftest import NOW, Databases
from discord_double import DiscordDouble
from rich.console import Console
from scenarios import SCENARIOS, Answer, Scenario, Talk, bare
from slack_double import SlackDouble

from bot.adapters.console.chat import Chat, member
from bot.adapters.discord.registration import places
from bot.adapters.slack.manifest import manifest
from bot.app import App, load_commands
from bot.command import Knowledge
from bot.parse import parse
from seeds.concepts import load_concepts
from seeds.importer import refresh_shipped
from seeds.topics import load_tree
from storage import open_database


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Copies of the shipped lists."""
    return Databases(tmp_path_factory.mktemp("scenarios"), None)


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    """What every copy of the bot knows."""
    return Knowledge(topics=load_tree(), concepts=load_concepts())


@pytest.fixture
def whole(shelves: Databases, knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """The bot over the shipped lists, in a club where nobody has done anything yet."""
    monkeypatch.chdir(tmp_path)  # the terminal writes files where one stands
    engine = open_database(shelves.url("catalogue", lambda engine: refresh_shipped(engine, NOW) and None))
    begun = time.monotonic()
    app = App(engine, clock=lambda: NOW + timedelta(seconds=time.monotonic() - begun))
    app.__dict__["knowledge"] = knowledge
    yield app
    engine.dispose()


class _Terminal:
    """A member at the prompt."""

    def __init__(self, app: App, admin: bool = False) -> None:
        self._app = app
        self._paper = io.StringIO()
        self._form: dict[str, str] = {}
        console = Console(file=self._paper, width=500, color_system=None, legacy_windows=False)
        who = replace(member("boss" if admin else "ann", "en"), admin=admin)
        self._chat = Chat(app, console, who, self._ask)

    @cached_property
    def admin(self) -> Talk:
        return _Terminal(self._app, admin=True)

    def _ask(self, label: str) -> str:
        return next((value for asked, value in self._form.items() if label.startswith(asked)), "")

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

    async def fill(self, opener: str | tuple[Answer, str], **values: str) -> Answer:
        named = [
            (p.help, values[p.name]) for c in self._app.commands.values() for p in c.parameters if p.name in values
        ]
        self._form = dict(named)
        return await (self.say(opener) if isinstance(opener, str) else self.press(*opener))


def _numbered(text: str) -> list[tuple[str, str]]:
    return re.findall(r"\[(\d+)\] (.+?)(?=\s{3}\[|\s*$)", text, re.MULTILINE)


class _Slack:
    """A member in Slack."""

    def __init__(self, scene: slack_app.Scene, user: slack_double.User) -> None:
        self._scene = scene
        self._slack = scene.slack
        self._user = user

    @cached_property
    def admin(self) -> Talk:
        boss = self._scene.acme.add_user("boss", locale="en-US", is_admin=True)
        self._scene.general.members.add(boss.id)
        return _Slack(self._scene, boss)

    async def say(self, line: str) -> Answer:
        return _seen(await self._said(line))

    async def _said(self, line: str) -> Any:
        return await self._slack.command(self._user, self._scene.general, "/paper", line)

    async def press(self, answer: Answer, label: str) -> Answer:
        return _seen(await self._slack.click(self._user, answer.behind, label))

    async def choose(self, answer: Answer, menu: str, option: str) -> Answer:
        found = next(e for e in _menus(answer.behind.blocks) if e["placeholder"]["text"] == menu)
        chosen = next(o for o in found["options"] if o["text"]["text"].startswith(option))
        done = await self._slack.click(self._user, answer.behind, found["action_id"], choose=chosen["text"]["text"])
        return _seen(done)

    async def fill(self, opener: str | tuple[Answer, str], **values: str) -> Answer:
        if isinstance(opener, str):
            opened = await self._said(opener)
        else:
            opened = await self._slack.click(self._user, opener[0].behind, opener[1])
        named: dict[str, Any] = {f"field:{name}": text for name, text in values.items()}
        for element in opened.view.elements:
            if element["type"] == "external_select" and element["block_id"] in named:
                typed = named[element["block_id"]]
                found = await self._slack.suggest(self._user, opened.view, element["action_id"], typed)
                named[element["block_id"]] = found.options[0]
        await self._slack.submit(self._user, opened.view, named)
        await self._slack.until(lambda: bool(opened.replies), 10)
        return _seen(opened)


def _menus(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [e for block in blocks for e in block.get("elements", ()) if e["type"] == "static_select"]


class _Discord:
    """A member in Discord."""

    def __init__(self, scene: discord_app.Scene, user: discord_double.User) -> None:
        self._scene = scene
        self._discord = scene.discord
        self._user = user
        self._places = places(scene.app.commands)

    @cached_property
    def admin(self) -> Talk:
        return _Discord(self._scene, self._discord.add_user("boss", self._scene.lab, admin=True))

    async def say(self, line: str) -> Answer:
        return _seen(await self._said(line))

    async def _said(self, line: str) -> Any:
        call = parse(line, self._scene.app.commands)
        kinds = {p.name: p.kind for p in call.command.parameters}
        values = {name: int(x) if kinds[name] == "integer" else x for name, x in call.arguments.items()}
        path = next(path for path, command in self._places.items() if command is call.command)
        return await self._discord.slash(self._user, self._scene.general, path, values)

    async def press(self, answer: Answer, label: str) -> Answer:
        return _seen(await self._discord.click(self._user, answer.behind, label))

    async def choose(self, answer: Answer, menu: str, option: str) -> Answer:
        found = next(e for e in answer.behind.elements if e.get("placeholder") == menu)
        chosen = next(o["label"] for o in found["options"] if o["label"].startswith(option))
        done = await self._discord.select(self._user, answer.behind, chosen, name=found["custom_id"])
        return _seen(done)

    async def fill(self, opener: str | tuple[Answer, str], **values: str) -> Answer:
        if isinstance(opener, str):
            opened = await self._said(opener)
        else:
            opened = await self._discord.click(self._user, opener[0].behind, opener[1])
        return _seen(await self._discord.submit(opened, values))


def _seen(done: Any) -> Answer:
    message = done.message
    attached = [one.filename for one in getattr(message, "attachments", ()) if hasattr(one, "filename")]
    text = "\n".join([getattr(message, "shown", None) or message.text, *attached])
    return Answer(bare(text), tuple(message.buttons), message)


@asynccontextmanager
async def _terminal(app: App) -> AsyncIterator[Talk]:
    yield _Terminal(app)


@asynccontextmanager
async def _slack(app: App) -> AsyncIterator[Talk]:
    async with SlackDouble() as double:
        double.declare(manifest(app.commands))
        scene = slack_app.Scene(double)
        async with slack_app.connected(app, scene):
            yield _Slack(scene, scene.ann)
        double.check()


@asynccontextmanager
async def _discord(app: App) -> AsyncIterator[Talk]:
    async with DiscordDouble() as double, discord_app.scene_with(app, double) as scene:
        async with discord_app.running(app, double):
            yield _Discord(scene, scene.ann)
        double.check()


PLATFORMS: dict[str, Any] = {"terminal": _terminal, "slack": _slack, "discord": _discord}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.__name__)
@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_scenario_goes_the_same_way_everywhere(platform: str, scenario: Scenario, whole: App) -> None:
    talk: AbstractAsyncContextManager[Talk] = PLATFORMS[platform](whole)
    async with talk as member_of_the_club:
        await scenario(member_of_the_club)


BY_BUTTON = {"accept", "daily preview", "decline", "meeting present", "poll nominate"}
"""Commands that the scenarios reach by pressing."""


def test_every_command_is_said_in_a_scenario() -> None:
    told = inspect.getsource(scenarios)
    listed = {name for name, command in load_commands().items() if not command.hidden}
    assert {name for name in listed if not re.search(rf"""["']{name}\b""", told)} == BY_BUTTON
