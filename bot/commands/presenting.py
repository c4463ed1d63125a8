"""Who leads a meeting: taking it on, passing, swapping with consent, being away, and the parts of a seminar."""

import re
from datetime import timedelta
from typing import Annotated

from bot import gatherings
from bot.command import Arg, Context, command
from bot.errors import UserError
from bot.gatherings import ROLE_WORDS, coming_meeting, meeting_message, the_meeting
from bot.language import mark
from bot.message import Button, Message, Text, bold, line
from bot.owing import Said, tell_member
from bot.paper import local_today
from bot.rotation import roles
from bot.when import parse_date
from storage import meetings
from storage.clubs import get_members
from storage.meetings import Meeting

Which = Annotated[int | None, Arg("its number; without it the next one", minimum=1)]


@command("meeting present", writes=True, example="meeting present")
def meeting_present(
    ctx: Context,
    meeting: Which = None,
    who: Annotated[str, Arg("“me”, or, for who planned it and admins, a member's name", rest=True)] = "me",
) -> Message:
    """Take on the presentation; your name is then shown."""
    found = _coming(ctx, meeting)
    member = gatherings.find_member_named(ctx, who)
    if member is None:
        raise UserError(
            mark("No member here is called “{name}”. They say “meeting present” themselves."), name=who[:40]
        )
    if found.presenter == member:
        return meeting_message(ctx, found)
    if found.presenter is not None or member != ctx.me.id:
        gatherings.may_change(ctx, found)
    why = ["self" if member == ctx.me.id else "chosen"]
    changed = meetings.change(ctx.db, found, ctx.now, presenter=member, presenter_why=why)
    gatherings.tell_presenter(ctx.db, changed, ctx.now)
    return meeting_message(ctx, changed, ctx.t("The presenter is noted."))


@command("meeting skip", writes=True)
def meeting_skip(ctx: Context, meeting: Which = None) -> Message:
    """Don't present at a meeting; it is then the next one's turn."""
    found = _coming(ctx, meeting)
    meetings.skip(ctx.db, found.id, ctx.me.id, ctx.now)
    if found.presenter == ctx.me.id:
        found = meetings.change(ctx.db, found, ctx.now, presenter=None, presenter_why=[])
        found = gatherings.find_presenter(ctx.db, found, ctx.now)
    return meeting_message(ctx, found, ctx.t("You don't present at this meeting."))


@command("meeting next")
def meeting_next(ctx: Context, meeting: Which = None) -> Message:
    """Explain who is next to present."""
    found = the_meeting(ctx, meeting)
    row = gatherings.turns(ctx.db, found)
    names = {m.id: m.name for m in get_members(ctx.db, [turn.member for turn in row]).values()}
    lines = [line(bold(ctx.t("Who is next")), f" · {found.title}")]
    for n, turn in enumerate(row[:10], 1):
        last = turn.last.isoformat() if turn.last else ""
        why = gatherings.turn_words(ctx, turn.why, str(turn.times), last)
        lines.append(line(f"{n}. ", bold(names[turn.member]), ctx.t(": "), why))
    if not row:
        lines.append(line(ctx.t("Nobody yet. Vote “present” on what you would present, and show your name.")))
    lines.append(
        line(ctx.t("First who would present this, then who presented least often, then who did so longest ago."))
    )
    return Message((Text(tuple(lines)),), buttons=(Button(ctx.t("I will present"), f"meeting present {found.id}"),))


def _coming(ctx: Context, number: int | None) -> Meeting:
    return coming_meeting(ctx, number, lock=True)


# ---- swapping ----


@command("meeting swap", writes=True, example="meeting swap 8")
def meeting_swap(
    ctx: Context,
    other: Annotated[int, Arg("the meeting that you would take instead", minimum=1)],
    meeting: Annotated[int | None, Arg("the meeting that you give", minimum=1)] = None,
) -> Message:
    """Ask another presenter to swap; nothing changes before they say yes."""
    theirs = _coming(ctx, other)
    coming = meetings.coming(ctx.db, ctx.me.club, ctx.now, 50)
    mine = [m for m in coming if m.presenter == ctx.me.id and meeting in {None, m.id} and m.id != other]
    if not mine:
        raise UserError(mark("You present at no meeting that you could give."))
    if theirs.presenter is None or theirs.presenter == ctx.me.id:
        raise UserError(mark("Nobody else presents there. Say “meeting present {number}”."), number=other)
    asked = meetings.ask_swap(ctx.db, mine[0], theirs, ctx.now)
    tell_member(ctx.db, theirs, theirs.presenter, Said(f"swap:{asked}", f"swap {asked}"), ctx.now)
    name = gatherings.name_of(ctx.db, theirs.presenter)
    said = ctx.t("{name} is asked; nothing changes before they say yes.", name=name)
    yes = Button(ctx.t("Meetings"), "meeting list")
    return Message((Text((line(said),)),), buttons=(yes,))


