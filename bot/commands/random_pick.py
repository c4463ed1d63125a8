"""`random`: something to read that nobody chose."""

import random as dice
from typing import Annotated

from bot.cards import short_card
from bot.command import Arg, Context, command
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Message
from bot.topics import resolve_topic
from storage.resources import Selection, get_many, numbers

READABLE = ("paper", "report", "blog", "book", "notes", "course", "video")


@command("random", example="random moe")
def random_pick(
    ctx: Context,
    topic: Annotated[str | None, Arg("from this topic only", rest=True, complete="topic")] = None,
) -> Message:
    """Show something to read, picked at random."""
    found = resolve_topic(ctx.knowledge.topics, topic).id if topic else None
    pool = numbers(ctx.db, Selection(kinds=READABLE, topic=found))
    if not pool:
        raise UserError(mark("There is nothing to read yet. An admin can run “paperclub import”."))
    picked = dice.Random(f"{ctx.now.isoformat()} {ctx.actor.member}").choice(pool)  # noqa: S311 - a pick, no secret
    again = Button(ctx.t("Another one"), f"random {topic or ''}".strip(), "primary")
    return Message((short_card(ctx, get_many(ctx.db, [picked])[0]),), buttons=(again,), share=f"show {picked}")
