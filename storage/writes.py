"""Row writes that both engines understand, and the lock that lets one member's changes follow each other."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.tables import members


def insert(db: sa.Connection, table: sa.Table) -> Any:
    """The engine's own INSERT, which knows ON CONFLICT."""
    return (postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert)(table)


def upsert(db: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Write whole rows; those with a known primary key are replaced."""
    if not rows:
        return
    statement = insert(db, table)
    keys = [column.name for column in table.primary_key]
    values = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    statement = (
        statement.on_conflict_do_update(index_elements=keys, set_=values)
        if values
        else statement.on_conflict_do_nothing(index_elements=keys)
    )
    db.execute(statement, list(rows))


def lock_member(db: sa.Connection, member: int) -> None:
    """Let nobody else change this member's things until the transaction ends.

    SQLite has one writer anyway. The lock is the weakest that does: it lets a merge of resources move the
    member's rows meanwhile, which would otherwise wait for us while we wait for it.
    """
    if db.dialect.name == "postgresql":
        db.execute(sa.select(members.c.id).where(members.c.id == member).with_for_update(key_share=True))
