"""One person with several accounts, one club in several spaces: whatever belonged to two belongs to one from then on.

Every table that knows members or clubs is covered, by its foreign keys. Where only one row can stay, it is the one
that was written last, or else that of the one who stays: so there is one ballot a poll, and one answer a meeting.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage.agenda import link_codes
from storage.carry import latest_signals, united
from storage.tables import changes, clubs, members, metadata, readings, votes
from storage.writes import lock_member, upsert

LIVES = timedelta(minutes=10)
"""How long a code may be used."""
_TIMES = ("cast_at", "changed_at", "at", "since")


def put_code(db: sa.Connection, member: int, kind: str, code: str, now: datetime) -> None:
    """Note a code by which a member links another account, or an admin another club; those before it end."""
    own = sa.and_(link_codes.c.member == member, link_codes.c.kind == kind)
    db.execute(link_codes.delete().where(sa.or_(own, link_codes.c.expires_at <= now)))
    db.execute(link_codes.insert().values(digest=_digest(code), kind=kind, member=member, expires_at=now + LIVES))


def take_code(db: sa.Connection, kind: str, code: str, now: datetime) -> int | None:
    """The member who was given this code, which is used up with that; None where it is none (any more)."""
    good = sa.and_(link_codes.c.digest == _digest(code), link_codes.c.kind == kind, link_codes.c.expires_at > now)
    return db.execute(link_codes.delete().where(good).returning(link_codes.c.member)).scalar()


def _digest(code: str) -> str:
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()


def unite_members(db: sa.Connection, keep: int, gone: int) -> None:
    """Give everything that one member has to another of the same club; what the one could take back is forgotten."""
    for member in sorted((keep, gone)):
        lock_member(db, member)
    db.execute(changes.delete().where(changes.c.member.in_([keep, gone])))
    _unite_readings(db, keep, gone)
    first = sa.select(sa.func.min(members.c.created_at)).where(members.c.id.in_([keep, gone])).scalar_subquery()
    db.execute(members.update().where(members.c.id == keep).values(created_at=first))
    _move(db, members, keep, gone)
    rows = [dict(row._mapping) for row in db.execute(sa.select(votes).where(votes.c.member == keep))]
    db.execute(votes.delete().where(votes.c.member == keep))
    upsert(db, votes, latest_signals(rows))
    db.execute(members.delete().where(members.c.id == gone))


def unite_clubs(db: sa.Connection, keep: int, gone: int) -> None:
    """Give everything that one club has to another."""
    _move(db, clubs, keep, gone)
    db.execute(clubs.delete().where(clubs.c.id == gone))


def _unite_readings(db: sa.Connection, keep: int, gone: int) -> None:
    mine, theirs = (
        {row.number: dict(row._mapping) for row in db.execute(sa.select(readings).where(readings.c.member == member))}
        for member in (keep, gone)
    )
    both = [united(mine[n], theirs[n]) | {"member": keep} for n in mine.keys() & theirs.keys()]
    upsert(db, readings, both)
    db.execute(readings.delete().where(readings.c.member == gone, readings.c.number.in_(mine.keys())))


def _move(db: sa.Connection, parent: sa.Table, keep: int, gone: int) -> None:
    """Let every row that points to one row of a table point to another."""
    for table in metadata.sorted_tables:
        for column in (c for c in table.c if any(key.column is parent.c.id for key in c.foreign_keys)):
            for unique in _uniques(table, column):
                _make_room(db, table, column, unique, (keep, gone))
            db.execute(table.update().where(column == gone).values({column.name: keep}))


def _uniques(table: sa.Table, column: sa.Column[Any]) -> list[list[str]]:
    """The other columns of each key that a column is part of."""
    keys = [x for x in table.constraints if isinstance(x, sa.PrimaryKeyConstraint | sa.UniqueConstraint)]
    return [[c.name for c in key.columns if c is not column] for key in keys if column.name in key.columns]


def _make_room(
    db: sa.Connection, table: sa.Table, column: sa.Column[Any], unique: list[str], pair: tuple[int, int]
) -> None:
    """Delete one of each two rows that would have the same key."""
    standing: dict[tuple[Any, ...], dict[str, Any]] = {}
    keep, _gone = pair
    rows = [dict(row._mapping) for row in db.execute(sa.select(table).where(column.in_(pair)))]
    for row in sorted(rows, key=lambda row: row[column.name] != keep):
        key = tuple(row[name] for name in unique)
        other = standing.setdefault(key, row)
        if other is row:
            continue
        later = next((name for name in _TIMES if name in table.c), None)
        loser = other if later is not None and row[later] > other[later] else row
        standing[key] = row if loser is other else other
        values = {column.name: loser[column.name]} | {name: loser[name] for name in unique}
        db.execute(table.delete().where(*(table.c[name] == value for name, value in values.items())))
