"""`poll …`: what shall we read? Nominations, a secret ballot, and a result that says how it was counted."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Literal

from bot.ballots import MOST_STARS
from bot.command import Arg, Context, JobContext, Step, command, job
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Line, Message, Text, bold, line
from bot.moments import parse_moment
from bot.nominating import MOST, draw, nominate
from bot.owing import Said, tell_member
from bot.polling import advance, announce, ballot_message, may_change, poll_message, the_poll
from bot.standing import club_of
from bot.when import parse_time
from storage import polls
from storage.polls import Poll
from storage.records import Resource

_EVENING = parse_time("18:00")
_SHORTEST = timedelta(minutes=10)
_NUMBERS = re.compile(r"[#＃\d\s,，、-]+")
_CLOCK = re.compile(r"(\d{1,2}[:：]\d{2})(?:\s+|$)")

Which = Annotated[int | None, Arg("its number, where several are running", minimum=1)]


@command("poll start", writes=True, posts=True, example="poll start candidates:wanted closes:friday What is next?")
def poll_start(
    ctx: Context,
    question: Annotated[str | None, Arg("what is decided", rest=True)] = None,
    candidates: Annotated[str | None, Arg("“wanted”, a topic, or numbers like 12 14 20-25", complete="topic")] = None,
    method: Annotated[Literal["approval", "single", "ranked", "star"], Arg("how it is counted")] = "approval",
    closes: Annotated[str, Arg("when it closes: “friday 18:00”, “3 days”")] = "3 days",
    nominations: Annotated[str | None, Arg("until when members nominate, before the poll opens")] = None,
    ballots: Annotated[Literal["secret", "open"], Arg("whether others see who chose what")] = "secret",
    counts: Annotated[Literal["close", "live"], Arg("when the result is shown")] = "close",
    winners: Annotated[int, Arg("how many win", minimum=1, maximum=5)] = 1,
    voters: Annotated[Literal["everyone", "members"], Arg("who votes; members: who was here before")] = "everyone",
    quorum: Annotated[int, Arg("with fewer ballots, what most want is taken", minimum=1, maximum=500)] = 1,
) -> Message:
    """Let the club decide what to read.

    Ballots are secret unless you say otherwise. With “nominations” members put papers up first.
    """
    if question and _NUMBERS.fullmatch(question):  # "poll start candidates:12 14 20", or just "poll start 12 14 20"
        candidates, question = f"{candidates or ''} {question}", None
    if question and not nominations and (clock := _CLOCK.match(question)):  # "closes:friday 18:00 What is next?"
        closes, question = f"{closes} {clock[1]}", question[clock.end() :] or None
    zone = ctx.me.zone or ctx.actor.zone
    closing = parse_moment(closes, ctx.now, zone, said=ctx.said, at=_EVENING)
    opening = parse_moment(nominations, ctx.now, zone, said=ctx.said, at=_EVENING) if nominations else None
    _check_times(ctx.now, opening, closing)
    found = draw(ctx.db, ctx.knowledge, ctx.me.club, candidates or "wanted") if candidates or not opening else []
    if opening is None and len(found) < 2:
        raise _too_few(len(found))
    made = polls.add(
        ctx.db,
        Poll(
            club=ctx.me.club, creator=ctx.me.id, platform=ctx.actor.platform, space=ctx.actor.space,
            channel=ctx.actor.channel, language=ctx.language, zone=zone, method=method,
            question=(question or ctx.t("What shall we read next?"))[:200], created_at=ctx.now, closes_at=closing,
            winners=winners, secret=ballots == "secret", live=counts == "live", voters=voters, quorum=quorum,
            state="nominating" if opening else "open", opens_at=opening,
        ),
    )  # fmt: skip
    nominate(ctx.db, made, found, ctx.me.id, ctx.now)
    announce(ctx.db, made, ctx.now)
    return _saying(ctx, made, ctx.t("The poll is posted in this channel."))


def _check_times(now: datetime, opening: datetime | None, closing: datetime) -> None:
    if closing - (opening or now) < _SHORTEST:
        raise UserError(mark("Between the opening and the close there must be ten minutes at least."))


def _too_few(count: int) -> UserError:
    start = Button(mark("Let members nominate"), 'poll start nominations:"2 days" closes:"4 days"', "primary")
    if count == 0:
        words = mark("Nobody has said what they want to read yet. Name candidates, or let members nominate.")
    else:
        words = mark("A poll needs two candidates at least. Name more, or let members nominate.")
    return UserError(words, buttons=(start, Button(mark("Recommend"), "recommend us")))


def _saying(ctx: Context, poll: Poll, said: str) -> Message:
    shown = poll_message(ctx, polls.get(ctx.db, poll.id) or poll)
    return replace(shown, parts=(Text((line(said),)), *shown.parts))


@command("poll nominate", writes=True, form=("resource",), example="poll nominate 12")
def poll_nominate(
    ctx: Context, resource: Annotated[Resource, Arg("number, arXiv id, link or title")], poll: Which = None
) -> Message:
    """Put a resource up for the poll that is being prepared."""
    found = polls.get(ctx.db, the_poll(ctx, poll, ("nominating",)).id, lock=True)
    if found is None or found.state != "nominating" or (found.opens_at is not None and found.opens_at <= ctx.now):
        raise UserError(mark("Nominations are closed."), buttons=(Button(mark("All polls"), "poll list"),))
    if len(polls.candidates_of(ctx.db, found.id)) >= MOST:
        raise UserError(mark("A poll takes at most {most} candidates."), most=MOST)
    new = nominate(ctx.db, found, [resource], ctx.me.id, ctx.now)
    said = ctx.t("{title} is nominated.", title=resource.title) if new else ctx.t("It is nominated already.")
    return _saying(ctx, found, said)


# ---- voting ----


@command("poll vote", writes=True, example="poll vote")
def poll_vote(
    ctx: Context,
    poll: Which = None,
    choice: Annotated[str | None, Arg("candidates: “1 3”, ranked “2 1”, STAR “1:5 2:3”", rest=True)] = None,
) -> Message:
    """Vote, or change your vote; only you see your ballot."""
    found = _open(ctx, the_poll(ctx, poll, ("open",)).id)
    if choice is None:
        return ballot_message(ctx, found)
    marks = _marks(ctx, found, choice)
    polls.cast(ctx.db, found, ctx.me.id, marks, ctx.now)
    return ballot_message(ctx, found, ctx.t("Your ballot is in the box."))


@command("ballot", writes=True, hidden=True)
def ballot(
    ctx: Context,
    poll: Annotated[int, Arg("which poll", minimum=1)],
    act: Annotated[Literal["mark", "unmark", "clear"], Arg("what to do")],
    candidate: Annotated[int, Arg("which candidate")] = 0,
    stars: Annotated[int, Arg("how many stars", minimum=0, maximum=MOST_STARS)] = 0,
) -> Message:
    """Change one mark on your ballot."""
    found = _open(ctx, the_poll(ctx, poll).id)
    marks = polls.ballot_of(ctx.db, found, ctx.me.id) or {}
    positions = [c.position for c in polls.candidates_of(ctx.db, found.id)]
    changed = _changed(found.method, marks, act, candidate, stars)
    polls.cast(ctx.db, found, ctx.me.id, {c: n for c, n in changed.items() if c in positions}, ctx.now)
    return ballot_message(ctx, found)


def _changed(method: str, marks: dict[int, int], act: str, candidate: int, stars: int) -> dict[int, int]:
    """A ballot with one mark changed; saying the same twice changes nothing more."""
    if act == "clear":
        return {}
    if method == "star":
        return marks | {candidate: stars}
    others = {c: n for c, n in marks.items() if c != candidate}
    if method == "ranked":
        order = sorted(others, key=lambda c: others[c]) if act == "unmark" or candidate not in marks else list(marks)
        order = sorted(order, key=lambda c: marks[c])
        order += [candidate] if act == "mark" and candidate not in marks else []
        return {c: n for n, c in enumerate(order, 1)}
    if act == "unmark":
        return others
    return {candidate: 1} if method == "single" else marks | {candidate: 1}


def _open(ctx: Context, number: int) -> Poll:
    """The poll, kept open until the vote is in the box. Raises UserError when the member can't vote in it."""
    polls_of = polls.for_vote(ctx.db, number)
    if polls_of is None or polls_of.state != "open" or polls_of.closes_at <= ctx.now:
        raise UserError(
            mark("Poll {number} takes no votes now."), number=number,
            buttons=(Button(mark("Result"), f"poll results {number}"),),
        )  # fmt: skip
    if polls_of.voters == "members" and polls.joined_at(ctx.db, ctx.me.id) >= polls_of.created_at:
        raise UserError(mark("In this poll those vote who were members before it began."))
    return polls_of


