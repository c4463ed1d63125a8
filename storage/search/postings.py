"""Which records have a token, and with what impact, in blocks that are small enough to change and fast to read.

A block holds 8,192 neighbouring numbers: the sorted 16-bit offsets, then as many 16-bit values.
"""

import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from json import dumps

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from storage.bulk import among, insert_values
from storage.search.tables import search_postings

BLOCK = 8192
FULL = 65_535
"""The stored value of an impact of 1."""

_READ = {
    "sqlite": sa.text(
        "SELECT token, block, data FROM search_postings WHERE token IN (SELECT value FROM json_each(:tokens))"
    ),
    "postgresql": sa.text("SELECT token, block, data FROM search_postings WHERE token = ANY(:tokens)"),
}


def read(db: sa.Connection, tokens: Iterable[str]) -> Mapping[str, list[tuple[int, bytes]]]:
    """The blocks of each token that any record has."""
    wanted = sorted({token for token in tokens if "\0" not in token})
    bound = dumps(wanted) if db.dialect.name == "sqlite" else wanted
    found: dict[str, list[tuple[int, bytes]]] = {}
    for token, block, data in db.execute(_READ[db.dialect.name], {"tokens": bound}):
        found.setdefault(token, []).append((block, bytes(data)))
    for blocks in found.values():
        blocks.sort()
    return found


def numbers(block: int, data: bytes) -> npt.NDArray[np.int64]:
    """The numbers that a block holds."""
    both = np.frombuffer(data, dtype="<u2")
    return both[: len(both) // 2].astype(np.int64) + block * BLOCK


def values(data: bytes) -> npt.NDArray[np.float32]:
    """The values of a block, as shares of the largest possible one."""
    both = np.frombuffer(data, dtype="<u2")
    return both[len(both) // 2 :].astype(np.float32) / np.float32(FULL)


def pack(held: Iterable[int]) -> bytes:
    """A block of pairs, each offset << 16 | value; of several with one offset the last counts."""
    pairs = list(held)
    if len(pairs) == 1:  # most tokens of most blocks
        return struct.pack("<HH", pairs[0] >> 16, pairs[0] & FULL)
    latest = {pair >> 16: pair & FULL for pair in pairs}
    offsets = sorted(latest)
    return struct.pack(f"<{2 * len(offsets)}H", *offsets, *map(latest.__getitem__, offsets))


def unpack(data: bytes) -> list[int]:
    """The pairs of a block, each offset << 16 | value."""
    both = struct.unpack(f"<{len(data) // 2}H", data)
    half = len(both) // 2
    return [offset << 16 | value for offset, value in zip(both[:half], both[half:], strict=True)]


class Changes:
    """Postings to take out and to put in, gathered and then written block by block."""

    def __init__(self) -> None:
        self._put: dict[int, defaultdict[str, list[int]]] = {}
        self._dropped: dict[int, defaultdict[str, list[int]]] = {}

    def put(self, number: int, impacts: Mapping[str, float]) -> None:
        """Give a record tokens, or change their impacts."""
        tokens, offset = _place(self._put, number)
        for token, impact in impacts.items():
            tokens[token].append(offset | (int(impact * FULL) or 1))

    def put_value(self, number: int, token: str, value: int) -> None:
        """Give a record a token with a value that is no impact."""
        tokens, offset = _place(self._put, number)
        tokens[token].append(offset | value)

    def drop(self, number: int, tokens: Iterable[str]) -> None:
        """Take tokens from a record, unless they are put again."""
        dropped, offset = _place(self._dropped, number)
        for token in tokens:
            dropped[token].append(offset)

    def write(self, db: sa.Connection, chunk: int = 10_000) -> set[str]:
        """Write everything; returns the tokens of which a block became empty."""
        emptied: set[str] = set()
        for block in sorted(self._put.keys() | self._dropped.keys()):
            put: Mapping[str, list[int]] = self._put.get(block, {})
            dropped: Mapping[str, list[int]] = self._dropped.get(block, {})
            wanted = sorted(put.keys() | dropped.keys())
            for start in range(0, len(wanted), chunk):
                emptied |= _write(db, block, wanted[start : start + chunk], put, dropped)
        self._put, self._dropped = {}, {}
        return emptied


def _place(blocks: dict[int, defaultdict[str, list[int]]], number: int) -> tuple[defaultdict[str, list[int]], int]:
    """What is changed in a number's block, and its offset there, shifted as pairs have it."""
    block, offset = divmod(number, BLOCK)
    return blocks.setdefault(block, defaultdict(list)), offset << 16


def _write(
    db: sa.Connection,
    block: int,
    tokens: Sequence[str],
    put: Mapping[str, Sequence[int]],
    dropped: Mapping[str, Sequence[int]],
) -> set[str]:
    stored = _read_block(db, block, tokens)
    new: list[tuple[str, int, bytes]] = []
    changed: list[tuple[str, int, bytes]] = []
    emptied: list[str] = []
    for token in tokens:
        before = stored.get(token)
        if before is None:
            if token in put:
                new.append((token, block, pack(put[token])))
        elif not (after := _merged(before, put.get(token, ()), dropped.get(token, ()))):
            emptied.append(token)
        elif after != before:
            changed.append((token, block, after))
    insert_values(db, search_postings, ("token", "block", "data"), new)
    _save(db, changed)
    if emptied:
        db.execute(_DELETE, [{"token": token, "block": block} for token in emptied])
    return set(emptied)


def _merged(before: bytes, put: Sequence[int], dropped: Sequence[int]) -> bytes:
    """The block after the changes; empty when nothing is left of it."""
    half = len(before) // 2
    if not dropped and min(put) >> 16 > int.from_bytes(before[half - 2 : half], "little"):
        behind = pack(put)  # new records have the highest numbers
        middle = len(behind) // 2
        return before[:half] + behind[:middle] + before[half:] + behind[middle:]
    gone = {pair >> 16 for pair in dropped}
    return pack([*(pair for pair in unpack(before) if pair >> 16 not in gone), *put])


def _save(db: sa.Connection, rows: list[tuple[str, int, bytes]]) -> None:
    if not rows:
        return
    if db.dialect.name == "postgresql":
        tokens, blocks, data = zip(*rows, strict=True)
        db.execute(_UPDATE_ALL, {"tokens": list(tokens), "blocks": list(blocks), "data": list(data)})
    else:
        db.exec_driver_sql(_UPDATE, [(data, token, block) for token, block, data in rows])


_UPDATE = "UPDATE search_postings SET data = ? WHERE token = ? AND block = ?"
_UPDATE_ALL = sa.text(
    "UPDATE search_postings p SET data = n.data "
    "FROM unnest(CAST(:tokens AS text[]), CAST(:blocks AS int[]), CAST(:data AS bytea[])) AS n(token, block, data) "
    "WHERE p.token = n.token AND p.block = n.block"
)
_DELETE = sa.text("DELETE FROM search_postings WHERE token = :token AND block = :block")


def _read_block(db: sa.Connection, block: int, tokens: Iterable[str]) -> dict[str, bytes]:
    query = sa.select(search_postings.c.token, search_postings.c.data)
    wanted = query.where(search_postings.c.block == block, among(db, search_postings.c.token, tokens))
    return {token: bytes(data) for token, data in db.execute(wanted)}
