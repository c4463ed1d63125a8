"""Meetings: when a club meets over what, who comes, who presents; series of them, and calendars to follow them."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from storage.agenda import away, feeds, meetings, presenting, rsvps, series
from storage.outbox import rested, told_until
from storage.tables import members
from storage.timetable import posts
from storage.writes import insert

ANSWERS = ("yes", "maybe", "no")


@dataclass(frozen=True)
class Meeting:
    """One gathering. `state` is planned, cancelled or held; `sequence` counts changes, for calendars.

    `occurrence` is the local day that its series gives it, which stays when it is moved. `recap` holds notes,
    takeaways and recording; `presenter_why` says how the presenter was found.
    """

    club: int
    platform: str
    space: str
    channel: str
    language: str
    title: str
    starts_at: datetime
    zone: str
    created_at: datetime
    changed_at: datetime
    minutes: int = 60
    numbers: tuple[int, ...] = ()
    about: str = ""
    place: str = ""
    presenter: int | None = None
    presenter_why: tuple[str, ...] = ()
    creator: int | None = None
    series: int | None = None
    occurrence: str | None = None
    poll: int | None = None
    state: str = "planned"
    sequence: int = 0
    recap: Mapping[str, str] = field(default_factory=dict)
    id: int = 0

    @property
    def ends_at(self) -> datetime:
        """When it is over."""
        return self.starts_at + timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Series:
    """Meetings that come again: `every` is weekly, biweekly or monthly (by weekday), from the local day `first`."""

    club: int
    platform: str
    space: str
    channel: str
    language: str
    every: str
    first: str
    time: str
    zone: str
    minutes: int
    title: str
    created_at: datetime
    changed_at: datetime
    place: str = ""
    about: str = ""
    until: str | None = None
    sequence: int = 0
    active: bool = True
    id: int = 0


@dataclass(frozen=True)
class Guest:
    """One member's part in a meeting. `named` says that others may see the name."""

    member: int
    name: str
    named: bool
    answer: str | None
    attended: bool
    role: str | None


@dataclass(frozen=True)
class Swap:
    """One presenter's question to another, whether they take each other's meeting."""

    id: int
    member: int
    meeting: int
    other: int
    other_member: int


def _meeting(row: sa.Row[Any]) -> Meeting:
    values: dict[str, Any] = dict(row._mapping)
    lists = {name: tuple(values[name]) for name in ("numbers", "presenter_why")}
    return Meeting(**values | lists)


def _values(meeting: Meeting) -> dict[str, Any]:
    values = {name: getattr(meeting, name) for name in Meeting.__dataclass_fields__ if name != "id"}
    lists = {"numbers": list(meeting.numbers), "presenter_why": list(meeting.presenter_why)}
    return values | lists | {"recap": dict(meeting.recap)}


def add(db: sa.Connection, meeting: Meeting) -> Meeting | None:
    """Note a meeting; None when its series has one for that day already."""
    statement = insert(db, meetings).values(_values(meeting)).on_conflict_do_nothing().returning(meetings)
    row = db.execute(statement).first()
    return _meeting(row) if row else None


def get(db: sa.Connection, meeting: int, *, lock: bool = False) -> Meeting | None:
    """The meeting of that number, or None. With `lock` nobody changes it until the transaction ends."""
    query = sa.select(meetings).where(meetings.c.id == meeting)
    if lock and db.dialect.name == "postgresql":
        query = query.with_for_update()
    row = db.execute(query).first()
    return _meeting(row) if row else None


def change(db: sa.Connection, meeting: Meeting, now: datetime, **values: Any) -> Meeting:
    """Set some columns; the meeting as it stands now. What calendars show counts as another version."""
    told = values.keys() - {"recap", "presenter_why", "poll"}
    changed = {**values, "changed_at": now, "sequence": meeting.sequence + int(bool(told))}
    row = db.execute(meetings.update().where(meetings.c.id == meeting.id).values(changed).returning(meetings)).one()
    return _meeting(row)


