"""`meeting …`: plan it, come to it, move it, lead it, and keep what came of it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Annotated, Literal

from bot import gatherings
from bot.command import Arg, Context, JobContext, Step, command, job
from bot.errors import UserError
from bot.gatherings import begun_meeting, coming_meeting, meeting_message, the_meeting
from bot.language import mark
from bot.message import Button, Line, Message, Text, bold, line
from bot.moments import parse_moment
from bot.occasions import due_posts, recap_message, serve
from bot.paper import instant_line
from bot.polling import the_poll, winners_of
from bot.standing import club_of
from storage import meetings
from storage.meetings import Meeting, Series
from storage.records import Resource
from storage.resources import find_titles, get_many

Which = Annotated[int | None, Arg("its number; without it the next one", minimum=1)]

_NO_TIME = mark("When do you meet? Add it: “meeting plan {number} thursday 16:00”.")
_NUMBER = re.compile(r"[#＃]?(\d{1,6})\s+(.+)")
_TEXTS = 1500
_MOST_DAYS = 28
"""How long before a meeting its presenter may be reminded."""


@command("meeting plan", writes=True, posts=True, form=("when",), example="meeting plan 12 thursday 16:00")
def meeting_plan(
    ctx: Context,
    resources: Annotated[tuple[Resource, ...] | None, Arg("what is read: numbers, a link or a title")] = None,
    when: Annotated[str | None, Arg("when, in your zone: “thursday 16:00”", rest=True)] = None,
    poll: Annotated[int | None, Arg("a poll whose winner is read", minimum=1)] = None,
    minutes: Annotated[int, Arg("how long", minimum=5, maximum=600)] = 60,
    place: Annotated[str | None, Arg("where: a room, or a link")] = None,
    presenter: Annotated[str | None, Arg("who presents: “me”, or a member's name")] = None,
    about: Annotated[str | None, Arg("what else there is to say")] = None,
    title: Annotated[str | None, Arg("what it is called")] = None,
    every: Annotated[Literal["once", "weekly", "biweekly", "monthly"], Arg("whether it comes again")] = "once",
) -> Message:
    """Plan a meeting, once or as a series.

    Members see the time in their own zone. With “poll” the winner is read. Monthly means the same weekday of the month.
    """
    if when is None:
        raise UserError(_NO_TIME, number=resources[0].number if resources else 12)
    zone = ctx.me.zone or ctx.actor.zone
    try:
        at = parse_moment(when, ctx.now, zone, said=ctx.said)
    except UserError:
        if resources is None and len(found := find_titles(ctx.db, when, 2)) == 1:
            raise UserError(_NO_TIME, number=found[0]) from None
        raise
    chosen = list(resources or ())
    if poll is not None:
        chosen += _winners(ctx, poll)
    base = Meeting(
        club=ctx.me.club, platform=ctx.actor.platform, space=ctx.actor.space, channel=ctx.actor.channel,
        language=ctx.language, title=(title or gatherings.title_of(ctx, chosen))[:200], starts_at=at, zone=zone,
        created_at=ctx.now, changed_at=ctx.now, minutes=minutes, numbers=tuple(dict.fromkeys(r.number for r in chosen)),
        about=(about or "")[:_TEXTS], place=(place or "")[:300], creator=ctx.me.id, poll=poll,
    )  # fmt: skip
    if presenter:
        base = replace(base, presenter=_member(ctx, presenter), presenter_why=(_how(ctx, presenter),))
    if every != "once":
        base = _begin_series(ctx, base, every)
    made = gatherings.plan(ctx.db, base, ctx.now)
    if made is None:
        raise UserError(mark("That series has a meeting on that day already."))
    gatherings.tell_presenter(ctx.db, made, ctx.now)
    if (series := meetings.get_series(ctx.db, made.series) if made.series is not None else None) is not None:
        gatherings.fill(ctx.db, series, ctx.now)
    return meeting_message(ctx, made, ctx.t("The meeting is planned, and posted in this channel."))


def _winners(ctx: Context, number: int) -> Sequence[Resource]:
    found = the_poll(ctx, number)
    won = get_many(ctx.db, [c.number for c in winners_of(ctx.db, found)])
    if not won:
        raise UserError(
            mark("Poll {number} has no winner yet."), number=number,
            buttons=(Button(mark("Result"), f"poll results {number}"),),
        )  # fmt: skip
    return won


def _begin_series(ctx: Context, base: Meeting, every: str) -> Meeting:
    """The first meeting of a new series; the others are noted as they come near."""
    day = gatherings.local_day(base)
    local = gatherings.local_time(base)
    made = meetings.add_series(
        ctx.db,
        Series(
            club=base.club, platform=base.platform, space=base.space, channel=base.channel, language=base.language,
            every=every, first=day.isoformat(), time=local, zone=base.zone, minutes=base.minutes,
            title=base.title if not base.numbers else ctx.t("Reading club"), created_at=ctx.now, changed_at=ctx.now,
            place=base.place, about=base.about,
        ),
    )  # fmt: skip
    return replace(base, series=made.id, occurrence=day.isoformat())


def _member(ctx: Context, text: str) -> int:
    found = gatherings.find_member_named(ctx, text)
    if found is None:
        raise UserError(
            mark("No member here is called “{name}”. They say “meeting present” themselves."), name=text[:40]
        )
    return found


def _how(ctx: Context, text: str) -> str:
    return "self" if _member(ctx, text) == ctx.me.id else "chosen"


@command("meeting list")
def meeting_list(ctx: Context) -> Message:
    """List the meetings to come."""
    club = club_of(ctx)
    found = meetings.coming(ctx.db, club, ctx.now, 8) if club is not None else []
    if not found:
        raise UserError(mark("No meeting is planned. Plan one with “meeting plan”."),
                        buttons=(Button(mark("What we read"), "history"),))  # fmt: skip
    lines: list[Line] = []
    for m in found:
        lines += [line(f"{m.id} · ", bold(m.title)), instant_line(ctx.lead("When"), m.starts_at, m.zone, ctx.language)]
    menu = tuple(Button(f"{m.id} · {m.title}", f"meeting show {m.id}") for m in found[:5])
    return Message((Text((line(bold(ctx.t("Meetings"))), *lines)),), buttons=menu)


@command("meeting show", home=mark("The next meeting"))
def meeting_show(ctx: Context, meeting: Which = None) -> Message:
    """Show a meeting."""
    return meeting_message(ctx, the_meeting(ctx, meeting))


@command("meeting rsvp", writes=True, example="meeting rsvp yes")
def meeting_rsvp(
    ctx: Context, answer: Annotated[Literal["yes", "maybe", "no"], Arg("whether you come")], meeting: Which = None
) -> Message:
    """Say whether you come."""
    found = coming_meeting(ctx, meeting)
    meetings.answer(ctx.db, found.id, ctx.me.id, answer, ctx.now)
    said = {"yes": mark("You are coming."), "maybe": mark("You may come."), "no": mark("You are not coming.")}[answer]
    if answer == "no" and found.presenter == ctx.me.id:
        words = ctx.translator.after(ctx.t(said), ctx.t(gatherings.YOU_PRESENT))
        shown = meeting_message(ctx, found, words)
        return replace(shown, buttons=(gatherings.not_this_time(ctx, found), *shown.buttons))
    return meeting_message(ctx, found, ctx.t(said))


@command("meeting move", writes=True, example="meeting move friday 17:00")
def meeting_move(
    ctx: Context,
    when: Annotated[str, Arg("the new time: “friday 17:00”", rest=True)],
    meeting: Which = None,
    place: Annotated[str | None, Arg("another place")] = None,
) -> Message:
    """Move a meeting; the others of its series stay."""
    zone = ctx.me.zone or ctx.actor.zone
    before = _NUMBER.fullmatch(when) if meeting is None else None
    try:
        at = parse_moment(when, ctx.now, zone, said=ctx.said)
    except UserError:
        if before is None:
            raise
        meeting, at = int(before[1]), parse_moment(before[2], ctx.now, zone, said=ctx.said)
    found = coming_meeting(ctx, meeting, lock=True)
    gatherings.may_change(ctx, found)
    moved = meetings.change(ctx.db, found, ctx.now, starts_at=at, place=(place or found.place)[:300])
    gatherings.announce(ctx.db, moved, "moved", ctx.now)
    return meeting_message(ctx, moved, ctx.t("The meeting is moved."))


@command("meeting edit", writes=True, example="meeting edit resources:12 place:Room 5")
def meeting_edit(
    ctx: Context,
    meeting: Which = None,
    resources: Annotated[tuple[Resource, ...] | None, Arg("what is read: numbers, a link or a title")] = None,
    minutes: Annotated[int | None, Arg("how long", minimum=5, maximum=600)] = None,
    place: Annotated[str | None, Arg("where: a room, or a link")] = None,
    about: Annotated[str | None, Arg("what else there is to say")] = None,
    title: Annotated[str | None, Arg("what it is called")] = None,
) -> Message:
    """Change what is read, where, or how long."""
    found = _mine(ctx, meeting)
    values: dict[str, object] = {}
    if resources:
        values["numbers"] = [r.number for r in resources]
        values["title"] = gatherings.title_of(ctx, resources)
    given = {"minutes": minutes, "place": place, "about": about, "title": title}
    values |= {name: value for name, value in given.items() if value is not None}
    if not values:
        raise UserError(
            mark("Say what to change. “help {command}” tells what can be changed."), command="meeting edit",
            buttons=(Button(mark("Help"), "help meeting edit"),),
        )  # fmt: skip
    changed = meetings.change(ctx.db, found, ctx.now, **values)
    return meeting_message(ctx, gatherings.find_presenter(ctx.db, changed, ctx.now), ctx.t("The meeting is changed."))


@command("meeting cancel", writes=True)
def meeting_cancel(
    ctx: Context,
    meeting: Which = None,
    which: Annotated[Literal["this", "series"], Arg("this one only, or also all later ones of its series")] = "this",
) -> Message:
    """Cancel a meeting, or its series from then on."""
    found = _mine(ctx, meeting)
    series = meetings.get_series(ctx.db, found.series) if which == "series" and found.series is not None else None
    if series is not None:
        before = gatherings.local_day(found) - timedelta(days=1)
        meetings.end_series(ctx.db, series, before.isoformat(), ctx.now)
        for later in meetings.occurrences(ctx.db, series.id):
            if later.state == "planned" and later.starts_at > found.starts_at:
                meetings.change(ctx.db, later, ctx.now, state="cancelled")
    gone = meetings.change(ctx.db, found, ctx.now, state="cancelled")
    gatherings.announce(ctx.db, gone, "cancelled", ctx.now)
    said = ctx.t("The series ends here.") if series else ctx.t("The meeting is cancelled.")
    return meeting_message(ctx, gone, said)


def _mine(ctx: Context, number: int | None) -> Meeting:
    found = the_meeting(ctx, number, lock=True)
    gatherings.may_change(ctx, found)
    return found


# ---- what came of it ----


@command("meeting there", writes=True)
def meeting_there(ctx: Context, meeting: Annotated[int, Arg("which meeting", minimum=1)]) -> Message:
    """Say that you were at a meeting."""
    found = begun_meeting(ctx, meeting)
    meetings.attend(ctx.db, found.id, ctx.me.id, True, ctx.now)
    return recap_message(ctx, found)


@command("meeting recap", example="meeting recap")
def meeting_recap(
    ctx: Context,
    meeting: Annotated[int | None, Arg("its number; without it the last one", minimum=1)] = None,
) -> Message:
    """Show what came of a meeting."""
    return recap_message(ctx, begun_meeting(ctx, meeting))


@command("meeting write", writes=True, form=("takeaways", "notes", "recording"))
def meeting_write(
    ctx: Context,
    meeting: Annotated[int | None, Arg("its number; without it the last one", minimum=1)] = None,
    takeaways: Annotated[str | None, Arg("what we take away", rest=True)] = None,
    notes: Annotated[str | None, Arg("notes of the discussion")] = None,
    recording: Annotated[str | None, Arg("a link to the recording")] = None,
) -> Message:
    """Write the recap of a meeting."""
    found = the_meeting(ctx, begun_meeting(ctx, meeting).id, lock=True)
    guests = meetings.guests(ctx.db, [found.id]).get(found.id, [])
    if not any(g.member == ctx.me.id and (g.attended or g.answer == "yes") for g in guests):
        gatherings.may_change(ctx, found)
    if recording and not recording.startswith(("http://", "https://")):
        raise UserError(mark("The recording must be a link that begins with https://"))
    given = {"takeaways": takeaways, "notes": notes, "recording": recording}
    recap = dict(found.recap) | {name: value[:_TEXTS] for name, value in given.items() if value}
    changed = meetings.change(ctx.db, found, ctx.now, recap=recap)
    gatherings.announce(ctx.db, changed, "recap", ctx.now)
    return recap_message(ctx, changed)


# ---- the clock ----


@job(every=timedelta(seconds=15))
def meetings_due(ctx: JobContext) -> Sequence[Step]:
    """Meetings about which something is to be said, and series whose next meetings come near."""
    near = meetings.between(ctx.db, ctx.now - timedelta(days=60), ctx.now + timedelta(days=_MOST_DAYS, hours=1))
    due = [m for m in near if due_posts(ctx.db, m, ctx.now)]
    return [Step(f"meeting {m.id}", partial(_serve, number=m.id)) for m in due]


def _serve(ctx: JobContext, number: int) -> None:
    serve(ctx.db, number, ctx.now)


@job(every=timedelta(minutes=10))
def series_due(ctx: JobContext) -> Sequence[Step]:
    """Series whose next meetings come near."""
    return [Step(f"series {s.id}", partial(_fill, found=s)) for s in meetings.active_series(ctx.db) if _lacks(ctx, s)]


def _lacks(ctx: JobContext, found: Series) -> bool:
    last = max((m.occurrence or "" for m in meetings.occurrences(ctx.db, found.id)), default="")
    return last < (ctx.now + gatherings.AHEAD / 2).date().isoformat()


def _fill(ctx: JobContext, found: Series) -> None:
    gatherings.fill(ctx.db, found, ctx.now)
