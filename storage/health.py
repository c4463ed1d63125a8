"""Whether the database can be used right now."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from storage.database import reading, unreachable, writing
from storage.deliveries import claim, release


def problem(engine: sa.Engine, *, write: bool = False) -> str | None:
    """One line on what is wrong, or None; with `write` something is written and taken back."""
    try:
        with reading(engine) as db:
            db.execute(sa.text("SELECT 1"))
        if write:
            with writing(engine) as db:
                claim(db, "doctor", datetime.now(UTC))
                release(db, "doctor")
    except SQLAlchemyError as error:
        return unreachable(engine, error)
    return None