def coming(db: sa.Connection, club: int, now: datetime, limit: int = 10) -> list[Meeting]:
    """The club's planned meetings that are not over, soonest first."""
    late = now - timedelta(hours=12)
    query = sa.select(meetings).where(meetings.c.club == club, meetings.c.state == "planned")
    rows = db.execute(query.where(meetings.c.starts_at > late).order_by(meetings.c.starts_at, meetings.c.id))
    return [m for m in map(_meeting, rows) if m.ends_at > now][:limit]


def past(db: sa.Connection, club: int, now: datetime, *, limit: int, offset: int = 0) -> tuple[list[Meeting], int]:
    """A page of the club's meetings that were, newest first, and how many there are."""
    over = (meetings.c.club == club, meetings.c.state != "cancelled", meetings.c.starts_at <= now)
    total = db.execute(sa.select(sa.func.count()).select_from(meetings).where(*over)).scalar_one()
    query = sa.select(meetings).where(*over).order_by(meetings.c.starts_at.desc(), meetings.c.id.desc())
    return [_meeting(row) for row in db.execute(query.limit(limit).offset(offset))], total


def past_numbers(db: sa.Connection, club: int) -> list[tuple[int, ...]]:
    """What every meeting of a club that took place, or is planned, is over."""
    query = sa.select(meetings.c.numbers).where(meetings.c.club == club, meetings.c.state != "cancelled")
    return [tuple(numbers) for numbers in db.execute(query).scalars()]


def of_club(db: sa.Connection, club: int, since: datetime) -> list[Meeting]:
    """Every meeting of a club from an instant on, cancelled ones too, by time; and whatever belongs to a series."""
    wanted = sa.or_(meetings.c.starts_at >= since, meetings.c.series.is_not(None))
    query = sa.select(meetings).where(meetings.c.club == club, wanted)
    return [_meeting(row) for row in db.execute(query.order_by(meetings.c.starts_at, meetings.c.id))]


def between(db: sa.Connection, since: datetime, until: datetime) -> list[Meeting]:
    """The planned meetings of every club that start in a span of time."""
    when = (meetings.c.state == "planned", meetings.c.starts_at >= since, meetings.c.starts_at < until)
    return [_meeting(row) for row in db.execute(sa.select(meetings).where(*when).order_by(meetings.c.starts_at))]


# ---- series ----


def add_series(db: sa.Connection, made: Series) -> Series:
    """Note a series; it comes back with its number."""
    values = {name: getattr(made, name) for name in Series.__dataclass_fields__ if name != "id"}
    return Series(**db.execute(series.insert().values(values).returning(series)).one()._mapping)


def get_series(db: sa.Connection, number: int) -> Series | None:
    """The series of that number, or None."""
    row = db.execute(sa.select(series).where(series.c.id == number)).first()
    return Series(**row._mapping) if row else None


def end_series(db: sa.Connection, found: Series, last: str, now: datetime) -> None:
    """Let a series end with a local day."""
    values = {"until": last, "active": False, "changed_at": now, "sequence": found.sequence + 1}
    db.execute(series.update().where(series.c.id == found.id).values(values))


def club_series(db: sa.Connection, club: int) -> list[Series]:
    """Every series of a club."""
    rows = db.execute(sa.select(series).where(series.c.club == club).order_by(series.c.id))
    return [Series(**row._mapping) for row in rows]


def active_series(db: sa.Connection) -> list[Series]:
    """Every series that goes on."""
    return [Series(**r._mapping) for r in db.execute(sa.select(series).where(series.c.active).order_by(series.c.id))]


def occurrences(db: sa.Connection, number: int) -> list[Meeting]:
    """What is noted of a series, by the day that the series gives."""
    query = sa.select(meetings).where(meetings.c.series == number).order_by(meetings.c.occurrence)
    return [_meeting(row) for row in db.execute(query)]


# ---- who comes ----


def answer(db: sa.Connection, meeting: int, member: int, said: str, now: datetime) -> None:
    """Note whether a member comes."""
    statement = insert(db, rsvps).values(meeting=meeting, member=member, answer=said, attended=False, at=now)
    db.execute(statement.on_conflict_do_update(index_elements=["meeting", "member"], set_={"answer": said, "at": now}))


