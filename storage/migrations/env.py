"""Alembic's entry: runs on the connection that storage.database hands over."""

from alembic import context

import storage.agenda
import storage.timetable  # noqa: F401 - declares its tables
from storage.tables import metadata


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Leave the full-text index's shadow tables out of comparisons."""
    return not (kind == "table" and name is not None and name.startswith("search_fts"))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    include_name=include_name,
)
with context.begin_transaction():
    context.run_migrations()
