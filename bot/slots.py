"""When a slot is: local days and times as instants, right on both clock-change days. Rules only, no clock is read."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale

_FAR = 400
"""Days ahead that are looked through for a slot."""


@dataclass(frozen=True)
class Rhythm:
    """A local time on some days: weekdays from 0 for Monday, or with `monthly` days of the month (31 is the last)."""

    time: time
    zone: str
    days: tuple[int, ...]
    monthly: bool = False

    def has(self, day: date) -> bool:
        """Whether a local day has a slot."""
        if not self.monthly:
            return day.weekday() in self.days
        last = (day + timedelta(days=1)).month != day.month
        return day.day in self.days or (last and any(wanted > day.day for wanted in self.days))


@dataclass(frozen=True)
class Slot:
    """A local day and the instant at which it is due."""

    day: date
    at: datetime


def instant(day: date, local: time, zone: str) -> datetime | None:
    """The instant (UTC) at which a clock in the zone first shows this time on this day.

    A time that the clock leaps over is due at the moment of the leap; a doubled one when it comes first. None when the
    whole day is leapt over, as when a country changes sides of the date line.
    """
    tz = ZoneInfo(zone)
    found = datetime.combine(day, local, tz).astimezone(UTC)
    shown = found.astimezone(tz)
    if shown.replace(tzinfo=None) == datetime.combine(day, local):
        return found
    leap = _leap(day, local, tz)
    return leap if leap.astimezone(tz).date() == day else None


def _leap(day: date, local: time, tz: ZoneInfo) -> datetime:
    """The moment at which a clock leaps over a local time, to the second."""
    wanted = datetime.combine(day, local)
    late = wanted.replace(tzinfo=tz, fold=0).astimezone(UTC)
    early = wanted.replace(tzinfo=tz, fold=1).astimezone(UTC)
    low, high = early, late
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(tz).replace(tzinfo=None) > wanted:
            high = middle
        else:
            low = middle
    return high


def slots(rhythm: Rhythm, first: date) -> Iterator[Slot]:
    """The slots from a local day on."""
    for ahead in range(_FAR):
        day = first + timedelta(days=ahead)
        if rhythm.has(day):
            at = instant(day, rhythm.time, rhythm.zone)
            if at is not None:
                yield Slot(day, at)


def next_slot(rhythm: Rhythm, after: datetime) -> Slot | None:
    """The first slot later than an instant; None when no day ever has one."""
    first = after.astimezone(ZoneInfo(rhythm.zone)).date() - timedelta(days=1)
    return next((slot for slot in slots(rhythm, first) if slot.at > after), None)


def slot_after(rhythm: Rhythm, day: date) -> Slot | None:
    """The first slot of a later local day."""
    return next(slots(rhythm, day + timedelta(days=1)), None)


@lru_cache(maxsize=256)
def public_holidays(country: str, region: str | None, year: int, language: str = "en") -> dict[date, str]:
    """A country's public holidays of a year with their names, in Chinese where those are known, else in English.

    Raises KeyError for a country that is not known.
    """
    import holidays  # takes a moment to load, and few clubs ask for it

    try:
        names = "zh_CN" if language == "zh" else "en_US"
        return dict(holidays.country_holidays(country, subdiv=region, years=year, language=names).items())
    except NotImplementedError as error:
        raise KeyError(country) from error


def regions(country: str) -> tuple[str, ...]:
    """The parts of a country that have holidays of their own. Raises KeyError for a country that is not known."""
    import holidays

    try:
        return tuple(holidays.country_holidays(country).subdivisions)
    except NotImplementedError as error:
        raise KeyError(country) from error


def country_code(name: str) -> str:
    """The code of a country that is named in English or Chinese, or is a code already."""
    typed = name.strip().lower()
    for language in ("en", "zh_Hans"):
        for code, called in Locale.parse(language).territories.items():
            if called.lower() == typed:
                return str(code)
    return typed.upper()


def holiday(
    day: date, country: str | None, region: str | None, dates: Collection[str], language: str = "en"
) -> str | None:
    """What is celebrated on a local day: the name of a public holiday, an empty text on an own date, else None."""
    if day.isoformat() in dates or f"{day:%m-%d}" in dates:
        return ""
    return public_holidays(country, region, day.year, language).get(day) if country else None
