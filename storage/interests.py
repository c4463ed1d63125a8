"""Topics that members chose as theirs."""

from collections.abc import Iterable

import sqlalchemy as sa

from storage.tables import interests, members
from storage.writes import lock_member, upsert


def chosen(db: sa.Connection, member: int) -> list[str]:
    """The topics of a member, in order."""
    query = sa.select(interests.c.topic).where(interests.c.member == member)
    return list(db.execute(query.order_by(interests.c.topic)).scalars())


def choose(db: sa.Connection, member: int, topics: Iterable[str]) -> None:
    """Add topics to a member's."""
    lock_member(db, member)
    upsert(db, interests, [{"member": member, "topic": topic} for topic in dict.fromkeys(topics)])


def give_up(db: sa.Connection, member: int, topics: Iterable[str]) -> None:
    """Take topics from a member's."""
    lock_member(db, member)
    db.execute(interests.delete().where(interests.c.member == member, interests.c.topic.in_(list(topics))))


def of_club(db: sa.Connection, club: int) -> dict[int, list[str]]:
    """The topics of every member of a club who chose any."""
    query = sa.select(interests).join(members, members.c.id == interests.c.member).where(members.c.club == club)
    found: dict[int, list[str]] = {}
    for row in db.execute(query.order_by(interests.c.member, interests.c.topic)):
        found.setdefault(row.member, []).append(row.topic)
    return found
