"""Paperclub served to the Slack double, for tests, with a few commands that show every side of the platform."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from slack_double import Channel, SlackDouble, User, Workspace

from bot.adapters.slack.run import Slack, running
from bot.app import App, load_commands
from bot.command import Arg, Context, command
from bot.errors import UserError
from bot.message import Button, Card, Choice, File, Image, Message, Text, bold, line, link
from bot.settings import load_settings
from storage import open_database, upgrade

STRANGE = "<!channel> & <@U1> *A* search `x` @here"
"""A title as a stranger might write it."""


@command()
def find(
    ctx: Context, query: Annotated[str, Arg("what to look for", rest=True)], page: Annotated[int, Arg("page")] = 1
) -> Message:
    """Find something."""
    card = Card(
        title=(*line("#7 "), link(f"Paper on {query} {page}", "https://example.org/?a=1&b=2")),
        facts=(line("paper · OSDI 2024"),),
        buttons=(Button("Show", "open 7"),),
        number=7,
    )
    turn = Button("Next ▶", f"find {query} page:{page + 1}")
    return Message((Text((line(bold("1 result")),)), card), buttons=(turn,))


@command("open")
def open_(ctx: Context, number: Annotated[int, Arg("its number")]) -> Message:
    """Open something in full."""
    lines = (line(bold("Title: "), STRANGE), line(bold("By: "), ctx.actor.name))
    return Message((Card(title=line(bold(STRANGE)), body=lines, number=number),))


@command()
def long(ctx: Context) -> Message:
    """Say more than fits."""
    return Message(tuple(Card(line(f"Card {n} "), body=(line("word & " * 150),)) for n in range(60)))


@command(form=("query",))
def ask(
    ctx: Context,
    query: Annotated[str, Arg("what to ask", rest=True)],
    how: Annotated[Literal["kindly", "firmly"], Arg("in which way")] = "kindly",
) -> Message:
    """Ask something in a long sentence that no title of a window could hold."""
    return Message((Text((line(f"{ctx.actor.name} asks {how}: {query}"),)),))


@command(form=("source",))
def choose(ctx: Context, source: Annotated[str, Arg("a command", complete="command")]) -> Message:
    """Choose one."""
    return Message((Text((line(f"Chosen: {source}"),)),))


@command(writes=True, public=True)
def count(ctx: Context) -> Message:
    """Count the times this was said."""
    said = sa.text("INSERT INTO withdrawals (digest, withdrawn_at) VALUES (:d, '2026-01-01')")
    ctx.db.execute(said, {"d": f"{ctx.now.isoformat()}"})
    total = ctx.db.execute(sa.text("SELECT count(*) FROM withdrawals")).scalar_one()
    return Message((Text((line(f"Counted {total}"),)),), buttons=(Button("Count", "count"),))


@command(admin=True)
def rule(ctx: Context) -> Message:
    """Do what admins do."""
    return Message((Text((line("Ruled"),)),))


@command()
def menu(ctx: Context) -> Message:
    """Offer a choice."""
    options = (("Find", "find it"), ("Count", "count"), ("Fail", "mind no"), ("Very long", "find " + "x" * 300))
    return Message((Text((line("Choose"),)),), buttons=(Choice("Menu", options),))


@command()
def whoami(ctx: Context) -> Message:
    """Say who speaks."""
    a = ctx.actor
    return Message((Text((line(f"{a.name} {a.language} {a.zone} {a.admin} {a.space} {a.channel}"),)),))


@command()
def draw(ctx: Context) -> Message:
    """Show a picture."""
    return Message((Text((line("Look:"),)), Image(b"not really a picture", "bars that grow")))


@command()
def file(ctx: Context) -> Message:
    """Hand over a file."""
    return Message((Text((line("Here it is."),)), File(b"BEGIN:VCALENDAR", "club.ics", "Calendar & file")))


@command()
def crash(ctx: Context) -> Message:
    """Fail."""
    raise RuntimeError("a bug")


@command()
def mind(ctx: Context, what: Annotated[str, Arg("what to mind", rest=True)] = "nothing") -> Message:
    """Say again what was heard."""
    if what == "no":
        raise UserError("That is no good.", buttons=(Button("Find", "find it"),))
    return Message((Text((line(what),)),))


@contextmanager
def fresh_database(folder: Path) -> Iterator[sa.Engine]:
    """An SQLite database without any list."""
    engine = open_database(f"sqlite:///{folder / 'slack.sqlite'}")
    upgrade(engine)
    yield engine
    engine.dispose()


def make_app(engine: sa.Engine) -> App:
    """The bot with these commands and the ones that every platform needs."""
    ours = [find, open_, long, ask, choose, count, rule, menu, whoami, draw, file, crash, mind]
    declared = {c.__command__.name: c.__command__ for c in ours}  # type: ignore[attr-defined]
    kept = {name: c for name, c in load_commands().items() if name in {"help", "share"}}
    return App(engine, declared | kept)


class Scene:
    """A workspace with two members and a channel, and the bot in it."""

    def __init__(self, slack: SlackDouble) -> None:
        slack.stranger(STRANGE)
        self.slack = slack
        self.acme: Workspace = slack.add_workspace("Acme")
        self.ann: User = self.acme.add_user("ann", locale="en-US", tz="Europe/Berlin")
        self.bo: User = self.acme.add_user("bo", locale="zh-CN", is_admin=True)
        self.general: Channel = self.acme.add_channel("general", self.ann, self.bo)
        self.served: Slack

    async def say(self, text: str, **more: Any) -> Any:
        """Ann types a slash command."""
        return await self.slack.command(self.ann, self.general, "/paper", text, **more)


@asynccontextmanager
async def connected(app: App, scene: Scene, **more: Any) -> AsyncIterator[Slack]:
    """The bot in one workspace, over Socket Mode."""
    slack = scene.slack
    settings = load_settings(
        slack_bot_token=scene.acme.bot_token,
        slack_app_token=slack.app_token,
        slack_api_base=slack.api_base,
        **more,
    )
    async with running(app, settings) as served:
        scene.served = served
        await slack.ready()
        yield served


@asynccontextmanager
async def listening(app: App, scene: Scene, **more: Any) -> AsyncIterator[Slack]:
    """The bot in one workspace, over signed HTTP."""
    slack = scene.slack
    settings = load_settings(
        slack_bot_token=scene.acme.bot_token,
        slack_mode="http",
        slack_signing_secret=slack.signing_secret,
        slack_api_base=slack.api_base,
        host="127.0.0.1",
        port=0,
        **more,
    )
    async with running(app, settings) as served:
        scene.served = served
        slack.request_url = f"http://127.0.0.1:{served.port}/slack/events"
        yield served