def _marks(ctx: Context, poll: Poll, text: str) -> dict[int, int]:
    """A ballot as it is typed. Raises UserError."""
    found = polls.candidates_of(ctx.db, poll.id)
    by_number = {f"#{c.number}": c.position for c in found}
    chosen: dict[int, int] = {}
    words = text.strip('"“”').replace(",", " ").replace("，", " ").replace(">", " ").replace("：", ":").split()
    for rank, word in enumerate(words, 1):
        name, _, stars = word.partition(":")
        position = by_number.get(name) or (int(name) if name.isascii() and name.isdigit() else 0)
        if position not in {c.position for c in found}:
            raise UserError(
                mark("“{word}” is no candidate: say its place on the ballot, 1 to {n}."),
                word=word[:20], n=len(found), buttons=(Button(mark("My ballot"), f"poll vote {poll.id}"),),
            )  # fmt: skip
        if poll.method == "star" and not (stars.isascii() and stars.isdigit() and int(stars) <= MOST_STARS):
            raise UserError(mark("Give each candidate 0 to 5 stars, like “1:5 2:3”."))
        chosen.setdefault(position, int(stars) if poll.method == "star" else rank if poll.method == "ranked" else 1)
    if poll.method == "single" and len(chosen) > 1:
        raise UserError(mark("Choose one candidate only in this poll."))
    return chosen


