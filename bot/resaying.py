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
from storage import outdated, reading, writing
from storage.outbox import Post
from storage.shown import Shown, forget

log = logging.getLogger(__name__)

APART = timedelta(seconds=3)
_PATIENCE = 20.0
"""Seconds that one edit may take, waiting for the platform's limits included."""

_AT_ONCE = 10
"""Messages that show what is no longer to be shown and are said again at once."""
_FAILED = timedelta(minutes=10)
"""How long a message is left alone that could not be put into words."""

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
        self._fresh_at = datetime.min.replace(tzinfo=UTC)

    async def round(self) -> int:
        """Edit what may be edited now; returns how many messages."""
        while self._app.touched:
            platform, space, number = self._app.touched.popleft()
            self._waiting.setdefault((platform, space), set()).add(number)
        edited = await self._freshen()
        now = self._clock()
        self._next = {place: at for place, at in self._next.items() if at > now}
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
        if later := await self._show(where, message):
            self._waiting.setdefault(place, set()).update(numbers)
            self._next[place] = self._clock() + later

    async def _show(self, where: Shown, message: Message) -> timedelta:
        """Edit a message; how long to wait before trying again, zero when it is done or gone."""
        post = Post(
            key="", kind="card", club=0, platform=where.platform, space=where.space, target=where.channel,
            language=where.language, date="", due_at=self._clock(),
        )  # fmt: skip
        sent = Sent(where.channel, where.message)
        try:
            return await edit(self._app.senders[where.platform], sent, post, message, where.line)
        except Gone as error:
            log.info("a card in channel %s can't be edited any more: %s", where.channel, error)
            await asyncio.to_thread(self._forget, where)
            return timedelta(0)

    # ---- what must not stay as it is ----

    async def _freshen(self) -> int:
        """Say again some of the messages that show what is no longer to be shown; returns how many."""
        if not self._app.senders or self._fresh_at > self._clock():
            return 0
        self._fresh_at = self._clock() + APART
        found = await asyncio.to_thread(self._take)
        await asyncio.gather(*(self._again(where) for where in found))
        return len(found)

    def _take(self) -> list[Shown]:
        now, platforms = self._clock(), list(self._app.senders)
        with reading(self._app.engine) as db:
            if not outdated.any_due(db, platforms, now):
                return []
        with writing(self._app.engine) as db:
            return outdated.take(db, platforms, now, _AT_ONCE)

    async def _again(self, where: Shown) -> None:
        message = await asyncio.to_thread(self._app.afresh, where, self._clock())
        later = await self._show(where, message) if message else _FAILED

        def note() -> None:
            with writing(self._app.engine) as db:
                if later:
                    outdated.put_off(db, where, self._clock() + later)
                else:
                    outdated.done(db, where)

        await asyncio.to_thread(note)

    def _forget(self, where: Shown) -> None:
        with writing(self._app.engine) as db:
            forget(db, where)
