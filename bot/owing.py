"""Putting what polls and meetings have to say into the outbox: to their channel, or to one member."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from storage import Connection, autopilots, meetings, outbox, polls
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


def tell_creator(db: Connection, post: Post, became: tuple[str, str], now: datetime) -> None:
    """Tell who began a poll or planned a meeting what became of its post: (lost, why) or (unclear, day).

    It is told once; to the one who set the autopilot up where that began it, and to nobody who can't be reached. Of
    posts of other kinds others tell.
    """
    if post.kind != "club":
        return
    kind, number, *_ = dict(post.reasons)["about"].split()
    thing = polls.get(db, int(number)) if kind == "poll" else meetings.get(db, int(number))
    if thing is None:
        return
    order = autopilots.get(db, post.club)
    if thing.creator is not None and (found := addresses(db, [thing.creator]).get(thing.creator)):
        where, language = (found.platform, found.space, found.account), found.language or post.language
    elif thing.creator is None and order is not None:
        where, language = (order.platform, order.space, order.account), order.language
    else:
        return
    see = f"poll results {number}" if kind == "poll" else f"meeting show {number}"
    told = [("kind", kind), ("channel", post.target), ("see", see), became]
    if where[:2] != (post.platform, post.space):
        told += [("platform", post.platform), ("space", post.space)]
    notice = Post(
        key=f"notice:{kind}:{number}:{became[0]}:{became[1]}", kind="notice", club=post.club, platform=where[0],
        space=where[1], target=where[2], language=language, date=post.date, due_at=now, reasons=tuple(told),
    )  # fmt: skip
    outbox.add(db, notice, now)
