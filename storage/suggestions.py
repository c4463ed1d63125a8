"""Proposed resources that wait for a moderator of the club."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from storage.tables import suggestions

State = Literal["waiting", "accepted", "declined"]


@dataclass(frozen=True)
class Suggestion:
    """A proposal: what it is called, where it is, why it is worth reading, and what became of it."""

    id: int
    club: int
    title: str
    url: str | None
    why: str | None
    state: State
    member: int | None


def suggest(
    db: sa.Connection, club: int, member: int, title: str, url: str | None, why: str | None, now: datetime
) -> Suggestion:
    """Keep a proposal; the same link proposed again while it waits stays one."""
    same = suggestions.c.url == url if url else suggestions.c.title == title
    waiting = sa.select(suggestions.c.id).where(suggestions.c.club == club, suggestions.c.state == "waiting", same)
    known = db.execute(waiting).scalar()
    if known is None:
        values = {"club": club, "member": member, "title": title, "url": url, "why": why, "state": "waiting"}
        statement = suggestions.insert().values(**values, created_at=now).returning(suggestions.c.id)
        known = db.execute(statement).scalar_one()
    found = get(db, club, known)
    if found is None:
        raise LookupError(f"suggestion {known} vanished")
    return found


def get(db: sa.Connection, club: int, number: int) -> Suggestion | None:
    """The club's proposal of that number, or None."""
    row = db.execute(sa.select(suggestions).where(suggestions.c.club == club, suggestions.c.id == number)).first()
    return _suggestion(row) if row else None


def in_state(db: sa.Connection, club: int, state: State) -> list[Suggestion]:
    """The club's proposals in a state, oldest first."""
    query = sa.select(suggestions).where(suggestions.c.club == club, suggestions.c.state == state)
    return [_suggestion(row) for row in db.execute(query.order_by(suggestions.c.id))]


def decide(db: sa.Connection, number: int, state: State, now: datetime) -> bool:
    """Accept or decline a waiting proposal; False when somebody has decided already."""
    waiting = sa.and_(suggestions.c.id == number, suggestions.c.state == "waiting")
    return db.execute(suggestions.update().where(waiting).values(state=state, decided_at=now)).rowcount == 1


def rename(db: sa.Connection, number: int, title: str) -> None:
    """Give a proposal the title under which it is to be listed."""
    db.execute(suggestions.update().where(suggestions.c.id == number).values(title=title))


def _suggestion(row: sa.Row[tuple[object, ...]]) -> Suggestion:
    return Suggestion(row.id, row.club, row.title, row.url, row.why, row.state, row.member)
