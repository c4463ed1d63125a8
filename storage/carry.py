"""What members have on a resource moves along when it is merged into another."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from storage.tables import note_requests, notes, readings, votes
from storage.writes import upsert

_OPPOSITE = {"up": "down", "down": "up"}
_DATES = ("saved_at", "started_at", "first_at", "second_at", "third_at")


def carry(db: sa.Connection, merged: Mapping[int, int]) -> None:
    """Move votes, readings and notes from the numbers given up to those that took over; both must exist.

    Where a member has the same on both, a vote counts once (of up and down the later one), and a reading
    keeps the deepest pass, the earliest dates and the state that was set last.
    """
    for old, new in merged.items():
        _carry_votes(db, old, new)
        _carry_readings(db, old, new)
        for table in (notes, note_requests):
            db.execute(table.update().where(table.c.number == old).values(number=new))


def _carry_votes(db: sa.Connection, old: int, new: int) -> None:
    rows = [*_rows(db, votes, new), *_rows(db, votes, old)]
    if not any(row["number"] == old for row in rows):
        return
    db.execute(votes.delete().where(votes.c.number.in_([old, new])))
    upsert(db, votes, latest_signals([row | {"number": new} for row in rows]))


def latest_signals(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Votes without doubles: each signal once, and of up and down the later one."""
    latest: dict[tuple[int, int, str], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda r: r["at"]):
        latest.pop((row["member"], row["number"], _OPPOSITE.get(row["signal"], "")), None)
        latest[row["member"], row["number"], row["signal"]] = row
    return list(latest.values())


def _carry_readings(db: sa.Connection, old: int, new: int) -> None:
    standing = {row["member"]: row for row in _rows(db, readings, new)}
    moved = []
    for row in _rows(db, readings, old):
        both = standing.get(row["member"])
        moved.append((united(both, row) if both else row) | {"number": new})
    upsert(db, readings, moved)


def united(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """One reading of two: the deepest pass, the earliest dates, and the state that was set last."""
    earlier, later = sorted((one, other), key=lambda r: r["changed_at"])
    dates = {name: min(filter(None, (one[name], other[name])), default=None) for name in _DATES}
    passes = max(one["passes"], other["passes"])
    state = "read" if later["state"] in {"to-read", "skipped"} and passes > later["passes"] else later["state"]
    rating = later["rating"] or earlier["rating"]
    return later | dates | {"passes": passes, "state": state, "rating": rating}


def _rows(db: sa.Connection, table: sa.Table, number: int) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in db.execute(sa.select(table).where(table.c.number == number))]
