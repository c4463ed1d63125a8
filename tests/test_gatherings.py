"""What becomes of a meeting that changes on the way: moved, called off, over, without its presenter; and of series."""

from datetime import UTC, datetime, timedelta

import pytest
import recurring_ical_events
import sqlalchemy as sa
from conftest import NOW
from icalendar import Calendar
from shelf import Say, speaking, stock, taken

from bot import calendars
from bot.app import App
from bot.command import Actor
from storage import meetings, outbox, reading

BOB, CAROL = ({"member": f"U{n}", "name": name} for n, name in ((2, "Bob"), (3, "Carol")))
FRIDAY = datetime(2026, 3, 6, 16, tzinfo=UTC)


@pytest.fixture
def own(engine: sa.Engine) -> App:
    """The bot over five resources."""
    stock(engine)
    return App(engine)


@pytest.fixture
def say(own: App, alice: Actor) -> Say:
    """Say a line as Alice, at the moment `at`."""
    return speaking(own, alice)


def _pass(app: App, at: datetime) -> list[str]:
    """Let the clock reach an instant, and take what is owed for sent; its keys."""
    app.tick(at)
    return taken(app, at)


def test_a_meeting_that_is_put_off_after_it_began_begins_again(say: Say, own: App) -> None:
    say("meeting plan 1 friday 16:00")
    assert "meeting:1:start:2026-03-06" in _pass(own, FRIDAY)
    say("meeting move 2026-03-13 16:00", FRIDAY + timedelta(minutes=10))
    later = [key for minute in (0, 1) for key in _pass(own, FRIDAY + timedelta(days=7, minutes=minute))]
    assert [key for key in later if "start" in key or "agenda" in key] == [
        "meeting:1:start:2026-03-13", "meeting:1:agenda:2026-03-13",
    ]  # fmt: skip


def test_what_is_over_is_not_moved_any_more(say: Say, own: App) -> None:
    say("meeting plan 1 friday 16:00")
    over = FRIDAY + timedelta(hours=2)
    assert "over, or cancelled" in say("meeting move saturday 10:00 meeting:1", over).plain()
    _pass(own, over)
    assert "over, or cancelled" in say("meeting move saturday 10:00 meeting:1", over).plain()


def test_the_number_of_a_meeting_may_come_before_its_new_time(say: Say, own: App) -> None:
    for day in ("friday", "saturday"):
        say(f"meeting plan 1 {day} 16:00")
    assert "· 2\nWhen: 2026-03-08 10:00" in say("meeting move 2 sunday 10:00").plain()
    assert "· 1\nWhen: 2026-03-12 10:00" in say("meeting move 12 march 10:00").plain()


def test_what_is_still_to_come_or_called_off_has_no_recap(say: Say) -> None:
    say("meeting plan 1 friday 16:00")
    for line in ("meeting recap 1", "meeting write 1 We liked it", "meeting there 1"):
        assert "has not begun" in say(line).plain(), line
    say("meeting rsvp yes", **BOB)
    say("meeting cancel 1")
    for line in ("meeting recap 1", "meeting write 1 We liked it", "meeting there 1"):
        assert "is cancelled" in say(line, FRIDAY + timedelta(hours=2), **BOB).plain(), line


def test_a_reminder_that_waits_while_the_meeting_is_called_off_says_so(say: Say, own: App) -> None:
    say("meeting plan 1 friday 16:00")
    day_before = FRIDAY - timedelta(hours=23)
    own.tick(day_before)
    say("meeting cancel 1", day_before)
    with reading(own.engine) as db:
        waiting = outbox.find(db, "meeting:1:day:2026-03-06")
    assert waiting is not None
    text = say(waiting.line, day_before).plain()
    assert "This meeting is cancelled." in text
    assert "Tomorrow" not in text


def test_a_presenter_who_does_not_come_or_is_away_is_asked_to_pass(say: Say) -> None:
    say("meeting plan 1 friday 16:00")
    say("meeting present 1", **BOB)
    for line in ("meeting rsvp no", "meeting away 2026-03-05 to 2026-03-08"):
        message = say(line, **BOB)
        assert "You present at this meeting" in message.plain(), line
        assert "meeting skip 1" in [button.line for button in message.buttons], line
    assert "You present" not in say("meeting away 2026-03-07", **BOB).plain()
    assert "You present" not in say("meeting rsvp no", **CAROL).plain()


