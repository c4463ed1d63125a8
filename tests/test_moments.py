"""Times as people type them; what can't be meant gets a clear question."""

from datetime import UTC, date, datetime, time

import pytest

from bot.errors import UserError
from bot.moments import parse_moment
from bot.when import parse_date, parse_days, parse_time, parse_zone

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)  # a Monday
BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("thu 16:00", "2026-03-05T15:00"),
        ("2026-03-10 18:30", "2026-03-10T17:30"),
        ("in 3 days", "2026-03-05T09:30"),
        ("48h", "2026-03-04T09:30"),
        ("3天后", "2026-03-05T09:30"),
        ("明天 16:00", "2026-03-03T15:00"),
        ("周四 16:00", "2026-03-05T15:00"),
        ("11:00", "2026-03-03T10:00"),
        ("9:00", "2026-03-03T08:00"),
        ("friday at 6pm", "2026-03-06T17:00"),
        ("2026-07-01T18:00", "2026-07-01T16:00"),
        ("monday 18:00", "2026-03-02T17:00"),
        ("18:00 on tuesday", "2026-03-03T17:00"),
        ("next wednesday 8:15", "2026-03-04T07:15"),
        ("2 weeks", "2026-03-16T09:30"),
        ("明天下午3点", "2026-03-03T14:00"),
        ("后天晚上八点半", "2026-03-04T19:30"),
        ("今晚7:15", "2026-03-02T18:15"),
        ("周五十点", "2026-03-06T09:00"),
        ("下周四 16:00", "2026-03-12T15:00"),
        ("本周六 上午10点", "2026-03-07T09:00"),
        ("3月5日 16:00", "2026-03-05T15:00"),
        ("2月1号中午12点", "2027-02-01T11:00"),
        ("5 March 16:00", "2026-03-05T15:00"),
        ("march 20th 4pm", "2026-03-20T15:00"),
        ("05.03.2026 16:00", "2026-03-05T15:00"),
        ("monday 9 march 16:00", "2026-03-09T15:00"),
        ("next monday 16:00", "2026-03-09T15:00"),
        ("this monday 16:00", "2026-03-02T15:00"),
        ("周一16：00", "2026-03-02T15:00"),
        ("thursday next week 4 p.m.", "2026-03-12T15:00"),
        ("thu@16:00 UTC", "2026-03-05T16:00"),
        ("thursday 16:00 PST", "2026-03-06T00:00"),
        ("周四16:00 北京时间", "2026-03-05T08:00"),
        ("2026-03-20T18:00:00Z", "2026-03-20T18:00"),
        ("March 5, noon", "2026-03-05T11:00"),
        ("fri 18:30 uhr", "2026-03-06T17:30"),
        ("周五18时30分", "2026-03-06T17:30"),
        ("明天晚上12点", "2026-03-03T23:00"),
        ("24:00", "2026-03-02T23:00"),
        ("in half an hour", "2026-03-02T10:00"),
        ("two weeks", "2026-03-16T09:30"),
        ("一个小时后", "2026-03-02T10:30"),
    ],
)
def test_times_are_read_in_the_callers_zone(text: str, meant: str) -> None:
    if text == "11:00":
        meant = "2026-03-02T10:00"  # still to come in Berlin
    assert parse_moment(text, NOW, BERLIN) == datetime.fromisoformat(meant).replace(tzinfo=UTC)


def test_a_day_alone_takes_the_usual_time() -> None:
    assert parse_moment("friday", NOW, "UTC", at=time(18)) == datetime(2026, 3, 6, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("tomorow 25:00", "no time of day"),
        ("tomorow 16:00", "Do you mean “tomorrow”"),
        ("2026-02-30 10:00", "no date"),
        ("yesterday 10:00", "in the past"),
        ("2026-03-02 09:00", "in the past"),
        ("friday", "At what time"),
        ("soon", "no date"),
        ("31 feb 10:00", "no date"),
        ("2月30日 10:00", "no date"),
        ("明天25点", "no time of day"),
        ("2029-01-01 10:00", "two years"),
        ("", "At what time"),
        ("tomorrow at 6", "At what time.*“tomorrow 18:00”"),
        ("friday 18:00 to 19:00", "no date"),
        ("friday midnight", "no date"),
        ("0 days", "in the past"),
        ("999 weeks", "two years"),
    ],
)
def test_what_cant_be_meant_gets_a_question(text: str, hint: str) -> None:
    with pytest.raises(UserError, match=hint):
        parse_moment(text, NOW, "UTC")


