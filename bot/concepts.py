"""The concept table as a club has it: the program's own, and the words that the club added."""

from collections.abc import Mapping, Sequence

from bot.command import Context
from storage import club_concepts as kept
from storage.club_concepts import ClubConcept
from storage.search import Concept, Concepts, Memory
from storage.search.analyse import slug

_MOST_CLUBS = 50
"""How many clubs' own tables are kept ready at a time."""

Table = tuple[Concepts, Memory]
"""A concept table, and what searches with it remember."""


def club_concepts(ctx: Context) -> Table:
    """The table of the club that is spoken in."""
    own = kept.of_space(ctx.db, ctx.actor.platform, ctx.actor.space)
    tables: dict[Sequence[ClubConcept], Table] = ctx.kept.setdefault("search", {})
    if own not in tables:
        if len(tables) > _MOST_CLUBS:
            tables.clear()
        base = ctx.knowledge.concepts
        tables[own] = (base.extended(_concepts(base, own)) if own else base, Memory())
    return tables[own]


def _concepts(base: Concepts, own: Sequence[ClubConcept]) -> list[Concept]:
    """A club's words join the concept that has one of their names already, and else are one of their own."""
    ids: Mapping[str, str] = {slug(name): concept.id for concept in reversed(base.concepts) for name in concept.names}
    found = []
    for one in own:
        known = next((ids[slug(name)] for name in one.names if slug(name) in ids), f"club-{one.id}")
        found.append(Concept(known, one.names, narrower=one.narrower))
    return found
