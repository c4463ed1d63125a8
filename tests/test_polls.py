"""Polls from the first nomination to the printed account; secret ballots stay secret."""

import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from conftest import NOW
from shelf import Say, speaking, stock

from bot.app import App
from bot.command import Actor
from bot.message import Button, Choice, Image, Message
from bot.pictures import Counts, draw_counts
from storage import outbox, polls, reading
from storage.tables import metadata

BOB, CAROL, DAVE = ({"member": f"U{n}", "name": name} for n, name in ((2, "Bob"), (3, "Carol"), (4, "Dave")))


@pytest.fixture
def own(engine: sa.Engine) -> App:
    """The bot over five resources."""
    stock(engine)
    return App(engine)


@pytest.fixture
def say(own: App, alice: Actor) -> Say:
    """Say a line as Alice, at the moment `at`."""
    return speaking(own, alice)


def _lines(message: Message) -> list[str]:
    return [b.line for b in message.buttons if isinstance(b, Button)]


def _post(app: App, key: str) -> Message | None:
    with reading(app.engine) as db:
        post = outbox.find(db, key)
    if post is None:
        return None
    there = Actor(post.platform, post.space, post.target, "", "", post.language, overheard=True)
    return app.say(f"posted {post.id}", there, NOW)


# ---- candidates ----


def test_a_poll_takes_what_is_wanted_most(say: Say) -> None:
    for number, voters in ((2, ({}, BOB)), (4, ({},)), (5, ())):
        for who in voters:
            say(f"vote {number} want", **who)
    text = say("poll start").plain()
    assert text.index("System2") < text.index("System4")
    assert "System5" not in text


def test_a_poll_takes_numbers_or_a_topic(say: Say) -> None:
    assert "3. System5" in say('poll start candidates:"1 3 5"').plain()
    assert "System" in say("poll start candidates:serving").plain()
    assert "3. System4" in say("poll start candidates:1 #2 4").plain()
    assert "2. System5" in say("poll start 3, 5").plain()
    timed = say("poll start candidates:3,5 closes:friday 12:15 What now?").plain()
    assert "📊 What now?" in timed
    assert "2026-03-06 12:15" in timed


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("poll start", "Nobody has said"), ("poll start candidates:1", "two candidates"),
        ("poll start candidates:\"1 2\" closes:\"tomorow 25:00\"", "time of day"),
        ("poll start candidates:\"1 2\" closes:\"2026-03-01 10:00\"", "in the past"),
        ("poll start candidates:\"1 2\" closes:\"2 min\"", "ten minutes"),
        ("poll start candidates:nonsense", "no topic"),
        ("poll vote", "No poll is running"), ("poll vote 7", "no poll 7"), ("poll extend friday", "No poll"),
        ("poll nominate 1", "No poll"), ("poll list", "no poll yet"), ("poll results", "No poll"),
    ],
)  # fmt: skip
def test_what_cant_be_done_is_said(say: Say, line: str, hint: str) -> None:
    message = say(line)
    assert message.error
    assert hint in message.plain()


def test_members_nominate_until_the_poll_opens(say: Say, own: App) -> None:
    say('poll start nominations:"2 days" closes:"4 days"')
    assert "is nominated" in say("poll nominate 3", **BOB).plain()
    assert "nominated already" in say("poll nominate 3", **CAROL).plain()
    assert say("poll vote 1").error
    own.tick(NOW + timedelta(days=2))
    assert "System3" in say("poll vote", NOW + timedelta(days=2, hours=1)).plain()
    assert say("poll nominate 4 poll:1", NOW + timedelta(days=2, hours=1)).error
    assert "Vote" in str(_post(own, "poll:1:open"))


def test_without_nominations_the_clubs_wishes_stand_in(say: Say, own: App) -> None:
    say("vote 2 want")
    say('poll start nominations:"1 day" closes:"3 days"')
    own.tick(NOW + timedelta(days=1))
    assert "System2" in say("poll results").plain()


# ---- ballots ----


