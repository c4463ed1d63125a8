"""`mine`: a member's own reading list."""

from typing import Annotated, Literal

from babel.dates import format_date

from bot.cards import short_card
from bot.command import Arg, Context, command
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Card, Line, Message, line
from bot.pages import Page
from bot.standing import PASSES, STATE_NAMES, on, tallies
from bot.topics import resolve_topic
from storage import readings
from storage.readings import Reading
from storage.records import Resource
from storage.resources import get_many
from storage.votes import Tally


@command(home=mark("My reading list"), example="mine to-read")
def mine(
    ctx: Context,
    state: Annotated[Literal["to-read", "reading", "read", "skipped"] | None, Arg("only these")] = None,
    topic: Annotated[str | None, Arg("a topic in English or Chinese", rest=True, complete="topic")] = None,
    page: Annotated[int, Arg("which page", minimum=1, maximum=10000)] = 1,
) -> Message:
    """Show your reading list with how far you are."""
    found_topic = resolve_topic(ctx.knowledge.topics, topic).id if topic else None
    said = " ".join(filter(None, ["mine", state, f"topic:{found_topic}" if found_topic else ""]))
    view = Page(said, page, 0)
    found: list[Reading] = []
    total = 0
    if ctx.member is not None:
        found, total = readings.page(ctx.db, ctx.member.id, state, found_topic, limit=view.size, offset=view.offset)
    if not total:
        raise UserError(
            mark("Nothing is on your list here. Save something with “save” or the button 🔖."),
            buttons=(Button(mark("Recommend"), "recommend"), Button(mark("Choose topics"), "start")),
        )
    view = Page(said, page, total)
    known = {resource.number: resource for resource in get_many(ctx.db, [x.number for x in found])}
    voted = tallies(ctx, list(known))
    cards = [
        _card(ctx, known[x.number], x, voted.get(x.number, Tally()), f"{said} page:{page}")
        for x in found
        if x.number in known
    ]
    head = view.head(ctx, ctx.tn("{n} resource on your list", "{n} resources on your list", total))
    return Message((head, *cards), buttons=(*view.buttons(ctx), *_more(ctx, state)), share="")


def _card(ctx: Context, resource: Resource, reading: Reading, tally: Tally, shown_by: str) -> Card:
    where = on(ctx, shown_by)
    number = resource.number
    changes = {
        "to-read": (("📖", "reading"), ("✓", "read")),
        "reading": (("✓", "read"), ("🔖", "save")),
        "read": (("📖", "reading"),),
        "skipped": (("🔖", "save"),),
    }[reading.state]
    names = {"reading": ctx.t("Reading"), "read": ctx.t("Read"), "save": ctx.t("Save")}
    buttons = [Button(f"{sign} {names[verb]}", f"press {verb} {number} {where}") for sign, verb in changes]
    if reading.state != "skipped":
        buttons.append(Button(ctx.t("Skip"), f"press skip {number} {where}"))
    buttons.append(Button(ctx.t("Take off"), f"press unmark {number} {where}"))
    return short_card(ctx, resource, why=(_progress(ctx, reading),), tally=tally, buttons=buttons)


def _progress(ctx: Context, reading: Reading) -> Line:
    words = [ctx.t(STATE_NAMES[reading.state])]
    words += [ctx.t(PASSES[reading.passes])] if reading.passes else []
    when = {
        "to-read": reading.saved_at,
        "reading": reading.started_at,
        "read": reading.read_at,
        "skipped": reading.skipped_at,
    }[reading.state]
    words += [format_date(when, "medium", locale=ctx.language)] if when else []
    words += ["★" * reading.rating] if reading.rating else []
    return line("→ " + " · ".join(words))


def _more(ctx: Context, state: str | None) -> tuple[Button, ...]:
    states = tuple(
        Button(ctx.t(name).capitalize(), f"mine {other}") for other, name in STATE_NAMES.items() if other != state
    )
    named = ctx.member is not None and ctx.member.named
    privacy = (
        Button(ctx.t("Hide my name"), "settings name:private")
        if named
        else Button(ctx.t("Show my name"), "settings name:named")
    )
    return (*states, privacy)
