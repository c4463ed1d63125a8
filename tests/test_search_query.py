"""What can be typed: filters, phrases, exclusions, links; and anything at all without an error."""

import random
import time
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from seeds.concepts import load_concepts
from storage import reading
from storage.records import Resource
from storage.resources import get_many
from storage.search import Filters, search
from storage.search.query import clean, parse, years

Find = Callable[..., list[Resource]]


@pytest.fixture
def find(catalogue: sa.Engine) -> Iterator[Find]:
    """The resources that a query finds in the shipped lists."""
    with reading(catalogue) as db:

        def ask(query: str, **options: object) -> list[Resource]:
            hits = search(db, query, load_concepts(), **{"limit": 50, **options}).hits  # type: ignore[arg-type]
            return get_many(db, [hit.number for hit in hits])

        yield ask


def test_a_query_is_taken_apart() -> None:
    asked = parse('kind:paper "kv cache" serving -edge year:2023-2025 unread foo:bar')
    assert asked.words == "serving foo:bar"
    assert (asked.phrases, asked.excluded, asked.unread) == (("kv cache",), ("edge",), True)
    assert [(f.name, f.value) for f in asked.filters] == [("kind", "paper"), ("year", "2023-2025")]


@pytest.mark.parametrize(
    "query", ["https://arxiv.org/abs/2309.06180", "well-known", "a - b", 'say "', "DistServe: the paper"]
)
def test_what_only_looks_like_an_operator_stays_words(query: str) -> None:
    asked = parse(query)
    assert (asked.phrases, asked.excluded, asked.filters) == ((), (), ())
    assert asked.words == query


def test_nothing_but_exclusions_is_looked_for() -> None:
    assert parse("-edge").words == "edge"


@pytest.mark.parametrize(
    ("value", "span"),
    [
        ("2024", (2024, 2024)),
        ("2023-2025", (2023, 2025)),
        ("2025-2023", (2023, 2025)),
        ("2023-", (2023, 9999)),
        ("-2020", (1000, 2020)),
        ("soon", None),
        ("", None),
    ],
)
def test_years_are_read(value: str, span: tuple[int, int] | None) -> None:
    assert years(value) == span


def test_control_characters_and_length_are_cut() -> None:
    assert clean("a\0b\n\tc" + "x" * 10_000).startswith("a b c")
    assert len(clean("x" * 10_000)) == 500


def _year(resource: Resource) -> int:
    return resource.year or int((resource.date or "0")[:4])


def test_filters_hold_for_every_result(find: Find) -> None:
    assert {r.kind for r in find("kind:course")} == {"course"}
    assert all(r.venue == "OSDI" or "osdi" in r.urls[0] for r in find("venue:OSDI serving"))
    assert {_year(r) for r in find("year:2023-2024 llm")} == {2023, 2024}
    assert all("serving/kv-cache" in r.topics for r in find("topic:serving/kv-cache"))
    assert all("serving/speculative-decoding" in r.topics for r in find("主题:投机解码"))
    assert all(any(x.source == "002" for x in r.listings) for r in find("source:002"))


def test_a_venue_that_only_the_link_tells_counts(find: Find) -> None:
    assert any(r.title.startswith("InfiniGen") for r in find("OSDI 24"))


def test_filters_may_be_chinese_and_may_exclude(find: Find) -> None:
    assert {r.kind for r in find("类型:course")} == {"course"}
    assert "person" not in {r.kind for r in find("tri dao -kind:person")}


def test_filters_may_be_options(find: Find) -> None:
    assert {r.kind for r in find("vllm", filters=Filters(kinds=("blog",), has=()))} == {"blog"}
    assert {_year(r) for r in find("llm", filters=Filters(years=(2024, 2024)))} == {2024}


def test_a_person_filter_needs_every_word_of_the_name(find: Find) -> None:
    assert find('person:"猛猿"')
    assert all("猛猿" in (*r.authors, r.title) for r in find('person:"猛猿"'))


def test_code_can_be_demanded(find: Find) -> None:
    assert find("has:code serving")
    assert len(find("has:code serving")) < len(find("serving"))


