"""What a pick is chosen from: a few facts of every listed resource, in one look, and what a club has on them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.bulk import among
from storage.tables import (
    listings,
    members,
    readings,
    redirects,
    resource_keys,
    resource_links,
    resource_topics,
    resources,
    votes,
)


@dataclass(frozen=True)
class Candidate:
    """What the pick knows of a resource. `same` are the numbers of others that have its title."""

    number: int
    kind: str
    topics: tuple[str, ...] = ()
    year: int | None = None
    stars: int = 0
    lists: int = 1
    same: tuple[int, ...] = ()


def version(db: sa.Connection) -> tuple[int, datetime | None]:
    """Changes whenever an import changes the catalogue."""
    row = db.execute(sa.select(sa.func.count(), sa.func.max(resources.c.updated_at)).select_from(resources)).one()
    return int(row[0]), row[1]


def candidates(db: sa.Connection) -> list[Candidate]:
    """Every listed resource, by number."""
    topics = _grouped(
        db, sa.select(resource_topics.c.number, resource_topics.c.topic).order_by(resource_topics.c.position)
    )
    same = _grouped(
        db, sa.select(resource_links.c.number, resource_links.c.target).where(resource_links.c.relation == "same-title")
    )
    marks = (
        sa.select(
            listings.c.number,
            sa.func.count(sa.distinct(listings.c.source)).label("lists"),
            sa.func.max(listings.c.stars).label("stars"),
        )
        .where(listings.c.listed)
        .group_by(listings.c.number)
        .subquery()
    )
    c = resources.c
    query = (
        sa.select(c.number, c.kind, c.year, c.arxiv_id, c.date, marks.c.lists, marks.c.stars)
        .outerjoin(marks, marks.c.number == c.number)
        .where(c.listed)
        .order_by(c.number)
    )
    return [
        Candidate(
            number=row.number,
            kind=row.kind,
            topics=tuple(topics.get(row.number, ())),
            year=row.year or _year(row.arxiv_id, row.date),
            stars=row.stars or 0,
            lists=row.lists or 1,
            same=tuple(same.get(row.number, ())),
        )
        for row in db.execute(query)
    ]


def _year(arxiv_id: str | None, date: str | None) -> int | None:
    """The year that an arXiv id (2309.06180) or a date begins with."""
    if arxiv_id and arxiv_id[:4].isdigit() and arxiv_id[4:5] == ".":
        return 2000 + int(arxiv_id[:2])
    return int(date[:4]) if date and date[:4].isdigit() else None


def _grouped(db: sa.Connection, query: sa.Select[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for number, value in db.execute(query):
        found.setdefault(number, []).append(value)
    return found


def known_by(db: sa.Connection) -> dict[str, int]:
    """Which listed resource an identity key names."""
    query = sa.select(resource_keys.c.key, resource_keys.c.number).order_by(resource_keys.c.position.desc())
    return {row.key: row.number for row in db.execute(query)}


def moved(db: sa.Connection) -> dict[int, int]:
    """Where numbers lead that were given up in a merge."""
    return {row.number: row.target for row in db.execute(sa.select(redirects.c.number, redirects.c.target))}


def keys_of(db: sa.Connection, number: int) -> tuple[str, ...]:
    """The identity keys of a resource."""
    query = sa.select(resource_keys.c.key).where(resource_keys.c.number == number)
    return tuple(db.execute(query.order_by(resource_keys.c.position)).scalars())


@dataclass(frozen=True)
class Regard:
    """What a club has on the catalogue: members who voted or read, by resource."""

    members: int
    wants: dict[int, int]
    liked: dict[int, dict[int, float]]
    reads: dict[int, int]


_WORTH = {"up": 1.0, "down": -1.0, "want": 1.0, "present": 1.0}


FEW = 3
"""What fewer nameless members have marked in private moves no pick: a pick is seen by all."""


def regard(db: sa.Connection, club: int) -> Regard:
    """The club's votes, and its readings where nobody can be told by them; `liked` maps members to their signals."""
    wants: dict[int, int] = {}
    liked: dict[int, dict[int, float]] = {}
    ours = sa.select(members.c.id).where(members.c.club == club)
    for row in db.execute(sa.select(votes).where(votes.c.member.in_(ours))):
        theirs = liked.setdefault(row.member, {})
        theirs[row.number] = theirs.get(row.number, 0.0) + _WORTH.get(row.signal, 0.0)
        if row.signal == "want":
            wants[row.number] = wants.get(row.number, 0) + 1
    named = set(db.execute(ours.where(members.c.named)).scalars())
    marks = db.execute(sa.select(readings).where(readings.c.member.in_(ours))).all()
    many = len({row.member for row in marks} - named) >= FEW
    for row in marks:
        if many or row.member in named:
            theirs = liked.setdefault(row.member, {})
            theirs[row.number] = theirs.get(row.number, 0.0) + (-1.0 if row.state == "skipped" else 0.7)
    count = db.execute(sa.select(sa.func.count()).select_from(ours.subquery())).scalar_one()
    return Regard(count, wants, liked, _reads([row for row in marks if row.state == "read"], named))


def _reads(marks: Sequence[sa.Row[Any]], named: Collection[int]) -> dict[int, int]:
    """How many have read each resource; nameless ones count where there are enough of them."""
    reads: dict[int, int] = {}
    nameless: dict[int, int] = {}
    for row in marks:
        counted = reads if row.member in named else nameless
        counted[row.number] = counted.get(row.number, 0) + 1
    for number, count in nameless.items():
        if count >= FEW:
            reads[number] = reads.get(number, 0) + count
    return reads


def standing(db: sa.Connection, numbers: Collection[int]) -> dict[int, list[int]]:
    """The numbers under which resources stand now, by the number they had; those that are gone are left out."""
    here = sa.select(resources.c.number).where(among(db, resources.c.number, numbers))
    stands = {number: [number] for number in db.execute(here).scalars()}
    moved = (
        sa.select(redirects.c.number, redirects.c.target)
        .join(resources, resources.c.number == redirects.c.target)
        .where(among(db, redirects.c.number, numbers))
    )
    for number, target in db.execute(moved):
        stands.setdefault(number, []).append(target)
    return stands
