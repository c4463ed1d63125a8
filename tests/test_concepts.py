"""The concept table is sound, and a club can add to it."""

import pytest

from seeds.concepts import load_concepts, read_concepts
from seeds.entry import KINDS
from seeds.topics import load_topics
from storage.search import Concept, Concepts
from storage.search.concept import units


def test_every_concept_has_its_own_id_and_known_topics_and_kinds() -> None:
    concepts = load_concepts().concepts
    topics = {topic.id for topic in load_topics()}
    assert len({c.id for c in concepts}) == len(concepts) > 150
    assert {t for c in concepts for t in c.topics} <= topics
    assert {k for c in concepts for k in c.kinds} <= set(KINDS)


def test_most_concepts_of_the_domain_have_a_chinese_name() -> None:
    concepts = [c for c in load_concepts().concepts if c.topics]
    chinese = [c for c in concepts if any("\u4e00" <= char <= "\u9fff" for name in c.names for char in name)]
    assert len(chinese) == len(concepts)


def test_no_concept_names_a_term_twice() -> None:
    for concept in load_concepts().concepts:
        for names in (concept.names, concept.narrower, concept.related):
            assert len(set(names)) == len(names), concept.id


def test_the_longest_phrase_wins() -> None:
    length, found = load_concepts().matching(units(["kv", "cache", "compression", "x"]))
    assert (length, [c.id for c in found]) == (3, ["kv-compression"])


def test_a_club_adds_words_to_a_concept_and_concepts_of_its_own() -> None:
    table = Concepts((Concept("a", ("alpha",)),)).extended([Concept("a", ("阿尔法",)), Concept("b", ("beta",))])
    assert [(c.id, c.names) for c in table.concepts] == [("a", ("alpha", "阿尔法")), ("b", ("beta",))]


@pytest.mark.parametrize(
    "text", ['[[concept]]\nid = "a"', '[[concept]]\nnames = ["a"]', '[[concept]]\nid="a"\nnames=["a"]\nx=1']
)
def test_a_broken_table_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a concept"):
        read_concepts(text)
