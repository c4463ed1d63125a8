"""Very many rows at once: inserting them, and asking which of many values are there."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from json import dumps
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

_Bind = Callable[[Any], Any]


def insert_rows(db: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns, two or more of them; none at all is fine, too.

    The values are prepared here, column by column, and PostgreSQL gets them as a copy: SQLAlchemy's way, row by
    row, takes longer than the database itself.
    """
    names = list(rows[0]) if rows else []
    columns = [list(map(itemgetter(name), rows)) for name in names]
    for place, name in enumerate(names):
        if bind := _bind(db.dialect, table.c[name]):
            columns[place] = list(map(bind, columns[place]))
    insert_values(db, table, names, list(zip(*columns, strict=True)))


def insert_values(db: sa.Connection, table: sa.Table, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows of values that the driver takes as they are."""
    if not rows:
        return
    into = f"{table.name} ({', '.join(names)})"
    if db.dialect.name == "postgresql":
        driver: Any = db.connection.dbapi_connection
        with driver.cursor().copy(f"COPY {into} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        marks = ", ".join("?" * len(names))
        db.exec_driver_sql(f"INSERT INTO {into} VALUES ({marks})", rows)  # noqa: S608 - names of the schema


def _bind(dialect: sa.Dialect, column: sa.Column[Any]) -> _Bind | None:
    """How the column's type turns a value into one that the driver takes; None where it takes it as it is."""
    bind: _Bind | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    if bind is None or not isinstance(column.type, sa.JSON):
        return bind
    given = bind
    return lambda value: "[]" if value == [] else given(value)  # most lists of most resources are empty


def among(db: sa.Connection, column: sa.ColumnElement[Any], values: Iterable[Any]) -> sa.ColumnElement[bool]:
    """The condition that a column has one of the values, however many: they travel as one parameter."""
    wanted = list(values)
    if db.dialect.name == "postgresql":
        return column == sa.any_(sa.bindparam(None, wanted, type_=sa.ARRAY(column.type)))
    each = sa.func.json_each(dumps(wanted)).table_valued("value")
    return column.in_(sa.select(each.c.value))
