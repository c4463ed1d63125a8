"""Whoever withdraws is gone from all that the bot says, owes and has said, and nothing brings them back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from conftest import NOW
from walls import Wall

from bot.app import App
from bot.command import Actor
from bot.message import Button, Message
from bot.posting import Gone, Retry, Sent
from bot.refreshing import Refresher
from bot.resaying import APART
from seeds.entry import Document, Entry
from seeds.importer import import_documents, read_shipped, write_documents
from storage import outbox, outdated, reading, writing
from storage.outbox import Arrival, Post
from storage.resources import all_resources
from storage.tables import metadata, redirects

Say = Callable[..., Message]
NAME = "Ada Lovelace"
LIST = Document(
    "900",
    "A small list",
    "markdown",
    entries=(
        Entry(kind="paper", title="Engine: Analytical Serving", line=1, urls=("https://arxiv.org/abs/2401.00001",)),
        Entry(kind="blog", title="Notes on the Engine", line=2, urls=("https://n.example",), authors=(NAME, "Jo Doe")),
        Entry(kind="person", title=NAME, line=3, urls=("https://ada.example",)),
        Entry(kind="person", title="Grace Hopper", line=4, urls=("https://grace.example",)),
    ),
)
ENGINE, BLOG, ADA, GRACE = 1, 2, 3, 4


def _load(engine: sa.Engine) -> None:
    with writing(engine) as db:
        write_documents(db, [LIST], NOW)


@pytest.fixture
def own(engine: sa.Engine) -> App:
    """The bot over a small list with two people in it."""
    _load(engine)
    return App(engine)


@pytest.fixture
def admin(own: App, alice: Actor) -> Say:
    """Say a line in Slack as an admin, at an instant."""

    def speak(line: str, now: datetime = NOW, **changes: object) -> Message:
        return own.say(line, replace(alice, **{"platform": "slack", "admin": True, **changes}), now)  # type: ignore[arg-type]

    return speak


def _everything(engine: sa.Engine) -> str:
    with reading(engine) as db:
        return "\n".join(str(tuple(row)) for table in metadata.sorted_tables for row in db.execute(sa.select(table)))


def test_first_it_says_who_would_go_and_what_that_means(own: App, admin: Say) -> None:
    asked = admin("withdraw ada lovelace")
    assert "1 entry stays without their name: #2 Notes on the Engine" in asked.plain()
    danger = next(b for b in asked.buttons if isinstance(b, Button) and b.style == "danger")
    assert (danger.line, asked.public, asked.share) == (f"withdraw {ADA} sure:yes", False, None)
    assert NAME in admin("people").plain()
    assert f"Withdrawn for good: {NAME} (#{ADA})" in admin(danger.line).plain()


def test_who_withdrew_is_found_nowhere_also_after_another_import(own: App, admin: Say, alice: Actor) -> None:
    admin(f"withdraw {ADA} sure:yes")
    _load(own.engine)
    for line in ("search lovelace", "people", "browse", f"show {BLOG}", "recommend", f"similar {BLOG}", "notes"):
        assert "Lovelace" not in admin(line).plain().replace("“lovelace”", ""), line
    assert admin(f"show {ADA}").error
    assert "Jo Doe" in admin(f"show {BLOG}").plain()
    for command, parameter in (("withdraw", "person"), ("people", "name"), ("show", "resource")):
        assert [x for x in own.complete(command, parameter, "love", alice) if "Love" in x.label] == []
    assert "lovelace" not in _everything(own.engine).lower()


def test_the_shipped_lists_do_not_bring_them_back(say: Say, app: App) -> None:
    assert not say("withdraw kaiyuan sure:yes", admin=True).error
    import_documents(app.engine, read_shipped(), NOW)
    with reading(app.engine) as db:
        assert [r.number for r in all_resources(db) if "kaiyuan" in (r.title, *r.authors)] == []


def test_no_suggestion_brings_them_back(own: App, admin: Say) -> None:
    admin(f"suggest Ada, Countess of {NAME.split()[1]} https://ada.example/")
    admin("suggest The Countess https://ada.example/#works")
    admin(f"withdraw {ADA} sure:yes")
    for line in (f"suggest {NAME}", "suggest Countess https://www.ada.example", f"accept 1 {NAME}"):
        assert admin(line).error, line
    assert NAME not in admin("browse").plain()


def test_a_number_that_led_to_them_leads_nowhere(own: App, admin: Say) -> None:
    with writing(own.engine) as db:
        db.execute(redirects.insert().values(number=9, target=ADA))
    assert f"#{ADA} {NAME}" in admin("withdraw 9").plain()
    admin("withdraw 9 sure:yes")
    assert "There is no #9" in admin("show 9").plain()


def test_nobody_is_named_where_others_listen(admin: Say) -> None:
    refused = admin(f"withdraw {ADA} sure:yes", overheard=True)
    assert "only for you" in refused.plain()
    assert NAME in admin("people").plain()


def test_only_admins_may(admin: Say) -> None:
    assert "for admins" in admin(f"withdraw {ADA}", admin=False).plain()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("withdraw 1", "#1 is of the kind “paper”, not a person: Engine: Analytical Serving. Name somebody"),
        ("withdraw the engine sure:yes", "#2 is of the kind “blog”, not a person"),
        ("withdraw 77", "There is no #77"),
        ("withdraw Nobody Known", "Nothing here is called “Nobody Known”"),
    ],
)
def test_who_is_no_person_is_not_withdrawn(own: App, admin: Say, line: str, words: str) -> None:
    answer = admin(line)
    assert words in answer.plain()
    assert answer.buttons
    with reading(own.engine) as db:
        assert len(all_resources(db)) == 4


def test_a_name_means_the_person_and_not_what_is_about_them(own: App, admin: Say, alice: Actor) -> None:
    book = Entry(kind="book", title=f"{NAME}: A Life", line=1, urls=("https://b.example",))
    with writing(own.engine) as db:
        write_documents(db, [Document("901", "Books", "markdown", entries=(book,))], NOW)
    assert f"withdraw {ADA} sure:yes" in str(admin("withdraw lovelace").buttons)
    assert [x.value for x in own.complete("withdraw", "person", "", alice)] == [f"#{ADA}", f"#{GRACE}"]


# ---- what is owed ----

ALL_DAYS = "daily on time:09:00 zone:UTC days:daily kinds:person"


def _owed(app: App, *states: str) -> list[Post]:
    with reading(app.engine) as db:
        return [p for p in outbox.log(db, "slack", "T1", "C1", kinds=("daily", "thread")) if p.state in states]


def _arrive(app: App, now: datetime) -> None:
    with writing(app.engine) as db:
        for post in outbox.claim(db, ["slack"], "me", now, limit=10, lease=timedelta(seconds=9)):
            outbox.sent(db, [Arrival(post.id, post.target, f"m{post.id}")], now)


def test_the_queue_forgets_them_and_their_pins(own: App, admin: Say) -> None:
    admin(ALL_DAYS)
    admin(f"daily pin {ADA} date:2026-03-04")
    assert NAME in admin("daily queue").plain()
    admin(f"withdraw {ADA} sure:yes")
    assert NAME not in admin("daily queue").plain()
    assert "Grace Hopper" in admin("daily queue").plain()


def test_a_slot_whose_post_has_not_gone_out_gets_another_pick(own: App, admin: Say) -> None:
    slot = datetime(2026, 3, 3, 9, tzinfo=UTC)
    admin(ALL_DAYS)
    admin(f"daily pin {ADA} date:2026-03-03")
    own.tick(slot)
    assert [post.number for post in _owed(own, "queued")] == [ADA]
    admin(f"withdraw {ADA} sure:yes", slot)
    assert _owed(own, "queued") == []
    own.tick(slot + timedelta(seconds=2))
    assert [(post.number, post.date) for post in _owed(own, "queued")] == [(GRACE, "2026-03-03")]
    assert "has withdrawn" in admin("why 2026-03-03", slot).plain()
    own.tick(slot + timedelta(seconds=4))
    assert len(_owed(own, "queued")) == 1


def test_votes_readings_polls_and_meetings_on_them_do_no_harm(own: App, admin: Say) -> None:
    for line in (f"vote {ADA} up", f"read {ADA}", f"note {ADA} a pioneer", f'poll start candidates:"{ADA} {GRACE}"'):
        assert not admin(line).error, line
    planned = admin(f"meeting plan 2026-03-09T18:00 resources:{ADA}")
    assert NAME in planned.plain()
    admin(f"withdraw {ADA} sure:yes")
    for line in (
        "mine",
        "notes",
        "top",
        "undo",
        "stats",
        "poll show",
        "poll vote 1 1",
        "meeting list",
        "meeting show 1",
    ):
        answer = admin(line)
        assert "Something went wrong" not in answer.plain(), line
        assert NAME not in answer.plain(), line
    assert "somebody who has withdrawn" in admin("poll vote 1 1").plain()
    assert "lovelace" not in _everything(own.engine).lower()


# ---- what stands in public ----


class Board(Wall):
    """A platform that keeps what was edited, or refuses it."""

    def __init__(self) -> None:
        self.shown: dict[str, str] = {}
        self.refusal: Exception | None = None

    async def edit(self, sent: Sent, post: Post, message: Message, line: str) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.shown[f"{sent.place} {sent.reference}"] = message.plain()


@pytest.fixture
def board(own: App, alice: Actor) -> Board:
    """A platform where cards of two clubs, a poll and a daily post show Ada."""
    for space in ("T1", "T2"):
        there = replace(alice, platform="slack", space=space, channel=f"C-{space}")
        for n, line in enumerate((f"share show {ADA}", f"share show {BLOG}", "share people")):
            own.remember(own.say(line, there, NOW), line, there, there.channel, f"m{n}")
    here = replace(alice, platform="slack", admin=True)
    own.say(f'poll start candidates:"{ADA} {GRACE}"', here, NOW)
    own.say(ALL_DAYS, here, NOW)
    own.say(f"daily pin {ADA} date:2026-03-03", here, NOW)
    own.tick(NOW + timedelta(days=1))
    _arrive(own, NOW + timedelta(days=1))
    own.senders = {"slack": (board := Board())}
    return board


async def test_public_messages_of_every_club_no_longer_show_them(own: App, admin: Say, board: Board) -> None:
    at = NOW + timedelta(days=1, minutes=1)
    admin(f"withdraw {ADA} sure:yes", at)
    again = App(own.engine)  # after a restart
    again.senders = own.senders
    assert await Refresher(again, lambda: at + APART).round() >= 8
    for space in ("T1", "T2"):
        assert board.shown[f"C-{space} m0"] == "What stood here is no longer there."
        assert "Jo Doe" in board.shown[f"C-{space} m1"]
        assert "Grace Hopper" in board.shown[f"C-{space} m2"]
    everything = "\n".join(board.shown.values())
    assert "somebody who has withdrawn" in everything
    assert NAME not in everything
    assert await Refresher(again, lambda: at + 3 * APART).round() == 0
    assert "lovelace" not in _everything(own.engine).lower()


async def test_a_platform_that_is_busy_is_asked_again_and_what_is_gone_is_let_go(
    own: App, admin: Say, board: Board
) -> None:
    at = NOW + timedelta(days=1, minutes=1)
    admin(f"withdraw {ADA} sure:yes", at)
    board.refusal = Retry("busy", 5.0)
    assert await Refresher(own, lambda: at).round() >= 8
    assert await Refresher(own, lambda: at + timedelta(seconds=4)).round() == 0
    board.refusal = Gone("channel")
    assert await Refresher(own, lambda: at + timedelta(seconds=20)).round() >= 8
    with reading(own.engine) as db:
        assert not outdated.any_due(db, ["slack"], at + timedelta(days=1))
