"""Meetings that come again: weekly, every second week, or monthly on the same weekday of the month. Rules only."""

from collections.abc import Iterator
from datetime import date, timedelta

EVERY = ("weekly", "biweekly", "monthly")
_WEEKS = {"weekly": 1, "biweekly": 2}
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FAR = 400


def days(every: str, first: date, since: date) -> Iterator[date]:
    """The days of a series from `since` on, ending after some hundred. Raises KeyError for an unknown rhythm."""
    if every == "monthly":
        yield from (day for day in _monthly(first) if day >= since)
        return
    step = timedelta(weeks=_WEEKS[every])
    passed = max(0, -((first - since) // step))
    for n in range(_FAR):
        yield first + (passed + n) * step


def _monthly(first: date) -> Iterator[date]:
    for n in range(_FAR):
        month = first.month - 1 + n
        yield _weekday_of(first.year + month // 12, month % 12 + 1, first.weekday(), _which(first))


def _which(day: date) -> int:
    """Which of its weekday in the month a day is: 1 to 4, -1 for the last of five."""
    nth = (day.day - 1) // 7 + 1
    return -1 if nth == 5 else nth


def _weekday_of(year: int, month: int, weekday: int, nth: int) -> date:
    if nth > 0:
        start = date(year, month, 1)
        return start + timedelta(days=(weekday - start.weekday()) % 7 + 7 * (nth - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def as_rule(every: str, first: date) -> dict[str, object]:
    """The series as calendars know it: the parts of an RRULE but its end."""
    if every == "monthly":
        return {"freq": "monthly", "byday": f"{_which(first)}{_DAYS[first.weekday()]}"}
    return {"freq": "weekly", "interval": _WEEKS[every], "byday": _DAYS[first.weekday()]}
