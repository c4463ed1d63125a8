"""`search`: find resources by words, names, venues, ids and links."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated

from bot.cards import short_card
from bot.command import Arg, Context, command
from bot.concepts import club_concepts
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Card, Line, Message, Span, Text, line
from bot.pages import Page
from bot.standing import tallies
from bot.topics import topic_name
from storage.readings import member_readings
from storage.search import Known, Results, Why
from storage.search import search as ask_index
from storage.votes import Tally

_DONE = frozenset({"read", "skipped"})


@command(example="search paged attention")
def search(
    ctx: Context,
    query: Annotated[str, Arg("what to look for", rest=True)],
    page: Annotated[int, Arg("which page", minimum=1, maximum=1000)] = 1,
    exact: Annotated[bool, Arg("look for the words as typed, without mending errors")] = False,
) -> Message:
    """Search papers, blogs, people, repos and courses.

    Filters may stand among the words: kind: topic: venue: year:2023-2025 source: person: has:code unread, "phrases"
    and -words.
    """
    view = Page(f"search {query}" + (" exact:yes" if exact else ""), page, 0)
    concepts, memory = club_concepts(ctx)
    known = memory.at(ctx.db)
    results = ask_index(
        ctx.db,
        query,
        concepts,
        limit=view.size,
        offset=view.offset,
        verbatim=exact,
        read=lambda: _read_by(ctx),
        known=known,
    )
    if not results.total:
        raise UserError(
            mark("Nothing found for “{query}”. Try fewer or other words, or browse by topic."),
            query=query[:80],
            buttons=_ways_on(ctx, query, results.suggestions),
        )
    view = replace(view, total=results.total)
    head = view.head(ctx, ctx.tn("{n} result", "{n} results", view.total))
    return Message(
        (*_correction(ctx, results), head, *_cards(ctx, results, known)),
        buttons=(*_as_typed(ctx, results, query), *view.buttons(ctx)),
    )


def _read_by(ctx: Context) -> frozenset[int]:
    """What `unread` leaves out."""
    if ctx.member is None:
        return frozenset()
    return frozenset(x.number for x in member_readings(ctx.db, ctx.member.id) if x.state in _DONE)


def _ways_on(ctx: Context, query: str, topics: Iterable[str]) -> tuple[Button, ...]:
    """Where to go when nothing was found: near topics, all topics, a suggestion."""
    names = ((topic, topic_name(ctx.knowledge.topics, topic, ctx.language)) for topic in topics)
    near = [Button(name, f"browse topic:{topic}") for topic, name in names][:3]
    suggest = [Button(mark("Suggest it"), f"suggest {query[:200]}")] if "suggest" in ctx.commands else []
    return (*near, Button(mark("Browse"), "browse"), *suggest)


def _correction(ctx: Context, results: Results) -> tuple[Text, ...]:
    if results.corrected is None:
        return ()
    return (Text((line(Span(ctx.t("Showing results for “{query}”.", query=results.corrected), italic=True)),)),)


def _as_typed(ctx: Context, results: Results, query: str) -> tuple[Button, ...]:
    if results.corrected is None:
        return ()
    return (Button(ctx.t("Search as typed"), f"search {query} exact:yes"),)


def _cards(ctx: Context, results: Results, known: Known) -> tuple[Card, ...]:
    found = {r.number: r for r in known.get_many(ctx.db, [hit.number for hit in results.hits])}
    voted = tallies(ctx, list(found))
    return tuple(
        short_card(
            ctx, found[hit.number], why=_why(ctx, hit.why), marked=hit.words, tally=voted.get(hit.number, Tally())
        )
        for hit in results.hits
        if hit.number in found
    )


def _why(ctx: Context, reasons: Sequence[Why]) -> tuple[Line, ...]:
    """What a record calls by another name than the query did, perhaps in the other language."""
    other = [f"{x.asked} → {x.found}" for x in reasons if x.asked.casefold() != x.found.casefold()][:3]
    return (line(Span(ctx.t("Found by: {words}", words=ctx.listed(other)), italic=True)),) if other else ()