def attend(db: sa.Connection, meeting: int, member: int, was_there: bool, now: datetime) -> None:
    """Note whether a member was there."""
    statement = insert(db, rsvps).values(meeting=meeting, member=member, attended=was_there, at=now)
    changed = {"attended": was_there, "at": now}
    db.execute(statement.on_conflict_do_update(index_elements=["meeting", "member"], set_=changed))


def give_role(db: sa.Connection, meeting: int, member: int, role: str | None, now: datetime) -> None:
    """Give a member a part in a meeting."""
    statement = insert(db, rsvps).values(meeting=meeting, member=member, attended=False, role=role, at=now)
    db.execute(statement.on_conflict_do_update(index_elements=["meeting", "member"], set_={"role": role}))


def guests(db: sa.Connection, numbers: Collection[int]) -> dict[int, list[Guest]]:
    """Who has to do with these meetings, in the order of their answers."""
    query = (
        sa.select(rsvps, members.c.name, members.c.named)
        .join(members, members.c.id == rsvps.c.member)
        .where(rsvps.c.meeting.in_(list(numbers)))
        .order_by(rsvps.c.at, rsvps.c.member)
    )
    found: dict[int, list[Guest]] = {}
    for row in db.execute(query):
        guest = Guest(row.member, row.name, row.named, row.answer, row.attended, row.role)
        found.setdefault(row.meeting, []).append(guest)
    return found


def joined(db: sa.Connection, member: int) -> set[int]:
    """The meetings that a member comes to, perhaps, or presents at."""
    coming_to = sa.select(rsvps.c.meeting).where(rsvps.c.member == member, rsvps.c.answer.in_(["yes", "maybe"]))
    own = sa.select(meetings.c.id).where(meetings.c.presenter == member)
    return set(db.execute(coming_to).scalars()) | set(db.execute(own).scalars())


# ---- who presents ----


def presented(db: sa.Connection, club: int, but: int = 0) -> list[tuple[int, datetime]]:
    """(member, instant) of every meeting of a club with a presenter, planned ones too, oldest first."""
    query = sa.select(meetings.c.presenter, meetings.c.starts_at).where(
        meetings.c.club == club,
        meetings.c.presenter.is_not(None),
        meetings.c.state != "cancelled",
        meetings.c.id != but,
    )
    return [(row.presenter, row.starts_at) for row in db.execute(query.order_by(meetings.c.starts_at))]


def had_roles(db: sa.Connection, club: int, but: int = 0) -> list[tuple[int, str]]:
    """(member, role) of every part that was given in a club's meetings, `but` one."""
    query = (
        sa.select(rsvps.c.member, rsvps.c.role)
        .join(meetings, meetings.c.id == rsvps.c.meeting)
        .where(meetings.c.club == club, rsvps.c.role.is_not(None), meetings.c.state != "cancelled")
        .where(meetings.c.id != but)
    )
    return [(row.member, row.role) for row in db.execute(query)]


def skip(db: sa.Connection, meeting: int, member: int, now: datetime) -> None:
    """Note that a member does not present at a meeting."""
    db.execute(presenting.insert().values(member=member, meeting=meeting, what="skip", at=now))


def skipping(db: sa.Connection, meeting: int) -> set[int]:
    """Members who do not present at a meeting."""
    query = sa.select(presenting.c.member).where(presenting.c.meeting == meeting, presenting.c.what == "skip")
    return set(db.execute(query).scalars())


def ask_swap(db: sa.Connection, one: Meeting, other: Meeting, now: datetime) -> int:
    """Note one presenter's wish to swap with another; its number."""
    values: dict[str, Any] = {"member": one.presenter, "meeting": one.id, "what": "swap", "other": other.id}
    values |= {"other_member": other.presenter, "at": now}
    made: int = db.execute(presenting.insert().values(values).returning(presenting.c.id)).scalar_one()
    return made


def take_swap(db: sa.Connection, number: int) -> Swap | None:
    """Take a wish to swap off the list; None when there is none of that number."""
    gone = presenting.delete().where(presenting.c.id == number, presenting.c.what == "swap").returning(presenting)
    row = db.execute(gone).first()
    return Swap(row.id, row.member, row.meeting, row.other, row.other_member) if row else None


