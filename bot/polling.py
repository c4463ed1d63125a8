"""Polls: how one looks while it runs and when it is counted, and the private ballot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.ballots import MOST_STARS, Ballot, Election, count
from bot.command import Context
from bot.errors import UserError
from bot.language import Msgid, mark
from bot.message import Button, Choice, Image, Line, Message, Part, Span, Text, bold, line, link
from bot.nominating import nominate, stand_ins
from bot.owing import Said, tell_channel
from bot.paper import instant_line
from bot.pictures import Counts, draw_counts
from bot.standing import club_of
from storage import Connection, autopilots, polls, votes
from storage.polls import Candidate, Poll
from storage.resources import get_many

FEW_BALLOTS = 3
"""Fewer secret ballots than this are not shown in numbers: they would tell who chose what."""

METHOD_WORDS: Mapping[str, Msgid] = {
    "approval": mark("approval: choose all that you like"),
    "single": mark("single choice"),
    "ranked": mark("ranked: press in the order of your liking"),
    "star": mark("STAR: 0 to 5 stars each"),
}
_TIES: Mapping[str, Msgid] = {
    "wants": mark("more members want to read it"),
    "nominated": mark("it was nominated first"),
    "preferred": mark("more ballots prefer it to the others of the tie"),
    "top": mark("it has more top marks"),
    "score": mark("it has the higher score"),
}
_LEAVES: Mapping[str, Msgid] = {
    "wants": mark("fewest members want to read {name}"),
    "nominated": mark("{name} was nominated last"),
}
"""What ended a tie of those with the fewest votes, one of whom leaves."""
_CHART_WORDS: Mapping[str, Msgid] = {
    "approval": mark("Votes"), "single": mark("Votes"), "ranked": mark("First choices"), "star": mark("Stars"),
}  # fmt: skip
RULE = mark(
    "Ties: the candidate that most members want to read wins, then the one nominated first; "
    "STAR asks its own scores before that."
)


# ---- finding a poll ----


def the_poll(ctx: Context, number: int | None, states: Sequence[str] = polls.RUNNING) -> Poll:
    """The club's poll of that number, or else the only one in these states. Raises UserError."""
    club = club_of(ctx)
    if number is not None:
        found = polls.get(ctx.db, number)
        if found is None or found.club != club:
            raise UserError(mark("There is no poll {number} here."), number=number, buttons=_to_list())
        return found
    running = polls.of_club(ctx.db, club, states) if club is not None else []
    other = polls.of_club(ctx.db, club, polls.RUNNING, 1) if club is not None and not running else []
    if other and other[0].state == "open":
        raise UserError(mark("Nominations are closed."), buttons=_to_list())
    if other:
        raise UserError(mark("Poll {number} takes no votes now."), number=other[0].id, buttons=_results(other[0]))
    if not running:
        raise UserError(mark("No poll is running. Start one with “poll start”."), buttons=_to_list())
    if len(running) > 1:
        again = tuple(Button(f"{p.id} · {p.question}", f"{_said(ctx)} {p.id}") for p in running[:5])
        raise UserError(mark("Several polls are running. Which one do you mean?"), buttons=again)
    return running[0]


def _said(ctx: Context) -> str:
    """The two words of the command that was said."""
    return " ".join(ctx.said.removeprefix("/").removeprefix("paper ").split()[:2]) or "poll results"


def _to_list() -> tuple[Button, ...]:
    return (Button(mark("All polls"), "poll list"),)


def may_change(ctx: Context, poll: Poll) -> None:
    """Raises UserError unless the poll is the member's own or they are an admin, and it is not over."""
    if not (ctx.actor.admin or (ctx.member is not None and poll.creator == ctx.member.id)):
        raise UserError(mark("Only who started the poll, or an admin, can do that."))
    if not poll.running or poll.closes_at <= ctx.now:
        raise UserError(mark("Poll {number} is over."), number=poll.id, buttons=_results(poll))


