"""Letting a schedule's slot come now, for tests that deliver over real time."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from bot.app import App
from bot.delivery import Delivery
from bot.pacing import Patience
from storage import outbox, reading, schedules, writing
from storage.outbox import Post
from storage.timetable import posts as table

QUICK = Patience(lease=5, attempt=3, settle=0, first=0, longest=0)


def due_now(app: App, platform: str, space: str, channel: str, kind: str = "daily") -> None:
    """Owe the post of a slot that came a moment ago."""
    now = datetime.now(UTC)
    app.late = timedelta(hours=25)
    with writing(app.engine) as db:
        found = schedules.find(db, platform, space, channel, kind)
        assert found is not None
        schedules.change(db, found.id, slot=f"{now:%Y-%m-%d}", time="00:00", zone="UTC", due_at=now)
    app.tick()


def another_day(app: App) -> None:
    """As if what was owed so far had been owed on an earlier day, so that today's slot can come again."""
    earlier = {"key": table.c.key + ":" + sa.cast(table.c.id, sa.Text), "date": "2026-01-01"}
    with writing(app.engine) as db:
        db.execute(sa.update(table).where(table.c.kind != "notice").values(earlier))


async def deliver(app: App, rounds: int = 3) -> None:
    """Send what is owed, and what comes of it."""
    delivery = Delivery(app, patience=QUICK)
    for _ in range(rounds):
        await delivery.round()
        await delivery.settled()


def posts(app: App, platform: str, space: str, target: str, *kinds: str) -> list[Post]:
    """What was owed to a place, oldest first."""
    with reading(app.engine) as db:
        return outbox.log(db, platform, space, target, kinds=kinds or ("daily",))[::-1]
