"""Recommendations for programs: ranked lists for given profiles, and how good the method is on public data."""

import json
import math
import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bot import ranking
from bot.errors import UserError
from bot.language import mark
from bot.recommending import (
    NEVER_KINDS,
    SAVED,
    Library,
    Profile,
    for_group,
    make_library,
    numbers,
    read_library,
    worth_of_reading,
)
from seeds.identity import title_slug, url_key
from storage import Connection, Engine, reading
from storage.features import Features, weight
from storage.records import Resource
from storage.resources import all_resources, by_keys, get_many
from storage.search.document import analyse, standing

MOST = 1000
"""Results that one profile may ask for."""

CUT = 10


# ---- profiles in, ranked lists out ----


def recommended(engine: Engine, lines: Iterable[str]) -> Iterator[dict[str, object]]:
    """For each line (a JSON profile) one ranked list in the form of `paperclub search --json`.

    Raises UserError for a line that is no profile.
    """
    with reading(engine) as db:
        found = read_library(db)
    for text in lines:
        if text.strip():
            with reading(engine) as db:
                yield _answer(db, found, _parsed(text))


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        profile = json.loads(text)
    except ValueError as error:
        raise UserError(mark("A profile is one JSON object a line: {reason}"), reason=str(error)) from error
    if not isinstance(profile, dict) or not isinstance(profile.get("observed", []), list):
        raise UserError(mark("A profile is one JSON object a line: {reason}"), reason='"observed" is a list')
    return profile


def _answer(db: Connection, found: Library, asked: Mapping[str, Any]) -> dict[str, object]:
    profiles: dict[str, Profile] = {}
    for seen in asked.get("observed", []):
        number = _number(db, str(seen.get("url") or ""), str(seen.get("title") or ""))
        profile = profiles.setdefault(str(seen.get("user") or ""), Profile())
        if number is not None:
            profile.add(number, _worth(seen))
    count = max(1, min(MOST, int(asked.get("k") or 20)))
    allowed = _allowed(found, {number for profile in profiles.values() for number in profile.liked})
    ranked = numbers(found, for_group(found, list(profiles.values()), allowed, count)[0])
    known = {r.number: r for r in get_many(db, ranked)}
    results = [_row(known[number], 1 / place) for place, number in enumerate(ranked, 1) if number in known]
    return {"query": None, "corrected": None, "results": results}


def _row(resource: Resource, score: float) -> dict[str, object]:
    names = {"id": resource.number, "title": resource.title, "kind": resource.kind}
    return {**names, "url": resource.url, "urls": list(resource.urls), "score": round(score, 6)}


def _number(db: Connection, url: str, title: str) -> int | None:
    """The resource that is meant; among several under one link the one of that title."""
    key = url_key(url) if url else None
    by_url = by_keys(db, [key]) if key else []
    by_title = by_keys(db, [f"title:{title_slug(title)}"]) if title else []
    both = [number for number in by_url if number in by_title]
    return next(iter(both or by_url or by_title), None)


def _worth(seen: Mapping[str, Any]) -> float:
    value = float(seen.get("vote") or 0) + (SAVED if seen.get("saved") else 0.0)
    return value + worth_of_reading(int(seen.get("passes") or 0), int(seen.get("stars") or 0))


def _allowed(found: Library, seen: Collection[int]) -> Any:
    """The rows to choose from: nothing that was seen, people only for those who marked people."""
    rows = [row for number in seen if (row := found.row(number)) is not None]
    allowed = np.ones(len(found.space.numbers), dtype=bool)
    for kind in NEVER_KINDS:
        those = found.rows(f"@kind:{kind}")
        if not set(those.tolist()) & set(rows):
            allowed[those] = False
    allowed[rows] = False
    return np.flatnonzero(allowed)


# ---- how good it is ----


@dataclass(frozen=True)
class Case:
    """Readers of whom some marks are known (one reader, or a team), and what was hidden."""

    known: Sequence[Mapping[int, float]]
    hidden: frozenset[int]


Method = Callable[[Case, Any], Sequence[int]]
"""For a case and the rows that are allowed the best rows in order."""


