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
    sa.Column("location", sa.Text),
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
    sa.Column("last_number", sa.Integer, nullable=False, server_default="0"),
)
"""Who must not come back. `last_number` was the largest in use then: nothing else gets the number of one who left."""

spaces = sa.Table(
    "spaces",
    metadata,
    sa.Column("platform", sa.Text, primary_key=True),
    sa.Column("space", sa.Text, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("joined_at", UtcDateTime, nullable=False),
    sa.Column("left_at", UtcDateTime),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("seen_at", UtcDateTime, nullable=False, index=True),
)

slack_installations = sa.Table(
    "slack_installations",
    metadata,
    sa.Column("space", sa.Text, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("bot_id", sa.Text),
    sa.Column("bot_user", sa.Text),
    sa.Column("installer", sa.Text),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("refresh_token", sa.Text),
    sa.Column("expires_at", UtcDateTime),
    sa.Column("installed_at", UtcDateTime, nullable=False),
    sa.Column("refreshing_until", UtcDateTime),
)

slack_states = sa.Table(
    "slack_states",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("expires_at", UtcDateTime, nullable=False),
)

discord_lines = sa.Table(
    "discord_lines",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("shown_at", UtcDateTime, nullable=False, index=True),
)

discord_registrations = sa.Table(
    "discord_registrations",
    metadata,
    sa.Column("application", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("registered_at", UtcDateTime, nullable=False),
)

clubs = sa.Table(
    "clubs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("leaderboard", sa.Boolean, nullable=False, server_default=sa.false()),
)

club_spaces = sa.Table(
    "club_spaces",
    metadata,
    sa.Column("platform", sa.Text, primary_key=True),
    sa.Column("space", sa.Text, primary_key=True),
    sa.Column("club", sa.ForeignKey("clubs.id", ondelete="CASCADE"), nullable=False, index=True),
)

channels = sa.Table(
    "channels",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("club", sa.ForeignKey("clubs.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("space", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.UniqueConstraint("platform", "space", "channel"),
)

members = sa.Table(
    "members",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("club", sa.ForeignKey("clubs.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("language", sa.Text),
    sa.Column("zone", sa.Text),
    sa.Column("named", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("platform", sa.Text, primary_key=True),
    sa.Column("space", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("member", sa.ForeignKey("members.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("seen_at", UtcDateTime, nullable=False),
)

votes = sa.Table(
    "votes",
    metadata,
    sa.Column("member", sa.ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.ForeignKey("resources.number", ondelete="CASCADE"), primary_key=True),
    sa.Column("signal", sa.Text, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("ix_votes_number", "number"),
)

readings = sa.Table(
    "readings",
    metadata,
    sa.Column("member", sa.ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.ForeignKey("resources.number", ondelete="CASCADE"), primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("passes", sa.Integer, nullable=False),
    sa.Column("rating", sa.Integer),
    sa.Column("saved_at", UtcDateTime),
    sa.Column("started_at", UtcDateTime),
    sa.Column("first_at", UtcDateTime),
    sa.Column("second_at", UtcDateTime),
    sa.Column("third_at", UtcDateTime),
    sa.Column("skipped_at", UtcDateTime),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Index("ix_readings_number", "number"),
)

notes = sa.Table(
    "notes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("member", sa.ForeignKey("members.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("number", sa.ForeignKey("resources.number", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("shared", sa.Boolean, nullable=False),
    sa.Column("link", sa.Text),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
)

note_requests = sa.Table(
    "note_requests",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("space", sa.Text, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("number", sa.ForeignKey("resources.number", ondelete="CASCADE"), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("link", sa.Text),
    sa.Column("asked_by", sa.ForeignKey("members.id", ondelete="CASCADE"), nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
)

interests = sa.Table(
    "interests",
    metadata,
    sa.Column("member", sa.ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("topic", sa.Text, primary_key=True),
)

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("member", sa.ForeignKey("members.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("before", sa.JSON, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

shown_cards = sa.Table(
    "shown_cards",
    metadata,
    sa.Column("platform", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("message", sa.Text, primary_key=True),
    sa.Column("number", sa.ForeignKey("resources.number", ondelete="CASCADE"), primary_key=True),
    sa.Column("space", sa.Text, nullable=False),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("shown_at", UtcDateTime, nullable=False, index=True),
    sa.Index("ix_shown_cards_number", "number"),
)

outdated_messages = sa.Table(
    "outdated_messages",
    metadata,
    sa.Column("platform", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("message", sa.Text, primary_key=True),
    sa.Column("space", sa.Text, nullable=False),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("next_at", UtcDateTime, nullable=False, index=True),
)
"""Public messages that must be said again."""

suggestions = sa.Table(
    "suggestions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("club", sa.ForeignKey("clubs.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("member", sa.ForeignKey("members.id", ondelete="SET NULL")),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("url", sa.Text),
    sa.Column("why", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("decided_at", UtcDateTime),
)

club_concepts = sa.Table(
    "club_concepts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("club", sa.ForeignKey("clubs.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("names", sa.JSON, nullable=False),
    sa.Column("narrower", sa.JSON, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)
