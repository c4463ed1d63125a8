"""The index's tables: plain tables, the same on every engine."""

import sqlalchemy as sa

from storage.tables import metadata

search_state = sa.Table(
    "search_state",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, nullable=False),
    # Another text after every change of the index; never the same one again, also not after a rollback.
    sa.Column("revision", sa.Text, nullable=False, server_default=""),
)

search_records = sa.Table(
    "search_records",
    metadata,
    # No foreign key: a record is needed once more, to clean the index, after its resource has gone.
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, nullable=False, index=True),
    sa.Column("tokens", sa.Text, nullable=False),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("names", sa.JSON, nullable=False),
)

search_postings = sa.Table(
    "search_postings",
    metadata,
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("block", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

search_words = sa.Table(
    "search_words",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("word", sa.Text, nullable=False, unique=True),
    sa.Column("token", sa.Text, nullable=False, index=True),
)

search_names = sa.Table(
    "search_names",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("uses", sa.Integer, nullable=False),
    sa.UniqueConstraint("name", "kind", "number"),
)
