"""The tables of schedules, of the posts that are owed, and of what members ask of a channel's queue."""

import sqlalchemy as sa

from storage.tables import UtcDateTime, metadata

schedules = sa.Table(
    "schedules",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("club", sa.ForeignKey("clubs.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("channel", sa.ForeignKey("channels.id", ondelete="CASCADE"), index=True),
    sa.Column("member", sa.ForeignKey("members.id", ondelete="CASCADE"), index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("space", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("time", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("days", sa.JSON, nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("paused_until", sa.Text),
    sa.Column("suspended_at", UtcDateTime),
    sa.Column("suspended_for", sa.Text),
    sa.Column("empty_told", sa.Boolean, nullable=False),
    sa.Column("slot", sa.Text),
    sa.Column("due_at", UtcDateTime, index=True),
    sa.UniqueConstraint("platform", "space", "target", "kind"),
)

posts = sa.Table(
    "posts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("club", sa.ForeignKey("clubs.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("schedule", sa.ForeignKey("schedules.id", ondelete="SET NULL"), index=True),
    sa.Column("parent", sa.ForeignKey("posts.id", ondelete="CASCADE"), index=True),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("space", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("date", sa.Text, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("number", sa.Integer),
    sa.Column("keys", sa.JSON, nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("why", sa.Text),
    sa.Column("error", sa.Text),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("queued_at", UtcDateTime, nullable=False),
    sa.Column("next_at", UtcDateTime),
    sa.Column("owner", sa.Text),
    sa.Column("claimed_until", UtcDateTime),
    sa.Column("begun_at", UtcDateTime),
    sa.Column("doubted_at", UtcDateTime),
    sa.Column("sent_at", UtcDateTime),
    sa.Column("place", sa.Text),
    sa.Column("reference", sa.Text),
    sa.Column("meeting", sa.Integer, index=True),
    sa.Column("edited_at", UtcDateTime),
    sa.Index("ix_posts_state_next_at", "state", "next_at"),
    sa.Index("ix_posts_platform_space_target_date", "platform", "space", "target", "date"),
)

wishes = sa.Table(
    "wishes",
    metadata,
    sa.Column("schedule", sa.ForeignKey("schedules.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("member", sa.ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("wish", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("ix_wishes_member", "member"),
)

pins = sa.Table(
    "pins",
    metadata,
    sa.Column("schedule", sa.ForeignKey("schedules.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("date", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
)
"""What admins chose for a local day. It is the channel's, so nobody's name stands by it."""