def test_unknown_filters_and_values_are_words(find: Find) -> None:
    assert find("colour:red flashattention")[0].title.startswith("FlashAttention")
    assert find("venue:nowhere flashattention")[0].title.startswith("FlashAttention")


def test_unread_leaves_out_what_the_member_has_read(find: Find) -> None:
    first = find("mooncake")[0].number
    assert first not in [r.number for r in find("mooncake unread", read=lambda: [first])]
    assert first in [r.number for r in find("mooncake", read=lambda: [first])]


def test_a_phrase_must_stand_word_for_word(find: Find) -> None:
    assert [r.title for r in find('"all you need"')]
    assert all("All You Need" in r.title for r in find('"all you need"'))
    assert find('"need you all"') == []


def test_excluded_words_are_in_no_result(find: Find) -> None:
    assert any("survey" in r.title.lower() for r in find("inference survey"))
    assert not any("survey" in r.title.lower() for r in find("inference -survey"))


def test_a_link_finds_its_resource_and_what_is_linked_to_it(find: Find) -> None:
    assert find("https://github.com/vllm-project/vllm.git")[0].title == "vLLM"
    assert find("vllm-project/vllm")[0].title == "vLLM"
    assert find("https://openreview.net/forum?id=uLpyWQPyF9")[0].title.startswith("Scaling Beyond")
    assert find("lmzheng.net")[0].title == "Lianmin Zheng"


@pytest.mark.parametrize("query", ["arxiv:2501.12345", "https://doi.org/10.1145/99999.99999"])
def test_the_id_of_an_unknown_paper_finds_nothing_else(find: Find, query: str) -> None:
    assert find(query) == []


def test_kinds_may_be_named_in_chinese(find: Find) -> None:
    spoken = [[r.number for r in find(f"{said} vllm")] for said in ("kind:博客", "类型：博客", "kind:blog")]
    assert spoken[0] == spoken[1] == spoken[2] != []


def test_a_number_finds_its_resource(find: Find) -> None:
    number = find("mooncake")[0].number
    assert find(f"#{number}")[0].number == number
    assert find("#99999999") == []


def test_pages_continue_each_other(find: Find) -> None:
    whole = [r.number for r in find("serving", limit=30)]
    pages = [r.number for start in (0, 10, 20) for r in find("serving", limit=10, offset=start)]
    assert pages == whole


def test_nothing_found_names_near_topics(catalogue: sa.Engine) -> None:
    with reading(catalogue) as db:
        results = search(db, 'quantization "qqq zzz"', load_concepts())
    assert (results.hits, results.total) == ((), 0)
    assert "efficiency/quantization" in results.suggestions


def _noise(random_: random.Random) -> str:
    alphabets = (
        "abc xyz ",
        '"-:*()^~+&|!\\%_',
        "量化推理，。：",
        "\0\x01\x7f\ud7ff\uffff",
        "éßİıſΩ",
        "🙂👨‍👩‍👧",
        "0123456789.",
        "العربية हिन्दी",
    )
    size = random_.choice((1, 3, 10, 40, 200))
    return "".join(random_.choice(random_.choice(alphabets)) for _ in range(size))


OPERATORS = (
    *("NOT", "AND OR", '"', '""', "*", "-", "--", ":", "kind:", 'kind:"', "year:", "a AND (b", "NEAR(a b)", "title:x"),
    *("' OR 1=1 --", "%_%", "\\", "#", "#0", "\0", "", "   ", "x" * 10_000, "的" * 10_000, "a " * 5_000),
    *('"a' * 3_000, "-a " * 3_000, "kind:paper " * 900),
)


def test_no_text_makes_an_error_or_takes_long(catalogue: sa.Engine) -> None:
    random_ = random.Random(7)
    concepts = load_concepts()
    with reading(catalogue) as db:
        for query in (*OPERATORS, *(_noise(random_) for _ in range(600))):
            start = time.process_time()
            results = search(db, query, concepts)
            assert time.process_time() - start < 1, query[:50]
            assert len(results.hits) <= 10