def _started(say: Say, **options: str) -> None:
    chosen = " ".join(f"{name}:{value}" for name, value in ({"candidates": '"1 2 3"'} | options).items())
    assert not say(f"poll start {chosen}").error


def test_a_ballot_is_private_and_marked_by_presses(say: Say) -> None:
    _started(say)
    mine = say("poll vote", **BOB)
    assert not mine.public
    assert mine.share is None
    say(_lines(mine)[1], **BOB)
    after = say("ballot 1 mark 3", **BOB)
    assert "Your ballot: System2: Serving Models, System3: Serving Models" in after.plain()
    assert "Your ballot: System3" in say("ballot 1 unmark 2", **BOB).plain()
    assert "has voted" not in after.plain()
    assert "1 has voted" in say("poll results").plain()


def test_a_ballot_is_not_shown_aloud(say: Say) -> None:
    _started(say)
    assert say("poll vote", overheard=True).error
    assert say("share poll vote 1").error


def test_ranks_follow_the_order_of_the_presses(say: Say) -> None:
    _started(say, method="ranked")
    for candidate in (3, 1, 2, 2):
        say(f"ballot 1 mark {candidate}")
    assert "System3: Serving Models > System1: Serving Models > System2" in say("poll vote").plain()
    say("ballot 1 unmark 3")
    say("ballot 1 mark 3")
    assert "System1: Serving Models > System2: Serving Models > System3" in say("poll vote").plain()


def test_stars_are_chosen_from_menus(say: Say) -> None:
    _started(say, method="star")
    menu = next(b for b in say("poll vote").buttons if isinstance(b, Choice))
    assert [label for label, _line in menu.options] == ["★★★★★", "★★★★", "★★★", "★★", "★", "0"]
    assert "System1: Serving Models 5★" in say(menu.options[0][1]).plain()


@pytest.mark.parametrize(
    ("method", "choice", "kept"),
    [("approval", "1, 3", "System1: Serving Models, System3"), ("ranked", "3>1", "System3: Serving Models > System1"),
     ("single", "#2", "System2"), ("star", "1:5 2:3", "System1: Serving Models 5★, System2: Serving Models 3★")],
)  # fmt: skip
def test_a_ballot_can_be_typed(say: Say, method: str, choice: str, kept: str) -> None:
    _started(say, method=method)
    assert f"Your ballot: {kept}" in say(f"poll vote 1 {choice}").plain()


@pytest.mark.parametrize(
    ("method", "choice", "hint"),
    [("approval", "9", "no candidate"), ("single", "1 2", "one candidate"), ("star", "1", "0 to 5 stars"),
     ("star", "1:9", "0 to 5 stars"), ("ranked", "best", "no candidate")],
)  # fmt: skip
def test_a_wrong_ballot_is_explained(say: Say, method: str, choice: str, hint: str) -> None:
    _started(say, method=method)
    assert hint in say(f"poll vote 1 {choice}").plain()


def test_newcomers_dont_vote_where_only_members_do(say: Say) -> None:
    say("settings", NOW - timedelta(days=1), **BOB)
    _started(say, voters="members")
    assert not say("poll vote 1 2", **BOB).error
    assert "who were members before" in say("poll vote 1 2", NOW + timedelta(hours=1), **CAROL).plain()


# ---- looking after ----


def test_only_its_creator_or_an_admin_changes_a_poll(say: Say) -> None:
    _started(say)
    for line in ("poll extend friday", "poll edit closes:friday", "poll cancel", "poll remind"):
        assert "Only who started" in say(line, **BOB).plain()
    assert not say("poll extend friday", admin=True, **BOB).error


def test_what_was_voted_on_does_not_change(say: Say) -> None:
    _started(say)
    assert "System4" in say("poll edit add:4").plain()
    say("poll vote 1 4", **BOB)
    assert "can't change any more" in say("poll edit add:5").plain()
    assert "an hour at least" in say('poll edit closes:"20 min"').plain()
    assert "not later" in say('poll extend "1 day"').plain()


