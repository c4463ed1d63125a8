"""What a member changed last, so that it can be undone: the rows as they were before."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.tables import changes, interests, members, notes, readings, redirects, resources, votes
from storage.writes import lock_member, upsert

DEPTH = 20
"""Changes of a member that can be undone, one after the other."""

_TABLES = {table.name: table for table in (votes, readings, notes, interests)}


_CHOICES = ("language", "zone", "named")
"""What a member chooses about themselves."""


def note_before(
    db: sa.Connection,
    member: int,
    now: datetime,
    *,
    numbers: Iterable[int] = (),
    topics: bool = False,
    choices: bool = False,
) -> None:
    """Remember all that a member has on these resources, the topics and other choices, before they change."""
    lock_member(db, member)
    chosen = list(numbers)
    before: dict[str, list[dict[str, Any]]] = {}
    for table in (votes, readings, notes) if chosen else ():
        query = sa.select(table).where(table.c.member == member, table.c.number.in_(chosen))
        before[table.name] = [_stored(row._mapping) for row in db.execute(query)]
    if topics:
        query = sa.select(interests).where(interests.c.member == member)
        before[interests.name] = [_stored(row._mapping) for row in db.execute(query)]
    own: dict[str, Any] = {}
    if choices:
        query = sa.select(*(members.c[name] for name in _CHOICES)).where(members.c.id == member)
        own = dict(db.execute(query).one()._mapping)
    stored = {"numbers": chosen, "rows": before, "choices": own}
    db.execute(changes.insert().values(member=member, at=now, before=stored))
    _forget_old(db, member)


def _forget_old(db: sa.Connection, member: int) -> None:
    own = sa.select(changes.c.id).where(changes.c.member == member).order_by(changes.c.id.desc())
    oldest_kept = db.execute(own.offset(DEPTH - 1).limit(1)).scalar()
    if oldest_kept is not None:
        db.execute(changes.delete().where(changes.c.member == member, changes.c.id < oldest_kept))


def undo(db: sa.Connection, member: int) -> list[int] | None:
    """Put back what the last change found; the numbers concerned, or None when there is nothing to undo."""
    lock_member(db, member)
    query = sa.select(changes).where(changes.c.member == member).order_by(changes.c.id.desc()).limit(1)
    last = db.execute(query).first()
    if last is None:
        return None
    moved = _moved(db, last.before["numbers"])
    for name, rows in last.before["rows"].items():
        table = _TABLES[name]
        own = table.c.member == member
        if "number" in table.c:
            own = sa.and_(own, table.c.number.in_(list(moved.values())))
        db.execute(table.delete().where(own))
        upsert(db, table, [row for row in (_restored(table, row, moved) for row in rows) if row])
    if choices := last.before.get("choices"):
        db.execute(members.update().where(members.c.id == member).values(choices))
    db.execute(changes.delete().where(changes.c.id == last.id))
    return sorted(set(moved.values()))


def forget_note(db: sa.Connection, member: int, note: int) -> None:
    """Take a deleted note out of all that could bring it back: nothing keeps its text."""
    for row in db.execute(sa.select(changes).where(changes.c.member == member)).all():
        before = row.before["rows"].get(notes.name, [])
        kept = [x for x in before if x["id"] != note]
        if len(kept) != len(before):
            rows = row.before["rows"] | {notes.name: kept}
            db.execute(changes.update().where(changes.c.id == row.id).values(before=row.before | {"rows": rows}))


def _moved(db: sa.Connection, numbers: list[int]) -> dict[int, int]:
    """Where the resources are now: merged ones under their new number, deleted ones nowhere."""
    query = sa.select(redirects.c.number, redirects.c.target).where(redirects.c.number.in_(numbers))
    targets = {row.number: row.target for row in db.execute(query)}
    now = {number: targets.get(number, number) for number in numbers}
    there = set(db.execute(sa.select(resources.c.number).where(resources.c.number.in_(list(now.values())))).scalars())
    return {number: target for number, target in now.items() if target in there}


def _stored(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()}


def _restored(table: sa.Table, row: Mapping[str, Any], moved: Mapping[int, int]) -> dict[str, Any] | None:
    values = {
        name: datetime.fromisoformat(value)
        if value is not None and isinstance(table.c[name].type, sa.TypeDecorator)
        else value
        for name, value in row.items()
    }
    if "number" not in values:
        return values
    number = moved.get(row["number"])
    return None if number is None else values | {"number": number}
