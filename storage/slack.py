"""Slack installations and OAuth states. Tokens come and go sealed; only the adapter can open them."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage.bulk import among
from storage.tables import deliveries, slack_installations, slack_states

LEASE = timedelta(seconds=30)
"""How long one process may take to renew a token before another one tries."""


@dataclass(frozen=True)
class Installation:
    """The app in one workspace (or organisation). `token` and `refresh_token` are sealed texts."""

    space: str
    scopes: str
    token: str
    installed_at: datetime
    name: str | None = None
    bot_id: str | None = None
    bot_user: str | None = None
    installer: str | None = None
    refresh_token: str | None = None
    expires_at: datetime | None = None


def install(db: sa.Connection, installation: Installation) -> None:
    """Keep an installation; a newer one of the same workspace takes the older one's place."""
    db.execute(slack_installations.delete().where(slack_installations.c.space == installation.space))
    db.execute(slack_installations.insert().values(vars(installation)))


def find(db: sa.Connection, space: str) -> Installation | None:
    """The installation in a workspace, or None."""
    return find_many(db, [space]).get(space)


def find_many(db: sa.Connection, spaces: Collection[str]) -> dict[str, Installation]:
    """The installations in these workspaces, by workspace."""
    columns = [column for column in slack_installations.c if column.name != "refreshing_until"]
    rows = db.execute(sa.select(*columns).where(among(db, slack_installations.c.space, spaces))).mappings()
    return {row["space"]: Installation(**row) for row in rows}


def installed(db: sa.Connection) -> Sequence[str]:
    """The workspaces where the app is installed."""
    return list(db.execute(sa.select(slack_installations.c.space).order_by(slack_installations.c.space)).scalars())


def lease(db: sa.Connection, space: str, token: str, now: datetime) -> bool:
    """Whether the caller alone may renew this token now; a refresh token works once, so only one process may."""
    free = sa.or_(slack_installations.c.refreshing_until.is_(None), slack_installations.c.refreshing_until < now)
    mine = sa.and_(slack_installations.c.space == space, slack_installations.c.token == token, free)
    return db.execute(slack_installations.update().where(mine).values(refreshing_until=now + LEASE)).rowcount == 1


def renew(
    db: sa.Connection, space: str, old_token: str, token: str, refresh_token: str | None, expires_at: datetime | None
) -> bool:
    """Put a renewed token in the old one's place; False when the installation has changed or gone meanwhile."""
    mine = sa.and_(slack_installations.c.space == space, slack_installations.c.token == old_token)
    values = {"token": token, "refresh_token": refresh_token, "expires_at": expires_at, "refreshing_until": None}
    return db.execute(slack_installations.update().where(mine).values(values)).rowcount == 1


def give_up(db: sa.Connection, space: str) -> None:
    """End a lease whose renewal failed."""
    mine = slack_installations.c.space == space
    db.execute(slack_installations.update().where(mine).values(refreshing_until=None))


def uninstall(db: sa.Connection, space: str, before: datetime) -> bool:
    """Forget a workspace's tokens and deliveries.

    `before` is the second in which Slack reported the end: a later installation stays, and False comes back.
    """
    current = find(db, space)
    if current is not None and current.installed_at.replace(microsecond=0) > before:
        return False
    db.execute(slack_installations.delete().where(slack_installations.c.space == space))
    db.execute(deliveries.delete().where(deliveries.c.key.startswith(f"slack:{space}:", autoescape=True)))
    return True


def issue_state(db: sa.Connection, state: str, expires_at: datetime) -> None:
    """Remember that this state was handed to a browser; only its digest is kept."""
    db.execute(slack_states.insert().values(digest=_digest(state), expires_at=expires_at))


def consume_state(db: sa.Connection, state: str, now: datetime) -> bool:
    """Whether the state is ours, fresh and unused; from now on it no longer is. Old ones are swept away."""
    mine = sa.and_(slack_states.c.digest == _digest(state), slack_states.c.expires_at >= now)
    found = db.execute(slack_states.delete().where(mine)).rowcount == 1
    db.execute(slack_states.delete().where(slack_states.c.expires_at < now))
    return found


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
