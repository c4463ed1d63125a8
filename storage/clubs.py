"""Clubs, their channels and members. A space belongs to one club; the first word said in it founds it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.records import Channel, Club, Member
from storage.tables import accounts, channels, club_spaces, clubs, members


@dataclass(frozen=True)
class Account:
    """A person on a platform: the platform's own ids of the space and the person, and the name shown there."""

    platform: str
    space: str
    account: str
    name: str


# What every command asks is built once: building a statement costs more than running it.
_CLUB = (
    sa.select(clubs.c.id, clubs.c.name)
    .join(club_spaces, club_spaces.c.club == clubs.c.id)
    .where(club_spaces.c.platform == sa.bindparam("platform"), club_spaces.c.space == sa.bindparam("space"))
)
_MEMBER = (
    sa.select(members)
    .join(accounts, accounts.c.member == members.c.id)
    .where(
        accounts.c.platform == sa.bindparam("platform"),
        accounts.c.space == sa.bindparam("space"),
        accounts.c.account == sa.bindparam("account"),
    )
)
_CHANNEL = sa.select(channels).where(
    channels.c.platform == sa.bindparam("platform"),
    channels.c.space == sa.bindparam("space"),
    channels.c.channel == sa.bindparam("channel"),
)


def find_club(db: sa.Connection, platform: str, space: str) -> Club | None:
    """The club of a space, or None before anybody wrote anything there."""
    row = db.execute(_CLUB, {"platform": platform, "space": space}).first()
    return Club(row.id, row.name) if row else None


def ensure_club(db: sa.Connection, platform: str, space: str, name: str, now: datetime) -> Club:
    """The club of a space, founded now if there is none."""
    found = find_club(db, platform, space)
    if found:
        return found
    made = db.execute(clubs.insert().values(name=name, created_at=now).returning(clubs.c.id)).scalar_one()
    values = {"platform": platform, "space": space, "club": made}
    if _add(db, club_spaces, values):
        return Club(made, name)
    db.execute(clubs.delete().where(clubs.c.id == made))  # another process founded it in between
    other = find_club(db, platform, space)
    if other is None:
        raise LookupError(f"the club of {platform} {space} vanished")
    return other


def _add(db: sa.Connection, table: sa.Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless another process was faster; whether it was inserted."""
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(values).on_conflict_do_nothing().returning(sa.literal(1))
    return db.execute(statement).first() is not None


def find_member(db: sa.Connection, platform: str, space: str, account: str) -> Member | None:
    """The member behind an account, or None before they changed anything."""
    row = db.execute(_MEMBER, {"platform": platform, "space": space, "account": account}).first()
    return _member(row) if row else None


def elsewhere(db: sa.Connection, platform: str, space: str, account: str) -> list[Account]:
    """The same person's linked accounts on other platforms, newest seen first; a terminal is none."""
    here = (accounts.c.platform == platform, accounts.c.space == space, accounts.c.account == account)
    member = sa.select(accounts.c.member).where(*here).scalar_subquery()
    query = (
        sa.select(accounts.c.platform, accounts.c.space, accounts.c.account, members.c.name)
        .join(members, members.c.id == accounts.c.member)
        .where(accounts.c.member == member, accounts.c.platform.not_in([platform, "console"]))
        .order_by(accounts.c.seen_at.desc())
    )
    return [Account(*row) for row in db.execute(query)]


def ensure_member(db: sa.Connection, account: Account, now: datetime) -> Member:
    """The member behind an account, made now if there is none; their name follows the platform's."""
    found = find_member(db, account.platform, account.space, account.account)
    if found:
        if found.name != account.name:
            db.execute(members.update().where(members.c.id == found.id).values(name=account.name))
        return found
    club = ensure_club(db, account.platform, account.space, account.space, now)
    values = {"club": club.id, "name": account.name, "named": False, "created_at": now}
    made = db.execute(members.insert().values(values).returning(members.c.id)).scalar_one()
    own = {
        "platform": account.platform,
        "space": account.space,
        "account": account.account,
        "member": made,
        "seen_at": now,
    }
    if not _add(db, accounts, own):
        db.execute(members.delete().where(members.c.id == made))  # made by another process in between
    ensured = find_member(db, account.platform, account.space, account.account)
    if ensured is None:
        raise LookupError(f"the member {account.account} of {account.platform} {account.space} vanished")
    return ensured


def _member(row: Any) -> Member:
    return Member(row.id, row.club, row.name, row.language, row.zone, row.named)


def get_members(db: sa.Connection, numbers: Collection[int]) -> dict[int, Member]:
    """These members by their id; unknown ones are left out."""
    rows = db.execute(sa.select(members).where(members.c.id.in_(list(numbers))))
    return {row.id: _member(row) for row in rows}


def club_members(db: sa.Connection, club: int) -> list[Member]:
    """Everybody of a club who ever changed anything, oldest first."""
    rows = db.execute(sa.select(members).where(members.c.club == club).order_by(members.c.id))
    return [_member(row) for row in rows]


def change_member(db: sa.Connection, member: int, **changes: str | bool | None) -> None:
    """Set a member's own choices: language, zone, named."""
    db.execute(members.update().where(members.c.id == member).values(**changes))


def count_members(db: sa.Connection, club: int) -> int:
    """How many members of a club ever changed anything."""
    return db.execute(sa.select(sa.func.count()).select_from(members).where(members.c.club == club)).scalar_one()


def has_leaderboard(db: sa.Connection, club: int) -> bool:
    """Whether a club wants to see streaks and who read most."""
    return bool(db.execute(sa.select(clubs.c.leaderboard).where(clubs.c.id == club)).scalar())


def set_leaderboard(db: sa.Connection, club: int, wanted: bool) -> None:
    """Note whether a club wants to see streaks and who read most."""
    db.execute(clubs.update().where(clubs.c.id == club).values(leaderboard=wanted))


def find_channel(db: sa.Connection, platform: str, space: str, channel: str) -> Channel | None:
    """The channel as its club set it up, or None."""
    row = db.execute(_CHANNEL, {"platform": platform, "space": space, "channel": channel}).first()
    return Channel(**row._mapping) if row else None


def ensure_channel(
    db: sa.Connection, club: int, platform: str, space: str, channel: str, zone: str, language: str
) -> Channel:
    """The channel of a club, noted now with this zone and language if it is new."""
    found = find_channel(db, platform, space, channel)
    if found:
        return found
    values = {
        "club": club,
        "platform": platform,
        "space": space,
        "channel": channel,
        "zone": zone,
        "language": language,
    }
    _add(db, channels, values)
    made = find_channel(db, platform, space, channel)
    if made is None:
        raise LookupError(f"the channel {channel} of {platform} {space} vanished")
    return made


def change_channel(db: sa.Connection, channel: int, *, zone: str, language: str) -> None:
    """Set a channel's zone and language."""
    db.execute(channels.update().where(channels.c.id == channel).values(zone=zone, language=language))


def club_channels(db: sa.Connection, club: int) -> list[Channel]:
    """Every channel of a club, oldest first."""
    query = sa.select(channels).where(channels.c.club == club).order_by(channels.c.id)
    return [Channel(**row._mapping) for row in db.execute(query)]
