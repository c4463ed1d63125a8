"""The terminal as delivery sees it: what is owed to it is printed."""

import itertools
from collections.abc import Callable

from bot.message import Message
from bot.posting import Sent
from storage.outbox import Post


class ConsoleSender:
    """Prints posts; nothing printed is ever unsure."""

    def __init__(self, show: Callable[[Message], None]) -> None:
        self._show = show
        self._printed = itertools.count(1)

    def compose(self, post: Post, message: Message, line: str) -> Message:
        """What is printed is made while it is printed."""
        return message

    async def warm(self, post: Post) -> None:
        """A terminal is there."""

    async def send(self, post: Post, composed: Message, under: Sent | None = None) -> Sent:
        """Print a post."""
        self._show(composed)
        return Sent(post.target, f"{post.id}-{next(self._printed)}")

    async def find(self, post: Post) -> Sent | None:
        """A terminal that was closed shows nothing any more."""
        return None

    async def edit(self, sent: Sent, post: Post, message: Message, line: str) -> None:
        """Paper can't be edited: the card is printed again."""
        self._show(message)
