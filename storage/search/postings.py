"""Which records have a token, and with what impact, in blocks that are small enough to change and fast to read.

A block holds 8,192 neighbouring numbers: the sorted 16-bit offsets, then as many 16-bit values.
"""

import struct
from collections.abc import Iterable, Mapping
from json import dumps

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

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


def pack(held: Mapping[int, int]) -> bytes:
    """A block from offset → value."""
    if len(held) == 1:  # most tokens of most blocks
        return struct.pack("<HH", *next(iter(held.items())))
    offsets = sorted(held)
    return struct.pack(f"<{2 * len(offsets)}H", *offsets, *map(held.__getitem__, offsets))


def unpack(data: bytes) -> dict[int, int]:
    """Offset → value of a block."""
    both = struct.unpack(f"<{len(data) // 2}H", data)
    half = len(both) // 2
    return dict(zip(both[:half], both[half:], strict=True))


class Changes:
    """Postings to take out and to put in, gathered and then written block by block."""

    def __init__(self) -> None:
        self._blocks: dict[int, dict[str, dict[int, int | None]]] = {}

    def put(self, number: int, impacts: Mapping[str, float]) -> None:
        """Give a record tokens, or change their impacts."""
        block, offset = divmod(number, BLOCK)
        tokens = self._blocks.setdefault(block, {})
        for token, impact in impacts.items():
            changed = tokens.get(token)
            if changed is None:
                changed = tokens[token] = {}
            changed[offset] = int(impact * FULL) or 1

    def put_value(self, number: int, token: str, value: int) -> None:
        """Give a record a token with a value that is no impact."""
        block, offset = divmod(number, BLOCK)
        self._blocks.setdefault(block, {}).setdefault(token, {})[offset] = value

    def drop(self, number: int, tokens: Iterable[str]) -> None:
        """Take tokens from a record, unless they are put again."""
        block, offset = divmod(number, BLOCK)
        changes = self._blocks.setdefault(block, {})
        for token in tokens:
            changes.setdefault(token, {}).setdefault(offset, None)

    def write(self, db: sa.Connection, chunk: int = 10_000) -> set[str]:
        """Write everything; returns the tokens of which a block became empty."""
        emptied: set[str] = set()
        for block, tokens in sorted(self._blocks.items()):
            wanted = sorted(tokens)
            for start in range(0, len(wanted), chunk):
                emptied |= _write(db, block, {token: tokens[token] for token in wanted[start : start + chunk]})
        self._blocks = {}
        return emptied


def _write(db: sa.Connection, block: int, changes: Mapping[str, Mapping[int, int | None]]) -> set[str]:
    stored = _read_block(db, block, changes)
    written: list[tuple[str, int, bytes]] = []
    emptied: list[str] = []
    for token, changed in changes.items():
        before = stored.get(token)
        after = _merged(before, changed) if before is not None else _fresh(changed)
        if after:
            if after != before:
                written.append((token, block, after))
        elif before is not None:
            emptied.append(token)
    _save(db, written)
    if emptied:
        db.execute(_DELETE, [{"token": token, "block": block} for token in emptied])
    return set(emptied)


def _fresh(changed: Mapping[int, int | None]) -> bytes:
    return pack({offset: value for offset, value in changed.items() if value is not None})


def _merged(before: bytes, changed: Mapping[int, int | None]) -> bytes:
    """The block after the changes; empty when nothing is left of it."""
    held = unpack(before)
    for offset, value in changed.items():
        if value is None:
            held.pop(offset, None)
        else:
            held[offset] = value
    return pack(held)


def _save(db: sa.Connection, rows: list[tuple[str, int, bytes]]) -> None:
    if not rows:
        return
    if db.dialect.name == "postgresql":
        tokens, blocks, data = zip(*rows, strict=True)
        db.execute(_UPSERT_ALL, {"tokens": list(tokens), "blocks": list(blocks), "data": list(data)})
    else:
        db.exec_driver_sql(_UPSERT, rows)


_UPSERT = (
    "INSERT INTO search_postings (token, block, data) VALUES (?, ?, ?) "
    "ON CONFLICT (token, block) DO UPDATE SET data = excluded.data"
)
_UPSERT_ALL = sa.text(
    "INSERT INTO search_postings (token, block, data) "
    "SELECT * FROM unnest(CAST(:tokens AS text[]), CAST(:blocks AS int[]), CAST(:data AS bytea[])) "
    "ON CONFLICT (token, block) DO UPDATE SET data = excluded.data"
)
_DELETE = sa.text("DELETE FROM search_postings WHERE token = :token AND block = :block")
_READ_BLOCK = {
    "sqlite": sa.text(
        "SELECT token, data FROM search_postings "
        "WHERE block = :block AND token IN (SELECT value FROM json_each(:tokens))"
    ),
    "postgresql": sa.text("SELECT token, data FROM search_postings WHERE block = :block AND token = ANY(:tokens)"),
}


def _read_block(db: sa.Connection, block: int, tokens: Iterable[str]) -> dict[str, bytes]:
    bound = dumps(list(tokens)) if db.dialect.name == "sqlite" else list(tokens)
    rows = db.execute(_READ_BLOCK[db.dialect.name], {"block": block, "tokens": bound})
    return {token: bytes(data) for token, data in rows}