# ---- looking, and looking after ----


@command("poll results", home=mark("The newest poll"), example="poll results")
def poll_results(ctx: Context, poll: Which = None) -> Message:
    """Show a poll: how many have voted, or the result with its count."""
    if poll is None:
        club = club_of(ctx)
        newest = polls.of_club(ctx.db, club, limit=1) if club is not None else []
        return poll_message(ctx, newest[0] if newest else the_poll(ctx, None))
    return poll_message(ctx, the_poll(ctx, poll))


@command("poll list")
def poll_list(ctx: Context) -> Message:
    """List the club's polls."""
    club = club_of(ctx)
    found = polls.of_club(ctx.db, club, limit=10) if club is not None else []
    if not found:
        raise UserError(mark("There was no poll yet. Start one with “poll start”."))
    lines = [_row(ctx, poll) for poll in found]
    menu = tuple(Button(f"{p.id} · {p.question}", f"poll results {p.id}") for p in found[:5])
    return Message((Text((line(bold(ctx.t("Polls"))), *lines)),), buttons=menu)


def _row(ctx: Context, poll: Poll) -> Line:
    states = {
        "nominating": mark("nominations are open"), "open": mark("open"), "closed": mark("closed"),
        "cancelled": mark("cancelled"),
    }  # fmt: skip
    voted = ctx.tn("{n} has voted", "{n} have voted", polls.count_ballots(ctx.db, poll.id))
    return line(f"{poll.id} · ", bold(poll.question), f" · {ctx.t(states[poll.state])} · {voted}")


@command("poll extend", writes=True, example="poll extend until:sunday")
def poll_extend(
    ctx: Context,
    until: Annotated[str, Arg("the new close: “friday 18:00”, “2 days”", rest=True)],
    poll: Which = None,
) -> Message:
    """Let a poll run longer."""
    found = _mine(ctx, poll)
    later = parse_moment(until, ctx.now, found.zone, said=ctx.said, at=_EVENING)
    if later <= found.closes_at:
        raise UserError(mark("That is not later than now planned. To close earlier, say “poll edit”."))
    polls.change(ctx.db, found.id, closes_at=later)
    polls.tell_anew(ctx.db, found.id, ctx.now)
    return _saying(ctx, found, ctx.t("The poll runs longer."))


