"""Meetings as iCalendar: stable ids, versions, cancellations, and series that keep their local time."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vRecur, vText

from bot.recurring import as_rule, days
from bot.slots import instant
from bot.when import parse_time
from storage import Connection, Engine, meetings, reading
from storage.meetings import Meeting, Series
from storage.resources import get_many

KINDS = ("club", "mine")
_BACK = timedelta(days=180)


def feed(engine: Engine, token: str, now: datetime) -> bytes | None:
    """The calendar behind a secret address, or None when nobody has that secret (any more)."""
    with reading(engine) as db:
        found = meetings.find_feed(db, token)
        if found is None:
            return None
        club, member, kind = found
        only = meetings.joined(db, member) if kind == "mine" else None
        return club_calendar(db, club, now, only)


def club_calendar(db: Connection, club: int, now: datetime, only: Collection[int] | None = None) -> bytes:
    """A club's meetings of the last half year and to come, and all of its series; with `only`, nothing but those."""
    every = meetings.of_club(db, club, now - _BACK)
    series = [] if only is not None else meetings.club_series(db, club)
    chosen = [m for m in every if only is None or m.id in only]
    return calendar(chosen, series, _links(db, chosen))


def one(db: Connection, meeting: Meeting) -> bytes:
    """One meeting; of a series, all of it."""
    found = meetings.get_series(db, meeting.series) if meeting.series is not None else None
    chosen = meetings.occurrences(db, found.id) if found else [meeting]
    return calendar(chosen, [found] if found else [], _links(db, chosen))


def _links(db: Connection, chosen: Sequence[Meeting]) -> dict[int, str]:
    """One line a resource of these meetings."""
    numbers = sorted({number for meeting in chosen for number in meeting.numbers})
    return {r.number: f"{r.title}{f' {r.url}' if r.url else ''}" for r in get_many(db, numbers)}


def calendar(chosen: Sequence[Meeting], series: Sequence[Series], links: Mapping[int, str]) -> bytes:
    """These meetings and series as one calendar."""
    made = Calendar()
    head = {"prodid": "-//Paperclub//EN", "version": "2.0", "method": "PUBLISH", "x-wr-calname": "Paperclub"}
    for name, value in (head | {"x-published-ttl": "PT1H"}).items():
        made.add(name, value)
    by = {found.id: found for found in series}
    for found in series:
        off = [m for m in chosen if m.series == found.id and m.state == "cancelled"]
        made.add_component(_series_event(found, off))
    for meeting in chosen:
        of = by.get(meeting.series or 0)
        if of is None or meeting.state != "cancelled":
            made.add_component(_event(meeting, of, links))
    made.add_missing_timezones()
    return bytes(made.to_ical())


def _series_event(found: Series, off: Sequence[Meeting]) -> Event:
    """The rule of a series without the days that are off; what was noted of others stands in events of their own."""
    event = Event()
    zone = ZoneInfo(found.zone)
    first = next(days(found.every, date.fromisoformat(found.first), date.fromisoformat(found.first)))
    event.add("uid", f"series-{found.id}@paperclub")
    event.add("sequence", found.sequence + sum(meeting.sequence for meeting in off))
    event.add("dtstamp", max([found.changed_at, *(meeting.changed_at for meeting in off)]).astimezone(UTC))
    event.add("dtstart", datetime.combine(first, parse_time(found.time), zone))
    for meeting in off:
        day = date.fromisoformat(meeting.occurrence or found.first)
        event.add("exdate", datetime.combine(day, parse_time(found.time), zone))
    event.add("duration", timedelta(minutes=found.minutes))
    rule = as_rule(found.every, first)
    if found.until is not None:
        last = instant(date.fromisoformat(found.until), time(23, 59, 59), found.zone)
        rule["until"] = last or datetime.combine(date.fromisoformat(found.until), time(23, 59, 59), UTC)
    event.add("rrule", vRecur(rule))
    _tell(event, found.title, found.about, found.place)
    event.add("status", "CONFIRMED")
    return event


def _event(meeting: Meeting, found: Series | None, links: Mapping[int, str]) -> Event:
    event = Event()
    zone = ZoneInfo(meeting.zone)
    if found is not None and meeting.occurrence is not None:
        event.add("uid", f"series-{found.id}@paperclub")
        day = date.fromisoformat(meeting.occurrence)
        event.add("recurrence-id", datetime.combine(day, parse_time(found.time), ZoneInfo(found.zone)))
        event.add("sequence", found.sequence + meeting.sequence)
    else:
        event.add("uid", f"meeting-{meeting.id}@paperclub")
        event.add("sequence", meeting.sequence)
    event.add("dtstamp", meeting.changed_at.astimezone(UTC))
    event.add("dtstart", meeting.starts_at.astimezone(zone))
    event.add("duration", timedelta(minutes=meeting.minutes))
    about = "\n".join(filter(None, [*(links.get(n, "") for n in meeting.numbers), meeting.about]))
    _tell(event, meeting.title, about, meeting.place)
    event.add("status", "CANCELLED" if meeting.state == "cancelled" else "CONFIRMED")
    return event


def _tell(event: Event, title: str, about: str, place: str) -> None:
    event.add("summary", title)
    if about:
        event.add("description", vText(about))
    if place:
        event.add("location", place)
    if place.startswith(("http://", "https://")):
        event.add("url", place)
