"""Migrations bring any database to exactly the schema of storage.tables."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from storage import upgrade
from storage.tables import metadata


def test_the_migrations_build_the_declared_schema(engine: sa.Engine) -> None:
    with engine.connect() as db:
        options = {"include_name": lambda name, kind, parents: not (kind == "table" and name.startswith("search_fts"))}
        differences = compare_metadata(MigrationContext.configure(db, opts=options), metadata)
    assert differences == []


def test_upgrading_twice_changes_nothing(engine: sa.Engine) -> None:
    upgrade(engine)
    with engine.connect() as db:
        assert db.execute(sa.text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
