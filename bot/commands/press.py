"""`press`: what a button on a card says, and the card again as it is afterwards."""

from dataclasses import replace
from typing import Annotated

from bot.command import Arg, Context, command
from bot.message import Message
from bot.sharing import in_language, shared


@command(writes=True, hidden=True)
def press(
    ctx: Context,
    what: Annotated[str, Arg("the line to say", rest=True)],
    on: Annotated[str, Arg("the line whose answer shows the card")] = "",
    by: Annotated[str, Arg("who shares the card with everybody")] = "",
    language: Annotated[str, Arg("the language of a card that everybody sees")] = "",
) -> Message:
    """Act on a card and show the card as it is now."""
    done = ctx.again(what, ctx)
    if done.error or not on:
        return done
    everybody = bool(language)
    card = shared(in_language(ctx, language), on, by) if everybody else ctx.again(on, replace(ctx, said=on))
    return replace(card, touched=done.touched)
