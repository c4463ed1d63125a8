"""Meetings: planning them, how they look, and who presents."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.cards import headline
from bot.command import Context
from bot.errors import UserError
from bot.language import Msgid, mark
from bot.message import Button, Line, Message, Span, Text, bold, line, link
from bot.owing import Said, tell_channel, tell_member
from bot.paper import day_words, instant_line
from bot.recurring import days
from bot.rotation import Floor, Turn, row
from bot.slots import instant
from bot.standing import at_least, club_of
from bot.when import parse_time
from storage import Connection, meetings, reminders
from storage.clubs import club_members, find_member, get_members
from storage.meetings import Guest, Meeting, Series
from storage.readings import readers
from storage.records import Resource
from storage.resources import get_many
from storage.votes import club_votes

AHEAD = timedelta(days=60)
"""How far ahead the meetings of a series are noted one by one."""

_DAILY = ("presenter", "day", "hour", "start", "agenda")
"""What is said again when the meeting has moved to another day."""

ROLE_WORDS: Mapping[str, Msgid] = {
    "presenter": mark("presenter"),
    "sceptic": mark("sceptical reviewer"),
    "archaeologist": mark("archaeologist (prior work)"),
    "reproducer": mark("reproducer"),
    "accountant": mark("cost accountant"),
    "hardware": mark("hardware critic"),
}
WHY_WORDS: Mapping[str, Msgid] = {
    "volunteer": mark("would present this one"),
    "willing": mark("would present another one"),
    "before": mark("has presented before"),
    "self": mark("took it on"),
    "chosen": mark("was chosen"),
    "swap": mark("swapped"),
}
YOU_PRESENT = mark("You present at this meeting. If you can't, say “meeting skip”.")


# ---- finding and planning ----


def the_meeting(ctx: Context, number: int | None, *, lock: bool = False) -> Meeting:
    """The club's meeting of that number, or else the next one. Raises UserError."""
    club = club_of(ctx)
    if number is not None:
        found = meetings.get(ctx.db, number, lock=lock)
        if found is None or found.club != club:
            raise UserError(mark("There is no meeting {number} here."), number=number, buttons=_to_list())
        return found
    coming = meetings.coming(ctx.db, club, ctx.now, 1) if club is not None else []
    if not coming:
        raise UserError(mark("No meeting is planned. Plan one with “meeting plan”."), buttons=_to_list())
    return the_meeting(ctx, coming[0].id, lock=True) if lock else coming[0]


def coming_meeting(ctx: Context, number: int | None, *, lock: bool = False) -> Meeting:
    """The same, where it is still to come or goes on. Raises UserError."""
    found = the_meeting(ctx, number, lock=lock)
    if found.state != "planned" or found.ends_at <= ctx.now:
        raise UserError(mark("That meeting is over, or cancelled."))
    return found


def begun_meeting(ctx: Context, number: int | None) -> Meeting:
    """The same, or else the last one, where it took place. Raises UserError."""
    if number is not None:
        found = the_meeting(ctx, number)
        if found.state == "cancelled":
            raise UserError(mark("That meeting is cancelled."))
        if found.starts_at > ctx.now:
            raise UserError(mark("That meeting has not begun."))
        return found
    club = club_of(ctx)
    past, _total = meetings.past(ctx.db, club, ctx.now, limit=1) if club is not None else ([], 0)
    if not past:
        raise UserError(mark("There was no meeting yet."), buttons=_to_list())
    return past[0]


def _to_list() -> tuple[Button, ...]:
    return (Button(mark("All meetings"), "meeting list"),)


def may_change(ctx: Context, meeting: Meeting) -> None:
    """Raises UserError unless the meeting is the member's own to plan or present, or they are an admin."""
    me = ctx.member.id if ctx.member is not None else None
    if not (ctx.actor.admin or (me is not None and me in {meeting.creator, meeting.presenter})):
        raise UserError(mark("Only who planned the meeting, its presenter, or an admin can do that."))
    if meeting.state == "cancelled":
        raise UserError(mark("That meeting is cancelled."))


def plan(db: Connection, meeting: Meeting, now: datetime) -> Meeting | None:
    """Note a meeting, find its presenter, and tell its channel; None when its series has one for that day."""
    made = meetings.add(db, meeting)
    if made is None:
        return None
    made = find_presenter(db, made, now)
    announce(db, made, "plan", now)
    return made


def announce(db: Connection, meeting: Meeting, what: str, now: datetime, parent: int | None = None) -> int | None:
    """Owe the meeting's channel a post of a kind, once (for some kinds once a local day or a change)."""
    said = Said(key_of(meeting, what), f"meeting {meeting.id} {what}", meeting.id)
    return tell_channel(db, meeting, said, now, parent=parent)


def key_of(meeting: Meeting, what: str) -> str:
    """The key of a meeting's post of a kind."""
    again = {"moved": str(meeting.sequence), "cancelled": str(meeting.sequence)}
    timed = again.get(what) or (local_day(meeting).isoformat() if what in _DAILY else "")
    return ":".join(filter(None, ("meeting", str(meeting.id), what, timed)))


