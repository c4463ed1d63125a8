"""`top`: what the club finds best, wants to read or would present."""

from datetime import timedelta
from typing import Annotated, Literal

from bot.cards import short_cards
from bot.command import Arg, Context, command
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Message
from bot.pages import Page
from bot.standing import club_of
from bot.topics import resolve_topic
from storage import votes
from storage.resources import get_many

_SPANS = {"week": timedelta(days=7), "month": timedelta(days=30), "all": None}
_HEADS = {
    "up": mark("Found good"),
    "want": mark("To be read together"),
    "present": mark("Somebody would present it"),
    "down": mark("Found not so good"),
}


@command(example="top month want")
def top(
    ctx: Context,
    period: Annotated[Literal["week", "month", "all"], Arg("votes of the last 7 or 30 days, or all")] = "all",
    topic: Annotated[str | None, Arg("a topic in English or Chinese", rest=True, complete="topic")] = None,
    signal: Annotated[Literal["up", "want", "present", "down"], Arg("which votes count")] = "up",
    page: Annotated[int, Arg("which page", minimum=1, maximum=10000)] = 1,
) -> Message:
    """Show what the club votes for."""
    found_topic = resolve_topic(ctx.knowledge.topics, topic).id if topic else None
    said = " ".join(filter(None, ["top", period, f"topic:{found_topic}" if found_topic else "", f"signal:{signal}"]))
    view = Page(said, page, 0)
    span = _SPANS[period]
    since = ctx.now - span if span else None
    club = club_of(ctx)
    numbers: list[int] = []
    total = 0
    if club is not None:
        numbers, total = votes.top(ctx.db, club, signal, since, found_topic, limit=view.size, offset=view.offset)
    if not total:
        raise UserError(
            mark("Nobody has voted like that yet. Find something and press 👍 or “Want”."),
            buttons=(Button(mark("Recommend"), "recommend"), Button(mark("Browse"), "browse")),
        )
    view = Page(said, page, total)
    others = tuple(
        Button(ctx.t(_HEADS[other]), said.replace(f"signal:{signal}", f"signal:{other}"))
        for other in ("up", "want", "present")
        if other != signal
    )
    head = view.head(ctx, f"{ctx.t(_HEADS[signal])} · " + ctx.tn("{n} resource", "{n} resources", total))
    return Message((head, *short_cards(ctx, get_many(ctx.db, numbers))), buttons=(*view.buttons(ctx), *others))
