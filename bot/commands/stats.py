"""`stats`: calm numbers and a picture of what was read."""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from bot.cards import headline
from bot.command import Arg, Context, command
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Image, Line, Message, Part, Text, bold, line
from bot.paper import local_today
from bot.pictures import Bars, draw_bars
from bot.standing import FEW_READERS, PASSES, club_of, vote_count
from bot.topics import topic_name
from storage import votes
from storage.clubs import has_leaderboard
from storage.readings import Reader, member_readings, readers
from storage.resources import get_many

_SPANS = {"month": timedelta(days=28), "quarter": timedelta(days=91), "year": timedelta(days=364)}
_BUCKETS = {"month": 4, "quarter": 13, "year": 13}
_MOST = 5


@command(example="stats club")
def stats(
    ctx: Context,
    whose: Annotated[Literal["me", "club"], Arg("yours or the club's")] = "me",
    period: Annotated[Literal["month", "quarter", "year"], Arg("how far back")] = "quarter",
) -> Message:
    """Show what was read over time, by pass and topic, with a picture.

    The club's numbers name nobody; where only few have read, one bar of height one stands for “at least one”.
    """
    since = ctx.now - _SPANS[period]
    found = [x for x in _read(ctx, whose) if x.read_at is not None and x.read_at >= since]
    wanted = _most_wanted(ctx) if whose == "club" else []
    if not found and not wanted:
        raise UserError(
            mark("Nothing was marked as read in that time."),
            buttons=(Button(mark("My list"), "mine"), Button(mark("Recommend"), "recommend")),
        )
    numbers = [*_numbers(ctx, found, whose), *wanted, *_contest(ctx, found, whose)]
    parts: list[Part] = [Text((line(bold(_title(ctx, whose, period))), *numbers))]
    if found:
        parts.append(_picture(ctx, found, whose, period, since))
    other = ("club", mark("The club's")) if whose == "me" else ("me", mark("Mine"))
    spans = tuple(Button(ctx.t(_NAMES[span]), f"stats {whose} {span}") for span in _SPANS if span != period)
    buttons = (Button(ctx.t(other[1]), f"stats {other[0]} {period}"), *spans)
    return Message(tuple(parts), buttons=buttons, share="" if whose == "me" else None)


_NAMES = {"month": mark("Four weeks"), "quarter": mark("Three months"), "year": mark("A year")}


def _title(ctx: Context, whose: str, period: str) -> str:
    name = ctx.t("Your reading") if whose == "me" else ctx.t("The club's reading")
    return f"{name} · {ctx.t(_NAMES[period])}"


def _read(ctx: Context, whose: str) -> list[Reader]:
    club = club_of(ctx)
    if club is None:
        return []
    everybody = readers(ctx.db, club)
    if whose == "club":
        return everybody
    return [reader for reader in everybody if ctx.member is not None and reader.member == ctx.member.id]


def _hides(found: Sequence[Reader], whose: str) -> bool:
    """Whether too few nameless members stand behind a number to say it."""
    nameless = {reader.member for reader in found if reader.name is None}
    return whose == "club" and 0 < len(nameless) < FEW_READERS


def _count(ctx: Context, found: Sequence[Reader], whose: str) -> str:
    return ctx.t("at least one") if _hides(found, whose) else str(len(found))


def _numbers(ctx: Context, found: Sequence[Reader], whose: str) -> list[Line]:
    lines = []
    for depth, name in PASSES.items():
        if part := [reader for reader in found if reader.passes == depth]:
            lines.append(line(ctx.lead(name), _count(ctx, part, whose)))
    topics: dict[str, list[Reader]] = {}
    known = {r.number: r for r in get_many(ctx.db, sorted({reader.number for reader in found}))}
    for reader in found:
        resource = known.get(reader.number)
        for topic in {t.partition("/")[0] for t in resource.topics} if resource else ():
            topics.setdefault(topic, []).append(reader)
    ranked = sorted(topics.items(), key=lambda item: (-len({r.number for r in item[1]}), item[0]))[:_MOST]
    if ranked:
        tree = ctx.knowledge.topics
        said = [topic_name(tree, topic, ctx.language) + ctx.aside(_count(ctx, part, whose)) for topic, part in ranked]
        lines.append(line(ctx.lead("Topics"), ctx.listed(said)))
    return lines


