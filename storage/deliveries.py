"""What platforms delivered: each event acts once, however often and to however many processes it comes."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.tables import deliveries

KEEP = timedelta(days=2)
"""How long a delivery is remembered; platforms repeat theirs for an hour at most."""


def claim(db: sa.Connection, key: str, now: datetime) -> bool:
    """Whether this delivery is new; from now on it no longer is. `key` names platform and event."""
    values = {"key": key, "seen_at": now}
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    statement = insert(deliveries).values(values).on_conflict_do_nothing().returning(deliveries.c.key)
    return db.execute(statement).first() is not None  # an insert's row count is not told by every driver


def release(db: sa.Connection, key: str) -> None:
    """Forget a delivery whose work was not done, so that its repetition acts."""
    db.execute(deliveries.delete().where(deliveries.c.key == key))


def expire(db: sa.Connection, now: datetime) -> int:
    """Forget deliveries older than KEEP; returns how many."""
    return db.execute(deliveries.delete().where(deliveries.c.seen_at < now - KEEP)).rowcount
