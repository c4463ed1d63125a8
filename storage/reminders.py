"""When a club is reminded of its meetings."""

from dataclasses import asdict, dataclass
from datetime import timedelta

import sqlalchemy as sa

from storage.agenda import reminders
from storage.writes import upsert


@dataclass(frozen=True)
class Reminders:
    """Days before, when the presenter is reminded; hours and minutes before, when everybody is. 0 is never."""

    presenter: int = 7
    early: int = 24
    late: int = 60

    @property
    def before_presenter(self) -> timedelta:
        """How long before a meeting its presenter is reminded."""
        return timedelta(days=self.presenter)

    @property
    def before_early(self) -> timedelta:
        """How long before a meeting everybody is reminded first."""
        return timedelta(hours=self.early)

    @property
    def before_late(self) -> timedelta:
        """How long before a meeting everybody is reminded again."""
        return timedelta(minutes=self.late)


def get(db: sa.Connection, club: int) -> Reminders:
    """When a club is reminded: as it has chosen, or as usual."""
    columns = reminders.c.presenter, reminders.c.early, reminders.c.late
    row = db.execute(sa.select(*columns).where(reminders.c.club == club)).first()
    return Reminders(**row._mapping) if row else Reminders()


def put(db: sa.Connection, club: int, chosen: Reminders) -> None:
    """Write when a club is reminded."""
    upsert(db, reminders, [{"club": club, **asdict(chosen)}])
