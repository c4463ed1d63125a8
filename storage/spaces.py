"""Slack workspaces and Discord guilds: where the bot is, and since when it is gone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage.agenda import autopilots
from storage.tables import accounts, channels, club_spaces, clubs, members, note_requests, shown_cards, spaces
from storage.timetable import posts, schedules

GRACE = timedelta(days=30)
"""How long a space that the bot left can come back to what it had."""


def join(db: sa.Connection, platform: str, space: str, name: str | None, now: datetime) -> None:
    """Note that the bot is in a space; coming back within the grace period finds everything as it was."""
    here = sa.and_(spaces.c.platform == platform, spaces.c.space == space)
    if db.execute(spaces.update().where(here).values(name=name, left_at=None)).rowcount == 0:
        db.execute(spaces.insert().values(platform=platform, space=space, name=name, joined_at=now))


def leave(db: sa.Connection, platform: str, space: str, now: datetime) -> None:
    """Note that the bot was removed from a space; its things are kept for the grace period."""
    here = sa.and_(spaces.c.platform == platform, spaces.c.space == space, spaces.c.left_at.is_(None))
    db.execute(spaces.update().where(here).values(left_at=now))


def expired(db: sa.Connection, platform: str, now: datetime) -> Sequence[str]:
    """The spaces whose grace period is over."""
    query = sa.select(spaces.c.space).where(spaces.c.platform == platform, spaces.c.left_at < now - GRACE)
    return list(db.execute(query.order_by(spaces.c.space)).scalars())


def purge(db: sa.Connection, platform: str, space: str) -> None:
    """Delete everything that belongs to a space; a club that lives on in another space keeps its own things.

    An autopilot that posted there is off until an admin says where else it is to post.
    """
    here = sa.and_(autopilots.c.platform == platform, autopilots.c.space == space)
    db.execute(autopilots.update().where(here).values(active=False))
    for table in (posts, schedules, channels, accounts, club_spaces, spaces, shown_cards, note_requests):
        db.execute(table.delete().where(table.c.platform == platform, table.c.space == space))
    db.execute(members.delete().where(members.c.id.not_in(sa.select(accounts.c.member))))
    db.execute(clubs.delete().where(clubs.c.id.not_in(sa.select(club_spaces.c.club))))
