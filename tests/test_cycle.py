"""A whole cycle of the autopilot on Slack and on Discord: nominations to recap, with a new process at every step."""

import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import discord_app
import pytest
import sqlalchemy as sa
from conftest import NOW
from discord_double import DiscordDouble
from due import QUICK
from shelf import stock
from slack_app import Scene, connected, fresh_database
from slack_double import SlackDouble

from bot.app import App
from bot.delivery import Delivery
from bot.language import Translator
from bot.logs import discreet
from bot.pacing import Pace
from bot.refreshing import Refresher
from storage import outbox, reading

MEET = datetime(2026, 3, 19, 16, tzinfo=UTC)
SET_UP = {"act": "on", "day": "2026-03-19", "time": "16:00", "zone": "UTC", "nominate": 13, "poll": 10, "presenter": 8}
"""Nominations open 13 days before the meeting, the poll 10, and it closes 8 days before."""


class SlackPlace:
    """A channel in Slack whose members read Chinese."""

    language = "zh"

    def __init__(self, slack: SlackDouble) -> None:
        self.double = slack
        self.scene = Scene(slack)
        self.scene.ann.locale = "zh-CN"
        cy = self.scene.acme.add_user("cy", locale="zh-CN")
        self.scene.general.members.add(cy.id)
        self.people = {"bo": self.scene.bo, "ann": self.scene.ann, "cy": cy}

    def running(self, app: App) -> AbstractAsyncContextManager[Any]:
        """The bot, connected."""
        return connected(app, self.scene)

    async def command(self, who: str, name: str, values: dict[str, Any]) -> str:
        """Say a command; the answer."""
        line = " ".join([name, *(f'{key}:"{value}"' for key, value in values.items())])
        return (await self.double.command(self.people[who], self.scene.general, "/paper", line)).text

    async def press(self, who: str, card: Any, label: str, **typed: str) -> Any:
        """Press a button, fill in the form that it opens; the card that answers."""
        done = await self.double.click(self.people[who], card, label)
        if typed:
            given = {f"field:{name}": await self._chosen(who, done.view, name, text) for name, text in typed.items()}
            done = await self.double.submit(self.people[who], done.view, given)
        return done.message if done.replies or done.edited else None

    async def _chosen(self, who: str, view: Any, name: str, text: str) -> Any:
        """What is typed, or chosen from what is offered for it."""
        block = next(one for one in view.blocks if one.get("block_id") == f"field:{name}")
        if block["element"]["type"] != "external_select":
            return text
        asked = await self.double.suggest(self.people[who], view, block["element"]["action_id"], text)
        return asked.options[0]

    def posted(self) -> dict[str, Any]:
        """Every post in the channel by its reference."""
        return {m.ts: m for m in self.scene.general.messages if m.metadata}

    def text(self, card: Any) -> str:
        """What a card says; a sign before what stands in a thread."""
        pictures = [block["alt_text"] for block in card.blocks if block["type"] == "image"]
        return "\n".join(["↳ " * bool(card.thread_ts) + card.shown, *pictures])

    def told(self, who: str) -> list[str]:
        """What somebody was told directly."""
        return [m.shown for m in self.scene.acme.direct(self.people[who]).messages]


class DiscordPlace:
    """A channel in Discord whose members read English."""

    language = "en"

    def __init__(self, discord: DiscordDouble) -> None:
        self.double = discord
        self.lab = discord.add_guild("Lab", permissions=("create_events",))
        self.general = self.lab.add_channel("general")
        self.people = {name: discord.add_user(name, self.lab, admin=name == "bo") for name in ("ann", "bo", "cy")}

    def running(self, app: App) -> AbstractAsyncContextManager[Any]:
        """The bot, connected."""
        return discord_app.running(app, self.double)

    async def command(self, who: str, name: str, values: dict[str, Any]) -> str:
        """Say a command; the answer."""
        root = "paper-admin" if name.startswith("club") else "paper"
        return (await self.double.slash(self.people[who], self.general, f"{root} {name}", values)).text

    async def press(self, who: str, card: Any, label: str, **typed: str) -> Any:
        """Press a button, fill in the form that it opens; the card that answers."""
        done = await self.double.click(self.people[who], card, label)
        if typed:
            done = await self.double.submit(done, typed)
        return done.message

    def posted(self) -> dict[str, Any]:
        """Every post in the channel by its reference."""
        threads = [m.thread for m in self.general.shown if m.thread]
        return {m.id: m for place in (self.general, *threads) for m in place.shown}

    def text(self, card: Any) -> str:
        """What a card says; a sign before what stands in a thread."""
        pictures = [one.description for one in card.attachments if one.description]
        lines = ["↳ " * (card.channel is not self.general) + card.text, *pictures]
        return "\n".join(lines).replace("\u200b", "")

    def told(self, who: str) -> list[str]:
        """What somebody was told directly."""
        return [m.text for m in self.double.direct(self.people[who]).shown]


Place = SlackPlace | DiscordPlace


@pytest.fixture(params=["slack", "discord"])
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    """Each platform's double."""
    if request.param == "slack":
        async with SlackDouble(rate_limits=False) as slack:
            yield SlackPlace(slack)
    else:
        async with DiscordDouble() as discord:
            yield DiscordPlace(discord)


@pytest.fixture
def engine(tmp_path: Path) -> Any:
    """A database with five papers."""
    with fresh_database(tmp_path) as made:
        stock(made)
        yield made


