"""Times, days, dates and zones as people type them, in English and Chinese."""

import re
import unicodedata
from datetime import date, time, timedelta
from functools import cache
from zoneinfo import available_timezones

from babel import Locale

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

_SHORT = {
    "est": "America/New_York", "edt": "America/New_York", "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles",
    "bst": "Europe/London", "cest": "Europe/Berlin", "jst": "Asia/Tokyo", "kst": "Asia/Seoul", "sgt": "Asia/Singapore",
}  # fmt: skip
"""What clocks are called for a part of the year, or in one country alone."""
_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])0?(\d{1,2})(?::?00)?")

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WHOLE = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CHINESE_DAYS = "一二三四五六日"
_GROUPS = {
    **dict.fromkeys(("daily", "every day", "everyday", "all", "all days", "每天", "每日"), range(7)),
    **dict.fromkeys(("weekdays", "weekday", "every weekday", "workdays", "工作日"), range(5)),
    **dict.fromkeys(("weekends", "weekend", "周末", "双休日"), range(5, 7)),
}
_TIME = re.compile(
    r"(\d{1,2})(?:[:：.h](\d{2}))?\s*(?:([ap])\.?m\.?|h|uhr|o'clock)?|(\d{2})(\d{2})|(\d{1,2}):(\d{2}):00",
    re.IGNORECASE,
)
_NAMED_TIMES = {"noon": "12:00", "中午": "12:00", "正午": "12:00", "midnight": "00:00", "午夜": "00:00"}
_PART = "凌晨|早上|早晨|上午|中午|下午|傍晚|晚上|今晚|明晚"
_HOUR = r"\d{1,2}|二?十[一二三四五六七八九]?|[零一二两三四五六七八九]"
_CHINESE_CLOCK = re.compile(rf"({_PART})\s*(\d{{1,2}})[:：](\d{{2}})|({_PART})?\s*({_HOUR})[点时]钟?(半|\d{{1,2}})?分?")
_DIGITS = "零一二三四五六七八九"
_AFTERNOON = {"中午", "下午", "傍晚", "晚上", "今晚", "明晚"}
_CHINESE_WEEK = re.compile(r"(上|下|本|这)个?(?:周|星期|礼拜)([一二三四五六日天])")
_WEEK = re.compile(r"(?:next )?week(?: on)? (\w+)|(?:on )?(\w+) (?:of )?next week")
_NEAR = {
    "today": 0, "今天": 0, "tomorrow": 1, "明天": 1, "yesterday": -1, "昨天": -1, "前天": -2, "后天": 2, "大后天": 3,
    "day after tomorrow": 2, "the day after tomorrow": 2, "day before yesterday": -2,
}  # fmt: skip
_AHEAD = re.compile(r"in (\d{1,3}) (day|week)s?|(\d{1,3})(天|周)[以之]?后")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.(?:\s?(\d{4}))?")
_MONTH_DAY = re.compile(
    r"(\d{1,2})月(\d{1,2})[日号]?|(\d{1,2})(?:\.|st|nd|rd|th)?\s+(?:of\s+)?([a-z]{3,9})\.?(?:,?\s+(\d{4}))?"
    r"|([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(\d{4}))?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def city_label(zone: str) -> str:
    """A zone with the further cities that it is known by."""
    cities = [city.title() for city, named in CITIES.items() if named == zone and city.isascii()]
    chinese = [city for city, named in CITIES.items() if named == zone and not city.isascii()]
    more = ", ".join([*cities, *chinese])
    return zone.replace("_", " ") + (f" ({more})" if more else "")


def parse_zone(text: str) -> str:
    """The zone of that name, city or whole hours from UTC. Raises UserError."""
    typed = _plain(text)
    offset = _OFFSET.fullmatch(typed)
    if offset and offset[2] != "0":  # the zone database counts the hours west of Greenwich
        typed = f"etc/gmt{'-' if offset[1] == '+' else '+'}{offset[2]}"
    zones, cities = _zones()
    found = _SHORT.get(typed) or zones.get(typed) or CITIES.get(typed) or cities.get(typed)
    if found is None:
        raise UserError(mark("“{zone}” is no time zone that is known here. Try a city: Asia/Tokyo."), zone=text[:40])
    return found


def _plain(text: str) -> str:
    """A name without accents, in small letters."""
    apart = unicodedata.normalize("NFKD", text.strip().lower().replace("_", " "))
    return "".join(c for c in apart if not unicodedata.combining(c))


@cache
def _zones() -> tuple[dict[str, str], dict[str, str]]:
    """Zones by their names, and by their cities in English and Chinese."""
    zones = {_plain(zone): zone for zone in sorted(available_timezones())}
    cities = {name.rpartition("/")[2]: zone for name, zone in sorted(zones.items(), reverse=True)}
    for zone, words in Locale.parse("zh_Hans").time_zones.items():
        if "city" in words and zone in zones.values():
            cities.setdefault(words["city"], zone)
    return zones, cities


def parse_time(text: str) -> time:
    """A time of day: 9, 09:00, 9:30pm, 21h, noon, 早上9点. Raises UserError."""
    typed = clocks_in_digits(_NAMED_TIMES.get(text.strip().lower(), text))
    match = _TIME.fullmatch(typed)
    numbers = [int(x) for x in match.group(1, 2, 4, 5, 6, 7) if x] if match else [99]
    hour, minute = (*numbers, 0)[:2]
    if match and match[3]:
        hour = hour % 12 + (12 if match[3].lower() == "p" else 0) if 1 <= hour <= 12 else 99
    if hour > 23 or minute > 59:
        raise UserError(mark("“{time}” is no time of day. Write it like 09:00 or 17:30."), time=text[:20])
    return time(hour, minute)


def clocks_in_digits(text: str) -> str:
    """A text with its Chinese times of day as 15:30, after the day that they name."""
    return " ".join(_CHINESE_CLOCK.sub(_clock, text).split())


def _clock(match: re.Match[str]) -> str:
    part, hour, minute, other, spoken, half = match.groups()
    part = part or other
    hours = int(hour) if hour else int(spoken) if spoken.isdigit() else _number(spoken)
    minutes = minute or ("30" if half == "半" else half) or "00"
    noon = part == "中午" and hours > 10  # 晚上12点 is the end of the day
    hours += 12 if part in _AFTERNOON and hours <= 12 and not noon else 0
    day = {"今晚": "今天", "明晚": "明天"}.get(part or "", "")
    return f" {day} {hours:02}:{int(minutes):02} "


def _number(text: str) -> int:
    """A Chinese number up to 99."""
    tens, ten, ones = text.replace("两", "二").rpartition("十")
    return (_DIGITS.index(tens or "一") * 10 if ten else 0) + (_DIGITS.index(ones) if ones else 0)


def parse_days(text: str) -> tuple[int, ...]:
    """Weekdays from 0 for Monday: mon-fri, “tue and thu”, weekdays, 周一、三. Raises UserError."""
    typed = text.strip().lower()
    if typed in _GROUPS:
        return tuple(_GROUPS[typed])
    found: set[int] = set()
    joined = re.sub(r"\s*(?:[-–—~～至到]|\bto\b)\s*", "-", typed.removeprefix("every "))
    for part in re.split(r"[,，、/&+\s和]+(?:and\s+)?", joined):
        first, dash, last = part.partition("-")
        starts, ends = _weekdays(first), _weekdays(last) if dash else ()
        if not starts or (dash and (len(starts), len(ends)) != (1, 1)):
            raise UserError(mark("“{days}” are no weekdays. Write mon-fri, or mon,wed,fri."), days=text[:40])
        length = (ends[0] - starts[0]) % 7 + 1 if ends else 1
        found |= {(start + n) % 7 for start in starts for n in range(length)}
    return tuple(sorted(found))


def _weekdays(word: str) -> tuple[int, ...]:
    """The weekdays of a word: several in 周一三五."""
    chinese = re.fullmatch(r"每?(?:周|星期|礼拜)?([一二三四五六日天]+)", word)
    if chinese:
        return tuple(_CHINESE_DAYS.index(day) for day in chinese[1].replace("天", "日"))
    day = _weekday(word)
    return () if day is None else (day,)


def _weekday(word: str) -> int | None:
    chinese = re.fullmatch(r"(?:周|星期|礼拜)([一二三四五六日天])", word)
    if chinese:
        return _CHINESE_DAYS.index(chinese[1].replace("天", "日"))
    stem = word.rstrip(".").removesuffix("s")
    return next((n for n, whole in enumerate(_WHOLE) if len(stem) >= 2 and whole.startswith(stem)), None)


def parse_date(text: str, today: date, *, back: bool = False) -> date:
    """A day: 2026-05-01, tomorrow, friday, 24 Dec, 24.12., 下周五. Raises UserError.

    What comes every week or year is the next one, or with `back` the last one, which may be today.
    """
    typed = re.sub(r"^(?:(?:until|till|on|next|this|coming)\s+|直到|到)", "", text.strip().lower())
    typed = re.sub(r"([日号])\s*(?:周|星期|礼拜).$", r"\1", typed)
    first, _, rest = typed.removeprefix("last ").partition(" ")
    weekday = _weekday(first.rstrip(","))
    try:
        return _near(typed, today) or _calendar_day(typed if weekday is None else rest, today, back=back)
    except (ValueError, OverflowError) as error:
        if weekday is None or rest:
            said = mark("“{date}” is no date. Write it like 2026-05-01, or “friday”.")
            raise UserError(said, date=text[:30]) from error
    ago = (today.weekday() - weekday) % 7
    if typed.startswith("last "):
        return today - timedelta(days=ago or 7)
    return today - timedelta(days=ago) if back else today + timedelta(days=7 - ago)


def _near(typed: str, today: date) -> date | None:
    """A day that is told by its distance."""
    if typed in _NEAR:
        return today + timedelta(days=_NEAR[typed])
    if match := _AHEAD.fullmatch(typed):
        unit = 7 if (match[2] or match[4]) in {"week", "周"} else 1
        return today + timedelta(days=int(match[1] or match[3]) * unit)
    if match := _CHINESE_WEEK.fullmatch(typed):
        return _in_week(today, {"上": -1, "下": 1}.get(match[1], 0), _CHINESE_DAYS.index(match[2].replace("天", "日")))
    if match := _WEEK.fullmatch(typed):
        weekday = _weekday(match[1] or match[2])
        return None if weekday is None else _in_week(today, 1, weekday)
    return None


def _in_week(today: date, weeks: int, weekday: int) -> date:
    """A weekday of the week that is so many weeks after this one."""
    return today + timedelta(weeks=weeks, days=weekday - today.weekday())


def _calendar_day(typed: str, today: date, *, back: bool) -> date:
    """A day that is told by its month, perhaps without its year. Raises ValueError."""
    if match := _YEAR_FIRST.fullmatch(typed):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _DAY_FIRST.fullmatch(typed):
        day, month, year = int(match[1]), int(match[2]), match[3]
    elif match := _MONTH_DAY.fullmatch(typed):
        name, year = match[4] or match[6] or "", match[5] or match[8]
        day = int(match[2] or match[3] or match[7])
        month = int(match[1]) if match[1] else _MONTHS.index(name[:3]) + 1
    else:
        raise ValueError(typed)
    if year:
        return date(int(year), month, day)
    over = (month, day) > (today.month, today.day) if back else (month, day) < (today.month, today.day)
    return date(today.year + (-1 if back else 1) * over, month, day)
