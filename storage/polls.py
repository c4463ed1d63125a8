"""Polls: what a club decides, who may be chosen, and the sealed ballots.

    nominating ──opens_at──▶ open ──closes_at──▶ closed
         └──────── cancel ─────┴──▶ cancelled

A ballot is kept encrypted under its poll's own `seal`; without that column nobody reads one. The seal of a secret poll
is thrown away at the count: from then on the ballots can't be opened by anybody.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet

from storage import outdated
from storage.agenda import ballots, candidates, polls, wanting_reminders
from storage.outbox import rested, told_until
from storage.tables import accounts, members, redirects
from storage.timetable import posts
from storage.writes import insert, upsert

RUNNING = ("nominating", "open")
_PADDED = 240
"""Characters of a ballot before it is sealed: all seals of a poll are of one length."""


@dataclass(frozen=True)
class Poll:
    """One decision. `voters` is everyone, or members: those who were there before it began.

    `live` shows counts while it runs; `result` is the count once it is closed. `seal` opens its ballots.
    """

    club: int
    creator: int | None
    platform: str
    space: str
    channel: str
    language: str
    zone: str
    question: str
    method: str
    created_at: datetime
    closes_at: datetime
    winners: int = 1
    secret: bool = True
    live: bool = False
    voters: str = "everyone"
    quorum: int = 1
    state: str = "open"
    opens_at: datetime | None = None
    closed_at: datetime | None = None
    result: Mapping[str, Any] | None = None
    id: int = 0
    seal: str | None = field(default=None, repr=False)

    @property
    def running(self) -> bool:
        """Whether it is not over."""
        return self.state in RUNNING


@dataclass(frozen=True)
class Candidate:
    """What can be chosen: `position` is its number on the ballot, from 1 in the order of nomination.

    It `stands_in` where too few were nominated; `nominated_by` is None, too, once the member was forgotten.
    """

    position: int
    number: int
    title: str
    nominated_by: int | None
    nominated_at: datetime
    stands_in: bool


def add(db: sa.Connection, poll: Poll) -> Poll:
    """Note a new poll; it comes back with its number and seal."""
    values = {name: getattr(poll, name) for name in Poll.__dataclass_fields__ if name != "id"}
    values["seal"] = Fernet.generate_key().decode()
    made = db.execute(polls.insert().values(values).returning(polls)).one()
    return _poll(made)


def _poll(row: sa.Row[Any]) -> Poll:
    return Poll(**row._mapping)


def get(db: sa.Connection, poll: int, *, lock: bool = False) -> Poll | None:
    """The poll of that number, or None. With `lock` nobody votes or changes it until the transaction ends."""
    query = sa.select(polls).where(polls.c.id == poll)
    if lock and db.dialect.name == "postgresql":
        query = query.with_for_update()
    row = db.execute(query).first()
    return _poll(row) if row else None


def for_vote(db: sa.Connection, poll: int) -> Poll | None:
    """The poll of that number; it can't be closed until the transaction ends, while others go on voting."""
    query = sa.select(polls).where(polls.c.id == poll)
    if db.dialect.name == "postgresql":
        query = query.with_for_update(read=True)
    row = db.execute(query).first()
    return _poll(row) if row else None


def of_club(db: sa.Connection, club: int, states: Sequence[str] | None = None, limit: int = 50) -> list[Poll]:
    """The polls of a club, newest first."""
    query = sa.select(polls).where(polls.c.club == club)
    if states is not None:
        query = query.where(polls.c.state.in_(list(states)))
    return [_poll(row) for row in db.execute(query.order_by(polls.c.id.desc()).limit(limit))]


def change(db: sa.Connection, poll: int, **values: Any) -> None:
    """Set some columns of a poll."""
    db.execute(polls.update().where(polls.c.id == poll).values(**values))


def due(db: sa.Connection, now: datetime) -> list[int]:
    """Polls that are to be opened or closed, longest waiting first."""
    opens = sa.and_(polls.c.state == "nominating", polls.c.opens_at <= now)
    closes = sa.and_(polls.c.state.in_(RUNNING), polls.c.closes_at <= now)
    query = sa.select(polls.c.id).where(sa.or_(opens, closes)).order_by(polls.c.closes_at, polls.c.id)
    return list(db.execute(query.limit(200)).scalars())


# ---- candidates ----


