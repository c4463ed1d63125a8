"""Instants as people type them: "thu 16:00", "in 3 days", "2026-05-01 18:00", in English and Chinese.

What can't be meant gets a question back: a day that does not exist, an hour that the clock leaps over or shows twice,
and what is over already.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rapidfuzz import fuzz, process

from bot.errors import UserError
from bot.language import mark
from bot.message import Button
from bot.slots import instant
from bot.when import WEEKDAYS, clocks_in_digits, parse_date, parse_time

_SPAN = re.compile(r"(?:in\s+)?(\d{1,3})\s*([a-z\u4e00-\u9fff]+?)\s*(?:后|later)?", re.IGNORECASE)
_UNITS = {
    "m": 1, "min": 1, "mins": 1, "minute": 1, "minutes": 1, "分钟": 1,
    "h": 60, "hour": 60, "hours": 60, "小时": 60,
    "d": 1440, "day": 1440, "days": 1440, "天": 1440,
    "w": 10080, "week": 10080, "weeks": 10080, "周": 10080, "星期": 10080,
}  # fmt: skip
"""Minutes of a unit."""
_TIME = re.compile(
    r"(?:^|\s|T)(\d{1,2}(?:[:：.h]\d{2})(?:\s*(?:am|pm))?|\d{1,2}\s*(?:am|pm|点))(?=$|\s)", re.IGNORECASE
)
_WHICH = re.compile(r"\s+(first|second|第一次|第二次)$", re.IGNORECASE)
_WORDS = ("today", "tomorrow", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FARTHEST = timedelta(days=730)


def parse_moment(text: str, now: datetime, zone: str, *, said: str = "", at: time | None = None) -> datetime:
    """The instant (UTC) that is meant in a zone, after `now`.

    `at` is the time of a day that is given alone; without it a time must be said. `said` is the line that the text
    stands in, for buttons that say it better. Raises UserError.
    """
    text = text.strip().strip('"')
    typed = " ".join(text.split())
    if (span := _span(typed)) is not None:
        return (now + span).astimezone(UTC).replace(second=0, microsecond=0)
    typed = clocks_in_digits(typed)
    which = _WHICH.search(typed)
    typed = _WHICH.sub("", typed)
    found = _TIME.search(typed)
    clock = parse_time(found[1].replace("点", ":00")) if found else at
    words = (typed[: found.start()] + " " + typed[found.end() :]).strip() if found else typed
    words = re.sub(r"^(?:on|at|next|until|till|by)\s+|\s+(?:at|on)$", "", words, flags=re.IGNORECASE)
    words = "" if words.lower() in {"at", "on"} else words
    today = now.astimezone(ZoneInfo(zone)).date()
    day = _day(words, today, clock, now, zone, said)
    if clock is None:
        raise UserError(mark("At what time? Write it like “{date} 18:00”."), date=words[:30] or "friday")
    chosen = _instant(day, clock, zone, which[1] if which else None, text, said)
    if chosen <= now:
        raise UserError(
            mark("{when} is in the past. Name a time to come, like “friday 18:00” or “in 3 days”."),
            when=f"{day.isoformat()} {clock:%H:%M}",
        )
    if chosen - now > FARTHEST:
        raise UserError(mark("{when} is more than two years away."), when=f"{day.isoformat()} {clock:%H:%M}")
    return chosen


def _span(typed: str) -> timedelta | None:
    match = _SPAN.fullmatch(typed)
    unit = _UNITS.get(match[2].lower()) if match else None
    return timedelta(minutes=int(match[1]) * unit) if match and unit else None


def _day(words: str, today: date, clock: time | None, now: datetime, zone: str, said: str) -> date:
    """The day that is meant; a time alone means its next coming."""
    if not words:
        later = clock is not None and (instant(today, clock, zone) or now) > now
        return today if later else today + timedelta(days=1)
    try:
        found = parse_date(words, today)
    except UserError as error:
        near = process.extractOne(words.lower(), _WORDS, scorer=fuzz.ratio, score_cutoff=75)
        if near is None:
            raise
        better = (Button(near[0], said.replace(words, near[0], 1), "primary"),) if words in said else ()
        raise UserError(
            mark("“{date}” is no day. Do you mean “{near}”?"), date=words[:30], near=near[0], buttons=better
        ) from error
    same_weekday = words.lower()[:3] in WEEKDAYS and today.weekday() == WEEKDAYS.index(words.lower()[:3])
    if same_weekday and clock is not None and (instant(today, clock, zone) or now) > now:
        return today  # “thursday 18:00”, said on Thursday morning
    return found


def _instant(day: date, clock: time, zone: str, which: str | None, text: str, said: str) -> datetime:
    """The instant of a local time. Raises UserError where the clock never shows it, or shows it twice."""
    tz = ZoneInfo(zone)
    early, late = (datetime.combine(day, clock, tz).replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if early == late:
        return early
    local = f"{day.isoformat()} {clock:%H:%M}"
    if late < early:  # leapt over: the hour before it is read with the later offset
        after = early.astimezone(tz)
        raise UserError(
            mark("On that day the clocks in {zone} leap over {time}. Do you mean {after}?"),
            zone=zone, time=f"{clock:%H:%M}", after=f"{after:%H:%M}",
            buttons=_instead(said, text, f"{day.isoformat()} {after:%H:%M}"),
        )  # fmt: skip
    if which:
        return early if which.lower() in {"first", "第一次"} else late
    raise UserError(
        mark("On that day the clocks in {zone} show {time} twice. Write “{local} first” or “{local} second”."),
        zone=zone, time=f"{clock:%H:%M}", local=local,
        buttons=(*_instead(said, text, f"{local} first"), *_instead(said, text, f"{local} second")),
    )  # fmt: skip


def _instead(said: str, text: str, better: str) -> tuple[Button, ...]:
    """A button that says the same line with another time."""
    if not text or text not in said:
        return ()
    quoted = f'"{better}"' if f'"{text}"' not in said and f":{text}" in said else better
    return (Button(better, said.replace(text, quoted, 1), "primary"),)
