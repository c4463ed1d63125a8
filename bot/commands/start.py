"""`start`: a minute to say what one is interested in, so that recommendations begin well."""

import re
from typing import Annotated, Literal

from bot.command import Arg, Context, command
from bot.message import Button, Choice, Line, Message, Text, line
from bot.topics import resolve_topic, topic_name
from storage import interests, journal
from storage.clubs import change_member


@command(writes=True, form=("topics", "name"), example="start kv cache, moe")
def start(
    ctx: Context,
    topics: Annotated[str | None, Arg("topics you like, separated by commas", rest=True, complete="topic")] = None,
    name: Annotated[Literal["private", "named"] | None, Arg("whether others may see your name")] = None,
) -> Message:
    """Choose your topics, in a minute."""
    journal.note_before(ctx.db, ctx.me.id, ctx.now, topics=True, choices=True)
    if topics:
        tree = ctx.knowledge.topics
        words = [word for word in re.split(r"[,，、;；\n]", topics) if word.strip()]
        interests.choose(ctx.db, ctx.me.id, [resolve_topic(tree, word).id for word in words[:25]])
    if name:
        change_member(ctx.db, ctx.me.id, named=name == "named")
    return _chosen(ctx)


@command("topic-off", writes=True, hidden=True)
def topic_off(ctx: Context, topic: Annotated[str, Arg("a topic of yours", rest=True)]) -> Message:
    """Take a topic from yours."""
    journal.note_before(ctx.db, ctx.me.id, ctx.now, topics=True)
    interests.give_up(ctx.db, ctx.me.id, [topic])
    return _chosen(ctx)


def _chosen(ctx: Context) -> Message:
    tree = ctx.knowledge.topics
    mine = interests.chosen(ctx.db, ctx.me.id)
    names = {topic: topic_name(tree, topic, ctx.language) for topic in mine}
    lines: list[Line] = [line(ctx.lead("Your topics"), ctx.listed(names.values()) or ctx.t("none yet"))]
    lines.append(line(ctx.t("Choose more below; votes and marks refine what is recommended.")))
    groups: dict[str, list[tuple[str, str]]] = {}
    for topic in tree.topics:
        if topic.id not in names and topic.id != "other":
            label = topic_name(tree, topic.id, ctx.language)
            groups.setdefault(topic.id.partition("/")[0], []).append((label, f"start {topic.id}"))
    menus = tuple(
        Choice(topic_name(tree, upper, ctx.language), tuple(options[:25])) for upper, options in groups.items()
    )
    drop = (
        (Choice(ctx.t("Take a topic off"), tuple((name, f"topic-off {topic}") for topic, name in names.items())[:25]),)
        if names
        else ()
    )
    buttons = (Button(ctx.t("Recommend"), "recommend", "primary"), Button(ctx.t("Undo"), "undo"))
    return Message((Text(tuple(lines)),), buttons=(*menus[:8], *drop, *buttons))
