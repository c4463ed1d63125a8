"""The shipped lists: what they hold, and that they are what the importer makes of the raw documents."""

from dataclasses import replace
from pathlib import Path

import pytest

from seeds.build import TARGET, facts, main, read_directory, render
from seeds.entry import Document, Entry, Pointer
from seeds.identity import keys
from seeds.lists import dump_document, entry_from_json, entry_to_json, load_shipped, read_document
from seeds.merge import merge, plan
from storage.records import Resource

SHARED = Path(__file__).parents[2] / "shared" / "seeds"
needs_documents = pytest.mark.skipif(not SHARED.is_dir(), reason="the raw documents are not here")

FULL = Entry(
    kind="blog",
    title="图解",
    section=("Technical Blogs", "Basics"),
    line=3,
    title_zh="图解",
    urls=("https://x.org/1", "./a.md"),
    authors=("猛猿",),
    works=("SGLang",),
    affiliation="MIT",
    organisation="Ant",
    venue="SOSP",
    year=2025,
    date="2025-10",
    topics=("serving",),
    stars=0,
    read_passes=2,
    read=False,
    note_url="./n.md",
    code_urls=("https://github.com/a/b",),
    aliases=("A",),
    links=(Pointer("author", "https://x.org/me"),),
    damaged=("title",),
    about="Words.",
    derived=True,
)


def test_an_entry_survives_the_way_through_json() -> None:
    assert entry_from_json(entry_to_json(FULL)) == FULL
    assert entry_from_json(entry_to_json(Entry("paper", "A"))) == Entry("paper", "A")


def test_absent_facts_are_left_out_but_false_and_zero_are_facts() -> None:
    assert set(entry_to_json(Entry("paper", "A"))) == {"kind", "title", "line"}
    assert (entry_to_json(FULL)["read"], entry_to_json(FULL)["stars"]) == (False, 0)


def test_an_entry_of_a_newer_version_is_read_and_a_broken_one_refused() -> None:
    assert entry_from_json({"kind": "paper", "title": "A", "colour": "red"}) == Entry("paper", "A")
    with pytest.raises(ValueError, match="not an entry"):
        entry_from_json({"kind": "paper"})


def test_a_document_survives_the_way_through_its_file() -> None:
    document = Document("009", "A List", "markdown", "https://x.org", "abc", entries=(FULL, Entry("paper", "A\u2028B")))
    assert read_document(dump_document(document)) == document


@pytest.mark.parametrize("text", ["", "[]\n", '{"kind": "paper"}\n'])
def test_a_file_without_header_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="header line is missing"):
        read_document(text)


def test_facts_leave_the_curators_sentences_out_but_keep_their_topics() -> None:
    (entry,) = facts(Document("001", "L", "markdown", entries=(replace(FULL, topics=(), about="KV Cache"),))).entries
    assert entry.about is None
    assert "serving/kv-cache" in entry.topics


def test_the_five_lists_are_shipped_without_sentences() -> None:
    shipped = load_shipped()
    assert [document.source for document in shipped] == ["000", "001", "002", "003", "004"]
    assert not any(entry.about for document in shipped for entry in document.entries)
    assert all(entry.topics for document in shipped for entry in document.entries)


def test_every_shipped_entry_has_keys() -> None:
    assert all(keys(entry, document.source) for document in load_shipped() for entry in document.entries)


def test_building_needs_a_directory(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err


@needs_documents
def test_the_shipped_lists_are_what_the_documents_say() -> None:
    texts = render(read_directory(SHARED))
    shipped = {path.name: path.read_text(encoding="utf-8") for path in TARGET.glob("*.jsonl")}
    assert texts == shipped, "run python -m seeds.build"


def told(resource: Resource) -> Resource:
    listings = tuple(replace(listing, value={}) for listing in resource.listings)
    return replace(resource, about=None, listings=listings)


@needs_documents
def test_raw_documents_and_shipped_lists_make_one_catalogue() -> None:
    raw = merge(read_directory(SHARED))
    assert tuple(map(told, raw)) == tuple(map(told, merge(load_shipped())))


@pytest.fixture(scope="module")
def catalogue() -> tuple[Resource, ...]:
    return merge(load_shipped())


def by_arxiv(catalogue: tuple[Resource, ...], number: str) -> list[Resource]:
    return [resource for resource in catalogue if resource.arxiv_id == number]


@pytest.mark.parametrize("number", ["2309.06180", "2312.07104", "2407.21255", "2504.07491", "2501.12599", "2404.18322"])
def test_listings_of_one_arxiv_id_are_one_resource(catalogue: tuple[Resource, ...], number: str) -> None:
    (resource,) = by_arxiv(catalogue, number)
    assert len(resource.listings) > 1


def test_two_papers_under_one_id_are_two_flagged_resources(catalogue: tuple[Resource, ...]) -> None:
    assert [bool(resource.flags) for resource in by_arxiv(catalogue, "2506.14851")] == [True, True]
    wrong = [resource for resource in catalogue if resource.doi == "10.1145/3627703.3650074"]
    assert {resource.title.partition(":")[0] for resource in wrong} == {"HAP", "GMorph"}


def test_no_section_of_the_shipped_lists_is_unmapped(catalogue: tuple[Resource, ...]) -> None:
    assert not [resource.title for resource in catalogue if "other" in resource.topics]


def test_people_of_the_shipped_lists_are_linked_to_their_works(catalogue: tuple[Resource, ...]) -> None:
    people = {
        resource.number: resource for resource in catalogue if resource.kind in {"person", "lab"} and resource.works
    }
    pairs = {
        (people[link.number].title, resource.title)
        for resource in catalogue
        for link in resource.links
        if link.relation == "author" and link.number in people and resource.kind not in {"blog", "notes"}
    }
    assert len(pairs) >= 36
    assert not {title for _, title in pairs if title.startswith(("DéjàVu", "HydraInfer", "Ring Attention"))}


def test_importing_the_shipped_lists_twice_changes_nothing() -> None:
    shipped = load_shipped()
    assert plan(plan([], [], shipped).inserts, [], shipped).empty


def test_papers_beside_each_other_in_plain_text_stay_two(catalogue: tuple[Resource, ...]) -> None:
    (vllm,) = by_arxiv(catalogue, "2309.06180")
    (orca,) = [resource for resource in catalogue if "usenix:osdi22-yu" in resource.keys]
    assert vllm.title.startswith("Efficient Memory Management")
    assert {listing.source for listing in orca.listings} == {"002", "004"}
    assert {listing.source for listing in vllm.listings} == {"001", "002"}
