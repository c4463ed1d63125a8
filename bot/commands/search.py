"""`search`: find resources by words, names, venues, ids and links."""

from dataclasses import replace
from typing import Annotated

from bot.cards import short_card
from bot.command import Arg, Context, command
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Message
from bot.pages import Page
from storage.resources import get_many
from storage.search import search as ask_index


@command(example="search paged attention")
def search(
    ctx: Context,
    query: Annotated[str, Arg("what to look for", rest=True)],
    page: Annotated[int, Arg("which page", minimum=1, maximum=1000)] = 1,
) -> Message:
    """Search papers, blogs, people, repos and courses.

    Filters may stand among the words: kind: topic: venue: year:2023-2025 source: person: has:code.
    """
    view = Page(f"search {query}", page, 0)
    results = ask_index(ctx.db, query, ctx.knowledge.concepts, limit=view.size, offset=view.offset)
    if not results.hits:
        raise UserError(
            mark("Nothing found for “{query}”. Try fewer or other words, or browse by topic."),
            query=query[:80],
            buttons=(Button(mark("Browse"), "browse"),),
        )
    view = replace(view, total=results.total)
    found = {r.number: r for r in get_many(ctx.db, [hit.number for hit in results.hits])}
    cards = tuple(short_card(ctx, found[hit.number], marked=hit.words) for hit in results.hits if hit.number in found)
    head = view.head(ctx, ctx.tn("{n} result", "{n} results", view.total))
    return Message((head, *cards), buttons=view.buttons(ctx))
