"""The events by which a platform itself shows meetings, and which version of a meeting each of them shows.

A `reference` is the platform's id; None where it took no event (it is asked again a day later), empty where somebody
took the event away there.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage.agenda import events, meetings
from storage.meetings import Meeting, get
from storage.writes import insert

AHEAD = timedelta(days=28)
"""How long before a meeting its event appears; a platform holds only so many."""
_APART = timedelta(minutes=1)
_AGAIN = timedelta(days=1)


def behind(db: sa.Connection, platforms: Collection[str], now: datetime) -> list[tuple[Meeting, str | None]]:
    """Meetings whose event shows something else or is not there yet, each with its reference, soonest first."""
    never = events.c.meeting.is_(None)
    other = sa.and_(events.c.sequence.is_distinct_from(meetings.c.sequence), events.c.tried_at <= now - _APART)
    refused = sa.and_(events.c.reference.is_(None), events.c.tried_at <= now - _AGAIN)
    near = sa.and_(meetings.c.state == "planned", meetings.c.starts_at > now, meetings.c.starts_at < now + AHEAD)
    off = sa.and_(meetings.c.state == "cancelled", events.c.reference != "", other)
    query = (
        sa.select(meetings.c.id, events.c.reference)
        .outerjoin(events, events.c.meeting == meetings.c.id)
        .where(meetings.c.platform.in_(list(platforms)), sa.func.coalesce(events.c.reference, "-") != "")
        .where(sa.or_(sa.and_(near, sa.or_(never, other, refused)), off))
        .order_by(meetings.c.starts_at)
        .limit(20)
    )
    found = [(get(db, row.id), row.reference) for row in db.execute(query).all()]
    return [(meeting, reference) for meeting, reference in found if meeting is not None]


def take(db: sa.Connection, meeting: int, now: datetime) -> bool:
    """Take the next try at an event for the caller alone; False when another process has it."""
    free = sa.and_(events.c.meeting == meeting, events.c.tried_at <= now - _APART)
    if db.execute(events.update().where(free).values(tried_at=now)).rowcount:
        return True
    made = insert(db, events).values(meeting=meeting, tried_at=now).on_conflict_do_nothing().returning(sa.literal(1))
    return db.execute(made).first() is not None


def record(db: sa.Connection, meeting: Meeting, reference: str | None) -> None:
    """Note which version of a meeting its event shows."""
    values = {"reference": reference, "sequence": meeting.sequence}
    db.execute(events.update().where(events.c.meeting == meeting.id).values(values))
