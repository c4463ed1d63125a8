"""A year of daily papers in forty zones: every local day once, at its local time, over every clock change."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from test_slots import ZONES

from bot.app import App
from bot.command import Actor
from bot.dailies import Due, due_slot, rhythm
from bot.slots import instant
from storage import outbox, reading
from storage.outbox import Post
from storage.schedules import Schedule

YEAR = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]


def _schedule(zone: str, time: str) -> Schedule:
    return Schedule(
        club=1, kind="daily", platform="console", space="T1", target=zone, account="U1", language="en", time=time,
        zone=zone, days=tuple(range(7)), slot=YEAR[0].isoformat(),
    )  # fmt: skip


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("time", ["00:30", "02:30", "09:00"])
def test_the_waiting_slot_comes_once_a_local_day(zone: str, time: str) -> None:
    schedule, came = _schedule(zone, time), []
    for day in YEAR:
        at = instant(day, rhythm(schedule).time, zone)
        assert at is not None
        early = due_slot(schedule, at - timedelta(seconds=1))
        assert not isinstance(early, Due)
        due = due_slot(schedule, at)
        assert isinstance(due, Due)
        assert (due.slot.at, due.missed) == (at, ())
        came.append(due.slot.day)
        assert due.following is not None
        schedule = replace(schedule, slot=due.following.day.isoformat())
        assert not isinstance(due_slot(schedule, at + timedelta(hours=2)), Due)
    assert came == YEAR


def _changes() -> dict[date, list[str]]:
    """The days on which clocks change, with the zones in which they do."""
    found = defaultdict(list)
    for zone in ZONES:
        offsets = [datetime(d.year, d.month, d.day, 12, tzinfo=ZoneInfo(zone)).utcoffset() for d in YEAR]
        for n in range(1, 365):
            if offsets[n] != offsets[n - 1]:
                found[YEAR[n]].append(zone)
    return found


@pytest.mark.parametrize("day", sorted(sorted(_changes(), key=lambda d: -len(_changes()[d]))[:4]))
def test_over_a_clock_change_each_channel_gets_each_day_once(app: App, day: date) -> None:
    zones = _changes()[day]
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=2)
    for zone in zones:
        actor = Actor("console", "T1", zone, "U1", "Alice", admin=True)
        assert not app.say(f"daily on time:02:30 zone:{zone} days:daily", actor, start).error
    for hours in range(96):
        for minutes in (0, 30):
            app.tick(start + timedelta(hours=hours, minutes=minutes))
    for zone in zones:
        with reading(app.engine) as db:
            found = outbox.log(db, "console", "T1", zone, kinds=("daily",))[::-1]
        days = [post.date for post in found]
        assert len(days) == len(set(days)) >= 3
        assert day.isoformat() in days
        assert all(_at_its_time(post, zone) for post in found)
        assert len({post.number for post in found}) == len(found)


def _at_its_time(post: Post, zone: str) -> bool:
    """At half past two, or as the clock leaps over it."""
    shown = post.due_at.astimezone(ZoneInfo(zone))
    before = (post.due_at - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    return f"{shown:%H:%M}" == "02:30" or f"{before:%H:%M}" < "02:30" < f"{shown:%H:%M}"