def _results(poll: Poll) -> tuple[Button, ...]:
    return (Button(mark("Result"), f"poll results {poll.id}"),)


# ---- how a poll looks ----


def poll_message(ctx: Context, poll: Poll) -> Message:
    """A poll as it stands."""
    if poll.state == "closed":
        return result_message(ctx, poll)
    found = polls.candidates_of(ctx.db, poll.id)
    parts: list[Part] = [Text((_head(poll), *_facts(ctx, poll)))]
    if found:
        parts.append(Text(tuple(candidate_lines(ctx, found))))
        if any(c.stands_in for c in found):
            rule = ctx.t("Too few were nominated: what most members want, and what lists recommend, was added.")
            parts.append(Text((line(Span(rule, italic=True)),)))
    elif poll.state == "nominating":
        parts.append(Text((line(ctx.t("Nothing is nominated yet.")),)))
    if poll.live and poll.state == "open":
        parts += _live(ctx, poll, found)
    return Message(tuple(parts), buttons=_buttons(ctx, poll))


def _head(poll: Poll) -> Line:
    return line("📊 ", bold(poll.question), f" · {poll.id}")


def _facts(ctx: Context, poll: Poll) -> list[Line]:
    t = ctx.t
    if poll.state == "cancelled":
        return [line(t("This poll was cancelled."))]
    kind = t("secret ballots") if poll.secret else t("open ballots: names are shown")
    shown = t("counts are shown while it runs") if poll.live else t("the result comes when it closes")
    facts = [line(t(METHOD_WORDS[poll.method]), " · ", kind, " · ", shown)]
    if poll.winners > 1:
        facts.append(line(t("{n} will win", n=poll.winners)))
    if poll.state == "nominating":
        facts.append(instant_line(ctx.lead("Nominations until"), poll.opens_at, poll.zone, ctx.language))
    facts.append(instant_line(ctx.lead("Closes"), poll.closes_at, poll.zone, ctx.language))
    if poll.state == "open":
        facts.append(line("🗳 ", ctx.tn("{n} has voted", "{n} have voted", polls.count_ballots(ctx.db, poll.id))))
    return facts


def candidate_lines(ctx: Context, found: Sequence[Candidate]) -> list[Line]:
    """One line a candidate, with its number on the ballot."""
    urls = {r.number: r.url for r in get_many(ctx.db, [c.number for c in found])}
    return [line(f"{c.position}. ", link(c.title, urls.get(c.number)), f" (#{c.number})") for c in found]


def _live(ctx: Context, poll: Poll, found: Sequence[Candidate]) -> list[Part]:
    cast = polls.ballots_of(ctx.db, poll)
    if poll.secret and len(cast) < FEW_BALLOTS:
        return [Text((line(ctx.t("Counts are shown from {n} ballots on.", n=FEW_BALLOTS)),))]
    outcome = count(poll.method, _election(ctx.db, poll, found, cast), poll.winners)
    first = polls.as_result(outcome)["steps"][0]
    titles = {c.position: c.title for c in found}
    lines = [line(ctx.lead("So far"), _counted(first["counts"], titles))]
    return [Text((*lines, *([] if poll.secret else _named(ctx, poll, titles))))]


def _named(ctx: Context, poll: Poll, titles: Mapping[int, str]) -> list[Line]:
    named = polls.named_ballots(ctx.db, poll)
    return [line(f"• {name}", ctx.t(": "), marks_words(ctx, poll, marks, titles)) for name, marks in named]


def marks_words(ctx: Context, poll: Poll, marks: Ballot, titles: Mapping[int, str]) -> str:
    """A ballot in words."""
    if poll.method == "star":
        return ctx.listed(f"{_short(titles.get(c, '?'))} {stars}★" for c, stars in sorted(marks.items())) or "–"
    ranked = sorted(marks, key=lambda c: (marks[c], c))
    return (" > " if poll.method == "ranked" else ctx.t(", ")).join(_short(titles.get(c, "?")) for c in ranked) or "–"