def test_a_doubled_hour_is_asked_about_and_can_be_named() -> None:
    said = 'meeting plan 12 when:"2026-10-25 02:30"'
    with pytest.raises(UserError, match="twice") as raised:
        parse_moment("2026-10-25 02:30", NOW, BERLIN, said=said)
    assert [b.line for b in raised.value.buttons] == [said.replace("02:30", f"02:30 {x}") for x in ("first", "second")]
    assert parse_moment("2026-10-25 02:30 first", NOW, BERLIN).hour == 0
    assert parse_moment("2026-10-25 02:30 second", NOW, BERLIN).hour == 1


def test_a_skipped_hour_is_asked_about_with_the_next_one() -> None:
    with pytest.raises(UserError, match=r"leap over 02:30.*03:30") as raised:
        parse_moment("2026-03-29 02:30", NOW, BERLIN, said="x when:2026-03-29 02:30")
    assert raised.value.buttons[0].line.endswith('"2026-03-29 03:30"')


def test_a_slip_in_a_day_is_mended_by_a_button() -> None:
    with pytest.raises(UserError) as asked:
        parse_moment("tomorow 16:00", NOW, "UTC", said="meeting plan 1 tomorow 16:00")
    assert [button.line for button in asked.value.buttons] == ["meeting plan 1 tomorrow 16:00"]


@pytest.mark.parametrize(
    ("texts", "meant"),
    [
        (("9", "9am", "9 a.m.", "9h", "0900", "09:00:00", "9 Uhr", "早上9点", "九点", "9点钟"), time(9)),
        (("9:30 pm", "21h30", "晚上9点半", "下午9:30"), time(21, 30)),
        (("noon", "12pm", "中午", "中午12点"), time(12)),
        (("midnight", "12am", "午夜", "零点"), time(0)),
    ],
)
def test_a_time_of_day_may_be_said_in_many_ways(texts: tuple[str, ...], meant: time) -> None:
    assert {parse_time(text) for text in texts} == {meant}


@pytest.mark.parametrize("text", ["25", "9:60", "13pm", "24:00", "晚上12点", "930", "soon"])
def test_what_is_no_time_of_day_is_said(text: str) -> None:
    with pytest.raises(UserError):
        parse_time(text)


@pytest.mark.parametrize(
    ("texts", "meant"),
    [
        (("Mon – Fri", "monday to friday", "mo-fr", "every weekday", "周一至周五", "一到五"), (0, 1, 2, 3, 4)),
        (("mon, wed and fri", "周一、三、五", "周一三五", "mon & wed & fri"), (0, 2, 4)),
        (("weekend", "双休日", "sat/sun", "周六和周日"), (5, 6)),
        (("mondays", "every monday", "每周一"), (0,)),
    ],
)
def test_weekdays_may_be_said_in_many_ways(texts: tuple[str, ...], meant: tuple[int, ...]) -> None:
    assert {parse_days(text) for text in texts} == {meant}


@pytest.mark.parametrize(
    ("texts", "meant", "back"),
    [
        (
            ("tomorrow", "明天", "3 March", "Mar 3rd", "03.03.", "tuesday", "2026年3月3日 星期二"),
            date(2026, 3, 3),
            False,
        ),
        (("24.12.2026", "Dec 24, 2026", "until 24 Dec", "12月24日"), date(2026, 12, 24), False),
        (("Thursday, 24 December 2026", "2026年12月24日 星期四"), date(2026, 12, 24), False),
        (("in 2 weeks", "2周后", "16 Mar"), date(2026, 3, 16), False),
        (("friday", "last friday", "上周五", "27.2."), date(2026, 2, 27), True),
        (("monday", "today"), date(2026, 3, 2), True),
        (("24 Dec", "12月24日"), date(2025, 12, 24), True),
    ],
)
def test_a_day_may_be_said_in_many_ways(texts: tuple[str, ...], meant: date, back: bool) -> None:
    assert {parse_date(text, NOW.date(), back=back) for text in texts} == {meant}


@pytest.mark.parametrize("text", ["money", "sunflower", "30.2.", "2026-02-30", "24/12/2026", "13月1日"])
def test_what_is_no_day_is_said(text: str) -> None:
    with pytest.raises(UserError):
        parse_date(text, NOW.date())


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("UTC+8", "Etc/GMT-8"), ("gmt+1", "Etc/GMT-1"), ("-05:00", "Etc/GMT+5"), ("UTC", "UTC"),
        ("纽约", "America/New_York"), ("zürich", "Europe/Zurich"), ("São Paulo", "America/Sao_Paulo"),
        ("EST", "America/New_York"), ("lord howe", "Australia/Lord_Howe"),
    ],
)  # fmt: skip
def test_a_zone_may_be_said_in_many_ways(text: str, zone: str) -> None:
    assert parse_zone(text) == zone
