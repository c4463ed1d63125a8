"""Pure scoring of what to read next: vectors of resources, a member's taste, diversity, and fairness in a group.

A resource is a bag of weighted words and marks. A member's taste is learnt from a few marked resources by kernel
ridge regression on tf-idf, helped by latent semantic analysis, by neighbours in the lists' small sections, and by a
small prior. numpy is all it takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_NONE: Ints = np.zeros(0, dtype=np.int64)
_NOTHING: Floats = np.zeros(0, dtype=np.float32)
_EMPTY: Floats = np.zeros((0, 0), dtype=np.float32)

DIMENSIONS = 96
"""Of the latent space; fewer where there are fewer resources."""

BACKGROUND = 800
"""Resources of an even sample: the latent space is learnt from them, and unmarked they stand for "nothing in
particular", from which taste sets the marked ones apart."""

SMALL_SECTION = 30
"""Sections with more entries say little about what belongs together."""


COMMON = 0.7
"""How much a group's common taste counts beside what is owed to its members: more finds more, less is fairer."""


@dataclass(frozen=True)
class Weights:
    """How much each part counts, and how strongly the regression is held back (measured, see bot.evaluate)."""

    words: float = 0.5
    latent: float = 0.5
    sections: float = 0.05
    prior: float = 0.1
    topics: float = 0.5
    ridge: float = 0.3
    latent_ridge: float = 2.0
    background: float = 0.05
    background_per_mark: float = 0.02


DEFAULT = Weights()


@dataclass(frozen=True)
class Entries:
    """What a space is built from: for each pair (row, column) a weight, the sections of rows, and a prior in 0..1.

    `sections` are pairs (section, row) with sections counted from 0.
    """

    numbers: Ints
    rows: Ints
    columns: Ints
    values: Floats
    sections: Ints
    prior: Floats


