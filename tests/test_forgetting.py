"""Whoever wants to be forgotten leaves nothing that names them, and takes nothing from others."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from conftest import NOW
from walls import Wall

from bot.app import App
from bot.command import Actor
from bot.commands.forget import WORDS
from bot.message import Button, Card, Message, Text
from bot.posting import Sent
from bot.refreshing import Refresher
from bot.resaying import APART
from storage import catalogue as writer
from storage import discord, forgetting, notes, outbox, polls, reading, shown, slack, writing
from storage.clubs import find_member
from storage.forgetting import FATES, IMPERSONAL
from storage.outbox import Arrival, Post
from storage.records import Listing, Resource, Source
from storage.shown import Shown
from storage.slack import Installation
from storage.tables import members, metadata

Say = Callable[..., Message]
HERE = {"platform": "slack", "space": "T1", "member": "U0ALICIA", "name": "Alicia Unforgotten"}
THERE = {"platform": "discord", "space": "G1", "member": "771177", "name": "Alicia Unforgotten"}
BOB = {"platform": "slack", "space": "T1", "member": "U2", "name": "Bob"}
CAROL = {"platform": "slack", "space": "T1", "member": "U3", "name": "Carol"}
TRACES = ("U0ALICIA", "771177", "Alicia")
LATER = NOW + timedelta(minutes=5)


def _resource(n: int) -> Resource:
    value = {"kind": "paper", "title": f"S{n}: Serving", "line": n}
    listed = Listing("900", f"e{n}", (), n, value=value)
    return Resource(n, "paper", f"S{n}: Serving", keys=(f"title:s{n}",), listings=(listed,))


@pytest.fixture
def own(engine: sa.Engine) -> App:
    """The bot over four resources."""
    with writing(engine) as db:
        shelf = [_resource(n) for n in (1, 2, 3, 4)]
        writer.write(db, writer.Change(added=shelf, sources=[Source("900", "A list", "markdown")]), NOW)
    return App(engine)


@pytest.fixture
def say(own: App, alice: Actor) -> Say:
    """Say a line as somebody."""

    def speak(line: str, at: datetime = NOW, **who: object) -> Message:
        message = own.say(line, replace(alice, **(HERE | who)), at)
        assert "Something went wrong" not in message.plain(), line
        return message

    return speak


def _fine(say: Say, *lines: str, **who: object) -> None:
    for line in lines:
        message = say(line, **who)
        assert not message.error, f"{line}: {message.plain()}"


def _link(say: Say) -> None:
    for line, admin in (("club link", True), ("link", False)):
        part = say(line, admin=admin).parts[-1]
        assert isinstance(part, Text)
        _fine(say, part.lines[-1][0].text, admin=admin, **THERE)


def _deliver(own: App) -> None:
    """Every post that is owed arrives."""
    with writing(own.engine) as db:
        owed = outbox.claim(db, ["slack", "discord"], "me", LATER, limit=99, lease=timedelta(seconds=9))
        outbox.sent(db, [Arrival(post.id, post.target, f"m{post.id}") for post in owed], LATER)


def _whole_life(say: Say, own: App) -> None:
    """Alicia leaves a trace in every table that can know her; Bob and Carol are there, too."""
    _link(say)
    _fine(say, "settings name:named", "digest mine on", "start serving", **HERE)
    for who in (BOB, CAROL, HERE):
        _fine(say, "vote 1 up", "vote 2 present", "read 1 pass:2 rating:4", "note 1 why so? share:yes", **who)
    _fine(say, "daily on", "digest weekly on", "club autopilot on day:thu time:16:00", admin=True)
    _fine(say, "suggest https://example.org/kept Kept", "suggest https://example.org/gone Gone")
    _fine(say, "daily bump 3", "meeting away 2026-08-01", "meeting feed", "poll remind on")
    _fine(say, "accept 1", admin=True, **BOB)
    _fine(say, 'poll start candidates:"1 2 3" closes:"1 day"', 'poll start candidates:"1 2" closes:"9 days"')
    for who in (BOB, CAROL, HERE):
        _fine(say, "poll vote 1 1", "poll vote 2 2", **who)
    _fine(say, "meeting plan 1 2026-03-05 16:00 presenter:me", "meeting plan 2 2026-03-06 16:00", **BOB)
    _fine(say, "meeting rsvp yes meeting:1", "meeting present 2", "meeting swap 1 meeting:2")
    _fine(say, "meeting plan 3 2026-03-07 16:00 presenter:me", "meeting skip 1")
    _fine(say, "meeting swap 2 meeting:1", **BOB)
    _fine(say, "link")
    _fine(say, "meeting there 1", at=NOW + timedelta(days=4))
    somebody = {"platform": "slack", "space": "T1", "number": 1, "text": "said", "link": None, "asked_at": NOW}
    with writing(own.engine) as db:
        me, bob = (find_member(db, "slack", "T1", account) for account in ("U0ALICIA", "U2"))
        assert me is not None
        assert bob is not None
        notes.ask(db, notes.Request(0, account="U0ALICIA", asked_by=bob.id, **somebody))
        notes.ask(db, notes.Request(0, account="U2", asked_by=me.id, **somebody))
        line = 'share show 1 sharer:"Alicia Unforgotten"'
        shown.remember(db, [(Shown("slack", "T1", "C1", "9.9", line, "en"), [1])], NOW)
        discord.keep_lines(db, {"k": 'press vote 1 up on:"show 1" by:"Alicia Unforgotten" language:en'}, NOW)
        slack.install(db, Installation("T1", "", "sealed", NOW, installer="U0ALICIA"))
    _deliver(own)


def _traces(own: App) -> list[str]:
    """Every value of the database in which an account or the name still stands."""
    with reading(own.engine) as db:
        values = [
            (f"{table.name}.{name}", str(value))
            for table in metadata.sorted_tables
            for row in db.execute(sa.select(table))
            for name, value in row._mapping.items()
        ]
    return [where for where, value in values if any(trace in value for trace in TRACES)]


def _known(own: App, account: str = "U0ALICIA") -> dict[str, int]:
    with reading(own.engine) as db:
        found = find_member(db, "slack", "T1", account)
        return dict(forgetting.kept(db, found.id).counts) if found else {}


# ---- the decisions ----


def test_of_every_table_somebody_has_decided_what_becomes_of_it() -> None:
    decided = {column.split(".")[0] for column in FATES}
    assert decided | IMPERSONAL == set(metadata.tables)
    assert not decided & IMPERSONAL


def test_every_column_that_points_to_a_member_or_an_account_has_a_fate_that_the_database_keeps() -> None:
    for table in metadata.sorted_tables:
        for column in table.c:
            name = f"{table.name}.{column.name}"
            keys = [key for key in column.foreign_keys if key.column is members.c.id]
            if keys or column.name in {"account", "installer", "member"}:
                assert name in FATES, f"decide in storage/forgetting.py what becomes of {name}"
            for key in keys:
                assert key.ondelete == {"gone": "CASCADE", "unnamed": "SET NULL"}[FATES[name]], name


def test_whatever_is_counted_has_a_name(own: App, say: Say) -> None:
    _fine(say, "vote 1 up")
    assert set(_known(own)) == set(WORDS)


# ---- forgetting ----


def test_nothing_that_names_a_member_is_left_and_nothing_of_others_is_missing(say: Say, own: App) -> None:
    _whole_life(say, own)
    missing = [what for what, n in _known(own).items() if not n]
    assert missing == [], "the test must leave a trace in every table"
    assert len(set(_traces(own))) > 8
    others = [_known(own, "U2"), _known(own, "U3")]
    told = say("forget").plain()
    assert "Accounts: 2" in told
    assert "Finished passes: 2" in told
    assert say("forget sure:yes", **THERE).plain().startswith("Everything about you is deleted.")
    assert _traces(own) == []
    after = [_known(own, "U2"), _known(own, "U3")]
    changed = {what for old, new in zip(others, after, strict=True) for what in old if old[what] != new[what]}
    assert changed <= {"meetings.presenter", "note_requests.asked_by", "note_requests.account", "posts.target",
                       "presenting.member", "presenting.other_member"}  # fmt: skip
    assert say("forget sure:yes").plain() == say("forget", **THERE).plain() == "Nothing is kept about you."
    assert _known(own) == {}


def test_what_belongs_to_the_club_stays(say: Say, own: App) -> None:
    _whole_life(say, own)
    _fine(say, "forget sure:yes")
    assert "Kept" in say("show Kept", **BOB).plain()
    assert "Nothing is waiting" in say("suggestions", admin=True, **BOB).plain()
    listed = say("poll results 1", **BOB).plain()
    assert "2 have voted" in listed
    assert "Too few were nominated" not in listed
    assert "S3" in say("meeting show 3", **BOB).plain()
    assert "is on" in say("club autopilot status", admin=True, **BOB).plain()
    shown_as = say("show 1", overheard=True, **BOB).plain()
    assert "👍 2" in shown_as
    assert shown_as.count("why so?") == 2


def test_whoever_comes_back_is_a_new_member(say: Say, own: App) -> None:
    _whole_life(say, own)
    _fine(say, "forget sure:yes")
    assert "nothing to undo" in say("undo").plain()
    _fine(say, "vote 1 up")
    assert {what for what, n in _known(own).items() if n} == {"votes.member", "changes.member", "accounts.member"}
    assert "only counts are shown" in say("settings").plain()
    with reading(own.engine) as db:
        assert find_member(db, "discord", "G1", "771177") is None


def test_it_is_said_to_the_member_alone(say: Say, own: App) -> None:
    _fine(say, "vote 1 up")
    told = say("forget")
    assert told.share is None or told.share == ""
    assert not told.public
    assert [b.line for b in told.buttons if isinstance(b, Button) and b.style == "danger"] == ["forget sure:yes"]
    for line in ("forget", "forget sure:yes"):
        assert "only for you" in say(line, overheard=True).plain()
        assert say(f"share {line}").error
        assert say(f'press save 2 on:"{line}" by:"Alicia" language:en', **BOB).error
    assert _known(own)["votes.member"] == 1
    assert "以下" in say("forget", language="zh").plain()


def test_who_only_looks_is_not_noted(say: Say, own: App) -> None:
    for line in ("forget", "forget sure:yes", "settings-show"):
        assert not say(line).error
    assert _known(own) == {}


def test_a_member_of_another_club_stays_whoever_has_the_same_account(say: Say, own: App) -> None:
    for space in ("T1", "T9"):
        _fine(say, "vote 1 up", space=space)
    _fine(say, "forget sure:yes", space="T9")
    assert _known(own)["votes.member"] == 1


# ---- polls ----


def test_a_running_poll_gives_the_ballot_back(say: Say, own: App) -> None:
    _fine(say, 'poll start candidates:"1 2" closes:"1 day"', **BOB)
    for who, choice in ((BOB, 1), (CAROL, 2), (HERE, 2)):
        _fine(say, f"poll vote 1 {choice}", **who)
    _fine(say, "forget sure:yes")
    assert "2 have voted" in say("poll results 1", **BOB).plain()
    own.tick(NOW + timedelta(days=2))
    with reading(own.engine) as db:
        found = polls.get(db, 1)
    assert found is not None
    assert found.result is not None
    assert found.result["ballots"] == 2


@pytest.mark.parametrize("ballots", ["secret", "open"])
def test_a_closed_poll_keeps_its_result_and_not_who_voted(say: Say, own: App, ballots: str) -> None:
    _fine(say, f'poll start candidates:"1 2" closes:"1 day" ballots:{ballots}', **BOB)
    for who in (BOB, CAROL, HERE):
        _fine(say, "poll vote 1 2", **who)
    own.tick(NOW + timedelta(days=2))
    before = say("poll results 1", **BOB).plain()
    assert ("Alicia" in before) == (ballots == "open")
    _fine(say, "forget sure:yes")
    after = say("poll results 1", **BOB).plain()
    assert after == "\n".join(x for x in before.splitlines() if "Alicia" not in x)
    assert "3 have voted" in after
    assert _traces(own) == []


# ---- meetings ----


def test_a_meeting_to_come_finds_another_presenter_and_one_that_was_has_none(say: Say, own: App) -> None:
    _fine(say, "vote 1 present", "settings name:named", **BOB)
    _fine(say, "meeting plan 1 2026-03-02 12:00 presenter:me", "meeting plan 1 2026-03-05 12:00 presenter:me")
    _fine(say, "meeting plan 2 2026-03-06 12:00 presenter:me", "forget sure:yes", at=NOW + timedelta(days=1))
    assert "Presents: Bob" in say("meeting show 2", **BOB).plain()
    for meeting in (1, 2, 3):
        assert "Alicia" not in say(f"meeting show {meeting}", **BOB).plain()
    assert "Bob" in say("meeting show 3", **BOB).plain()
    with reading(own.engine) as db:
        told = db.execute(sa.select(sa.func.count()).where(metadata.tables["posts"].c.target == "U2")).scalar_one()
    assert told == 2


# ---- what others set up ----


def test_another_admin_hears_of_trouble_and_else_whoever_resumes(say: Say, own: App) -> None:
    accounts = metadata.tables["schedules"].c
    with reading(own.engine) as db:
        assert db.execute(sa.select(accounts.account)).all() == []
    _fine(say, "daily on", admin=True)
    _fine(say, "digest weekly on", admin=True, channel="C2", **BOB)
    _fine(say, "digest mine on", **CAROL)
    _fine(say, "forget sure:yes")
    query = sa.select(accounts.account).order_by(accounts.id)
    with reading(own.engine) as db:
        assert list(db.execute(query).scalars()) == ["U2", "U2", "U3"]
    _fine(say, "forget sure:yes", **BOB)
    with reading(own.engine) as db:
        assert list(db.execute(query).scalars()) == ["", "", "U3"]
    assert "No admin is told" in say("daily status", **CAROL).plain()
    assert "No admin is told" not in say("daily resume", admin=True, **CAROL).plain()


def test_what_an_admin_pinned_still_comes(say: Say) -> None:
    _fine(say, "daily on time:10:00 zone:UTC days:daily", "daily pin 3 date:2026-03-04", "daily bump 3", admin=True)
    _fine(say, "forget sure:yes")
    queue = say("daily queue", **BOB)
    assert [part.number for part in queue.parts if isinstance(part, Card)][2] == 3
    assert "an admin chose it for this day" in queue.plain()


# ---- what stands in channels ----


class Board(Wall):
    """A platform that shows what was edited."""

    def __init__(self) -> None:
        self.shown: dict[str, str] = {}

    async def edit(self, sent: Sent, post: Post, message: Message, line: str) -> None:
        self.shown[sent.reference] = message.plain()


async def test_messages_in_channels_are_said_again_without_the_member(say: Say, own: App) -> None:
    _whole_life(say, own)
    with writing(own.engine) as db:
        for n in range(40):
            shown.remember(db, [(Shown("slack", "T1", "C1", f"old{n}", "share show 1", "en"), [1])], NOW)
        shown.remember(db, [(Shown("slack", "T1", "C1", "top", "share top signal:down", "en"), [4])], NOW)
    _fine(say, "vote 4 down", "forget sure:yes")
    wall = Board()
    own.senders = {"slack": wall}
    for n in range(12):
        await Refresher(own, lambda n=n: LATER + timedelta(minutes=n)).round()  # type: ignore[misc]
    assert {"9.9", *(f"old{n}" for n in range(40))} <= wall.shown.keys()
    assert "👍 2" in wall.shown["9.9"]
    assert any("2 have voted" in text for text in wall.shown.values())
    assert any("0 coming" in text for text in wall.shown.values())
    assert wall.shown["top"] == "What stood here is no longer there."
    assert [text for text in wall.shown.values() if "Alicia" in text] == []


def test_a_direct_message_that_is_under_way_reaches_nobody_else(say: Say, own: App) -> None:
    _fine(say, "meeting plan 1 2026-03-05 12:00 presenter:me")
    with writing(own.engine) as db:
        (post,) = (p for p in outbox.claim(db, ["slack"], "me", LATER, limit=9, lease=APART) if p.kind == "personal")
    _fine(say, "forget sure:yes")
    _fine(say, "meeting plan 2 2026-03-05 12:00 presenter:me", **BOB)
    with writing(own.engine) as db:
        assert outbox.begin(db, [post.id], "me", LATER, APART) == set()
        left = outbox.get(db, post.id)
    assert left is not None
    assert (left.target, left.state, left.reasons) == ("", "skipped", ())
    assert _traces(own) == []
