"""How fast posts go to a platform, and how long they are waited for."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from storage.outbox import Post

_MADE_UP = 0.02
"""Seconds of delay that a row makes up for; more would come bunched."""
_MOST_REMEMBERED = 5000

Channel = tuple[str, str]
"""A space and a channel, or somebody's account, in it."""


@dataclass(frozen=True)
class Pace:
    """What a platform lets one bot do: sends a second in all (None: any number), seconds between two in one channel,
    sends at once.
    """

    rate: int | None = None
    apart: float = 0.0
    at_once: int = 100


PACES: Mapping[str, Pace] = {
    "discord": Pace(rate=48, apart=0.2, at_once=50),
    "slack": Pace(apart=1.05, at_once=200),  # each channel has its own limit, so that all may have their post at once
}


@dataclass(frozen=True)
class Patience:
    """Seconds: how long a claim holds, a try may take, a lost answer is left alone; first and longest back-off."""

    lease: float = 40.0
    attempt: float = 20.0
    settle: float = 10.0
    first: float = 2.0
    longest: float = 600.0


PATIENCE = Patience()
"""What suits the platforms as they are."""


@dataclass
class Lane:
    """The way to one platform, as wide and as fast as its pace; `sending` is held while a post is on its way."""

    pace: Pace
    next: float = 0.0
    row: asyncio.Lock = field(default_factory=asyncio.Lock)
    sending: asyncio.Semaphore = field(init=False)
    _rested: dict[Channel, float] = field(default_factory=dict)
    _channels: WeakValueDictionary[Channel, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def __post_init__(self) -> None:
        self.sending = asyncio.Semaphore(self.pace.at_once)

    def channel(self, post: Post) -> asyncio.Lock:
        """What the posts of one channel go through, one after the other, in the order in which they came."""
        return self._channels.setdefault((post.space, post.target), asyncio.Lock())

    async def rest(self, post: Post) -> None:
        """Wait until the channel has rested from the last post, before the next one there is begun."""
        await asyncio.sleep(self._rested.get((post.space, post.target), 0.0) - time.monotonic())

    def posted(self, post: Post) -> None:
        """Let the channel rest."""
        now = time.monotonic()
        if len(self._rested) > _MOST_REMEMBERED:
            self._rested = {channel: at for channel, at in self._rested.items() if at > now}
        self._rested[post.space, post.target] = now + self.pace.apart

    async def turn(self) -> None:
        """Wait for this post's place in an even row of `rate` a second; what comes bunched would be refused."""
        if self.pace.rate is None:
            return
        async with self.row:
            await asyncio.sleep(self.next - time.monotonic())
            self.next = max(self.next, time.monotonic() - _MADE_UP) + 1 / self.pace.rate
