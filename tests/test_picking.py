"""The pick: a year on the real catalogue, and the state and wishes it follows."""

from collections import Counter
from datetime import date, timedelta

import pytest

from bot.picking import DAILY_KINDS, Policy, Shelf, State, is_fresh
from storage import Engine, reading
from storage.candidates import Candidate, candidates

START = date(2026, 3, 2)


@pytest.fixture
def every(catalogue: Engine) -> list[Candidate]:
    with reading(catalogue) as db:
        return candidates(db)


def year(shelf: Shelf, seed: str) -> list[Candidate]:
    state, shown = State(seed=seed), []
    for n in range(365):
        picked = shelf.pick(state, START + timedelta(days=n))
        assert picked is not None
        state = state.after(picked.number)
        shown.append(shelf.all[picked.number])
    return shown


@pytest.mark.parametrize("seed", ["discord:1", "slack:C1"])
def test_a_year_on_the_real_catalogue(every: list[Candidate], seed: str) -> None:
    shelf = Shelf(every, Policy())
    shown = year(shelf, seed)
    assert len({c.number for c in shown}) == 365
    counts = Counter(topic for c in shown for topic in c.topics)
    assert all(count <= max(1, 2 * shelf.share[topic] * 365) for topic, count in counts.items())
    five = {c.number for c in every if c.stars == 5 and c.kind in DAILY_KINDS}
    assert five
    assert five <= {c.number for c in shown[:182]}
    fresh = [is_fresh(c, START) for c in shown[:300]]
    assert 0.35 <= sum(fresh) / 300 <= 0.45


def test_no_topic_is_above_twice_its_share_in_any_quarter(every: list[Candidate]) -> None:
    shelf = Shelf(every, Policy())
    shown = year(shelf, "x")
    for start in range(0, 270, 30):
        counts = Counter(topic for c in shown[start : start + 90] for topic in c.topics)
        for topic, count in counts.items():
            assert count <= 2 * shelf.share[topic] * 90 + 2


def test_the_same_state_gives_the_same_pick(every: list[Candidate]) -> None:
    state = State(shown=(12, 14), seed="a", wants={99: 2}, members=3)
    assert Shelf(every, Policy()).pick(state, START) == Shelf(list(reversed(every)), Policy()).pick(state, START)


def _some(count: int = 30, **more: object) -> list[Candidate]:
    return [Candidate(n, "paper", (f"t{n % 5}",), 2020, **more) for n in range(1, count + 1)]  # type: ignore[arg-type]


def test_what_members_want_comes_first_and_says_so() -> None:
    picked = Shelf(_some(), Policy()).pick(State(wants={17: 3}, members=4), START)
    assert picked is not None
    assert (picked.number, picked.reasons[0]) == (17, ("wanted", "3"))


def test_what_most_have_read_waits() -> None:
    reads = dict.fromkeys(range(1, 30), 4)
    picked = Shelf(_some(), Policy()).pick(State(reads=reads, members=4), START)
    assert picked is not None
    assert picked.number == 30


def test_a_bump_goes_before_and_a_skip_keeps_out() -> None:
    shelf = Shelf(_some(3), Policy())
    picked = shelf.pick(State(bumps={2: 1}), START)
    assert picked is not None
    assert picked.number == 2
    assert shelf.pick(State(skips={1, 2, 3}), START) is None


def test_a_pin_comes_on_its_day_and_on_no_other() -> None:
    shelf = Shelf(_some(2), Policy())
    state = State(pins={START + timedelta(days=1): 2})
    first, second = shelf.pick(state, START), shelf.pick(state.after(1), START + timedelta(days=1))
    assert first is not None
    assert second is not None
    assert (first.number, second.number, second.reasons) == (1, 2, (("pinned", ""),))


def test_another_name_of_what_was_shown_does_not_come() -> None:
    one = Candidate(1, "paper", same=(2,))
    two = Candidate(2, "paper", same=(1,))
    assert Shelf([one, two], Policy()).pick(State(shown=(1,)), START) is None
    assert Shelf([one, two], Policy()).pick(State(shown=(1,), pins={START: 2}), START) is None


def test_filters_are_kept() -> None:
    every = [Candidate(1, "paper", ("a/b",)), Candidate(2, "blog", ("a",)), Candidate(3, "paper", ("c",))]
    picked = Shelf(every, Policy(topics=("a",), kinds=("paper",))).pick(State(), START)
    assert picked is not None
    assert picked.number == 1
    assert Shelf(every, Policy(topics=("d",))).pick(State(), START) is None


def test_people_have_their_own_weekday() -> None:
    every = [*_some(3), Candidate(90, "person"), Candidate(91, "lab")]
    shelf = Shelf(every, Policy(people_day=0))
    days = [shelf.pick(State(), START + timedelta(days=n)) for n in range(2)]
    assert [d.number >= 90 for d in days if d] == [True, False]
    assert Shelf(every, Policy()).pick(State(shown=(1, 2, 3)), START) is None


def test_members_whose_interests_never_came_are_owed_most() -> None:
    interests = {1: {"t1": 1.0}, 2: {"t2": 1.0}}
    state = State(shown=(1, 6, 11), members=2, interests=interests)
    picked = Shelf(_some(), Policy()).pick(state, START)
    assert picked is not None
    assert picked.number % 5 == 2
    assert ("interest", "t2") in picked.reasons


def test_a_share_of_a_hundred_percent_shows_new_work_as_long_as_there_is_any() -> None:
    every = [*_some(5), Candidate(50, "paper", ("t1",), 2026)]
    shelf = Shelf(every, Policy(fresh=100))
    first = shelf.pick(State(), START)
    assert first is not None
    assert (first.number, first.reasons[0]) == (50, ("fresh", "2026"))
    assert shelf.pick(State(shown=(50,)), START) is not None
