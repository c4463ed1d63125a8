"""Readings: how far each member is with a resource, with dates and a rating, and what a club has read."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from storage.tables import members, readings, resource_topics
from storage.writes import lock_member, upsert

STATES = ("to-read", "reading", "read", "skipped")


@dataclass(frozen=True)
class Reading:
    """A member's state on a resource. `passes` is the deepest of Keshav's three passes, 0 before the first."""

    member: int
    number: int
    changed_at: datetime
    state: str = "to-read"
    passes: int = 0
    rating: int | None = None
    saved_at: datetime | None = None
    started_at: datetime | None = None
    first_at: datetime | None = None
    second_at: datetime | None = None
    third_at: datetime | None = None
    skipped_at: datetime | None = None

    @property
    def read_at(self) -> datetime | None:
        """When the deepest pass was finished."""
        return self.third_at or self.second_at or self.first_at

    def read(self, passes: int | None, rating: int | None, now: datetime) -> "Reading":
        """Finish a pass: the named one, else the first unless one was finished before."""
        reached = passes or self.passes or 1
        first, second, third = (
            (before or (now if depth == reached else None)) if depth <= reached else None
            for depth, before in enumerate((self.first_at, self.second_at, self.third_at), 1)
        )
        return replace(
            self, state="read", passes=reached, rating=rating or self.rating, changed_at=now, skipped_at=None,
            first_at=first, second_at=second, third_at=third,
        )  # fmt: skip

    def begun(self, now: datetime) -> "Reading":
        """Start reading, or read again."""
        return replace(self, state="reading", started_at=now, changed_at=now, skipped_at=None)

    def saved(self, now: datetime) -> "Reading":
        """Put on the list of what is to be read."""
        return replace(self, state="to-read", saved_at=self.saved_at or now, changed_at=now, skipped_at=None)

    def skipped(self, now: datetime) -> "Reading":
        """Decide not to read it."""
        return replace(self, state="skipped", skipped_at=now, changed_at=now)


@dataclass(frozen=True)
class Reader:
    """One member's reading as a club may count it: the name only where the member shows it."""

    number: int
    member: int
    name: str | None
    state: str
    passes: int
    rating: int | None
    read_at: datetime | None


def find(db: sa.Connection, member: int, numbers: Collection[int]) -> dict[int, Reading]:
    """A member's readings of these resources, by number."""
    query = sa.select(readings).where(readings.c.member == member, readings.c.number.in_(list(numbers)))
    return {row.number: Reading(**row._mapping) for row in db.execute(query)}


def member_readings(db: sa.Connection, member: int) -> list[Reading]:
    """All readings of a member, last changed first."""
    query = sa.select(readings).where(readings.c.member == member)
    rows = db.execute(query.order_by(readings.c.changed_at.desc(), readings.c.number))
    return [Reading(**row._mapping) for row in rows]


def club_readings(db: sa.Connection, club: int) -> list[Reading]:
    """All readings of a club's members."""
    query = sa.select(readings).join(members, members.c.id == readings.c.member).where(members.c.club == club)
    return [Reading(**row._mapping) for row in db.execute(query)]


def put(db: sa.Connection, changed: Sequence[Reading]) -> None:
    """Write readings over what stood there."""
    for member in sorted({reading.member for reading in changed}):
        lock_member(db, member)
    upsert(db, readings, [asdict(reading) for reading in changed])


def drop(db: sa.Connection, member: int, numbers: Collection[int]) -> None:
    """Forget a member's readings of these resources."""
    lock_member(db, member)
    db.execute(readings.delete().where(readings.c.member == member, readings.c.number.in_(list(numbers))))


def page(
    db: sa.Connection, member: int, state: str | None, topic: str | None, *, limit: int, offset: int
) -> tuple[list[Reading], int]:
    """A page of a member's list and its length: what is being read, what is to be read, then the rest, newest first."""
    order = sa.case({"reading": 0, "to-read": 1, "read": 2}, value=readings.c.state, else_=3)
    query = sa.select(readings).where(readings.c.member == member)
    if state is not None:
        query = query.where(readings.c.state == state)
    if topic is not None:
        query = query.where(readings.c.number.in_(_within(topic)))
    total = db.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()
    rows = db.execute(
        query.order_by(order, readings.c.changed_at.desc(), readings.c.number).limit(limit).offset(offset)
    )
    return [Reading(**row._mapping) for row in rows], total


def _within(topic: str) -> sa.Select[tuple[int]]:
    below = sa.or_(resource_topics.c.topic == topic, resource_topics.c.topic.startswith(f"{topic}/", autoescape=True))
    return sa.select(resource_topics.c.number).where(below)


def readers(
    db: sa.Connection, club: int, numbers: Collection[int] | None = None, topic: str | None = None
) -> list[Reader]:
    """Every reading of a club's members, of these resources or of a topic where given."""
    query = (
        sa.select(readings, members.c.name, members.c.named)
        .join(members, members.c.id == readings.c.member)
        .where(members.c.club == club)
        .order_by(readings.c.passes.desc(), readings.c.changed_at, members.c.id)
    )
    if numbers is not None:
        query = query.where(readings.c.number.in_(list(numbers)))
    if topic is not None:
        query = query.where(readings.c.number.in_(_within(topic)))
    return [
        Reader(
            row.number, row.member, row.name if row.named else None, row.state, row.passes, row.rating,
            row.third_at or row.second_at or row.first_at,
        )
        for row in db.execute(query)
    ]  # fmt: skip
