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
from bot.when import clocks_in_digits, parse_date, parse_days, parse_time, parse_zone

_SPAN = re.compile(
    r"(?:in\s+)?(\d{1,3}(?:\.5)?|[a-z]+(?: an?)?|[半一二两三四五六七八九十])\s*个?\s*([a-z\u4e00-\u9fff]+?)"
    r"\s*(?:[以之]?后|later|from now)?",
    re.IGNORECASE,
)
_FEW = {
    "a": 1, "an": 1, "half a": 0.5, "half an": 0.5, "半": 0.5, "两": 2,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    **{sign: n for n, sign in enumerate("一二三四五六七八九十", 1)},
}  # fmt: skip
_UNITS = {
    "m": 1, "min": 1, "mins": 1, "minute": 1, "minutes": 1, "分钟": 1,
    "h": 60, "hour": 60, "hours": 60, "小时": 60,
    "d": 1440, "day": 1440, "days": 1440, "天": 1440,
    "w": 10080, "week": 10080, "weeks": 10080, "周": 10080, "星期": 10080,
}  # fmt: skip
"""Minutes of a unit."""
_TIME = re.compile(
    r"(?:^|[\s,，T])(\d{1,2}[:：.h]\d{2}(?::00)?(?:\s*[ap]\.?m\.?|\s*h|\s*uhr)?"
    r"|\d{1,2}\s*(?:[ap]\.?m\.?|h|uhr|o'clock)|noon|中午|正午)(?=$|[\s,，])",
    re.IGNORECASE,
)
_UNCLEAR = re.compile(r"\s+at\s+\d{1,2}$", re.IGNORECASE)
"""Nobody knows whether “at 6” is in the morning."""
_JOINED = re.compile(r"(?<=[\u4e00-\u9fff])(?=\d{1,2}[:：]\d{2})|(?<=[:：]\d{2})分")
_EVENINGS = {"tonight": "today", "this evening": "today", "今晚": "今天", "明晚": "明天"}
_WHICH = re.compile(r"\s+(first|second|第一次|第二次)$", re.IGNORECASE)
_WORDS = ("today", "tomorrow", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FARTHEST = timedelta(days=730)


def parse_moment(text: str, now: datetime, zone: str, *, said: str = "", at: time | None = None) -> datetime:
    """The instant (UTC) that is meant in a zone, after `now`.

    `at` is the time of a day that is given alone; without it a time must be said. `said` is the line that the text
    stands in, for buttons that say it better. Raises UserError.
    """
    text = text.strip().strip('"')
    typed = " ".join(text.replace("@", " ").split())
    if (span := _span(typed)) is not None:
        return _coming((now + span).astimezone(UTC).replace(second=0, microsecond=0), now, zone)
    typed = clocks_in_digits(_JOINED.sub(" ", re.sub(r"(?<=\d)z$", " UTC", typed, flags=re.IGNORECASE)))
    which = _WHICH.search(typed)
    typed = _WHICH.sub("", typed)
    found = _TIME.search(typed)
    after = typed[found.end() :].strip(" ,，()") if found else ""
    named = _zone(after)
    zone, after = (named, "") if named else (zone, after)
    words = f"{typed[: found.start()]} {after}".strip(" ,，") if found else typed
    words = re.sub(r"^(?:on|at|this|until|till|by)\s+|\s+(?:at|on)$", "", words, flags=re.IGNORECASE)
    words = "" if words.lower() in {"at", "on"} else _EVENINGS.get(words.lower(), words)
    at_night = found is not None and found[1].replace("：", ":") == "24:00"
    clock = time() if at_night else parse_time(found[1]) if found else None if _UNCLEAR.search(words) else at
    words = _UNCLEAR.sub("", words)
    today = now.astimezone(ZoneInfo(zone)).date()
    day = _day(words or ("today" if at_night else ""), today, None if at_night else clock, now, zone, said)
    if clock is None:
        raise UserError(mark("At what time? Write it like “{date} 18:00”."), date=words[:30] or "friday")
    day += timedelta(days=1) if at_night else timedelta(0)
    return _coming(_instant(day, clock, zone, which[1] if which else None, text, said), now, zone)


def _coming(chosen: datetime, now: datetime, zone: str) -> datetime:
    """The same instant. Raises UserError where it is over, or too far away."""
    if now < chosen <= now + FARTHEST:
        return chosen
    when = f"{chosen.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
    if chosen > now:
        raise UserError(mark("{when} is more than two years away."), when=when)
    raise UserError(mark("{when} is in the past. Name a time to come, like “friday 18:00” or “in 3 days”."), when=when)


def _zone(words: str) -> str | None:
    """The zone that is named behind a time: UTC, Berlin, 北京时间; None where it is no zone."""
    try:
        return parse_zone(re.sub(r"\s*(?:time|时间)$", "", words, flags=re.IGNORECASE)) if words else None
    except UserError:
        return None


def _span(typed: str) -> timedelta | None:
    match = _SPAN.fullmatch(typed)
    unit = _UNITS.get(match[2].lower()) if match else None
    if match is None or unit is None:
        return None
    many = float(match[1]) if match[1][0].isdigit() else _FEW.get(match[1].lower())
    return timedelta(minutes=many * unit) if many is not None else None


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
    if clock is not None and (instant(today, clock, zone) or now) > now and _names(words, today):
        return today  # “thursday 18:00”, said on Thursday morning
    return found


def _names(words: str, day: date) -> bool:
    """Whether the words are nothing but the day's weekday."""
    try:
        return parse_days(words) == (day.weekday(),)
    except UserError:
        return False


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
