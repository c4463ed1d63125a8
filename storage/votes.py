"""Votes: four signals of a member on a resource, one row each, and what they add up to in a club."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from storage.tables import members, resource_topics, resources, votes
from storage.writes import lock_member

SIGNALS = ("up", "down", "want", "present")
"""Is it good, is it not, let us read it together, I would present it."""

_OPPOSITE = {"up": "down", "down": "up"}


@dataclass(frozen=True)
class Tally:
    """A club's votes on one resource: how many by signal, and by signal the names of those who show theirs."""

    counts: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def count(self, signal: str) -> int:
        """How many members gave the signal."""
        return self.counts.get(signal, 0)


def toggle(db: sa.Connection, member: int, number: int, signal: str, now: datetime) -> bool:
    """Give a signal, or take it back if it stands; whether it stands now. `up` and `down` replace each other."""
    lock_member(db, member)
    mine = sa.and_(votes.c.member == member, votes.c.number == number)
    gone = db.execute(votes.delete().where(mine, votes.c.signal == signal).returning(votes.c.signal)).first()
    if gone is not None:
        return False
    if signal in _OPPOSITE:
        db.execute(votes.delete().where(mine, votes.c.signal == _OPPOSITE[signal]))
    db.execute(votes.insert().values(member=member, number=number, signal=signal, at=now))
    return True


def clear(db: sa.Connection, member: int, number: int) -> None:
    """Take back all signals of a member on a resource."""
    lock_member(db, member)
    db.execute(votes.delete().where(votes.c.member == member, votes.c.number == number))


def given(db: sa.Connection, member: int, numbers: Collection[int]) -> dict[int, set[str]]:
    """The signals that a member gave on these resources."""
    query = sa.select(votes.c.number, votes.c.signal).where(votes.c.member == member)
    found: dict[int, set[str]] = {}
    for row in db.execute(query.where(votes.c.number.in_(list(numbers)))):
        found.setdefault(row.number, set()).add(row.signal)
    return found


def club_votes(db: sa.Connection, club: int) -> list[tuple[int, int, str]]:
    """Every vote of a club as (member, number, signal)."""
    query = sa.select(votes.c.member, votes.c.number, votes.c.signal)
    query = query.join(members, members.c.id == votes.c.member).where(members.c.club == club)
    return [(row.member, row.number, row.signal) for row in db.execute(query)]


def liked(db: sa.Connection, member: int) -> list[int]:
    """The resources that a member voted up, newest first."""
    query = sa.select(votes.c.number).where(votes.c.member == member, votes.c.signal == "up")
    return list(db.execute(query.order_by(votes.c.at.desc(), votes.c.number)).scalars())


def member_votes(db: sa.Connection, member: int) -> list[tuple[int, str]]:
    """Every vote of a member as (number, signal)."""
    query = sa.select(votes.c.number, votes.c.signal).where(votes.c.member == member)
    return [(row.number, row.signal) for row in db.execute(query)]


def tallies(db: sa.Connection, club: int, numbers: Collection[int]) -> dict[int, Tally]:
    """What a club's votes on these resources add up to; resources without any are left out."""
    query = (
        sa.select(votes.c.number, votes.c.signal, members.c.named, members.c.name)
        .join(members, members.c.id == votes.c.member)
        .where(members.c.club == club, votes.c.number.in_(list(numbers)))
        .order_by(votes.c.at, members.c.id)
    )
    counts: dict[int, dict[str, int]] = {}
    names: dict[int, dict[str, list[str]]] = {}
    for row in db.execute(query):
        counted = counts.setdefault(row.number, {})
        counted[row.signal] = counted.get(row.signal, 0) + 1
        if row.named:
            names.setdefault(row.number, {}).setdefault(row.signal, []).append(row.name)
    return {
        number: Tally(counted, {signal: tuple(who) for signal, who in names.get(number, {}).items()})
        for number, counted in counts.items()
    }


def top(
    db: sa.Connection, club: int, signal: str, since: datetime | None, topic: str | None, *, limit: int, offset: int
) -> tuple[list[int], int]:
    """A page of the numbers with the most of one signal since an instant, and how many there are in all.

    `up` counts against `down`, and what has no more of it than of the other is left out.
    """
    worth = sa.case((votes.c.signal == signal, 1), else_=-1)
    score = sa.func.sum(worth)
    signals = [signal, "down"] if signal == "up" else [signal]
    query = (
        sa.select(votes.c.number)
        .join(members, members.c.id == votes.c.member)
        .join(resources, resources.c.number == votes.c.number)
        .where(members.c.club == club, votes.c.signal.in_(signals))
        .group_by(votes.c.number)
        .having(score > 0)
    )
    if since is not None:
        query = query.where(votes.c.at >= since)
    if topic is not None:
        below = sa.or_(
            resource_topics.c.topic == topic, resource_topics.c.topic.startswith(f"{topic}/", autoescape=True)
        )
        query = query.where(votes.c.number.in_(sa.select(resource_topics.c.number).where(below)))
    total = db.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()
    page = query.order_by(score.desc(), votes.c.number).limit(limit).offset(offset)
    return list(db.execute(page).scalars()), total
