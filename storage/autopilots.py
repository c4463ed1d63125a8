"""Autopilots: a club's standing order for nominations, poll and meeting, and how far each of its cycles is.

A cycle is named by the local day of its meeting: poll (nominations or poll are on), meeting (it is planned), skipped.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.agenda import autopilots, cycles
from storage.writes import insert, upsert


@dataclass(frozen=True)
class Plan:
    """Days before the meeting on which nominations open, the poll opens, and it closes and a presenter is found."""

    nominate: int = 10
    poll: int = 7
    decide: int = 5
    minutes: int = 60
    place: str = ""
    method: str = "approval"
    quorum: int = 1


@dataclass(frozen=True)
class Autopilot:
    """A club's standing order: meetings `every` so often from the local day `first` on, at `time` in `zone`."""

    club: int
    platform: str
    space: str
    channel: str
    language: str
    account: str
    every: str
    first: str
    time: str
    zone: str
    since: datetime
    options: Plan = field(default_factory=Plan)
    active: bool = True


@dataclass(frozen=True)
class Cycle:
    """How far the way to one meeting is."""

    club: int
    day: str
    state: str
    poll: int | None = None
    meeting: int | None = None


def _autopilot(row: sa.Row[Any]) -> Autopilot:
    values: dict[str, Any] = dict(row._mapping)
    return Autopilot(**values | {"options": Plan(**values["options"])})


def put(db: sa.Connection, order: Autopilot) -> None:
    """Write a club's order over the one that stood there."""
    values = {name: getattr(order, name) for name in Autopilot.__dataclass_fields__}
    upsert(db, autopilots, [values | {"options": asdict(order.options)}])


def get(db: sa.Connection, club: int, *, lock: bool = False) -> Autopilot | None:
    """A club's order, or None. With `lock` nobody else acts on it until the transaction ends."""
    query = sa.select(autopilots).where(autopilots.c.club == club)
    if lock and db.dialect.name == "postgresql":
        query = query.with_for_update()
    row = db.execute(query).first()
    return _autopilot(row) if row else None


def active(db: sa.Connection) -> Sequence[Autopilot]:
    """Every order that is switched on."""
    rows = db.execute(sa.select(autopilots).where(autopilots.c.active).order_by(autopilots.c.club))
    return [_autopilot(row) for row in rows]


def cycle(db: sa.Connection, club: int, day: str) -> Cycle | None:
    """The cycle that leads to a day's meeting, or None before it began."""
    row = db.execute(sa.select(cycles).where(cycles.c.club == club, cycles.c.day == day)).first()
    return Cycle(**row._mapping) if row else None


def begin(db: sa.Connection, made: Cycle) -> bool:
    """Note that a cycle has begun; False when it had."""
    values = asdict(made)
    statement = insert(db, cycles).values(values).on_conflict_do_nothing().returning(cycles.c.day)
    return db.execute(statement).first() is not None


def change(db: sa.Connection, found: Cycle, **values: str | int | None) -> None:
    """Set some columns of a cycle."""
    db.execute(cycles.update().where(cycles.c.club == found.club, cycles.c.day == found.day).values(values))


def leads(db: sa.Connection, poll: int) -> bool:
    """Whether a poll belongs to a cycle of an autopilot that is on, so that its winner is planned without anybody."""
    on = sa.and_(autopilots.c.club == cycles.c.club, autopilots.c.active)
    return db.execute(sa.select(cycles.c.day).join(autopilots, on).where(cycles.c.poll == poll)).first() is not None


def under_way(db: sa.Connection, club: int) -> list[Cycle]:
    """The cycles of a club that have no meeting yet, the soonest first."""
    query = sa.select(cycles).where(cycles.c.club == club, cycles.c.state == "poll").order_by(cycles.c.day)
    return [Cycle(**row._mapping) for row in db.execute(query)]
