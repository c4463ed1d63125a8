"""`progress`: how far the group is, counted so that nobody can be read out of it."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Annotated, TypeVar

from bot.cards import headline
from bot.command import Arg, Context, command
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Line, Message, Text, bold, line
from bot.naming import resolve
from bot.standing import FEW_READERS, PASSES, club_of
from bot.topics import find_topic, topic_name
from storage.readings import Reader, readers
from storage.records import Resource
from storage.resources import get_many

Group = TypeVar("Group", bound=Hashable)

_MOST_TOPICS = 8


@command(example="progress serving")
def progress(
    ctx: Context,
    of: Annotated[str | None, Arg("a topic, or one resource", rest=True, complete="topic")] = None,
) -> Message:
    """Show how far the group is: counts by pass, over all, for a topic or for one resource.

    Members count without their names; where only few have read something, it says “at least one”.
    """
    topic = find_topic(ctx.knowledge.topics, of) if of else None
    if of and topic is None:
        return _of_resource(ctx, resolve(ctx.db, of))
    club = club_of(ctx)
    found = [] if club is None else readers(ctx.db, club, topic=topic.id if topic else None)
    read = [reader for reader in found if reader.state == "read"]
    if not read:
        raise UserError(
            mark("Nobody has marked anything as read there yet. Say “read 12” when you have."),
            buttons=(Button(mark("My list"), "mine"), Button(mark("Recommend"), "recommend")),
        )
    title = topic_name(ctx.knowledge.topics, topic.id, ctx.language) if topic else ctx.t("The club's reading")
    lines = [line(bold(title)), *_by_pass(ctx, read)]
    if topic is None:
        lines += _by_topic(ctx, read)
    return Message((Text(tuple(lines)),), buttons=(Button(ctx.t("Statistics"), "stats club"),))


def _of_resource(ctx: Context, resource: Resource) -> Message:
    club = club_of(ctx)
    found = [] if club is None else readers(ctx.db, club, [resource.number])
    title = ctx.translator.line(mark("How far the club is with {title}:"), title=bold(headline(ctx, resource)[0]))
    lines = _by_pass(ctx, [reader for reader in found if reader.state == "read"])
    for state, name in (("reading", mark("reading now")), ("to-read", mark("plan to read it"))):
        lines += _row(ctx, name, [reader for reader in found if reader.state == state])
    nobody = [] if lines else [line(ctx.t("Nobody has marked it yet."))]
    show = Button(ctx.t("Show"), f"show {resource.number}")
    mark_read = Button(ctx.t("I read it"), f"read-form {resource.number}", "primary")
    return Message((Text((title, *lines, *nobody)),), buttons=(show, mark_read))


def _by_pass(ctx: Context, read: Sequence[Reader]) -> list[Line]:
    return [x for depth, name in PASSES.items() for x in _row(ctx, name, [r for r in read if r.passes == depth])]


def _row(ctx: Context, label: str, found: Sequence[Reader]) -> list[Line]:
    """Members and resources of one row, exact only where enough members stand behind it."""
    members = {reader.member for reader in found}
    named = len({reader.member for reader in found if reader.name})
    if not members:
        return []
    if 0 < len(members) - named < FEW_READERS:
        few = (
            ctx.tn("at least {n} member", "at least {n} members", named + 1) if named else ctx.t("at least one member")
        )
        return [line(ctx.lead(label), few)]
    works = ctx.tn("{n} resource", "{n} resources", len({reader.number for reader in found}))
    return [line(ctx.lead(label), ctx.tn("{n} member", "{n} members", len(members)), f" · {works}")]


def _by_topic(ctx: Context, read: Sequence[Reader]) -> list[Line]:
    topics = {
        resource.number: {topic.partition("/")[0] for topic in resource.topics}
        for resource in get_many(ctx.db, sorted({reader.number for reader in read}))
    }
    groups = _grouped(read, lambda reader: sorted(topics.get(reader.number, ())))
    ranked = sorted(groups.items(), key=lambda item: (-len({r.member for r in item[1]}), item[0]))
    return [
        x
        for topic, found in ranked[:_MOST_TOPICS]
        for x in _row(ctx, topic_name(ctx.knowledge.topics, topic, ctx.language), found)
    ]


def _grouped(found: Iterable[Reader], keys: Callable[[Reader], Iterable[Group]]) -> dict[Group, list[Reader]]:
    groups: dict[Group, list[Reader]] = {}
    for reader in found:
        for key in keys(reader):
            groups.setdefault(key, []).append(reader)
    return groups