def _short(title: str) -> str:
    return title if len(title) <= 50 else title[:49].rstrip() + "…"


def _brief(title: str) -> str:
    """A title as people say it: the name before its colon, or its first words."""
    name = title.partition(":")[0].strip()
    return name if 1 < len(name) <= 24 else name[:23].rstrip() + "…"


def _ascii(text: str) -> str:
    return text.encode("ascii", "ignore").decode().strip()


def _counted(counts: Sequence[Sequence[int]], titles: Mapping[int, str]) -> str:
    ranked = sorted(counts, key=lambda row: -row[1])
    return " · ".join(f"{_brief(titles.get(c, '?'))} {n}" for c, n in ranked)


def _buttons(ctx: Context, poll: Poll) -> tuple[Button, ...]:
    t = ctx.t
    if poll.state == "nominating":
        return (Button(t("Nominate"), f"poll nominate poll:{poll.id}", "primary"),)
    if poll.state == "open":
        remind = Button(t("Remind me of polls"), "poll remind on")
        return (Button(t("Vote"), f"poll vote {poll.id}", "primary"), remind)
    return ()


def nominations_message(ctx: Context, poll: Poll) -> Message:
    """The card that asked for nominations: once they are closed, what was nominated."""
    if poll.state == "nominating":
        return poll_message(ctx, poll)
    found = polls.candidates_of(ctx.db, poll.id)
    lines = (_head(poll), line(ctx.t("Nominations are closed.")), *candidate_lines(ctx, found))
    return Message((Text(lines),), buttons=_buttons(ctx, poll))


# ---- the private ballot ----


def ballot_message(ctx: Context, poll: Poll, said: str | None = None) -> Message:
    """A member's own ballot, for their eyes only; every press is kept at once."""
    found = polls.candidates_of(ctx.db, poll.id)
    marks = polls.ballot_of(ctx.db, poll, ctx.me.id)
    who = ctx.t("Nobody else sees your ballot.") if poll.secret else ctx.t("This is an open poll: your name is shown.")
    head = [line(said)] if said else []
    head += [
        _head(poll),
        line(ctx.t(METHOD_WORDS[poll.method])),
        line(Span(ctx.translator.after(who, ctx.t("You can change it until the poll closes.")), italic=True)),
    ]
    titles = {c.position: c.title for c in found}
    state = ctx.t("You have not voted yet.") if marks is None else ""
    chosen = line(ctx.lead("Your ballot"), marks_words(ctx, poll, marks or {}, titles) if marks else "–")
    body = [line(state) if state else chosen, *candidate_lines(ctx, found)]
    return Message((Text(tuple(head)), Text(tuple(body))), buttons=_marking(ctx, poll, found, marks or {}), share="")


def _marking(ctx: Context, poll: Poll, found: Sequence[Candidate], marks: Ballot) -> tuple[Button | Choice, ...]:
    made: list[Button | Choice] = []
    for c in found:
        if poll.method == "star":
            given = f" · {marks[c.position]}★" if c.position in marks else ""
            stars = range(MOST_STARS, -1, -1)
            options = tuple(("★" * n or "0", f"ballot {poll.id} mark {c.position} {n}") for n in stars)
            made.append(Choice(f"{c.position}. {c.title[:50]}{given}", options))
        elif c.position in marks:
            sign = f"{marks[c.position]}." if poll.method == "ranked" else "✓"
            made.append(Button(f"{sign} {_short(c.title)}", f"ballot {poll.id} unmark {c.position}", "primary"))
        else:
            made.append(Button(f"{c.position}. {_short(c.title)}", f"ballot {poll.id} mark {c.position}"))
    if marks:
        made.append(Button(ctx.t("Clear"), f"ballot {poll.id} clear", "danger"))
    return tuple(made)


# ---- opening and counting ----


