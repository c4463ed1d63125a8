"""Fixtures that every test may use: a database of each engine, with or without the shipped catalogue."""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from postgres import find_binaries, running_server
from threadpoolctl import threadpool_limits

from bot.app import App
from bot.command import Actor
from bot.message import Message
from seeds.importer import refresh_shipped
from storage import open_database, upgrade

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""The moment at which tests happen."""

_counter = itertools.count()


@pytest.fixture(scope="session", autouse=True)
def _one_blas_thread() -> None:
    """As the program does: on few cores the threads of a matrix library only wait for each other."""
    threadpool_limits(1, user_api="blas")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a running PostgreSQL server; skips where no binaries are installed."""
    binaries = find_binaries()
    if binaries is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed: CI runs every database test on both engines")
        pytest.skip("PostgreSQL is not installed")
    with running_server(binaries) as url:
        yield url


class Databases:
    """Makes databases of one engine, fresh or as copies of a template built once a run."""

    def __init__(self, folder: Path, server: str | None) -> None:
        self._folder = folder
        self._server = server
        self._templates: dict[str, str] = {}

    def _create(self, template: str | None = None) -> str:
        name = f"db{next(_counter)}"
        if self._server is None:
            path = self._folder / f"{name}.sqlite"
            if template:
                shutil.copyfile(template.removeprefix("sqlite:///"), path)
            return f"sqlite:///{path}"
        base = template.rsplit("/", 1)[1] if template else "template1"
        self._administer(f"CREATE DATABASE {name} TEMPLATE {base}")
        return f"{self._server}/{name}"

    def url(self, template: str, fill: Callable[[sa.Engine], None]) -> str:
        """The URL of a new database that holds what `fill` wrote into an empty, migrated one."""
        if template not in self._templates:
            url = self._create()
            engine = open_database(url)
            upgrade(engine)
            fill(engine)
            if self._server is None:
                with engine.connect() as db:
                    db.exec_driver_sql("COMMIT")
                    db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                    db.exec_driver_sql("BEGIN")
            engine.dispose()
            self._templates[template] = url
        return self._create(self._templates[template])

    def drop(self, url: str) -> None:
        """Give the room of a database back: a server with hundreds of them takes a minute to clean up."""
        if self._server is not None:
            self._administer(f"DROP DATABASE IF EXISTS {url.rsplit('/', 1)[1]} WITH (FORCE)")

    def _administer(self, statement: str) -> None:
        admin = sa.create_engine(
            f"{self._server}/postgres".replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
        )
        with admin.connect() as db:
            db.exec_driver_sql(statement)
        admin.dispose()


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Databases of one engine; every test that uses it runs on both."""
    server = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    return Databases(tmp_path_factory.mktemp("databases"), server)


@pytest.fixture
def empty_url(databases: Databases) -> Iterator[str]:
    """The URL of a migrated database without any list."""
    url = databases.url("empty", lambda engine: None)
    yield url
    databases.drop(url)


@pytest.fixture
def engine(empty_url: str) -> Iterator[sa.Engine]:
    """A migrated database without any list."""
    engine = open_database(empty_url)
    yield engine
    engine.dispose()


@pytest.fixture
def catalogue(databases: Databases) -> Iterator[sa.Engine]:
    """A database with the shipped lists in it."""
    url = databases.url("catalogue", lambda engine: refresh_shipped(engine, NOW) and None)
    engine = open_database(url)
    yield engine
    engine.dispose()
    databases.drop(url)


@pytest.fixture
def app(catalogue: sa.Engine) -> App:
    """The bot over the shipped lists."""
    return App(catalogue)


@pytest.fixture
def alice() -> Actor:
    """A member without rights who reads English."""
    return Actor("console", "T1", "C1", "U1", "Alice")


@pytest.fixture
def say(app: App, alice: Actor) -> Callable[..., Message]:
    """Say a line as Alice and look at the message; keyword arguments change who speaks."""

    def speak(line: str, **changes: object) -> Message:
        return app.say(line, replace(alice, **changes), NOW)

    return speak
