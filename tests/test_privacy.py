"""Nothing that a member keeps to themselves shows anywhere: two worlds that differ only in it look the same.

Bob does one thing or the other, all of it private. Whatever Alice then says, as a member and as an admin, in either
language, in private and overheard, she is answered the same in both worlds; and nothing of it stands in the log.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from conftest import NOW

from bot.app import App
from bot.command import Actor, Command, Parameter
from storage import catalogue, open_database, upgrade, writing
from storage.records import Listing, Resource, Source

TOPICS = ("serving/kv-cache", "training/fault-tolerance", "models/moe")
BOTH = ("vote 1 present", "vote 5 up", "daily on time:10:00 zone:UTC days:daily")
ONE_LIFE = (
    'read 1 pass:3 rating:2 note:"a secret thought"', "skip 2", "save 3", "reading 4", "start moe", "note 6 hush-hush",
    "digest mine on",
)  # fmt: skip
ANOTHER = (
    'read 1 pass:3 rating:5 note:"a hidden doubt"', "skip 3", "save 2", "reading 7", "start kv cache", "note 8 unsaid",
)  # fmt: skip
SECRETS = ("a secret thought", "hush-hush", "a hidden doubt", "unsaid")


@contextmanager
def _world(path: Path, life: tuple[str, ...], alice: Actor) -> Iterator[App]:
    """The bot over twelve resources, after Bob's life in private and some things that both worlds have."""
    engine = open_database(f"sqlite:///{path}")
    upgrade(engine)
    with writing(engine) as db:
        shelf = [_resource(number) for number in range(1, 13)]
        catalogue.write(db, catalogue.Change(added=shelf, sources=[Source("900", "A list", "markdown")]), NOW)
    app, bob = App(engine), replace(alice, member="U2", name="Bob", admin=True)
    for n, line in enumerate((*BOTH, *life)):
        assert not app.say(line, bob, NOW - timedelta(minutes=30 - n)).error, line
    yield app
    engine.dispose()


def _resource(number: int) -> Resource:
    title = f"System{number}: {('Caches', 'Failures', 'Experts')[number % 3]} at Scale"
    entry = {"kind": "paper", "title": title, "section": ["Serving"], "line": number}
    listing = Listing("900", f"entry {number}", ("Serving",), number, value=entry)
    return Resource(number, "paper", title, topics=(TOPICS[number % 3],), year=2020, listings=(listing,))


def _lines(command: Command) -> Iterator[str]:
    """A command with what it needs, and with each of its options and their choices."""
    needed = [f"{p.name}:{_values(p)[0]}" for p in command.parameters if p.required]
    yield " ".join([command.name, *needed])
    for p in command.parameters:
        others = [x for x in needed if not x.startswith(f"{p.name}:")]
        yield from (" ".join([command.name, *others, f"{p.name}:{value}"]) for value in _values(p))


def _values(parameter: Parameter) -> tuple[str, ...]:
    return {
        "resource": ("1", "2"),
        "resources": ("1", "1-4"),
        "integer": ("1", "2"),
        "flag": ("yes",),
        "choice": parameter.choices,
        "text": ("serving", "Bob"),
    }[parameter.kind]


def _everything(app: App, alice: Actor, now: datetime = NOW) -> dict[tuple[str, str], str]:
    """All that Alice can learn, as a member; and of each command something, overheard and as an admin."""
    heard = {}
    others = {"overheard": replace(alice, overheard=True, language="zh"), "admin": replace(alice, admin=True)}
    for command in app.commands.values():
        if command.name not in _CHANCE:
            lines = list(_lines(command))
            heard |= {("member", line): str(app.say(line, alice, now).as_data()) for line in lines}
            for who, actor in others.items():
                heard[who, lines[0]] = str(app.say(lines[0], actor, now).as_data())
    return heard


_CHANCE = ("random", "meeting feed", "link", "club link")
"""The first throws dice, the others make addresses and codes that nobody can guess."""


def test_whatever_a_member_asks_another_ones_private_life_makes_no_difference(
    tmp_path: Path, alice: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    for logger in ("bot", "storage"):
        caplog.set_level(logging.DEBUG, logger)
    with _world(tmp_path / "one.sqlite", ONE_LIFE, alice) as app:
        one = _everything(app, alice)
    with _world(tmp_path / "other.sqlite", ANOTHER, alice) as app:
        other = _everything(app, alice)
    assert [said for said in one if one[said] != other[said]] == []
    assert [said for said in one if any(secret in one[said] for secret in SECRETS)] == []
    assert not any("Something went wrong" in answer for answer in one.values())
    assert not any(secret in caplog.text for secret in SECRETS)
