"""What the daily paper will show: preview, queue, and what members and admins ask of it."""

from typing import Annotated

from bot.cards import short_card
from bot.command import Arg, Context, command
from bot.dailies import Day, days_to_come, next_spoken, shelf, state
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Message, Part, Text, bold, line
from bot.paper import day_words, local_today, paper, reason_words, silence
from bot.when import parse_date
from storage import schedules
from storage.records import Resource
from storage.resources import get_many
from storage.schedules import Schedule, Wish

_QUEUE = 5


def _here(ctx: Context) -> Schedule:
    actor = ctx.actor
    found = schedules.find(ctx.db, actor.platform, actor.space, actor.channel, "daily")
    if found is None:
        raise UserError(
            mark("This channel has no daily paper yet. An admin can start it."),
            buttons=(Button(mark("Start it"), "daily on", "primary"),),
        )
    return found


@command("daily preview")
def daily_preview(ctx: Context) -> Message:
    """Show what the next daily post will look like."""
    schedule = _here(ctx)
    day = next((d for d in days_to_come(ctx.db, ctx.kept, schedule, ctx.now, 1) if d.picked), None)
    if day is None or day.picked is None:
        raise UserError(mark("The filters leave nothing that was not here yet. Say “daily on topics:all kinds:all”."))
    found = get_many(ctx.db, [day.picked.number])[0]
    shown = paper(ctx, found, day.picked.reasons, day.slot.day)
    buttons = (
        *shown.buttons,
        Button(ctx.t("Not this one"), f"daily skip {found.number}"),
        Button(ctx.t("Queue"), "daily queue"),
    )
    return Message(shown.parts, buttons=buttons, share="")


@command("daily queue")
def daily_queue(ctx: Context) -> Message:
    """Show the next five picks, each with its reason."""
    return _queue(ctx, _here(ctx))


def _queue(ctx: Context, schedule: Schedule, said: str | None = None) -> Message:
    days = days_to_come(ctx.db, ctx.kept, schedule, ctx.now, _QUEUE)
    found = {r.number: r for r in get_many(ctx.db, [d.picked.number for d in days if d.picked])}
    parts: list[Part] = [Text((line(said),))] if said else []
    if not schedule.active:
        parts.append(Text((line(ctx.t("The daily paper is off in this channel.")),)))
    for day in days:
        parts += _day(ctx, day, found)
    return Message(tuple(parts) or (Text((line(ctx.t("Nothing is planned.")),)),))


def _day(ctx: Context, day: Day, found: dict[int, Resource]) -> list[Part]:
    head = day_words(day.slot.day, ctx.language)
    if day.picked is None:
        return [Text((line(bold(head), f" · {silence(ctx, day.why or '')}"),))]
    resource = found[day.picked.number]
    buttons = (
        Button(ctx.t("Sooner"), f"daily bump {resource.number}"),
        Button(ctx.t("Not now"), f"daily skip {resource.number}"),
    )
    why = line(ctx.lead("Why"), reason_words(ctx, day.picked.reasons))
    return [Text((line(bold(head)),)), short_card(ctx, resource, why=(why,), buttons=buttons)]


@command("daily bump", writes=True)
def daily_bump(ctx: Context, resource: Annotated[Resource, Arg("number, arXiv id, link or title")]) -> Message:
    """Ask for a resource to come sooner in this channel."""
    return _wish(ctx, resource, "bump", mark("{title} moves up."))


@command("daily skip", writes=True)
def daily_skip(ctx: Context, resource: Annotated[Resource, Arg("number, arXiv id, link or title")]) -> Message:
    """Ask for a resource not to come in this channel for a month."""
    return _wish(ctx, resource, "skip", mark("{title} will not come for a month, unless others want it."))


def _wish(ctx: Context, resource: Resource, wish: str, words: str) -> Message:
    schedule = _here(ctx)
    if wish == "bump":
        _still_new(ctx, schedule, resource)
        if not shelf(ctx.db, ctx.kept, schedule).may_come(resource.number):
            raise UserError(
                mark("{title} is not among the topics and kinds of this channel; an admin can pin it for a day."),
                title=resource.title, buttons=(Button(mark("Schedule"), "daily status"),),
            )  # fmt: skip
    schedules.wish(ctx.db, schedule.id, Wish(resource.number, ctx.me.id, wish, ctx.now))
    return _queue(ctx, schedule, ctx.t(words, title=resource.title))


def _still_new(ctx: Context, schedule: Schedule, resource: Resource) -> None:
    """Raises UserError for what was in the channel already, or is in no list any more."""
    if resource.number in shelf(ctx.db, ctx.kept, schedule).seen(state(ctx.db, ctx.kept, schedule, ctx.now)):
        raise UserError(mark("{title} was here already; nothing comes twice."), title=resource.title)
    if not resource.listed:
        raise UserError(mark("{title} is in no list any more, so it does not come."), title=resource.title)


@command("daily pin", admin=True, writes=True, example="daily pin 12 date:2026-05-01")
def daily_pin(
    ctx: Context,
    resource: Annotated[Resource, Arg("number, arXiv id, link or title")],
    date: Annotated[str, Arg("the day: 2026-05-01, tomorrow, friday")] = "tomorrow",
) -> Message:
    """Choose what the daily paper shows on a date."""
    schedule = _here(ctx)
    today = local_today(ctx.now, schedule.zone)
    day = parse_date(date, today)
    if day < today:
        raise UserError(mark("{date} is in the past."), date=day.isoformat())
    _still_new(ctx, schedule, resource)
    slot = next_spoken(schedule, ctx.now, day)
    if slot is None or slot.day != day:
        later = (
            (Button(day_words(slot.day, ctx.language), f"daily pin {resource.number} date:{slot.day}"),) if slot else ()
        )
        raise UserError(
            mark("Nothing more is posted here on {date}. Choose another day."),
            date=day_words(day, ctx.language), buttons=later,
        )  # fmt: skip
    schedules.pin(ctx.db, schedule.id, resource.number, day.isoformat())
    said = ctx.t("{title} comes on {date}.", title=resource.title, date=day_words(day, ctx.language))
    return _queue(ctx, schedule, said)
