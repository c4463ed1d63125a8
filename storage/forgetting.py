"""Forgetting a member: what is kept about them, and what becomes of it when they want it gone.

FATES decides it for every column that knows a member or one of their accounts; IMPERSONAL names the tables without one.

    gone     the row goes with the member
    unnamed  the row belongs to the club and stays, and nobody stands there any more
    handed   another admin's account takes the place, or nobody's

Two fates are told apart by the row. Of suggestions those stay that were accepted. A post goes that was for the member
alone; one in a channel stays and is said again without them.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from storage import outdated
from storage.agenda import autopilots, ballots, meetings, polls, rsvps
from storage.bulk import among
from storage.outbox import DIRECT, OWED
from storage.polls import RUNNING
from storage.shown import Shown, naming
from storage.tables import (
    accounts,
    club_spaces,
    discord_lines,
    members,
    metadata,
    note_requests,
    notes,
    outdated_messages,
    readings,
    shown_cards,
    slack_installations,
    suggestions,
    votes,
)
from storage.timetable import posts, schedules
from storage.writes import lock_member

Fate = Literal["gone", "unnamed", "handed"]

FATES: Mapping[str, Fate] = {
    "accounts.account": "gone",
    "accounts.member": "gone",
    "autopilots.account": "unnamed",
    "away.member": "gone",
    "ballots.member": "gone",
    "candidates.nominated_by": "unnamed",
    "changes.member": "gone",
    "discord_lines.line": "unnamed",
    "feeds.member": "gone",
    "interests.member": "gone",
    "link_codes.member": "gone",
    "meetings.creator": "unnamed",
    "meetings.presenter": "unnamed",
    "members.id": "gone",
    "note_requests.account": "gone",
    "note_requests.asked_by": "gone",
    "notes.member": "gone",
    "outdated_messages.line": "unnamed",
    "polls.creator": "unnamed",
    "posts.target": "gone",
    "presenting.member": "gone",
    "presenting.other_member": "gone",
    "readings.member": "gone",
    "rsvps.member": "gone",
    "schedules.account": "handed",
    "schedules.member": "gone",
    "shown_cards.line": "unnamed",
    "slack_installations.installer": "unnamed",
    "suggestions.member": "unnamed",
    "votes.member": "gone",
    "wanting_reminders.member": "gone",
    "wishes.member": "gone",
}

IMPERSONAL = frozenset({
    "channels", "club_concepts", "club_spaces", "clubs", "cycles", "deliveries", "discord_registrations", "events",
    "listings", "pins", "redirects", "reminders", "resource_keys", "resource_links", "resource_topics",
    "resources", "search_names", "search_postings", "search_records", "search_state", "search_words", "series",
    "slack_states", "sources", "spaces", "withdrawals",
})  # fmt: skip

_UNDER_WAY = timedelta(hours=1)
"""How long after it was due a post may be known to whoever delivers it."""
_DIGESTED = timedelta(days=32)
"""How long after a pass a digest may name who made it."""


@dataclass(frozen=True)
class Kept:
    """How much is kept about a member, by column; some columns of theirs are counted for what they say, too."""

    counts: Mapping[str, int]

    @property
    def anything(self) -> bool:
        """Whether there is more than one account with its name, as everybody has who ever said anything."""
        return any(n > (what == "accounts.member") for what, n in self.counts.items())


def kept(db: sa.Connection, member: int) -> Kept:
    """What is kept about a member."""
    counts = {name: _count(db, column.table, column == member) for name, column in _member_columns()}
    for column in (schedules.c.account, autopilots.c.account, note_requests.c.account):
        counts[str(column)] = _count(db, column.table, _theirs(column.table, column, member))
    counts["schedules.account"] -= counts["schedules.member"]
    counts["posts.target"] = _count(db, posts, _told(member))
    counts["slack_installations.installer"] = _count(db, slack_installations, _installed(member))
    counts["notes.shared"] = _count(db, notes, sa.and_(notes.c.member == member, notes.c.shared))
    counts["rsvps.attended"] = _count(db, rsvps, sa.and_(rsvps.c.member == member, rsvps.c.attended))
    passes = sa.select(sa.func.coalesce(sa.func.sum(readings.c.passes), 0)).where(readings.c.member == member)
    counts["readings.passes"] = db.execute(passes).scalar_one()
    chosen = sa.select(members.c.language, members.c.zone, members.c.named).where(members.c.id == member)
    counts["members.id"] = sum(value not in {None, False} for value in db.execute(chosen).first() or ())
    return Kept(counts)


def forget(db: sa.Connection, member: int, now: datetime) -> list[int]:
    """Delete all that is kept about a member and their accounts, and take them out of what belongs to the club.

    The planned meetings that lost their presenter, soonest first. Messages in channels are noted to be said again.
    """
    lock_member(db, member)
    me = db.execute(sa.select(members).where(members.c.id == member)).first()
    if me is None:
        return []
    presented = meetings.c.presenter == member
    lost = sa.select(meetings.c.id).where(presented, meetings.c.state == "planned").order_by(meetings.c.starts_at)
    found = list(db.execute(lost).scalars())
    standing = [*_cards(db, me), *_posts(db, me)]
    _unname(db, me, standing, now)
    _hand_on(db, member)
    db.execute(meetings.update().where(presented).values(presenter_why=[], changed_at=now))
    db.execute(suggestions.delete().where(suggestions.c.member == member, suggestions.c.state != "accepted"))
    _withdraw_posts(db, member, now)
    db.execute(note_requests.delete().where(_theirs(note_requests, note_requests.c.account, member)))
    db.execute(members.delete().where(members.c.id == member))
    return found


def _withdraw_posts(db: sa.Connection, member: int, now: datetime) -> None:
    """Delete what the member was told; of what may just be on its way only a number stays, which delivery knows."""
    told = _told(member)
    under_way = sa.or_(posts.c.state.in_(OWED), posts.c.due_at > now - _UNDER_WAY)
    key = sa.literal("forgotten:") + sa.cast(posts.c.id, sa.Text)
    nothing = dict.fromkeys(("error", "place", "reference", "next_at", "owner", "claimed_until"))
    left = posts.update().values(key=key, state="skipped", why="forgotten", reasons=[], target="", **nothing)
    db.execute(left.where(told, under_way))
    db.execute(posts.delete().where(told))


def _count(db: sa.Connection, table: sa.FromClause, which: sa.ColumnElement[bool]) -> int:
    return db.execute(sa.select(sa.func.count()).select_from(table).where(which)).scalar_one()


def _member_columns() -> Iterator[tuple[str, sa.Column[Any]]]:
    """Every column that points to a member, with its name."""
    for table in metadata.sorted_tables:
        for column in table.c:
            if any(key.column is members.c.id for key in column.foreign_keys):
                yield f"{table.name}.{column.name}", column


def _theirs(table: sa.FromClause, column: sa.ColumnElement[str], member: int) -> sa.ColumnElement[bool]:
    """Whether a column holds one of the member's accounts."""
    place = (accounts.c.platform == table.c.platform, accounts.c.space == table.c.space)
    return sa.exists().where(accounts.c.member == member, accounts.c.account == column, *place)