def evaluate(engine: Engine) -> Iterator[str]:
    """A table, line by line: how well each method finds hidden entries of sections, marks of authors, and a team's."""
    with reading(engine) as db:
        resources = all_resources(db)
    unmarked = [
        replace(r, listings=tuple(replace(x, stars=None, read_passes=None, read=None) for x in r.listings))
        for r in resources
    ]
    bare = [replace(r, listings=tuple(replace(x, section=()) for x in r.listings), topics=()) for r in unmarked]
    by_words, by_all = library_of(bare), library_of(unmarked)
    sections = _sections(resources)
    protocols = {
        "leave-one": (by_words, _left_out(sections)),
        "co-listing": (by_words, _halves(sections)),
        "reader": (by_all, _reader_cases(resources)),
        "team": (by_words, _teams(sections)),
    }
    yield f"{'protocol':12}{'method':14}{'recall@10':>10}{'nDCG@10':>10}{'coverage':>10}{'diversity':>10}"
    for name, (found, cases) in protocols.items():
        for called, made_for in _METHODS.items():
            figures = _measured(found, cases, made_for(found))
            yield f"{name:12}{called:14}" + "".join(f"{figure:10.3f}" for figure in figures)


def library_of(resources: Sequence[Resource]) -> Library:
    """The library of resources that are not in a database's index."""
    names = {r.number: (r.title, *r.aliases) for r in resources}
    columns: dict[str, int] = {}
    cells: list[tuple[int, int, float]] = []
    pairs: set[tuple[int, int]] = set()
    sections: dict[tuple[str, ...], int] = {}
    marked: dict[str, list[int]] = {}
    for row, resource in enumerate(resources):
        makers = [name for x in resource.links if x.relation == "author" for name in names.get(x.number, ())]
        for token, impact in analyse(resource, makers).impacts.items():
            if token.startswith(("@kind:", "@topic:")):
                marked.setdefault(token, []).append(row)
            worth = weight(token)
            if worth is not None:
                cells.append((row, columns.setdefault(token, len(columns)), impact * worth))
        for x in resource.listings:
            if x.section:
                pairs.add((sections.setdefault((x.source, *x.section), len(sections)), row))
    stands = np.array([standing(r) for r in resources], dtype=np.int64)
    return make_library(
        Features(
            numbers=np.array([r.number for r in resources], dtype=np.int64),
            rows=np.array([cell[0] for cell in cells], dtype=np.int64),
            columns=np.array([cell[1] for cell in cells], dtype=np.int64),
            values=np.array([cell[2] for cell in cells], dtype=np.float32),
            sections=np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2),
            prior=(np.minimum(3, stands >> 13) / 6 + ((stands >> 10) & 7) / 14).astype(np.float32),
            years=((stands >> 4) & 63) + 1990,
            marked={token: np.array(rows, dtype=np.int64) for token, rows in marked.items()},
        )
    )


def _sections(resources: Sequence[Resource]) -> list[list[int]]:
    """The small sections of all lists, each in an order of chance."""
    sections: dict[tuple[str, ...], set[int]] = {}
    for resource in resources:
        for x in resource.listings:
            if x.listed and resource.kind not in NEVER_KINDS:
                sections.setdefault((x.source, *x.section), set()).add(resource.number)
    return [_shuffled(x, len(x)) for x in sections.values() if 4 <= len(x) <= ranking.SMALL_SECTION]


def _shuffled(members: Collection[int], seed: int) -> list[int]:
    order = sorted(members)
    random.Random(seed).shuffle(order)  # noqa: S311 - repeatable, no secret
    return order


def _left_out(sections: Sequence[Sequence[int]]) -> list[Case]:
    """All of a section but one is known; four times, each with another one."""
    return [Case([dict.fromkeys({*x} - {one}, 1.0)], frozenset({one})) for x in sections for one in x[:4]]


def _halves(sections: Sequence[Sequence[int]]) -> list[Case]:
    """Half of a section is known, the other half hidden, both ways round."""
    halves = [pair for x in sections for pair in ((x[::2], x[1::2]), (x[1::2], x[::2]))]
    return [Case([dict.fromkeys(known, 1.0)], frozenset(hidden)) for known, hidden in halves]


def _teams(sections: Sequence[Sequence[int]]) -> list[Case]:
    """Three readers who each know half of a section."""
    every = [*sections, *sections]
    teams = [every[i : i + 3] for i in range(len(sections))]
    return [
        Case(
            [dict.fromkeys(x[::2], 1.0) for x in team],
            frozenset(n for x in team for n in x[1::2]) - {n for x in team for n in x[::2]},
        )
        for team in teams
    ]


def _reader_cases(resources: Sequence[Resource]) -> list[Case]:
    """The marks of each list's author, a fifth hidden at a time; readers with few marks say too little."""
    marks: dict[str, dict[int, float]] = {}
    for resource in resources:
        for x in resource.listings:
            if x.read_passes or x.stars:
                worth = worth_of_reading(x.read_passes or 0, x.stars)
                marks.setdefault(x.source, {})[resource.number] = worth
    cases = []
    for own in marks.values():
        if len(own) < 20:
            continue
        order = _shuffled(own, 1)
        for fold in range(5):
            hidden = frozenset(order[fold::5])
            known = {number: own[number] for number in order if number not in hidden}
            cases.append(Case([known], frozenset(number for number in hidden if own[number] > 0)))
    return cases