def test_a_cancelled_poll_takes_no_votes_and_tells_none(say: Say, own: App) -> None:
    _started(say)
    say("poll vote 1 2", **BOB)
    say("poll cancel")
    assert say("poll vote 1 2", **BOB).error
    assert "cancelled" in say("poll results 1").plain()
    assert own.tick(NOW + timedelta(days=9)) == 0


def test_only_who_asked_is_reminded_and_once(say: Say, own: App) -> None:
    _started(say)
    for who in (BOB, CAROL):
        say("poll remind on", **who)
    say("poll vote 1 1", **CAROL)
    assert "1 member is reminded" in say("poll remind").plain()
    assert "0 members" in say("poll remind").plain()
    with reading(own.engine) as db:
        post = next(p for n in range(1, 9) if (p := outbox.get(db, n)) and p.kind == "personal")
    assert post.target == "U2"
    assert "still missing" in own.say(f"posted {post.id}", Actor("console", "T1", "", "U2", ""), NOW).plain()


# ---- the count ----


def _vote(say: Say, votes: list[str]) -> None:
    for n, choice in enumerate(votes):
        say(f"poll vote 1 {choice}", member=f"V{n}", name=f"Voter{n}")


def test_a_poll_closes_late_but_surely_and_tells_how_it_was_counted(say: Say, own: App) -> None:
    _started(say, method="ranked")
    _vote(say, ["1 2", "1", "2 1", "2 3", "3 2"])
    assert own.tick(NOW + timedelta(days=30)) == 1
    assert own.tick(NOW + timedelta(days=31)) == 0
    result = _post(own, "poll:1:result")
    assert result is not None
    text = result.plain()
    assert "🏆 2. System2" in text
    assert "Round 2" in text
    assert "System3 leaves" in text
    assert "Ties: " in text
    assert any(isinstance(part, Image) for part in result.parts)
    assert "meeting plan poll:1" in _lines(result)


def test_too_few_ballots_leave_the_choice_to_the_clubs_wishes(say: Say, own: App) -> None:
    say("vote 3 want")
    _started(say, quorum="3")
    _vote(say, ["1", "1"])
    own.tick(NOW + timedelta(days=4))
    text = say("poll results").plain()
    assert "Fewer than 3 voted" in text
    assert "🏆 3. System3" in text


def test_a_poll_in_which_nobody_votes_still_ends(say: Say, own: App) -> None:
    _started(say, quorum="1")
    own.tick(NOW + timedelta(days=4))
    assert "🏆 1. System1" in say("poll results").plain()


def test_several_win_where_several_are_wanted(say: Say, own: App) -> None:
    _started(say, winners="2", method="star")
    _vote(say, ["1:5 2:4", "1:5 2:5", "3:5"])
    own.tick(NOW + timedelta(days=4))
    text = say("poll results").plain()
    assert "🏆 1. System1" in text
    assert "🏆 2. System2" in text


def test_live_counts_are_shown_only_where_they_were_promised(say: Say) -> None:
    _started(say, counts="live")
    _vote(say, ["1", "1"])
    assert "from 3 ballots on" in say("poll results").plain()
    _vote(say, ["1", "1", "2"])
    assert "So far: System1 2" in say("poll results").plain()


def test_open_ballots_show_names(say: Say, own: App) -> None:
    _started(say, ballots="open")
    assert "your name is shown" in say("poll vote", **BOB).plain()
    say("poll vote 1 2", **BOB)
    own.tick(NOW + timedelta(days=4))
    assert "Bob: System2" in say("poll results").plain()


# ---- secrecy ----

SPYING = (
    "poll results", "poll results 1", "poll list", "poll vote", "share poll results 1", "poll edit", "show 2",
    "stats club", "people", "undo", "poll remind", "progress", "recommend us", "help",
)  # fmt: skip


@pytest.mark.parametrize("line", SPYING)
def test_nobody_learns_what_others_chose(say: Say, own: App, line: str) -> None:
    _started(say)
    before = str(say(line, admin=True, **DAVE).as_data())
    say("poll vote 1 2", **BOB)
    after = str(say(line, admin=True, **DAVE).as_data())
    assert "Bob" not in after
    assert re.sub(r"\d+ (has|have) voted", "", before) == re.sub(r"\d+ (has|have) voted", "", after)