def _told(member: int) -> sa.ColumnElement[bool]:
    """Whether a post was for the member alone."""
    return sa.and_(posts.c.kind.in_(DIRECT), _theirs(posts, posts.c.target, member))


def _installed(member: int) -> sa.ColumnElement[bool]:
    """Whether the member brought the app into a workspace."""
    place = (accounts.c.platform == "slack", accounts.c.space == slack_installations.c.space)
    return sa.exists().where(accounts.c.member == member, accounts.c.account == slack_installations.c.installer, *place)


def _hand_on(db: sa.Connection, member: int) -> None:
    """Let another admin hear of trouble with what the member set up: one who set something up in the same space."""
    mine = _theirs(schedules, schedules.c.account, member)
    other = schedules.alias()
    heir = (
        sa.select(other.c.account)
        .where(other.c.platform == schedules.c.platform, other.c.space == schedules.c.space, other.c.account != "")
        .where(other.c.kind != "personal", sa.not_(_theirs(other, other.c.account, member)))
        .order_by(other.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    db.execute(schedules.update().where(mine).values(account=sa.func.coalesce(heir, "")))
    db.execute(autopilots.update().where(_theirs(autopilots, autopilots.c.account, member)).values(account=""))
    db.execute(slack_installations.update().where(_installed(member)).values(installer=None))


# ---- what stands in channels ----


def _cards(db: sa.Connection, me: Any) -> Iterator[Shown]:
    """The club's messages that show what the member marked or noted, or what they shared."""
    marked = sa.union(*(sa.select(t.c.number).where(t.c.member == me.id) for t in (votes, readings, notes)))
    shared = shown_cards.c.line.endswith(naming("sharer", me.name), autoescape=True)
    theirs = sa.or_(shown_cards.c.number.in_(marked), shared)
    columns = [shown_cards.c[name] for name in Shown.__dataclass_fields__]
    query = sa.select(*columns).where(theirs, _in_club(shown_cards, me.club)).distinct()
    return (Shown(*row) for row in db.execute(query))


def _in_club(table: sa.Table, club: int) -> sa.ColumnElement[bool]:
    place = (club_spaces.c.platform == table.c.platform, club_spaces.c.space == table.c.space)
    return sa.exists().where(club_spaces.c.club == club, *place)


def _posts(db: sa.Connection, me: Any) -> Collection[Shown]:
    """The club's posts that name the member or count them: about polls and meetings, and digests."""
    about = {*(("poll", str(n)) for n in _polls(db, me.id)), *(("meeting", str(n)) for n in _meetings(db, me))}
    days = _passed(db, me.id) if me.named else []
    columns = (posts.c.id, posts.c.kind, posts.c.key, posts.c.date, posts.c.schedule)
    query = sa.select(*columns).where(posts.c.club == me.club, posts.c.kind.in_(["club", "weekly", "monthly"]))
    told = []
    for post in db.execute(query):
        if post.kind == "club":
            names = tuple(post.key.split(":")[:2]) in about
        else:
            day = date.fromisoformat(post.date)
            names = post.schedule is not None and any(day - _DIGESTED <= passed <= day for passed in days)
        told += [post.id] if names else []
    return outdated.posted(db, among(db, posts.c.id, told))


def _polls(db: sa.Connection, member: int) -> Collection[int]:
    """Polls whose cards tell that the member voted: they run, or their ballots are open."""
    told = sa.or_(polls.c.state.in_(RUNNING), sa.not_(polls.c.secret))
    query = sa.select(polls.c.id).join(ballots, ballots.c.poll == polls.c.id)
    return set(db.execute(query.where(ballots.c.member == member, told)).scalars())


def _meetings(db: sa.Connection, me: Any) -> Collection[int]:
    """Meetings that the member came to or presents at, or whose agenda shows a note of theirs."""
    came = set(db.execute(sa.select(rsvps.c.meeting).where(rsvps.c.member == me.id)).scalars())
    shared = set(db.execute(sa.select(notes.c.number).where(notes.c.member == me.id, notes.c.shared)).scalars())
    query = sa.select(meetings.c.id, meetings.c.presenter, meetings.c.numbers).where(meetings.c.club == me.club)
    return {
        row.id
        for row in db.execute(query)
        if row.id in came or row.presenter == me.id or not shared.isdisjoint(row.numbers)
    }


def _passed(db: sa.Connection, member: int) -> Collection[date]:
    """The days on which the member finished a pass."""
    columns = (readings.c.first_at, readings.c.second_at, readings.c.third_at)
    rows = db.execute(sa.select(*columns).where(readings.c.member == member))
    return {at.date() for row in rows for at in row if at is not None}


def _unname(db: sa.Connection, me: Any, standing: Collection[Shown], now: datetime) -> None:
    """Note that messages must be said again, and take the member's name out of the lines that say them."""
    outdated.note(db, standing, now)
    by = naming("sharer", me.name)
    for table in (shown_cards, outdated_messages):
        theirs = sa.and_(table.c.line.endswith(by, autoescape=True), _in_club(table, me.club))
        db.execute(table.update().where(theirs).values(line=sa.func.replace(table.c.line, by, "")))
    pressed = naming("by", me.name)
    kept = discord_lines.c.line.contains(pressed, autoescape=True)
    db.execute(discord_lines.update().where(kept).values(line=sa.func.replace(discord_lines.c.line, pressed, "")))
