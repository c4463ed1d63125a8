"""`recommended`: what a member of the club thinks is good, where they show their name."""

from typing import Annotated

from bot.cards import short_cards
from bot.command import Arg, Context, command
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Message
from bot.pages import Page
from bot.standing import club_of
from storage import votes
from storage.clubs import find_member
from storage.resources import get_many


@command(hidden=True)
def recommended(
    ctx: Context,
    account: Annotated[str, Arg("the account of a member")],
    name: Annotated[str, Arg("their name", rest=True)] = "",
    page: Annotated[int, Arg("which page", minimum=1, maximum=10000)] = 1,
) -> Message:
    """Show what a member of the club voted for, newest first."""
    who = find_member(ctx.db, ctx.actor.platform, ctx.actor.space, account)
    open_ = who is not None and who.club == club_of(ctx) and (who.named or account == ctx.actor.member)
    found = votes.liked(ctx.db, who.id) if who is not None and open_ else []
    if not found:
        raise UserError(
            mark("{name} has recommended nothing here yet, or keeps it private."),
            name=name or (who.name if who and open_ else account),
            buttons=(Button(mark("Recommend"), "recommend us"), Button(mark("Most wanted"), "top")),
        )
    said = f"recommended {account} {name}".strip()
    view = Page(said, page, len(found))
    head = view.head(ctx, ctx.t("{name} recommends", name=name or (who.name if who else account)))
    shown = get_many(ctx.db, found[view.offset : view.offset + view.size])
    return Message((head, *short_cards(ctx, shown)), buttons=view.buttons(ctx), share="")
