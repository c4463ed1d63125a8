"""A small catalogue of nobody's list, and the bot over it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from conftest import NOW

from bot.app import App
from bot.command import Actor
from bot.message import Message
from storage import catalogue, outbox, writing
from storage.outbox import Arrival
from storage.records import Listing, Resource, Source

Say = Callable[..., Message]


def paper(number: int, title: str = "", stars: int | None = None) -> Resource:
    """A paper on serving, as one list has it."""
    listing = Listing("900", f"entry {number}", ("Serving",), number, stars=stars)
    name = title or f"System{number}: Serving Models"
    return Resource(number, "paper", name, keys=(f"title:s{number}",), topics=("serving/engines",), listings=(listing,))


def stock(engine: sa.Engine, *papers: Resource) -> None:
    """Put papers into the catalogue, unless others are named five with fewer and fewer stars."""
    added = papers or [paper(n, stars=5 - n) for n in range(1, 6)]
    with writing(engine) as db:
        catalogue.write(db, catalogue.Change(added=added, sources=[Source("900", "A list", "markdown")]), NOW)


def speaking(app: App, actor: Actor) -> Say:
    """Say a line as somebody, at the moment `at`; keyword arguments change who speaks."""

    def speak(line: str, at: datetime = NOW, **changes: object) -> Message:
        message = app.say(line, replace(actor, **changes), at)
        assert "Something went wrong" not in message.plain(), line
        return message

    return speak


def taken(app: App, at: datetime) -> list[str]:
    """Take what the terminal is owed at an instant for sent; its keys."""
    with writing(app.engine) as db:
        owed = outbox.claim(db, ["console"], "me", at, limit=50, lease=timedelta(seconds=30))
        outbox.sent(db, [Arrival(post.id, post.target, f"m{post.id}") for post in owed], at)
    return [post.key for post in owed]
