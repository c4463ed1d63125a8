"""`club autopilot`: one set-up leads from nominations over the poll to the meeting, again and again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from itertools import islice
from typing import Annotated, Any, Literal

from bot import autopilot
from bot.autopilot import Steps
from bot.command import Arg, Context, JobContext, Step, command, job
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Line, Message, Text, bold, line
from bot.paper import day_words, instant_line, local_today, weekday_words
from bot.when import parse_date, parse_days, parse_time, parse_zone
from storage import autopilots, reminders
from storage.autopilots import Autopilot, Cycle, Plan

_PERIODS = {"weekly": 7, "biweekly": 14, "monthly": 28}
_EVERY = {"weekly": mark("every week"), "biweekly": mark("every second week"), "monthly": mark("every month")}
_USUAL = {"weekly": Plan(6, 4, 2), "biweekly": Plan(), "monthly": Plan()}


@command("club autopilot", admin=True, writes=True, posts=True, example="club autopilot on day:thu time:16:00")
def club_autopilot(
    ctx: Context,
    act: Annotated[
        Literal["on", "off", "dry", "status", "skip"], Arg("dry shows two cycles, skip leaves one out")
    ] = "status",
    every: Annotated[Literal["weekly", "biweekly", "monthly"] | None, Arg("how often you meet")] = None,
    day: Annotated[str | None, Arg("the weekday, or the first day: “thu”, 2026-05-07")] = None,
    time: Annotated[str | None, Arg("when, for example 16:00")] = None,
    zone: Annotated[str | None, Arg("time zone or city, for example Shanghai", complete="zone")] = None,
    nominate: Annotated[int | None, Arg("days before, when nominations open", minimum=1, maximum=27)] = None,
    poll: Annotated[int | None, Arg("days before, when the poll opens", minimum=1, maximum=26)] = None,
    presenter: Annotated[int | None, Arg("days before, when it closes and a presenter is found", minimum=0)] = None,
    method: Annotated[Literal["approval", "single", "ranked", "star"] | None, Arg("how it is counted")] = None,
    minutes: Annotated[int | None, Arg("how long you meet", minimum=5, maximum=600)] = None,
    place: Annotated[str | None, Arg("where: a room, or a link")] = None,
    quorum: Annotated[int | None, Arg("with fewer ballots, what most want is taken", minimum=1, maximum=500)] = None,
) -> Message:
    """Let nominations, poll, presenter and reminders run by themselves.

    Every step can still be done by hand. Say it again with other values to change them.
    """
    if act == "off":
        return _off(ctx)
    old = autopilots.get(ctx.db, ctx.me.club)
    if act in {"status", "skip"} and old is None:
        raise _none()
    if old is not None and act == "skip":
        return _skip(ctx, old)
    if old is not None and act == "status":
        return _shown(ctx, old)
    rhythm = every or (old.every if old else "biweekly")
    plan = old.options if old and old.every == rhythm else _USUAL[rhythm]
    given: dict[str, Any] = {"nominate": nominate, "poll": poll, "decide": presenter, "method": method}
    given["minutes"] = minutes
    given |= {"place": place, "quorum": quorum}
    plan = replace(plan, **{name: value for name, value in given.items() if value is not None})
    _check(plan, rhythm)
    local = parse_zone(zone) if zone else old.zone if old else ctx.me.zone or ctx.actor.zone
    clock = parse_time(time).isoformat("minutes") if time else old.time if old else "16:00"
    order = Autopilot(
        club=ctx.me.club, platform=ctx.actor.platform, space=ctx.actor.space, channel=ctx.actor.channel,
        language=ctx.language, account=ctx.actor.member, every=rhythm, first="", time=clock, zone=local,
        since=ctx.now, options=plan,
    )  # fmt: skip
    order = replace(order, first=_first(ctx, order, day, old).isoformat())
    if act == "dry":
        return _dry(ctx, order, ctx.t("Nothing is switched on. It would go like this:"))
    autopilots.put(ctx.db, order)
    autopilot.follow(ctx.db, order, ctx.now)
    return _dry(ctx, order, ctx.t("The autopilot is on. It goes like this:"))


def _check(plan: Plan, every: str) -> None:
    if not plan.nominate > plan.poll > plan.decide >= 0:
        raise UserError(mark("The days must fall: nominations before the poll, the poll before the presenter."))
    if plan.nominate >= _PERIODS[every]:
        raise UserError(
            mark("With {nominate} days for nominations one cycle would run into the next; stay below {days}."),
            nominate=plan.nominate, days=_PERIODS[every],
        )  # fmt: skip


def _first(ctx: Context, order: Autopilot, day: str | None, old: Autopilot | None) -> date:
    """The first meeting: the day that was named, else the next such weekday that leaves time for a poll."""
    today = local_today(ctx.now, order.zone)
    if day is None and old is not None and old.every == order.every:
        return date.fromisoformat(old.first)
    weekday = _weekday(day) if day else 3
    if day is not None and (weekday is None or any(c.isdigit() for c in day)):
        found = parse_date(day, today)
        if found <= today:
            raise UserError(mark("{date} is not in the future."), date=found.isoformat())
        return found
    ahead = today + timedelta(days=order.options.decide + 2)
    return ahead + timedelta(days=((weekday or 0) - ahead.weekday()) % 7)


def _weekday(text: str) -> int | None:
    """The weekday that is named; None where it is a day: tomorrow, 下周四."""
    try:
        return parse_days(text)[0]
    except UserError:
        return None


def _none() -> UserError:
    return UserError(
        mark("There is no autopilot here yet. Try it dry first."),
        buttons=(Button(mark("Dry run"), "club autopilot dry"), Button(mark("Switch it on"), "club autopilot on")),
    )


def _off(ctx: Context) -> Message:
    old = autopilots.get(ctx.db, ctx.me.club, lock=True)
    if old is None:
        raise _none()
    autopilots.put(ctx.db, replace(old, active=False))
    said = ctx.t("The autopilot is off. Polls and meetings that stand already stay; cancel them if you like.")
    return Message((Text((line(said),)),), buttons=(Button(ctx.t("Switch it on"), "club autopilot on"),))


def _skip(ctx: Context, order: Autopilot) -> Message:
    """Leave the next cycle out that has not begun."""
    for steps in islice(autopilot.coming(order, ctx.now), 10):
        if autopilots.begin(ctx.db, Cycle(order.club, steps.day.isoformat(), "skipped")):
            said = ctx.t("There is no meeting on {date}.", date=day_words(steps.day, ctx.language))
            return _shown(ctx, order, said)
    raise UserError(mark("The coming cycles have all begun; cancel their poll or meeting instead."))


def _shown(ctx: Context, order: Autopilot, said: str | None = None) -> Message:
    state = ctx.t("The autopilot is on.") if order.active else ctx.t("The autopilot is off.")
    return _dry(ctx, order, ctx.translator.after(said, state) if said else state)


def _dry(ctx: Context, order: Autopilot, said: str) -> Message:
    """The calendar of the next two cycles."""
    weekday = weekday_words(date.fromisoformat(order.first).weekday(), ctx.language)
    head = line(f"{ctx.t(_EVERY[order.every])} · {weekday} {order.time} {order.zone}")
    parts = [Text((line(said), head))]
    for steps in islice(autopilot.coming(order, ctx.now), 2):
        parts.append(Text(tuple(_cycle(ctx, order, steps))))
    rules = (
        ctx.t("Too few nominations or ballots: what most members want is taken, then what the lists recommend."),
        ctx.t("No volunteer: you meet anyway, and everybody brings a question."),
        ctx.t("Whatever somebody plans, moves or cancels by hand counts."),
    )
    parts.append(Text(tuple(line("• ", rule) for rule in rules)))
    off = Button(ctx.t("Switch it off"), "club autopilot off", "danger")
    on = Button(ctx.t("Switch it on"), f"club autopilot on every:{order.every} day:{order.first} time:{order.time}")
    stored = autopilots.get(ctx.db, order.club)
    return Message(tuple(parts), buttons=(off if stored is not None and stored.active else on,))


def _cycle(ctx: Context, order: Autopilot, steps: Steps) -> list[Line]:
    """One cycle's dates; what would lie in the past is done at once."""
    cycle = autopilots.cycle(ctx.db, order.club, steps.day.isoformat())
    lines = [line(bold(day_words(steps.day, ctx.language)))]
    if cycle is not None and cycle.state == "skipped":
        return [*lines, line(ctx.t("left out"))]
    chosen = reminders.get(ctx.db, order.club)
    told = (chosen.before_early, chosen.before_late)
    rows = (
        (mark("Nominations open"), steps.nominate),
        (mark("The poll opens"), steps.poll),
        (mark("It closes; meeting and presenter stand"), steps.decide),
        *((mark("Reminder to everybody"), steps.meet - before) for before in told if before),
        (mark("Meeting"), steps.meet),
    )
    return lines + [instant_line(ctx.lead(words), max(at, ctx.now), order.zone, ctx.language) for words, at in rows]


