"""Votes, readings, notes and undo: what the club remembers, and what it never tells."""

import itertools
import random
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from conftest import NOW
from shelf import Say, paper, stock

from bot.app import App
from bot.command import Actor
from bot.message import Button, Card, Message
from storage import catalogue as writer
from storage import deliveries, journal, reading, shown, writing
from storage import readings as readings_of
from storage import votes as votes_of
from storage.clubs import Account, change_member, ensure_member
from storage.readings import Reading
from storage.tables import changes
from storage.tables import votes as votes_table

BOB = {"member": "U2", "name": "Bob"}
CAROL = {"member": "U3", "name": "Carol"}
DAVE = {"member": "U4", "name": "Dave"}


def _shelf(engine: sa.Engine, count: int) -> App:
    stock(engine, *(paper(n) for n in range(1, count + 1)))
    return App(engine)


@pytest.fixture
def own(engine: sa.Engine) -> App:
    """The bot over five resources of nobody's list."""
    return _shelf(engine, 5)


@pytest.fixture
def say(own: App, alice: Actor) -> Say:
    """Say a line as Alice, over five resources."""
    moments = itertools.count()

    def speak(line: str, **changes: object) -> Message:
        message = own.say(line, replace(alice, **changes), NOW + timedelta(seconds=next(moments)))
        assert "Something went wrong" not in message.plain(), line
        return message

    return speak


def _lines(message: Message) -> list[str]:
    cards = [b for part in message.parts if isinstance(part, Card) for b in part.buttons]
    return [b.line for b in (*cards, *message.buttons) if isinstance(b, Button)]


def test_the_same_vote_again_takes_it_back(say: Say) -> None:
    assert "You find" in say("vote 1 up").plain()
    assert "Taken back" in say("vote 1 up").plain()
    assert "👍" not in say("show 1", **BOB).plain()


def test_good_and_not_so_good_replace_each_other(say: Say) -> None:
    say("vote 1 up")
    text = say("vote 1 down").plain()
    assert "👎 1+" in text
    assert "👍 " not in text.split("👎")[1]


def test_counts_are_exact_from_two_on(say: Say) -> None:
    say("vote 1 want")
    say("vote 1 want", **BOB)
    say("vote 1 want", **CAROL)
    assert "🙋 3" in say("show 1").plain()


def test_clearing_takes_all_signals_back(say: Say) -> None:
    for signal in ("up", "want", "present"):
        say(f"vote 1 {signal}")
    say("vote 1 clear")
    assert say("top").error


def test_top_ranks_by_a_signal_a_topic_and_a_time(say: Say, own: App, alice: Actor) -> None:
    for who in ({}, BOB):
        say("vote 2 want", **who)
    say("vote 3 want")
    cards = [part.number for part in say("top all serving want").parts if isinstance(part, Card)]
    assert cards == [2, 3]
    assert own.say("top week want", alice, NOW + timedelta(days=8)).error
    assert not own.say("top want", alice, NOW + timedelta(days=8)).error


def test_a_pressed_card_comes_back_with_its_new_counts(say: Say) -> None:
    press = next(line for line in _lines(say("share show 1")) if "vote 1 want" in line)
    pressed = say(press, **BOB)
    assert pressed.plain().startswith("Alice shares:")
    assert "🙋 at least one" in pressed.plain()
    assert pressed.touched == (1,)
    assert "You:" not in pressed.plain()


def test_a_card_pressed_by_a_chinese_reader_keeps_its_language(say: Say) -> None:
    press = next(line for line in _lines(say("share show 1")) if "vote 1 up" in line)
    assert say(press, language="zh", **BOB).plain().startswith("Alice shares:")


def test_many_are_marked_at_once(say: Say) -> None:
    say("read 1 3-5 pass:2 rating:4")
    assert "4 resources on your list" in say("mine read").plain()
    assert "second pass" in say("mine").plain()


