"""The outbox: posts owed to channels, each under a key that no other post has, and what became of them.

    queued ──begin──▶ sending ──sent──▶ sent
       ▲                 │ postpone: the platform said later, or nobody knows (then the post is doubted)
       └─────────────────┤
                         └─settle──▶ failed · unclear · skipped

A claim ends by itself: a post whose process died while sending comes back doubted, and whoever sends it next must
first find out whether the platform has it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage.bulk import among
from storage.tables import redirects
from storage.timetable import posts
from storage.writes import insert

OWED = ("queued", "sending")
DIRECT = ("notice", "personal")
"""Kinds of posts that go to one person; their target is the account."""
SHOWN = ("queued", "sending", "sent", "unclear")
"""States of a post whose pick counts as shown."""


@dataclass(frozen=True)
class Post:
    """One message owed to one place. `date` is the local day of its slot; `why` says why it was late or not sent.

    `place` and `reference` are the platform's ids of where it stands and of the message; `reasons` are those of the
    pick; `keys` are the identity keys that the resource had then, by which it is known again after any re-import.
    `meeting` is the one that a channel's post is about; `edited_at` is when its counts were last brought up to date.
    """

    key: str
    kind: str
    club: int
    platform: str
    space: str
    target: str
    language: str
    date: str
    due_at: datetime
    id: int = 0
    schedule: int | None = None
    parent: int | None = None
    number: int | None = None
    keys: tuple[str, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()
    state: str = "queued"
    why: str | None = None
    error: str | None = None
    tries: int = 0
    queued_at: datetime | None = None
    next_at: datetime | None = None
    owner: str | None = None
    claimed_until: datetime | None = None
    begun_at: datetime | None = None
    doubted_at: datetime | None = None
    sent_at: datetime | None = None
    place: str | None = None
    reference: str | None = None
    meeting: int | None = None
    edited_at: datetime | None = None

    @property
    def line(self) -> str:
        """The line that says it, also months later when it is brought up to date."""
        return f"today day:{self.date}" if self.kind == "daily" else f"posted {self.id}"


def thread_key(post: Post) -> str:
    """The key of the thread under a post."""
    return f"thread:{post.key}"


_COLUMNS = tuple(column.name for column in posts.c)


def _post(row: sa.Row[tuple[object, ...]]) -> Post:
    values = dict(row._mapping)
    reasons = tuple((str(code), str(value)) for code, value in values.pop("reasons"))
    return Post(**values | {"keys": tuple(values["keys"]), "reasons": reasons})


def add(db: sa.Connection, post: Post, now: datetime) -> int | None:
    """Owe a post; its number, or None when its key was taken before: then it is owed, sent or settled already.

    A post that is already settled (skipped, failed) is noted as it is; one that is queued is sent from `due_at` on.
    """
    values = {name: getattr(post, name) for name in _COLUMNS if name != "id"}
    values |= {
        "keys": list(post.keys),
        "reasons": [list(x) for x in post.reasons],
        "queued_at": now,
        "next_at": (post.next_at or post.due_at) if post.state in OWED else None,
    }
    statement = insert(db, posts).values(values).on_conflict_do_nothing(index_elements=["key"])
    made: int | None = db.execute(statement.returning(posts.c.id)).scalar()
    return made


def claim(
    db: sa.Connection,
    platforms: Collection[str],
    owner: str,
    now: datetime,
    *,
    limit: int,
    lease: timedelta,
    early: timedelta = timedelta(0),
) -> list[Post]:
    """Take posts that are due for the caller alone, oldest first; those that were being sent come back doubted.

    What is due within `early` is taken, too: it is for the caller to wait until its `next_at`.
    """
    due = (
        sa.select(posts.c.id)
        .where(*_free(platforms, now, early))
        .order_by(posts.c.doubted_at.is_(None), posts.c.next_at, posts.c.id)  # a platform soon forgets a nonce
        .limit(limit)
    )
    if db.dialect.name == "postgresql":
        due = due.with_for_update(skip_locked=True)
    numbers = list(db.execute(due).scalars())
    if not numbers:
        return []
    interrupted = posts.c.state == "sending"
    db.execute(
        posts.update()
        .where(posts.c.id.in_(numbers))
        .values(
            owner=owner,
            claimed_until=now + lease,
            state="queued",
            doubted_at=sa.case(
                (interrupted, sa.func.coalesce(posts.c.doubted_at, posts.c.begun_at)), else_=posts.c.doubted_at
            ),
        )
    )
    query = sa.select(posts).where(posts.c.id.in_(numbers)).order_by(posts.c.next_at, posts.c.id)
    return [_post(row) for row in db.execute(query)]


def anything_due(db: sa.Connection, platform: str, now: datetime, early: timedelta = timedelta(0)) -> bool:
    """Whether a claim would find anything."""
    return db.execute(sa.select(posts.c.id).where(*_free([platform], now, early)).limit(1)).first() is not None


def _free(platforms: Collection[str], now: datetime, early: timedelta) -> tuple[sa.ColumnElement[bool], ...]:
    """Whether a post is due, or soon enough, and nobody's."""
    unclaimed = sa.or_(posts.c.claimed_until.is_(None), posts.c.claimed_until < now)
    return posts.c.state.in_(OWED), posts.c.next_at <= now + early, posts.c.platform.in_(list(platforms)), unclaimed