# ---- reminders ----


@command("club reminders", admin=True, writes=True, example="club reminders early:48 late:15")
def club_reminders(
    ctx: Context,
    presenter: Annotated[int | None, Arg("days before, for the presenter; 0: never", maximum=28)] = None,
    early: Annotated[int | None, Arg("hours before, for everybody; 0: never", maximum=168)] = None,
    late: Annotated[int | None, Arg("minutes before, for everybody; 0: never", maximum=120)] = None,
) -> Message:
    """Show or change when the club is reminded of its meetings."""
    given = {"presenter": presenter, "early": early, "late": late}
    values = {name: value for name, value in given.items() if value is not None}
    chosen = replace(reminders.get(ctx.db, ctx.me.club), **values)
    if values:
        reminders.put(ctx.db, ctx.me.club, chosen)
    never = ctx.t("never")
    days = ctx.tn("{n} day before", "{n} days before", chosen.presenter) if chosen.presenter else never
    hours = ctx.tn("{n} hour before", "{n} hours before", chosen.early) if chosen.early else never
    minutes = ctx.tn("{n} minute before", "{n} minutes before", chosen.late) if chosen.late else never
    lines = (
        line(bold(ctx.t("Reminders of meetings"))),
        line(ctx.t("The presenter") + ctx.t(": "), days),
        line(ctx.t("Everybody") + ctx.t(": "), ctx.listed((hours, minutes))),
    )
    return Message((Text(lines),))


# ---- the clock ----


@job(every=timedelta(seconds=20))
def autopilots_due(ctx: JobContext) -> Sequence[Step]:
    """Cycles in which the next step has come."""
    return [
        Step(f"autopilot {order.club} {steps.day}", partial(_act, club=order.club, day=steps.day))
        for order in autopilots.active(ctx.db)
        for steps in autopilot.due(ctx.db, order, ctx.now)
    ]


def _act(ctx: JobContext, club: int, day: date) -> None:
    autopilot.act(ctx.db, club, day, ctx.now)