def _dump(app: App, *, without: set[str]) -> dict[str, str]:
    with reading(app.engine) as db:
        tables = {t: [c for c in t.c if c.name not in without] for t in metadata.sorted_tables}
        return {t.name: str([tuple(row) for row in db.execute(sa.select(*columns))]) for t, columns in tables.items()}


def test_a_dump_without_the_seal_does_not_tell_ballots_apart(say: Say, own: App) -> None:
    _started(say)
    _vote(say, ["1", "2", "1 2 3"])
    with reading(own.engine) as db:
        sealed = list(db.execute(sa.text("SELECT sealed FROM ballots")).scalars())
    assert len({len(x) for x in sealed}) == 1
    assert len(set(sealed)) == 3
    with reading(own.engine) as db:
        poll = polls.get(db, 1)
    assert poll is not None
    assert str(poll.seal) not in repr(poll)
    assert str(poll.seal) not in str(_dump(own, without={"seal"}))


def test_after_the_count_nobody_can_open_a_ballot(say: Say, own: App, caplog: pytest.LogCaptureFixture) -> None:
    _started(say)
    _vote(say, ["1", "2", "1 2 3", "2"])
    own.tick(NOW + timedelta(days=4))
    with reading(own.engine) as db:
        assert {tuple(row) for row in db.execute(sa.text("SELECT sealed FROM ballots"))} == {(None,)}
        assert db.execute(sa.text("SELECT seal FROM polls")).scalar() is None
    assert caplog.text == ""


def test_numbers_of_few_secret_ballots_are_not_shown(say: Say, own: App) -> None:
    _started(say)
    _vote(say, ["1", "2"])
    own.tick(NOW + timedelta(days=4))
    result = say("poll results")
    assert "not shown" in result.plain()
    assert "Round" not in result.plain()
    assert not any(isinstance(part, Image) for part in result.parts)


# ---- everybody at once ----


def test_many_ballots_at_once_are_all_counted(say: Say, own: App) -> None:
    _started(say)

    def cast(n: int) -> bool:
        who = Actor("slack" if n % 2 else "console", "T1", "C1", f"V{n}", f"V{n}")
        return own.say(f"poll vote 1 {n % 3 + 1}", replace(who, platform="console"), NOW).error

    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(cast, range(120)))
    assert "120 have voted" in say("poll results").plain()
    own.tick(NOW + timedelta(days=4))
    with reading(own.engine) as db:
        poll = polls.get(db, 1)
    assert poll is not None
    assert poll.result is not None
    assert poll.result["steps"][0]["counts"] == [[1, 40], [2, 40], [3, 40]]


def test_the_count_says_in_short_names_who_leaves_and_why(say: Say, own: App) -> None:
    say('poll start candidates:"1 2 3" method:ranked closes:"1 day"')
    _vote(say, ["1", "2", "3 1"])
    own.tick(NOW + timedelta(days=2))
    text = say("poll results", NOW + timedelta(days=2)).plain()
    assert "Round 1: System1 1 · System2 1 · System3 1" in text
    assert "Tie between System1, System2, System3: System3 was nominated last." in text
    assert "✓ System1 wins." in text


def test_titles_with_signs_of_mathematics_are_drawn_as_they_are() -> None:
    assert draw_counts(Counts(("Votes", "Votes"), [(("1. $x^2 for {y} $", "1."), 3, True)])).startswith(b"\x89PNG")


def test_a_result_is_plain_json(say: Say, own: App) -> None:
    _started(say)
    _vote(say, ["1", "2", "3"])
    own.tick(NOW + timedelta(days=4))
    with reading(own.engine) as db:
        json.dump(dict(polls.get(db, 1).result), io.StringIO())  # type: ignore[union-attr, arg-type]


def test_polls_speak_chinese_too(say: Say) -> None:
    _started(say)
    assert not say("poll vote 1 1", language="zh").error
