"""Keeping the index in step with the resources, and building it anew while everything goes on."""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa

from storage.bulk import among, insert_rows
from storage.records import Resource
from storage.resources import get_many
from storage.search.analyse import ANALYSER_VERSION, grams, slug
from storage.search.document import EVERY, Indexed, analyse
from storage.search.postings import Changes
from storage.search.tables import search_names, search_postings, search_records, search_state, search_words
from storage.tables import resources

_CHUNK = 4096
_LOCK = 731_959


def index(db: sa.Connection, resources: Iterable[Resource]) -> None:
    """Insert or replace these resources in the index, in the caller's transaction.

    A resource that no list names any more is taken out of the index.
    """
    _lock(db)
    batch: list[Resource] = []
    for resource in resources:
        batch.append(resource)
        if len(batch) == _CHUNK:
            _replace(db, batch)
            batch = []
    if batch:
        _replace(db, batch)


def remove(db: sa.Connection, numbers: Iterable[int]) -> None:
    """Take these resources out of the index with every word and name that only they had."""
    gone = list(numbers)
    if not gone:
        return
    _lock(db)
    for start in range(0, len(gone), _CHUNK):
        _write(db, gone[start : start + _CHUNK], ())


def needs_reindex(db: sa.Connection) -> bool:
    """Whether some resources are indexed by another version of the analyser, or not at all."""
    version = db.execute(sa.select(search_state.c.version)).scalar()
    return version != ANALYSER_VERSION or bool(_outdated(db, 1))


def reindex(engine: sa.Engine, batch: int = 500) -> int:
    """Index everything that this version has not indexed yet; returns how many resources.

    Each batch is a transaction of its own, so searches and changes go on meanwhile and an interrupted run resumes.
    When everything is up to date, it starts from nothing.
    """
    with engine.begin() as db:
        if not needs_reindex(db):
            db.execute(search_records.update().values(version=0))
    done = 0
    while True:
        with engine.begin() as db:
            _lock(db)
            numbers = _outdated(db, batch)
            if not numbers:
                _finish(db)
                return done
            _replace(db, get_many(db, numbers))
            done += len(numbers)


def _outdated(db: sa.Connection, batch: int) -> list[int]:
    current = sa.select(search_records.c.number).where(search_records.c.version == ANALYSER_VERSION)
    query = sa.select(resources.c.number).where(resources.c.listed, resources.c.number.not_in(current))
    return list(db.execute(query.order_by(resources.c.number).limit(batch)).scalars())


def _finish(db: sa.Connection) -> None:
    """Clear away what belongs to no resource, and note the version."""
    known = sa.select(resources.c.number).where(resources.c.listed)
    strays = list(
        db.execute(
            sa.select(search_records.c.number).where(
                sa.or_(search_records.c.version != ANALYSER_VERSION, search_records.c.number.not_in(known))
            )
        ).scalars()
    )
    remove(db, strays)
    db.execute(search_state.update().values(version=ANALYSER_VERSION))


def _lock(db: sa.Connection) -> None:
    # Two writers would change the same blocks; on SQLite the transaction itself is the only writer.
    if db.dialect.name == "postgresql":
        db.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    if db.execute(sa.select(search_state.c.id)).first() is None:
        db.execute(search_state.insert().values(id=1, version=ANALYSER_VERSION))


def _replace(db: sa.Connection, batch: Sequence[Resource]) -> None:
    makers = _makers(db, batch)
    shown = [r for r in batch if r.listed]
    _write(db, [r.number for r in batch], [analyse(r, makers.get(r.number, ())) for r in shown])


def _makers(db: sa.Connection, batch: Sequence[Resource]) -> Mapping[int, list[str]]:
    """The names of the people that a resource's author links lead to."""
    wanted = sorted({x.number for r in batch for x in r.links if x.relation == "author"})
    query = sa.select(resources.c.number, resources.c.title, resources.c.aliases)
    rows = db.execute(query.where(among(db, resources.c.number, wanted))) if wanted else ()
    names = {number: [title, *aliases] for number, title, aliases in rows}
    return {r.number: [n for x in r.links if x.relation == "author" for n in names.get(x.number, ())] for r in batch}


def _write(db: sa.Connection, numbers: Sequence[int], records: Sequence[Indexed]) -> None:
    db.execute(search_state.update().values(revision=uuid.uuid4().hex))
    changes = Changes()
    names: Counter[tuple[str, str, int]] = Counter()
    for number, tokens, old_names in _stored(db, numbers):
        changes.drop(number, tokens)
        names.subtract((kind, name, of) for kind, name, of in old_names)
    for record in records:
        changes.put_value(record.number, EVERY, record.standing)
        changes.put(record.number, record.impacts)
        names.update(record.names)
    emptied = changes.write(db)
    _save_records(db, numbers, records)
    _forget_words(db, emptied, changes)
    _learn_words(db, {word: token for record in records for word, token in record.words.items()}, changes)
    _count_names(db, names, changes)
    changes.write(db)


