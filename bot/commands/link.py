"""`link` and `club link`: one member with several accounts, one club in several spaces."""

import secrets
from typing import Annotated

from bot.command import Arg, Context, command
from bot.errors import UserError
from bot.language import Msgid, mark
from bot.message import Message, Text, code, line
from storage import linking
from storage.clubs import get_members
from storage.records import Member

_SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without those that look alike."""

Code = Annotated[str | None, Arg("the code that you were told there")]


@command(writes=True, example="link")
def link(ctx: Context, code: Code = None) -> Message:
    """Link your accounts, so that you are one member of the club: one vote, one ballot, one reading list.

    Say it with the one, then with the code as the other. What both have is united.
    """
    if code is None:
        return _told(ctx, "link", mark("Say this with your other account within ten minutes:"))
    other = _other(ctx, "link", code)
    if other.id == ctx.me.id:
        raise UserError(mark("That is this account. Say it with your other one."))
    if other.club != ctx.me.club:
        raise UserError(mark("Your accounts belong to different clubs. Admins of both join them: “club link”."))
    linking.unite_members(ctx.db, other.id, ctx.me.id)
    return _said(ctx.t("Your accounts are linked: here and there you are {name}.", name=other.name))


@command("club link", admin=True, writes=True)
def club_link(ctx: Context, code: Code = None) -> Message:
    """Join this club with that of another space: one tally, one poll, one history.

    Say it in the one, then with the code in the other. It can't be undone.
    """
    if code is None:
        return _told(ctx, "club link", mark("An admin says this in the other space within ten minutes:"))
    other = _other(ctx, "club link", code)
    if other.club == ctx.me.club:
        raise UserError(mark("Both spaces are one club already."))
    linking.unite_clubs(ctx.db, other.club, ctx.me.club)
    return _said(ctx.t("Both spaces are one club from now on. Members link their accounts with “link”."))


def _told(ctx: Context, what: str, words: Msgid) -> Message:
    made = "".join(secrets.choice(_SIGNS) for _ in range(8))
    linking.put_code(ctx.db, ctx.me.id, what, made, ctx.now)
    lines = (line(ctx.t(words)), line(code(f"{ctx.prefix}{what} {made}")))
    return Message((Text(lines),), share="")


def _other(ctx: Context, what: str, given: str) -> Member:
    """The member who was given the code. Raises UserError."""
    found = linking.take_code(ctx.db, what, given, ctx.now)
    if found is None:
        raise UserError(mark("That code is not known, or older than ten minutes. Say “{what}” there anew."), what=what)
    return get_members(ctx.db, [found])[found]


def _said(text: str) -> Message:
    return Message((Text((line(text),)),), share="")
