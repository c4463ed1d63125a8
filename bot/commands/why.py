"""`why`: the delivery log in plain words."""

from typing import Annotated

from bot.command import Arg, Context, command
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Line, Message, Text, line
from bot.paper import KIND_WORDS, local_today, story
from bot.when import parse_date
from storage import outbox, schedules
from storage.outbox import Post

_LAST = 5


@command(example="why yesterday")
def why(
    ctx: Context,
    what: Annotated[str | None, Arg("a date, or the number of a resource that was posted", rest=True)] = None,
) -> Message:
    """Say what was posted here when, and why something was late, skipped or failed."""
    schedule = schedules.find(ctx.db, ctx.actor.platform, ctx.actor.space, ctx.actor.channel, "daily")
    zone = schedule.zone if schedule else ctx.actor.zone
    found = _meant(ctx, what, zone)
    if not found and what and what.strip().lstrip("#").isdecimal():
        raise UserError(mark("{number} was not posted here."), number=f"#{what.strip().lstrip('#')}")
    if not found:
        raise UserError(
            mark("Nothing was to be posted here then. “daily status” shows the schedule."),
            buttons=(Button(mark("Schedule"), "daily status"),),
        )
    lines: list[Line] = []
    for post in found:
        lines += [*([line("")] if lines else []), *story(ctx, post, zone)]
    return Message((Text(tuple(lines)),))


def _meant(ctx: Context, what: str | None, zone: str) -> list[Post]:
    actor, kinds = ctx.actor, tuple(KIND_WORDS)
    place = (actor.platform, actor.space, actor.channel)
    number = what.strip().lstrip("#") if what else ""
    if number.isdecimal() and number.isascii():
        return [p for p in outbox.log(ctx.db, *place, kinds=kinds, limit=1000) if p.number == int(number)]
    day = parse_date(what, local_today(ctx.now, zone), back=True).isoformat() if what else None
    return outbox.log(ctx.db, *place, kinds=kinds, limit=_LAST, date=day)
