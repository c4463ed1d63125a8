"""A channel that takes nothing more: its schedule waits, an admin hears it once, status says so, and it goes on."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from discord_app import running
from discord_double import Channel as DiscordChannel
from discord_double import DiscordDouble, Guild
from due import another_day, deliver, due_now, posts
from slack_app import Scene, connected
from slack_double import SlackDouble

from bot.app import App
from bot.command import Actor
from storage import reading, schedules, writing
from storage.clubs import find_member
from storage.tables import accounts

Say = Callable[[str], Awaitable[str]]


async def _lives_through(
    app: App, where: tuple[str, str, str], boss: str, say: Say, change: Callable[[bool], None], why: str
) -> None:
    """Two slots in trouble and one after it; `change` brings the trouble and takes it away again."""
    change(True)
    for _ in range(2):
        due_now(app, *where)
        await deliver(app)
        assert [(p.state, p.why) for p in posts(app, *where)][-1] == ("failed", why)
        another_day(app)
    with reading(app.engine) as db:
        schedule = schedules.find(db, *where, "daily")
    assert schedule is not None
    assert schedule.suspended_for == why
    notices = posts(app, *where[:2], boss, "notice")
    reached = "failed" if why == "token" else "sent"  # without a token nobody is told and no command is heard
    assert [(p.state, dict(p.reasons)["suspended"]) for p in notices] == [(reached, why)]
    assert why == "token" or "⚠" in await say("daily status")
    change(False)
    due_now(app, *where)
    await deliver(app)
    assert posts(app, *where)[-1].state == "sent"
    assert "⚠" not in await say("daily status")


def _kicked(scene: Scene, bad: bool) -> None:
    (scene.general.members.discard if bad else scene.general.members.add)(scene.acme.bot.id)


def _archived(scene: Scene, bad: bool) -> None:
    scene.general.archived = bad


def _deleted(scene: Scene, bad: bool) -> None:
    if bad:
        del scene.acme.channels[scene.general.id]
    else:
        scene.acme.channels[scene.general.id] = scene.general


def _revoked(scene: Scene, bad: bool) -> None:
    for token in scene.slack.tokens.values():
        token.revoked = bad and token.workspace is scene.acme


@pytest.mark.parametrize(
    ("change", "why"), [(_kicked, "kicked"), (_archived, "archived"), (_deleted, "channel"), (_revoked, "token")]
)
async def test_slack(app: App, change: Callable[[Scene, bool], None], why: str) -> None:
    async with SlackDouble(rate_limits=False) as slack:
        scene = Scene(slack)
        async with connected(app, scene):

            async def say(text: str) -> str:
                done = await slack.command(scene.bo, scene.general, "/paper", text)
                return str(done.text)

            await say("daily on time:09:00 zone:UTC days:daily")
            where = ("slack", scene.acme.id, scene.general.id)
            await _lives_through(app, where, scene.bo.id, say, lambda bad: change(scene, bad), why)


def _forbidden(discord: DiscordDouble, _lab: Guild, general: DiscordChannel, bad: bool) -> None:
    (general.deny if bad else general.allow)(discord.bot, "send_messages")


def _hidden(discord: DiscordDouble, _lab: Guild, general: DiscordChannel, bad: bool) -> None:
    (general.deny if bad else general.allow)(discord.bot, "view_channel")


def _thrown_out(discord: DiscordDouble, lab: Guild, _general: DiscordChannel, bad: bool) -> None:
    (discord.kick if bad else discord.join)(lab)


@pytest.mark.parametrize(
    ("change", "why"), [(_forbidden, "permission"), (_hidden, "permission"), (_thrown_out, "kicked")]
)
async def test_discord(app: App, change: Callable[..., Any], why: str) -> None:
    async with DiscordDouble() as discord:
        lab = discord.add_guild("Lab")
        general = lab.add_channel("general")
        boss = discord.add_user("boss", lab, admin=True)
        async with running(app, discord):

            async def say(text: str) -> str:
                if not lab.present:
                    return app.say(text, elsewhere).plain()  # nobody there can ask
                done = await discord.slash(boss, general, f"paper {text}")
                return str(done.text)

            values = {"time": "09:00", "zone": "UTC", "days": "daily"}
            await discord.slash(boss, general, "paper-admin daily on", values)

            elsewhere = Actor("discord", lab.id, general.id, boss.id, "boss")

            def changed(bad: bool) -> None:
                change(discord, lab, general, bad)

            await _lives_through(app, ("discord", lab.id, general.id), boss.id, say, changed, why)


async def test_an_admin_is_told_on_another_platform_when_the_token_is_gone(app: App) -> None:
    async with SlackDouble(rate_limits=False) as slack:
        scene = Scene(slack)
        async with connected(app, scene):
            await slack.command(scene.bo, scene.general, "/paper", "daily on time:09:00 zone:UTC days:daily")
            with writing(app.engine) as db:
                boss = find_member(db, "slack", scene.acme.id, scene.bo.id)
                assert boss is not None
                linked = {"platform": "discord", "space": "77", "account": "78", "member": boss.id}
                db.execute(accounts.insert().values(linked | {"seen_at": datetime.now(UTC)}))
            _revoked(scene, True)
            due_now(app, "slack", scene.acme.id, scene.general.id)
            await deliver(app)
    (told,) = posts(app, "discord", "77", "78", "notice")
    said = app.say(f"posted {told.id}", Actor("discord", "77", "", "78", "", language="en"))
    assert "Install it again" in said.plain()
    assert scene.general.id in str(said.parts)
