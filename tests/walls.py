"""A platform for tests of edits: nothing new is ever sent there."""

from bot.message import Message
from bot.posting import Sent
from storage.outbox import Post


class Wall:
    """Base of platforms that say what an edit does."""

    def compose(self, post: Post, message: Message, line: str) -> str:
        """The line, which is enough to tell what was not to be sent."""
        return line

    async def warm(self, post: Post) -> None:
        """Nothing to look up."""

    async def send(self, post: Post, composed: str, under: Sent | None = None) -> Sent:
        """Fail: a card is edited, not sent again."""
        raise AssertionError(composed)

    async def find(self, post: Post) -> Sent | None:
        """Nothing gets lost."""
        return None

    async def edit(self, sent: Sent, post: Post, message: Message, line: str) -> None:
        """What the test wants to know."""
        raise NotImplementedError
