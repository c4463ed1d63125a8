"""Counting ballots: approval, single choice, instant runoff and STAR, each with an account of every step.

A ballot maps candidates to marks: 1 for approval and the single choice, the rank from 1 for instant runoff, 0 to 5
stars for STAR. Who is not on a ballot got nothing. Rules only: the same ballots always give the same outcome, in
whatever order they come.

Ties end by one rule: most members who want to read it, then the earliest nomination. STAR asks its own ballots first,
as its authors advise: most votes in the head-to-heads of the tied, then most top marks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

METHODS = ("approval", "single", "ranked", "star")
MOST_STARS = 5

Ballot = Mapping[int, int]
Counts = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Step:
    """One step of a count; `what` says which.

    tally and scores (with their `counts`), out (whom a round takes away), runoff (votes of the last two), tie (`by` is
    what ended it: preferred, top, score, wants or nominated), wins. `round` counts from 1 for each winner; `idle` are
    the ballots that say nothing (more) in that round.
    """

    what: str
    candidates: tuple[int, ...] = ()
    counts: Counts = ()
    round: int = 0
    idle: int = 0
    by: str = ""


@dataclass(frozen=True)
class Outcome:
    """Who won, best first, and how that came about."""

    winners: tuple[int, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Election:
    """What is counted: candidates in the order of their nomination, ballots, and how many want each candidate."""

    candidates: Sequence[int]
    ballots: Sequence[Ballot]
    wants: Mapping[int, int]

    def without(self, gone: Sequence[int]) -> "Election":
        """The same with fewer candidates."""
        return Election([c for c in self.candidates if c not in gone], self.ballots, self.wants)

    def order(self, tied: Sequence[int]) -> list[int]:
        """The tied by the rule that ends every tie, best first."""
        return sorted(tied, key=lambda c: (-self.wants.get(c, 0), self.candidates.index(c)))

    def ended_by(self, kept: int, other: int) -> str:
        """Which half of the rule tells two apart."""
        return "wants" if self.wants.get(kept, 0) != self.wants.get(other, 0) else "nominated"


def count(method: str, election: Election, winners: int = 1) -> Outcome:
    """Count an election for so many winners (fewer where there are fewer candidates).

    Further winners of instant runoff and STAR are found by counting again without those who won. Raises KeyError for
    an unknown method.
    """
    wanted = min(winners, len(election.candidates))
    if method in {"approval", "single"}:
        return _most(election, wanted)
    one: Callable[[Election], Outcome] = {"ranked": _runoff, "star": _star}[method]
    won: list[int] = []
    steps: list[Step] = []
    while len(won) < wanted:
        outcome = one(election.without(won))
        won += outcome.winners
        steps += outcome.steps
    return Outcome(tuple(won), tuple(steps))


# ---- approval and the single choice: who is marked most ----


def _most(election: Election, winners: int) -> Outcome:
    marked = {c: sum(bool(ballot.get(c)) for ballot in election.ballots) for c in election.candidates}
    idle = sum(not any(ballot.get(c) for c in election.candidates) for ballot in election.ballots)
    steps = [Step("tally", counts=_counts(marked), round=1, idle=idle)]
    chosen, ties = _best(election, marked, winners)
    return Outcome(tuple(chosen), (*steps, *ties, *(Step("wins", (c,)) for c in chosen)))


def _best(election: Election, values: Mapping[int, int], wanted: int) -> tuple[list[int], list[Step]]:
    """So many candidates with the highest values, best first, ties ended by the rule; and the ties that mattered."""
    ranked = sorted(election.order(list(values)), key=lambda c: -values[c])
    chosen = ranked[:wanted]
    tied = [c for c in ranked if chosen and values[c] == values[chosen[-1]]]
    if all(c in chosen for c in tied):
        return chosen, []
    kept = tuple(c for c in chosen if c in tied)
    by = election.ended_by(kept[-1], next(c for c in tied if c not in chosen))
    return chosen, [Step("tie", kept, tuple((c, values[c]) for c in tied), by=by)]


# ---- instant runoff: the fewest first choices leave, round by round ----


def _runoff(election: Election) -> Outcome:
    left = list(election.candidates)
    steps: list[Step] = []
    for number in range(1, len(left) + 1):
        first = dict.fromkeys(left, 0)
        for ballot in election.ballots:
            if (favourite := _favourite(ballot, left)) is not None:
                first[favourite] += 1
        active = sum(first.values())
        steps.append(Step("tally", counts=_counts(first), round=number, idle=len(election.ballots) - active))
        leader = max(left, key=lambda c: first[c])
        if len(left) == 1 or 2 * first[leader] > active:
            return Outcome((leader,), (*steps, Step("wins", (leader,))))
        out, tie = _last(election, first)
        steps += [*tie, Step("out", (out,), round=number)]
        left.remove(out)
    raise ValueError("an election without candidates can't be counted")


def _favourite(ballot: Ballot, left: Sequence[int]) -> int | None:
    ranked = [c for c in left if ballot.get(c)]
    return min(ranked, key=lambda c: ballot[c]) if ranked else None


def _last(election: Election, first: Mapping[int, int]) -> tuple[int, list[Step]]:
    """Who leaves: the fewest votes, of several the one that the rule puts last."""
    fewest = min(first.values())
    tied = election.order([c for c in first if first[c] == fewest])
    if len(tied) == 1:
        return tied[0], []
    by = election.ended_by(tied[-2], tied[-1])
    return tied[-1], [Step("tie", (tied[-1],), tuple((c, fewest) for c in tied), by=by)]


# ---- STAR: the two with the highest scores, then whom more ballots prefer ----


def _star(election: Election) -> Outcome:
    scores = {c: sum(ballot.get(c, 0) for ballot in election.ballots) for c in election.candidates}
    steps = [Step("scores", counts=_counts(scores), round=1)]
    if len(scores) == 1:
        winner = next(iter(scores))
        return Outcome((winner,), (*steps, Step("wins", (winner,))))
    layers = (("preferred", _preferred), ("top", _top_marks))
    finalists, ties = _narrow(election, scores, 2, layers)
    votes = _preferred(election, finalists)
    idle = len(election.ballots) - sum(votes.values())
    steps += [*ties, Step("runoff", tuple(finalists), _counts(votes), round=2, idle=idle)]
    ending = (("score", lambda _e, tied: {c: scores[c] for c in tied}), ("top", _top_marks))
    (winner,), ties = _narrow(election, votes, 1, ending)
    return Outcome((winner,), (*steps, *ties, Step("wins", (winner,))))


Layer = tuple[str, Callable[[Election, Sequence[int]], dict[int, int]]]


def _narrow(
    election: Election, values: Mapping[int, int], wanted: int, layers: Sequence[Layer]
) -> tuple[list[int], list[Step]]:
    """So many candidates with the highest values; each tie is put to the next layer, at last to the rule."""
    chosen: list[int] = []
    for value in sorted(set(values.values()), reverse=True):
        group = [c for c in values if values[c] == value]
        room = wanted - len(chosen)
        if len(group) <= room:
            chosen += group
            continue
        if room == 0:
            break
        if not layers:
            kept, ties = _best(election, dict.fromkeys(group, value), room)
            return chosen + kept, ties
        name, ask = layers[0]
        kept, ties = _narrow(election, ask(election, group), room, layers[1:])
        told = ties or [Step("tie", tuple(kept), tuple((c, value) for c in group), by=name)]
        return chosen + kept, told
    return chosen, []


def _preferred(election: Election, tied: Sequence[int]) -> dict[int, int]:
    """Votes of each in the head-to-heads among the tied."""
    votes = dict.fromkeys(tied, 0)
    for ballot in election.ballots:
        for c in tied:
            votes[c] += sum(ballot.get(c, 0) > ballot.get(other, 0) for other in tied)
    return votes


def _top_marks(election: Election, tied: Sequence[int]) -> dict[int, int]:
    return {c: sum(ballot.get(c) == MOST_STARS for ballot in election.ballots) for c in tied}


def _counts(values: Mapping[int, int]) -> Counts:
    return tuple(values.items())