def test_parts_that_are_handed_out_again_stay_and_are_shown_on_the_card(say: Say, own: App) -> None:
    say("meeting plan 1 friday 16:00")
    _pass(own, NOW)
    for who in (BOB, CAROL):
        say("settings name:named", **who)
        say("meeting rsvp yes", **who)
    first = say("meeting roles").plain().splitlines()
    assert first == say("meeting roles", NOW + timedelta(minutes=1)).plain().splitlines()
    with reading(own.engine) as db:
        found = meetings.get(db, 1)
        assert found is not None
        assert found.changed_at == NOW + timedelta(minutes=1)
        assert found.sequence == 0


# ---- series ----


def test_a_series_is_noted_at_once_and_goes_on_though_one_of_it_moved_far_away(say: Say, own: App) -> None:
    say("meeting plan when:friday 16:00 every:weekly title:Seminar")
    with reading(own.engine) as db:
        assert len(meetings.coming(db, 1, NOW, 20)) == 9
    say("meeting move 2026-08-01 10:00 meeting:2")
    later = NOW + timedelta(days=45)
    own.tick(later)
    with reading(own.engine) as db:
        ahead = [m for m in meetings.coming(db, 1, later, 40) if m.starts_at > later + timedelta(days=40)]
    assert len(ahead) > 2


def test_what_was_called_off_in_a_series_long_ago_stays_off_in_calendars(say: Say, own: App) -> None:
    say("meeting plan when:friday 16:00 every:weekly title:Seminar")
    say("meeting cancel 2")
    say("meeting move 2026-03-21 10:00 meeting:3")

    def feed(at: datetime) -> tuple[int, list[str]]:
        with reading(own.engine) as db:
            made = Calendar.from_ical(calendars.club_calendar(db, 1, at))
        rule = next(event for event in made.walk("VEVENT") if "RRULE" in event)
        days = recurring_ical_events.of(made).between((2026, 3, 1), (2026, 4, 1))
        return int(rule["SEQUENCE"]), sorted(event["DTSTART"].dt.date().isoformat()[5:] for event in days)

    assert feed(NOW) == feed(NOW + timedelta(days=300)) == (1, ["03-06", "03-21", "03-27"])


def test_what_is_called_off_in_one_series_stays_in_another(say: Say, own: App) -> None:
    for title in ("One", "Two"):
        say(f"meeting plan when:friday 16:00 every:weekly title:{title}")
    say("meeting cancel 2")
    with reading(own.engine) as db:
        made = Calendar.from_ical(calendars.club_calendar(db, 1, NOW))
    off = {str(event["SUMMARY"]): "EXDATE" in event for event in made.walk("VEVENT") if "RRULE" in event}
    assert off == {"One": True, "Two": False}


def test_who_does_not_come_has_the_meeting_in_no_calendar_of_their_own(say: Say, own: App) -> None:
    say("meeting plan 1 friday 16:00")
    say("meeting rsvp no", **BOB)
    say("meeting rsvp maybe", **CAROL)
    with reading(own.engine) as db:
        assert [meetings.joined(db, member) for member in (2, 3)] == [set(), {1}]


def test_only_who_planned_a_meeting_says_that_another_presents(say: Say) -> None:
    say("meeting plan 1 friday 16:00")
    say("meeting rsvp yes", **CAROL)
    assert "Only who planned" in say("meeting present 1 Carol", **BOB).plain()
    assert "Presents: Carol" in say("meeting present 1 Carol").plain()


def test_nothing_is_swapped_when_somebody_else_presents_in_the_meantime(say: Say) -> None:
    for day, who in (("friday", BOB), ("saturday", CAROL)):
        say(f"meeting plan 1 {day} 16:00 presenter:me", **who)
    say("meeting swap 2", **BOB)
    say("meeting skip 1", **BOB)
    assert "nothing was swapped" in say("swap 2 yes", **CAROL).plain() + say("swap 1 yes", **CAROL).plain()
    assert "Presents: Carol" in say("meeting show 2").plain()
