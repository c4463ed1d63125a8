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
    PASSES,
    SAVED,
    Library,
    Profile,
    for_group,
    for_one,
    make_library,
    numbers,
    read_library,
    star_weight,
)
from seeds.identity import title_slug, url_key
from storage import Connection, Engine, reading
from storage.features import Features
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
    rows, scores = _ranked(found, list(profiles.values()), count)
    known = {r.number: r for r in get_many(db, numbers(found, rows))}
    results = [
        _row(known[number], scores[row])
        for row, number in zip(rows, numbers(found, rows), strict=True)
        if number in known
    ]
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
    value = float(seen.get("vote") or 0) + PASSES.get(min(3, int(seen.get("passes") or 0)), 0.0)
    value += star_weight(int(seen.get("stars") or 0))
    return value + (SAVED if seen.get("saved") else 0.0)


def _ranked(found: Library, profiles: Sequence[Profile], count: int) -> tuple[list[int], Mapping[int, float]]:
    """Rows for one or several readers: nothing they have seen, people only for those who marked people."""
    seen = {number for profile in profiles for number in profile.liked}
    allowed = _allowed(found, seen)
    if len(profiles) > 1:
        rows, _ = for_group(found, profiles, allowed, count)
        return rows, {row: 1 / place for place, row in enumerate(rows, 1)}
    rows, scores = for_one(found, profiles[0] if profiles else Profile(), allowed, count)
    return rows, {row: float(scores.total[row]) for row in rows}


def _allowed(found: Library, seen: Collection[int]) -> Any:
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
    """A reader of whom some marks are known, and what was hidden."""

    known: Mapping[int, float]
    hidden: frozenset[int]


Method = Callable[[Library, Case, Any], list[int]]


def evaluate(engine: Engine) -> Iterator[str]:
    """A table, line by line: each method on held-out entries of sections and on held-out marks of list authors."""
    with reading(engine) as db:
        resources = all_resources(db)
    bare = [replace(r, listings=tuple(replace(x, section=()) for x in r.listings), topics=()) for r in resources]
    unmarked = [
        replace(r, listings=tuple(replace(x, stars=None, read_passes=None, read=None) for x in r.listings))
        for r in resources
    ]
    protocols = {
        "co-listing": (library_of(bare), _section_cases(resources)),
        "reader": (library_of(unmarked), _reader_cases(resources)),
    }
    yield f"{'protocol':12}{'method':14}{'recall@10':>10}{'nDCG@10':>10}{'coverage':>10}{'diversity':>10}"
    for name, (found, cases) in protocols.items():
        for called, method in _METHODS.items():
            figures = _measured(found, cases, method)
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
            if not token.startswith(("=", "~", "@")) or token.startswith(("@kind:", "@topic:", "@venue:")):
                cells.append((row, columns.setdefault(token, len(columns)), impact))
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


def _section_cases(resources: Sequence[Resource]) -> list[Case]:
    """Half of a section is known, the other half hidden, both ways round."""
    sections: dict[tuple[str, ...], list[int]] = {}
    for resource in resources:
        for x in resource.listings:
            if x.listed and resource.kind not in NEVER_KINDS:
                sections.setdefault((x.source, *x.section), []).append(resource.number)
    cases = []
    for members in sections.values():
        members = sorted(set(members))
        if 4 <= len(members) <= ranking.SMALL_SECTION:
            random.Random(len(members)).shuffle(members)  # noqa: S311 - repeatable, no secret
            halves = members[::2], members[1::2]
            for known, hidden in (halves, halves[::-1]):
                cases.append(Case(dict.fromkeys(known, 1.0), frozenset(hidden)))
    return cases


def _reader_cases(resources: Sequence[Resource]) -> list[Case]:
    """The marks of each list's author, a fifth hidden at a time; readers with few marks say too little."""
    marks: dict[str, dict[int, float]] = {}
    for resource in resources:
        for x in resource.listings:
            value = PASSES.get(min(3, x.read_passes or 0), 0.0) + star_weight(x.stars)
            if x.read_passes or x.stars:
                marks.setdefault(x.source, {})[resource.number] = value
    cases = []
    for own in marks.values():
        if len(own) < 20:
            continue
        order = sorted(own)
        random.Random(1).shuffle(order)  # noqa: S311
        for fold in range(5):
            hidden = frozenset(number for number in order[fold::5] if own[number] > 0)
            known = {number: own[number] for number in order if number not in set(order[fold::5])}
            cases.append(Case(known, hidden))
    return cases


def _by_chance(found: Library, case: Case, allowed: Any) -> list[int]:
    rows = allowed.tolist()
    random.Random(sum(case.known)).shuffle(rows)  # noqa: S311
    return list(rows[:CUT])


def _by_popularity(found: Library, case: Case, allowed: Any) -> list[int]:
    return [int(row) for row in allowed[np.argsort(-found.space.prior[allowed], kind="stable")][:CUT]]


def _by_neighbours(found: Library, case: Case, allowed: Any) -> list[int]:
    direction = np.zeros(found.space.width, dtype=np.float32)
    for number, value in case.known.items():
        columns, values = found.space.words.row(found.space.row_of[number])
        direction[columns] += value * values
    scores = ranking.along(found.space.words, direction)
    return [int(row) for row in allowed[np.argsort(-scores[allowed], kind="stable")][:CUT]]


def _by_paperclub(found: Library, case: Case, allowed: Any) -> list[int]:
    return for_one(found, Profile(dict(case.known)), allowed, CUT)[0]


_METHODS: Mapping[str, Method] = {
    "random": _by_chance,
    "popularity": _by_popularity,
    "neighbours": _by_neighbours,
    "paperclub": _by_paperclub,
}


def _measured(found: Library, cases: Sequence[Case], method: Method) -> tuple[float, float, float, float]:
    """Mean recall and nDCG, the share of the catalogue that is ever shown, and how unlike the shown ones are."""
    recalls, gains, unlike = [], [], []
    shown: set[int] = set()
    for case in cases:
        rows = method(found, case, _allowed(found, set(case.known)))
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
