"""Keeping public cards true: after a press, the club's newest messages that show the same resources are said again.

However many press at once, the messages of a club are edited once in APART; what comes in meanwhile is shown by the
next edit. A card that is not edited, because the process ends, is brought up to date by whoever presses on it.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.app import App
from bot.command import Actor
from bot.message import Message
from bot.posting import Gone, Retry, Sender, Sent, Unclear
from storage import writing
from storage.outbox import Post
from storage.shown import Shown, forget

log = logging.getLogger(__name__)

APART = timedelta(seconds=3)
_PATIENCE = 20.0
"""Seconds that one edit may take, waiting for the platform's limits included."""

Place = tuple[str, str]
"""A platform and a space on it."""


async def edit(sender: Sender, sent: Sent, post: Post, message: Message, line: str) -> timedelta:
    """Show another message in a posted one's place; how long to wait before trying again, zero when it is done.

    Raises Gone when it can't be edited any more.
    """
    try:
        async with asyncio.timeout(_PATIENCE):
            await sender.edit(sent, post, message, line)
    except (Retry, Unclear, TimeoutError) as error:
        log.info("a card in channel %s is edited later: %s", sent.place, error)
        return max(APART, timedelta(seconds=getattr(error, "after", 0.0)))
    return timedelta(0)


class Resayer:
    """Edits public messages whose resources were voted on, read or noted elsewhere."""

    def __init__(self, app: App, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._app = app
        self._clock = clock
        self._waiting: dict[Place, set[int]] = {}
        self._next: dict[Place, datetime] = {}

    async def round(self) -> int:
        """Edit what may be edited now; returns how many messages."""
        while self._app.touched:
            platform, space, number = self._app.touched.popleft()
            self._waiting.setdefault((platform, space), set()).add(number)
        now = self._clock()
        self._next = {place: at for place, at in self._next.items() if at > now}
        edited = 0
        for place in [place for place in self._waiting if place not in self._next]:
            numbers = self._waiting.pop(place)
            self._next[place] = now + APART
            edited += await self._say_again(place, numbers)
        return edited

    async def _say_again(self, place: Place, numbers: set[int]) -> int:
        somebody = Actor(*place, channel="", member="", name="")
        found = await asyncio.to_thread(self._app.outdated, sorted(numbers), somebody, self._clock())
        ours = [(where, message) for where, message in found if where.platform in self._app.senders]
        await asyncio.gather(*(self._edit(where, message, place, numbers) for where, message in ours))
        return len(ours)

    async def _edit(self, where: Shown, message: Message, place: Place, numbers: set[int]) -> None:
        post = Post(
            key="", kind="card", club=0, platform=where.platform, space=where.space, target=where.channel,
            language=where.language, date="", due_at=self._clock(),
        )  # fmt: skip
        sent = Sent(where.channel, where.message)
        try:
            later = await edit(self._app.senders[where.platform], sent, post, message, where.line)
        except Gone as error:
            log.info("a card in channel %s can't be edited any more: %s", where.channel, error)
            await asyncio.to_thread(self._forget, where)
            return
        if later:
            self._waiting.setdefault(place, set()).update(numbers)
            self._next[place] = self._clock() + later

    def _forget(self, where: Shown) -> None:
        with writing(self._app.engine) as db:
            forget(db, where)
