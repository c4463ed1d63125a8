"""Paperclub running in the Discord double, with a few more commands that try what no real one does yet."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Literal

from discord_double import Channel, DiscordDouble, Guild, User

from bot.adapters.discord.run import serve
from bot.app import App, load_commands
from bot.command import Arg, Command, Context, command
from bot.message import Button, Image, Message, Text, line
from bot.settings import Settings
from storage import Engine

_GATE = threading.Event()


def _said(text: str, *buttons: Button) -> Message:
    return Message((Text((line(text),)),), buttons)


@command(public=True)
def announce(ctx: Context, what: Annotated[str, Arg("what to announce", rest=True)]) -> Message:
    """Announce something to everybody."""
    if what == "nothing":
        return Message((Text((line("There is nothing to announce."),)),), error=True)
    return _said(what, Button("Again", f"announce {what}"))


@command(admin=True, posts=True)
def schedule(ctx: Context) -> Message:
    """Post something in this channel later."""
    return _said("scheduled")


@command(form=("title", "kind"))
def propose(
    ctx: Context,
    title: Annotated[str, Arg("its title", rest=True)],
    kind: Annotated[Literal["paper", "blog"], Arg("what it is")] = "paper",
) -> Message:
    """Propose something."""
    return _said(f"proposed a {kind}: {title}")


@command()
def picture(ctx: Context) -> Message:
    """Show a picture."""
    return Message((Image(b"\x89PNG", "Two bars, the left one higher", "bars.png"),))


@command()
def broken(ctx: Context) -> Message:
    """Fail."""
    raise ZeroDivisionError


@command()
def slow(ctx: Context) -> Message:
    """Take a moment."""
    _GATE.wait(0.3)
    return _said("at last")


@command(writes=True)
def count(ctx: Context) -> Message:
    """Count how often this was said."""
    TOLD.append(ctx.actor.member)
    return _said(f"{len(TOLD)}")


TOLD: list[str] = []
"""Who said `count`, each time it acted."""

_KEPT = frozenset({
    "browse", "help", "mine", "people", "random", "read", "recommend", "save", "search", "settings", "show", "skip",
    "suggest", "top", "undo", "vote",
})  # fmt: skip
"""Real commands beside ours; with all of them some would move behind `more`, as Discord takes 25."""

_MORE = (announce, schedule, propose, picture, broken, slow, count)


def app_with_more(engine: Engine) -> App:
    """The bot with the commands above."""
    more: list[Command] = [handler.__command__ for handler in _MORE]  # type: ignore[attr-defined]
    real = {name: c for name, c in load_commands().items() if c.hidden or name in _KEPT}
    return App(engine, {**real, **{c.name: c for c in more}})


def settings_for(discord: DiscordDouble, **more: object) -> Settings:
    """The settings that lead to the double."""
    given = {"discord_token": discord.token, "discord_api_base": discord.api_base}
    return Settings(_env_file=None, **(given | more))  # type: ignore[call-arg, arg-type]


@contextlib.asynccontextmanager
async def running(app: App, discord: DiscordDouble, shards: int = 1, **more: object) -> AsyncIterator[asyncio.Event]:
    """Paperclub, connected; gives what stops it."""
    stop = asyncio.Event()
    task = asyncio.create_task(serve(app, settings_for(discord, **more), stop))
    try:
        await discord.ready(shards)
        await discord.until(lambda: discord.commands.get(None), 10)
        await discord.fall_quiet()
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(task, 20)


@dataclass
class Scene:
    """A guild with Ann in it, who talks to Paperclub."""

    discord: DiscordDouble
    lab: Guild
    general: Channel
    ann: User
    app: App


@contextlib.asynccontextmanager
async def scene_with(app: App, discord: DiscordDouble) -> AsyncIterator[Scene]:
    """A guild with Ann, before Paperclub is started."""
    lab = discord.add_guild("Lab")
    yield Scene(discord, lab, lab.add_channel("general"), discord.add_user("ann", lab), app)
