"""`share`: what a private answer showed, said in the channel."""

from dataclasses import replace
from typing import Annotated

from bot.command import Arg, Context, command
from bot.message import Message
from bot.sharing import shared


@command(public=True, hidden=True)
def share(
    ctx: Context,
    what: Annotated[str, Arg("the line whose answer everybody shall see", rest=True)],
    sharer: Annotated[str, Arg("who shares the card with everybody")] = "",
) -> Message:
    """Show an answer to the whole channel."""
    return replace(shared(ctx, what, ctx.actor.name or sharer), public=True)