def announce(db: Connection, poll: Poll, now: datetime) -> None:
    """Owe the poll's channel its card."""
    what = "nominate" if poll.state == "nominating" else "open"
    tell_channel(db, poll, Said(f"poll:{poll.id}:{what}", f"poll {poll.id} {what}"), now)


def advance(db: Connection, number: int, now: datetime) -> None:
    """Open or count a poll whose time has come; does nothing when another process was faster."""
    poll = polls.get(db, number, lock=True)
    if poll is None or not poll.running:
        return
    if poll.state == "nominating" and poll.opens_at is not None and poll.opens_at <= now:
        nominated = [c.number for c in polls.candidates_of(db, poll.id)]
        if len(nominated) < 2:  # rule: the club's wishes, then the lists, stand in for what was not nominated
            nominate(db, poll, stand_ins(db, poll.club, nominated), None, now)
        polls.change(db, poll.id, state="open")
        poll = polls.get(db, number) or poll
        if poll.closes_at > now and polls.candidates_of(db, poll.id):
            announce(db, poll, now)
    if poll.closes_at <= now:
        tally(db, poll, now)


def tally(db: Connection, poll: Poll, now: datetime) -> None:
    """Count a poll, keep the account, and owe its channel the result."""
    found = polls.candidates_of(db, poll.id)
    cast = polls.ballots_of(db, poll)
    enough = len(cast) >= poll.quorum
    result: dict[str, Any] = {"ballots": len(cast), "quorum": enough, "winners": [], "steps": []}
    if found:
        election = _election(db, poll, found, cast if enough else [])
        result |= polls.as_result(count(poll.method, election, poll.winners))
    polls.close(db, poll, result, now)
    tell_channel(db, poll, Said(f"poll:{poll.id}:result", f"poll {poll.id}"), now)


def _election(db: Connection, poll: Poll, found: Sequence[Candidate], cast: Sequence[Ballot]) -> Election:
    voted = votes.tallies(db, poll.club, [c.number for c in found])
    wants = {c.position: voted[c.number].count("want") for c in found if c.number in voted}
    first: dict[int, int] = {}
    same = {c.position: first.setdefault(c.number, c.position) for c in found}
    return Election(list(first.values()), [_as_one(poll.method, marks, same) for marks in cast], wants)


def _as_one(method: str, marks: Ballot, same: Mapping[int, int]) -> Ballot:
    """A ballot with candidates that turned out to be one work since as one, which has the better of their marks."""
    better = min if method == "ranked" else max
    united: dict[int, int] = {}
    for position, given in marks.items():
        kept = same.get(position, position)
        united[kept] = better(given, united.get(kept, given))
    return united


# ---- the result ----


@dataclass(frozen=True)
class Counted:
    """A closed poll with what is needed to tell its count."""

    poll: Poll
    found: Sequence[Candidate]
    result: Mapping[str, Any]

    @property
    def titles(self) -> dict[int, str]:
        """Titles by number on the ballot."""
        return {c.position: c.title for c in self.found}

    @property
    def few(self) -> bool:
        """Whether numbers would tell who chose what."""
        return self.poll.secret and 0 < self.result["ballots"] < FEW_BALLOTS and bool(self.result["quorum"])

    @property
    def winners(self) -> list[Candidate]:
        """Who won, best first."""
        by = {c.position: c for c in self.found}
        return [by[c] for c in self.result["winners"] if c in by]


def winners_of(db: Connection, poll: Poll) -> list[Candidate]:
    """Who won a closed poll, best first."""
    return Counted(poll, polls.candidates_of(db, poll.id), poll.result or {"winners": []}).winners


