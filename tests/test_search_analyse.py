"""Text becomes the same tokens wherever it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.search.analyse import grams, slug, tokens, word
from storage.search.links import asked_tokens, link_tokens
from storage.search.postings import pack, unpack


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Speculative Decoding", ("specul", "decod")),
        ("DéjàVu", ("dejavu",)),
        ("ＫＶ cache", ("kv", "cach")),
        ("投机解码", ("投机", "机解", "解码")),
        ("vLLM 调度", ("vllm", "调度")),
        ("Hitchhiker's", ("hitchhik",)),
        ("Qwen2.5-VL", ("qwen2.5", "vl")),
        ("a\0b", ("a", "b")),
    ],
)
def test_text_becomes_tokens(text: str, expected: tuple[str, ...]) -> None:
    assert tokens(text) == expected


def test_compounds_have_parts_and_short_names_stay_whole() -> None:
    assert word("PagedAttention2").parts == ("page", "attent", "2")
    assert word("vLLM").parts == ()
    assert word("LLMs").tokens == word("LLM").tokens


def test_names_are_compared_without_article_and_punctuation() -> None:
    assert slug("The Llama 3 Herd: of Models!") == "llama 3 herd of models"


def test_grams_mark_the_edges() -> None:
    assert grams("abc") == ("^a", "^ab", "abc", "bc$")


@pytest.mark.parametrize(
    ("query", "token"),
    [
        ("2309.06180", "@arxiv:2309.06180"),
        ("arXiv:2309.06180v2", "@arxiv:2309.06180"),
        ("https://arxiv.org/pdf/2309.06180v1.pdf", "@arxiv:2309.06180"),
        ("doi.org/10.48550/arXiv.2309.06180", "@arxiv:2309.06180"),
        ("https://dl.acm.org/doi/pdf/10.1145/3600006.3613145", "@doi:10.1145/3600006.3613145"),
        ("https://www.GitHub.com/a/B.git", "@url:github.com/a/b"),
        ("a/b", "@repo:a/b"),
        ("https://openreview.net/pdf?id=AbC", "@openreview:abc"),
    ],
)
def test_identifiers_and_links_are_recognised(query: str, token: str) -> None:
    assert asked_tokens(query)[0] == token


@pytest.mark.parametrize(
    "query", ["kv cache", "vLLM", "Qwen2.5", "llm.int8", "what is 2309.06180", "", "http://[", "3.5"]
)
def test_words_are_no_identifier(query: str) -> None:
    assert asked_tokens(query) == ()


def test_a_link_is_also_found_by_the_pages_above_it() -> None:
    assert "@under:github.com/a" in link_tokens("https://github.com/a/b/")


@given(st.dictionaries(st.integers(0, 8191), st.integers(0, 65535)))
def test_blocks_survive_packing(values: dict[int, int]) -> None:
    pairs = [offset << 16 | value for offset, value in values.items()]
    assert unpack(pack(pairs)) == sorted(pairs)


@given(st.text())
def test_any_text_is_analysed_without_blanks_or_empty_tokens(text: str) -> None:
    assert all(token and not token.isspace() and "\0" not in token for token in tokens(text))
