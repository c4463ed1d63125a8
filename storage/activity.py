"""What happened in a club in a span of time: what was posted, voted, read and noted."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage import votes as vote_queries
from storage.tables import members, notes, readings
from storage.timetable import posts


@dataclass(frozen=True)
class Pass:
    """One pass that a member finished; the name only where the member shows it."""

    number: int
    member: int
    name: str | None
    passes: int
    at: datetime


@dataclass(frozen=True)
class Activity:
    """All of it; numbers with most first. `posted` is in the order of days."""

    posted: tuple[int, ...] = ()
    voted: tuple[int, ...] = ()
    wanted: tuple[int, ...] = ()
    discussed: tuple[int, ...] = ()
    passes: tuple[Pass, ...] = ()
    unread: tuple[int, ...] = ()

    @property
    def anything(self) -> bool:
        """Whether there is anything to say."""
        return bool(self.posted or self.voted or self.wanted or self.discussed or self.passes)


def activity(db: sa.Connection, club: int, first: str, since: datetime, until: datetime, most: int = 3) -> Activity:
    """What happened in a club from `since` until `until`; `first` is the local day of `since`."""
    posted = _posted(db, club, first, until)
    passes = _passes(db, club, since, until)
    ever: set[int] = set(db.execute(_read_by(club, posted)).scalars()) if posted else set()
    up, _count = vote_queries.top(db, club, "up", since, None, limit=most, offset=0)
    want, _count = vote_queries.top(db, club, "want", since, None, limit=most, offset=0)
    return Activity(
        posted=tuple(posted),
        voted=tuple(up),
        wanted=tuple(want),
        discussed=tuple(_discussed(db, club, since, until, most)),
        passes=tuple(passes),
        unread=tuple(number for number in posted if number not in ever),
    )


def _posted(db: sa.Connection, club: int, first: str, until: datetime) -> list[int]:
    query = sa.select(posts.c.number).where(
        posts.c.club == club, posts.c.kind == "daily", posts.c.state == "sent", posts.c.number.is_not(None),
        posts.c.date >= first, posts.c.due_at < until,
    )  # fmt: skip
    return list(dict.fromkeys(db.execute(query.order_by(posts.c.date, posts.c.id)).scalars()))


def _ours(club: int) -> sa.Select[Any]:
    return sa.select(members.c.id).where(members.c.club == club)


def _read_by(club: int, numbers: list[int]) -> sa.Select[Any]:
    c = readings.c
    return sa.select(c.number).where(c.number.in_(numbers), c.state == "read", c.member.in_(_ours(club)))


def _passes(db: sa.Connection, club: int, since: datetime, until: datetime) -> list[Pass]:
    query = (
        sa.select(readings, members.c.name, members.c.named)
        .join(members, members.c.id == readings.c.member)
        .where(members.c.club == club, readings.c.changed_at >= since)
    )
    found = []
    for row in db.execute(query):
        for depth, at in enumerate((row.first_at, row.second_at, row.third_at), 1):
            if at is not None and since <= at < until:
                found.append(Pass(row.number, row.member, row.name if row.named else None, depth, at))
    return sorted(found, key=lambda p: (p.at, p.member))


def _discussed(db: sa.Connection, club: int, since: datetime, until: datetime, most: int) -> list[int]:
    c = notes.c
    query = sa.select(c.number).where(
        c.shared, c.created_at >= since, c.created_at < until, c.member.in_(_ours(club))
    )  # fmt: skip
    return [number for number, _count in Counter(db.execute(query.order_by(c.id)).scalars()).most_common(most)]