def test_reading_again_goes_deeper_and_keeps_the_dates(say: Say, own: App) -> None:
    say("read 1")
    say("read 1 pass:3 note:worth the time")
    with reading(own.engine) as db:
        found = readings_of.find(db, 1, [1])[1]
    assert (found.passes, found.first_at, found.second_at) == (3, NOW, None)
    assert found.third_at == NOW + timedelta(seconds=1)
    assert "worth the time" in say("notes").plain()


def test_a_correction_to_an_earlier_pass_forgets_the_later_dates(say: Say) -> None:
    deep = Reading(1, 1, NOW).read(3, 5, NOW)
    assert deep.read(1, None, NOW).third_at is None
    assert deep.read(None, None, NOW).passes == 3


def test_states_change_in_place_by_buttons(say: Say) -> None:
    say("save 1 2")
    start = next(line for line in _lines(say("mine to-read")) if line.startswith("press reading 1"))
    assert "1 resource on your list" in say(start).plain()
    assert "reading" in say("mine reading").plain()


def test_undo_brings_back_what_was_one_change_at_a_time(say: Say) -> None:
    say("read 1 rating:5")
    say("vote 1 up")
    say("skip 1")
    say("undo")
    assert "★★★★★" in say("mine read").plain()
    say("undo")
    assert "👍" not in say("show 1").plain().split("You:")[1]
    say("undo")
    assert say("mine").error
    assert say("undo").error


def test_a_deleted_note_is_gone_for_good(say: Say, own: App) -> None:
    say("note 1 rash words")
    say("note-edit 1 wiser words")
    say("vote 1 up")
    asked = say(next(line for line in _lines(say("notes")) if line.startswith("note-delete")))
    assert "wiser words" in asked.plain()
    say(_lines(asked)[-2])
    assert say("notes").error
    with reading(own.engine) as db:
        kept = str(db.execute(sa.select(changes)).all())
    assert "rash words" not in kept
    assert "wiser words" not in kept
    while not say("undo").error:
        assert say("notes").error


def test_undo_brings_chosen_topics_back(say: Say) -> None:
    say("start serving")
    assert "none yet" in say("topic-off serving").plain()
    assert not say("undo").error


def test_undo_brings_a_hidden_name_and_the_language_back(say: Say) -> None:
    say("read 1")
    say("settings name:named language:zh")
    assert "Alice" in say("show 1", **BOB).plain()
    say("undo")
    assert "Alice" not in say("show 1", **BOB).plain()
    assert "Time zone" in say("settings").plain()


def test_hiding_a_name_touches_the_cards_that_may_bear_it(own: App, say: Say) -> None:
    say("read 1")
    say("read 2", **BOB)
    with writing(own.engine) as db:
        shown.remember(db, [(shown.Shown("console", "T1", "C1", "m1", "show 1", "en"), [1, 2, 3])], NOW)
    assert say("settings name:named").touched == (1,)
    assert say("undo").touched == (1,)


def test_only_the_last_changes_are_kept(say: Say, own: App) -> None:
    for _ in range(journal.DEPTH + 5):
        say("vote 1 up")
    assert sum(not say("undo").error for _ in range(journal.DEPTH + 5)) == journal.DEPTH


def test_a_note_is_edited_shared_hidden_and_deleted_by_its_writer_only(say: Say) -> None:
    say("note 1 first thought")
    say("note-edit 1 second thought")
    assert say("note-share 1", **BOB).plain() == say("note-share 99", **BOB).plain() == "You have no such note."
    assert say("notes 1", **BOB).error
    say("note-share 1")
    assert "Alice: second thought" in say("show 1", **BOB).plain()
    say("note-hide 1")
    assert "second thought" not in say("show 1", **BOB).plain()


def test_a_message_is_kept_only_with_its_authors_consent(say: Say) -> None:
    asked = say('quote 1 author:U2 name:Bob link:https://example.org/m text:"a fine point"')
    assert asked.public
    assert "a fine point" not in say("show 1").plain()
    yes = _lines(asked)[0]
    assert say(yes, **CAROL).error
    assert say(yes).error
    say(yes, **BOB)
    assert "Bob: a fine point" in say("show 1").plain()
    assert say(yes, **BOB).error


