"""Putting what polls and meetings have to say into the outbox: to their channel, or to one member."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from storage import Connection, outbox
from storage.outbox import Post
from storage.polls import addresses


class Placed(Protocol):
    """Whatever belongs to a channel of a club."""

    @property
    def club(self) -> int: ...
    @property
    def platform(self) -> str: ...
    @property
    def space(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def language(self) -> str: ...


@dataclass(frozen=True)
class Said:
    """What a post is about ("poll 3 result"; perhaps a meeting), under a key that no other post has."""

    key: str
    about: str
    meeting: int | None = None


def tell_channel(db: Connection, where: Placed, said: Said, now: datetime, *, parent: int | None = None) -> int | None:
    """Owe a channel a post; its number, or None when it was owed before."""
    post = Post(
        key=said.key, kind="club", club=where.club, platform=where.platform, space=where.space, target=where.channel,
        language=where.language, date=now.date().isoformat(), due_at=now, reasons=(("about", said.about),),
        parent=parent, meeting=said.meeting,
    )  # fmt: skip
    return outbox.add(db, post, now)


def tell_member(db: Connection, where: Placed, member: int, said: Said, now: datetime) -> bool:
    """Owe a member a direct message; False when it was owed before or they can't be reached."""
    address = addresses(db, [member]).get(member)
    if address is None:
        return False
    post = Post(
        key=f"{said.key}:{member}", kind="personal", club=where.club, platform=address.platform, space=address.space,
        target=address.account, language=address.language or where.language, date=now.date().isoformat(), due_at=now,
        reasons=(("about", said.about),),
    )  # fmt: skip
    return outbox.add(db, post, now) is not None
