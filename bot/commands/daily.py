"""`daily`: the schedule of a channel's paper of the day, and the job that serves it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Literal

from bot.cards import kind_called
from bot.command import Arg, Context, JobContext, Step, command, job
from bot.dailies import (
    Due,
    due_slot,
    misaligned,
    move_on,
    next_spoken,
    notice,
    post_for,
    shelf,
    silent,
    start,
    state,
)
from bot.digests import anything_to_say
from bot.errors import UserError
from bot.language import LANGUAGES, mark
from bot.message import Button, Line, Message, Text, bold, line
from bot.paper import GONE_WORDS, KIND_WORDS, day_words, instant_line, local_today, slot_days, weekday_words
from bot.picking import DAILY_KINDS
from bot.slots import Slot, country_code, holiday, public_holidays, regions
from bot.topics import resolve_topic, topic_name
from bot.when import parse_date, parse_days, parse_time, parse_zone
from seeds.entry import KINDS
from storage import candidates, outbox, schedules
from storage.clubs import ensure_channel
from storage.schedules import Options, Schedule

_AGAIN = timedelta(hours=6)
"""How old a post that failed may be to be tried again when somebody asks for it."""
_BATCH = 200
_AHEAD = timedelta(seconds=45)
"""How long before a slot its post is prepared, so that many channels of one minute get theirs in time."""


def here(ctx: Context, kind: str = "daily") -> Schedule:
    """The schedule of this channel. Raises UserError where there never was one."""
    found = schedules.find(ctx.db, ctx.actor.platform, ctx.actor.space, ctx.actor.channel, kind)
    if found is None:
        raise UserError(
            mark("This channel has no daily paper yet. An admin can start it."),
            buttons=(Button(mark("Start it"), "daily on", "primary"),),
        )
    return found


@command("daily on", admin=True, writes=True, posts=True, example="daily on time:09:00 zone:Shanghai days:mon-fri")
def daily_on(
    ctx: Context,
    time: Annotated[str | None, Arg("when, for example 09:00")] = None,
    zone: Annotated[str | None, Arg("time zone or city, for example Shanghai", complete="zone")] = None,
    days: Annotated[str | None, Arg("weekdays: mon-fri, or mon,wed,fri")] = None,
    topics: Annotated[
        str | None, Arg("only these topics, separated by commas; “all” for any", complete="topic")
    ] = None,
    kinds: Annotated[
        str | None, Arg("only these kinds, separated by commas; “all” for the usual", complete="kind")
    ] = None,
    language: Annotated[Literal["en", "zh"] | None, Arg("language of the posts")] = None,
    thread: Annotated[Literal["on", "off"] | None, Arg("a thread under each post")] = None,
    fresh: Annotated[int | None, Arg("share of new work in percent", minimum=0, maximum=100)] = None,
    people: Annotated[str | None, Arg("a weekday for people, labs and courses, or “off”")] = None,
) -> Message:
    """Post one good paper a day in this channel.

    Say it again with other values to change them; what is left out stays as it is.
    """
    old = schedules.find(ctx.db, ctx.actor.platform, ctx.actor.space, ctx.actor.channel, "daily")
    base = old or _new(ctx, parse_zone(zone) if zone else None, language)
    options = base.options
    changed = replace(
        base,
        account=ctx.actor.member,
        time=parse_time(time).isoformat("minutes") if time else base.time,
        zone=parse_zone(zone) if zone else base.zone,
        days=parse_days(days) if days else base.days,
        language=language or base.language,
        suspended_at=None,
        suspended_for=None,
        empty_told=False,
        options=replace(
            options,
            topics=_topics(ctx, topics) if topics else options.topics,
            kinds=_kinds(kinds) if kinds else options.kinds,
            thread=thread == "on" if thread else options.thread,
            fresh=options.fresh if fresh is None else fresh,
            people_day=_people_day(people) if people else options.people_day,
        ),
    )
    return status_of(ctx, start(ctx.db, changed, ctx.now), ctx.t("The daily paper is on."))


def _new(ctx: Context, zone: str | None, language: str | None) -> Schedule:
    actor = ctx.actor
    mine = (ctx.me.zone or actor.zone, language or ctx.language)
    channel = ensure_channel(ctx.db, ctx.me.club, actor.platform, actor.space, actor.channel, zone or mine[0], mine[1])
    return Schedule(
        club=ctx.me.club, kind="daily", platform=actor.platform, space=actor.space, target=actor.channel,
        account=actor.member, language=channel.language, time="09:00", zone=channel.zone, days=(0, 1, 2, 3, 4),
        channel=channel.id,
    )  # fmt: skip


def _topics(ctx: Context, text: str) -> tuple[str, ...]:
    if text.strip().lower() in {"all", "any", "全部"}:
        return ()
    typed = [part.strip() for part in text.replace("，", ",").replace("、", ",").split(",")]
    return tuple(resolve_topic(ctx.knowledge.topics, part).id for part in typed if part)


def _kinds(text: str) -> tuple[str, ...]:
    if text.strip().lower() in {"all", "any", "全部"}:
        return ()
    typed = [part.strip() for part in text.replace("，", ",").replace("、", ",").split(",")]
    found = tuple(kind for part in typed if (kind := kind_called(part)))
    if unknown := [part for part in typed if kind_called(part) is None]:
        raise UserError(
            mark("“{value}” is no {name}. Choose one of: {choices}"),
            value=unknown[0][:40], name=mark("kind"), choices=", ".join(KINDS),
        )  # fmt: skip
    return found


def _people_day(text: str) -> int | None:
    return None if text.strip().lower() in {"off", "no", "关"} else parse_days(text)[0]


@command("daily off", admin=True, writes=True)
def daily_off(ctx: Context) -> Message:
    """Stop the daily paper in this channel; what was shown stays remembered."""
    schedule = here(ctx)
    schedules.change(ctx.db, schedule.id, active=False)
    outbox.withdraw(ctx.db, schedule.id, "off", ctx.now)
    on = Button(ctx.t("Switch it on again"), "daily on")
    return Message((Text((line(ctx.t("The daily paper is off in this channel.")),)),), buttons=(on,))


@command("daily pause", admin=True, writes=True, example="daily pause until:2026-08-15")
def daily_pause(
    ctx: Context, until: Annotated[str, Arg("the day of the next post: 2026-08-15, or “monday”", rest=True)]
) -> Message:
    """Pause the daily paper until a date."""
    schedule = here(ctx)
    if not schedule.active:
        raise UserError(
            mark("The daily paper is off in this channel."), buttons=(Button(mark("Switch it on again"), "daily on"),)
        )
    today = local_today(ctx.now, schedule.zone)
    day = parse_date(until, today)
    if day <= today:
        raise UserError(mark("{date} is not in the future. Name the day of the next post."), date=day.isoformat())
    paused = replace(schedule, paused_until=day.isoformat())
    outbox.withdraw(ctx.db, schedule.id, "paused", ctx.now)
    start(ctx.db, paused, ctx.now)
    said = ctx.t("Paused. The next post is on or after {date}.", date=day_words(day, ctx.language))
    return Message((Text((line(said),)),), buttons=(Button(ctx.t("Resume now"), "daily resume"),))


@command("daily resume", admin=True, writes=True)
def daily_resume(ctx: Context) -> Message:
    """End a pause, and try again where posting failed."""
    schedule = here(ctx)
    account = schedule.account or ctx.actor.member
    resumed = replace(schedule, account=account, paused_until=None, suspended_at=None, suspended_for=None)
    made = start(ctx.db, resumed, ctx.now)
    if outbox.retry(ctx.db, made.id, ctx.now - _AGAIN, ctx.now):
        return status_of(ctx, made, ctx.t("The daily paper is on. The post that failed is tried again now."))
    return status_of(ctx, made, ctx.t("The daily paper is on."))


@command("daily holidays", admin=True, writes=True, example="daily holidays country:DE")
def daily_holidays(
    ctx: Context,
    country: Annotated[str | None, Arg("a country's public holidays, for example DE, or “off”")] = None,
    region: Annotated[str | None, Arg("a part of that country, for example BY")] = None,
    add: Annotated[str | None, Arg("an own day without a post: 2026-12-24, or each year 12-24")] = None,
    remove: Annotated[str | None, Arg("an own day to take away, or “all”")] = None,
) -> Message:
    """Show or change the days on which nothing is posted."""
    schedule = here(ctx)
    options = schedule.options
    if country:
        off = country.lower() in {"off", "no", "关"}
        options = replace(
            options, country=None if off else country_code(country), region=None if off else _region(region)
        )
        _check_country(ctx, options)
    if add:
        options = replace(options, dates=tuple(sorted({*options.dates, _own_day(ctx, schedule, add)})))
    if remove:
        left = (
            () if remove.lower() == "all" else tuple(d for d in options.dates if d != _own_day(ctx, schedule, remove))
        )
        options = replace(options, dates=left)
    if options != schedule.options:
        changed = replace(schedule, options=options)
        schedule = start(ctx.db, changed, ctx.now) if schedule.active else schedules.put(ctx.db, changed)
    return Message((Text(tuple(_holiday_lines(ctx, schedule))),))


def _region(region: str | None) -> str | None:
    return region and (region.upper() if len(region) <= 3 else region.title())


def _check_country(ctx: Context, options: Options) -> None:
    if options.country is None:
        return
    try:
        known = regions(options.country)
    except KeyError as error:
        raise UserError(
            mark("No public holidays are known for “{country}”. Use a two-letter code like DE, CN or US."),
            country=options.country[:20],
        ) from error
    try:
        public_holidays(options.country, options.region, ctx.now.year)
    except KeyError as error:
        raise UserError(
            mark("“{value}” is no {name}. Choose one of: {choices}"),
            value=(options.region or "")[:40], name=mark("region"), choices=ctx.listed(known) or "–",
        ) from error  # fmt: skip


def _own_day(ctx: Context, schedule: Schedule, text: str) -> str:
    yearly = text.strip()
    if len(yearly) == 5 and yearly[2] == "-" and (yearly[:2] + yearly[3:]).isdigit():
        parse_date(f"2024-{yearly}", ctx.now.date())  # a leap year, so that 02-29 is one
        return yearly
    return parse_date(text, local_today(ctx.now, schedule.zone)).isoformat()


def _holiday_lines(ctx: Context, schedule: Schedule) -> list[Line]:
    options = schedule.options
    public = " ".join(filter(None, [options.country, options.region])) or ctx.t("none")
    lines = [
        line(ctx.lead("Public holidays of"), public),
        line(ctx.lead("Own days without a post"), ctx.listed(options.dates) or ctx.t("none")),
    ]
    today = local_today(ctx.now, schedule.zone)
    coming = []
    for ahead in range(366):
        day = date.fromordinal(today.toordinal() + ahead)
        name = holiday(day, options.country, options.region, options.dates, ctx.language)
        if name is not None:
            coming.append(line(f"• {day_words(day, ctx.language)}", f" · {name}" if name else ""))
        if len(coming) == 5:
            break
    return lines + coming


@command("daily status")
def daily_status(ctx: Context) -> Message:
    """Show the schedules of this channel, and what is wrong with them if anything is."""
    actor = ctx.actor
    found = [schedules.find(ctx.db, actor.platform, actor.space, actor.channel, kind) for kind in KIND_WORDS]
    shown = [schedule for schedule in found if schedule is not None]
    if not shown:
        here(ctx)
    parts = [Text(tuple(_status_lines(ctx, schedule))) for schedule in shown]
    return Message(tuple(parts), buttons=_status_buttons(ctx, shown[0]))


def status_of(ctx: Context, schedule: Schedule, said: str) -> Message:
    """A schedule as it stands now, under a sentence."""
    return Message((Text((line(said), *_status_lines(ctx, schedule))),), buttons=_status_buttons(ctx, schedule))


def _status_buttons(ctx: Context, schedule: Schedule) -> tuple[Button, ...]:
    if schedule.kind != "daily" or not schedule.active:
        return ()
    again = (Button(ctx.t("Try again"), "daily resume"),) if schedule.suspended_for else ()
    return (Button(ctx.t("Preview"), "daily preview", "primary"), Button(ctx.t("Queue"), "daily queue"), *again)


def _status_lines(ctx: Context, schedule: Schedule) -> list[Line]:
    options, t = schedule.options, ctx.t
    lines = [
        line(bold(t(KIND_WORDS[schedule.kind])), "" if schedule.active else " · " + t("off")),
        line(ctx.lead("When"), f"{schedule.time} {schedule.zone} · {slot_days(ctx, schedule)}"),
        line(ctx.lead("Language"), LANGUAGES[schedule.language]),
    ]
    if schedule.kind == "daily":
        tree = ctx.knowledge.topics
        topics = ctx.listed(topic_name(tree, topic, ctx.language) for topic in options.topics) or t("all")
        lines += [
            line(ctx.lead("Topics"), topics),
            line(ctx.lead("Kinds"), ctx.listed(t(kind) for kind in options.kinds or DAILY_KINDS)),
            line(ctx.lead("New work"), t("{n} % of the posts", n=options.fresh)),
            line(ctx.lead("Thread under each post"), t("on") if options.thread else t("off")),
        ]
        if options.people_day is not None:
            day = weekday_words(options.people_day, ctx.language)
            silent_then = options.people_day not in schedule.days
            note = ctx.aside(t("nothing is posted on that day; add it to the weekdays")) if silent_then else ""
            lines.append(line(ctx.lead("People, labs and courses"), day + note))
    return lines + _trouble(ctx, schedule)


def _trouble(ctx: Context, schedule: Schedule) -> list[Line]:
    t, lines = ctx.t, []
    if schedule.paused_until and schedule.paused_until > local_today(ctx.now, schedule.zone).isoformat():
        lines.append(line("⏸ ", t("Paused. The next post is on or after {date}.", date=schedule.paused_until)))
    if schedule.suspended_for:
        words = GONE_WORDS.get(schedule.suspended_for, GONE_WORDS["content"])
        lines.append(line("⚠ ", t("I could not post here: {why}", why=t(words))))
        lines.append(line(t("I try again at every slot, and go on by myself as soon as it works.")))
    if schedule.active and schedule.empty_told:
        lines.append(
            line("⚠ ", t("The filters leave nothing that was not here yet. Say “daily on topics:all kinds:all”."))
        )
    if not schedule.account:
        lines.append(line(t("No admin is told when something is wrong here; whoever says “daily on” will be.")))
    if schedule.active:
        slot = next_spoken(schedule, ctx.now)
        lines.append(instant_line(ctx.lead("Next"), slot.at if slot else None, schedule.zone, ctx.language))
    return lines


# ---- the clock ----


@job()
def slots_due(ctx: JobContext) -> Sequence[Step]:
    """Every schedule whose slot has come."""
    return [
        Step(f"schedule {number}", partial(serve, number=number))
        for number in schedules.due(ctx.db, ctx.now + _AHEAD, _BATCH)
    ]  # fmt: skip


def serve(ctx: JobContext, number: int) -> None:
    """Owe what has come of one schedule, and wait for its next slot."""
    schedule = schedules.get(ctx.db, number, lock=True)
    soon = ctx.now + _AHEAD
    if schedule is None or not schedule.active or schedule.due_at is None or schedule.due_at > soon:
        return  # another process was faster
    found = due_slot(schedule, soon)
    if not isinstance(found, Due):
        move_on(ctx.db, schedule, found)
        return
    for slot in found.missed:
        outbox.add(ctx.db, post_for(schedule, slot, state="skipped", why="missed"), ctx.now)
    _owe(ctx, schedule, found.slot)
    move_on(ctx.db, schedule, found.following)


def _owe(ctx: JobContext, schedule: Schedule, slot: Slot) -> None:
    why = "missed" if ctx.now - slot.at >= ctx.late else silent(schedule, slot.day)
    if why is not None:
        outbox.add(ctx.db, post_for(schedule, slot, state="skipped", why=why), ctx.now)
    elif schedule.kind == "daily":
        _owe_paper(ctx, schedule, slot)
    else:
        say = anything_to_say(ctx.db, schedule, slot.day)
        settled = {} if say else {"state": "skipped", "why": "nothing"}
        outbox.add(ctx.db, post_for(schedule, slot, **settled), ctx.now)


def _owe_paper(ctx: JobContext, schedule: Schedule, slot: Slot) -> None:
    picked = shelf(ctx.db, ctx.kept, schedule).pick(state(ctx.db, ctx.kept, schedule, ctx.now), slot.day)
    if picked is None:
        outbox.add(ctx.db, post_for(schedule, slot, state="skipped", why="empty"), ctx.now)
        if not schedule.empty_told:
            notice(ctx.db, schedule, f"empty:{slot.day.isoformat()}", [("empty", "")], ctx.now)
            schedules.change(ctx.db, schedule.id, empty_told=True)
        return
    keys = candidates.keys_of(ctx.db, picked.number)
    post = post_for(schedule, slot, number=picked.number, keys=keys, reasons=picked.reasons)
    outbox.add(ctx.db, post, ctx.now)
    if schedule.empty_told:
        schedules.change(ctx.db, schedule.id, empty_told=False)


@job(every=timedelta(hours=1))
def zones_changed(ctx: JobContext) -> Sequence[Step]:
    """Schedules whose waiting slot is at another instant than was thought: an update changed the rules of the zone."""
    moved = [schedule for schedule in schedules.active(ctx.db) if misaligned(schedule, ctx.now)]
    return [Step(f"zone of {schedule.id}", partial(_realign, number=schedule.id)) for schedule in moved]


def _realign(ctx: JobContext, number: int) -> None:
    schedule = schedules.get(ctx.db, number, lock=True)
    if schedule is not None and (slot := misaligned(schedule, ctx.now)):
        move_on(ctx.db, schedule, slot)