@dataclass(frozen=True)
class Sparse:
    """A matrix by rows: those of row i are at `start[i]` to `start[i + 1]`."""

    start: Ints
    columns: Ints
    values: Floats

    def row(self, i: int) -> tuple[Ints, Floats]:
        """Columns and values of a row."""
        part = slice(self.start[i], self.start[i + 1])
        return self.columns[part], self.values[part]

    def some(self, rows: Ints) -> "Sparse":
        """A matrix of these rows only."""
        parts = [self.row(int(row)) for row in rows]
        start = np.cumsum([0, *(len(columns) for columns, _ in parts)])
        return Sparse(
            start,
            np.concatenate([_NONE, *(columns for columns, _ in parts)]),
            np.concatenate([_NOTHING, *(values for _, values in parts)]),
        )

    def of_each(self) -> Ints:
        """The row of each value."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))

    def weighted(self, weights: Floats, width: int) -> Floats:
        """The sum of all rows, each with a weight, as a vector of all columns."""
        summed = np.bincount(self.columns, weights=self.values * weights[self.of_each()], minlength=width)
        return summed.astype(np.float32)


def sparse(rows: Ints, columns: Ints, values: Floats, height: int) -> Sparse:
    """A matrix from its entries in any order."""
    order = np.argsort(rows, kind="stable")
    start = np.zeros(height + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=height), out=start[1:])
    return Sparse(start, columns[order], values[order])


@dataclass(frozen=True)
class Space:
    """Resources as vectors: tf-idf words, latent vectors, sections both ways, and the prior."""

    numbers: Ints
    words: Sparse
    width: int
    latent: Floats
    sections: Sparse
    by_section: Sparse
    prior: Floats
    background: "Background"
    row_of: dict[int, int] = field(repr=False)


@dataclass(frozen=True)
class Background:
    """An even sample of rows: their words, and how they are like each other.

    The kernel is kept as its eigenvectors and eigenvalues, for any strength of the regression.
    """

    rows: Ints
    words: Sparse
    vectors: Floats
    strengths: Floats
    latent: Floats


def build(entries: Entries) -> Space:
    """Turn entries into vectors: tf-idf of length 1, and their latent vectors."""
    height = len(entries.numbers)
    width = int(entries.columns.max(initial=-1)) + 1
    frequency = np.bincount(entries.columns, minlength=width)
    idf = np.log((1 + height) / (1 + frequency)).astype(np.float32) + 1
    values = entries.values * idf[entries.columns]
    norms = np.sqrt(np.bincount(entries.rows, weights=values.astype(np.float64) ** 2, minlength=height))
    values = (values / np.maximum(norms[entries.rows], 1e-9)).astype(np.float32)
    words = sparse(entries.rows, entries.columns, values, height)
    of, rows = (entries.sections[:, 0], entries.sections[:, 1]) if len(entries.sections) else (_NONE, _NONE)
    ones = np.ones(len(of), dtype=np.float32)
    background, latent = _background(words, width)
    count = int(of.max(initial=-1)) + 1
    return Space(
        numbers=entries.numbers,
        words=words,
        width=width,
        latent=latent,
        sections=sparse(rows, of, ones, height),
        by_section=sparse(of, rows, ones, count),
        prior=entries.prior,
        background=background,
        row_of={int(number): row for row, number in enumerate(entries.numbers)},
    )


def _even(height: int, most: int) -> Ints:
    """At most so many rows, evenly spread."""
    return np.unique(np.linspace(0, height - 1, min(height, most)).astype(np.int64))


def _dense(words: Sparse, rows: Ints, width: int) -> tuple[Ints, Floats]:
    """Some rows as a dense matrix over their own words: word → column (-1 where no row has it), and the matrix."""
    some = words.some(rows)
    kept = np.unique(some.columns)
    place = np.full(width, -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    dense = np.zeros((len(rows), len(kept)), dtype=np.float32)
    dense[some.of_each(), place[some.columns]] = some.values
    return place, dense


def _background(words: Sparse, width: int) -> tuple[Background, Floats]:
    """The sample, and every row's place along its main directions (latent semantic analysis)."""
    height = len(words.start) - 1
    rows = _even(height, BACKGROUND)
    place, dense = _dense(words, rows, width) if height else (_NONE, _EMPTY)
    strengths, vectors = np.linalg.eigh(dense @ dense.T)
    strengths = np.maximum(strengths, 0)
    size = max(1, min(DIMENSIONS, len(rows) - 1))
    scale = np.sqrt(np.maximum(strengths[-size:], 1e-9))
    latent = _projected(words, place, ((dense.T @ vectors[:, -size:]) / scale).astype(np.float32))
    share = min(1.0, BACKGROUND / max(1, height))
    return Background(rows, words.some(rows), vectors, strengths, latent.T @ latent * share), latent


def _projected(words: Sparse, columns: Ints, directions: Floats) -> Floats:
    """Every row along the directions, with length 1; some thousand rows at a time."""
    height = len(words.start) - 1
    placed = np.zeros((height, directions.shape[1]), dtype=np.float32)
    for first in range(0, height, 4096):
        last = min(first + 4096, height)
        part = slice(words.start[first], words.start[last])
        found = columns[words.columns[part]]
        rows = np.repeat(np.arange(last - first), np.diff(words.start[first : last + 1]))
        known = found >= 0
        weighted = directions[found[known]] * words.values[part][known, None]
        counts = np.bincount(rows[known], minlength=last - first)
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        filled = counts > 0
        if len(weighted):
            placed[first:last][filled] = np.add.reduceat(weighted, starts[filled], axis=0)
    norms = np.linalg.norm(placed, axis=1, keepdims=True)
    return np.asarray(placed / np.maximum(norms, 1e-9), dtype=np.float32)


@dataclass(frozen=True)
class Taste:
    """What is known of one reader: rows with how much each is liked (negative: disliked), and rows of chosen topics."""

    rows: Ints
    liked: Floats
    topics: Ints = field(default_factory=lambda: _NONE)


