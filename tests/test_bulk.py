"""Inserting very many rows at once: the same rows as SQLAlchemy would insert."""

import gc
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from seeds.undisturbed import undisturbed
from storage.bulk import insert_rows
from storage.tables import UtcDateTime

_METADATA = sa.MetaData()
_THINGS = sa.Table(
    "things",
    _METADATA,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("names", sa.JSON),
    sa.Column("made", UtcDateTime),
    sa.Column("good", sa.Boolean),
)
_MADE = datetime(2026, 11, 21, 9, tzinfo=UTC)
_ROWS = [
    {"number": 1, "names": [], "made": _MADE, "good": True},
    {"number": 2, "names": ["é", {"a": None}], "made": _MADE, "good": False},
    {"number": 3, "names": None, "made": None, "good": None},
]


@pytest.fixture
def db():
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        _METADATA.create_all(connection)
        yield connection
    engine.dispose()


def test_rows_in_bulk_are_stored_as_single_ones_are(db):
    insert_rows(db, _THINGS, _ROWS)
    stored = db.exec_driver_sql("SELECT * FROM things ORDER BY number").all()
    db.execute(_THINGS.delete())
    for row in _ROWS:
        db.execute(_THINGS.insert().values(row))
    assert stored == db.exec_driver_sql("SELECT * FROM things ORDER BY number").all()


def test_no_rows_are_fine(db):
    insert_rows(db, _THINGS, [])
    assert db.execute(sa.select(_THINGS)).all() == []


def test_a_row_that_exists_is_refused_as_ever(db):
    insert_rows(db, _THINGS, _ROWS)
    with pytest.raises(sa.exc.IntegrityError):
        insert_rows(db, _THINGS, _ROWS[:1])


def _fail_undisturbed() -> None:
    with undisturbed():
        raise ValueError("on" if gc.isenabled() else "off")


def test_the_garbage_collector_is_back_after_a_failure():
    with pytest.raises(ValueError, match="off"):
        _fail_undisturbed()
    assert gc.isenabled()
