"""The schema, one for SQLite and PostgreSQL. Migrations bring a database to it; a test compares the two."""

from datetime import UTC, datetime

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite keeps no zone, so it is taken off on the way in and put back on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse naive values; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was about to be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give back aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


sources = sa.Table(
    "sources",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("shape", sa.Text, nullable=False),
    sa.Column("url", sa.Text),
    sa.Column("revision", sa.Text),
    sa.Column("checksum", sa.Text),
    sa.Column("etag", sa.Text),
    sa.Column("last_modified", sa.Text),
    sa.Column("imported_at", UtcDateTime),
)

resources = sa.Table(
    "resources",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False, index=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("title_zh", sa.Text),
    sa.Column("urls", sa.JSON, nullable=False),
    sa.Column("arxiv_id", sa.Text),
    sa.Column("doi", sa.Text),
    sa.Column("authors", sa.JSON, nullable=False),
    sa.Column("works", sa.JSON, nullable=False),
    sa.Column("affiliation", sa.Text),
    sa.Column("organisation", sa.Text),
    sa.Column("venue", sa.Text, index=True),
    sa.Column("year", sa.Integer, index=True),
    sa.Column("date", sa.Text),
    sa.Column("aliases", sa.JSON, nullable=False),
    sa.Column("about", sa.Text),
    sa.Column("abstract", sa.Text),
    sa.Column("provenance", sa.JSON, nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False),
    sa.Column("flags", sa.JSON, nullable=False),
    sa.Column("listed", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)

resource_keys = sa.Table(
    "resource_keys",
    metadata,
    sa.Column("number", sa.ForeignKey("resources.number", ondelete="CASCADE"), primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Index("ix_resource_keys_key", "key"),
)

resource_topics = sa.Table(
    "resource_topics",
    metadata,
    sa.Column("number", sa.ForeignKey("resources.number", ondelete="CASCADE"), primary_key=True),
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Index("ix_resource_topics_topic", "topic"),
)

resource_links = sa.Table(
    "resource_links",
    metadata,
    sa.Column("number", sa.ForeignKey("resources.number", ondelete="CASCADE"), primary_key=True),
    sa.Column("relation", sa.Text, primary_key=True),
    sa.Column("target", sa.ForeignKey("resources.number", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Index("ix_resource_links_target", "target"),
)

listings = sa.Table(
    "listings",
    metadata,
    sa.Column("source", sa.ForeignKey("sources.code", ondelete="CASCADE"), primary_key=True),
    sa.Column("entry_key", sa.Text, primary_key=True),
    sa.Column("number", sa.ForeignKey("resources.number", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("section", sa.JSON, nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("stars", sa.Integer),
    sa.Column("read_passes", sa.Integer),
    sa.Column("read", sa.Boolean),
    sa.Column("note_url", sa.Text),
    sa.Column("code_urls", sa.JSON, nullable=False),
    sa.Column("damaged", sa.Boolean, nullable=False),
    sa.Column("listed", sa.Boolean, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("value", sa.JSON, nullable=False),
)

redirects = sa.Table(
    "redirects",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("target", sa.ForeignKey("resources.number", ondelete="CASCADE"), nullable=False),
)

withdrawals = sa.Table(
    "withdrawals",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("withdrawn_at", UtcDateTime, nullable=False),
)
