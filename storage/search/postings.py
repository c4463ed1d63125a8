"""Which records have a token, and with what impact, in blocks that are small enough to change and fast to read.

A block holds 8,192 neighbouring numbers: the sorted 16-bit offsets, then as many 16-bit values.
"""

import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from json import dumps

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


def pack(values: Mapping[int, int]) -> bytes:
    """A block from offset → value."""
    offsets = sorted(values)
    packed = array("H", offsets)
    packed.extend(values[offset] for offset in offsets)
    return _little(packed).tobytes()


def unpack(data: bytes) -> dict[int, int]:
    """Offset → value of a block."""
    both = array("H")
    both.frombytes(data)
    both = _little(both)
    half = len(both) // 2
    return dict(zip(both[:half], both[half:], strict=True))


def _little(numbers: "array[int]") -> "array[int]":
    if sys.byteorder == "big":  # pragma: no cover
        numbers.byteswap()
    return numbers


def quantise(impact: float) -> int:
    """An impact in 0..1 as a stored value; what is there at all is at least 1."""
    return max(1, min(FULL, round(impact * FULL)))


class Changes:
    """Postings to take out and to put in, gathered and then written block by block."""

    def __init__(self) -> None:
        self._blocks: dict[tuple[str, int], dict[int, int | None]] = {}

    def put(self, token: str, number: int, value: int) -> None:
        """Give a record a token, or change its value."""
        block, offset = divmod(number, BLOCK)
        self._blocks.setdefault((token, block), {})[offset] = value

    def drop(self, token: str, number: int) -> None:
        """Take a token from a record, unless it is put again."""
        block, offset = divmod(number, BLOCK)
        self._blocks.setdefault((token, block), {}).setdefault(offset, None)

    def write(self, db: sa.Connection, chunk: int = 5000) -> set[str]:
        """Write everything; returns the tokens of which a block became empty."""
        keys = sorted(self._blocks)
        emptied: set[str] = set()
        for start in range(0, len(keys), chunk):
            emptied |= self._write(db, keys[start : start + chunk])
        self._blocks = {}
        return emptied

    def _write(self, db: sa.Connection, keys: Sequence[tuple[str, int]]) -> set[str]:
        stored = read_blocks(db, keys)
        written: list[dict[str, object]] = []
        emptied: list[tuple[str, int]] = []
        for key in keys:
            changed = self._blocks[key]
            before = stored.get(key)
            after = _merged(before, changed)
            if after:
                if after != before:
                    written.append({"token": key[0], "block": key[1], "data": after})
            elif before is not None:
                emptied.append(key)
        if written:
            db.execute(_UPSERT, written)
        if emptied:
            db.execute(_DELETE, [{"token": token, "block": block} for token, block in emptied])
        return {token for token, _ in emptied}


def _merged(before: bytes | None, changed: Mapping[int, int | None]) -> bytes:
    values = unpack(before) if before else {}
    for offset, value in changed.items():
        if value is None:
            values.pop(offset, None)
        else:
            values[offset] = value
    return pack(values) if values else b""


_UPSERT = sa.text(
    "INSERT INTO search_postings (token, block, data) VALUES (:token, :block, :data) "
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


def read_blocks(db: sa.Connection, keys: Iterable[tuple[str, int]]) -> dict[tuple[str, int], bytes]:
    """Those of the named blocks that exist."""
    by_block: dict[int, list[str]] = {}
    for token, block in keys:
        by_block.setdefault(block, []).append(token)
    found: dict[tuple[str, int], bytes] = {}
    for block, tokens in by_block.items():
        bound = dumps(tokens) if db.dialect.name == "sqlite" else tokens
        for token, data in db.execute(_READ_BLOCK[db.dialect.name], {"block": block, "tokens": bound}):
            found[token, block] = bytes(data)
    return found
