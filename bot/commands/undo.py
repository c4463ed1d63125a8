"""`undo`: take back the last change."""

from bot.cards import short_cards
from bot.command import Context, command
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Message, Text, line
from storage import journal, shown
from storage.resources import get_many


@command(writes=True)
def undo(ctx: Context) -> Message:
    """Take back your last vote, mark, note or setting; again, the one before."""
    numbers = journal.undo(ctx.db, ctx.me.id)
    if numbers is None:
        raise UserError(mark("There is nothing to undo."), buttons=(Button(mark("My list"), "mine"),))
    said = Text((line(ctx.t("↩ Taken back. It is again as it was.")),))
    cards = short_cards(ctx, get_many(ctx.db, numbers[:3]))
    touched = numbers or shown.marked_by(ctx.db, ctx.me.id)
    return Message((said, *cards), buttons=(Button(ctx.t("Undo more"), "undo"),), touched=tuple(touched))