@dataclass(frozen=True)
class Scores:
    """A reader's score of every row, and what is needed to explain one."""

    total: Floats
    taste: Taste
    shares: Floats
    weights: Weights


def score(space: Space, taste: Taste, weights: Weights = DEFAULT) -> Scores:
    """Score every row for a reader. Without marks and topics only the prior speaks."""
    total = weights.prior * space.prior
    shares = np.zeros(len(taste.rows), dtype=np.float32)
    if len(taste.rows):
        strength = min(0.9, weights.background + weights.background_per_mark * len(taste.rows))
        by_words, shares = _by_words(space, taste, weights.ridge, strength)
        total = total + weights.words * _scaled(by_words)
        total = total + weights.latent * _scaled(_by_latent(space, taste, weights.latent_ridge, strength))
        total = total + weights.sections * _scaled(_by_sections(space, taste))
    if len(taste.topics):
        centre = space.latent[taste.topics].mean(axis=0)
        near = space.latent @ centre
        inside = np.zeros(len(space.numbers), dtype=np.float32)
        inside[taste.topics] = 0.5
        total = total + weights.topics * _scaled(near / max(float(np.linalg.norm(centre)), 1e-9) + inside)
    return Scores(total.astype(np.float32), taste, shares, weights)


def _scaled(values: Floats) -> Floats:
    top = float(np.abs(values).max(initial=0.0))
    return (values / top).astype(np.float32) if top > 0 else values


def _by_words(space: Space, taste: Taste, ridge: float, strength: float) -> tuple[Floats, Floats]:
    """Kernel ridge regression on words, and the share of each marked row.

    The background is taken into the kernel once and for all: its rows are observed as 0 with this strength, which
    leaves a regression of no more than the marked rows.
    """
    marked = space.words.some(taste.rows)
    back = space.background
    across, kernel = _products(marked, back.words, space.width), _products(marked, marked, space.width)
    turned = across @ back.vectors
    held = turned / (back.strengths + ridge / strength)
    # A marked row of the background was observed as 0 as well; what is observed here makes up for that.
    missing = np.where(np.isin(taste.rows, back.rows), 1 - strength, 1)
    solved = np.linalg.solve(kernel - held @ turned.T + np.diag(ridge / missing), taste.liked / missing)
    shares = solved.astype(np.float32)
    direction = marked.weighted(shares, space.width)
    direction -= back.words.weighted(back.vectors @ (shares @ held), space.width)
    return along(space.words, direction), shares


def _products(some: Sparse, others: Sparse, width: int) -> Floats:
    """The products of some rows with all rows of another matrix."""
    direction = np.zeros(width, dtype=np.float32)
    products = np.zeros((len(some.start) - 1, len(others.start) - 1), dtype=np.float32)
    for i in range(len(products)):
        columns, values = some.row(i)
        direction[columns] = values
        products[i] = along(others, direction)
        direction[columns] = 0
    return products


def along(words: Sparse, direction: Floats) -> Floats:
    """The product of every row with a vector of all words."""
    height = len(words.start) - 1
    products = words.values * direction[words.columns]
    filled = np.flatnonzero(np.diff(words.start))
    scores = np.zeros(height, dtype=np.float32)
    if len(filled):
        scores[filled] = np.add.reduceat(products, words.start[filled])
    return scores


def likeness(space: Space, row: int, others: Ints) -> Floats:
    """How like the words of some rows are to those of one."""
    columns, values = space.words.row(row)
    direction = np.zeros(space.width, dtype=np.float32)
    direction[columns] = values
    found = (space.words.row(int(other)) for other in others)
    return np.array([direction[c] @ v for c, v in found], dtype=np.float32)


