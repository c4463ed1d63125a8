"""The tables of polls, meetings, and of the autopilot that leads from one to the other."""

import sqlalchemy as sa

from storage.tables import UtcDateTime, metadata


def _club() -> sa.Column[int]:
    return sa.Column("club", sa.ForeignKey("clubs.id", ondelete="CASCADE"), nullable=False, index=True)


def _member(name: str, *, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.ForeignKey("members.id", ondelete="CASCADE"), primary_key=key, nullable=False, index=True)


def _somebody(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.ForeignKey("members.id", ondelete="SET NULL"), index=True)


polls = sa.Table(
    "polls",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _club(),
    _somebody("creator"),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("space", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("winners", sa.Integer, nullable=False),
    sa.Column("secret", sa.Boolean, nullable=False),
    sa.Column("live", sa.Boolean, nullable=False),
    sa.Column("voters", sa.Text, nullable=False),
    sa.Column("quorum", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("opens_at", UtcDateTime),
    sa.Column("closes_at", UtcDateTime, nullable=False),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("seal", sa.Text),
    sa.Column("result", sa.JSON),
)

candidates = sa.Table(
    "candidates",
    metadata,
    sa.Column("poll", sa.ForeignKey("polls.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    _somebody("nominated_by"),
    sa.Column("nominated_at", UtcDateTime, nullable=False),
    sa.Column("stands_in", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("poll", "number"),
)

ballots = sa.Table(
    "ballots",
    metadata,
    sa.Column("poll", sa.ForeignKey("polls.id", ondelete="CASCADE"), primary_key=True),
    _member("member", key=True),
    sa.Column("sealed", sa.Text),
    sa.Column("cast_at", UtcDateTime, nullable=False),
)

wanting_reminders = sa.Table(
    "wanting_reminders",
    metadata,
    _member("member", key=True),
    sa.Column("since", UtcDateTime, nullable=False),
)

series = sa.Table(
    "series",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _club(),
    sa.Column("every", sa.Text, nullable=False),
    sa.Column("first", sa.Text, nullable=False),
    sa.Column("until", sa.Text),
    sa.Column("time", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("space", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
)

meetings = sa.Table(
    "meetings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _club(),
    sa.Column("series", sa.ForeignKey("series.id", ondelete="CASCADE"), index=True),
    sa.Column("occurrence", sa.Text),
    sa.Column("poll", sa.ForeignKey("polls.id", ondelete="SET NULL"), index=True),
    sa.Column("numbers", sa.JSON, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("starts_at", UtcDateTime, nullable=False, index=True),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
    _somebody("presenter"),
    sa.Column("presenter_why", sa.JSON, nullable=False),
    _somebody("creator"),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("space", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Column("recap", sa.JSON, nullable=False),
    sa.UniqueConstraint("series", "occurrence"),
)

rsvps = sa.Table(
    "rsvps",
    metadata,
    sa.Column("meeting", sa.ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True),
    _member("member", key=True),
    sa.Column("answer", sa.Text),
    sa.Column("attended", sa.Boolean, nullable=False),
    sa.Column("role", sa.Text),
    sa.Column("at", UtcDateTime, nullable=False),
)

away = sa.Table(
    "away",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _member("member"),
    sa.Column("first", sa.Text, nullable=False),
    sa.Column("last", sa.Text, nullable=False),
)

presenting = sa.Table(
    "presenting",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _member("member"),
    sa.Column("meeting", sa.ForeignKey("meetings.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("other", sa.ForeignKey("meetings.id", ondelete="CASCADE"), index=True),
    sa.Column("other_member", sa.ForeignKey("members.id", ondelete="CASCADE"), index=True),
    sa.Column("at", UtcDateTime, nullable=False),
)

feeds = sa.Table(
    "feeds",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    _club(),
    _member("member"),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("member", "kind"),
)

autopilots = sa.Table(
    "autopilots",
    metadata,
    sa.Column("club", sa.ForeignKey("clubs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("space", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("every", sa.Text, nullable=False),
    sa.Column("first", sa.Text, nullable=False),
    sa.Column("time", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
)

cycles = sa.Table(
    "cycles",
    metadata,
    sa.Column("club", sa.ForeignKey("clubs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("poll", sa.ForeignKey("polls.id", ondelete="SET NULL"), index=True),
    sa.Column("meeting", sa.ForeignKey("meetings.id", ondelete="SET NULL"), index=True),
    sa.Column("state", sa.Text, nullable=False),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("meeting", sa.ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("reference", sa.Text),
    sa.Column("sequence", sa.Integer),
    sa.Column("tried_at", UtcDateTime, nullable=False),
)

reminders = sa.Table(
    "reminders",
    metadata,
    sa.Column("club", sa.ForeignKey("clubs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("presenter", sa.Integer, nullable=False),
    sa.Column("early", sa.Integer, nullable=False),
    sa.Column("late", sa.Integer, nullable=False),
)

link_codes = sa.Table(
    "link_codes",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    _member("member"),
    sa.Column("expires_at", UtcDateTime, nullable=False),
)
