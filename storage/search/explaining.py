"""Saying why a record matches: what was asked, what the record says instead, and which words of its title they are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa

from storage.search.analyse import pieces, word
from storage.search.concept import LITERAL, TOPIC
from storage.search.scoring import Floats, Match, Places, Reader
from storage.tables import resources

_TITLES = sa.select(resources.c.number, resources.c.title, resources.c.title_zh).where(
    resources.c.number.in_(sa.bindparam("chosen", expanding=True))
)


@dataclass(frozen=True)
class Why:
    """One reason for a hit: what was asked, and what the record says instead (the same text when it is literal)."""

    asked: str
    found: str


@dataclass(frozen=True)
class Hit:
    """One result. `words` are to be highlighted in its title; `why` also names synonyms and other languages."""

    number: int
    score: float
    words: tuple[str, ...] = ()
    why: tuple[Why, ...] = ()


def explained(reader: Reader, matches: Sequence[Match], page: Places, score: Floats) -> tuple[Hit, ...]:
    """The hits at these places, each with its reasons."""
    numbers = [int(reader.numbers[place]) for place in page]
    titles = _titles(reader.db, numbers)
    tokens_used = {t for m in matches for a in m.used for t in a.tokens}
    having: dict[int, set[str]] = {place: set() for place in page.tolist()}
    for token in tokens_used:
        for place in _holders(reader, token, page):
            having[place].add(token)
    hits = []
    for place, number in zip(page.tolist(), numbers, strict=True):
        why, matched = _reasons(matches, place, having[place])
        hits.append(Hit(number, float(score[place]), _highlights(titles.get(number, ()), matched), why))
    return tuple(hits)


def _titles(db: sa.Connection, numbers: Sequence[int]) -> Mapping[int, tuple[str, ...]]:
    rows = db.execute(_TITLES, {"chosen": list(numbers[:500])})
    return {number: tuple(filter(None, (title, title_zh))) for number, title, title_zh in rows}


def _reasons(matches: Sequence[Match], place: int, having: set[str]) -> tuple[tuple[Why, ...], set[str]]:
    """Why this place matches, which has these tokens, and all tokens of it that took part."""
    why: list[Why] = []
    matched: set[str] = set()
    for found in matches:
        if found.strength[place] <= 0:
            continue
        here = [a for a in found.used if having.issuperset(a.tokens)]
        some = [a for a in found.used if a.partial and not having.isdisjoint(a.tokens)]
        matched.update(t for a in here for t in a.tokens)
        matched.update(t for a in some for t in a.tokens if t in having)
        literal = any(a.relation == LITERAL for a in (*here, *some))
        said = [a.label for a in here if a.relation not in {LITERAL, TOPIC}] or [a.label for a in here]
        why.append(Why(found.unit.label, found.unit.label if literal or not said else said[0]))
    return tuple(why), matched


def _holders(reader: Reader, token: str, page: Places) -> list[int]:
    """Those of the page's places that have the token."""
    places, _ = reader.get(token)
    if len(places) == 0:
        return []
    found = places[np.minimum(np.searchsorted(places, page), len(places) - 1)]
    held: list[int] = page[found == page].tolist()
    return held


def _highlights(titles: Iterable[str], matched: set[str]) -> tuple[str, ...]:
    """The words of the titles that took part, as they are written there."""
    found: dict[str, None] = {}
    for title in titles:
        for piece in pieces(title):
            analysed = word(piece)
            hit = [token for token in analysed.tokens if token in matched]
            if hit and analysed.plain != hit[0] and len(analysed.tokens) > 1:
                found.update(dict.fromkeys(hit))
            elif hit or any(part in matched for part in analysed.parts):
                found[piece] = None
    return tuple(found)
