"""No secret ballot shows anywhere: two worlds in which Bob and Carol have exchanged their ballots look the same.

All counts are equal in both, so whatever differs would tell who chose what: an answer to any command, as a member or
an admin, in private or overheard; a post; the log; the database without the polls' own keys.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from conftest import NOW
from test_privacy import _everything as everything
from test_privacy import _resource as resource

from bot.app import App
from bot.command import Actor
from storage import catalogue, open_database, outbox, reading, upgrade, writing
from storage.records import Source
from storage.tables import metadata

SEALED = {"seal", "sealed"}
"""The key of a poll, and what only it opens."""
LATER = NOW + timedelta(days=2)


@contextmanager
def _world(path: Path, bobs: str, carols: str, alice: Actor) -> Iterator[App]:
    """A poll that is counted, one that runs, and one that shows counts while it runs, each with three ballots."""
    engine = open_database(f"sqlite:///{path}")
    upgrade(engine)
    with writing(engine) as db:
        shelf = [resource(number) for number in range(1, 7)]
        catalogue.write(db, catalogue.Change(added=shelf, sources=[Source("900", "A list", "markdown")]), NOW)
    app, boss = App(engine), replace(alice, member="U9", name="Boss", admin=True)
    for closes, counts in (("1 day", "close"), ("3 days", "close"), ("4 days", "live")):
        app.say(f'poll start candidates:"1 2 3" closes:"{closes}" counts:{counts}', boss, NOW)
    for n, (name, choice) in enumerate((("Bob", bobs), ("Carol", carols), ("Dave", "3"))):
        voter = replace(alice, member=f"V{n}", name=name)
        for poll in (1, 2, 3):
            assert not app.say(f"poll vote {poll} {choice}", voter, NOW).error
            app.say("poll remind on", voter, NOW)
    app.tick(LATER)
    yield app
    engine.dispose()


def _seen(app: App, alice: Actor) -> dict[tuple[str, str], str]:
    """Everything that Alice and whoever reads the channel or the database without its keys can see."""
    with reading(app.engine) as db:
        posts = [post for n in range(1, 30) if (post := outbox.get(db, n))]
    seen = {
        ("post", post.key): str(app.say(f"posted {post.id}", replace(alice, overheard=True), LATER).as_data())
        for post in posts
    }
    with reading(app.engine) as db:
        for table in (
            t for t in metadata.sorted_tables if t.name != "search_state"
        ):  # that one numbers itself by chance
            columns = [c for c in table.c if c.name not in SEALED]
            seen["table", table.name] = str([tuple(row) for row in db.execute(sa.select(*columns))])
    return seen | everything(app, alice, LATER)


def test_whoever_looks_exchanged_ballots_make_no_difference(
    tmp_path: Path, alice: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    with _world(tmp_path / "one.sqlite", "1", "2", alice) as app:
        one, said = _seen(app, alice), caplog.text
    caplog.clear()
    with _world(tmp_path / "other.sqlite", "2", "1", alice) as app:
        other = _seen(app, alice)
    assert [what for what in one if one[what] != other[what]] == []
    assert "Votes" in one["member", "poll results poll:1"] or "Bars" in one["member", "poll results poll:1"]
    assert caplog.text == said
