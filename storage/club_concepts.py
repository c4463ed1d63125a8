"""Words that a club adds to the concept table: what it calls by other names, and examples of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.tables import club_concepts, club_spaces


@dataclass(frozen=True)
class ClubConcept:
    """Names that mean the same to a club, and narrower terms that are examples of it."""

    id: int
    names: tuple[str, ...]
    narrower: tuple[str, ...]


_COLUMNS = (club_concepts.c.id, club_concepts.c.names, club_concepts.c.narrower)
_OF_SPACE = (
    sa.select(*_COLUMNS)
    .join(club_spaces, club_spaces.c.club == club_concepts.c.club)
    .where(club_spaces.c.platform == sa.bindparam("platform"), club_spaces.c.space == sa.bindparam("space"))
    .order_by(club_concepts.c.id)
)


def of_space(db: sa.Connection, platform: str, space: str) -> tuple[ClubConcept, ...]:
    """The concepts of the club that a space belongs to, oldest first."""
    return tuple(map(_concept, db.execute(_OF_SPACE, {"platform": platform, "space": space})))


def of_club(db: sa.Connection, club: int) -> tuple[ClubConcept, ...]:
    """The concepts of a club, oldest first."""
    query = sa.select(*_COLUMNS).where(club_concepts.c.club == club).order_by(club_concepts.c.id)
    return tuple(map(_concept, db.execute(query)))


def add(db: sa.Connection, club: int, names: Sequence[str], narrower: Sequence[str], now: datetime) -> None:
    """Keep a concept for a club."""
    values = {"club": club, "names": list(names), "narrower": list(narrower), "created_at": now}
    db.execute(club_concepts.insert().values(values))


def remove(db: sa.Connection, club: int, identity: int) -> bool:
    """Forget a concept of a club; False when it has none of that number."""
    mine = sa.and_(club_concepts.c.club == club, club_concepts.c.id == identity)
    return db.execute(club_concepts.delete().where(mine)).rowcount == 1


def _concept(row: Any) -> ClubConcept:
    return ClubConcept(row.id, tuple(row.names), tuple(row.narrower))
