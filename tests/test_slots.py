"""Slots: local times as instants, over clock changes, leap days and holidays."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.slots import Rhythm, holiday, instant, next_slot, public_holidays, slot_after

EVERY_DAY = tuple(range(7))

ZONES = (
    "Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Africa/Lagos", "America/Anchorage",
    "America/Argentina/Buenos_Aires", "America/Asuncion", "America/Bogota", "America/Chicago", "America/Halifax",
    "America/Havana", "America/Los_Angeles", "America/Mexico_City", "America/New_York", "America/Nuuk",
    "America/Santiago", "America/Sao_Paulo", "America/St_Johns", "Antarctica/Troll", "Asia/Beirut", "Asia/Dubai",
    "Asia/Jerusalem", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Shanghai", "Asia/Tehran", "Asia/Tokyo",
    "Atlantic/Azores", "Australia/Adelaide", "Australia/Lord_Howe", "Australia/Sydney", "Europe/Berlin",
    "Europe/Chisinau", "Europe/Dublin", "Europe/Lisbon", "Europe/London", "Pacific/Auckland", "Pacific/Chatham",
    "Pacific/Easter", "Pacific/Kiritimati",
)  # fmt: skip


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("local", [time(0, 0), time(0, 30), time(1, 30), time(2, 15), time(2, 30), time(3), time(9)])
def test_in_a_year_every_local_day_has_its_slot_once_at_its_local_time(zone: str, local: time) -> None:
    tz = ZoneInfo(zone)
    rhythm = Rhythm(local, zone, EVERY_DAY)
    now = datetime(2026, 1, 1, tzinfo=tz).astimezone(UTC) - timedelta(seconds=1)
    days, leapt = [], 0
    for _ in range(365):
        slot = next_slot(rhythm, now)
        assert slot is not None
        assert slot.at > now
        shown = slot.at.astimezone(tz)
        days.append(slot.day)
        assert shown.date() == slot.day
        if shown.time() != local:
            leapt += 1
            before = (slot.at - timedelta(seconds=1)).astimezone(tz)
            assert before.replace(tzinfo=None) < datetime.combine(slot.day, local) < shown.replace(tzinfo=None)
        now = slot.at
    assert Counter(days) == Counter(date(2026, 1, 1) + timedelta(days=n) for n in range(365))
    assert leapt <= 2


def test_a_leapt_over_time_is_due_at_the_leap() -> None:
    assert instant(date(2026, 3, 29), time(2, 30), "Europe/Berlin") == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_a_doubled_time_is_due_when_it_comes_first() -> None:
    assert instant(date(2026, 10, 25), time(2, 30), "Europe/Berlin") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_day_that_a_country_leapt_over_has_no_slot() -> None:
    assert instant(date(2011, 12, 30), time(9), "Pacific/Apia") is None


def test_the_last_day_of_a_month_stands_for_later_ones() -> None:
    slot = next_slot(Rhythm(time(9), "UTC", (31,), monthly=True), datetime(2026, 2, 1, tzinfo=UTC))
    assert slot is not None
    assert slot.day == date(2026, 2, 28)


def test_only_the_chosen_weekdays_have_slots() -> None:
    slot = slot_after(Rhythm(time(9), "UTC", (0, 4)), date(2026, 3, 2))
    assert slot is not None
    assert slot.day == date(2026, 3, 6)


def test_no_days_mean_no_slot() -> None:
    assert next_slot(Rhythm(time(9), "UTC", ()), datetime(2026, 2, 1, tzinfo=UTC)) is None


def test_public_holidays_and_own_days_are_told_apart() -> None:
    assert holiday(date(2026, 10, 3), "DE", None, ()) == "German Unity Day"
    assert holiday(date(2026, 10, 1), "CN", None, (), "zh") == "国庆节"
    assert holiday(date(2026, 12, 24), None, None, ("12-24",)) == ""
    assert holiday(date(2026, 12, 23), "DE", None, ("2026-12-24",)) is None


def test_a_country_that_nobody_knows_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        public_holidays("XX", None, 2026)