def candidates_of(db: sa.Connection, poll: int) -> list[Candidate]:
    """What can be chosen, in the order of nomination; merged resources under the number that stayed."""
    query = (
        sa.select(candidates, redirects.c.target)
        .outerjoin(redirects, redirects.c.number == candidates.c.number)
        .where(candidates.c.poll == poll)
        .order_by(candidates.c.position)
    )
    return [
        Candidate(row.position, row.target or row.number, row.title, row.nominated_by, row.nominated_at, row.stands_in)
        for row in db.execute(query)
    ]


def nominate(db: sa.Connection, poll: int, number: int, title: str, member: int | None, now: datetime) -> bool:
    """Put a resource up; False when it is there already."""
    if any(c.number == number for c in candidates_of(db, poll)):
        return False
    last = db.execute(sa.select(sa.func.max(candidates.c.position)).where(candidates.c.poll == poll)).scalar() or 0
    values = {"poll": poll, "position": last + 1, "number": number, "title": title}
    values |= {"nominated_by": member, "nominated_at": now, "stands_in": member is None}
    statement = insert(db, candidates).values(values).on_conflict_do_nothing().returning(candidates.c.position)
    return db.execute(statement).first() is not None


# ---- ballots ----


def cast(db: sa.Connection, poll: Poll, member: int, marks: Mapping[int, int], now: datetime) -> None:
    """Put a member's ballot into the box; it takes the place of what was there. An empty one is an abstention."""
    text = json.dumps({str(c): marks[c] for c in sorted(marks)}, separators=(",", ":")).ljust(_PADDED)
    sealed = Fernet(_seal(poll)).encrypt(text.encode()).decode()
    upsert(db, ballots, [{"poll": poll.id, "member": member, "sealed": sealed, "cast_at": now}])


def _seal(poll: Poll) -> str:
    if poll.seal is None:
        raise LookupError(f"the ballots of poll {poll.id} can't be opened any more")
    return poll.seal


def _opened(poll: Poll, sealed: str) -> dict[int, int]:
    marks = json.loads(Fernet(_seal(poll)).decrypt(sealed.encode()))
    return {int(c): int(mark) for c, mark in marks.items()}


def ballot_of(db: sa.Connection, poll: Poll, member: int) -> dict[int, int] | None:
    """A member's own ballot; None when they have not voted, or it can't be opened any more."""
    query = sa.select(ballots.c.sealed).where(ballots.c.poll == poll.id, ballots.c.member == member)
    sealed = db.execute(query).scalar()
    return _opened(poll, sealed) if sealed and poll.seal else None


def ballots_of(db: sa.Connection, poll: Poll) -> list[dict[int, int]]:
    """Every ballot of a poll, without who cast it and in an order that does not tell."""
    query = sa.select(ballots.c.sealed).where(ballots.c.poll == poll.id)
    found = [_opened(poll, sealed) for sealed in db.execute(query).scalars()]
    return sorted(found, key=lambda marks: sorted(marks.items()))


def named_ballots(db: sa.Connection, poll: Poll) -> list[tuple[str, dict[int, int]]]:
    """Who chose what, in an open poll. Raises ValueError for a secret one."""
    if poll.secret:
        raise ValueError("the ballots of a secret poll have no names")
    query = sa.select(members.c.name, ballots.c.sealed).join(members, members.c.id == ballots.c.member)
    rows = db.execute(query.where(ballots.c.poll == poll.id).order_by(members.c.name, members.c.id))
    return [(row.name, _opened(poll, row.sealed)) for row in rows]


def count_ballots(db: sa.Connection, poll: int) -> int:
    """How many have voted."""
    return db.execute(sa.select(sa.func.count()).select_from(ballots).where(ballots.c.poll == poll)).scalar_one()


def has_voted(db: sa.Connection, poll: int, member: int) -> bool:
    """Whether a member has a ballot in the box."""
    query = sa.select(ballots.c.member).where(ballots.c.poll == poll, ballots.c.member == member)
    return db.execute(query).first() is not None


def close(db: sa.Connection, poll: Poll, result: Mapping[str, Any], now: datetime) -> None:
    """Note the count. The seal of a secret poll goes, and with it whatever its ballots said."""
    change(db, poll.id, state="closed", closed_at=now, result=dict(result), seal=None if poll.secret else poll.seal)
    if poll.secret:
        db.execute(ballots.update().where(ballots.c.poll == poll.id).values(sealed=None))


# ---- reminders ----


def want_reminders(db: sa.Connection, member: int, wanted: bool, now: datetime) -> None:
    """Note whether a member wants to be reminded of polls."""
    if wanted:
        upsert(db, wanting_reminders, [{"member": member, "since": now}])
    else:
        db.execute(wanting_reminders.delete().where(wanting_reminders.c.member == member))


