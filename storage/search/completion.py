"""Completing names while they are typed, errors forgiven."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from rapidfuzz import fuzz

from storage.search.analyse import slug
from storage.search.indexing import name_grams
from storage.search.postings import BLOCK, FULL, read
from storage.search.tables import search_names

_CANDIDATES = 150
_KINDS = ("title", "person", "venue")
_LEAST = 70


@dataclass(frozen=True)
class Completion:
    """A name that fits. `value` is what to insert: "#12" for a resource, else the name itself."""

    value: str
    label: str
    kind: str
    number: int | None = None


def complete(db: sa.Connection, prefix: str, kind: str | None = None, limit: int = 25) -> tuple[Completion, ...]:
    """The names of a kind ("title", "person", "venue"; None: any) that begin with, contain or resemble `prefix`."""
    typed = slug(prefix[:200])
    kinds = (kind,) if kind in _KINDS else _KINDS
    if not typed or limit <= 0:
        return _first(db, kinds, limit)
    rows = [row for row in _rows(db, _candidates(db, typed, kinds)) if row.kind in kinds]
    ranked = sorted(((_distance(typed, row), row.name.lower(), row.number, row) for row in rows), key=lambda x: x[:3])
    best = [row for distance, _, _, row in ranked if -distance[1] >= _LEAST or distance[0] < 3]
    return _distinct(best, limit)


def _first(db: sa.Connection, kinds: Sequence[str], limit: int) -> tuple[Completion, ...]:
    query = sa.select(search_names).where(search_names.c.kind.in_(list(kinds)))
    return _distinct(db.execute(query.order_by(search_names.c.id).limit(max(0, limit) * 2)).all(), limit)


def _candidates(db: sa.Connection, typed: str, kinds: Sequence[str]) -> list[int]:
    """Ids of the names that share most with what is typed."""
    words = typed.split()[:8]
    unfinished = words[-1]
    wanted: set[str] = set()
    for kind in kinds:
        wanted |= set(name_grams(kind, typed))
        wanted -= {f"{kind[0]}:{(unfinished[-2:] if len(unfinished) > 1 else '^' + unfinished)}$"}
    found = [(block, np.frombuffer(data, "<u2")) for held in read(db, wanted).values() for block, data in held]
    if not found:
        return []
    halves = [len(both) // 2 for _, both in found]
    offsets = np.concatenate([both[:half] for half, (_, both) in zip(halves, found, strict=True)])
    worths = np.concatenate([both[half:] for half, (_, both) in zip(halves, found, strict=True)])
    every = offsets + np.repeat([block * BLOCK for block, _ in found], halves)
    # Each shared gram counts four times what its place among the name's words can add to it.
    shared = np.bincount(every, weights=worths + np.float64(4 * FULL))
    near = np.flatnonzero(shared > 0)
    if len(near) > _CANDIDATES:  # sorting all of them would take longer than everything else
        worth = shared[near]
        near = near[worth >= np.partition(worth, -_CANDIDATES)[-_CANDIDATES]]
    best: list[int] = near[np.lexsort((near, -shared[near]))][:_CANDIDATES].tolist()
    return best


def _rows(db: sa.Connection, identities: Sequence[int]) -> list[sa.Row[tuple[int, str, str, int, int]]]:
    return list(db.execute(sa.select(search_names).where(search_names.c.id.in_(list(identities)))))


def _distance(typed: str, row: sa.Row[tuple[int, str, str, int, int]]) -> tuple[int, float, int]:
    """How far a name is: begins with it, has a word that does, contains it, resembles it; then how alike."""
    name = slug(row.name)
    alike = fuzz.partial_ratio(typed, name) if len(typed) <= len(name) else fuzz.ratio(typed, name)
    if name.startswith(typed):
        return 0, -alike, len(name)
    if f" {typed}" in name:
        return 1, -alike, len(name)
    if typed in name:
        return 2, -alike, len(name)
    return 3, -alike, len(name)


def _distinct(rows: Sequence[sa.Row[tuple[int, str, str, int, int]]], limit: int) -> tuple[Completion, ...]:
    """A person who is a resource is offered once, as that resource; a resource by its nearest name."""
    resources = {(row.kind, row.name) for row in rows if row.number}
    found: dict[str, Completion] = {}
    for row in rows:
        if not row.number and (row.kind, row.name) in resources:
            continue
        value = f"#{row.number}" if row.number else row.name
        found.setdefault(value, Completion(value, row.name, row.kind, row.number or None))
    return tuple(found.values())[: max(0, limit)]
