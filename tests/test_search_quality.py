"""Search over the shipped lists finds what people look for, alike on both engines."""

import json
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from seeds.concepts import load_concepts
from storage import reading
from storage.resources import get_many
from storage.search import Results, search

SHARED = Path(__file__).parents[2] / "shared" / "search"
Ask = Callable[..., Results]


@pytest.fixture
def ask(catalogue: sa.Engine) -> Iterator[Ask]:
    """Search the shipped lists."""
    with reading(catalogue) as db:
        yield lambda query, **options: search(db, query, load_concepts(), **options)


@pytest.fixture
def titles(catalogue: sa.Engine) -> Iterator[Callable[..., list[str]]]:
    """The titles that a query finds, best first."""
    with reading(catalogue) as db:

        def find(query: str, limit: int = 10) -> list[str]:
            hits = search(db, query, load_concepts(), limit=limit).hits
            return [r.title for r in get_many(db, [hit.number for hit in hits])]

        yield find


Titles = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("query", "start"),
    [
        ("one queue is all you need", "One Queue Is All You Need"),
        ("hitchhiker's guide to program analysis", "The Hitchhiker's Guide to Program Analysis"),
        ("kv cache compression", "CacheGen: KV Cache Compression"),
        ("DistServe", "DistServe"),
        ("flashattention", "FlashAttention"),
        ("flash attention", "FlashAttention"),
        ("DejaVu kv streaming", "DéjàVu"),
        ("MTP", "DeepSeek 技术解读（2）- MTP"),
        ("Tri Dao", "Tri Dao"),
        ("方佳瑞", "方佳瑞"),
        ("Jiarui Fang", "方佳瑞"),
        ("tianqi", "Tianqi CHEN"),
        ("2410.22134", "ProMoE"),
        ("arxiv.org/pdf/2410.22134v1", "ProMoE"),
        ("https://doi.org/10.48550/arXiv.2410.22134", "ProMoE"),
        ("Hogwild!", "Hogwild! Inference"),
        ("O(1)", "BlitzScale"),
        ("λScale", "λScale"),
        ("lambda scale", "λScale"),
        ("vLLM 调度", "图解 vLLM V1 系列 5：调度器策略"),
        ("用 AI 做系统研究", "Barbarians at the Gate"),
        ("how much electricity does training use", "Perseus"),
    ],
)
def test_the_first_result_is_what_was_meant(titles: Titles, query: str, start: str) -> None:
    found = titles(query, 3)
    assert any(title.startswith(start) for title in found[:2]), found


@pytest.mark.parametrize("query", ["投机解码", "推测解码", "speculative decoding", "speculatve decodng"])
def test_a_topic_is_found_in_both_languages_and_with_errors(titles: Titles, query: str) -> None:
    found = titles(query)
    assert sum("pec" in title or "Lookahead" in title or "EAGLE" in title for title in found) >= 5


@pytest.mark.parametrize(
    ("query", "corrected"),
    [
        ("speculatve decodng", "speculative decoding"),
        ("moncake kvcache", "mooncake kvcache"),
        ("ditserve", "distserve"),
        ("kvcachecompression", "kvcache compression"),
        ("flash attention", None),
        ("requests wait behind long ones", None),
    ],
)
def test_only_errors_are_mended_and_said_so(ask: Ask, query: str, corrected: str | None) -> None:
    assert ask(query).corrected == corrected


def test_a_search_as_typed_mends_nothing(ask: Ask) -> None:
    assert ask("speculatve decodng", verbatim=True).corrected is None
    assert ask("moncake", verbatim=True).hits == ()


@pytest.mark.parametrize(
    ("query", "venue", "year"), [("SOSP 2025", "SOSP", 2025), ("EuroSys'24", "EuroSys", 2024), ("osdi24", "OSDI", 2024)]
)
def test_a_venue_with_its_year_lists_exactly_that(
    catalogue: sa.Engine, ask: Ask, query: str, venue: str, year: int
) -> None:
    with reading(catalogue) as db:
        found = get_many(db, [hit.number for hit in ask(query, limit=5).hits])
    assert {(r.venue, r.year) for r in found} == {(venue, year)}


def test_kinds_are_understood_in_both_languages(catalogue: sa.Engine, ask: Ask) -> None:
    for query in ("courses", "课程"):
        with reading(catalogue) as db:
            found = get_many(db, [hit.number for hit in ask(query, limit=4).hits])
        assert {r.kind for r in found} == {"course"}


def test_a_hit_says_why_also_in_the_other_language(ask: Ask) -> None:
    hit = ask("投机解码", limit=1).hits[0]
    assert any("pecul" in word.lower() or "投机" in word for word in hit.words)
    assert hit.why[0].asked == "投机解码"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the scorer leaves its file open
@pytest.mark.skipif(not SHARED.is_dir(), reason="the judged queries are not here")
def test_judged_queries_are_answered_well(catalogue: sa.Engine) -> None:
    judged = [json.loads(line) for line in (SHARED / "queries_public.jsonl").read_text(encoding="utf-8").splitlines()]
    sys.path.insert(0, str(SHARED))
    try:
        from score import Works, evaluate
    finally:
        sys.path.remove(str(SHARED))
    works = Works(str(SHARED / "works.json"))
    scores = []
    with reading(catalogue) as db:
        for query in judged:
            hits = search(db, query["query"], load_concepts(), limit=20).hits
            found = get_many(db, [hit.number for hit in hits])
            rows = [{"url": r.url, "urls": list(r.urls), "title": r.title} for r in found]
            scores.append(evaluate(query, rows, works))
    assert all(score["zero"] == 0 for score in scores)
    assert math.fsum(score["ndcg"] for score in scores) / len(scores) >= 0.9