def test_a_refused_message_is_forgotten(say: Say) -> None:
    no = _lines(say('quote 1 author:U2 text:"rather not"'))[1]
    assert "not kept" in say(no, **BOB).plain()
    assert "rather not" not in say("show 1").plain()


def test_a_merge_carries_everything_to_the_number_that_stays(own: App, say: Say) -> None:
    say("vote 1 up")
    say("vote 2 down")
    say("vote 2 want")
    say("read 1 pass:2 rating:4")
    say("save 2")
    say("note 1 carried along")
    merged = paper(2, "System2: Serving Models")
    with writing(own.engine) as db:
        writer.write(db, writer.Change(changed=[merged], redirects={1: 2}), NOW)
    text = say("show 1").plain()
    assert "👎 at least one  🙋 at least one" in text
    assert "You: 👎 · 🙋 · read · second pass · ★★★★" in text
    assert "carried along" in say("notes 2").plain()
    say("undo")  # the note, which was written on the number that is gone
    assert say("notes 2").error


def test_numbers_given_up_twice_still_lead_to_what_stays(own: App, say: Say) -> None:
    for old, new in ((1, 2), (2, 3)):
        with writing(own.engine) as db:
            writer.write(db, writer.Change(changed=[paper(new)], redirects={old: new}), NOW)
    assert "#3" in say("show 1").plain()


# ---- privacy ----

SECRET = "a secret thought"

SPYING = (
    "show 1", "recommend us", "stats club", "share mine", "share notes 1", "share recommend me", "share progress 1",
    "share stats me", "share show 1", "press show 1 on:\"mine\"", "press undo on:\"notes\"", "consent 1 yes",
)  # fmt: skip


def _private_life(say: Say) -> None:
    say(f'read 1 pass:3 rating:2 note:"{SECRET}"', **BOB)
    say("vote 1 present", **BOB)
    say("skip 2", **BOB)
    say("save 3", **BOB)
    say("start moe", **BOB)


@pytest.mark.parametrize("line", SPYING)
def test_nobody_learns_what_a_private_member_did(say: Say, line: str) -> None:
    _private_life(say)
    say("vote 5 up")
    for language in ("en", "zh"):
        for speaker in ({}, {"admin": True}, {"overheard": True}):
            text = str(say(line, language=language, **speaker).as_data())
            assert "Bob" not in text
            assert SECRET not in text
            assert not re.search(r"(?:third pass|in depth|第三遍)[^.]{0,20}: 1\b", text)


@pytest.mark.parametrize("line", ["show 1", "progress 1", "progress", "share show 1", "share progress 1"])
def test_a_group_of_one_shows_as_at_least_one(say: Say, line: str) -> None:
    _private_life(say)
    text = say(line).plain()
    assert "at least one" in text
    assert "★ 2" not in text


def test_two_readers_look_like_one(say: Say) -> None:
    say("read 1 pass:2", **BOB)
    alone = say("progress 1", **DAVE).plain()
    say("read 1 pass:2", **CAROL)
    assert say("progress 1", **DAVE).plain() == alone


def test_a_list_for_the_club_does_not_follow_one_private_member(say: Say) -> None:
    before = say("recommend us").plain()
    say("read 4 pass:3 rating:5", **BOB)
    say("skip 2", **BOB)
    say("start serving", **BOB)
    assert say("recommend us").plain() == before


def test_a_name_appears_and_disappears_with_the_members_choice(say: Say) -> None:
    say("read 1 pass:2", **BOB)
    say("settings name:named", **BOB)
    assert "Bob (second pass)" in say("show 1").plain()
    say("settings name:private", **BOB)
    assert "Bob" not in say("show 1").plain()


def test_what_is_mine_is_not_said_aloud(say: Say) -> None:
    say("read 1 rating:5")
    for line in ("mine", "notes 1", "recommend me"):
        assert say(line, overheard=True).error
        assert say(f"share {line}").error
    assert "You:" not in say("show 1", overheard=True).plain()
    assert "You:" in say("show 1").plain()


