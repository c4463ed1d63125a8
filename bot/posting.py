"""What delivery asks of a platform: send a post once, find it again, edit it. Adapters are the senders."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from bot.message import Message
from storage.outbox import Post


@dataclass(frozen=True)
class Sent:
    """Where a message stands: the platform's ids of the channel and of the message in it."""

    place: str
    reference: str


class Retry(Exception):
    """The platform did nothing and may take it later: in `after` seconds, where it says so."""

    def __init__(self, error: str, after: float = 0.0) -> None:
        super().__init__(error)
        self.after = after


class Gone(Exception):
    """The platform did nothing, nor will it: `reason` is one of the codes in GONE."""

    def __init__(self, reason: str, error: str = "") -> None:
        super().__init__(error or reason)
        self.reason = reason


class Unclear(Exception):
    """Nobody knows whether the platform has the message."""


class Unknowable(Exception):
    """Nobody knows, and the platform gives no way to find out."""


GONE = ("channel", "archived", "kicked", "permission", "token", "content")
"""No such channel; read-only; the bot is not in it; it may not post; the app was removed; the post is refused."""


class Sender(Protocol):
    """A platform as delivery sees it."""

    def compose(self, post: Post, message: Message, line: str) -> object:
        """A message in the platform's own form, as `send` takes it; `line` says it again.

        Done before the post is due where there is time: it needs no network, and any thread may do it.
        """

    async def warm(self, post: Post) -> None:
        """Look up, a moment before a post is due, what sending it takes. Raises Retry, Gone or Unclear."""

    async def send(self, post: Post, composed: Any, under: Sent | None = None) -> Sent:
        """Send a post as it was composed; `under` is the message that a thread hangs on.

        Raises Retry, Gone, or Unclear. Sending the same post again within a minute must not show it twice where the
        platform can see to that.
        """

    async def find(self, post: Post) -> Sent | None:
        """Where a doubted post stands; None when it is certain, or made certain by `send`, that it is nowhere.

        Raises Unknowable or Gone; Retry or Unclear when the platform can't be asked now.
        """

    async def edit(self, sent: Sent, post: Post, message: Message, line: str) -> None:
        """Show another message in its place. Raises Retry, Gone or Unclear; editing again does no harm."""


def patience(given: object, otherwise: float = 0.0) -> float:
    """The seconds that a Retry-After header asks for; `otherwise` where it is none, or a date."""
    text = str(given)
    return float(text) if text.replace(".", "", 1).isdecimal() else otherwise


class Underway:
    """Posts on their way, by platform: a connection that is to be closed waits until nobody uses it."""

    def __init__(self) -> None:
        self._posts: Counter[str] = Counter()

    @contextmanager
    def by(self, platform: str) -> Iterator[None]:
        """A post is on its way while the block runs."""
        self._posts[platform] += 1
        try:
            yield
        finally:
            self._posts[platform] -= 1

    async def arrived(self, platform: str, seconds: float) -> None:
        """Wait until nothing is on its way to a platform, but no longer than that."""
        ends = time.monotonic() + seconds
        while self._posts[platform] and time.monotonic() < ends:  # noqa: ASYNC110 - any loop may have begun them
            await asyncio.sleep(0.02)


@dataclass(frozen=True)
class Event:
    """A meeting as a platform's own calendar shows it; it is known by its `sign`, the last line of its description."""

    space: str
    channel: str
    name: str
    about: str
    place: str
    sign: str
    starts_at: datetime
    ends_at: datetime
    cancelled: bool = False


@runtime_checkable
class Host(Protocol):
    """A platform that shows events of its own."""

    async def hold(self, event: Event, reference: str | None) -> str | None:
        """Show an event, or bring the one of that reference up to date; its reference.

        None where the platform does not let us, empty where somebody took the event away. Raises Retry or Unclear;
        holding again does no harm.
        """
