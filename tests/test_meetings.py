"""Meetings: planned, answered, moved, led in turn, announced once, remembered, and seen in any calendar."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
import recurring_ical_events
import sqlalchemy as sa
from conftest import NOW
from icalendar import Calendar
from shelf import Say, speaking, stock, taken

from bot import calendars
from bot.app import App
from bot.command import Actor
from bot.message import Button, File
from bot.web import Metrics, Web
from storage import meetings, outbox, reading
from storage.outbox import Post
from storage.tables import metadata

BOB, CAROL, DAVE = ({"member": f"U{n}", "name": name} for n, name in ((2, "Bob"), (3, "Carol"), (4, "Dave")))
BERLIN = {"zone": "Europe/Berlin"}


@pytest.fixture
def own(engine: sa.Engine) -> App:
    """The bot over five resources."""
    stock(engine)
    return App(engine)


@pytest.fixture
def say(own: App, alice: Actor) -> Say:
    """Say a line as Alice, at the moment `at`."""
    return speaking(own, alice)


def _posts(app: App) -> list[Post]:
    with reading(app.engine) as db:
        return [post for n in range(1, 200) if (post := outbox.get(db, n))]


def _text(app: App, post: Post, at: datetime = NOW) -> str:
    direct = post.kind == "personal"
    there = Actor(post.platform, post.space, "" if direct else post.target, post.target if direct else "", "")
    return app.say(f"posted {post.id}", replace(there, overheard=not direct), at).plain()


def _keys(app: App) -> list[str]:
    return [post.key for post in _posts(app)]


# ---- planning ----


def test_a_meeting_is_planned_in_the_callers_zone(say: Say, own: App) -> None:
    message = say("meeting plan 1 thursday 16:00 place:https://meet.example.org/x", **BERLIN)
    span = next(s for part in message.parts for x in part.lines for s in x if s.time)  # type: ignore[union-attr]
    assert span.time == datetime(2026, 3, 5, 15, tzinfo=UTC)
    assert "System1" in message.plain()
    assert _keys(own) == ["meeting:1:plan"]
    assert "✓ 0 coming" in _text(own, _posts(own)[0])


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("meeting plan 1", "When do you meet"), ('meeting plan 1 when:"tomorow 25:00"', "time of day"),
        ("meeting plan 1 tomorow 16:00", "Do you mean “tomorrow”"), ("meeting plan 1 yesterday 16:00", "in the past"),
        ('meeting plan 1 when:"2026-10-25 02:30"', "twice"), ('meeting plan 1 when:"2026-03-29 02:30"', "leap over"),
        ("meeting plan System1", "meeting plan 1 thursday"), ("poll edit", "No poll is running"),
        ("meeting plan poll:3 when:friday 16:00", "no poll 3"), ("meeting show 9", "no meeting 9"),
        ("meeting rsvp yes", "No meeting is planned"), ("meeting recap", "no meeting yet"),
        ("history", "no meeting yet"),
        ("meeting plan 1 friday 16:00 presenter:Zoe", "No member here"), ("meeting list", "No meeting"),
        ("meeting swap 1", "no meeting 1"), ("meeting away friday to some time", "no date"), ("swap 3", "Nobody asks"),
    ],
)  # fmt: skip
def test_what_cant_be_done_is_said(say: Say, line: str, hint: str) -> None:
    message = say(line, **BERLIN)
    assert message.error
    assert hint in message.plain()


def test_a_doubled_hour_is_settled_by_a_button(say: Say) -> None:
    asked = say('meeting plan 1 when:"2026-10-25 02:30"', **BERLIN)
    first = next(b.line for b in asked.buttons if isinstance(b, Button))
    assert not say(first, **BERLIN).error


def test_the_winner_of_a_poll_is_planned_without_retyping(say: Say, own: App) -> None:
    say('poll start candidates:"1 2" closes:"1 day"')
    assert "no winner yet" in say("meeting plan poll:1 when:friday 16:00").plain()
    say("poll vote 1 2")
    own.tick(NOW + timedelta(days=1))
    assert "System2" in say("meeting plan poll:1 when:friday 16:00", NOW + timedelta(days=1)).plain()


def test_the_form_asks_when(own: App, alice: Actor) -> None:
    form = own.form("meeting plan poll:1", alice)
    assert form is not None
    assert [f.name for f in form.fields] == ["when"]


def test_answers_are_counted_and_changed(say: Say) -> None:
    say("meeting plan 1 friday 16:00")
    say("meeting rsvp yes", **BOB)
    say("meeting rsvp maybe meeting:1", **CAROL)
    text = say("meeting rsvp no", **BOB).plain()
    assert "✓ 0 coming · ? 1 maybe · ✗ 1 not" in text
    assert "Bob" not in say("meeting show").plain()


def test_only_who_planned_it_or_an_admin_moves_a_meeting(say: Say, own: App) -> None:
    say("meeting plan 1 friday 16:00")
    assert "Only who planned" in say("meeting move saturday 10:00", **BOB).plain()
    assert "2026-03-07 10:00" in say("meeting move saturday 10:00 place:Room 5", admin=True, **BOB).plain()
    assert "Where: Room 5" in _text(own, _posts(own)[-1])
    assert "has moved" in _text(own, _posts(own)[-1])
    say("meeting cancel")
    assert "cancelled" in _text(own, _posts(own)[-1])
    assert say("meeting rsvp yes meeting:1").error


def test_one_of_a_series_is_moved_or_cancelled_without_the_rest(say: Say, own: App) -> None:
    say("meeting plan when:friday 16:00 every:weekly title:Seminar", **BERLIN)
    own.tick(NOW)
    with reading(own.engine) as db:
        planned = [m.starts_at for m in meetings.coming(db, 1, NOW, 20)]
    assert len(planned) >= 8
    assert {at.astimezone(ZoneInfo("Europe/Berlin")).hour for at in planned} == {16}
    assert len({at.hour for at in planned}) == 2  # the clocks change in between
    say("meeting move 2026-03-14 10:00 meeting:2", **BERLIN)
    say("meeting cancel 3")
    with reading(own.engine) as db:
        left = [m.starts_at for m in meetings.coming(db, 1, NOW, 20)]
    assert len(set(planned) & set(left)) == len(planned) - 2
    say("meeting cancel 5 series")
    own.tick(NOW + timedelta(hours=1))
    with reading(own.engine) as db:
        assert len(meetings.coming(db, 1, NOW, 20)) == 3


# ---- who leads ----


def _volunteers(say: Say) -> None:
    for who in (BOB, CAROL):
        say("settings name:named", **who)
        say("vote 1 present", **who)


def test_volunteers_present_in_turn_and_it_is_explained(say: Say) -> None:
    _volunteers(say)
    assert "Presents: Bob (would present this one, never presented yet)" in say("meeting plan 1 friday 16:00").plain()
    assert "Presents: Carol" in say("meeting plan 1 2026-03-13 16:00").plain()
    text = say("meeting next 2").plain()
    assert text.index("Carol") < text.index("Bob")
    assert "presented once" in text


def test_who_is_away_or_passes_is_not_asked(say: Say) -> None:
    _volunteers(say)
    say("meeting away 2026-03-06 to 2026-03-09", **BOB)
    assert "Presents: Carol" in say("meeting plan 1 friday 16:00").plain()
    assert "2026-03-06" in say("meeting away", **BOB).plain()
    assert "nobody yet" in say("meeting skip", **CAROL).plain()
    assert "Presents: Dave (took it on)" in say("meeting present", **DAVE).plain()


def test_who_keeps_to_themselves_is_asked_in_private(say: Say, own: App) -> None:
    say("vote 1 present", **BOB)
    assert "Bob" not in say("meeting plan 1 friday 16:00").plain()
    asked = next(post for post in _posts(own) if post.kind == "personal")
    assert asked.target == "U2"
    assert "Nobody does yet" in _text(own, asked)
    assert "Bob" not in say("meeting next").plain()


def test_presenters_swap_with_consent(say: Say, own: App) -> None:
    say("meeting plan 1 friday 16:00 presenter:me")
    say("meeting plan 2 2026-03-13 16:00 presenter:me", **BOB)
    say("meeting swap 2")
    assert say("swap 1 yes", **CAROL).error
    assert "asks whether" in _text(own, next(p for p in _posts(own) if p.key.startswith("swap")))
    assert "Presents: Bob" in say("meeting show 2").plain()
    say("swap 1 yes", **BOB)
    assert "Presents: Alice (swapped)" in say("meeting show 2").plain()
    assert "Presents: Bob (swapped)" in say("meeting show 1").plain()
    assert say("swap 1 yes", **BOB).error


def test_the_parts_of_a_seminar_go_round(say: Say) -> None:
    say("meeting plan 1 friday 16:00 presenter:me")
    assert say("meeting roles").error
    for who in (BOB, CAROL):
        say("settings name:named", **who)
        say("meeting rsvp yes", **who)
    text = say("meeting roles").plain()
    assert "sceptical reviewer: Bob" in text
    assert "archaeologist (prior work): Carol" in text


# ---- what is said when ----


def test_reminders_come_once_each_at_their_time(say: Say, own: App) -> None:
    say("meeting plan 1 2026-03-20 16:00 presenter:me")
    start = datetime(2026, 3, 20, 16, tzinfo=UTC)
    seen: dict[str, datetime] = {}
    at = NOW
    while at < start + timedelta(hours=3):
        App(own.engine).tick(at)  # a new process each time
        App(own.engine).tick(at)
        for key in taken(own, at):
            assert key not in seen
            seen[key] = at
        at += timedelta(minutes=30)
    left = {key.removeprefix("meeting:1:").split(":2026")[0]: (start - when) for key, when in seen.items()}
    assert set(left) == {"plan", "presenter", "day", "hour", "start", "agenda", "over"}
    assert timedelta(days=6, hours=23) < left["presenter"] <= timedelta(days=7)
    assert timedelta(hours=23) < left["day"] <= timedelta(hours=24)
    assert timedelta(minutes=29) < left["hour"] <= timedelta(hours=1)
    assert left["start"] == timedelta(0)
    assert left["over"] == timedelta(hours=-1)


def test_a_club_chooses_when_it_is_reminded(say: Say, own: App) -> None:
    assert say("club reminders late:15").error
    said = say("club reminders presenter:3 early:48 late:15", admin=True).plain()
    assert "The presenter: 3 days before" in said
    assert "Everybody: 48 hours before, 15 minutes before" in said
    say("meeting plan 1 2026-03-20 16:00 presenter:me")
    start = datetime(2026, 3, 20, 16, tzinfo=UTC)
    due = []
    for before in (
        timedelta(days=7),
        timedelta(days=3),
        timedelta(hours=48),
        timedelta(hours=1),
        timedelta(minutes=15),
    ):
        own.tick(start - before)
        due.append([key.split(":")[2] for key in taken(own, start - before)])
    assert due == [["plan"], ["presenter"], ["day"], [], ["hour"]]
    told = {post.key.split(":")[2]: _text(own, post) for post in _posts(own)}
    assert "In 2 days we meet:" in told["day"]
    assert "In 15 minutes we meet:" in told["hour"]
    assert "never" in say("club reminders early:0", admin=True).plain()


def test_after_a_standstill_only_what_still_makes_sense_is_said(say: Say, own: App) -> None:
    say("meeting plan 1 2026-03-20 16:00")
    taken(own, NOW)
    own.tick(datetime(2026, 3, 20, 15, 20, tzinfo=UTC))
    assert taken(own, datetime(2026, 3, 20, 15, 20, tzinfo=UTC)) == ["meeting:1:hour:2026-03-20"]


def test_the_thread_begins_with_paper_questions_and_agenda(say: Say, own: App) -> None:
    say("note 1 share:yes why is the block size 16?")
    say("meeting plan 1 friday 16:00 presenter:me")
    at = datetime(2026, 3, 6, 16, tzinfo=UTC)
    own.tick(at)
    taken(own, at)
    own.tick(at + timedelta(minutes=1))
    agenda = next(post for post in _posts(own) if post.key == "meeting:1:agenda:2026-03-06")
    assert agenda.parent == next(post.id for post in _posts(own) if post.key == "meeting:1:start:2026-03-06")
    text = _text(own, agenda)
    assert "System1" in text
    assert "why is the block size 16?" in text
    assert "Alice presents" in text


def test_what_came_of_it_is_kept_in_the_history(say: Say, own: App) -> None:
    say("meeting plan 1 friday 16:00 presenter:me")
    over = datetime(2026, 3, 6, 17, 30, tzinfo=UTC)
    assert "has not begun" in say("meeting there 1").plain()
    own.tick(over)
    say("meeting there 1", over, **BOB)
    assert say("meeting write takeaways:x", over, **CAROL).error
    assert "https://" in say("meeting write recording:ftp://x", over).plain()
    say("meeting write takeaways:paging is the point recording:https://v.example.org/1", over, **BOB)
    text = say("meeting recap", over).plain()
    assert "Takeaways: paging is the point" in text
    assert "1 was there" in text
    assert "Bob" not in text
    shown = say("history", over).plain()
    assert "System1" in shown
    assert "led by Alice" in shown
    assert "paging is the point" in shown


# ---- calendars ----


def _calendar(say: Say, own: App) -> Calendar:
    say("meeting plan when:friday 16:00 every:weekly title:Seminar place:Hall", **BERLIN)
    own.tick(NOW)
    say("meeting move 2026-03-14 10:00 meeting:2", **BERLIN)
    say("meeting cancel 3")
    with reading(own.engine) as db:
        return Calendar.from_ical(calendars.club_calendar(db, 1, NOW))


def test_a_series_is_one_rule_with_its_exceptions_in_local_time(say: Say, own: App) -> None:
    made = _calendar(say, own)
    events = list(made.walk("VEVENT"))
    rule = next(e for e in events if "RRULE" in e)
    assert {str(e["UID"]) for e in events} == {"series-1@paperclub"}
    assert rule["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert rule["EXDATE"].dts[0].dt == datetime(2026, 3, 20, 16, tzinfo=ZoneInfo("Europe/Berlin"))
    moved = next(e for e in events if e.get("RECURRENCE-ID") and e["RECURRENCE-ID"].dt.day == 13)
    assert moved["DTSTART"].dt == datetime(2026, 3, 14, 10, tzinfo=ZoneInfo("Europe/Berlin"))
    assert int(moved["SEQUENCE"]) == 1
    assert [z["TZID"] for z in made.walk("VTIMEZONE")] == ["Europe/Berlin"]
    after = next(e for e in events if e.get("RECURRENCE-ID") and e["RECURRENCE-ID"].dt.day == 3)
    assert after["DTSTART"].dt.utcoffset() == timedelta(hours=2)


def test_another_calendar_reads_the_series_as_it_is_met(say: Say, own: App) -> None:
    read = recurring_ical_events.of(_calendar(say, own))
    found = [e["DTSTART"].dt.astimezone(ZoneInfo("Europe/Berlin")) for e in read.between((2026, 3, 1), (2026, 4, 20))]
    assert [f"{at:%m-%d %H:%M}" for at in sorted(found)] == [
        "03-06 16:00", "03-14 10:00", "03-27 16:00", "04-03 16:00", "04-10 16:00", "04-17 16:00",
    ]  # fmt: skip
    far = [e["DTSTART"].dt for e in read.between((2027, 1, 1), (2027, 1, 10))]  # beyond what is noted one by one
    assert far == [datetime(2027, 1, 1, 16, tzinfo=ZoneInfo("Europe/Berlin")),
                   datetime(2027, 1, 8, 16, tzinfo=ZoneInfo("Europe/Berlin"))]  # fmt: skip


@pytest.mark.parametrize(("number", "left"), [(1, []), (3, ["03-06", "03-14"])])
def test_a_series_that_ends_is_over_in_calendars_too(say: Say, own: App, number: int, left: list[str]) -> None:
    say("meeting plan when:friday 16:00 every:weekly", **BERLIN)
    own.tick(NOW)
    say("meeting move 2026-03-14 10:00 meeting:2", **BERLIN)
    say(f"meeting cancel {number} series")
    own.tick(NOW + timedelta(hours=1))
    with reading(own.engine) as db:
        made = Calendar.from_ical(calendars.club_calendar(db, 1, NOW))
    found = recurring_ical_events.of(made).between((2026, 3, 1), (2027, 4, 20))
    days = sorted(f"{e['DTSTART'].dt:%m-%d}" for e in found if e["STATUS"] != "CANCELLED")
    assert days == left


def test_ids_stay_and_versions_grow(say: Say, own: App) -> None:
    say("meeting plan 1 friday 16:00")

    def look() -> tuple[str, int, str]:
        with reading(own.engine) as db:
            event = Calendar.from_ical(calendars.club_calendar(db, 1, NOW)).walk("VEVENT")[0]
        return str(event["UID"]), int(event["SEQUENCE"]), str(event["STATUS"])

    first = look()
    say("meeting move saturday 16:00")
    second = look()
    say("meeting cancel")
    assert [first[0], first[1] + 1, look()[2]] == [second[0], second[1], "CANCELLED"]
    assert look()[1] > second[1]


def test_the_calendar_is_well_formed(say: Say, own: App) -> None:
    say("meeting plan 1 2026-05-01 18:00 about:" + "很长的说明，" * 40, **BERLIN)
    _calendar(say, own)
    with reading(own.engine) as db:
        raw = calendars.club_calendar(db, 1, NOW)
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert all(len(x) <= 75 for x in raw.split(b"\r\n"))
    made = Calendar.from_ical(raw)
    assert (str(made["VERSION"]), bool(made["PRODID"]), made.errors) == ("2.0", True, [])
    zones = {str(zone["TZID"]) for zone in made.walk("VTIMEZONE")}
    ids = set()
    for event in made.walk("VEVENT"):
        assert {"UID", "DTSTAMP", "DTSTART", "DURATION", "SEQUENCE", "SUMMARY", "STATUS"} <= set(event)
        assert event["DTSTAMP"].to_ical().endswith(b"Z")
        assert {event[x].params["TZID"] for x in ("DTSTART", "RECURRENCE-ID") if x in event} <= zones
        assert not event.errors
        ids.add((str(event["UID"]), str(event.get("RECURRENCE-ID"))))
    assert len(ids) == len(made.walk("VEVENT"))


def _get(app: App, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(Web(app.engine, Metrics(), clock=lambda: NOW).app())
        async with httpx.AsyncClient(transport=transport, base_url="http://paperclub") as client:
            return await client.get(path)

    return asyncio.run(ask())


def test_a_calendar_has_a_secret_address_that_can_be_revoked(say: Say, own: App) -> None:
    say("meeting plan 1 friday 16:00")
    say("meeting plan 2 2026-03-13 16:00", **BOB)
    say("meeting rsvp yes meeting:2")
    club = re.search(r"/calendar/\S+\.ics", say("meeting feed club").plain())
    mine = re.search(r"/calendar/\S+\.ics", say("meeting feed mine").plain())
    assert club and mine  # noqa: PT018 - both or nothing
    assert _get(own, club[0]).text.count("BEGIN:VEVENT") == 2
    assert "System2" in _get(own, mine[0]).text
    assert "System1" not in _get(own, mine[0]).text
    assert _get(own, club[0]).headers["content-type"].startswith("text/calendar")
    assert club[0] not in say("meeting feed club").plain()
    with reading(own.engine) as db:
        dump = str([tuple(r) for t in metadata.sorted_tables for r in db.execute(sa.select(t))])
    assert club[0].removeprefix("/calendar/").removesuffix(".ics") not in dump
    say("meeting feed club new")
    assert _get(own, club[0]).status_code == 404
    say("meeting feed mine off")
    assert _get(own, mine[0]).status_code == 404


def test_a_calendar_file_needs_no_server(say: Say) -> None:
    say("meeting plan 1 friday 16:00")
    file = next(part for part in say("meeting ics 1").parts if isinstance(part, File))
    assert file.name == "meeting-1.ics"
    assert Calendar.from_ical(file.data).walk("VEVENT")[0]["SUMMARY"].startswith("System1")


@pytest.mark.parametrize("typed", ["2026-03-10 - 2026-03-12", "2026-03-10~2026-03-12", "2026-03-10到2026-03-12"])
def test_days_away_may_be_joined_in_many_ways(say: Say, typed: str) -> None:
    assert "2026-03-10 – 2026-03-12" in say(f"meeting away {typed}", **BOB).plain()


def test_a_change_without_anything_to_change_asks_what(say: Say) -> None:
    say("meeting plan 1 friday 16:00")
    say("poll start candidates:1,2 closes:friday")
    for line in ("meeting edit", "poll edit"):
        assert "Say what to change" in say(line).plain()
