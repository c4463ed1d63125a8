"""Mending typing errors with the catalogue's own words."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import sqlalchemy as sa
from rapidfuzz.distance import OSA, Prefix

from storage.search.analyse import grams, stem
from storage.search.postings import numbers, read
from storage.search.tables import search_words

_CANDIDATES = 200


def corrections(
    db: sa.Connection, unknown: Sequence[str], more: Iterable[str], neighbours: Collection[str] = ()
) -> dict[str, str]:
    """Unknown word → the likeliest known one, or two when it is two words written as one.

    `more` are words that are known although the catalogue does not use them; `neighbours` those unknown ones that
    stand in the catalogue as two words side by side. Words that resemble nothing stay out.
    """
    found: dict[str, str] = {}
    wanted = list(dict.fromkeys(unknown))[:12]
    if not wanted:
        return found
    candidates = _candidates(db, wanted)
    known = tuple(more)
    for word in wanted:
        best = _nearest(word, candidates[word], known, 1 if word in neighbours else _allowed(word))
        if best:
            found[word] = best
    pairs = _split(db, [word for word in wanted if word not in found and 6 <= len(word) <= 40])
    return found | pairs


def _allowed(word: str) -> int:
    """Errors that a word of this length may have."""
    return 1 if len(word) < 6 else 2 if len(word) < 11 else 3


def _candidates(db: sa.Connection, wanted: Sequence[str]) -> dict[str, dict[str, int]]:
    """For each unknown word, the spellings that share most letters with it, each with how often it occurs."""
    asked = {word: {f"w:{gram}" for gram in grams(word)} for word in wanted}
    blocks = read(db, {gram for found in asked.values() for gram in found})
    best = {word: _sharing_most([blocks[gram] for gram in found if gram in blocks]) for word, found in asked.items()}
    words = _words(db, sorted({identity for found in best.values() for identity in found}))
    counts = _frequencies(db, {token for _, token in words.values()})
    return {
        word: {words[n][0]: counts.get(words[n][1], 0) for n in found if n in words} for word, found in best.items()
    }


def _sharing_most(holders: Sequence[Iterable[tuple[int, bytes]]]) -> list[int]:
    """Ids of the words that have most of these grams."""
    found = [numbers(block, data) for blocks in holders for block, data in blocks]
    if not found:
        return []
    shared = np.bincount(np.concatenate(found))
    held = np.flatnonzero(shared)
    ranked: list[int] = held[np.lexsort((held, -shared[held]))][:_CANDIDATES].tolist()
    return ranked


def _words(db: sa.Connection, wanted: Sequence[int]) -> dict[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    for start in range(0, len(wanted), 500):
        query = sa.select(search_words).where(search_words.c.id.in_(wanted[start : start + 500]))
        found.update({row.id: (row.word, row.token) for row in db.execute(query)})
    return found


def _frequencies(db: sa.Connection, tokens: Iterable[str]) -> Mapping[str, int]:
    return {token: sum(len(data) // 4 for _, data in blocks) for token, blocks in read(db, tokens).items()}


def _nearest(word: str, candidates: Mapping[str, int], known: Iterable[str], most: int) -> str | None:
    ranked = []
    for candidate in {*candidates, *known}:
        if abs(len(candidate) - len(word)) > most:
            continue
        distance = OSA.distance(word, candidate, score_cutoff=most)
        if distance <= most:
            start = Prefix.similarity(word, candidate)
            # A wrong first letter is rare; one more equal letter at the start is worth little beside one error less.
            cost = distance + (0.6 if start == 0 else 0.0) - 0.02 * min(start, 5)
            ranked.append((cost, -candidates.get(candidate, 0), candidate))
    if not ranked:
        return None
    cost, _, best = min(ranked)
    return best if cost <= most else None


def _split(db: sa.Connection, words: Sequence[str]) -> dict[str, str]:
    """ "kvcachecompression" → "kvcache compression"."""
    halves = {(word, i): (word[:i], word[i:]) for word in words for i in range(3, len(word) - 2)}
    counts = _frequencies(db, {stem(half) for both in halves.values() for half in both})
    found: dict[str, tuple[int, str]] = {}
    for (word, _), (first, second) in halves.items():
        rarer = min(counts.get(stem(first), 0), counts.get(stem(second), 0))
        if rarer > found.get(word, (0, ""))[0]:
            found[word] = (rarer, f"{first} {second}")
    return {word: text for word, (_, text) in found.items()}
