"""What searches remember while the catalogue stays as it is: postings, fits of words, whole answers, resources."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.records import Resource
from storage.resources import get_many
from storage.search.tables import search_state

if TYPE_CHECKING:
    from storage.search.scoring import Layout, Match, Unit

_MOST_BYTES = 32 * 2**20
ENTRY = 2_000
"""About what an answer or a resource takes."""
_REVISION = sa.select(search_state.c.revision)


@dataclass
class Known:
    """What is known of one revision. Threads share it: each entry is whole before it is put in, and never changed."""

    revision: str | None
    layout: "Layout | None" = None
    matches: "dict[Unit, Match | None]" = field(default_factory=dict)
    answers: dict[Hashable, Any] = field(default_factory=dict)
    resources: dict[int, Resource] = field(default_factory=dict)
    room: int = _MOST_BYTES

    def take(self, size: int) -> None:
        """Count something that was put in; when there is too much, the next search begins with nothing."""
        self.room -= size

    def get_many(self, db: sa.Connection, numbers: Sequence[int]) -> list[Resource]:
        """The resources of these numbers, in this order; unknown ones are left out."""
        missing = [n for n in numbers if n not in self.resources]
        for resource in get_many(db, missing) if missing else ():
            self.resources[resource.number] = resource
            self.take(ENTRY)
        return [self.resources[n] for n in numbers if n in self.resources]


class Memory:
    """Kept by a process between searches. It asks the database for its revision every time, so it is never stale."""

    def __init__(self) -> None:
        self._known = Known(None)

    def at(self, db: sa.Connection) -> Known:
        """What is known of the catalogue as this transaction sees it, which must see one state to its end."""
        revision: str | None = db.execute(_REVISION).scalar()
        known = self._known
        if revision is None or known.revision != revision or known.room < 0:
            known = self._known = Known(revision)
        return known
