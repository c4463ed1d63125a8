"""Concepts of the domain: what means the same in both languages, and what is an example of what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from storage.search.analyse import STOP_WORDS, glued, is_cjk, pieces, slug, stem, tokens

LITERAL, NAME, NARROWER, RELATED, TOPIC, KIND = "literal", "name", "narrower", "related", "topic", "kind"
"""How something in a record relates to what was asked for."""

EXACT = 1.25
"""What a record's whole name counts, beside a word in it."""

_EXAMPLE = 1.15
_SCATTERED = 0.65


@dataclass(frozen=True)
class Alternative:
    """Tokens that together stand for a part of the query; `label` is how a person would write them."""

    tokens: tuple[str, ...]
    relation: str
    label: str
    weight: float = 1.0
    partial: bool = False


@dataclass(frozen=True)
class Concept:
    """One idea and its words.

    `names` mean the same (abbreviation, full term, Chinese); typing any of them asks for the concept, and so do the
    phrases of `asked`, which are how people say it in a question and are not looked for in records. `narrower`
    are kinds and examples of it, `related` its neighbours: they are found too, counted less. `topics` and `kinds`
    are ids of the catalogue. `weight` says how much of a query the concept is; below 1 for words that say little.
    """

    id: str
    names: tuple[str, ...]
    asked: tuple[str, ...] = ()
    narrower: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    weight: float = 1.0

    @cached_property
    def alternatives(self) -> tuple[Alternative, ...]:
        """Everything that a record may have when it is about the concept."""
        terms = ((NAME, self.names), (NARROWER, self.narrower), (RELATED, self.related))
        facts = ((TOPIC, "@topic:", self.topics), (KIND, "@kind:", self.kinds), (KIND, "@", self.marks))
        said = [found for relation, names in terms for name in names for found in spelled(name, relation)]
        marked = [Alternative((start + value,), relation, value) for relation, start, xs in facts for value in xs]
        return (*said, *marked)


def spelled(name: str, relation: str, *, partial: bool = False) -> list[Alternative]:
    """How a record may have a name: as its title, word for word, or (worth less) with other words in between."""
    found, parts = tokens(name), pieces(name)
    if not found:
        return []
    exact = Alternative((f"={slug(name)}"[:200],), relation, name, EXACT if relation in {LITERAL, NAME} else _EXAMPLE)
    if len(parts) == 1:
        apart = [] if is_cjk(name) else [Alternative((f"+{found[0]}",), relation, name)]
        return [exact, Alternative(found, relation, name, partial=partial and len(found) > 1), *apart]
    close = tuple(glued(a, b) for a, b in pairwise(parts) if not (is_cjk(a) or is_cjk(b)))
    scattered = Alternative(found, relation, name, _SCATTERED if close else 1.0, partial)
    together = [Alternative((*found, *close), relation, name)] if close else []
    compound = [Alternative((close[0][1:],), relation, name)] if close and len(parts) == 2 else []
    return [exact, scattered, *together, *compound]


@dataclass(frozen=True)
class Concepts:
    """The concept table. `extended` adds a club's own concepts to it."""

    concepts: tuple[Concept, ...] = field(default=())

    def extended(self, more: Iterable[Concept]) -> "Concepts":
        """The table with further concepts; one with a known id adds its words to that one."""
        merged = {concept.id: concept for concept in self.concepts}
        for concept in more:
            merged[concept.id] = _united(merged[concept.id], concept) if concept.id in merged else concept
        return Concepts(tuple(merged.values()))

    @cached_property
    def phrases(self) -> Mapping[str, Sequence[tuple[tuple[str, ...], Concept]]]:
        """First unit → (all units, concept), longest first; for finding concepts in a query."""
        found: dict[str, dict[tuple[tuple[str, ...], str], Concept]] = {}
        for concept in self.concepts:
            for name in (*concept.names, *concept.asked):
                words = pieces(name)
                telling = [word for word in words if word.casefold() not in STOP_WORDS]
                keys = {units(words), units(telling) if len(telling) > 1 else ()}
                for key in keys - {()}:
                    found.setdefault(key[0], {})[key, concept.id] = concept
        return {
            first: sorted(((key, c) for (key, _), c in entries.items()), key=lambda x: (-len(x[0]), x[1].id))
            for first, entries in found.items()
        }

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The stems that any concept is named by."""
        return frozenset(unit for entries in self.phrases.values() for key, _ in entries for unit in key)

    @cached_property
    def spellings(self) -> tuple[str, ...]:
        """The plain English words of all names, for mending typing errors."""
        found = {
            piece.casefold()
            for c in self.concepts
            for name in (*c.names, *c.asked, *c.narrower)
            for piece in pieces(name)
        }
        return tuple(sorted(word for word in found if word.isascii() and word.isalpha() and len(word) > 3))

    @cached_property
    def topics_by_token(self) -> Mapping[str, tuple[str, ...]]:
        """Token of a name → topics of its concepts."""
        found: dict[str, dict[str, None]] = {}
        for concept in self.concepts:
            for token in {token for name in concept.names for token in tokens(name)} if concept.topics else ():
                found.setdefault(token, {}).update(dict.fromkeys(concept.topics))
        return {token: tuple(topics) for token, topics in found.items()}

    def matching(self, sequence: Sequence[str]) -> tuple[int, list[Concept]]:
        """The longest phrase at the start of some units: how many units it has, and the concepts it names."""
        length, found = 0, []
        for key, concept in self.phrases.get(sequence[0], ()):
            if length and len(key) < length:
                break
            if tuple(sequence[: len(key)]) == key:
                length = len(key)
                found.append(concept)
        return length, found


def units(found: Iterable[str]) -> tuple[str, ...]:
    """What phrases are compared by: the stem of a word, each character of a Chinese run."""
    return tuple(unit for piece in found for unit in (piece if is_cjk(piece) else (stem(piece.casefold()),)))


def _united(one: Concept, other: Concept) -> Concept:
    def both(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*getattr(one, name), *getattr(other, name)]))

    names = ("names", "asked", "narrower", "related", "topics", "kinds", "marks")
    return Concept(one.id, weight=one.weight, **{name: both(name) for name in names})