class Story:
    """The club's time: every step of it happens to another process."""

    def __init__(self, place: Place, engine: sa.Engine) -> None:
        self.place = place
        self.now = NOW
        self._engine = engine
        self._knowledge = App(engine).knowledge

    def t(self, words: str) -> str:
        """A button's label in the channel's language."""
        return Translator(self.place.language).t(words)

    def _process(self) -> App:
        app = App(self._engine, prefix="/paper ", clock=lambda: self.now)
        app.__dict__["knowledge"] = self._knowledge  # read once, to save the test's time
        return app

    @asynccontextmanager
    async def at(self, moment: datetime) -> AsyncIterator[None]:
        """A process notes what is due and dies; the next one delivers it and serves what people do then."""
        self.now = moment
        if isinstance(self.place, DiscordPlace):  # it takes no events in the past
            self.place.double.clock.offset = (moment - datetime.now(UTC)).total_seconds()
        self._process().tick()
        app = self._process()
        async with self.place.running(app):
            await self._deliver(app)
            yield
            await self._deliver(app)

    async def _deliver(self, app: App) -> None:
        for _ in range(2):
            app.tick()
            delivery = Delivery(app, paces={name: Pace() for name in app.senders}, patience=QUICK, clock=app.clock)
            await delivery.round()
            await delivery.settled()
            await Refresher(app, app.clock).round()

    def card(self, key: str) -> Any:
        """The post that has this key."""
        with reading(self._engine) as db:
            post = outbox.find(db, key)
        assert post is not None, key
        return self.place.posted()[post.reference or ""]

    def keys(self) -> list[str]:
        """The keys of everything that was owed, in order."""
        with reading(self._engine) as db:
            return sorted(post.key for n in range(1, 40) if (post := outbox.get(db, n)))


async def test_no_log_tells_a_ballot(place: Place, engine: sa.Engine, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.handler.addFilter(discreet)
    story, t = Story(place, engine), Translator(place.language).t
    async with story.at(datetime.now(UTC)):
        await place.command("bo", "poll start", {"candidates": "3 4", "closes": "1 day"})
    async with story.at(datetime.now(UTC)):
        ballot = await place.press("ann", story.card("poll:1:open"), t("Vote"))
        assert "4. System4" not in place.text(await place.press("ann", ballot, "2. System4: Serving Models"))
    assert "ballot 1 mark" not in caplog.text
    assert "✓ System4" not in caplog.text
    caplog.handler.removeFilter(discreet)


async def test_a_cycle_runs_from_nominations_to_recap_with_every_post_once(place: Place, engine: sa.Engine) -> None:
    story, t = Story(place, engine), Translator(place.language).t
    minute = timedelta(minutes=1)
    async with story.at(NOW):
        await place.command("ann", "settings", {"name": "named"})
        await place.command("ann", "vote", {"resource": "2", "signal": "present"})
        assert t("The autopilot is on. It goes like this:") in await place.command("bo", "club autopilot", SET_UP)
    async with story.at(MEET - timedelta(days=13) + minute):
        nominations = story.card("poll:1:nominate")
        await place.press("ann", nominations, t("Nominate"), resource="System1")
        await place.press("bo", nominations, t("Nominate"), resource="System2")
    async with story.at(MEET - timedelta(days=10) + minute):
        for who in place.people:
            ballot = await place.press(who, story.card("poll:1:open"), t("Vote"))
            assert t("Nobody else sees your ballot.") in place.text(
                await place.press(who, ballot, "2. System2: Serving Models")
            )
    async with story.at(MEET - timedelta(days=8) + minute):
        await place.press("bo", story.card("meeting:1:plan"), t("Coming"))
    for before in (timedelta(days=7), timedelta(hours=24), timedelta(hours=1), timedelta(0), -minute):
        async with story.at(MEET - before):
            pass
    async with story.at(MEET + timedelta(hours=1)):
        over = story.card("meeting:1:over")
        await place.press("bo", over, t("I was there"))
        await place.press("bo", over, t("Write the recap"), takeaways="paging is the point")
    async with story.at(MEET + timedelta(hours=2)):
        pass
    words = {
        "poll:1:nominate": t("Nominations are closed."), "poll:1:open": t("How it was counted"), "meeting:1:plan": "📅",
        "poll:1:result": t("Bars: {counts}", counts="System2"), "meeting:1:day:2026-03-19": t("Tomorrow we meet:"),
        "meeting:1:hour:2026-03-19": t("In an hour we meet:"), "meeting:1:start:2026-03-19": t("We begin:"),
        "meeting:1:agenda:2026-03-19": "↳ 📄", "meeting:1:over": "📘", "meeting:1:recap": "paging is the point",
    }  # fmt: skip
    assert story.keys() == sorted([*words, "meeting:1:presenter:2026-03-19:1"])
    assert {key: said for key, said in words.items() if said not in place.text(story.card(key))} == {}
    assert len(place.posted()) == len(words)
    assert "System2" in place.text(story.card("meeting:1:plan"))
    assert [t("You present at this meeting. If you can't, say “meeting skip”.") in x for x in place.told("ann")] == [
        True
    ]
    assert place.told("bo") == []
    if isinstance(place, DiscordPlace):
        assert [(e.given["name"], e.status) for e in place.lab.events.values()] == [("System2: Serving Models", 1)]
    place.double.check()
