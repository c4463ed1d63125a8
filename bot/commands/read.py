"""`read`, `reading`, `save`, `skip`: how far a member is with a resource."""

from collections.abc import Callable, Sequence
from typing import Annotated

from bot.cards import headline, short_card
from bot.command import Arg, Context, command
from bot.language import Msgid, mark
from bot.message import Button, Line, Message, Part, Text, bold, line
from bot.standing import PASSES
from storage import journal, notes, readings
from storage.readings import Reading
from storage.records import Resource

_MANY = "one or several: 12 14 20-25"
_LONGEST_NOTE = 1500


@command("read", writes=True, example="read 12 pass:2")
def read_(
    ctx: Context,
    resources: Annotated[tuple[Resource, ...], Arg(_MANY, rest=True)],
    pass_: Annotated[int | None, Arg("1 overview, 2 grasp, 3 in depth", minimum=1, maximum=3)] = None,
    rating: Annotated[int | None, Arg("how good it was, 1 to 5", minimum=1, maximum=5)] = None,
    note: Annotated[str | None, Arg("a note, for you alone unless you share it", rest=True)] = None,
) -> Message:
    """Mark as read, with the pass you finished, a rating and a note.

    The passes are Keshav's: the first gives an overview, the second a grasp, the third goes in depth.
    """
    changed = _changed(ctx, resources, lambda reading: reading.read(pass_, rating, ctx.now))
    if note:
        for resource in resources:
            notes.add(ctx.db, ctx.me.id, resource.number, note[:_LONGEST_NOTE], ctx.now)
    reached = changed[0].passes
    said = _said(ctx, mark("✓ You read {what}."), resources)
    about = [ctx.t(PASSES[reached])] if len({reading.passes for reading in changed}) == 1 else []
    about += ["★" * rating] if rating else []
    about += [ctx.t("note kept")] if note else []
    deeper: tuple[Button, ...] = ()
    if len(resources) == 1:
        deeper = tuple(
            Button(ctx.t(PASSES[depth]).capitalize(), f"read {resources[0].number} pass:{depth}")
            for depth in (1, 2, 3)
            if depth != reached
        )
    return _answer(ctx, (said, line(" · ".join(about))), resources, deeper)


@command("read-form", writes=True, hidden=True, form=("pass", "rating", "note"))
def read_form(
    ctx: Context,
    resource: Annotated[Resource, Arg("number, arXiv id, link or title")],
    pass_: Annotated[int | None, Arg("1 overview, 2 grasp, 3 in depth", minimum=1, maximum=3)] = None,
    rating: Annotated[int | None, Arg("how good it was, 1 to 5", minimum=1, maximum=5)] = None,
    note: Annotated[str | None, Arg("a note, for you alone unless you share it")] = None,
) -> Message:
    """What did you read?"""
    return read_(ctx, (resource,), pass_, rating, note)


@command(writes=True, example="reading 12")
def reading(ctx: Context, resources: Annotated[tuple[Resource, ...], Arg(_MANY, rest=True)]) -> Message:
    """Mark as being read now."""
    _changed(ctx, resources, lambda reading: reading.begun(ctx.now))
    done = tuple(Button(ctx.t("Read"), f"read-form {r.number}", "primary") for r in resources[:1])
    return _answer(ctx, (_said(ctx, mark("📖 You are reading {what}."), resources),), resources, done)


@command(writes=True, example="save 12 14")
def save(ctx: Context, resources: Annotated[tuple[Resource, ...], Arg(_MANY, rest=True)]) -> Message:
    """Put on your reading list."""
    _changed(ctx, resources, lambda reading: reading.saved(ctx.now))
    return _answer(ctx, (_said(ctx, mark("🔖 On your list: {what}."), resources),), resources)


@command(writes=True, example="skip 12")
def skip(ctx: Context, resources: Annotated[tuple[Resource, ...], Arg(_MANY, rest=True)]) -> Message:
    """Leave it out: it is not recommended to you again."""
    _changed(ctx, resources, lambda reading: reading.skipped(ctx.now))
    return _answer(ctx, (_said(ctx, mark("You skip {what}."), resources),), resources)


@command(writes=True, hidden=True)
def unmark(ctx: Context, resources: Annotated[tuple[Resource, ...], Arg(_MANY, rest=True)]) -> Message:
    """Take off your list, as if you had never marked it."""
    numbers = [resource.number for resource in resources]
    journal.note_before(ctx.db, ctx.me.id, ctx.now, numbers=numbers)
    readings.drop(ctx.db, ctx.me.id, numbers)
    return _answer(ctx, (_said(ctx, mark("Off your list: {what}."), resources),), resources)


def _changed(ctx: Context, resources: Sequence[Resource], change: Callable[[Reading], Reading]) -> list[Reading]:
    numbers = [resource.number for resource in resources]
    journal.note_before(ctx.db, ctx.me.id, ctx.now, numbers=numbers)
    known = readings.find(ctx.db, ctx.me.id, numbers)
    changed = [change(known.get(number, Reading(ctx.me.id, number, ctx.now))) for number in dict.fromkeys(numbers)]
    readings.put(ctx.db, changed)
    return changed


def _said(ctx: Context, sentence: Msgid, resources: Sequence[Resource]) -> Line:
    if len(resources) == 1:
        return ctx.translator.line(sentence, what=bold(headline(ctx, resources[0])[0]))
    counted = ctx.tn("{n} resource", "{n} resources", len(resources))
    return ctx.translator.line(sentence, what=bold(counted))


def _answer(
    ctx: Context, said: tuple[Line, ...], resources: Sequence[Resource], buttons: tuple[Button, ...] = ()
) -> Message:
    parts: list[Part] = [Text(tuple(x for x in said if x and x[0].text))]
    if len(resources) == 1:
        parts.append(short_card(ctx, resources[0]))
    own = (Button(ctx.t("My list"), "mine"), Button(ctx.t("Undo"), "undo"))
    return Message(tuple(parts), buttons=(*buttons, *own), touched=tuple(r.number for r in resources))
