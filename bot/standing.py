"""What a club thinks of a resource and how far it is, said without giving away anybody who keeps to themselves."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from bot.command import Context
from bot.language import Msgid, mark
from bot.message import Button, Line, Span, bold, line
from storage import votes
from storage.clubs import find_club
from storage.notes import Note, takeaways
from storage.readings import Reader, find, readers
from storage.shown import naming
from storage.votes import Tally

FEW_VOTES = 2
FEW_READERS = 3
"""Fewer than this many nameless ones show as "at least one"; of a state that is nobody's business, sooner."""

SIGNS: Mapping[str, str] = {"up": "👍", "down": "👎", "want": "🙋", "present": "🎤"}

PASSES: Mapping[int, Msgid] = {1: mark("first pass"), 2: mark("second pass"), 3: mark("third pass")}
"""Keshav's passes: overview, grasp, in depth."""

STATE_NAMES: Mapping[str, Msgid] = {
    "to-read": mark("to read"),
    "reading": mark("reading"),
    "read": mark("read"),
    "skipped": mark("skipped"),
}

_LONGEST_TAKEAWAY = 300
_MOST_NAMES = 8


@dataclass(frozen=True)
class Standing:
    """One resource in one club: votes, readings and shared notes."""

    tally: Tally = field(default_factory=Tally)
    readers: tuple[Reader, ...] = ()
    takeaways: tuple[Note, ...] = ()


def club_of(ctx: Context) -> int | None:
    """The club that is spoken to, None before anybody changed anything there."""
    if ctx.member is not None:
        return ctx.member.club
    club = find_club(ctx.db, ctx.actor.platform, ctx.actor.space)
    return club.id if club else None


def tallies(ctx: Context, numbers: Collection[int]) -> dict[int, Tally]:
    """The club's votes on these resources."""
    club = club_of(ctx)
    return {} if club is None else votes.tallies(ctx.db, club, numbers)


def standing(ctx: Context, number: int) -> Standing:
    """All that the club has on one resource."""
    club = club_of(ctx)
    if club is None:
        return Standing()
    found = votes.tallies(ctx.db, club, [number]).get(number, Tally())
    return Standing(found, tuple(readers(ctx.db, club, [number])), tuple(takeaways(ctx.db, club, [number])))


def least(hidden: int, named: int, few: int) -> str:
    """A count where `hidden` of the counted show no name: "3", or "1+" where only few of them are there."""
    return f"{named + 1}+" if 0 < hidden < few else str(named + hidden)


def at_least(ctx: Context, hidden: int, few: int = FEW_READERS) -> str:
    """A count of nameless ones in words."""
    return ctx.t("at least one") if 0 < hidden < few else str(hidden)


def vote_count(tally: Tally, signal: str) -> str | None:
    """How many gave a signal, or None where nobody did."""
    count = tally.count(signal)
    named = len(tally.names.get(signal, ()))
    return least(count - named, named, FEW_VOTES) if count else None


def votes_line(tally: Tally, one: str = "1+") -> str:
    """The votes in short: "👍 4  🙋 2"; `one` is how "at least one" is said."""
    counts = ((sign, vote_count(tally, signal)) for signal, sign in SIGNS.items())
    return "  ".join(f"{sign} {one if count == '1+' else count}" for sign, count in counts if count)


def standing_lines(ctx: Context, found: Standing, number: int) -> list[Line]:
    """The lines of a full card: votes, presenters, readers, takeaways, and privately what the reader has on it."""
    lines = [line(votes_line(found.tally, ctx.t("at least one")))] if found.tally.counts else []
    if presenters := found.tally.names.get("present"):
        lines.append(line(ctx.lead("Would present it"), _names(ctx, presenters)))
    lines += _reader_lines(ctx, found.readers)
    lines += [_takeaway(ctx, note) for note in found.takeaways[-3:]]
    if len(found.takeaways) > 3:
        lines.append(line(ctx.tn("{n} more takeaway", "{n} more takeaways", len(found.takeaways) - 3)))
    return lines + own_lines(ctx, number)


def _names(ctx: Context, names: Sequence[str]) -> str:
    more = f" +{len(names) - _MOST_NAMES}" if len(names) > _MOST_NAMES else ""
    return ctx.listed(names[:_MOST_NAMES]) + more


def _takeaway(ctx: Context, note: Note) -> Line:
    text = note.text if len(note.text) <= _LONGEST_TAKEAWAY else note.text[: _LONGEST_TAKEAWAY - 1] + "…"
    source = (" ", Span("↗", url=note.link)) if note.link and note.link.startswith("https://") else ()
    return line("💬 ", bold(note.name + ctx.t(": ")), text, *source)


def _reader_lines(ctx: Context, found: Sequence[Reader]) -> list[Line]:
    read = [reader for reader in found if reader.state == "read"]
    lines = []
    if read:
        named = [f"{r.name}{ctx.aside(ctx.t(PASSES[r.passes]))}" for r in read if r.name]
        hidden = len(read) - len(named)
        count = [at_least(ctx, hidden)] if hidden else []
        who = [*([_names(ctx, named)] if named else []), *count]
        lines.append(line(ctx.lead("Read by"), " + ".join(who)))
    ratings = [r.rating for r in read if r.rating]
    if len(ratings) >= FEW_READERS:
        lines.append(line(ctx.lead("Rated"), f"★ {sum(ratings) / len(ratings):.1f}"))
    return lines


def own_lines(ctx: Context, number: int) -> list[Line]:
    """What the one who reads this has on the resource; nothing where everybody reads."""
    if ctx.public or ctx.member is None:
        return []
    signals = votes.given(ctx.db, ctx.member.id, [number]).get(number, set())
    words = [SIGNS[signal] for signal in votes.SIGNALS if signal in signals]
    if reading := find(ctx.db, ctx.member.id, [number]).get(number):
        words.append(ctx.t(STATE_NAMES[reading.state]))
        words += [ctx.t(PASSES[reading.passes])] if reading.passes else []
        words += ["★" * reading.rating] if reading.rating else []
    return [line(Span(ctx.t("You") + ctx.t(": ") + " · ".join(words), italic=True))] if words else []


def card_buttons(ctx: Context, number: int, shown_by: str) -> tuple[Button, ...]:
    """Votes and reading states; a press says `shown_by` again, so that the card it stands on is up to date."""
    where = on(ctx, shown_by)
    labels = (
        ("👍", f"vote {number} up"),
        ("👎", f"vote {number} down"),
        ("🙋 " + ctx.t("Want"), f"vote {number} want"),
        ("🎤 " + ctx.t("Present"), f"vote {number} present"),
        ("✓ " + ctx.t("Read"), f"read {number}"),
        ("🔖 " + ctx.t("Save"), f"save {number}"),
    )
    return tuple(Button(label, f"press {said} {where}") for label, said in labels)


def on(ctx: Context, shown_by: str) -> str:
    """The options of a pressed line that say where it was pressed: for everybody also whose card it is, and in what
    language."""
    quoted = shown_by.replace('"', "'")
    if not ctx.public:
        return f'on:"{quoted}"'
    return f'on:"{quoted}"{naming("by", ctx.actor.name)} language:{ctx.language}'
