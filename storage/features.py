"""What recommendations know of each resource: the words and marks of the search index, sections, and a prior."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from storage.search.document import EVERY
from storage.search.postings import BLOCK, FULL
from storage.search.tables import search_postings
from storage.tables import listings

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


def read(db: sa.Connection) -> Features:
    """Read everything; takes some seconds for 100,000 resources."""
    numbers, standing = _postings(db, EVERY)
    names: dict[str, int] = {}
    weights: list[float] = []
    stored: list[tuple[int, int, bytes]] = []
    for token, block, data in db.execute(_USEFUL):
        column = names.get(token)
        if column is None:
            worth = weight(token)
            if worth is None:
                continue
            column = names[token] = len(names)
            weights.append(worth)
        stored.append((column, block, bytes(data)))
    columns, found, impacts = _unpacked(stored)
    rows = np.searchsorted(numbers, found)
    known = np.isin(found, numbers)
    columns, rows, impacts = columns[known], rows[known], impacts[known]
    marks = {token: column for token, column in names.items() if token.startswith(("@kind:", "@topic:"))}
    return Features(
        numbers=numbers,
        rows=rows,
        columns=columns,
        values=(impacts / FULL * np.array(weights)[columns]).astype(np.float32),
        sections=_sections(db, numbers),
        prior=(np.minimum(3, standing >> 13) / 6 + ((standing >> 10) & 7) / 14).astype(np.float32),
        years=((standing >> 4) & 63) + 1990,
        marked={token: rows[columns == column] for token, column in marks.items()},
    )


_USEFUL = sa.select(search_postings.c.token, search_postings.c.block, search_postings.c.data).where(
    sa.func.substr(search_postings.c.token, 1, 1).not_in(["=", "~", "+"]),
    sa.func.substr(search_postings.c.token, 2, 1) != ":",
)
"""What `weight` would refuse anyway is not even fetched."""


def weight(token: str) -> float | None:
    """How much a token counts, None for what only search needs (names, links, glued words, 3-grams)."""
    if token.startswith("@"):
        return next((weight for mark, weight in _MARKS.items() if token.startswith(mark)), None)
    return None if token[:1] in {"=", "~", "+"} or token[1:2] == ":" else 1.0


def _postings(db: sa.Connection, token: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    query = sa.select(search_postings.c.block, search_postings.c.data).where(search_postings.c.token == token)
    rows = db.execute(query.order_by(search_postings.c.block))
    _columns, numbers, impacts = _unpacked([(0, row.block, bytes(row.data)) for row in rows])
    return numbers, impacts


def _unpacked(stored: Sequence[tuple[int, int, bytes]]) -> tuple[NDArray[np.int64], ...]:
    """The columns, numbers and impacts of all entries. Each part holds its numbers, then as many impacts."""
    sizes = np.array([len(data) // 4 for _column, _block, data in stored], dtype=np.int64)
    both = np.frombuffer(b"".join(data for _column, _block, data in stored), dtype="<u2").astype(np.int64)
    part = np.repeat(np.arange(len(sizes)), sizes)
    place = np.arange(len(part)) + (np.cumsum(sizes) - sizes)[part]
    columns = np.array([column for column, _block, _data in stored], dtype=np.int64)
    blocks = np.array([block for _column, block, _data in stored], dtype=np.int64)
    return columns[part], both[place] + blocks[part] * BLOCK, both[place + sizes[part]]


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
