"""Presenters and parts go round fairly; series fall on the right days."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest
from dateutil.rrule import rrulestr

from bot.recurring import EVERY, as_rule, days
from bot.rotation import Floor, roles, row

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_who_would_present_this_paper_comes_first() -> None:
    floor = Floor([1, 2, 3], volunteers={3}, willing={1, 2})
    assert [turn.member for turn in row(floor)] == [3, 1, 2]


def test_of_several_it_is_the_turn_of_who_presented_least_and_longest_ago() -> None:
    held = [(1, NOW), (2, NOW - timedelta(days=9)), (1, NOW - timedelta(days=20))]
    assert [t.member for t in row(Floor([1, 2, 3, 4], volunteers={1, 2, 3, 4}, presented=held))] == [3, 4, 2, 1]


def test_nobody_is_asked_who_never_said_so() -> None:
    assert row(Floor([1, 2])) == []
    assert [t.why for t in row(Floor([1, 2], presented=[(2, NOW)]))] == ["before"]


def test_who_is_away_or_skips_is_left_out() -> None:
    assert [t.member for t in row(Floor([1, 2], volunteers={1, 2}, out={1}))] == [2]


def test_over_a_year_everybody_presents_equally_often() -> None:
    held: list[tuple[int, datetime]] = []
    for week in range(50):
        held.append(
            (
                row(Floor([1, 2, 3, 4, 5], willing={1, 2, 3, 4, 5}, presented=held))[0].member,
                NOW + timedelta(weeks=week),
            )
        )
    assert set(Counter(member for member, _at in held).values()) == {10}


def test_parts_go_round_and_nobody_has_two() -> None:
    had: list[tuple[int, str]] = []
    for _ in range(9):
        given = roles([1, 2, 3], ("sceptic", "archaeologist"), had, {"presenter": 1})
        assert sorted(given.values()) == [1, 2, 3]
        had += [(member, role) for role, member in given.items() if role != "presenter"]
    assert abs(had.count((2, "sceptic")) - had.count((3, "sceptic"))) <= 1


def test_with_few_guests_the_last_parts_stay_open() -> None:
    assert roles([1], ("sceptic", "archaeologist"), [], {}) == {"sceptic": 1}


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("first", [date(2026, 1, 1), date(2026, 1, 29), date(2026, 5, 31), date(2024, 2, 29)])
def test_a_series_falls_on_the_days_that_calendars_compute(every: str, first: date) -> None:
    rule = ";".join(f"{k}={v}".upper() for k, v in as_rule(every, first).items())
    start = datetime(first.year, first.month, first.day)  # noqa: DTZ001 - calendars count local days
    wanted = [at.date() for at in islice(iter(rrulestr(rule, dtstart=start)), 30)]
    assert list(islice(days(every, first, first), 30)) == wanted
    since = wanted[10] - timedelta(days=1)
    assert next(days(every, first, since)) == wanted[10]
    assert next(days(every, first, wanted[10])) == wanted[10]
