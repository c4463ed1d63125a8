"""What is said before, at and after a meeting, and when it is due."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.cards import headline
from bot.command import Context
from bot.gatherings import (
    YOU_PRESENT,
    announce,
    find_presenter,
    key_of,
    meeting_message,
    name_of,
    not_this_time,
    progress_lines,
    tell_presenter,
    turns,
    when_line,
)
from bot.language import mark
from bot.message import Button, Line, Message, Part, Text, bold, line, link
from storage import Connection, meetings, notes, outbox, reminders
from storage.meetings import Meeting
from storage.resources import get_many

_LATEST = timedelta(hours=2)
"""Nearer to the meeting only the last reminder makes sense."""


def said_about(ctx: Context, meeting: Meeting, what: str) -> Message:
    """The message of a post about a meeting."""
    words: dict[str, str] = {
        "moved": mark("This meeting has moved:"),
        "start": mark("We begin:"),
        "presenter": YOU_PRESENT,
        "ask": mark("You said that you would present this. Nobody does yet:"),
    }
    if what == "agenda":
        return agenda(ctx, meeting)
    if what in {"over", "recap"}:
        return recap_message(ctx, meeting)
    soon = _soon(ctx, meeting, what) if what in {"day", "hour"} else None
    said = ctx.t(words[what]) if what in words else soon
    shown = meeting_message(ctx, meeting, said if meeting.state != "cancelled" else None)
    if meeting.state == "cancelled":  # since it was owed
        return shown
    if what in {"presenter", "ask"}:
        mine = Button(ctx.t("I will present"), f"meeting present {meeting.id}", "primary")
        not_me = not_this_time(ctx, meeting)
        return replace(shown, buttons=(mine, not_me) if what == "ask" else (not_me, *shown.buttons))
    return shown


def _soon(ctx: Context, meeting: Meeting, what: str) -> str:
    """How a reminder begins; it tells the time as it was ordered, however late it is read."""
    chosen = reminders.get(ctx.db, meeting.club)
    if what == "hour":
        if chosen.late == 60:
            return ctx.t("In an hour we meet:")
        return ctx.tn("In {n} minute we meet:", "In {n} minutes we meet:", chosen.late)
    if chosen.early == 24:
        return ctx.t("Tomorrow we meet:")
    if chosen.early % 24 == 0:
        return ctx.tn("In {n} day we meet:", "In {n} days we meet:", chosen.early // 24)
    return ctx.tn("In {n} hour we meet:", "In {n} hours we meet:", chosen.early)


def agenda(ctx: Context, meeting: Meeting) -> Message:
    """What the thread of a meeting begins with: the paper, questions from shared notes, and the agenda."""
    t = ctx.t
    found = get_many(ctx.db, list(meeting.numbers))
    parts: list[Part] = [Text(tuple(line("📄 ", link(headline(ctx, r)[0], r.url)) for r in found))] if found else []
    asked = [n for n in notes.takeaways(ctx.db, meeting.club, list(meeting.numbers)) if "?" in n.text or "？" in n.text]
    if asked:
        lines = tuple(line("❓ ", bold(f"{n.name}{ctx.t(': ')}"), n.text[:300]) for n in asked[-8:])
        parts.append(Text((line(bold(t("Questions from our notes"))), *lines)))
    name = name_of(ctx.db, meeting.presenter)
    first = t("{name} presents", name=name) if name else t("everybody: one question or doubt")
    steps = (first, t("questions and discussion"), t("what do we take away, and what do we read next?"))
    parts.append(Text((line(bold(t("Agenda"))), *(line(f"{n}. {x}") for n, x in enumerate(steps, 1)))))
    return Message(tuple(parts))


def recap_message(ctx: Context, meeting: Meeting) -> Message:
    """What was, for whoever looks back: notes, takeaways, recording, who was there, how far we read."""
    t = ctx.t
    guests = [g for g in meetings.guests(ctx.db, [meeting.id]).get(meeting.id, []) if g.attended]
    lines: list[Line] = [line("📘 ", bold(meeting.title), f" · {meeting.id}"), when_line(ctx, meeting)]
    lines += [
        line("• ", link(headline(ctx, r)[0], r.url), f" (#{r.number})") for r in get_many(ctx.db, list(meeting.numbers))
    ]
    name = name_of(ctx.db, meeting.presenter)
    lines += [line(ctx.lead("Presented by"), name)] if name else []
    labels = {"takeaways": mark("Takeaways"), "notes": mark("Notes")}
    lines += [line(ctx.lead(label), meeting.recap[x]) for x, label in labels.items() if meeting.recap.get(x)]
    if recording := meeting.recap.get("recording"):
        lines.append(line(ctx.lead("Recording"), link(recording, recording)))
    named = ctx.listed(g.name for g in guests if g.named)
    there = ctx.tn("{n} was there", "{n} were there", len(guests))
    lines += [line("👥 ", there, t(": ") + named if named else ""), *progress_lines(ctx, meeting)]
    buttons = (
        Button(t("I was there"), f"meeting there {meeting.id}", "primary"),
        Button(t("Write the recap"), f"meeting write {meeting.id}"),
    )
    return Message((Text(tuple(lines)),), buttons=buttons)


# ---- the clock ----


def due_posts(db: Connection, meeting: Meeting, now: datetime) -> list[str]:
    """What is due to be said about a meeting and was not yet: presenter, day, hour, start, agenda or over."""
    left = meeting.starts_at - now
    told = meeting.starts_at - meeting.created_at
    chosen = reminders.get(db, meeting.club)
    latest = max(_LATEST, chosen.before_late)
    due = []
    if latest < left <= chosen.before_presenter and (meeting.presenter or meeting.numbers):
        due.append("presenter")
    if latest < left <= chosen.before_early < told:
        due.append("day")
    if timedelta(0) < left <= chosen.before_late < told:
        due.append("hour")
    if left <= timedelta(0) and now < meeting.ends_at:
        due += ["start", "agenda"]
    if meeting.ends_at <= now:
        due.append("over")
    return [what for what in due if not _owed(db, meeting, what)]


def _owed(db: Connection, meeting: Meeting, what: str) -> bool:
    if what == "presenter":
        if meeting.presenter is None:
            return not turns(db, meeting)
        return outbox.find(db, f"{key_of(meeting, what)}:{meeting.presenter}") is not None
    if what == "agenda":
        start = outbox.find(db, key_of(meeting, "start"))
        return start is None or start.state != "sent" or outbox.find(db, key_of(meeting, what)) is not None
    return outbox.find(db, key_of(meeting, what)) is not None


def serve(db: Connection, number: int, now: datetime) -> None:
    """Say what is due about one meeting; does nothing when another process was faster."""
    meeting = meetings.get(db, number, lock=True)
    if meeting is None or meeting.state != "planned":
        return
    for what in due_posts(db, meeting, now):
        if what == "presenter":
            meeting = find_presenter(db, meeting, now)
            tell_presenter(db, meeting, now)
        elif what == "agenda":
            start = outbox.find(db, key_of(meeting, "start"))
            announce(db, meeting, what, now, parent=start.id if start else None)
        elif what == "over":
            meeting = meetings.change(db, meeting, now, state="held")
            if now - meeting.ends_at < timedelta(days=2):
                announce(db, meeting, what, now)
        else:
            announce(db, meeting, what, now)
