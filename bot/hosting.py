"""Keeping a platform's own events in step with the meetings: shown, moved and cancelled along with them.

The database says which events lag behind, so that it goes on after a restart, and one process tries each.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from bot.app import App
from bot.posting import Event, Gone, Host, Retry, Unclear
from storage import Connection, events, reading, writing
from storage.meetings import Meeting
from storage.resources import get_many

log = logging.getLogger(__name__)


class Hosting:
    """Shows meetings as events where the platform has them."""

    def __init__(self, app: App, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._app = app
        self._clock = clock

    async def round(self) -> int:
        """Bring up to date what lags behind; returns how many events."""
        hosts = {name: sender for name, sender in self._app.senders.items() if isinstance(sender, Host)}
        due = await asyncio.to_thread(self._take, list(hosts)) if hosts else []
        for meeting, event, reference in due:
            try:
                async with asyncio.timeout(20.0):
                    shown = await hosts[meeting.platform].hold(event, reference)
            except (Retry, Unclear, Gone, TimeoutError) as error:
                log.info("the event of meeting %s is tried again later: %s", meeting.id, error)
            else:
                await asyncio.to_thread(self._record, meeting, shown)
        return len(due)

    def _take(self, platforms: list[str]) -> list[tuple[Meeting, Event, str | None]]:
        """The events that are the caller's to bring up to date."""
        now = self._clock()
        with reading(self._app.engine) as db:
            found = events.behind(db, platforms, now)
        if not found:
            return []
        with writing(self._app.engine) as db:
            mine = [row for row in found if events.take(db, row[0].id, now)]
            return [(meeting, self._event(db, meeting), reference) for meeting, reference in mine]

    def _event(self, db: Connection, meeting: Meeting) -> Event:
        read = [f"{r.title} {r.url or ''}".strip() for r in get_many(db, list(meeting.numbers))]
        return Event(
            space=meeting.space, channel=meeting.channel, name=meeting.title, place=meeting.place,
            about="\n".join(filter(None, [*read, meeting.about])), sign=f"{self._app.prefix}meeting show {meeting.id}",
            starts_at=meeting.starts_at, ends_at=meeting.ends_at, cancelled=meeting.state == "cancelled",
        )  # fmt: skip

    def _record(self, meeting: Meeting, reference: str | None) -> None:
        with writing(self._app.engine) as db:
            events.record(db, meeting, reference)
