"""Which cards stand where in public, so that their counts can be brought up to date."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage.tables import club_spaces, readings, shown_cards, votes
from storage.writes import upsert

KEEP = timedelta(days=400)
"""How long a card is remembered; an older one is brought up to date when somebody presses on it."""


@dataclass(frozen=True)
class Shown:
    """A message that shows cards: where it stands, the line that says it again, and the language it is in."""

    platform: str
    space: str
    channel: str
    message: str
    line: str
    language: str


def naming(option: str, name: str) -> str:
    """How a line ends that names a member, as who shares its answer (`sharer`) or whose card it is (`by`)."""
    quoted = name.replace('"', "'")
    return f' {option}:"{quoted}"'


def remember(db: sa.Connection, cards: Iterable[tuple[Shown, Iterable[int]]], now: datetime) -> None:
    """Note that public messages show these resources."""
    upsert(
        db,
        shown_cards,
        [
            {name: getattr(shown, name) for name in Shown.__dataclass_fields__} | {"number": number, "shown_at": now}
            for shown, numbers in cards
            for number in dict.fromkeys(numbers)
        ],
    )


def forget(db: sa.Connection, shown: Shown) -> None:
    """Forget a message that is gone."""
    here = (shown_cards.c.platform == shown.platform, shown_cards.c.channel == shown.channel)
    db.execute(shown_cards.delete().where(*here, shown_cards.c.message == shown.message))


def showing(db: sa.Connection, club: int, numbers: Collection[int], limit: int) -> list[Shown]:
    """The club's newest messages that show any of these resources."""
    columns = [shown_cards.c[name] for name in Shown.__dataclass_fields__]
    query = (
        sa.select(*columns, sa.func.max(shown_cards.c.shown_at).label("newest"))
        .join(
            club_spaces,
            sa.and_(club_spaces.c.platform == shown_cards.c.platform, club_spaces.c.space == shown_cards.c.space),
        )
        .where(club_spaces.c.club == club, shown_cards.c.number.in_(list(numbers)))
        .group_by(*columns)
        .order_by(sa.desc("newest"), shown_cards.c.message)
        .limit(limit)
    )
    return [Shown(*row[: len(columns)]) for row in db.execute(query)]


def marked_by(db: sa.Connection, member: int, limit: int = 20) -> list[int]:
    """The newest numbers on shown cards that a member has voted on or read: their name may stand there."""
    marks = sa.union(*(sa.select(t.c.number).where(t.c.member == member) for t in (votes, readings)))
    query = sa.select(shown_cards.c.number).where(shown_cards.c.number.in_(marks)).group_by(shown_cards.c.number)
    return list(db.execute(query.order_by(sa.func.max(shown_cards.c.shown_at).desc()).limit(limit)).scalars())


def expire(db: sa.Connection, now: datetime) -> int:
    """Forget cards older than KEEP; returns how many rows went."""
    return db.execute(shown_cards.delete().where(shown_cards.c.shown_at < now - KEEP)).rowcount