@command("swap", writes=True, hidden=True)
def swap(
    ctx: Context,
    number: Annotated[int, Arg("which question", minimum=1)],
    answer: Annotated[str, Arg("yes or no")] = "yes",
) -> Message:
    """Answer a presenter who would swap with you."""
    asked = meetings.find_swap(ctx.db, number)
    if asked is None or asked.other_member != ctx.me.id:
        raise UserError(mark("Nobody asks you that any more."))
    meetings.take_swap(ctx.db, number)
    if answer != "yes":
        return Message((Text((line(ctx.t("Everything stays as it was.")),)),))
    one, other = the_meeting(ctx, asked.meeting, lock=True), the_meeting(ctx, asked.other, lock=True)
    if (one.presenter, other.presenter) != (asked.member, ctx.me.id) or "cancelled" in {one.state, other.state}:
        raise UserError(mark("In the meantime somebody else presents there; nothing was swapped."))
    meetings.change(ctx.db, one, ctx.now, presenter=ctx.me.id, presenter_why=["swap"])
    changed = meetings.change(ctx.db, other, ctx.now, presenter=asked.member, presenter_why=["swap"])
    return meeting_message(ctx, changed, ctx.t("You have swapped."))


# ---- away, and parts ----


@command("meeting away", writes=True, example="meeting away 2026-08-01 to 2026-08-20")
def meeting_away(
    ctx: Context,
    dates: Annotated[str | None, Arg("days: “2026-08-01 to 2026-08-20, friday”, or “none”", rest=True)] = None,
) -> Message:
    """Note when you are away, so that you are not asked to present."""
    if dates is not None:
        today = local_today(ctx.now, ctx.me.zone or ctx.actor.zone)
        spans = []
        for part in [] if dates.strip().lower() in {"none", "off", "无"} else dates.replace("，", ",").split(","):
            first, _, last = re.sub(r"\s-\s|[–—~～到至]|\.\.+", " to ", part).partition(" to ")
            begin = parse_date(first, today)
            end = parse_date(last, begin - timedelta(days=1)) if last.strip() else begin
            if end < begin:
                raise UserError(mark("{date} comes before {other}."), date=end.isoformat(), other=begin.isoformat())
            spans.append((begin.isoformat(), end.isoformat()))
        meetings.set_away(ctx.db, ctx.me.id, spans)
    noted = meetings.away_spans(ctx.db, ctx.me.id)
    shown = ctx.listed(first if first == last else f"{first} – {last}" for first, last in noted) or ctx.t("never")
    lines, buttons = [line(ctx.lead("You are away"), shown)], []
    for m in meetings.coming(ctx.db, ctx.me.club, ctx.now, 50):
        day = gatherings.local_day(m).isoformat()
        if m.presenter == ctx.me.id and any(first <= day <= last for first, last in noted):
            lines += [gatherings.when_line(ctx, m), line(bold(m.title), " · ", ctx.t(gatherings.YOU_PRESENT))]
            buttons.append(gatherings.not_this_time(ctx, m))
    return Message((Text(tuple(lines)),), buttons=tuple(buttons[:5]))


@command("meeting roles", writes=True)
def meeting_roles(ctx: Context, meeting: Which = None) -> Message:
    """Hand out the parts of a seminar fairly among those who come."""
    found = _coming(ctx, meeting)
    gatherings.may_change(ctx, found)
    guests = meetings.guests(ctx.db, [found.id]).get(found.id, [])
    coming = [g.member for g in guests if g.answer == "yes"]
    if not coming:
        raise UserError(mark("Nobody has said yet that they come."))
    taken = {"presenter": found.presenter} if found.presenter is not None else {}
    had = meetings.had_roles(ctx.db, ctx.me.club, but=found.id)
    given = roles(coming, [role for role in ROLE_WORDS if role != "presenter"], had, taken)
    for guest in guests:
        meetings.give_role(ctx.db, found.id, guest.member, None, ctx.now)
    for role, member in given.items():
        meetings.give_role(ctx.db, found.id, member, role, ctx.now)
    found = meetings.change(ctx.db, found, ctx.now)  # so that its cards show them
    return meeting_message(ctx, found, ctx.t("The parts are handed out."))
