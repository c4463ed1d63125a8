"""One person with several accounts is one member; one club in several spaces has one tally."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from conftest import NOW
from shelf import Say, speaking

from bot.app import App
from bot.command import Actor
from bot.message import Message, Text
from storage import catalogue as writer
from storage import meetings, polls, reading, writing
from storage.records import Listing, Resource, Source
from storage.tables import clubs, members, metadata

HERE = {"platform": "slack", "space": "T1", "member": "U1", "name": "Alice"}
THERE = {"platform": "discord", "space": "G1", "member": "77", "name": "alice_d"}
BOB = {"platform": "slack", "space": "T1", "member": "U2", "name": "Bob"}


@pytest.fixture
def own(engine: sa.Engine) -> App:
    """The bot over three resources."""
    with writing(engine) as db:
        shelf = [
            Resource(n, "paper", f"S{n}: Serving", keys=(f"title:s{n}",), listings=(Listing("900", f"e{n}", (), n),))
            for n in (1, 2, 3)
        ]
        writer.write(db, writer.Change(added=shelf, sources=[Source("900", "A list", "markdown")]), NOW)
    return App(engine)


@pytest.fixture
def say(own: App, alice: Actor) -> Say:
    """Say a line as somebody."""
    return speaking(own, alice)


def _code(message: Message) -> str:
    part = message.parts[-1]
    assert isinstance(part, Text)
    return part.lines[-1][0].text


def _joined(say: Say) -> None:
    """Slack's and Discord's spaces are one club."""
    say(_code(say("club link", admin=True, **HERE)), admin=True, **THERE)


def _linked(say: Say) -> None:
    assert "linked" in say(_code(say("link", **HERE)), **THERE).plain()


def test_from_linked_accounts_there_is_one_ballot_and_the_later_one_counts(say: Say, own: App) -> None:
    _joined(say)
    say('poll start candidates:"1 2 3" closes:"1 day"', **BOB)
    say("poll vote 1 1", **HERE)
    say("poll vote 1 2", NOW + timedelta(minutes=1), **THERE)
    assert "2 have voted" in say("poll results", **BOB).plain()
    _linked(say)
    assert "1 has voted" in say("poll results", **BOB).plain()
    assert "Your ballot: S2" in say("poll vote 1", **HERE).plain()
    say("poll vote 1 3", **HERE)
    assert "Your ballot: S3" in say("poll vote 1", **THERE).plain()
    with reading(own.engine) as db:
        assert polls.count_ballots(db, 1) == 1


def test_what_both_accounts_had_is_united(say: Say, own: App) -> None:
    _joined(say)
    say("meeting plan 1 friday 16:00 presenter:me", **THERE)
    say("meeting rsvp maybe", **HERE)
    say("meeting rsvp yes", NOW + timedelta(minutes=1), **THERE)
    say("meeting away 2026-08-01", **THERE)
    say("vote 1 up", **HERE)
    say("vote 1 down", NOW + timedelta(minutes=1), **THERE)
    say("read 2 pass:3 rating:4", **THERE)
    say("save 2", NOW + timedelta(minutes=1), **HERE)
    _linked(say)
    shown = say("meeting show", **HERE).plain()
    assert "Presents: Alice" in shown
    assert "✓ 1 coming · ? 0 maybe" in shown
    assert "2026-08-01" in say("meeting away", **HERE).plain()
    assert "S1" in say("top signal:down", **HERE).plain()
    assert say("top signal:up", **HERE).plain() == say("top signal:present", **HERE).plain().replace("present", "up")
    assert "S2" in say("mine read", **HERE).plain()
    with reading(own.engine) as db:
        assert meetings.joined(db, 1) == {1}


def test_a_code_serves_once_and_not_for_long(say: Say) -> None:
    _joined(say)
    line = _code(say("link", **HERE))
    assert "different" not in say(line, **BOB).plain()
    assert "not known" in say(line, **THERE).plain()
    late = _code(say("link", **HERE))
    assert "not known" in say(late, NOW + timedelta(minutes=11), **THERE).plain()
    assert "this account" in say(_code(say("link", **HERE)), **HERE).plain()


def test_a_new_code_ends_the_one_before(say: Say) -> None:
    first, second = _code(say("link", **HERE)), _code(say("link", **HERE))
    assert "not known" in say(f"link {first.split()[-1]}", **BOB).plain()
    assert "are linked" in say(f"link {second.split()[-1]}", **BOB).plain()


def test_accounts_of_different_clubs_wait_for_their_admins(say: Say) -> None:
    say("save 1", **THERE)
    line = _code(say("link", **HERE))
    assert "different clubs" in say(line, **THERE).plain()
    joining = _code(say("club link", admin=True, **HERE))
    assert say(joining, **THERE).error
    assert "one club" in say(joining, admin=True, **THERE).plain()
    assert "linked" in say(line, **THERE).plain()


def test_two_clubs_that_join_have_one_tally(say: Say) -> None:
    say("vote 1 up", **HERE)
    say("vote 1 up", **THERE)
    say("club autopilot on", admin=True, **HERE)
    say("club autopilot on", admin=True, **THERE)
    _joined(say)
    assert "2" in say("top", **BOB).plain()
    assert "is on" in say("club autopilot status", admin=True, **THERE).plain()


@pytest.mark.parametrize("parent", [members, clubs], ids=str)
def test_whoever_is_deleted_leaves_nothing_behind(parent: sa.Table) -> None:
    keys = [
        key for table in metadata.sorted_tables for c in table.c for key in c.foreign_keys if key.column is parent.c.id
    ]
    assert {key.ondelete for key in keys} <= {"CASCADE", "SET NULL"}
    assert len(keys) > 5
