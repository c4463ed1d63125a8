"""Public messages that must be said again, however old: what they show was withdrawn, or is no longer to be shown."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage import outbox
from storage.bulk import among
from storage.shown import Shown
from storage.tables import outdated_messages, shown_cards
from storage.timetable import posts
from storage.writes import insert

_RETAKEN = timedelta(minutes=1)
"""How long a message that is being said again is left to who took it."""
_TRIED = timedelta(days=7)
_MESSAGE = tuple(Shown.__dataclass_fields__)


def showing(db: sa.Connection, numbers: Collection[int]) -> list[Shown]:
    """All public messages that show any of these resources, in any club."""
    query = sa.select(*(shown_cards.c[name] for name in _MESSAGE)).where(among(db, shown_cards.c.number, numbers))
    return [Shown(*row) for row in db.execute(query.distinct())]


def posted(db: sa.Connection, which: sa.ColumnElement[bool]) -> list[Shown]:
    """Where those of the posts stand that were sent to channels."""
    sent = outbox.those(db, posts.c.state == "sent", posts.c.kind.not_in(outbox.DIRECT), which)
    return [
        Shown(post.platform, post.space, post.place or "", post.reference or "", post.line, post.language)
        for post in sent
    ]


def note(db: sa.Connection, messages: Iterable[Shown], now: datetime) -> None:
    """Note that messages must be said again; whoever edits cards takes them from here."""
    noted = {"since": now, "next_at": now}
    rows = [{name: getattr(message, name) for name in _MESSAGE} | noted for message in messages]
    if rows:
        db.execute(insert(db, outdated_messages).on_conflict_do_nothing(), rows)


def any_due(db: sa.Connection, platforms: Collection[str], now: datetime) -> bool:
    """Whether a take would find anything."""
    query = sa.select(outdated_messages.c.message).where(*_due(platforms, now))
    return db.execute(query.limit(1)).first() is not None


def take(db: sa.Connection, platforms: Collection[str], now: datetime, limit: int) -> list[Shown]:
    """Messages to be said again, for the caller alone; whoever does not finish leaves them to the next."""
    db.execute(outdated_messages.delete().where(outdated_messages.c.since < now - _TRIED))
    columns = (outdated_messages.c[name] for name in _MESSAGE)
    query = sa.select(*columns).where(*_due(platforms, now)).order_by(outdated_messages.c.next_at).limit(limit)
    query = query.with_for_update(skip_locked=True) if db.dialect.name == "postgresql" else query
    found = [Shown(*row) for row in db.execute(query)]
    for message in found:
        put_off(db, message, now + _RETAKEN)
    return found


def put_off(db: sa.Connection, message: Shown, until: datetime) -> None:
    """Say a message again later."""
    db.execute(outdated_messages.update().where(*_is(message)).values(next_at=until))


def done(db: sa.Connection, message: Shown) -> None:
    """Note that a message has been said again, or can't be."""
    db.execute(outdated_messages.delete().where(*_is(message)))


def _due(platforms: Collection[str], now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (outdated_messages.c.next_at <= now, outdated_messages.c.platform.in_(list(platforms)))


def _is(message: Shown) -> tuple[sa.ColumnElement[bool], ...]:
    return tuple(outdated_messages.c[name] == getattr(message, name) for name in ("platform", "channel", "message"))