def wants_reminders(db: sa.Connection, member: int) -> bool:
    """Whether a member wants to be reminded of polls."""
    query = sa.select(wanting_reminders.c.member).where(wanting_reminders.c.member == member)
    return db.execute(query).first() is not None


def missing(db: sa.Connection, poll: Poll) -> list[int]:
    """Members who want to be reminded and have not voted."""
    voted = sa.select(ballots.c.member).where(ballots.c.poll == poll.id)
    query = (
        sa.select(members.c.id)
        .join(wanting_reminders, wanting_reminders.c.member == members.c.id)
        .where(members.c.club == poll.club, members.c.id.not_in(voted))
    )
    if poll.voters == "members":
        query = query.where(members.c.created_at < poll.created_at)
    return list(db.execute(query.order_by(members.c.id)).scalars())


@dataclass(frozen=True)
class Address:
    """Where a member is reached: the account that they used last."""

    platform: str
    space: str
    account: str
    name: str
    language: str | None
    zone: str | None


def addresses(db: sa.Connection, who: Iterable[int]) -> dict[int, Address]:
    """Where these members are reached on Slack or Discord, or else in the terminal."""
    query = (
        sa.select(accounts, members.c.name, members.c.language, members.c.zone)
        .join(members, members.c.id == accounts.c.member)
        .where(members.c.id.in_(list(who)))
        .order_by(sa.case((accounts.c.platform == "console", 0), else_=1), accounts.c.seen_at)
    )
    return {
        row.member: Address(row.platform, row.space, row.account, row.name, row.language, row.zone)
        for row in db.execute(query)
    }


def joined_at(db: sa.Connection, member: int) -> datetime:
    """When a member first changed anything."""
    found: datetime = db.execute(sa.select(members.c.created_at).where(members.c.id == member)).scalar_one()
    return found


# ---- cards that count ----


def outdated_cards(db: sa.Connection, now: datetime, apart: timedelta) -> list[int]:
    """The posts of polls that show another count than there is, or what is over as still running.

    Those that were brought up to date less than `apart` ago wait.
    """
    found = [*db.execute(_outdated_nominations(now - apart)), *db.execute(_outdated_counts(now - apart))]
    return sorted(row.id for row in found)


def tell_anew(db: sa.Connection, poll: int, now: datetime) -> None:
    """Note that a poll's cards must be said again, for it runs longer or asks something else."""
    cards = posts.c.key.in_([f"poll:{poll}:nominate", f"poll:{poll}:open"])
    outdated.note(db, outdated.posted(db, cards), now)


def _key(what: str) -> sa.ColumnElement[str]:
    return sa.literal("poll:") + sa.cast(polls.c.id, sa.Text) + sa.literal(f":{what}")


def _outdated_nominations(before: datetime) -> sa.Select[Any]:
    """Cards that ask for nominations: more were made, or the poll itself is posted, or called off."""
    latest = sa.func.max(candidates.c.nominated_at).label("at")
    newest = sa.select(candidates.c.poll, latest).group_by(candidates.c.poll).subquery()
    opened = posts.alias()
    known = told_until()
    ended = sa.or_(opened.c.sent_at > known, sa.and_(opened.c.id.is_(None), polls.c.closed_at > known))
    stale = sa.or_(sa.and_(polls.c.state == "nominating", newest.c.at > known), ended)
    return (
        sa.select(posts.c.id)
        .select_from(polls)
        .join(posts, posts.c.key == _key("nominate"))
        .outerjoin(opened, opened.c.key == _key("open"))
        .outerjoin(newest, newest.c.poll == polls.c.id)
        .where(posts.c.state == "sent", stale, rested(before))
    )


def _outdated_counts(before: datetime) -> sa.Select[Any]:
    """Cards of open polls: more have voted, or it is closed."""
    newest = sa.select(ballots.c.poll, sa.func.max(ballots.c.cast_at).label("at")).group_by(ballots.c.poll).subquery()
    known = told_until()
    stale = sa.or_(sa.and_(polls.c.state == "open", newest.c.at > known), polls.c.closed_at > known)
    return (
        sa.select(posts.c.id)
        .select_from(polls)
        .outerjoin(newest, newest.c.poll == polls.c.id)
        .join(posts, posts.c.key == _key("open"))
        .where(posts.c.state == "sent", stale, rested(before))
    )


def as_result(value: object) -> dict[str, Any]:
    """A frozen record as JSON values."""
    found: dict[str, Any] = json.loads(json.dumps(asdict(value)))  # type: ignore[call-overload]
    return found