def _stored(db: sa.Connection, numbers: Sequence[int]) -> Iterator[tuple[int, list[str], list[tuple[str, str, int]]]]:
    query = sa.select(search_records.c.number, search_records.c.tokens, search_records.c.names)
    for number, tokens, names in db.execute(query.where(among(db, search_records.c.number, numbers))):
        yield number, tokens.split("\n"), names


def _save_records(db: sa.Connection, numbers: Sequence[int], records: Sequence[Indexed]) -> None:
    db.execute(search_records.delete().where(among(db, search_records.c.number, numbers)))
    if records:
        rows = [
            {
                "number": r.number,
                "version": ANALYSER_VERSION,
                "tokens": "\n".join([EVERY, *r.impacts]),
                "stream": r.stream,
                "names": [list(name) for name in r.names],
            }
            for r in records
        ]
        insert_rows(db, search_records, rows)


def _learn_words(db: sa.Connection, words: Mapping[str, str], changes: Changes) -> None:
    """Add the spellings that are new, so that typing errors can be mended."""
    wanted = sorted(words)
    known = set(db.execute(sa.select(search_words.c.word).where(among(db, search_words.c.word, wanted))).scalars())
    new = [word for word in wanted if word not in known]
    if not new:
        return
    first = (db.execute(sa.select(sa.func.max(search_words.c.id))).scalar() or 0) + 1
    rows = [{"id": first + i, "word": word, "token": words[word]} for i, word in enumerate(new)]
    insert_rows(db, search_words, rows)
    for i, word in enumerate(new):
        changes.put(first + i, {f"w:{gram}": 0.0 for gram in grams(word)})


def _forget_words(db: sa.Connection, emptied: Iterable[str], changes: Changes) -> None:
    """Drop the spellings of tokens that no record has any more: a withdrawn name must not linger here."""
    gone = _without_postings(db, sorted(emptied))
    if not gone:
        return
    mine = among(db, search_words.c.token, gone)
    for number, word in db.execute(sa.select(search_words.c.id, search_words.c.word).where(mine)):
        changes.drop(number, {f"w:{gram}" for gram in grams(word)})
    db.execute(search_words.delete().where(mine))


def _without_postings(db: sa.Connection, tokens: Sequence[str]) -> list[str]:
    query = sa.select(search_postings.c.token).where(among(db, search_postings.c.token, tokens)).distinct()
    left = set(db.execute(query).scalars()) if tokens else set()
    return [token for token in tokens if token not in left]


def _count_names(db: sa.Connection, changed: Mapping[tuple[str, str, int], int], changes: Changes) -> None:
    """Add names, count their uses, and drop those that nothing uses any more."""
    keys = sorted(key for key, difference in changed.items() if difference)
    stored = _stored_names(db, keys)
    new = [key for key in keys if key not in stored and changed[key] > 0]
    updates: list[tuple[int, int, tuple[str, str, int]]] = []
    gone: list[tuple[int, int, tuple[str, str, int]]] = []
    for key, (identity, uses) in stored.items():
        left = uses + changed[key]
        (updates if left > 0 else gone).append((identity, left, key))
    if updates:
        statement = search_names.update().where(search_names.c.id == sa.bindparam("old"))
        db.execute(statement.values(uses=sa.bindparam("left")), [{"old": i, "left": left} for i, left, _ in updates])
    for identity, _, key in gone:
        changes.drop(identity, name_grams(key[0], key[1]))
    if gone:
        db.execute(
            search_names.delete().where(search_names.c.id == sa.bindparam("old")), [{"old": i} for i, _, _ in gone]
        )
    _add_names(db, new, changed, changes)


def _add_names(
    db: sa.Connection,
    new: Sequence[tuple[str, str, int]],
    changed: Mapping[tuple[str, str, int], int],
    changes: Changes,
) -> None:
    if not new:
        return
    first = (db.execute(sa.select(sa.func.max(search_names.c.id))).scalar() or 0) + 1
    rows = [
        {"id": first + i, "kind": kind, "name": name, "number": number, "uses": changed[kind, name, number]}
        for i, (kind, name, number) in enumerate(new)
    ]
    insert_rows(db, search_names, rows)
    for i, (kind, name, _) in enumerate(new):
        changes.put(first + i, name_grams(kind, name))


def _stored_names(
    db: sa.Connection, keys: Sequence[tuple[str, str, int]]
) -> dict[tuple[str, str, int], tuple[int, int]]:
    found: dict[tuple[str, str, int], tuple[int, int]] = {}
    wanted = set(keys)
    names = sorted({name for _, name, _ in keys})
    for row in db.execute(sa.select(search_names).where(among(db, search_names.c.name, names))):
        if (row.kind, row.name, row.number) in wanted:
            found[row.kind, row.name, row.number] = (row.id, row.uses)
    return found


def name_grams(kind: str, name: str) -> dict[str, float]:
    """The tokens by which a name is completed, those of its first word worth most."""
    found: dict[str, float] = {}
    for rank, piece in enumerate(slug(name).split()[:12]):
        for gram in grams(piece):
            found.setdefault(f"{kind[0]}:{gram}", 1 / (1 + rank))
    return found
