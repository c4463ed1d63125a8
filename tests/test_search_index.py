"""The index follows every change of a resource in the same transaction, and can be built anew at any time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from storage import reading, writing
from storage.catalogue import Change, write
from storage.records import Link, Listing, Resource, Source
from storage.search import Concepts, Memory, Results, complete, needs_reindex, reindex, search
from storage.search import indexing as index_module
from storage.search.tables import search_names, search_postings, search_records, search_state, search_words

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SOURCES = (Source("900", "Test", "markdown"), Source("901", "Other", "markdown"))


def made(number: int, title: str, **facts: object) -> Resource:
    """A resource of one list."""
    listing = Listing(source="900", entry_key=f"k{number}")
    values: dict[str, object] = {"kind": "paper", "listings": (listing,), **facts}
    return Resource(number=number, title=title, **values)  # type: ignore[arg-type]


@pytest.fixture
def filled(engine: sa.Engine) -> Iterator[sa.Engine]:
    """Three resources."""
    first = made(1, "Paged Attention for Serving", authors=("Ada Lovelace",), venue="SOSP", year=2023)
    second = made(2, "Ada Lovelace", kind="person", works=("Difference Engine",))
    third = made(3, "Difference Engine: Computing by Steam", links=(Link("author", 2),), year=2021)
    with writing(engine) as db:
        write(db, Change(added=(first, second, third), sources=SOURCES), NOW)
    return engine


def found(engine: sa.Engine, query: str, memory: Memory | None = None, verbatim: bool = False) -> list[int]:
    with reading(engine) as db:
        known = memory.at(db) if memory else None
        results: Results = search(db, query, Concepts(), known=known, verbatim=verbatim)
        return [hit.number for hit in results.hits]


def test_what_was_added_is_found(filled: sa.Engine) -> None:
    assert found(filled, "paged attention") == [1]
    assert found(filled, "ada lovelace") == [2, 1, 3]


def test_a_person_is_found_by_works_and_works_by_their_linked_author(filled: sa.Engine) -> None:
    assert found(filled, "difference engine") == [3, 2]
    assert found(filled, "person:lovelace steam") == [3]


def test_a_change_replaces_the_old_words(filled: sa.Engine) -> None:
    with writing(filled) as db:
        write(db, Change(changed=(made(1, "Virtual Memory"),)), NOW)
    assert found(filled, "paged attention", verbatim=True) == []
    assert found(filled, "virtual memory") == [1]


def test_a_change_that_is_rolled_back_never_shows(filled: sa.Engine) -> None:
    with filled.connect() as db:
        write(db, Change(changed=(made(1, "Virtual Memory"),)), NOW)
        db.rollback()
    assert found(filled, "virtual memory", verbatim=True) == []


def test_a_removed_person_leaves_no_word_and_no_name_behind(filled: sa.Engine) -> None:
    with writing(filled) as db:
        write(db, Change(changed=(made(1, "Paged Attention"), made(3, "Engine")), removed=(2,)), NOW)
    with reading(filled) as db:
        words = set(db.execute(sa.select(search_words.c.word)).scalars())
        tokens = "".join(db.execute(sa.select(search_postings.c.token)).scalars())
        names = set(db.execute(sa.select(search_names.c.name)).scalars())
        assert "Ada Lovelace" not in {x.label for x in complete(db, "ada")}
    assert not {"ada", "lovelace", "steam"} & words
    assert "lovelac" not in tokens
    assert names == {"Paged Attention", "Engine"}


def test_removing_everything_empties_every_table(filled: sa.Engine) -> None:
    with writing(filled) as db:
        write(db, Change(removed=(1, 2, 3)), NOW)
        for table in (search_postings, search_records, search_words, search_names):
            assert db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() == 0


def test_what_no_list_names_any_more_is_not_found(filled: sa.Engine) -> None:
    gone = made(1, "Paged Attention for Serving", listings=(Listing("900", "k1", listed=False),))
    with writing(filled) as db:
        write(db, Change(changed=(gone,)), NOW)
    assert found(filled, "paged attention", verbatim=True) == []


def test_a_fresh_index_needs_no_rebuilding(filled: sa.Engine) -> None:
    with reading(filled) as db:
        assert not needs_reindex(db)


def test_another_analyser_version_is_noticed_and_mended(filled: sa.Engine) -> None:
    with writing(filled) as db:
        db.execute(search_state.update().values(version=0))
        db.execute(search_records.update().values(version=0))
    with reading(filled) as db:
        assert needs_reindex(db)
    assert reindex(filled, batch=2) == 3
    with reading(filled) as db:
        assert not needs_reindex(db)
    assert found(filled, "paged attention") == [1]


def test_an_interrupted_rebuilding_goes_on_where_it_stopped(filled: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with writing(filled) as db:
        db.execute(search_state.update().values(version=0))
        db.execute(search_records.update().values(version=0))
    load, calls = index_module.get_many, iter(range(10))

    def fail_later(db: sa.Connection, numbers: list[int]) -> list[Resource]:
        if next(calls) == 2:
            raise KeyboardInterrupt
        return load(db, numbers)

    monkeypatch.setattr(index_module, "get_many", fail_later)
    with pytest.raises(KeyboardInterrupt):
        reindex(filled, batch=1)
    assert found(filled, "paged attention") == [1]
    monkeypatch.undo()
    assert reindex(filled, batch=1) == 1


def test_rebuilding_on_demand_indexes_everything(filled: sa.Engine) -> None:
    assert reindex(filled) == 3
    assert found(filled, "ada lovelace") == [2, 1, 3]


def test_resources_that_were_never_indexed_are_noticed(filled: sa.Engine) -> None:
    for table in (search_postings, search_records, search_words, search_names, search_state):
        with writing(filled) as db:
            db.execute(table.delete())
    with reading(filled) as db:
        assert needs_reindex(db)
    assert reindex(filled) == 3
    assert found(filled, "paged attention") == [1]


def test_numbers_far_apart_are_ranked_together(filled: sa.Engine) -> None:
    with writing(filled) as db:
        write(db, Change(added=(made(9_000_000, "Paged Attention again"),)), NOW)
    assert set(found(filled, "paged attention")) == {1, 9_000_000}


def test_equal_hits_are_ordered_by_lists_stars_recency_and_number(engine: sa.Engine) -> None:
    twice = (Listing("900", "a"), Listing("901", "a"))
    starred = (Listing("900", "b", stars=5),)
    rows = (
        made(1, "Same Words"),
        made(2, "Same Words"),
        made(3, "Same Words", year=2024),
        made(4, "Same Words", listings=starred),
        made(5, "Same Words", listings=twice),
    )
    with writing(engine) as db:
        write(db, Change(added=tuple(replace(r, urls=()) for r in rows), sources=SOURCES), NOW)
    assert found(engine, "same words") == [5, 4, 3, 1, 2]


def test_what_is_remembered_follows_every_change(filled: sa.Engine) -> None:
    memory = Memory()
    assert found(filled, "paged attention", memory=memory) == [1]
    assert found(filled, "paged attention", memory=memory) == [1]
    with writing(filled) as db:
        write(db, Change(changed=(made(3, "Paged Attention Explained"),), removed=(1,)), NOW)
    assert found(filled, "paged attention", memory=memory) == [3]
    with reading(filled) as db:
        assert [r.title for r in memory.at(db).get_many(db, [1, 3])] == ["Paged Attention Explained"]


def test_what_is_remembered_survives_no_rollback(filled: sa.Engine) -> None:
    memory = Memory()
    with filled.connect() as db:
        write(db, Change(changed=(made(1, "Something else"),)), NOW)
        assert search(db, "something else", Concepts(), known=memory.at(db)).total == 1
        db.rollback()
    assert found(filled, "something else", memory=memory) == []
    with writing(filled) as db:
        write(db, Change(changed=(made(2, "Something else again"),)), NOW)
    assert found(filled, "something else", memory=memory) == [2]


def test_what_is_remembered_stays_small(filled: sa.Engine) -> None:
    memory = Memory()
    with reading(filled) as db:
        before = memory.at(db)
        before.take(2**30)
        assert memory.at(db) is not before
    assert found(filled, "paged attention", memory=memory) == [1]
