"""Opening a database and bringing it to the newest schema."""

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

log = logging.getLogger(__name__)

BUSY_SECONDS = 30
"""How long a writer waits for another process's transaction on the same SQLite file."""


class DatabaseError(Exception):
    """The database can't be used; the text says what to do."""


def open_database(url: str) -> sa.Engine:
    """Open `sqlite:///file`, `postgresql://…` or a bare file path; nothing is written yet.

    Raises DatabaseError when the URL is none that Paperclub understands.
    """
    try:
        parsed = make_url(url if "://" in url else f"sqlite:///{url}")
    except ArgumentError as error:
        raise DatabaseError(f"Not a database URL: {url!r}. Use sqlite:///FILE or postgresql://…") from error
    if parsed.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        return sa.create_engine(
            parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=10, max_overflow=10
        )
    if parsed.get_backend_name() != "sqlite":
        raise DatabaseError(f"Paperclub runs on SQLite and PostgreSQL, not on {parsed.drivername}.")
    return _open_sqlite(parsed)


def _open_sqlite(url: sa.URL) -> sa.Engine:
    options: dict[str, Any] = {"connect_args": {"timeout": BUSY_SECONDS, "check_same_thread": False}}
    if url.database in {None, "", ":memory:"}:
        options["poolclass"] = sa.StaticPool
    else:
        Path(str(url.database)).expanduser().parent.mkdir(parents=True, exist_ok=True)
        url = url.set(database=str(Path(str(url.database)).expanduser()))
    engine = sa.create_engine(url, execution_options={"paperclub_turns": threading.Lock()}, **options)
    sa.event.listen(engine, "connect", _configure_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we emit BEGIN ourselves, so that DDL is part of the transaction
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later would fail at once when another process wrote in between,
    # therefore writers take the lock at the beginning and readers are not allowed to write.
    readonly = connection.get_execution_options().get("paperclub_reading", False)
    if connection.info.get("readonly") != readonly:
        connection.exec_driver_sql(f"PRAGMA query_only={int(readonly)}")
        connection.info["readonly"] = readonly
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")


@contextlib.contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that sees one state of the database and can't change it; it waits for no writer."""
    with engine.connect() as connection:
        connection = connection.execution_options(paperclub_reading=True)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield connection


@contextlib.contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that commits when the block ends and rolls back when it raises."""
    with _turn(engine), engine.begin() as connection:
        yield connection


@contextlib.contextmanager
def _turn(engine: sa.Engine) -> Iterator[None]:
    """Let the threads that write to one SQLite file take turns.

    Among themselves they wait until the other is done; SQLite itself would look again after ever longer pauses.
    """
    turns: threading.Lock | None = engine.get_execution_options().get("paperclub_turns")
    mine = turns is not None and turns.acquire(timeout=BUSY_SECONDS)
    try:
        yield
    finally:
        if turns is not None and mine:
            turns.release()


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: sa.Engine) -> None:
    """Run the migrations that this database has not seen, all in one transaction.

    Raises DatabaseError when the server can't be reached or the database comes from a newer Paperclub.
    """
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":  # several processes may start at once
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(731958)"))
            command.upgrade(_config(connection), "head")
    except CommandError as error:
        raise DatabaseError(
            "This database was made by a newer Paperclub. Update the program, or name another --database."
        ) from error
    except SQLAlchemyError as error:
        raise DatabaseError(unreachable(engine, error)) from error


def unreachable(engine: sa.Engine, error: SQLAlchemyError) -> str:
    """One line on why the database can't be used, without the password."""
    reason = str(getattr(error, "orig", error) or error).strip().splitlines()[0]
    return f"The database {engine.url.render_as_string(hide_password=True)} can't be used: {reason}"
