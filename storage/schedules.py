"""Schedules: which channel is owed what, when; the next slot of each stands in the row, so that a tick is one look."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.bulk import among
from storage.timetable import pins, schedules, wishes
from storage.writes import upsert


@dataclass(frozen=True)
class Options:
    """What an admin chose beyond the time.

    Empty `topics` and `kinds` mean any. `people_day` is the weekday (0 is Monday) of people, labs and courses; `fresh`
    the share of new work in percent; `country` (with `region`) gives public holidays, `dates` the club's own ones.
    """

    topics: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    thread: bool = False
    people_day: int | None = None
    fresh: int = 40
    country: str | None = None
    region: str | None = None
    dates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Schedule:
    """What one channel (or, for `personal`, one member) is owed.

    `kind` is daily, weekly, monthly or personal; `days` are weekdays from 0 for Monday, for `monthly` days of the
    month. `account` is the admin who set it up, empty where they were forgotten. `slot` is the local day of the next
    slot and `due_at` its instant.
    """

    club: int
    kind: str
    platform: str
    space: str
    target: str
    account: str
    language: str
    time: str
    zone: str
    days: tuple[int, ...]
    id: int = 0
    channel: int | None = None
    member: int | None = None
    options: Options = field(default_factory=Options)
    active: bool = True
    paused_until: str | None = None
    suspended_at: datetime | None = None
    suspended_for: str | None = None
    empty_told: bool = False
    slot: str | None = None
    due_at: datetime | None = None


@dataclass(frozen=True)
class Wish:
    """What a member asks of a channel's queue: `bump` or `skip`."""

    number: int
    member: int
    wish: str
    at: datetime


_TUPLES = ("topics", "kinds", "dates")


def _schedule(row: sa.Row[tuple[Any, ...]]) -> Schedule:
    values: dict[str, Any] = dict(row._mapping)
    options: dict[str, Any] = {n: tuple(v) if n in _TUPLES else v for n, v in values["options"].items()}
    return Schedule(**values | {"days": tuple(values["days"]), "options": Options(**options)})


def _values(schedule: Schedule) -> dict[str, object]:
    values = {name: getattr(schedule, name) for name in Schedule.__dataclass_fields__ if name != "id"}
    options = {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(schedule.options).items()}
    return values | {"days": list(schedule.days), "options": options}


def find(db: sa.Connection, platform: str, space: str, target: str, kind: str) -> Schedule | None:
    """The schedule of a place, or None before there ever was one."""
    c = schedules.c
    here = (c.platform == platform, c.space == space, c.target == target, c.kind == kind)
    row = db.execute(sa.select(schedules).where(*here)).first()
    return _schedule(row) if row else None


def get(db: sa.Connection, schedule: int, *, lock: bool = False) -> Schedule | None:
    """The schedule of that number, or None. With `lock` nobody else has it, and None also when somebody has."""
    query = sa.select(schedules).where(schedules.c.id == schedule)
    if lock and db.dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True)
    row = db.execute(query).first()
    return _schedule(row) if row else None


def followed(db: sa.Connection, numbers: Collection[int]) -> dict[int, Schedule]:
    """Those of the schedules, by number, on whose post something follows: a thread, or the end of a suspension."""
    wanted = sa.or_(schedules.c.suspended_at.is_not(None), schedules.c.options["thread"].as_boolean())
    rows = db.execute(sa.select(schedules).where(among(db, schedules.c.id, numbers), wanted))
    return {row.id: _schedule(row) for row in rows}


def put(db: sa.Connection, schedule: Schedule) -> Schedule:
    """Write a schedule over what stood for its place; the one that stands now."""
    old = find(db, schedule.platform, schedule.space, schedule.target, schedule.kind)
    if old is None:
        db.execute(schedules.insert().values(_values(schedule)))
    else:
        db.execute(schedules.update().where(schedules.c.id == old.id).values(_values(schedule)))
    made = find(db, schedule.platform, schedule.space, schedule.target, schedule.kind)
    if made is None:
        raise LookupError(f"the schedule of {schedule.target} vanished")
    return made


def change(db: sa.Connection, schedule: int, **values: str | bool | datetime | None) -> None:
    """Set some columns of a schedule."""
    db.execute(schedules.update().where(schedules.c.id == schedule).values(**values))


def due(db: sa.Connection, now: datetime, limit: int) -> list[int]:
    """The schedules whose slot has come, longest waiting first."""
    query = sa.select(schedules.c.id).where(schedules.c.active, schedules.c.due_at <= now)
    return list(db.execute(query.order_by(schedules.c.due_at, schedules.c.id).limit(limit)).scalars())


def active(db: sa.Connection) -> list[Schedule]:
    """Every schedule that is switched on."""
    return [_schedule(row) for row in db.execute(sa.select(schedules).where(schedules.c.active))]


def of_club(db: sa.Connection, club: int) -> Sequence[Schedule]:
    """Every schedule of a club, oldest first."""
    query = sa.select(schedules).where(schedules.c.club == club).order_by(schedules.c.id)
    return [_schedule(row) for row in db.execute(query)]


def wish(db: sa.Connection, schedule: int, wished: Wish) -> None:
    """Note what a member asks for a resource; it replaces what they asked for it before."""
    values = {name: getattr(wished, name) for name in Wish.__dataclass_fields__}
    upsert(db, wishes, [values | {"schedule": schedule}])


def pin(db: sa.Connection, schedule: int, number: int, date: str) -> None:
    """Note what a schedule shows on a local day, and on no other; it takes the place of what was pinned there."""
    db.execute(pins.delete().where(pins.c.schedule == schedule, pins.c.number == number))
    upsert(db, pins, [{"schedule": schedule, "date": date, "number": number}])


def pinned(db: sa.Connection, schedule: int, since: str) -> dict[str, int]:
    """What is pinned on the local days from one on."""
    query = sa.select(pins.c.date, pins.c.number).where(pins.c.schedule == schedule, pins.c.date >= since)
    return {row.date: row.number for row in db.execute(query)}


def wished(db: sa.Connection, schedule: int) -> list[Wish]:
    """What members ask of a schedule's queue, oldest first."""
    columns = [wishes.c[name] for name in Wish.__dataclass_fields__]
    query = sa.select(*columns).where(wishes.c.schedule == schedule)
    return [Wish(*row) for row in db.execute(query.order_by(wishes.c.at, wishes.c.number))]