def test_another_club_counts_nothing_of_ours(say: Say) -> None:
    say("vote 1 up")
    say("note 1 share:yes ours")
    text = say("show 1", space="T9", **BOB).plain()
    assert "👍" not in text
    assert "ours" not in text


# ---- cards that stand in public ----


def test_the_newest_cards_of_a_resource_are_brought_up_to_date(own: App, say: Say, alice: Actor) -> None:
    say("vote 2 up")
    with writing(own.engine) as db:
        for n in range(3):
            where = shown.Shown("console", "T1", "C1", f"m{n}", "show 1", "en")
            shown.remember(db, [(where, [1])], NOW + timedelta(minutes=n))
    touched = say("vote 1 want").touched
    refreshed = own.outdated(touched, alice, NOW, most=2)
    assert [where.message for where, _ in refreshed] == ["m2", "m1"]
    assert all("🙋" in message.plain() and "You:" not in message.plain() for _, message in refreshed)


def test_cards_are_forgotten_when_gone_or_old(own: App, say: Say) -> None:
    member = say("vote 1 up")
    assert member.touched == (1,)
    where = shown.Shown("console", "T1", "C1", "m1", "show 1", "en")
    with writing(own.engine) as db:
        shown.remember(db, [(where, [1, 2])], NOW)
        assert shown.expire(db, NOW) == 0
        assert shown.expire(db, NOW + shown.KEEP + timedelta(days=1)) == 2
        shown.remember(db, [(where, [1])], NOW)
        shown.forget(db, where)
        assert shown.showing(db, 1, [1], 5) == []


# ---- many at once ----


def test_fifty_members_at_once_leave_exactly_their_last_intentions(engine: sa.Engine) -> None:
    _shelf(engine, 200)
    dice = random.Random(6)
    with writing(engine) as db:
        people = [ensure_member(db, Account("slack", "T1", f"U{n}", f"M{n}"), NOW).id for n in range(50)]
    wanted: dict[tuple[int, int], bool] = {}
    work: list[tuple[int, str, int]] = []
    for turn, person in itertools.product(range(16), people):
        number = dice.randint(1, 200)
        wanted[person, number] = not wanted.get((person, number), False)
        work += [(person, f"{person}:{turn}", number)] * dice.choice((1, 1, 2))  # some are delivered twice

    def act(press: tuple[int, str, int]) -> None:
        person, key, number = press
        with writing(engine) as db:
            if deliveries.claim(db, key, NOW):
                votes_of.toggle(db, person, number, "want", NOW)
                readings_of.put(db, [Reading(person, number, NOW).saved(NOW)])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, work))
    with reading(engine) as db:
        rows = db.execute(sa.select(votes_table.c.member, votes_table.c.number)).all()
        marked = sum(len(readings_of.member_readings(db, person)) for person in people)
    assert sorted((row.member, row.number) for row in rows) == sorted(key for key, on in wanted.items() if on)
    assert marked == len(wanted)


def test_the_same_press_from_two_accounts_at_once_counts_for_one_member(engine: sa.Engine) -> None:
    _shelf(engine, 1)
    with writing(engine) as db:
        person = ensure_member(db, Account("slack", "T1", "U1", "A"), NOW).id
        change_member(db, person, named=True)

    def press(_n: int) -> bool:
        with writing(engine) as db:
            return votes_of.toggle(db, person, 1, "up", NOW)

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(press, range(21)))
    assert sum(given) == 11
    with reading(engine) as db:
        assert votes_of.given(db, person, [1]) == {1: {"up"}}


def test_what_as_many_find_bad_as_good_is_not_among_the_best(say: Say) -> None:
    say("vote 2 up")
    say("vote 2 down", **BOB)
    assert say("top").error


def test_a_pass_keeps_the_day_on_which_it_was_first_finished() -> None:
    early = Reading(1, 2, NOW).read(1, None, NOW)
    later = early.read(1, None, NOW + timedelta(days=3)).read(2, None, NOW + timedelta(days=4))
    assert (later.first_at, later.second_at) == (NOW, NOW + timedelta(days=4))