def _by_latent(space: Space, taste: Taste, ridge: float, strength: float) -> Floats:
    marked = space.latent[taste.rows]
    inner = (1 - strength) * marked.T @ marked + strength * space.background.latent + ridge * np.eye(marked.shape[1])
    return np.asarray(space.latent @ np.linalg.solve(inner, marked.T @ taste.liked).astype(np.float32))


def _by_sections(space: Space, taste: Taste) -> Floats:
    """What stands beside the marked rows in small sections, worth less the more stands there."""
    scores = np.zeros(len(space.numbers), dtype=np.float32)
    for row, liked in zip(taste.rows, taste.liked, strict=True):
        for section in space.sections.row(int(row))[0]:
            beside, _ = space.by_section.row(int(section))
            if len(beside) <= SMALL_SECTION:
                scores[beside] += liked / np.sqrt(len(beside))
    return scores


def diverse(space: Space, scores: Floats, candidates: Ints, count: int, balance: float) -> list[int]:
    """Choose rows one by one: high scores, less what is like those chosen already (maximal marginal relevance).

    `balance` 0 keeps the order of the scores; nearer to 1, likeness counts more.
    """
    pool = candidates[np.argsort(-scores[candidates], kind="stable")][: max(50, 4 * count)]
    if not len(pool):
        return []
    worth = _scaled(scores[pool] - scores[pool].min()) if len(pool) > 1 else scores[pool]
    near = np.zeros(len(pool), dtype=np.float32)
    chosen: list[int] = []
    left = np.ones(len(pool), dtype=bool)
    while len(chosen) < min(count, len(pool)):
        value = np.where(left, (1 - balance) * worth - balance * near, -np.inf)
        best = int(np.argmax(value))
        chosen.append(int(pool[best]))
        left[best] = False
        near = np.maximum(near, space.latent[pool] @ space.latent[pool[best]])
    return chosen


def because_of(space: Space, scores: Scores, row: int) -> int | None:
    """The liked row with the largest share in a row's score, or None where none has any."""
    taste, weights = scores.taste, scores.weights
    if not len(taste.rows):
        return None
    words = likeness(space, row, taste.rows) * scores.shares
    latent = (space.latent[taste.rows] @ space.latent[row]) * taste.liked
    share = weights.words * words + 0.1 * weights.latent * latent
    share[(taste.liked <= 0) | (taste.rows == row)] = -np.inf
    best = int(np.argmax(share))
    return int(taste.rows[best]) if share[best] > 0.01 else None


def fair(member_scores: Sequence[Floats], together: Floats, candidates: Ints, count: int) -> list[int]:
    """Choose rows for a group so that nobody is left out: each next row adds most to those served least so far.

    Proportional fairness: the gain of a member is divided by what they have already got. `together` are the scores
    for all marks as one taste; they speak for what the group has in common.
    """
    if not len(candidates):
        return []
    gains = np.stack([_relative(scores[candidates]) for scores in member_scores])
    common = COMMON * _from_zero(together[candidates])
    served = np.full(len(member_scores), 0.5)
    chosen: list[int] = []
    left = np.ones(len(candidates), dtype=bool)
    while len(chosen) < min(count, len(candidates)):
        owed = 1 / served
        value = np.where(left, owed @ gains / owed.sum() + common, -np.inf)
        best = int(np.argmax(value))
        chosen.append(int(candidates[best]))
        left[best] = False
        served += gains[:, best]
    return chosen


def _from_zero(scores: Any) -> Any:
    """Scores from 0 for the least to 1 for the best."""
    least, top = float(scores.min()), float(scores.max())
    return (scores - least) / max(top - least, 1e-9)


def _relative(scores: Any) -> Any:
    """Scores as a member sees them: their best is 1, what is worse than the upper part counts next to nothing."""
    top, middle = float(scores.max()), float(np.quantile(scores, 0.8))
    return np.clip((scores - middle) / max(top - middle, 1e-9), 0, 1) ** 2
