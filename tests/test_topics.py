"""The topic tree and the rules that put entries onto it."""

import pytest

from seeds.entry import Entry
from seeds.lists import load_shipped
from seeds.topics import load_topics, load_tree, section_topics, topics_of


def test_the_tree_has_two_levels_and_unique_ids() -> None:
    ids = [topic.id for topic in load_topics()]
    assert len(ids) == len(set(ids))
    assert all(topic.parent is None or topic.parent in ids for topic in load_topics())
    assert max(topic.id.count("/") for topic in load_topics()) == 1


def test_every_topic_is_named_in_both_languages() -> None:
    assert all(topic.en and topic.zh and topic.en != topic.zh for topic in load_topics())
    for names in ([t.en for t in load_topics()], [t.zh for t in load_topics()]):
        assert len(names) == len(set(names))


def test_the_section_map_names_existing_topics() -> None:
    ids = {topic.id for topic in load_topics()}
    assert {t for paths in load_tree().sections.values() for mapped in paths.values() for t in mapped} <= ids


@pytest.mark.parametrize("document", load_shipped(), ids=lambda document: document.source)
def test_every_section_of_the_shipped_lists_has_a_topic(document: object) -> None:
    sections = {entry.section for entry in document.entries}  # type: ignore[attr-defined]
    unmapped = [s for s in sections if section_topics(s, document.source) == ("other",)]  # type: ignore[attr-defined]
    assert not unmapped


@pytest.mark.parametrize(
    ("heading", "topic"),
    [
        ("KV Cache Compression", "serving/kv-cache"),
        ("🚀 Speculative Decoding", "serving/speculative-decoding"),
        ("Quantization & Low-bit Training", "efficiency/quantization"),
        ("RLHF / Alignment", "training/post-training"),
        ("Survey Papers", "learning/surveys"),
        ("检查点与容错", "training/fault-tolerance"),
        ("多模态推理", "serving/multimodal"),
        ("Distributed Training", "training"),
        ("GPU Kernels", "infrastructure/kernels"),
    ],
)
def test_headings_of_foreign_lists_map_by_their_words(heading: str, topic: str) -> None:
    assert topic in section_topics(("My List", heading), "elsewhere")


def test_an_unknown_section_is_other() -> None:
    assert topics_of(Entry("paper", "Something", section=("Gardening",)), "elsewhere") == ("other",)
    assert topics_of(Entry("paper", "Something"), "elsewhere") == ("other",)


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("Fast Inference from Transformers via Speculative Decoding", "serving/speculative-decoding"),
        ("InfiniGen: Efficient Generative Inference with Dynamic KV Cache Management", "serving/kv-cache"),
        ("ProMoE: Fast MoE-based LLM Serving using Proactive Caching", "models/moe"),
        ("RAGCache: Efficient Knowledge Caching", "serving/rag"),
        ("HedraRAG: Co-Optimizing Generation", "serving/rag"),
        ("S-LoRA: Serving Thousands of Concurrent Adapters", "serving/lora"),
        ("GoCkpt: Multi-Step Overlapped Checkpointing", "training/fault-tolerance"),
        ("CS二猹树：LLM 量化", "efficiency/quantization"),
    ],
)
def test_strong_words_of_a_title_give_a_topic(title: str, topic: str) -> None:
    assert topic in topics_of(Entry("paper", title), "elsewhere")


@pytest.mark.parametrize("title", ["The Dragon Book", "A Fragment of Storage", "Harlequin"])
def test_acronyms_inside_other_words_do_not_count(title: str) -> None:
    assert topics_of(Entry("paper", title), "elsewhere") == ("other",)


def test_category_words_count_for_blogs_and_people() -> None:
    blog = Entry("blog", "图解", section=("Technical Blogs", "Basic Knowledges"), about="PD Disaggregation")
    assert topics_of(blog, "001") == ("learning", "serving/disaggregation")
    assert topics_of(Entry("person", "LiteAI", section=("算法方向",), about="量化"), "000") == (
        "people/algorithms",
        "efficiency/quantization",
    )


def test_a_child_stands_for_its_parent_and_four_are_enough() -> None:
    entry = Entry("paper", "KV cache offloading with MoE, LoRA, RAG and speculative decoding", section=("Serving",))
    found = topics_of(entry, "elsewhere")
    assert len(found) == 4
    assert "serving" not in found
