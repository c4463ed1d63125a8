"""Times, days, dates and zones as people type them, in English and Chinese."""

import re
from datetime import date, time, timedelta
from zoneinfo import available_timezones

from bot.errors import UserError
from bot.language import mark

CITIES = {
    "beijing": "Asia/Shanghai",
    "北京": "Asia/Shanghai",
    "上海": "Asia/Shanghai",
    "shenzhen": "Asia/Shanghai",
    "深圳": "Asia/Shanghai",
    "hangzhou": "Asia/Shanghai",
    "杭州": "Asia/Shanghai",
    "香港": "Asia/Hong_Kong",
    "台北": "Asia/Taipei",
    "新加坡": "Asia/Singapore",
    "东京": "Asia/Tokyo",
    "bangalore": "Asia/Kolkata",
    "mumbai": "Asia/Kolkata",
    "delhi": "Asia/Kolkata",
    "hyderabad": "Asia/Kolkata",
    "san francisco": "America/Los_Angeles",
    "seattle": "America/Los_Angeles",
    "palo alto": "America/Los_Angeles",
    "boston": "America/New_York",
    "pittsburgh": "America/New_York",
    "washington": "America/New_York",
    "montreal": "America/Toronto",
    "munich": "Europe/Berlin",
    "hamburg": "Europe/Berlin",
    "frankfurt": "Europe/Berlin",
    "cologne": "Europe/Berlin",
    "geneva": "Europe/Zurich",
    "milan": "Europe/Rome",
    "barcelona": "Europe/Madrid",
    "cambridge": "Europe/London",
    "edinburgh": "Europe/London",
    "tel aviv": "Asia/Jerusalem",
}
"""Cities that the zone database does not name."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CHINESE_DAYS = "一二三四五六日"
_GROUPS = {
    "daily": range(7),
    "every day": range(7),
    "all": range(7),
    "每天": range(7),
    "weekdays": range(5),
    "workdays": range(5),
    "工作日": range(5),
    "weekends": range(5, 7),
    "周末": range(5, 7),
}
_TIME = re.compile(r"(\d{1,2})(?:[:：.h](\d{2}))?\s*(am|pm)?", re.IGNORECASE)


def city_label(zone: str) -> str:
    """A zone with the further cities that it is known by."""
    cities = [city.title() for city, named in CITIES.items() if named == zone and city.isascii()]
    chinese = [city for city, named in CITIES.items() if named == zone and not city.isascii()]
    more = ", ".join([*cities, *chinese])
    return zone.replace("_", " ") + (f" ({more})" if more else "")


def parse_zone(text: str) -> str:
    """The zone of that name or city. Raises UserError."""
    typed = text.strip().lower().replace("_", " ")
    known = {zone.lower().replace("_", " "): zone for zone in available_timezones()}
    cities = {name.rpartition("/")[2]: zone for name, zone in sorted(known.items(), reverse=True)}
    found = known.get(typed) or CITIES.get(typed) or cities.get(typed)
    if found is None:
        raise UserError(mark("“{zone}” is no time zone that is known here. Try a city: Asia/Tokyo."), zone=text[:40])
    return found


def parse_time(text: str) -> time:
    """A time of day: 9, 09:00, 9:30pm. Raises UserError."""
    match = _TIME.fullmatch(text.strip())
    hour, minute = (int(match[1]), int(match[2] or 0)) if match else (99, 0)
    if match and match[3] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if match[3].lower() == "pm" else 0)
    elif match and match[3]:
        hour = 99
    if hour > 23 or minute > 59:
        raise UserError(mark("“{time}” is no time of day. Write it like 09:00 or 17:30."), time=text[:20])
    return time(hour, minute)


def parse_days(text: str) -> tuple[int, ...]:
    """Weekdays from 0 for Monday: mon-fri, “tue,thu”, weekdays, 周一,周三. Raises UserError."""
    typed = text.strip().lower()
    if typed in _GROUPS:
        return tuple(_GROUPS[typed])
    found: set[int] = set()
    for part in re.split(r"[,，、/\s]+", typed):
        first, dash, last = re.sub(r"[–—至到]", "-", part).partition("-")
        start, end = _weekday(first), _weekday(last) if dash else None
        if start is None or (dash and end is None):
            raise UserError(mark("“{days}” are no weekdays. Write mon-fri, or mon,wed,fri."), days=text[:40])
        length = ((end - start) % 7 if end is not None else 0) + 1
        found |= {(start + n) % 7 for n in range(length)}
    return tuple(sorted(found))


def _weekday(word: str) -> int | None:
    for prefix in ("星期", "周", "礼拜"):
        if word.startswith(prefix):
            rest = word.removeprefix(prefix).replace("天", "日")
            return _CHINESE_DAYS.index(rest) if len(rest) == 1 and rest in _CHINESE_DAYS else None
    return WEEKDAYS.index(word[:3]) if len(word) >= 2 and word[:3] in WEEKDAYS else None


def parse_date(text: str, today: date) -> date:
    """A day: 2026-05-01, tomorrow, friday (the next one), 明天. Raises UserError."""
    typed = text.strip().lower()
    for prefix in ("until ", "till ", "on "):
        typed = typed.removeprefix(prefix)
    near = {"today": 0, "今天": 0, "tomorrow": 1, "明天": 1, "yesterday": -1, "昨天": -1}
    if typed in near:
        return today + timedelta(days=near[typed])
    weekday = _weekday(typed)
    if weekday is not None:
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    match = re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", typed)
    try:
        if match is None:
            raise ValueError(typed)
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError as error:
        raise UserError(mark("“{date}” is no date. Write it like 2026-05-01, or “friday”."), date=text[:30]) from error
