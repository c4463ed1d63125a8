"""The autopilot: from nominations over the poll to the meeting, again and again, and never stuck.

Its rules: too few nominations are filled up with what most members want, then with what the lists recommend. Without
enough ballots the same decides. A poll that is cancelled, or still runs three hours before the meeting, is decided by
the same rule. Without a volunteer the meeting takes place anyway. A meeting that somebody plans by hand on the day is
taken as the cycle's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from bot import gatherings
from bot.language import Translator, mark
from bot.nominating import stand_ins
from bot.polling import announce, tally, winners_of
from bot.recurring import days
from bot.slots import instant
from bot.when import parse_time
from storage import Connection, autopilots, meetings, polls
from storage.autopilots import Autopilot, Cycle
from storage.meetings import Meeting
from storage.polls import Poll
from storage.resources import get_many

_LAST_MOMENT = timedelta(hours=3)


@dataclass(frozen=True)
class Steps:
    """When the steps of a cycle are, as instants."""

    day: date
    nominate: datetime
    poll: datetime
    decide: datetime
    meet: datetime


def steps_of(order: Autopilot, day: date) -> Steps | None:
    """The steps to a local day's meeting, all at its time of day; None where the zone leaps over one of the days."""
    clock, options = parse_time(order.time), order.options
    ats = [
        instant(day - timedelta(days=before), clock, order.zone)
        for before in (options.nominate, options.poll, options.decide, 0)
    ]
    if any(at is None for at in ats):
        return None
    nominate, poll, decide, meet = (at for at in ats if at is not None)
    return Steps(day, nominate, poll, decide, meet)


def coming(order: Autopilot, now: datetime) -> Iterator[Steps]:
    """The cycles whose meeting is still to come, soonest first."""
    today = now.astimezone(ZoneInfo(order.zone)).date()
    for day in days(order.every, date.fromisoformat(order.first), today):
        steps = steps_of(order, day)
        if steps is not None and steps.meet > now:
            yield steps


def due(db: Connection, order: Autopilot, now: datetime) -> list[Steps]:
    """The cycles in which something is to be done now."""
    found = []
    for steps in coming(order, now):
        if steps.nominate > now:
            break
        if _is_due(db, order, steps, now):
            found.append(steps)
    return found


def _is_due(db: Connection, order: Autopilot, steps: Steps, now: datetime) -> bool:
    cycle = autopilots.cycle(db, order.club, steps.day.isoformat())
    if cycle is None:
        return True
    if cycle.state != "poll":
        return False
    poll = polls.get(db, cycle.poll) if cycle.poll is not None else None
    return poll is None or not poll.running or now >= steps.meet - _LAST_MOMENT


def act(db: Connection, club: int, day: date, now: datetime) -> None:
    """Do what is to be done in one cycle; does nothing when another process was faster."""
    order = autopilots.get(db, club, lock=True)
    steps = steps_of(order, day) if order is not None else None
    if order is None or steps is None or not order.active or steps.meet <= now or not _is_due(db, order, steps, now):
        return
    cycle = autopilots.cycle(db, club, day.isoformat())
    own = _by_hand(db, order, day, now)
    if own is not None:
        _adopt(db, cycle or Cycle(club, day.isoformat(), "poll"), own)
    elif cycle is None and now < steps.decide:
        _begin(db, order, steps, now)
    else:
        _decide(db, order, steps, cycle or Cycle(club, day.isoformat(), "poll"), now)


def follow(db: Connection, order: Autopilot, now: datetime) -> None:
    """Let a poll that runs lead to the next meeting of a changed order, not to a day on which nobody meets any more."""
    ahead = list(islice(coming(order, now), 10))
    days_ahead = {steps.day.isoformat() for steps in ahead}
    for cycle in autopilots.under_way(db, order.club):
        poll = polls.get(db, cycle.poll) if cycle.poll is not None else None
        if cycle.day in days_ahead or poll is None or not poll.running:
            continue
        free = (s.day for s in ahead if autopilots.cycle(db, order.club, s.day.isoformat()) is None)
        if (day := next(free, None)) is not None:
            autopilots.change(db, cycle, day=day.isoformat())
            polls.change(db, poll.id, question=_question(order, day))
            polls.tell_anew(db, poll.id, now)


def _question(order: Autopilot, day: date) -> str:
    return Translator(order.language).t(mark("What shall we read on {date}?"), date=day.isoformat())


def _by_hand(db: Connection, order: Autopilot, day: date, now: datetime) -> Meeting | None:
    """A meeting that the club has planned for the day by itself."""
    zone = ZoneInfo(order.zone)
    planned = meetings.coming(db, order.club, now, 50)
    return next((m for m in planned if m.starts_at.astimezone(zone).date() == day), None)


def _adopt(db: Connection, cycle: Cycle, meeting: Meeting) -> None:
    autopilots.begin(db, cycle)
    autopilots.change(db, cycle, state="meeting", meeting=meeting.id)


def _begin(db: Connection, order: Autopilot, steps: Steps, now: datetime) -> None:
    """Open the nominations, or at once the poll where their time is over."""
    nominating = now < steps.poll
    made = polls.add(
        db,
        Poll(
            club=order.club, creator=None, platform=order.platform, space=order.space, channel=order.channel,
            language=order.language, zone=order.zone, question=_question(order, steps.day),
            method=order.options.method, created_at=now,
            closes_at=steps.decide, quorum=order.options.quorum, state="nominating" if nominating else "open",
            opens_at=steps.poll if nominating else None,
        ),
    )  # fmt: skip
    if not nominating:
        for r in stand_ins(db, order.club, ()):
            polls.nominate(db, made.id, r.number, r.title, None, now)
    if autopilots.begin(db, Cycle(order.club, steps.day.isoformat(), "poll", made.id)):
        announce(db, made, now)


def _decide(db: Connection, order: Autopilot, steps: Steps, cycle: Cycle, now: datetime) -> None:
    """Plan the meeting over what won, or over what the rule puts in its place."""
    poll = polls.get(db, cycle.poll, lock=True) if cycle.poll is not None else None
    if poll is not None and poll.running:  # extended beyond the last moment
        tally(db, poll, now)
        poll = polls.get(db, poll.id)
    won = [c.number for c in winners_of(db, poll)] if poll is not None and poll.state == "closed" else []
    found = get_many(db, won) or stand_ins(db, order.club, ())[:1]
    title = found[0].title if found else Translator(order.language).t(mark("Reading club"))
    autopilots.begin(db, cycle)
    planned = gatherings.plan(
        db,
        Meeting(
            club=order.club, platform=order.platform, space=order.space, channel=order.channel,
            language=order.language, title=title[:200], starts_at=steps.meet, zone=order.zone, created_at=now,
            changed_at=now, minutes=order.options.minutes, numbers=tuple(r.number for r in found),
            place=order.options.place, poll=poll.id if poll is not None else None,
        ),
        now,
    )  # fmt: skip
    autopilots.change(db, cycle, state="meeting", meeting=planned.id if planned else None)
