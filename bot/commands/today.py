"""`today`: the paper of the day in this channel."""

from datetime import date
from typing import Annotated

from bot.command import Arg, Context, command
from bot.dailies import days_to_come
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Message
from bot.paper import local_today, paper
from bot.when import parse_date
from storage import outbox, schedules
from storage.resources import get
from storage.schedules import Schedule


@command(example="today")
def today(
    ctx: Context, day: Annotated[str | None, Arg("another day: 2026-05-01, yesterday", rest=True)] = None
) -> Message:
    """Show the paper of the day in this channel."""
    actor = ctx.actor
    schedule = schedules.find(ctx.db, actor.platform, actor.space, actor.channel, "daily")
    local = local_today(ctx.now, schedule.zone if schedule else actor.zone)
    wanted = parse_date(day, local) if day else local
    for post in outbox.log(
        ctx.db, actor.platform, actor.space, actor.channel, kinds=("daily",), date=wanted.isoformat()
    ):
        found = get(ctx.db, post.number) if post.number is not None else None
        if found is not None:
            return paper(ctx, found, post.reasons, wanted)
    if schedule is not None and schedule.active and wanted >= local:
        return _planned(ctx, schedule, wanted)
    if schedule is None:
        raise UserError(
            mark("This channel has no daily paper yet. An admin can start it."),
            buttons=(Button(mark("Something at random"), "random"), Button(mark("Start it"), "daily on")),
        )
    raise _nothing(wanted)


def _planned(ctx: Context, schedule: Schedule, wanted: date) -> Message:
    for day in days_to_come(ctx.db, ctx.kept, schedule, ctx.now, 7):
        if day.slot.day == wanted and day.picked is not None:
            found = get(ctx.db, day.picked.number)
            if found is not None:
                return paper(ctx, found, day.picked.reasons, wanted)
    raise _nothing(wanted)


def _nothing(day: date) -> UserError:
    return UserError(
        mark("There is no paper of the day for {date} here."),
        date=day.isoformat(),
        buttons=(Button(mark("Why?"), f"why {day.isoformat()}"), Button(mark("Something at random"), "random")),
    )
