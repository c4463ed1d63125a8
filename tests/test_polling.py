"""Polls that are changed while they run, at the moment of their close, or whose candidates turn out to be one."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from conftest import NOW
from shelf import Say, speaking, stock, taken

from bot.app import App
from bot.command import Actor
from storage import outdated, polls, reading, writing
from storage.tables import redirects

DAY = timedelta(days=1)


@pytest.fixture
def own(engine: sa.Engine) -> App:
    """The bot over five resources."""
    stock(engine)
    return App(engine)


@pytest.fixture
def say(own: App, alice: Actor) -> Say:
    """Say a line as Alice, at the moment `at`."""
    return speaking(own, alice)


def _said_again(app: App, at: datetime) -> list[str]:
    with writing(app.engine) as db:
        return [shown.line for shown in outdated.take(db, ["console"], at, 20)]


def test_a_poll_whose_time_is_over_is_not_changed_before_it_is_counted(say: Say) -> None:
    say('poll start candidates:"1 2" closes:"1 day"')
    for line in ("poll extend 3 days", 'poll edit closes:"3 days"', "poll edit question:Really?", "poll cancel"):
        assert "is over" in say(line + " poll:1" if "extend" not in line else line, NOW + DAY).plain(), line


def test_nominations_whose_time_is_over_are_not_prolonged(say: Say) -> None:
    say('poll start nominations:"1 day" closes:"3 days"')
    assert "Nominations are closed" in say('poll edit nominations:"1 day"', NOW + DAY).plain()


def test_who_comes_too_early_or_too_late_is_told_so(say: Say) -> None:
    say('poll start nominations:"1 day" closes:"3 days"')
    assert "Poll 1 takes no votes now" in say("poll vote").plain()
    say("poll cancel")
    assert "No poll is running" in say("poll vote").plain()
    say('poll start candidates:"1 2"')
    assert "Nominations are closed" in say("poll nominate 3").plain()


@pytest.mark.parametrize("line", ["poll extend 5 days", 'poll edit closes:"5 days"', "poll edit add:3"])
def test_the_card_of_a_poll_that_was_changed_is_said_again(say: Say, own: App, line: str) -> None:
    say('poll start candidates:"1 2" closes:"1 day"')
    taken(own, NOW)
    say(line, NOW)
    (again,) = _said_again(own, NOW)
    assert ("2026-03-07 09:30" if "5 days" in line else "3. System3") in say(again).plain()


@pytest.mark.parametrize(
    ("method", "one", "other"), [("single", "{}", "{}"), ("ranked", "{}", "{}"), ("star", "{}:5", "{}:5")]
)
def test_candidates_that_turn_out_to_be_one_are_counted_as_one(
    say: Say, own: App, method: str, one: str, other: str
) -> None:
    say(f'poll start candidates:"1 2 3" method:{method} closes:"1 day"')
    for n, place in enumerate((1, 1, 2, 2, 3, 3, 3)):
        say(f"poll vote choice:{(one if place < 3 else other).format(place)}", member=f"V{n}", name=f"V{n}")
    with writing(own.engine) as db:
        db.execute(redirects.insert().values(number=2, target=1))
    own.tick(NOW + DAY)
    with reading(own.engine) as db:
        poll = polls.get(db, 1)
    assert poll is not None
    assert poll.result is not None
    assert poll.result["winners"] == [1]
    assert [c for c, _n in poll.result["steps"][0]["counts"]] == [1, 3]


def test_just_enough_ballots_are_enough(say: Say, own: App) -> None:
    say("vote 1 want")
    say('poll start candidates:"1 2" closes:"1 day" quorum:2')
    for who in ("V1", "V2"):
        say("poll vote choice:2", member=who, name=who)
    own.tick(NOW + DAY)
    with reading(own.engine) as db:
        poll = polls.get(db, 1)
    assert poll is not None
    assert poll.result is not None
    assert poll.result["winners"] == [2]


def test_only_members_from_before_are_reminded_of_a_poll_for_members(say: Say, own: App) -> None:
    old, new = ({"member": name, "name": name} for name in ("Old", "New"))
    say("poll remind on", **old)
    say('poll start candidates:"1 2" voters:members closes:"3 days"', NOW + DAY)
    say("poll remind on", NOW + DAY, **new)
    assert "takes" not in say("poll vote", NOW + DAY, **old).plain()
    assert "1 member is reminded" in say("poll remind", NOW + DAY).plain()
    assert "who were members before" in say("poll vote 1 1", NOW + DAY, **new).plain()
