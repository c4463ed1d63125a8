"""Counting agrees with other people's programs and with elections worked out by hand, ties included."""

import random
import warnings
from collections.abc import Sequence

import pytest
import starvote
from pyrankvote import Ballot as RankedBallot
from pyrankvote import Candidate, instant_runoff_voting

from bot.ballots import METHODS, Ballot, Election, count

NONE: dict[int, int] = {}


def _ballots(dice: random.Random, method: str, candidates: Sequence[int], voters: int) -> list[Ballot]:
    made: list[Ballot] = []
    for _ in range(voters):
        some = dice.sample(candidates, dice.randint(1, len(candidates)))
        marks = {"approval": lambda _n: 1, "ranked": lambda n: n, "star": lambda _n: dice.randint(0, 5)}
        made.append({c: marks[method](n) for n, c in enumerate(some, 1)} if method != "single" else {some[0]: 1})
    return made


def _election(seed: int, method: str) -> Election:
    dice = random.Random(seed)
    candidates = list(range(1, dice.randint(2, 6) + 1))
    wants = {c: dice.randint(0, 3) for c in candidates}
    return Election(candidates, _ballots(dice, method, candidates, dice.choice((2, 3, 4, 6, 9, 30))), wants)


@pytest.mark.parametrize("seats", [1, 2])
def test_star_agrees_with_starvote_on_200_elections_with_ties(seats: int) -> None:
    ties = 0
    for seed in range(200):
        election = _election(seed, "star")
        if len(election.candidates) <= seats:
            continue
        order = election.order(election.candidates)
        full = [{str(c): ballot.get(c, 0) for c in election.candidates} for ballot in election.ballots]
        breaker = starvote.predefined_permutation_tiebreaker([str(c) for c in order])
        method = starvote.bloc if seats > 1 else starvote.star
        wanted = starvote.election(method, full, seats=seats, tiebreaker=breaker, verbosity=0)
        outcome = count("star", election, seats)
        ties += any(step.what == "tie" for step in outcome.steps)
        assert {str(c) for c in outcome.winners} == set(wanted), seed
    assert ties > 20


def test_instant_runoff_agrees_with_pyrankvote_on_200_elections() -> None:
    compared = 0
    for seed in range(700):
        election = _election(seed, "ranked")
        outcome = count("ranked", election)
        if any(step.what == "tie" for step in outcome.steps):
            continue  # there it draws lots
        names = {c: Candidate(str(c)) for c in election.candidates}
        papers = [
            RankedBallot(ranked_candidates=[names[c] for c in sorted(ballot, key=ballot.__getitem__)])
            for ballot in election.ballots
        ]
        with warnings.catch_warnings(action="ignore"):
            result = instant_runoff_voting(list(names.values()), papers)
        assert [x.name for x in result.get_winners()] == [str(outcome.winners[0])], seed
        compared += 1
    assert compared >= 200


def _by_hand(method: str, election: Election) -> int:
    """Another way to the same winner: strings of preferences, worked on until one candidate is left."""
    better = election.order(election.candidates)
    if method in {"approval", "single"}:
        return min(better, key=lambda c: (-sum(c in b for b in election.ballots), better.index(c)))
    papers = [sorted(b, key=b.__getitem__) for b in election.ballots]
    left = set(better)
    while len(left) > 1:
        tops = [next((c for c in paper if c in left), None) for paper in papers]
        left.discard(max(left, key=lambda c: (-tops.count(c), better.index(c))))
    return left.pop()


@pytest.mark.parametrize("method", ["approval", "single", "ranked"])
def test_ties_end_by_wants_and_then_nomination_on_200_elections(method: str) -> None:
    ties = 0
    for seed in range(200):
        election = _election(seed + 1000, method)
        outcome = count(method, election)
        ties += any(step.what == "tie" for step in outcome.steps)
        assert outcome.winners[0] == _by_hand(method, election), seed
    assert ties > 10


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_the_ballots_does_not_matter(method: str) -> None:
    for seed in range(40):
        election = _election(seed, method)
        turned = Election(election.candidates, election.ballots[::-1], election.wants)
        assert count(method, election, 2) == count(method, turned, 2)


def test_the_capital_of_tennessee_by_instant_runoff_is_knoxville() -> None:
    memphis, nashville, chattanooga, knoxville = range(1, 5)
    rows = {
        (memphis, nashville, chattanooga, knoxville): 42,
        (nashville, chattanooga, knoxville, memphis): 26,
        (chattanooga, knoxville, nashville, memphis): 15,
        (knoxville, chattanooga, nashville, memphis): 17,
    }
    ballots = [{c: n for n, c in enumerate(row, 1)} for row, voters in rows.items() for _ in range(voters)]
    outcome = count("ranked", Election([1, 2, 3, 4], ballots, NONE))
    assert outcome.winners == (knoxville,)
    assert [s.candidates for s in outcome.steps if s.what == "out"] == [(chattanooga,), (nashville,)]


def test_the_capital_of_tennessee_by_star_is_nashville() -> None:
    rows = [({1: 5, 2: 2, 3: 1, 4: 0}, 42), ({1: 0, 2: 5, 3: 2, 4: 2}, 26), ({1: 0, 2: 3, 3: 5, 4: 4}, 15),
            ({1: 0, 2: 2, 3: 4, 4: 5}, 17)]  # fmt: skip
    ballots = [ballot for ballot, voters in rows for _ in range(voters)]
    outcome = count("star", Election([1, 2, 3, 4], ballots, NONE))
    assert outcome.winners == (2,)
    assert next(s for s in outcome.steps if s.what == "runoff").counts == ((2, 68), (3, 32))


def test_a_perfect_tie_goes_to_the_most_wanted_and_says_so() -> None:
    outcome = count("approval", Election([7, 8], [{7: 1}, {8: 1}], {8: 2}))
    tie = next(step for step in outcome.steps if step.what == "tie")
    assert (outcome.winners, tie.candidates, tie.by) == ((8,), (8,), "wants")


def test_without_any_ballot_the_earliest_nomination_wins() -> None:
    for method in METHODS:
        outcome = count(method, Election([5, 3], [], NONE))
        assert outcome.winners == (5,)
        assert any(step.by == "nominated" for step in outcome.steps)


def test_there_are_no_more_winners_than_candidates() -> None:
    assert [count(m, Election([1, 2], [{1: 1}], NONE), 5).winners for m in METHODS] == [(1, 2)] * 4


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(KeyError):
        count("lots", Election([1], [], NONE))
