"""What Discord needs to be remembered: lines too long for a component, which commands are registered, guilds."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage.spaces import join, leave
from storage.tables import accounts, discord_lines, discord_registrations, spaces
from storage.writes import insert, upsert

KEEP_LINES = timedelta(days=400)
"""How long a card's button with a long line works after the card was last shown."""


def keep_lines(db: sa.Connection, lines: Mapping[str, str], now: datetime) -> None:
    """Keep lines under their keys, as shown at a time; one that was shown later stays so."""
    for key, line in sorted(lines.items()):
        kept = insert(db, discord_lines).values(key=key, line=line, shown_at=now)
        later = discord_lines.c.shown_at < now
        db.execute(kept.on_conflict_do_update(index_elements=["key"], set_={"shown_at": now}, where=later))


def find_line(db: sa.Connection, key: str) -> str | None:
    """The line that was kept under a key, or None."""
    return db.execute(sa.select(discord_lines.c.line).where(discord_lines.c.key == key)).scalar()


def expire_lines(db: sa.Connection, now: datetime) -> int:
    """Forget lines that were not shown for KEEP_LINES; returns how many."""
    return db.execute(discord_lines.delete().where(discord_lines.c.shown_at < now - KEEP_LINES)).rowcount


def registered(db: sa.Connection, application: str) -> str | None:
    """The digest of the commands that were last registered for an application, or None."""
    query = sa.select(discord_registrations.c.digest).where(discord_registrations.c.application == application)
    return db.execute(query).scalar()


def register(db: sa.Connection, application: str, digest: str, now: datetime) -> None:
    """Note which commands are registered for an application."""
    upsert(db, discord_registrations, [{"application": application, "digest": digest, "registered_at": now}])


def reconcile(db: sa.Connection, here: Mapping[str, str], ours: Callable[[str], bool], now: datetime) -> None:
    """Bring the guilds to what Discord says: `here` are those (of `ours`) that the bot is in, with their names."""
    query = sa.select(spaces.c.space, spaces.c.name, spaces.c.left_at).where(spaces.c.platform == "discord")
    known = {row.space: row for row in db.execute(query)}
    for space, name in here.items():
        row = known.get(space)
        if row is None or row.left_at is not None or (name and row.name != name):
            join(db, "discord", space, name or None, now)
    for space, row in known.items():
        if row.left_at is None and ours(space) and space not in here:
            leave(db, "discord", space, now)


def home_of(db: sa.Connection, account: str) -> str | None:
    """The guild where somebody last joined in; what they say in private belongs to its club. None before that."""
    present = sa.select(spaces.c.space).where(spaces.c.platform == "discord", spaces.c.left_at.is_(None))
    query = (
        sa.select(accounts.c.space)
        .where(accounts.c.platform == "discord", accounts.c.account == account, accounts.c.space.in_(present))
        .order_by(accounts.c.seen_at.desc(), accounts.c.space)
    )
    return db.execute(query).scalars().first()
