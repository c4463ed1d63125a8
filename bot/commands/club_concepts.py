"""`club concepts`: what the club calls by several names, so that search finds it by each."""

import re
from typing import Annotated

from bot.command import Arg, Context, command
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Card, Message, Span, Text, bold, code, line
from storage import club_concepts
from storage.club_concepts import ClubConcept
from storage.search.analyse import slug

_MOST = 200
_MOST_NAMES = 12
_LONGEST = 80


@command("club concepts", admin=True, writes=True, example="club concepts MIG = multi-instance GPU")
def concepts(
    ctx: Context,
    names: Annotated[str | None, Arg("names of one thing, with = between them", rest=True)] = None,
    examples: Annotated[str | None, Arg("kinds and examples of it, separated by commas")] = None,
    remove: Annotated[int | None, Arg("the number of one to take away", minimum=1)] = None,
) -> Message:
    """Teach search the club's own words: names that mean the same, and examples.

    Whoever searches for one of the names finds the others too. Without names it shows what the club has taught.
    """
    if remove is not None:
        if not club_concepts.remove(ctx.db, ctx.me.club, remove):
            raise UserError(mark("The club has no concept with the number {number}."), number=remove, buttons=(_all(),))
        return _shown(ctx, ctx.t("Taken away."))
    if names is None:
        return _shown(ctx)
    said = _words("[=＝]" if re.search("[=＝]", names) else "[,，、;；]", names)
    narrower = _words(r"[,，、;；]", examples or "")
    if not said or (len(said) < 2 and not narrower):
        raise UserError(mark("Write at least two names with = between them, or one name and examples:…"))
    known = club_concepts.of_club(ctx.db, ctx.me.club)
    if any(set(one.names) == set(said) and set(one.narrower) == set(narrower) for one in known):
        return _shown(ctx, ctx.t("Search knows that already."))
    if len(known) >= _MOST:
        raise UserError(mark("The club has {most} concepts already; take one away first."), most=_MOST)
    club_concepts.add(ctx.db, ctx.me.club, said, narrower, ctx.now)
    return _shown(ctx, ctx.t("Search knows it from now on."))


def _words(separator: str, text: str) -> tuple[str, ...]:
    """The distinct names of a text, what says nothing left out. Raises UserError when one is too long, or too many."""
    parts = [" ".join(part.split()) for part in re.split(separator, text)]
    found = {slug(part): part for part in parts if slug(part)}
    if len(found) > _MOST_NAMES:
        raise UserError(mark("Those are more than {most} names for one thing."), most=_MOST_NAMES)
    if any(len(part) > _LONGEST for part in found.values()):
        raise UserError(mark("A name has at most {longest} characters."), longest=_LONGEST)
    return tuple(found.values())


def _all() -> Button:
    return Button(mark("The club's concepts"), "club concepts")


def _shown(ctx: Context, said: str | None = None) -> Message:
    own = club_concepts.of_club(ctx.db, ctx.me.club)
    lines = [line(said)] if said else []
    lines.append(line(bold(ctx.tn("{n} concept of the club's own", "{n} concepts of the club's own", len(own)))))
    if not own:
        lines.append(line(ctx.lead("Add one"), code(f"{ctx.prefix}club concepts MIG = multi-instance GPU")))
    return Message((Text(tuple(lines)), *(_card(ctx, one) for one in reversed(own[-10:]))))


def _card(ctx: Context, one: ClubConcept) -> Card:
    examples = line(Span(ctx.t("Examples: {words}", words=ctx.listed(one.narrower)), italic=True))
    return Card(
        title=line(" = ".join(one.names)),
        facts=(examples,) if one.narrower else (),
        buttons=(Button(ctx.t("Take away"), f"club concepts remove:{one.id}"),),
    )
