"""What recommendations know of each resource: the words and marks of the search index, sections, and a prior."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from storage.search.document import EVERY
from storage.search.postings import BLOCK, FULL
from storage.search.tables import search_postings
from storage.tables import listings, resources

_MARKS = {"@kind:": 1.0, "@topic:": 1.0, "@venue:": 0.5, "@source:": 0.5}
"""Facts that count like words, and how much (measured together with bot.ranking's weights)."""


@dataclass(frozen=True)
class Features:
    """The numbers of all indexed resources in order, and by row: words (row, column, weight), kinds, topics, years.

    `sections` are pairs (section, row); `prior` in 0..1 says how much lists and stars speak for a row.
    """

    numbers: NDArray[np.int64]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: NDArray[np.float32]
    sections: NDArray[np.int64]
    prior: NDArray[np.float32]
    years: NDArray[np.int64]
    marked: dict[str, NDArray[np.int64]]


def stamp(db: sa.Connection) -> datetime | None:
    """Changes whenever any resource was added or changed."""
    changed: datetime | None = db.execute(sa.select(sa.func.max(resources.c.updated_at))).scalar()
    return changed


def read(db: sa.Connection) -> Features:
    """Read everything; takes about a second for 100,000 resources."""
    numbers, standing = _postings(db, EVERY)
    rows: list[NDArray[np.int64]] = []
    columns: list[NDArray[np.int64]] = []
    values: list[NDArray[np.float32]] = []
    marked: dict[str, list[NDArray[np.int64]]] = {}
    names: dict[str, int] = {}
    query = sa.select(search_postings.c.token, search_postings.c.block, search_postings.c.data)
    for token, block, data in db.execute(query):
        worth = weight(token)
        if worth is None:
            continue
        found, impacts = _unpacked(block, data)
        placed = np.searchsorted(numbers, found)
        placed_well = (placed < len(numbers)) & (numbers[np.minimum(placed, len(numbers) - 1)] == found)
        placed, impacts = placed[placed_well], impacts[placed_well]
        if token.startswith(("@kind:", "@topic:")):
            marked.setdefault(token, []).append(placed)
        rows.append(placed)
        columns.append(np.full(len(placed), names.setdefault(token, len(names)), dtype=np.int64))
        values.append((impacts / FULL * worth).astype(np.float32))
    return Features(
        numbers=numbers,
        rows=np.concatenate([np.zeros(0, dtype=np.int64), *rows]),
        columns=np.concatenate([np.zeros(0, dtype=np.int64), *columns]),
        values=np.concatenate([np.zeros(0, dtype=np.float32), *values]),
        sections=_sections(db, numbers),
        prior=(np.minimum(3, standing >> 13) / 6 + ((standing >> 10) & 7) / 14).astype(np.float32),
        years=((standing >> 4) & 63) + 1990,
        marked={token: np.concatenate(parts) for token, parts in marked.items()},
    )


def weight(token: str) -> float | None:
    """How much a token counts, None for what only search needs (names, links, glued words, 3-grams)."""
    if token.startswith("@"):
        return next((weight for mark, weight in _MARKS.items() if token.startswith(mark)), None)
    return None if token[:1] in {"=", "~", "+"} or token[1:2] == ":" else 1.0


def _postings(db: sa.Connection, token: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    query = sa.select(search_postings.c.block, search_postings.c.data).where(search_postings.c.token == token)
    parts = [_unpacked(row.block, row.data) for row in db.execute(query.order_by(search_postings.c.block))]
    empty = np.zeros(0, dtype=np.int64)
    return np.concatenate([empty, *(a for a, _ in parts)]), np.concatenate([empty, *(b for _, b in parts)])


def _unpacked(block: int, data: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    both = np.frombuffer(bytes(data), dtype="<u2").astype(np.int64)
    half = len(both) // 2
    return both[:half] + block * BLOCK, both[half:]


def _sections(db: sa.Connection, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pairs (section, row), each once; only sections that anything has."""
    query = sa.select(listings.c.source, listings.c.section, listings.c.number).where(listings.c.listed)
    known = {int(number): row for row, number in enumerate(numbers)}
    names: dict[tuple[str, ...], int] = {}
    pairs = set()
    for source, section, number in db.execute(query.order_by(listings.c.source, listings.c.line)):
        if number in known:
            pairs.add((names.setdefault((source, *section), len(names)), known[number]))
    return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
