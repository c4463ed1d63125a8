"""What a post about a poll or a meeting says, at the moment at which it is sent or brought up to date."""

from dataclasses import replace

from bot.command import Context
from bot.errors import UserError
from bot.language import mark
from bot.message import Message, Text, line
from bot.polling import poll_message
from storage import polls


def announced(ctx: Context, about: str) -> Message:
    """The message of a post; `about` is what it was owed for ("poll 3"). Raises UserError when that is gone."""
    what, number, *_more = [*about.split(), "0"]
    poll = polls.get(ctx.db, int(number)) if what in {"poll", "poll-reminder"} else None
    if poll is None:
        raise UserError(mark("What was to be posted is no longer there."))
    shown = poll_message(ctx, poll)
    if what == "poll-reminder":
        said = line("🗳 ", ctx.t("You asked to be reminded: your vote is still missing."))
        shown = replace(shown, parts=(Text((said,)), *shown.parts))
    return shown
