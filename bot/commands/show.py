"""`show`: one resource in full, with everything it is linked to."""

from typing import Annotated

from bot.cards import full_card
from bot.command import Arg, Context, command
from bot.message import Button, Message
from bot.topics import topic_name
from storage.records import Resource
from storage.resources import all_sources, get_many, linked_from


@command(example="show vLLM")
def show(ctx: Context, resource: Annotated[Resource, Arg("number, arXiv id, link or title")]) -> Message:
    """Show a resource in full.

    The card names its lists, links, people and works, and why listings were merged into it.
    """
    card = full_card(ctx, resource, related(ctx, resource), {s.code: s for s in all_sources(ctx.db)})
    return Message((card,), buttons=_more(ctx, resource), share=f"show {resource.number}")


def related(ctx: Context, resource: Resource) -> dict[tuple[str, bool], list[Resource]]:
    """The resources at both ends of every relation, by relation and whether it starts here."""
    ends: dict[tuple[str, bool], list[int]] = {}
    for link in resource.links:
        ends.setdefault((link.relation, True), []).append(link.number)
    for link in linked_from(ctx.db, resource.number):
        ends.setdefault((link.relation, False), []).append(link.number)
    found = {r.number: r for r in get_many(ctx.db, sorted({n for numbers in ends.values() for n in numbers}))}
    return {key: [found[n] for n in numbers if n in found] for key, numbers in sorted(ends.items())}


def _more(ctx: Context, resource: Resource) -> tuple[Button, ...]:
    tree = ctx.knowledge.topics
    return tuple(
        Button(ctx.t("More on {topic}", topic=topic_name(tree, topic, ctx.language)), f"browse topic:{topic}")
        for topic in resource.topics[:2]
    )
