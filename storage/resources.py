"""Questions about the catalogue: one resource, many, whom they link to, and how many there are of what."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from storage.records import Link, Listing, Resource, Source
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
_CHUNK = 500  # SQLite binds at most 32,766 values, PostgreSQL 65,535; small statements are cached better


@dataclass(frozen=True)
class Selection:
    """What to browse by; None or empty means any. `person` is a number; a topic includes those below it."""

    kinds: tuple[str, ...] = ()
    topic: str | None = None
    source: str | None = None
    venue: str | None = None
    year: int | None = None
    person: int | None = None


def get(db: Connection, number: int) -> Resource | None:
    """The resource of that number, also under a number it had before it was merged into another."""
    found = get_many(db, [number])
    if not found and (target := _redirect(db, number)) is not None:
        found = get_many(db, [target])
    return found[0] if found else None


def _redirect(db: Connection, number: int) -> int | None:
    target: int | None = db.execute(sa.select(redirects.c.target).where(redirects.c.number == number)).scalar()
    return target


def get_many(db: Connection, numbers: Sequence[int]) -> list[Resource]:
    """The resources of these numbers, in this order; unknown ones are left out."""
    found = {resource.number: resource for resource in _load(db, numbers)}
    return [found[number] for number in numbers if number in found]


def all_resources(db: Connection) -> list[Resource]:
    """The whole catalogue with all its listings, by number."""
    return _load(db, None)


def by_keys(db: Connection, keys: Collection[str]) -> list[int]:
    """Numbers of the resources known by any of these identity keys, fewest doubts first (by position, number)."""
    query = (
        sa.select(resource_keys.c.number, sa.func.min(resource_keys.c.position))
        .where(resource_keys.c.key.in_(list(keys)))
        .group_by(resource_keys.c.number)
        .order_by(sa.func.min(resource_keys.c.position), resource_keys.c.number)
    )
    return [row.number for row in db.execute(query)]


def _load(db: Connection, numbers: Sequence[int] | None) -> list[Resource]:
    if numbers is None:
        return _assemble(db, _ALL, {})
    loaded: list[Resource] = []
    for start in range(0, len(numbers), _CHUNK):
        loaded += _assemble(db, _CHOSEN, {"chosen": list(numbers[start : start + _CHUNK])})
    return loaded


@dataclass(frozen=True)
class _Statements:
    """What is asked for resources and all that hangs on them. Built once: building costs more than running."""

    resources: sa.Select[Any]
    keys: sa.Select[Any]
    topics: sa.Select[Any]
    links: sa.Select[Any]
    listings: sa.Select[Any]


def _statements(chosen: bool) -> _Statements:
    def where(table: sa.Table, *order: sa.Column[Any]) -> sa.Select[Any]:
        query = sa.select(table).order_by(*order)
        return query.where(table.c.number.in_(sa.bindparam("chosen", expanding=True))) if chosen else query

    return _Statements(
        resources=where(resources, resources.c.number),
        keys=where(resource_keys, resource_keys.c.number, resource_keys.c.position),
        topics=where(resource_topics, resource_topics.c.number, resource_topics.c.position),
        links=where(resource_links, resource_links.c.number, resource_links.c.position),
        listings=where(listings, listings.c.source, listings.c.line, listings.c.entry_key),
    )


_CHOSEN = _statements(chosen=True)
_ALL = _statements(chosen=False)


def _assemble(db: Connection, ask: _Statements, values: dict[str, list[int]]) -> list[Resource]:
    keys = _grouped(db, ask.keys, values)
    topics = _grouped(db, ask.topics, values)
    links = _grouped(db, ask.links, values)
    seen: dict[int, list[Listing]] = {}
    for row in db.execute(ask.listings, values):
        seen.setdefault(row.number, []).append(_listing(row))
    return [
        _resource(
            row,
            keys=tuple(x.key for x in keys.get(row.number, ())),
            topics=tuple(x.topic for x in topics.get(row.number, ())),
            links=tuple(Link(x.relation, x.target) for x in links.get(row.number, ())),
            listings=tuple(seen.get(row.number, ())),
        )
        for row in db.execute(ask.resources, values)
    ]


def _grouped(db: Connection, query: sa.Select[Any], values: dict[str, list[int]]) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = {}
    for row in db.execute(query, values):
        groups.setdefault(row.number, []).append(row)
    return groups


def _listing(row: Any) -> Listing:
    values = {name: getattr(row, name) for name in Listing.__dataclass_fields__}
    return Listing(**values | {"section": tuple(row.section), "code_urls": tuple(row.code_urls)})


_TUPLES = ("urls", "authors", "works", "aliases", "reasons", "flags")


def _resource(row: Any, **related: Any) -> Resource:
    columns = Resource.__dataclass_fields__.keys() - related.keys()
    values = {name: getattr(row, name) for name in columns}
    return Resource(**values | {name: tuple(values[name]) for name in _TUPLES}, **related)


def linked_from(db: Connection, number: int) -> list[Link]:
    """Who points to this resource: relation and number of each."""
    query = (
        sa.select(resource_links.c.relation, resource_links.c.number)
        .where(resource_links.c.target == number)
        .order_by(resource_links.c.relation, resource_links.c.number)
    )
    return [Link(row.relation, row.number) for row in db.execute(query)]


def count(db: Connection, selection: Selection) -> int:
    """How many listed resources the selection has."""
    return db.execute(sa.select(sa.func.count()).select_from(resources).where(*_conditions(selection))).scalar_one()


def browse(db: Connection, selection: Selection, *, limit: int, offset: int = 0) -> list[Resource]:
    """One page of the selection: most lists and stars first, then newest, then by number."""
    marks = (
        sa.select(
            listings.c.number,
            sa.func.count(sa.distinct(listings.c.source)).label("lists"),
            sa.func.coalesce(sa.func.max(listings.c.stars), 0).label("stars"),
        )
        .where(listings.c.listed)
        .group_by(listings.c.number)
        .subquery()
    )
    query = (
        sa.select(resources.c.number)
        .outerjoin(marks, marks.c.number == resources.c.number)
        .where(*_conditions(selection))
        .order_by(
            sa.func.coalesce(marks.c.lists, 0).desc(),
            sa.func.coalesce(marks.c.stars, 0).desc(),
            sa.func.coalesce(resources.c.year, 0).desc(),
            resources.c.number,
        )
        .limit(limit)
        .offset(offset)
    )
    return get_many(db, list(db.execute(query).scalars()))


def _conditions(selection: Selection) -> list[sa.ColumnElement[bool]]:
    number = resources.c.number
    where: list[sa.ColumnElement[bool]] = [resources.c.listed]
    if selection.kinds:
        where.append(resources.c.kind.in_(list(selection.kinds)))
    if selection.venue:
        where.append(sa.func.lower(resources.c.venue) == selection.venue.lower())
    if selection.year is not None:
        where.append(resources.c.year == selection.year)
    if selection.topic:
        topic = resource_topics.c.topic
        below = sa.or_(topic == selection.topic, topic.startswith(f"{selection.topic}/", autoescape=True))
        where.append(number.in_(sa.select(resource_topics.c.number).where(below)))
    if selection.source:
        listed = sa.and_(listings.c.source == selection.source, listings.c.listed)
        where.append(number.in_(sa.select(listings.c.number).where(listed)))
    if selection.person is not None:
        theirs = sa.and_(resource_links.c.target == selection.person, resource_links.c.relation == "author")
        where.append(number.in_(sa.select(resource_links.c.number).where(theirs)))
    return where


def numbers(db: Connection, selection: Selection) -> list[int]:
    """The numbers of all resources in the selection, in order."""
    query = sa.select(resources.c.number).where(*_conditions(selection))
    return list(db.execute(query.order_by(resources.c.number)).scalars())


def tally(db: Connection, facet: str) -> list[tuple[str, int]]:
    """How many listed resources there are of each "kind", "venue", "year", "topic" or "source", most first."""
    counted: Mapping[str, tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]] = {
        "kind": (resources.c.kind, resources.c.number),
        "venue": (resources.c.venue, resources.c.number),
        "year": (resources.c.year, resources.c.number),
        "topic": (resource_topics.c.topic, resource_topics.c.number),
        "source": (listings.c.source, listings.c.number),
    }
    value, number = counted[facet]
    count = sa.func.count(sa.distinct(number))
    query = sa.select(value, count).where(value.is_not(None), resources.c.listed).group_by(value)
    if facet in {"topic", "source"}:
        query = query.join(resources, resources.c.number == number)
    if facet == "source":
        query = query.where(listings.c.listed)
    return [(str(row[0]), int(row[1])) for row in db.execute(query.order_by(count.desc(), value))]


def all_sources(db: Connection) -> list[Source]:
    """Every list that was ever imported, by code."""
    return [Source(**row._mapping) for row in db.execute(sa.select(sources).order_by(sources.c.code))]


def find_titles(db: Connection, pattern: str, limit: int) -> list[int]:
    """Numbers of listed resources whose title (either language) or alias contains the text, shortest title first."""
    escaped = pattern.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    like = f"%{escaped}%"
    hit = sa.or_(
        sa.func.lower(resources.c.title).like(like, escape="\\"),
        sa.func.lower(resources.c.title_zh).like(like, escape="\\"),
        sa.func.lower(sa.cast(resources.c.aliases, sa.Text)).like(like, escape="\\"),
    )
    query = sa.select(resources.c.number).where(hit, resources.c.listed)
    return list(
        db.execute(query.order_by(sa.func.length(resources.c.title), resources.c.number).limit(limit)).scalars()
    )


def next_number(db: Connection) -> int:
    """The first number that no resource has or ever had."""
    used = [
        db.execute(sa.select(sa.func.max(column))).scalar() or 0
        for column in (resources.c.number, redirects.c.number, withdrawals.c.last_number)
    ]
    return max(used) + 1