@command("poll edit", writes=True, example="poll edit closes:tomorrow")
def poll_edit(
    ctx: Context,
    poll: Which = None,
    closes: Annotated[str | None, Arg("another close, an hour ahead at least")] = None,
    nominations: Annotated[str | None, Arg("another end of the nominations")] = None,
    add: Annotated[str | None, Arg("more candidates, while nobody has voted")] = None,
    question: Annotated[str | None, Arg("another question, while nobody has voted")] = None,
) -> Message:
    """Change a running poll, where that is fair."""
    found = _mine(ctx, poll)
    if not (closes or nominations or add or question):
        raise UserError(
            mark("Say what to change. “help {command}” tells what can be changed."), command="poll edit",
            buttons=(Button(mark("Help"), "help poll edit"),),
        )  # fmt: skip
    voted = polls.count_ballots(ctx.db, found.id)
    if (add or question) and voted:
        raise UserError(mark("Somebody has voted already: what they voted on can't change any more."))
    if nominations and (found.state != "nominating" or (found.opens_at or ctx.now) <= ctx.now):
        raise UserError(mark("Nominations are closed."))
    opening = parse_moment(nominations, ctx.now, found.zone, said=ctx.said, at=_EVENING) if nominations else None
    closing = parse_moment(closes, ctx.now, found.zone, said=ctx.said, at=_EVENING) if closes else found.closes_at
    if closes and closing < ctx.now + timedelta(minutes=59):
        raise UserError(mark("Leave those who have not voted an hour at least."))
    _check_times(ctx.now, opening or (found.opens_at if found.state == "nominating" else None), closing)
    polls.change(
        ctx.db, found.id, closes_at=closing, opens_at=opening or found.opens_at,
        question=(question or found.question)[:200],
    )  # fmt: skip
    if add:
        more = draw(ctx.db, ctx.knowledge, ctx.me.club, add)
        if len(polls.candidates_of(ctx.db, found.id)) + len(more) > MOST:
            raise UserError(mark("A poll takes at most {most} candidates."), most=MOST)
        nominate(ctx.db, found, more, ctx.me.id, ctx.now)
    polls.tell_anew(ctx.db, found.id, ctx.now)
    return _saying(ctx, found, ctx.t("The poll is changed."))


@command("poll cancel", writes=True)
def poll_cancel(ctx: Context, poll: Which = None) -> Message:
    """Call a poll off; its ballots are thrown away unread."""
    found = _mine(ctx, poll)
    polls.change(ctx.db, found.id, state="cancelled", closed_at=ctx.now, seal=None)
    return _saying(ctx, found, ctx.t("The poll is cancelled."))


def _mine(ctx: Context, number: int | None) -> Poll:
    """The poll, for its creator or an admin, locked."""
    found = polls.get(ctx.db, the_poll(ctx, number).id, lock=True)
    if found is None:
        raise LookupError(f"poll {number} vanished")
    may_change(ctx, found)
    return found


@command("poll remind", writes=True, example="poll remind on")
def poll_remind(
    ctx: Context,
    me: Annotated[Literal["on", "off"] | None, Arg("whether you want to be reminded of polls")] = None,
    poll: Which = None,
) -> Message:
    """Be reminded of polls; or, if a poll is yours, remind those who asked for it and have not voted.

    Everybody is reminded once a poll at most.
    """
    if me is not None:
        polls.want_reminders(ctx.db, ctx.me.id, me == "on", ctx.now)
        said = ctx.t("You are reminded of polls.") if me == "on" else ctx.t("You are not reminded of polls any more.")
        return Message((Text((line(said),)),))
    found = _mine(ctx, poll)
    if found.state != "open":
        raise UserError(mark("Poll {number} takes no votes now."), number=found.id)
    told = _remind(ctx, found, polls.missing(ctx.db, found))
    said = ctx.tn("{n} member is reminded.", "{n} members are reminded.", told)
    return Message((Text((line(said),)),))


def _remind(ctx: Context, poll: Poll, who: Sequence[int]) -> int:
    said = Said(f"poll:{poll.id}:remind", f"poll-reminder {poll.id}")
    return sum(tell_member(ctx.db, poll, member, said, ctx.now) for member in who)


# ---- the clock ----


@job()
def polls_due(ctx: JobContext) -> Sequence[Step]:
    """Polls that open or close by now, also after a time of standstill."""
    due = polls.due(ctx.db, ctx.now)
    return [Step(f"poll {n}", partial(_advance, number=n)) for n in due]


def _advance(ctx: JobContext, number: int) -> None:
    advance(ctx.db, number, ctx.now)