def coming(db: sa.Connection, platforms: Collection[str], after: datetime, until: datetime, limit: int) -> list[int]:
    """The numbers of what will be due within a while, soonest first."""
    soon = (posts.c.state == "queued", posts.c.next_at > after, posts.c.next_at <= until)
    query = sa.select(posts.c.id).where(*soon, posts.c.platform.in_(list(platforms)))
    return list(db.execute(query.order_by(posts.c.next_at, posts.c.id).limit(limit)).scalars())


def begin(db: sa.Connection, numbers: Collection[int], owner: str, now: datetime, lease: timedelta) -> set[int]:
    """Note that the platform is about to be asked for posts; those among them whose claim is still the caller's."""
    mine = (posts.c.owner == owner, posts.c.state == "queued", posts.c.claimed_until > now)
    values = {"state": "sending", "begun_at": now, "claimed_until": now + lease, "tries": posts.c.tries + 1}
    statement = posts.update().where(among(db, posts.c.id, numbers), *mine).values(values).returning(posts.c.id)
    return set(db.execute(statement).scalars())


@dataclass(frozen=True)
class Arrival:
    """A post that the platform has: where it stands, by the platform's ids of the place and of the message."""

    post: int
    place: str
    reference: str


def sent(db: sa.Connection, arrivals: Collection[Arrival], now: datetime) -> set[int]:
    """Note that the platform has posts, whoever found out; those of which that was not noted before."""
    new = sa.select(posts.c.id).where(among(db, posts.c.id, [a.post for a in arrivals]), posts.c.state != "sent")
    found = set(db.execute(new.with_for_update() if db.dialect.name == "postgresql" else new).scalars())
    noted = [{"noted": a.post, "place": a.place, "reference": a.reference} for a in arrivals if a.post in found]
    if noted:
        values = {"state": "sent", "sent_at": now, "next_at": None, "owner": None}
        there = posts.update().where(posts.c.id == sa.bindparam("noted"))
        there = there.values(place=sa.bindparam("place"), reference=sa.bindparam("reference"), **values)
        db.execute(there, noted)
    return found


def postpone(
    db: sa.Connection, post: int, owner: str, next_at: datetime, error: str, doubted_at: datetime | None = None
) -> None:
    """Try again later. `doubted_at` is when a try began of which nobody knows how it ended."""
    mine = sa.and_(posts.c.id == post, posts.c.owner == owner, posts.c.state.in_(OWED))
    values = {
        "state": "queued",
        "next_at": next_at,
        "error": error[:500],
        "owner": None,
        "claimed_until": None,
        "doubted_at": sa.func.coalesce(posts.c.doubted_at, doubted_at) if doubted_at else posts.c.doubted_at,
    }
    db.execute(posts.update().where(mine).values(values))


def settle(db: sa.Connection, post: int, owner: str, state: str, why: str, error: str = "") -> bool:
    """End a post that is not to be tried again: failed, unclear or skipped. False when it is no longer the caller's."""
    mine = sa.and_(posts.c.id == post, posts.c.owner == owner, posts.c.state.in_(OWED))
    values = {"state": state, "why": why, "error": error[:500] or posts.c.error, "next_at": None, "owner": None}
    return db.execute(posts.update().where(mine).values(values)).rowcount == 1


def release(db: sa.Connection, owner: str) -> None:
    """Give back what was claimed and not begun, so that nobody has to wait until the claim ends."""
    mine = (posts.c.owner == owner, posts.c.state == "queued")
    db.execute(posts.update().where(*mine).values(owner=None, claimed_until=None))


def withdraw(db: sa.Connection, schedule: int, why: str, now: datetime) -> None:
    """Settle what a schedule still owes and nobody has begun to send; forget what is not due yet, as if never owed."""
    waiting = (posts.c.schedule == schedule, posts.c.state == "queued", posts.c.doubted_at.is_(None))
    db.execute(posts.delete().where(*waiting, posts.c.due_at > now, posts.c.tries == 0))
    values = {"state": "skipped", "why": why, "next_at": None, "owner": None}
    db.execute(posts.update().where(*waiting).values(values))


def reopen(db: sa.Connection, schedule: int, since: str | None, now: datetime) -> None:
    """Forget what a schedule owes and no platform has: what is not due yet, and every local day from `since` on."""
    c = posts.c
    absent = (c.schedule == schedule, c.parent.is_(None), c.doubted_at.is_(None))
    early = sa.and_(c.state == "queued", c.due_at > now)
    later = sa.and_(c.state.in_(("queued", "skipped", "failed")), c.date >= since) if since else sa.false()
    db.execute(posts.delete().where(*absent, sa.or_(early, later)))


