"""Putting posts into words and into their platform's form; before they are due, where there is time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.app import App
from bot.command import Actor
from bot.posting import Sender
from storage import outbox, reading
from storage.outbox import DIRECT, Post

_AHEAD = timedelta(seconds=60)
"""How long before they are due posts are put into words; less than that is left to do when many are due at once."""
_AT_ONCE = 20
_MOST = 1000


@dataclass(frozen=True)
class Worded:
    """A post in words and in its platform's form; `error` is why there are none."""

    due_at: datetime
    composed: object
    error: str = ""


class Wording:
    """Words posts, and keeps for a while what was worded ahead. One thread at a time words ahead."""

    def __init__(self, app: App, clock: Callable[[], datetime]) -> None:
        self._app = app
        self._clock = clock
        self._kept: dict[int, Worded] = {}

    def ahead(self) -> int:
        """Put into words some of what will be due soon; returns how many posts."""
        now = self._clock()
        self._kept = {post: kept for post, kept in self._kept.items() if kept.due_at > now - _AHEAD}
        with reading(self._app.engine) as db:
            coming = outbox.coming(db, list(self._app.senders), now, now + _AHEAD, _MOST)
            new = [number for number in coming if number not in self._kept][:_AT_ONCE]
            posts = outbox.get_many(db, new)
        for post in posts:
            if sender := self._app.senders.get(post.platform):
                self._kept[post.id] = self.word(sender, post)
        return len(posts)

    def take(self, post: Post) -> Worded | None:
        """What was worded ahead; it is kept no longer."""
        return self._kept.pop(post.id, None)

    def word(self, sender: Sender, post: Post) -> Worded:
        """A post in words, as it stands now."""
        message = self._app.say(post.line, _reader(post), self._clock())
        if message.error:
            return Worded(post.due_at, None, message.plain())
        return Worded(post.due_at, sender.compose(post, message, post.line))

    def until_due(self, early: timedelta) -> float:
        """Seconds until the next post of which we know is due but for `early`."""
        now = self._clock() + early
        left = ((worded.due_at - now).total_seconds() for worded in self._kept.values() if worded.due_at > now)
        return min(left, default=_AHEAD.total_seconds())


def _reader(post: Post) -> Actor:
    """For whom a post is said: everybody in the channel, or one person."""
    if post.kind in DIRECT:
        return Actor(post.platform, post.space, "", post.target, "", language=post.language)
    return Actor(post.platform, post.space, post.target, "", "", language=post.language, overheard=True)
