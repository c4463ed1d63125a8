"""Notes: what members write about a resource, and messages that wait for their author's yes to become one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage.tables import members, note_requests, notes

WAIT = timedelta(days=14)
"""How long a message waits for its author's consent before its text is forgotten."""


@dataclass(frozen=True)
class Note:
    """A member's words on a resource. `link` leads to the message it was taken from; `name` is the writer's."""

    id: int
    member: int
    number: int
    text: str
    shared: bool
    link: str | None
    created_at: datetime
    changed_at: datetime
    name: str


@dataclass(frozen=True)
class Request:
    """A message that somebody wants to keep as a note; its author (an account of a platform) has to agree."""

    id: int
    platform: str
    space: str
    account: str
    number: int
    text: str
    link: str | None
    asked_by: int
    asked_at: datetime


def add(
    db: sa.Connection,
    member: int,
    number: int,
    text: str,
    now: datetime,
    *,
    shared: bool = False,
    link: str | None = None,
) -> int:
    """Write a note; its id."""
    values = {"member": member, "number": number, "text": text, "shared": shared, "link": link}
    values |= {"created_at": now, "changed_at": now}
    return int(db.execute(notes.insert().values(values).returning(notes.c.id)).scalar_one())


def find(db: sa.Connection, note: int, member: int) -> Note | None:
    """A member's own note; None also when it is somebody else's."""
    row = db.execute(_notes().where(notes.c.id == note, notes.c.member == member)).first()
    return _note(row) if row else None


def change(db: sa.Connection, note: int, now: datetime, *, text: str | None = None, shared: bool | None = None) -> None:
    """Set a note's text or whether the club sees it."""
    values = {"text": text, "shared": shared}
    changed = {name: value for name, value in values.items() if value is not None}
    db.execute(notes.update().where(notes.c.id == note).values(**changed, changed_at=now))


def delete(db: sa.Connection, note: int) -> None:
    """Delete a note for good."""
    db.execute(notes.delete().where(notes.c.id == note))


def mine(
    db: sa.Connection, member: int, number: int | None = None, *, limit: int = 100, offset: int = 0
) -> tuple[list[Note], int]:
    """A page of a member's own notes, last changed first, and how many there are."""
    chosen = [notes.c.member == member, *([notes.c.number == number] if number is not None else [])]
    total = db.execute(sa.select(sa.func.count()).select_from(notes).where(*chosen)).scalar_one()
    query = _notes().where(*chosen).order_by(notes.c.changed_at.desc(), notes.c.id.desc())
    return [_note(row) for row in db.execute(query.limit(limit).offset(offset))], total


def takeaways(db: sa.Connection, club: int, numbers: Collection[int]) -> list[Note]:
    """The notes that a club's members share on these resources, oldest first."""
    query = _notes().where(members.c.club == club, notes.c.shared, notes.c.number.in_(list(numbers)))
    return [_note(row) for row in db.execute(query.order_by(notes.c.created_at, notes.c.id))]


def ask(db: sa.Connection, request: Request) -> int:
    """Note that a message waits for its author's consent (the request's own id is ignored); its id.

    What waited longer than WAIT is forgotten on the way.
    """
    db.execute(note_requests.delete().where(note_requests.c.asked_at < request.asked_at - WAIT))
    values = {name: getattr(request, name) for name in Request.__dataclass_fields__ if name != "id"}
    return int(db.execute(note_requests.insert().values(values).returning(note_requests.c.id)).scalar_one())


def answer(db: sa.Connection, request: int, platform: str, space: str, account: str) -> Request | None:
    """Take a request out of the queue for its author's answer; None for anybody else and when it is gone."""
    theirs = sa.and_(
        note_requests.c.platform == platform, note_requests.c.space == space, note_requests.c.account == account
    )
    statement = note_requests.delete().where(note_requests.c.id == request, theirs).returning(*note_requests.c)
    row = db.execute(statement).first()
    return Request(**row._mapping) if row else None


def _notes() -> sa.Select[Any]:
    return sa.select(notes, members.c.name).join(members, members.c.id == notes.c.member)


def _note(row: Any) -> Note:
    return Note(**row._mapping)
