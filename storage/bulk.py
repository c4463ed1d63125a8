"""Inserting very many rows at once."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

_Bind = Callable[[Any], Any]


def insert_rows(db: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns, two or more of them; none at all is fine, too.

    For SQLite the values are prepared here, column by column: SQLAlchemy's way, row by row, takes longer than
    the database itself.
    """
    if not rows:
        return
    if db.dialect.name != "sqlite":
        db.execute(table.insert(), list(rows))
        return
    names = list(rows[0])
    columns = [list(map(itemgetter(name), rows)) for name in names]
    for place, name in enumerate(names):
        if bind := _bind(db.dialect, table.c[name]):
            columns[place] = list(map(bind, columns[place]))
    marks = ", ".join("?" * len(names))
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - names of the schema
    db.exec_driver_sql(statement, list(zip(*columns, strict=True)))


def _bind(dialect: sa.Dialect, column: sa.Column[Any]) -> _Bind | None:
    """How the column's type turns a value into one that the driver takes; None where it takes it as it is."""
    bind: _Bind | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    if bind is None or not isinstance(column.type, sa.JSON):
        return bind
    given = bind
    return lambda value: "[]" if value == [] else given(value)  # most lists of most resources are empty
