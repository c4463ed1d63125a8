"""The digests: what a club did in a week or a month, as a post with a small picture."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.cards import headline
from bot.command import Context
from bot.message import Button, Image, Line, Message, Text, bold, line, link
from bot.paper import KIND_WORDS, day_words, instant_span
from bot.pictures import Bars, draw_bars
from bot.slots import instant
from bot.standing import FEW_READERS, PASSES, at_least, tallies, votes_line
from storage import Connection, meetings
from storage.activity import Activity, Pass, activity
from storage.readings import member_readings
from storage.resources import get_many
from storage.schedules import Schedule
from storage.votes import Tally

_MOST_POSTED = 10


def span(schedule: Schedule, day: date) -> tuple[date, datetime, datetime]:
    """The first local day that a digest of this day looks back to, and both ends as instants."""
    first = _month_before(day) if schedule.kind == "monthly" else day - timedelta(days=7)
    return first, _start(first, schedule.zone), _start(day, schedule.zone)


def _month_before(day: date) -> date:
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=min(day.day, last.day))


def _start(day: date, zone: str) -> datetime:
    return instant(day, time(0), zone) or datetime.combine(day, time(0), UTC)


def gather(db: Connection, schedule: Schedule, day: date) -> Activity:
    """What happened in the span of a digest."""
    first, since, until = span(schedule, day)
    return activity(db, schedule.club, first.isoformat(), since, until)


def anything_to_say(db: Connection, schedule: Schedule, day: date) -> bool:
    """Whether a digest of this day would hold anything."""
    return gather(db, schedule, day).anything


def digest(ctx: Context, schedule: Schedule, day: date) -> Message:
    """The digest of a day."""
    found = gather(ctx.db, schedule, day)
    first, _since, _until = span(schedule, day)
    dates = f"{day_words(first, ctx.language)} – {day_words(day - timedelta(days=1), ctx.language)}"
    head = Text((line("🗞 ", bold(ctx.t(KIND_WORDS[schedule.kind])), f" · {dates}"),))
    if not found.anything:
        return Message((head, Text((line(ctx.t("There is nothing to say about these days.")),))))
    sections = [Text(tuple(lines)) for lines in _sections(ctx, schedule, found) if lines]
    pictures = [_picture(ctx, schedule, found.passes, day)] if _many(found.passes) else []
    return Message((head, *sections, *pictures), buttons=(Button(ctx.t("My list"), "mine"),))


def _sections(ctx: Context, schedule: Schedule, found: Activity) -> Sequence[list[Line]]:
    t = ctx.t
    own = []
    if schedule.member is not None:
        waiting = sum(r.state in {"to-read", "reading"} for r in member_readings(ctx.db, schedule.member))
        if waiting:
            own = [line(ctx.lead("On your list"), ctx.tn("{n} to read", "{n} to read", waiting))]
    posted = found.posted[-_MOST_POSTED:]
    return (
        _listed(ctx, t("Posted"), posted),
        _listed(ctx, t("Most liked"), found.voted),
        _listed(ctx, t("Most wanted"), found.wanted),
        _listed(ctx, t("Most discussed"), found.discussed),
        _read(ctx, found.passes),
        _listed(ctx, t("Nobody has read yet"), found.unread[-3:]),
        _next_meeting(ctx, schedule),
        own,
    )


def _listed(ctx: Context, title: str, numbers: Sequence[int]) -> list[Line]:
    found = get_many(ctx.db, numbers)
    if not found:
        return []
    voted = tallies(ctx, [r.number for r in found])
    rows = [
        line(f"• #{r.number} ", link(headline(ctx, r)[0], r.url), _votes(ctx, voted.get(r.number)))
        for r in found
    ]  # fmt: skip
    return [line(bold(title)), *rows]


def _votes(ctx: Context, tally: Tally | None) -> str:
    return "  " + votes_line(tally, ctx.t("at least one")) if tally and tally.counts else ""


def _next_meeting(ctx: Context, schedule: Schedule) -> list[Line]:
    coming = meetings.coming(ctx.db, schedule.club, ctx.now, limit=1)
    return [
        line(ctx.lead("Next meeting"), m.title, " · ", instant_span(m.starts_at, m.zone, ctx.language)) for m in coming
    ]


def _read(ctx: Context, passes: Sequence[Pass]) -> list[Line]:
    if not passes:
        return []
    readers = {p.member: p.name for p in passes}
    names = sorted({name for name in readers.values() if name})
    hidden = sum(name is None for name in readers.values())
    who = " + ".join([*([ctx.listed(names)] if names else []), *([at_least(ctx, hidden)] if hidden else [])])
    counted = ctx.tn("{n} pass", "{n} passes", len(passes)) if _many(passes) else None
    return [line(ctx.lead("Read by"), " · ".join(filter(None, [who, counted])))]


def _many(passes: Sequence[Pass]) -> bool:
    """Whether so many read that a count or a picture tells nothing about anybody who keeps to themselves."""
    hidden = {p.member for p in passes if p.name is None}
    return bool(passes) and (not hidden or len(hidden) >= FEW_READERS)


def _picture(ctx: Context, schedule: Schedule, passes: Sequence[Pass], day: date) -> Image:
    """Passes a day as bars, with the numbers in words for whom a picture is none."""
    first, _since, _until = span(schedule, day)
    days = [first + timedelta(days=n) for n in range((day - first).days)]
    zone = ZoneInfo(schedule.zone)
    counts = Counter((p.at.astimezone(zone).date(), p.passes) for p in passes)
    shown = Bars(
        title=(ctx.t("Passes read a day"), "Passes read a day"),
        labels=[f"{d:%m-%d}" if len(days) <= 7 or n % 7 == 0 else "" for n, d in enumerate(days)],
        stacks=[((ctx.t(words), str(words)), [counts[d, depth] for d in days]) for depth, words in PASSES.items()],
    )
    totals = {d: sum(counts[d, depth] for depth in PASSES) for d in days}
    said = ctx.listed(f"{d:%m-%d}: {total}" for d, total in totals.items() if total)
    return Image(draw_bars(shown), ctx.t("Passes read a day. {counts}", counts=said), "digest.png")