def _most_wanted(ctx: Context) -> list[Line]:
    club = club_of(ctx)
    if club is None:
        return []
    numbers, _total = votes.top(ctx.db, club, "want", None, None, limit=_MOST, offset=0)
    tallies = votes.tallies(ctx.db, club, numbers)
    rows = [
        line(f"🙋 {vote_count(tallies[r.number], 'want')} #{r.number} {headline(ctx, r)[0]}")
        for r in get_many(ctx.db, numbers)
        if r.number in tallies
    ]
    return [line(bold(ctx.t("Most wanted") + ":")), *rows] if rows else []


def _contest(ctx: Context, found: Sequence[Reader], whose: str) -> list[Line]:
    """One's streak, or who of those with a name read most; only in clubs that want to see it."""
    club = club_of(ctx)
    if club is None or not has_leaderboard(ctx.db, club):
        return []
    if whose == "me":
        return _streak(ctx)
    names = {reader.member: reader.name for reader in found if reader.name}
    counted = Counter(reader.member for reader in found if reader.name).most_common(_MOST)
    rows = [line(f"{place}. {names[member]} · {count}") for place, (member, count) in enumerate(counted, 1)]
    return [line(bold(ctx.t("Read most") + ":")), *rows] if rows else []


def _streak(ctx: Context) -> list[Line]:
    if ctx.member is None:
        return []
    zone = ctx.member.zone or ctx.actor.zone
    passes = [at for x in member_readings(ctx.db, ctx.member.id) for at in (x.first_at, x.second_at, x.third_at) if at]
    weeks = weeks_in_a_row([local_today(at, zone) for at in passes], local_today(ctx.now, zone))
    return [line(ctx.lead("Weeks in a row"), str(weeks))] if weeks > 1 else []


def weeks_in_a_row(days: Iterable[date], today: date) -> int:
    """How many weeks up to now, or up to the last one, have any of the days."""
    week = timedelta(days=7)
    weeks = {day - timedelta(days=day.weekday()) for day in days}
    last = today - timedelta(days=today.weekday())
    if last not in weeks:
        last -= week
    return next(n for n in itertools.count() if last - n * week not in weeks)


def _picture(ctx: Context, found: Sequence[Reader], whose: str, period: str, since: datetime) -> Image:
    count = _BUCKETS[period]
    width = _SPANS[period] / count
    stacks = {depth: [0] * count for depth in PASSES}
    for depth in PASSES:
        for bucket in range(count):
            start = since + bucket * width
            last = bucket == count - 1
            part = [
                r
                for r in found
                if r.passes == depth and r.read_at and start <= r.read_at and (last or r.read_at < start + width)
            ]
            stacks[depth][bucket] = min(1, len(part)) if _hides(part, whose) else len(part)
    labels = [f"{since + bucket * width:%m-%d}" for bucket in range(count)]
    bars = Bars(
        title=(_title(ctx, whose, period), f"{'Your' if whose == 'me' else 'Club'} reading"),
        labels=labels,
        stacks=[((ctx.t(PASSES[depth]), str(PASSES[depth])), heights) for depth, heights in stacks.items()],
    )
    weeks = [
        f"{label}: {sum(heights)}" for label, *heights in zip(labels, *stacks.values(), strict=True) if any(heights)
    ]
    alt = ctx.t("Bars of what was read, by week or month: {bars}", bars=ctx.listed(weeks))
    return Image(draw_bars(bars), alt, "reading.png")
