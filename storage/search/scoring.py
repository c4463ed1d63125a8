"""How well records answer a query: one scorer for every engine, over all matching records at once."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from storage.search.concept import KIND, LITERAL, NAME, NARROWER, RELATED, TOPIC, Alternative
from storage.search.document import EVERY
from storage.search.memory import Known
from storage.search.postings import BLOCK, FULL, read

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]

_WEIGHTS = {LITERAL: 1.0, NAME: 0.95, NARROWER: 0.8, RELATED: 0.35, TOPIC: 0.5, KIND: 1.0}
_PARTIAL = 0.45
_ENTRY = 200
"""About what a token takes beside its postings."""
_NAMED = 0.15


@dataclass(frozen=True)
class Unit:
    """One part of a query with everything that it may be called in a record."""

    label: str
    alternatives: tuple[Alternative, ...]
    weight: float = 1.0
    words: int = 1


@dataclass
class Layout:
    """A dense line of places, one a record number, and the postings that were read onto it so far."""

    numbers: Places
    standing: npt.NDArray[np.int64]
    present: npt.NDArray[np.bool_]
    count: int
    base: dict[int, int]
    found: dict[str, tuple[Places, Floats]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)


@dataclass
class Reader:
    """The postings of one search, each read at most once while the catalogue stays as it is."""

    db: sa.Connection
    known: Known
    numbers: Places = field(init=False)
    standing: npt.NDArray[np.int64] = field(init=False)
    present: npt.NDArray[np.bool_] = field(init=False)
    count: int = field(init=False, default=0)
    _layout: Layout | None = field(init=False, default=None)

    def load(self, tokens: Iterable[str]) -> None:
        """Read the postings of these tokens, as far as that has not happened."""
        layout = self._layout = self._layout or self.known.layout
        wanted = set(tokens) - (layout.asked if layout else set())
        if layout is None:
            wanted.add(EVERY)
        blocks = read(self.db, wanted) if wanted else {}
        if layout is None:
            layout = self._layout = self.known.layout = _lay_out(blocks.get(EVERY, []))
        self.numbers, self.standing, self.present = layout.numbers, layout.standing, layout.present
        self.count = layout.count
        for token, found in blocks.items():
            postings = layout.found[token] = _places(layout.base, found)
            self.known.take(_ENTRY + postings[0].nbytes + postings[1].nbytes)
        layout.asked |= wanted  # last, so that another thread takes no token for read that is not there yet
        self.known.take(_ENTRY * (len(wanted) - len(blocks)))

    def has(self, token: str) -> bool:
        """Whether any record has the token (it must have been loaded)."""
        return self._layout is not None and token in self._layout.found

    def get(self, token: str) -> tuple[Places, Floats]:
        """Sorted places and impacts of a loaded token."""
        found = self._layout.found.get(token) if self._layout else None
        return found or (np.zeros(0, np.int64), np.zeros(0, np.float32))

    def zeros(self) -> Floats:
        """A value for every place."""
        return np.zeros(len(self.numbers), np.float32)

    def idf(self, frequency: int) -> float:
        """How telling something is that so many records have."""
        return math.log(1 + (self.count - frequency + 0.5) / (frequency + 0.5))


def _lay_out(every: Sequence[tuple[int, bytes]]) -> Layout:
    base = {block: i * BLOCK for i, (block, _) in enumerate(every)}
    numbers = [np.arange(block * BLOCK, (block + 1) * BLOCK, dtype=np.int64) for block, _ in every]
    standing = np.zeros(len(every) * BLOCK, np.int64)
    present = np.zeros(len(every) * BLOCK, np.bool_)
    places, values = _places(base, every)
    standing[places] = np.rint(values * FULL).astype(np.int64)
    present[places] = True
    return Layout(np.concatenate(numbers or [np.zeros(0, np.int64)]), standing, present, len(places), base)


def _places(base: Mapping[int, int], blocks: Iterable[tuple[int, bytes]]) -> tuple[Places, Floats]:
    places, values = [], []
    for block, data in blocks:
        start = base.get(block)
        if start is not None:
            both = np.frombuffer(data, dtype="<u2")
            half = len(both) // 2
            places.append(both[:half].astype(np.int64) + start)
            values.append(both[half:].astype(np.float32) / np.float32(FULL))
    if not places:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    if len(places) == 1:
        return places[0], values[0]
    return np.concatenate(places), np.concatenate(values)


@dataclass(frozen=True)
class Match:
    """How a unit fits: its weight in the query, strength at every place, and which alternatives took part.

    `named` are the places whose title or name it is.
    """

    unit: Unit
    mass: float
    strength: Floats
    used: tuple[Alternative, ...]
    named: Places


def match(reader: Reader, unit: Unit) -> Match | None:
    """The strength of a unit in every record; None when no record has anything of it."""
    known = reader.known
    if unit not in known.matches:
        found = known.matches[unit] = _match(reader, unit)
        known.take(_ENTRY + (found.strength.nbytes if found else 0))
    return known.matches[unit]


def _match(reader: Reader, unit: Unit) -> Match | None:
    groups: dict[str, Floats] = {}
    used: list[Alternative] = []
    named = [np.zeros(0, np.int64)]
    for alternative in unit.alternatives:
        if not all(map(reader.has, alternative.tokens)) and not alternative.partial:
            continue
        places, strengths = _both(reader, alternative)
        if len(places) == 0:
            continue
        used.append(alternative)
        if alternative.weight > 1 and alternative.relation in {LITERAL, NAME}:
            named.append(places)
        group = NAME if alternative.relation in {LITERAL, KIND} else alternative.relation
        values = groups.setdefault(group, reader.zeros())
        weighted = strengths * np.float32(_WEIGHTS[alternative.relation] * alternative.weight)
        values[places] = np.maximum(values[places], weighted)
    if not used:
        return None
    rest = np.ones(len(reader.numbers), np.float32)
    for values in groups.values():
        rest *= 1 - np.minimum(values, np.float32(0.98))
    told = groups.get(NAME)
    frequency = int(np.count_nonzero(told if told is not None else rest < 1))
    mass = reader.idf(frequency) * unit.weight * (1 + 0.25 * (min(unit.words, 4) - 1))
    return Match(unit, mass, 1 - rest, tuple(used), np.unique(np.concatenate(named)))


def _both(reader: Reader, alternative: Alternative) -> tuple[Places, Floats]:
    """Where all tokens of an alternative are, and how strongly; for partial ones also where only some are."""
    postings = [reader.get(token) for token in dict.fromkeys(alternative.tokens)]
    if len(postings) == 1:
        return postings[0]
    if alternative.partial:
        return _some(reader, postings)
    if any(len(places) == 0 for places, _ in postings):
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    postings.sort(key=lambda x: len(x[0]))
    shares = _shares(reader, postings)
    places, values = postings[0]
    total = values * np.float32(shares[0])
    for (others, more), share in zip(postings[1:], shares[1:], strict=True):
        at = np.minimum(np.searchsorted(others, places), len(others) - 1)
        same = others[at] == places
        places = places[same]
        total = total[same] + more[at[same]] * np.float32(share)
    return places, total


def _shares(reader: Reader, postings: Sequence[tuple[Places, Floats]]) -> list[float]:
    weights = [reader.idf(len(places)) for places, _ in postings]
    whole = sum(weights) or 1.0
    return [weight / whole for weight in weights]


def _some(reader: Reader, postings: Sequence[tuple[Places, Floats]]) -> tuple[Places, Floats]:
    total, having = reader.zeros(), reader.zeros()
    shares = _shares(reader, postings)
    for (places, values), share in zip(postings, shares, strict=True):
        total[places] += values * np.float32(share)
        having[places] += np.float32(share)
    places = np.flatnonzero(having)
    complete = having[places] > 0.999
    factor = np.where(complete, np.float32(1), np.float32(_PARTIAL) * having[places])
    return places, total[places] * factor


def combine(reader: Reader, matches: Sequence[Match]) -> Floats:
    """The score of every place: what is matched, times the share of the query that is matched at all."""
    score, covered = reader.zeros(), reader.zeros()
    whole = sum(m.mass for m in matches) or 1.0
    for m in matches:
        score += m.strength * np.float32(m.mass)
        score[m.named] += np.float32(_NAMED * m.mass)
        covered += np.minimum(m.strength * 4, 1).astype(np.float32) * np.float32(m.mass)
    return (score / np.float32(whole)) * (covered / np.float32(whole))
