"""Writing the catalogue: resources with all that hangs on them, sources, redirects and withdrawals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage import search
from storage.bulk import among, insert_rows
from storage.carry import carry
from storage.records import Resource, Source
from storage.resources import next_number
from storage.tables import (
    listings,
    redirects,
    resource_keys,
    resource_links,
    resource_topics,
    resources,
    sources,
    withdrawals,
)

Connection = sa.Connection

_COLUMNS = (
    "number", "kind", "title", "title_zh", "urls", "arxiv_id", "doi", "authors", "works", "affiliation",
    "organisation", "venue", "year", "date", "aliases", "about", "abstract", "provenance", "reasons", "flags", "listed",
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """What one import writes. `redirects` maps a number given up to the one that took over."""

    added: Sequence[Resource] = ()
    changed: Sequence[Resource] = ()
    removed: Sequence[int] = ()
    redirects: Mapping[int, int] = field(default_factory=dict)
    sources: Sequence[Source] = ()


def write(db: Connection, change: Change, now: datetime) -> None:
    """Write one import and bring the search index up to date, all in the caller's transaction."""
    _save_sources(db, change.sources)
    _unrelate(db, [resource.number for resource in change.changed])
    insert_rows(db, resources, [_row(r) | {"created_at": now, "updated_at": now} for r in change.added])
    carry(db, change.redirects)
    _redirect(db, change.redirects)  # before the old ones go, and with them what led to them
    gone = [*change.removed, *change.redirects]
    db.execute(resources.delete().where(among(db, resources.c.number, gone)))
    _update(db, change.changed, now)
    _relate(db, [*change.changed, *change.added])
    search.remove(db, gone)
    search.index(db, [*change.changed, *change.added])


def _save_sources(db: Connection, changed: Iterable[Source]) -> None:
    known = set(db.execute(sa.select(sources.c.code)).scalars())
    for source in changed:
        values = {name: getattr(source, name) for name in Source.__dataclass_fields__}
        if source.code in known:
            db.execute(sources.update().where(sources.c.code == source.code).values(values))
        else:
            db.execute(sources.insert().values(values))


def _unrelate(db: Connection, numbers: Sequence[int]) -> None:
    for table in (resource_keys, resource_topics, resource_links, listings):
        db.execute(table.delete().where(among(db, table.c.number, numbers)))


def _update(db: Connection, changed: Sequence[Resource], now: datetime) -> None:
    if changed:
        columns = {
            name: sa.bindparam(f"new_{name}", type_=resources.c[name].type) for name in (*_COLUMNS, "updated_at")
        }
        statement = resources.update().where(resources.c.number == sa.bindparam("old_number")).values(columns)
        rows = [_row(r) | {"updated_at": now} for r in changed]
        db.execute(statement, [{f"new_{k}": v for k, v in row.items()} | {"old_number": row["number"]} for row in rows])


def _redirect(db: Connection, merged: Mapping[int, int]) -> None:
    """Let old numbers lead to the resource they were merged into, also through earlier redirects."""
    for old, new in merged.items():
        db.execute(redirects.update().where(redirects.c.target == old).values(target=new))
        db.execute(redirects.insert().values(number=old, target=new))


def withdrawn_digests(db: Connection) -> set[str]:
    """Digests of the keys and names of everyone who withdrew."""
    return set(db.execute(sa.select(withdrawals.c.digest)).scalars())


def withdraw(db: Connection, digests: Iterable[str], now: datetime) -> None:
    """Remember for ever, as digests only, who must not come back."""
    new = {"withdrawn_at": now, "last_number": next_number(db) - 1}
    known = withdrawn_digests(db)
    insert_rows(db, withdrawals, [{"digest": d, **new} for d in dict.fromkeys(digests) if d not in known])


def _row(resource: Resource) -> dict[str, Any]:
    row = {name: getattr(resource, name) for name in _COLUMNS}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in row.items()}


def _relate(db: Connection, items: Sequence[Resource]) -> None:
    insert_rows(
        db,
        resource_keys,
        [{"number": r.number, "key": k, "position": i} for r in items for i, k in enumerate(dict.fromkeys(r.keys))],
    )
    insert_rows(
        db,
        resource_topics,
        [{"number": r.number, "topic": t, "position": i} for r in items for i, t in enumerate(dict.fromkeys(r.topics))],
    )
    insert_rows(
        db,
        resource_links,
        [
            {"number": r.number, "relation": x.relation, "target": x.number, "position": i}
            for r in items
            for i, x in enumerate(dict.fromkeys(r.links))
        ],
    )
    insert_rows(
        db,
        listings,
        [
            {
                "number": r.number,
                "section": list(x.section),
                "code_urls": list(x.code_urls),
                "value": dict(x.value),
                **{
                    name: getattr(x, name)
                    for name in ("source", "entry_key", "line", "stars", "read_passes", "read", "note_url", "damaged",
                                 "listed", "reason")
                },
            }
            for r in items
            for x in r.listings
        ],
    )  # fmt: skip
