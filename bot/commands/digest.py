"""`digest`: a weekly or monthly look back for a channel, and one's own by direct message."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Literal

from bot.command import Arg, Context, command
from bot.dailies import next_spoken, start
from bot.digests import digest
from bot.errors import UserError
from bot.language import mark
from bot.message import Message, Text, bold, line
from bot.paper import KIND_WORDS, instant_line, local_today, slot_days
from bot.when import parse_days, parse_time, parse_zone
from storage import outbox, schedules
from storage.clubs import ensure_channel
from storage.schedules import Schedule

_OnOff = Literal["on", "off"]
_DAYS = {"weekly": (4,), "monthly": (1,), "personal": (4,)}


@command("digest weekly", admin=True, writes=True, posts=True, example="digest weekly on day:fri time:16:00")
def digest_weekly(
    ctx: Context,
    state: Annotated[_OnOff, Arg("on or off")] = "on",
    day: Annotated[str | None, Arg("the weekday, for example fri")] = None,
    time: Annotated[str | None, Arg("when, for example 16:00")] = None,
    zone: Annotated[str | None, Arg("time zone or city, for example Shanghai", complete="zone")] = None,
    language: Annotated[Literal["en", "zh"] | None, Arg("language of the posts")] = None,
) -> Message:
    """Post a look back at the week in this channel; nothing when there is nothing to say."""
    days = parse_days(day)[:1] if day else None
    return _channel(ctx, "weekly", state, days, (time, zone, language))


@command("digest monthly", admin=True, writes=True, posts=True, example="digest monthly on day:1")
def digest_monthly(
    ctx: Context,
    state: Annotated[_OnOff, Arg("on or off")] = "on",
    day: Annotated[int | None, Arg("the day of the month; 31 is the last", minimum=1, maximum=31)] = None,
    time: Annotated[str | None, Arg("when, for example 16:00")] = None,
    zone: Annotated[str | None, Arg("time zone or city, for example Shanghai", complete="zone")] = None,
    language: Annotated[Literal["en", "zh"] | None, Arg("language of the posts")] = None,
) -> Message:
    """Post a look back at the month in this channel; nothing when there is nothing to say."""
    return _channel(ctx, "monthly", state, (day,) if day else None, (time, zone, language))


@command("digest mine", writes=True, example="digest mine on")
def digest_mine(
    ctx: Context,
    state: Annotated[_OnOff, Arg("on or off")] = "on",
    day: Annotated[str | None, Arg("the weekday, for example fri")] = None,
    time: Annotated[str | None, Arg("when, for example 16:00")] = None,
) -> Message:
    """Get a weekly look back by direct message, for you alone."""
    actor = ctx.actor
    old = schedules.find(ctx.db, actor.platform, actor.space, actor.member, "personal")
    base = old or _schedule(ctx, "personal", actor.member, ctx.me.zone or actor.zone, ctx.language)
    base = replace(
        base, member=ctx.me.id, club=ctx.me.club, channel=None, language=ctx.language, zone=ctx.me.zone or base.zone
    )
    return _set(ctx, base, state, parse_days(day)[:1] if day else None, (time, None, None))


@command("digest preview")
def digest_preview(ctx: Context, kind: Annotated[Literal["weekly", "monthly"], Arg("which one")] = "weekly") -> Message:
    """Show what the digest would say if it came today."""
    actor = ctx.actor
    schedule = schedules.find(ctx.db, actor.platform, actor.space, actor.channel, kind)
    if schedule is None:
        if ctx.member is None:
            raise UserError(mark("There is nothing to say about these days."))
        schedule = replace(_schedule(ctx, kind, actor.channel, actor.zone, ctx.language), club=ctx.member.club)
    tomorrow = local_today(ctx.now, schedule.zone) + timedelta(days=1)
    return digest(ctx, schedule, tomorrow)


def _schedule(ctx: Context, kind: str, target: str, zone: str, language: str) -> Schedule:
    actor = ctx.actor
    return Schedule(
        club=ctx.member.club if ctx.member else 0, kind=kind, platform=actor.platform, space=actor.space,
        target=target, account=actor.member, language=language, time="16:00", zone=zone, days=_DAYS[kind],
    )  # fmt: skip


_Chosen = tuple[str | None, str | None, str | None]


def _channel(ctx: Context, kind: str, state: str, days: tuple[int, ...] | None, chosen: _Chosen) -> Message:
    actor = ctx.actor
    zone = parse_zone(chosen[1]) if chosen[1] else (ctx.me.zone or actor.zone)
    channel = ensure_channel(
        ctx.db, ctx.me.club, actor.platform, actor.space, actor.channel, zone, chosen[2] or ctx.language
    )
    old = schedules.find(ctx.db, actor.platform, actor.space, actor.channel, kind)
    like = schedules.find(ctx.db, actor.platform, actor.space, actor.channel, "daily") or channel
    base = old or replace(
        _schedule(ctx, kind, actor.channel, like.zone, like.language), channel=channel.id, club=ctx.me.club
    )
    return _set(ctx, replace(base, account=actor.member), state, days, chosen)


def _set(ctx: Context, base: Schedule, state: str, days: tuple[int, ...] | None, chosen: _Chosen) -> Message:
    time, zone, language = chosen
    kind = ctx.t(KIND_WORDS[base.kind])
    if state == "off":
        if base.id:
            schedules.change(ctx.db, base.id, active=False)
            outbox.withdraw(ctx.db, base.id, "off", ctx.now)
        return Message((Text((line(ctx.t("{kind}: off.", kind=kind)),)),))
    changed = replace(
        base,
        time=parse_time(time).isoformat("minutes") if time else base.time,
        zone=parse_zone(zone) if zone else base.zone,
        language=language or base.language,
        days=days or base.days,
        suspended_at=None,
        suspended_for=None,
    )
    made = start(ctx.db, changed, ctx.now)
    slot = next_spoken(made, ctx.now)
    lines = (
        line(bold(ctx.t("{kind}: on.", kind=kind))),
        line(ctx.lead("When"), f"{made.time} {made.zone} · {slot_days(ctx, made)}"),
        instant_line(ctx.lead("Next"), slot.at if slot else None, made.zone, ctx.language),
    )
    return Message((Text(lines),))