def local_time(meeting: Meeting) -> str:
    """The time of day of a meeting in its zone."""
    return meeting.starts_at.astimezone(ZoneInfo(meeting.zone)).strftime("%H:%M")


def local_day(meeting: Meeting) -> date:
    """The day of a meeting in its zone."""
    return meeting.starts_at.astimezone(ZoneInfo(meeting.zone)).date()


def fill(db: Connection, series: Series, now: datetime) -> list[Meeting]:
    """Note what a series brings within the next two months; what was moved or cancelled stays as it is."""
    noted = meetings.occurrences(db, series.id)
    known = {m.occurrence for m in noted}
    creator = noted[0].creator if noted else None
    today = now.astimezone(ZoneInfo(series.zone)).date()
    made = []
    for day in days(series.every, date.fromisoformat(series.first), today):
        at = instant(day, parse_time(series.time), series.zone)
        if day - today > AHEAD or (series.until is not None and day.isoformat() > series.until):
            break
        if at is None or at <= now or day.isoformat() in known:
            continue
        added = meetings.add(db, replace(occurrence(series, day, at, now), creator=creator))
        made += [added] if added else []
    return made


def occurrence(series: Series, day: date, at: datetime, now: datetime) -> Meeting:
    """A meeting as its series has it on a day."""
    return Meeting(
        club=series.club, platform=series.platform, space=series.space, channel=series.channel,
        language=series.language, title=series.title, starts_at=at, zone=series.zone, created_at=now, changed_at=now,
        minutes=series.minutes, about=series.about, place=series.place, series=series.id, occurrence=day.isoformat(),
    )  # fmt: skip


# ---- who presents ----


def turns(db: Connection, meeting: Meeting) -> list[Turn]:
    """Whose turn it is to present, first to last. Only those who show their name or have presented are named."""
    everybody = club_members(db, meeting.club)
    presented = meetings.presented(db, meeting.club, but=meeting.id)
    known = {member for member, _at in presented}
    voted = [(member, number) for member, number, signal in club_votes(db, meeting.club) if signal == "present"]
    declined = {g.member for g in meetings.guests(db, [meeting.id]).get(meeting.id, []) if g.answer == "no"}
    away = meetings.away_on(db, meeting.club, local_day(meeting).isoformat())
    return row(
        Floor(
            members=[m.id for m in everybody if m.named or m.id in known],
            volunteers={member for member, number in voted if number in meeting.numbers},
            willing={member for member, _number in voted},
            out=away | meetings.skipping(db, meeting.id) | declined,
            presented=presented,
        )
    )


def find_presenter(db: Connection, meeting: Meeting, now: datetime) -> Meeting:
    """Give a meeting without a presenter one, if somebody may be asked; who keeps to themselves is asked privately."""
    if meeting.presenter is not None or not meeting.numbers:
        return meeting
    found = turns(db, meeting)
    if found:
        turn = found[0]
        why = (turn.why, str(turn.times), turn.last.isoformat() if turn.last else "")
        meeting = meetings.change(db, meeting, now, presenter=turn.member, presenter_why=list(why))
        tell_presenter(db, meeting, now)
        return meeting
    for member, number, signal in club_votes(db, meeting.club):
        if signal == "present" and number in meeting.numbers:
            tell_member(db, meeting, member, Said(f"meeting:{meeting.id}:ask", f"meeting {meeting.id} ask"), now)
    return meeting


def tell_presenter(db: Connection, meeting: Meeting, now: datetime) -> None:
    """Remind the presenter some days before, or at once where it is less; each presenter once for a day."""
    ahead = reminders.get(db, meeting.club).before_presenter
    if meeting.presenter is None or meeting.starts_at - now > ahead or meeting.starts_at <= now:
        return
    said = Said(key_of(meeting, "presenter"), f"meeting {meeting.id} presenter")
    tell_member(db, meeting, meeting.presenter, said, now)


def name_of(db: Connection, member: int | None) -> str | None:
    """The name of a presenter, which is everybody's to know."""
    found = get_members(db, [member]).get(member) if member is not None else None
    return found.name if found else None


_MENTION = re.compile(r"<@!?(\w+)(?:\|[^>]*)?>")


def find_member_named(ctx: Context, text: str) -> int | None:
    """The member who is meant by “me”, a mention, or a name that only one has; None where that is nobody."""
    typed = text.strip()
    if typed.lower() in {"me", "我", "myself"}:
        return ctx.me.id
    if match := _MENTION.fullmatch(typed):
        found = find_member(ctx.db, ctx.actor.platform, ctx.actor.space, match[1])
        return found.id if found and found.club == ctx.me.club else None
    wanted = typed.removeprefix("@").casefold()
    named = [m.id for m in club_members(ctx.db, ctx.me.club) if m.name.casefold() == wanted]
    return named[0] if len(named) == 1 else None


def turn_words(ctx: Context, why: str, times: str, last: str) -> str:
    """Why it is somebody's turn."""
    words = [ctx.t(WHY_WORDS[why])] if why in WHY_WORDS else []
    if times:
        often = (
            ctx.t("never presented yet")
            if times == "0"
            else ctx.tn("presented once", "presented {n} times", int(times))
        )
        words.append(often)
    if last:
        words.append(ctx.t("last on {date}", date=last[:10]))
    return ctx.listed(words)


