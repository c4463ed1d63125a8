"""Completions of what a member is typing: titles, people, topics, venues, kinds, sources and command names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import available_timezones

from rapidfuzz import fuzz, process

from bot.command import Command, Knowledge, Parameter
from bot.language import Translator, choice_label
from bot.when import city_label
from seeds.entry import KINDS
from storage import Connection
from storage.resources import all_sources
from storage.search import complete as complete_from_index

MOST = 25
"""Suggestions that Discord shows; Slack shows more, but nobody reads them."""


_MOST_NAMES = 150
"""Names that are looked at for those who have an entry of their own."""


@dataclass(frozen=True)
class Suggestion:
    """What may be typed (`value`) and how it is shown (`label`)."""

    value: str
    label: str


def complete(
    db: Connection,
    parameter: Parameter,
    prefix: str,
    knowledge: Knowledge,
    translator: Translator,
    commands: Mapping[str, Command],
) -> tuple[Suggestion, ...]:
    """At most 25 completions for a parameter, typos forgiven."""
    if parameter.choices:
        labels = ((choice, choice_label(translator.t, parameter.name, choice)) for choice in parameter.choices)
        return _nearest(labels, prefix)
    if parameter.complete == "person" and parameter.kind == "resource":
        people = [x for x in complete_from_index(db, prefix, "person", limit=_MOST_NAMES) if x.number]
        return tuple(Suggestion(x.value, x.label) for x in people[:MOST])
    if parameter.complete in {"title", "person", "venue"}:
        found = complete_from_index(db, prefix, parameter.complete, limit=MOST)
        return tuple(Suggestion(x.value, x.label) for x in found)
    return _nearest(_known(db, parameter, knowledge, translator, commands), prefix)


def _known(
    db: Connection,
    parameter: Parameter,
    knowledge: Knowledge,
    translator: Translator,
    commands: Mapping[str, Command],
) -> Iterable[tuple[str, str]]:
    if parameter.complete == "topic":
        chinese = translator.language == "zh"
        return ((t.id, f"{t.zh if chinese else t.en} ({t.id})") for t in knowledge.topics.topics)
    if parameter.complete == "kind":
        return ((kind, translator.t(kind)) for kind in KINDS)
    if parameter.complete == "source":
        return ((source.code, f"{source.name} ({source.code})") for source in all_sources(db))
    if parameter.complete == "zone":
        return ((zone, city_label(zone)) for zone in sorted(available_timezones()) if "/" in zone)
    if parameter.complete == "command":
        return ((c.name, f"{c.name} — {translator.t(c.help)}") for c in commands.values() if not c.hidden)
    return ()


def _nearest(known: Iterable[tuple[str, str]], prefix: str) -> tuple[Suggestion, ...]:
    labels = dict(known)
    typed = prefix.strip().lower()
    if not typed:
        return tuple(Suggestion(value, label) for value, label in list(labels.items())[:MOST])
    texts = {value: f"{value} {label}".lower() for value, label in labels.items()}
    found = process.extract(typed, texts, scorer=fuzz.partial_ratio, limit=MOST, score_cutoff=70)
    ranked = sorted(found, key=lambda hit: (typed not in hit[0], -hit[1], hit[2]))
    return tuple(Suggestion(value, labels[value]) for _text, _score, value in ranked)