def result_message(ctx: Context, poll: Poll) -> Message:
    """The result of a closed poll: who won, a picture, and the account of the count."""
    counted = Counted(poll, polls.candidates_of(ctx.db, poll.id), poll.result or {})
    voted = ctx.tn("{n} has voted", "{n} have voted", counted.result["ballots"])
    head = [_head(poll), line(ctx.t("The poll is closed."), f" · {voted}")]
    if not counted.winners:
        return Message((Text((*head, line(ctx.t("Nothing was nominated, so nothing was chosen.")))),))
    titles = candidate_lines(ctx, counted.winners)
    head += [line("🏆 ", *spans) for spans in titles]
    parts: list[Part] = [Text(tuple(head))]
    if not counted.few:
        parts += _chart(ctx, counted)
    parts.append(Text(tuple(_account(ctx, counted))))
    if not poll.secret:
        parts.append(Text(tuple(_named(ctx, poll, counted.titles)) or (line("–"),)))
    buttons = [Button(ctx.t("Show"), f"show {counted.winners[0].number}")]
    if not autopilots.leads(ctx.db, poll.id):
        buttons.insert(0, Button(ctx.t("Plan the meeting"), f"meeting plan poll:{poll.id}", "primary"))
    return Message(tuple(parts), buttons=tuple(buttons))


def _chart(ctx: Context, counted: Counted) -> list[Part]:
    counts = counted.result["steps"][0]["counts"]
    if not counted.result["ballots"] or not counted.result["quorum"]:
        return []
    alt = ctx.t("Bars: {counts}", counts=_counted(counts, counted.titles))
    won = counted.result["winners"]
    labels = {c: f"{c}. {_brief(counted.titles.get(c, '?'))}" for c, _n in counts}
    rows = [((labels[c], _ascii(labels[c])), n, c in won) for c, n in sorted(counts, key=lambda row: -row[1])]
    words = _CHART_WORDS[counted.poll.method]
    return [Image(draw_counts(Counts((ctx.t(words), words), rows)), alt, "result.png")]


def _account(ctx: Context, counted: Counted) -> list[Line]:
    t = ctx.t
    lines = [line(bold(t("How it was counted")))]
    if not counted.result["quorum"]:
        few = t("Fewer than {n} voted, so what most members want to read was taken.", n=counted.poll.quorum)
        lines.append(line(few))
    if counted.few:
        hidden = t("So few voted that numbers would tell who chose what; they are not shown.")
        return [*lines, line(hidden), line(t(RULE))]
    steps = counted.result["steps"]
    for step, following in zip(steps, [*steps[1:], {"what": ""}], strict=True):
        lines += _step(ctx, step, counted.titles, leaving=following["what"] == "out")
    return [*lines, line(Span(t(RULE), italic=True))]


def _step(ctx: Context, step: Mapping[str, Any], titles: Mapping[int, str], *, leaving: bool) -> list[Line]:
    """What a step of the count says; after a tie of the last ones somebody is `leaving`."""
    t, what = ctx.t, step["what"]
    names = ctx.listed(_brief(titles.get(c, "?")) for c in step["candidates"])
    counts = _counted(step["counts"], titles)
    quiet = ctx.tn("{n} ballot says no more", "{n} ballots say no more", step["idle"])
    idle = f" · {quiet}" if step["idle"] else ""
    if what == "tally":
        return [line(ctx.lead("Round {n}", n=step["round"]), counts, idle)]
    if what == "scores":
        return [line(ctx.lead("Scores"), counts)]
    if what == "runoff":
        return [line(ctx.lead("Runoff of the best two"), counts, idle)]
    if what == "out":
        return [line("→ ", t("{name} leaves.", name=names))]
    if what == "tie":
        tied = ctx.listed(_brief(titles.get(c, "?")) for c, _n in step["counts"])
        if leaving:
            return [line("= ", t("Tie between {tied}: {why}.", tied=tied, why=t(_LEAVES[step["by"]], name=names)))]
        why = t(_TIES[step["by"]])
        return [line("= ", t("Tie between {tied}. The rule decided on {name}: {why}", tied=tied, name=names, why=why))]
    return [line("✓ ", t("{name} wins.", name=names))]