def retry(db: sa.Connection, schedule: int, since: datetime, now: datetime) -> bool:
    """Send again what was due since then and surely did not arrive; whether there is anything."""
    c = posts.c
    failed = (c.schedule == schedule, c.parent.is_(None), c.state == "failed", c.doubted_at.is_(None), c.due_at > since)
    values = {"state": "queued", "why": None, "next_at": now, "claimed_until": None}
    return db.execute(posts.update().where(*failed).values(values)).rowcount > 0


def told_until() -> sa.ColumnElement[datetime]:
    """Up to when a post tells what happened: it may be put into words long before it is sent."""
    return sa.func.coalesce(posts.c.edited_at, posts.c.queued_at)


def rested(before: datetime) -> sa.ColumnElement[bool]:
    """Whether a post was sent, or edited last, before an instant."""
    return sa.func.coalesce(posts.c.edited_at, posts.c.sent_at) <= before


def begin_edit(db: sa.Connection, post: int, now: datetime, apart: timedelta) -> bool:
    """Take the next edit of a post that was sent for the caller alone; False when another process has it."""
    free = sa.or_(posts.c.edited_at.is_(None), posts.c.edited_at <= now - apart)
    return db.execute(posts.update().where(posts.c.id == post, free).values(edited_at=now)).rowcount == 1


def forget_edit(db: sa.Connection, post: int) -> None:
    """Let a post count as never edited."""
    db.execute(posts.update().where(posts.c.id == post).values(edited_at=None))


def get(db: sa.Connection, post: int) -> Post | None:
    """The post of that number, or None."""
    return next(iter(get_many(db, [post])), None)


def get_many(db: sa.Connection, numbers: Sequence[int]) -> list[Post]:
    """The posts of these numbers, in that order; those that are gone are left out."""
    found = {post.id: post for post in those(db, among(db, posts.c.id, numbers))}
    return [found[number] for number in numbers if number in found]


def those(db: sa.Connection, *which: sa.ColumnElement[bool]) -> list[Post]:
    """The posts of which something holds."""
    return [_post(row) for row in db.execute(sa.select(posts).where(*which))]


def find(db: sa.Connection, key: str) -> Post | None:
    """The post under a key, or None."""
    row = db.execute(sa.select(posts).where(posts.c.key == key)).first()
    return _post(row) if row else None


def _there(platform: str, space: str, target: str) -> sa.ColumnElement[bool]:
    return sa.and_(posts.c.platform == platform, posts.c.space == space, posts.c.target == target)


def log(
    db: sa.Connection,
    platform: str,
    space: str,
    target: str,
    *,
    kinds: Sequence[str],
    limit: int = 10,
    date: str | None = None,
) -> list[Post]:
    """What was owed to a place, newest slot first; only of one local day when it is given."""  # fmt: skip
    query = sa.select(posts).where(_there(platform, space, target), posts.c.kind.in_(list(kinds)))
    if date is not None:
        query = query.where(posts.c.date == date)
    rows = db.execute(query.order_by(posts.c.due_at.desc(), posts.c.id.desc()).limit(limit))
    return [_post(row) for row in rows]


def shown(db: sa.Connection, platform: str, space: str, target: str) -> list[Post]:
    """Every pick that was posted in a place or is about to be, oldest first."""
    picked = (posts.c.kind == "daily", posts.c.number.is_not(None), posts.c.state.in_(SHOWN))
    rows = db.execute(sa.select(posts).where(_there(platform, space, target), *picked).order_by(posts.c.date))
    return [_post(row) for row in rows]


def club_numbers(db: sa.Connection, club: int) -> set[int]:
    """The numbers, as they are today, of everything that was posted in a club's channels or is about to be."""
    query = (
        sa.select(sa.func.coalesce(redirects.c.target, posts.c.number))
        .outerjoin(redirects, redirects.c.number == posts.c.number)
        .where(posts.c.club == club, posts.c.kind == "daily", posts.c.number.is_not(None), posts.c.state.in_(SHOWN))
    )
    return set(db.execute(query.distinct()).scalars())


def by_reference(db: sa.Connection, platform: str, place: str, reference: str) -> Post | None:
    """The post that stands there as this message, or None."""
    here = (posts.c.platform == platform, posts.c.place == place, posts.c.reference == reference)
    row = db.execute(sa.select(posts).where(*here)).first()
    return _post(row) if row else None


def tally(db: sa.Connection) -> dict[tuple[str, str], int]:
    """How many posts there are by platform and state."""
    query = sa.select(posts.c.platform, posts.c.state, sa.func.count()).group_by(posts.c.platform, posts.c.state)
    return {(row[0], row[1]): int(row[2]) for row in db.execute(query)}
