"""`browse`: the catalogue by topic, kind, source, venue, year or person, page by page."""

from typing import Annotated

from bot.cards import KIND_NAMES, kind_called, list_name, short_cards
from bot.command import Arg, Context, command
from bot.errors import UserError
from bot.language import Msgid, mark
from bot.message import Button, Choice, Line, Message, Text, bold, line
from bot.naming import resolve
from bot.pages import Page
from bot.topics import resolve_topic, topic_name
from storage.resources import Selection, all_sources, count, tally
from storage.resources import browse as select


@command(example="browse topic:serving year:2024")
def browse(
    ctx: Context,
    topic: Annotated[str | None, Arg("a topic in English or Chinese", rest=True, complete="topic")] = None,
    kind: Annotated[str | None, Arg("only this kind", complete="kind")] = None,
    source: Annotated[str | None, Arg("only this list", complete="source")] = None,
    venue: Annotated[str | None, Arg("only this conference or journal", complete="venue")] = None,
    year: Annotated[int | None, Arg("only this year", minimum=1900, maximum=2100)] = None,
    person: Annotated[str | None, Arg("only what this person made", complete="person")] = None,
    page: Annotated[int, Arg("which page", minimum=1, maximum=100000)] = 1,
) -> Message:
    """Browse the catalogue by topic, kind, list, venue, year or person.

    Without anything it shows what there is to choose from.
    """
    if not any((topic, kind, source, venue, year, person)):
        return _contents(ctx)
    selection = Selection(
        kinds=(_kind(kind),) if kind else (),
        topic=resolve_topic(ctx.knowledge.topics, topic).id if topic else None,
        source=_source(ctx, source),
        venue=venue,
        year=year,
        person=resolve(ctx.db, person).number if person else None,
    )
    view = Page(_said(selection), page, count(ctx.db, selection))
    found = select(ctx.db, selection, limit=view.size, offset=view.offset)
    if not view.total:
        raise UserError(
            mark("Nothing fits all of that. Leave one of the filters out."),
            buttons=(Button(mark("Browse"), "browse"),),
        )
    head = view.head(ctx, ctx.tn("{n} resource", "{n} resources", view.total))
    return Message((head, *short_cards(ctx, found)), buttons=view.buttons(ctx))


def _said(selection: Selection) -> str:
    """The line that shows the first page of a selection."""
    words = [
        f'{name}:"{value}"' for name in ("topic", "source", "venue", "year") if (value := getattr(selection, name))
    ]
    words += [f"kind:{kind}" for kind in selection.kinds]
    words += [f"person:#{selection.person}"] if selection.person else []
    return " ".join(["browse", *words])


def _kind(text: str) -> str:
    found = kind_called(text)
    if found is None:
        raise UserError(
            mark("“{value}” is no {name}. Choose one of: {choices}"),
            value=text[:40],
            name=mark("kind"),
            choices=", ".join(KIND_NAMES),
        )
    return found


def _source(ctx: Context, text: str | None) -> str | None:
    if text is None:
        return None
    known = all_sources(ctx.db)
    folded = text.lower()
    found = next((s.code for s in known if folded in {s.code.lower(), s.name.lower()}), None)
    found = found or next((s.code for s in known if folded in s.name.lower() or s.code.startswith(folded)), None)
    if found is None:
        raise UserError(
            mark("“{value}” is no {name}. Choose one of: {choices}"),
            value=text[:40],
            name=mark("source"),
            choices=", ".join(f"{s.name} ({s.code})" for s in known[:15]),
        )
    return found


def _contents(ctx: Context) -> Message:
    """What there is: counts by topic, kind, list and venue, each a menu."""
    tree = ctx.knowledge.topics
    names = {s.code: list_name(ctx, s) for s in all_sources(ctx.db)}

    def row(name: str, n: int, value: str) -> tuple[str, str]:
        return name + ctx.aside(str(n)), f"browse {value}"

    menus = {
        mark("Topics"): [row(topic_name(tree, t, ctx.language), n, f"topic:{t}") for t, n in tally(ctx.db, "topic")],
        mark("Kinds"): [row(ctx.t(KIND_NAMES[k]), n, f"kind:{k}") for k, n in tally(ctx.db, "kind")],
        mark("Lists"): [row(names.get(s, s), n, f"source:{s}") for s, n in tally(ctx.db, "source")],
        mark("Venues"): [row(v, n, f'venue:"{v}"') for v, n in tally(ctx.db, "venue")],
    }
    total = count(ctx.db, Selection())
    lines = [line(bold(ctx.tn("{n} resource", "{n} resources", total)))]
    lines += [_summary(ctx, label, rows) for label, rows in menus.items() if rows]
    choices = tuple(Choice(ctx.t(label), tuple(rows[:25])) for label, rows in menus.items() if rows)
    return Message((Text(tuple(lines)),), buttons=choices)


def _summary(ctx: Context, label: Msgid, rows: list[tuple[str, str]]) -> Line:
    more = f" … +{len(rows) - 6}" if len(rows) > 6 else ""
    return line(ctx.lead(label), ctx.listed(text for text, _said in rows[:6]) + more)
