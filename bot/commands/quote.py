"""`quote`: keep a message of a discussion as a note, once its author agrees."""

from typing import Annotated, Literal

from bot.cards import headline
from bot.command import Arg, Context, command
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Message, Text, bold, line
from storage import journal, notes
from storage.notes import Request
from storage.records import Resource
from storage.resources import get_many

_LONGEST = 1500


@command(writes=True, public=True, hidden=True, form=("resource",))
def quote(
    ctx: Context,
    resource: Annotated[Resource, Arg("number, arXiv id, link or title")],
    author: Annotated[str, Arg("the account of who wrote the message")],
    text: Annotated[str, Arg("the message", rest=True)],
    name: Annotated[str, Arg("the name of who wrote it")] = "",
    link: Annotated[str | None, Arg("where the message stands")] = None,
) -> Message:
    """Ask the author of a message whether it may stand under a resource as a note."""
    text = text[:_LONGEST]
    title = bold(f"#{resource.number} {headline(ctx, resource)[0]}")
    if author == ctx.actor.member:
        journal.note_before(ctx.db, ctx.me.id, ctx.now, numbers=[resource.number])
        notes.add(ctx.db, ctx.me.id, resource.number, text, ctx.now, shared=True, link=link)
        kept = ctx.translator.line(mark("Your message now stands under {title}."), title=title)
        return Message((Text((kept,)),), touched=(resource.number,))
    asked = Request(0, ctx.actor.platform, ctx.actor.space, author, resource.number, text, link, ctx.me.id, ctx.now)
    made = notes.ask(ctx.db, asked)
    who = bold(name or ctx.t("the author"))
    words = mark("{asker} would like to keep a message of {author} under {title}. {author} decides:")
    question = ctx.translator.line(words, asker=bold(ctx.actor.name), author=who, title=title)
    buttons = (
        Button(ctx.t("Yes, with my name"), f"consent {made} yes", "primary"),
        Button(ctx.t("No"), f"consent {made} no"),
    )
    return Message((Text((question,)),), buttons=buttons)


@command(writes=True, hidden=True)
def consent(
    ctx: Context,
    request: Annotated[int, Arg("which question", minimum=1)],
    decision: Annotated[Literal["yes", "no"], Arg("whether your message may be kept")],
) -> Message:
    """Decide whether your message may be kept as a note."""
    found = notes.answer(ctx.db, request, ctx.actor.platform, ctx.actor.space, ctx.actor.member)
    if found is None:
        raise UserError(mark("Only the author of the message can decide that, and only once."))
    if decision == "no":
        return Message((Text((line(ctx.t("The message is not kept.")),)),))
    journal.note_before(ctx.db, ctx.me.id, ctx.now, numbers=[found.number])
    notes.add(ctx.db, ctx.me.id, found.number, found.text, ctx.now, shared=True, link=found.link)
    title = next((headline(ctx, r)[0] for r in get_many(ctx.db, [found.number])), "")
    kept = ctx.translator.line(mark("Your message now stands under {title}."), title=bold(f"#{found.number} {title}"))
    buttons = (Button(ctx.t("Undo"), "undo"), Button(ctx.t("My notes"), "notes"))
    return Message((Text((kept,)),), buttons=buttons, touched=(found.number,))
