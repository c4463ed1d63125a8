"""Who presents, and who takes which part in a seminar: fair over all that was, and explained. Rules only.

Only those are asked who said that they would present: first those who would present this very paper, then those who
would present another or have presented before. Among them it is the turn of who presented least often, then of who
presented longest ago, then of who joined first.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Floor:
    """What the turn depends on. `volunteers` would present this paper, `willing` some other; `out` can't or won't."""

    members: Sequence[int]
    volunteers: Collection[int] = ()
    willing: Collection[int] = ()
    out: Collection[int] = ()
    presented: Sequence[tuple[int, datetime]] = ()


@dataclass(frozen=True)
class Turn:
    """One in the row: why they are asked (volunteer, willing or before), how often and when they presented last."""

    member: int
    why: str
    times: int
    last: datetime | None


def row(floor: Floor) -> list[Turn]:
    """Everybody who may be asked, whose turn it is first."""
    before = {member for member, _at in floor.presented}
    turns = []
    for member in floor.members:
        if member in floor.out:
            continue
        given = [at for who, at in floor.presented if who == member]
        why = "volunteer" if member in floor.volunteers else "willing" if member in floor.willing else "before"
        if why != "before" or member in before:
            turns.append(Turn(member, why, len(given), max(given, default=None)))
    place = {member: n for n, member in enumerate(floor.members)}
    rank = {"volunteer": 0, "willing": 1, "before": 2}

    def key(turn: Turn) -> tuple[int, int, float, int]:
        last = turn.last.timestamp() if turn.last else float("-inf")
        return min(rank[turn.why], 1), turn.times, last, place[turn.member]

    return sorted(turns, key=key)


def roles(
    coming: Sequence[int], wanted: Sequence[str], had: Sequence[tuple[int, str]], taken: Mapping[str, int]
) -> dict[str, int]:
    """Who takes which part: whoever had it least, of those the one with the fewest parts in all; one part each.

    `taken` are parts that are given already. Where fewer come than there are parts, the last parts stay open.
    """
    given = dict(taken)
    for role in wanted:
        free = [member for member in coming if member not in given.values()]
        if role not in given and free:
            given[role] = min(free, key=lambda m: (_times(had, m, role), _times(had, m), coming.index(m)))
    return given


def _times(had: Sequence[tuple[int, str]], member: int, role: str | None = None) -> int:
    return sum(who == member and role in {None, what} for who, what in had)
