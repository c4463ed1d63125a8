"""Keeping the counts on posted polls and meetings up to date, no more often than a platform takes kindly.

However many vote at once, a card is edited once in APART; what comes in meanwhile is shown by the next edit. The
database says which cards lag behind, so that it goes on after a restart, and only one process edits each.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from bot.app import App
from bot.command import Actor
from bot.hosting import Hosting
from bot.posting import Gone, Sent
from bot.resaying import APART, Resayer, edit
from storage import meetings, outbox, polls, reading, writing
from storage.outbox import Post

log = logging.getLogger(__name__)


class Refresher:
    """Edits cards whose counts have changed since they were shown: of polls and meetings, and of resources."""

    def __init__(self, app: App, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._app = app
        self._clock = clock
        self._later: dict[int, datetime] = {}
        self._hosting = Hosting(app, clock)
        self._cards = Resayer(app, clock)

    async def round(self) -> int:
        """Edit what lags behind and may be edited now; returns how many cards and events."""
        due = await asyncio.to_thread(self._take)
        for post in due:
            await self._edit(post)
        return len(due) + await self._cards.round() + await self._hosting.round()

    def _take(self) -> list[Post]:
        """The cards that are the caller's to edit."""
        if not self._app.senders:
            return []
        now = self._clock()
        with reading(self._app.engine) as db:
            stale = [*polls.outdated_cards(db, now, APART), *meetings.outdated_cards(db, now, APART)]
            found = outbox.get_many(db, [number for number in stale if self._later.get(number, now) <= now])
        ours = [post for post in found if post.platform in self._app.senders]
        if not ours:
            return []
        with writing(self._app.engine) as db:
            return [post for post in ours if outbox.begin_edit(db, post.id, now, APART)]

    async def _edit(self, post: Post) -> None:
        there = Actor(post.platform, post.space, post.target, "", "", language=post.language, overheard=True)
        message = await asyncio.to_thread(self._app.say, post.line, there, self._clock())
        if message.error:
            return
        sent = Sent(post.place or "", post.reference or "")
        self._later.pop(post.id, None)
        try:
            later = await edit(self._app.senders[post.platform], sent, post, message, post.line)
        except Gone as error:
            log.info("the card of post %s can't be edited any more: %s", post.key, error)
            return
        if later:
            self._later[post.id] = self._clock() + later
            await asyncio.to_thread(self._forget, post.id)

    def _forget(self, post: int) -> None:
        """Let a card count as not edited, for it may not be."""
        with writing(self._app.engine) as db:
            outbox.forget_edit(db, post)
