"""`vote`: four signals on a resource; the same one again takes it back."""

from typing import Annotated, Literal

from bot.cards import headline, short_card
from bot.command import Arg, Context, command
from bot.language import mark
from bot.message import Button, Message, Text, bold
from bot.standing import SIGNS
from storage import journal, votes
from storage.records import Resource

_GIVEN = {
    "up": mark("{sign} You find {title} good."),
    "down": mark("{sign} You find {title} not so good."),
    "want": mark("{sign} You want to read {title} together."),
    "present": mark("{sign} You would present {title}."),
}


@command(writes=True, example="vote 12 want")
def vote(
    ctx: Context,
    resource: Annotated[Resource, Arg("number, arXiv id, link or title")],
    signal: Annotated[Literal["up", "down", "want", "present", "clear"], Arg("what you think of it")],
) -> Message:
    """Say that a resource is good or not, that you want to read it together or would present it.

    The same signal again takes it back; “clear” takes all back. Others see counts, and your name only if you show it.
    """
    journal.note_before(ctx.db, ctx.me.id, ctx.now, numbers=[resource.number])
    title = bold(headline(ctx, resource)[0])
    if signal == "clear":
        votes.clear(ctx.db, ctx.me.id, resource.number)
        said = ctx.translator.line(mark("You have no vote on {title} any more."), title=title)
    elif votes.toggle(ctx.db, ctx.me.id, resource.number, signal, ctx.now):
        said = ctx.translator.line(_GIVEN[signal], sign=SIGNS[signal], title=title)
    else:
        said = ctx.translator.line(mark("{sign} Taken back on {title}."), sign=SIGNS[signal], title=title)
    undo = Button(ctx.t("Undo"), "undo")
    return Message((Text((said,)), short_card(ctx, resource)), buttons=(undo,), touched=(resource.number,))