def find_swap(db: sa.Connection, number: int) -> Swap | None:
    """The wish to swap of that number, or None."""
    row = db.execute(sa.select(presenting).where(presenting.c.id == number, presenting.c.what == "swap")).first()
    return Swap(row.id, row.member, row.meeting, row.other, row.other_member) if row else None


def set_away(db: sa.Connection, member: int, spans: Sequence[tuple[str, str]]) -> None:
    """Note the local days (first, last) on which a member is away; they take the place of what was noted."""
    db.execute(away.delete().where(away.c.member == member))
    if spans:
        db.execute(away.insert(), [{"member": member, "first": first, "last": last} for first, last in spans])


def away_spans(db: sa.Connection, member: int) -> list[tuple[str, str]]:
    """When a member is away."""
    query = sa.select(away.c.first, away.c.last).where(away.c.member == member).order_by(away.c.first)
    return [(row.first, row.last) for row in db.execute(query)]


def away_on(db: sa.Connection, club: int, day: str) -> set[int]:
    """Members of a club who are away on a local day."""
    query = sa.select(away.c.member).join(members, members.c.id == away.c.member)
    return set(db.execute(query.where(members.c.club == club, away.c.first <= day, away.c.last >= day)).scalars())


# ---- calendars ----


def put_feed(db: sa.Connection, club: int, member: int, kind: str, token: str, now: datetime) -> None:
    """Note the secret of a member's calendar; the one before it no longer works. Only its digest is kept."""
    drop_feed(db, member, kind)
    values = {"digest": _digest(token), "club": club, "member": member, "kind": kind, "created_at": now}
    db.execute(feeds.insert().values(values))


def drop_feed(db: sa.Connection, member: int, kind: str) -> bool:
    """Revoke a member's calendar; False when there was none."""
    return db.execute(feeds.delete().where(feeds.c.member == member, feeds.c.kind == kind)).rowcount > 0


def feed_since(db: sa.Connection, member: int, kind: str) -> datetime | None:
    """Since when a member has a calendar of that kind; None when they have none."""
    found: datetime | None = db.execute(
        sa.select(feeds.c.created_at).where(feeds.c.member == member, feeds.c.kind == kind)
    ).scalar()
    return found


def find_feed(db: sa.Connection, token: str) -> tuple[int, int, str] | None:
    """(club, member, kind) of the calendar with this secret, or None."""
    row = db.execute(sa.select(feeds).where(feeds.c.digest == _digest(token))).first()
    return (row.club, row.member, row.kind) if row else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# ---- cards that count ----


def outdated_cards(db: sa.Connection, now: datetime, apart: timedelta) -> list[int]:
    """The posts of meetings that show other answers, or another plan, than there are.

    Those that remind of a meeting follow until it is over. What was brought up to date less than `apart` ago waits.
    """
    newest = sa.select(rsvps.c.meeting, sa.func.max(rsvps.c.at).label("at")).group_by(rsvps.c.meeting).subquery()
    query = (
        sa.select(posts.c.id, posts.c.key, meetings.c.starts_at, meetings.c.minutes, meetings.c.zone)
        .join(meetings, meetings.c.id == posts.c.meeting)
        .outerjoin(newest, newest.c.meeting == meetings.c.id)
        .where(
            posts.c.state == "sent",
            sa.or_(newest.c.at > told_until(), meetings.c.changed_at > told_until()),
            rested(now - apart),
            meetings.c.starts_at > now - timedelta(days=2),
        )
        .order_by(posts.c.id)
    )
    return [row.id for row in db.execute(query) if _is_of_use(row, now)]


def _is_of_use(row: Any, now: datetime) -> bool:
    """Whether a post still tells somebody something; a reminder of a day from which the meeting moved does not."""
    _meeting, _number, what, *day = row.key.split(":")
    local = row.starts_at.astimezone(ZoneInfo(row.zone)).date().isoformat()
    coming = now < row.starts_at + timedelta(minutes=row.minutes)
    return what == "plan" or (coming and (what == "moved" or (what in {"day", "hour", "start"} and day == [local])))