# ---- how a meeting looks ----


def meeting_message(ctx: Context, meeting: Meeting, said: str | None = None) -> Message:
    """A meeting as it stands."""
    found = get_many(ctx.db, list(meeting.numbers))
    guests = meetings.guests(ctx.db, [meeting.id]).get(meeting.id, [])
    lines = [line(said)] if said else []
    lines += [line("📅 ", bold(meeting.title), f" · {meeting.id}")]
    if meeting.state == "cancelled":
        lines.append(line(ctx.t("This meeting is cancelled.")))
    lines += [when_line(ctx, meeting), *_where(ctx, meeting), *_presenter(ctx, meeting), *_parts_given(ctx, guests)]
    lines += [line("• ", link(headline(ctx, r)[0], r.url), f" (#{r.number})") for r in found]
    lines += [line(meeting.about)] if meeting.about else []
    lines += [line(_counts(ctx, guests)), *progress_lines(ctx, meeting)]
    return Message((Text(tuple(lines)),), buttons=_buttons(ctx, meeting))


def when_line(ctx: Context, meeting: Meeting) -> Line:
    """When a meeting is, and how long."""
    shown = instant_line(ctx.lead("When"), meeting.starts_at, meeting.zone, ctx.language)
    return (*shown, Span(" · "), Span(ctx.t("{n} min", n=meeting.minutes)))


def _where(ctx: Context, meeting: Meeting) -> list[Line]:
    return [line(ctx.lead("Where"), link(meeting.place, meeting.place))] if meeting.place else []


def _presenter(ctx: Context, meeting: Meeting) -> list[Line]:
    name = name_of(ctx.db, meeting.presenter)
    if name is None:
        open_ = ctx.t("nobody yet; who comes brings a question, and anybody may take it on")
        return [line(ctx.lead("Presents"), open_)] if meeting.numbers else []
    why = turn_words(ctx, *(*meeting.presenter_why, "", "", "")[:3])
    return [line(ctx.lead("Presents"), name, ctx.aside(why) if why else "")]


def _parts_given(ctx: Context, guests: Sequence[Guest]) -> list[Line]:
    somebody = ctx.t("a member")
    taken = [(g, ROLE_WORDS[g.role]) for g in guests if g.role and g.role in ROLE_WORDS]
    given = [ctx.t(role) + ctx.t(": ") + (g.name if g.named else somebody) for g, role in taken]
    return [line(ctx.lead("Parts"), " · ".join(given))] if given else []


def _counts(ctx: Context, guests: Sequence[Guest]) -> str:
    said = {answer: sum(g.answer == answer for g in guests) for answer in meetings.ANSWERS}
    return ctx.t("✓ {yes} coming · ? {maybe} maybe · ✗ {no} not", **said)


def progress_lines(ctx: Context, meeting: Meeting) -> list[Line]:
    """How far the club is with what is read, in counts that give nobody away."""
    if not meeting.numbers:
        return []
    found = readers(ctx.db, meeting.club, meeting.numbers)
    read = {r.member for r in found if r.state == "read"}
    reading = {r.member for r in found if r.state == "reading"} - read
    if not read and not reading:
        return []
    counts = ctx.t(
        "read it: {read} · reading: {reading}",
        read=at_least(ctx, len(read)) if read else "0", reading=at_least(ctx, len(reading)) if reading else "0",
    )  # fmt: skip
    return [line("📖 ", counts)]


def _buttons(ctx: Context, meeting: Meeting) -> tuple[Button, ...]:
    t, n = ctx.t, meeting.id
    if meeting.state == "cancelled":
        return ()
    if meeting.ends_at <= ctx.now:
        return (Button(t("I was there"), f"meeting there {n}", "primary"), Button(t("Recap"), f"meeting recap {n}"))
    coming = (
        Button(t("Coming"), f"meeting rsvp yes meeting:{n}", "primary"),
        Button(t("Maybe"), f"meeting rsvp maybe meeting:{n}"),
        Button(t("Not coming"), f"meeting rsvp no meeting:{n}"),
    )
    take = (Button(t("I will present"), f"meeting present {n}"),) if meeting.presenter is None else ()
    return (*coming, *take, Button(t("Calendar file"), f"meeting ics {n}"))


def not_this_time(ctx: Context, meeting: Meeting) -> Button:
    """A button by which a presenter passes."""
    return Button(ctx.t("Not this time"), f"meeting skip {meeting.id}")


def title_of(ctx: Context, found: Sequence[Resource]) -> str:
    """What a meeting over these resources is called."""
    if not found:
        return ctx.t("Reading club")
    more = f" +{len(found) - 1}" if len(found) > 1 else ""
    return f"{headline(ctx, found[0])[0][:150]}{more}"


def day_of(ctx: Context, meeting: Meeting) -> str:
    """The local day of a meeting in words."""
    return day_words(local_day(meeting), ctx.language)
