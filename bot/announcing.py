"""What a post about a poll or a meeting says, at the moment at which it is sent or brought up to date."""

from dataclasses import replace

from bot.command import Context
from bot.errors import UserError
from bot.gatherings import meeting_message
from bot.language import mark
from bot.message import Button, Message, Text, line
from bot.occasions import said_about
from bot.polling import nominations_message, poll_message
from storage import meetings, polls


def announced(ctx: Context, about: str) -> Message:
    """The message of a post; `about` is what it was owed for ("poll 3"). Raises UserError when that is gone."""
    what, number, detail = [*about.split(), "", ""][:3]
    message = (
        _poll(ctx, what, int(number), detail) if what.startswith("poll") else _meeting(ctx, what, int(number), detail)
    )
    if message is None:
        raise UserError(mark("What was to be posted is no longer there."))
    return message


def _poll(ctx: Context, what: str, number: int, detail: str) -> Message | None:
    poll = polls.get(ctx.db, number)
    if poll is None:
        return None
    shown = nominations_message(ctx, poll) if detail == "nominate" else poll_message(ctx, poll)
    if what == "poll-reminder":
        said = line("🗳 ", ctx.t("You asked to be reminded: your vote is still missing."))
        shown = replace(shown, parts=(Text((said,)), *shown.parts))
    return shown


def _meeting(ctx: Context, what: str, number: int, detail: str) -> Message | None:
    if what == "swap":
        return _swap(ctx, number)
    found = meetings.get(ctx.db, number)
    return said_about(ctx, found, detail) if found else None


def _swap(ctx: Context, number: int) -> Message | None:
    asked = meetings.find_swap(ctx.db, number)
    one = meetings.get(ctx.db, asked.meeting) if asked else None
    if one is None:
        return None
    said = ctx.t("Another presenter asks whether you take this meeting and they take yours:")
    yes = Button(ctx.t("Swap"), f"swap {number} yes", "primary")
    return replace(meeting_message(ctx, one, said), buttons=(yes, Button(ctx.t("No"), f"swap {number} no")))