def _best(allowed: Any, scores: Any) -> list[int]:
    return [int(row) for row in allowed[np.argsort(-scores[allowed], kind="stable")][:CUT]]


def _chance(_found: Library) -> Method:
    return lambda case, allowed: _shuffled(allowed.tolist(), sum(case.hidden))[:CUT]


def _popularity(found: Library) -> Method:
    return lambda _case, allowed: _best(allowed, found.space.prior)


def _neighbours(found: Library) -> Method:
    def method(case: Case, allowed: Any) -> list[int]:
        direction = np.zeros(found.space.width, dtype=np.float32)
        for known in case.known:
            for number, value in known.items():
                columns, values = found.space.words.row(found.space.row_of[number])
                direction[columns] += value * values
        return _best(allowed, ranking.along(found.space.words, direction))

    return method


def _linear_svm(found: Library) -> Method:
    """A support vector machine a reader, the marked against all others; a team's readers count alike."""
    kernel = _kernel(found.space.words, found.space.width)

    def method(case: Case, allowed: Any) -> list[int]:
        total = np.zeros(len(kernel))
        for known in case.known:
            signs = np.full(len(kernel), -1, dtype=np.float32)
            signs[[found.space.row_of[number] for number, value in known.items() if value > 0]] = 1
            scores = kernel @ _machine(kernel, signs)
            total += (scores - scores.min()) / max(np.ptp(scores), 1e-9)
        return _best(allowed, total)

    return method


def _kernel(words: ranking.Sparse, width: int) -> Any:
    dense = np.zeros((len(words.start) - 1, width), dtype=np.float32)
    dense[words.of_each(), words.columns] = words.values
    return dense @ dense.T + 1


def _machine(kernel: Any, signs: Any, strength: float = 0.1) -> Any:
    """The weights of the rows: squared hinge loss, both sides balanced, by Newton's steps (Chapelle 2007)."""
    share = np.where(signs > 0, (signs > 0).mean(), (signs < 0).mean())
    slack = (share / strength).astype(np.float32)
    weights = np.zeros_like(signs)
    inside = np.ones(len(signs), dtype=bool)
    for _ in range(20):
        weights = np.zeros_like(signs)
        here = np.flatnonzero(inside)
        weights[here] = np.linalg.solve(kernel[np.ix_(here, here)] + np.diag(slack[here]), signs[here])
        found = signs * (kernel @ weights) < 1
        if (found == inside).all():
            break
        inside = found
    return weights


def _paperclub(found: Library) -> Method:
    return lambda case, allowed: for_group(found, [Profile(dict(x)) for x in case.known], allowed, CUT)[0]


_METHODS: Mapping[str, Callable[[Library], Method]] = {
    "random": _chance,
    "popularity": _popularity,
    "neighbours": _neighbours,
    "linear-svm": _linear_svm,
    "paperclub": _paperclub,
}


def _measured(found: Library, cases: Sequence[Case], method: Method) -> tuple[float, float, float, float]:
    """Mean recall and nDCG, the share of the catalogue that is ever shown, and how unlike the shown ones are."""
    recalls, gains, unlike = [], [], []
    shown: set[int] = set()
    for case in cases:
        rows = method(case, _allowed(found, {number for known in case.known for number in known}))
        hits = [int(found.space.numbers[row]) in case.hidden for row in rows[:CUT]]
        best = min(CUT, len(case.hidden))
        recalls.append(sum(hits) / max(1, len(case.hidden)))
        ideal = sum(1 / math.log2(place + 2) for place in range(best))
        gains.append(sum(hit / math.log2(place + 2) for place, hit in enumerate(hits)) / max(ideal, 1e-9))
        shown.update(rows)
        unlike.append(_unlike(found, rows))
    coverage = len(shown) / max(1, min(len(found.space.numbers), CUT * len(cases)))
    return _mean(recalls), _mean(gains), coverage, _mean(unlike)


def _unlike(found: Library, rows: Sequence[int]) -> float:
    vectors = found.space.latent[list(rows)]
    likeness = vectors @ vectors.T
    pairs = len(rows) * (len(rows) - 1)
    return 1 - float(likeness.sum() - np.trace(likeness)) / pairs if pairs else 0.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
