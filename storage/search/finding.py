"""Searching: from what a member typed to ranked results that say why they match."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from storage.search.analyse import pieces, slug, tokens, word
from storage.search.concept import KIND, Concepts, units
from storage.search.explaining import Hit, explained
from storage.search.links import asked_tokens, names_nothing_else
from storage.search.memory import ENTRY, Known
from storage.search.query import KINDS, Asked, Filter, Filters, clean, parse, years
from storage.search.scoring import Floats, Match, Places, Reader, combine, match
from storage.search.spelling import corrections
from storage.search.tables import search_records
from storage.search.understanding import all_tokens, first_tokens, understand, unknown_words, words_of
from storage.tables import redirects, resource_links, resources

_WINDOW = 40
_NEGLIGIBLE = 0.06
_PEOPLE_FACTOR = 0.75
_MINOR_FACTOR = 0.9
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Results:
    """One page of hits, `total` over all pages. `corrected` is what was looked for instead of what was typed.

    `suggestions` are topic ids near the query, given when nothing was found.
    """

    hits: tuple[Hit, ...]
    total: int
    corrected: str | None = None
    terms: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()


@dataclass
class _Search:
    """One search under way."""

    reader: Reader
    concepts: Concepts
    corrected: str | None = None
    matches: list[Match] = field(default_factory=list)


def search(
    db: sa.Connection,
    query: str,
    concepts: Concepts,
    *,
    limit: int = 10,
    offset: int = 0,
    filters: Filters | None = None,
    verbatim: bool = False,
    read: Callable[[], Collection[int]] = tuple,
    known: Known | None = None,
) -> Results:
    """Rank the resources that answer a query.

    Filters may also stand among the words (`kind:` `topic:` `venue:` `year:2023-2025` `source:` `person:`
    `has:code` `unread`, "phrases", -word). `verbatim` looks for the words as typed, without mending errors. `read`
    tells the numbers that the member has read or skipped; `unread` leaves them out. `known` makes what was asked
    before cheap, in transactions that see one state. Never raises for any text.
    """
    known = known or Known(None)
    text = clean(query)
    asked = parse(text)
    under_way = _Search(Reader(db, known), concepts)
    if filters or asked.unread:
        return _ask(under_way, text, asked, filters or Filters(), verbatim, read, (offset, limit))
    question = (text, verbatim, offset, limit)
    answer: Results | None = known.answers.get(question)
    if answer is None:
        answer = known.answers[question] = _ask(under_way, text, asked, Filters(), verbatim, read, (offset, limit))
        known.take(ENTRY)
    return answer


def _ask(
    under_way: _Search,
    text: str,
    asked: Asked,
    filters: Filters,
    verbatim: bool,
    read: Callable[[], Collection[int]],
    part: tuple[int, int],
) -> Results:
    offset, limit = part
    named = _by_identifier(under_way.reader, text)
    if named:
        page = named[offset : offset + limit]
        return Results(tuple(Hit(n, 1 / (1 + named.index(n))) for n in page), len(named))
    if names_nothing_else(text):
        return Results((), 0)
    allowed, words = _filtered(under_way, asked, filters, read)
    score = _score(under_way, words, asked, verbatim)
    return _results(under_way, score, allowed, words, asked, limit, offset)


def _by_identifier(reader: Reader, text: str) -> list[int]:
    """What an id or link names, followed by what is linked to it."""
    if match_ := re.fullmatch(r"[#＃]\s?(\d{1,9})", text):
        return _numbered(reader.db, int(match_[1]))
    wanted = asked_tokens(text)
    if not wanted:
        return []
    reader.load(wanted)
    for token in wanted:
        if reader.has(token):
            exact = _in_order(reader, token)
            return exact if len(exact) > 20 else _with_links(reader.db, exact)
    return []


def _in_order(reader: Reader, token: str) -> list[int]:
    """The numbers that have a token, those of which it is the very own link first."""
    places, values = reader.get(token)
    order = np.lexsort((reader.numbers[places], -reader.standing[places], -values))
    return [int(number) for number in reader.numbers[places[order]]]


def _numbered(db: sa.Connection, number: int) -> list[int]:
    found = db.execute(sa.select(resources.c.number).where(resources.c.number == number)).scalar()
    if found is None:
        found = db.execute(sa.select(redirects.c.target).where(redirects.c.number == number)).scalar()
    return _with_links(db, [found]) if found is not None else []


def _with_links(db: sa.Connection, exact: Sequence[int]) -> list[int]:
    ends = (resource_links.c.number, resource_links.c.target)
    query = sa.select(*ends).where(sa.or_(*(end.in_(list(exact)) for end in ends)))
    linked = sorted({n for row in db.execute(query) for n in row} - set(exact))
    shown = sa.select(search_records.c.number).where(search_records.c.number.in_(linked[:100]))
    return [*exact, *sorted(db.execute(shown).scalars())]


def _filtered(
    under_way: _Search, asked: Asked, given: Filters, read: Callable[[], Collection[int]]
) -> tuple[Mask | None, str]:
    """Which places all filters allow (None: all), and the words, with filters that mean nothing among them."""
    reader = under_way.reader
    groups = [(f, _filter_tokens(f, under_way.concepts)) for f in (*asked.filters, *_given(given))]
    words = asked.words
    reader.load({token for _, found in groups for token in found})
    allowed = reader.present.copy()
    limited = False
    for item, found in groups:
        known = [token for token in found if reader.has(token)]
        if not found or (not known and item.name != "year" and item.typed):
            words = f"{words} {item.typed}"
            continue
        mask = _mask(reader, known, every=item.name == "person")
        allowed &= ~mask if item.negative else mask
        limited = True
    if asked.unread or given.unread:
        allowed &= ~np.isin(reader.numbers, np.fromiter(read(), np.int64))
        limited = True
    return (allowed if limited else None), words.strip()


def _mask(reader: Reader, found: Iterable[str], *, every: bool) -> Mask:
    having = np.zeros(len(reader.numbers), np.int64)
    wanted = list(found)
    for token in wanted:
        having[reader.get(token)[0]] += 1
    return having >= (max(1, len(wanted)) if every else 1)


def _given(filters: Filters) -> list[Filter]:
    pairs = (
        ("kind", filters.kinds),
        ("topic", filters.topics),
        ("venue", filters.venues),
        ("source", filters.sources),
        ("person", filters.persons),
        ("has", filters.has),
    )
    found = [Filter(name, ",".join(values), "") for name, values in pairs if values]
    if filters.years:
        found.append(Filter("year", f"{filters.years[0]}-{filters.years[1]}", ""))
    return found


def _filter_tokens(item: Filter, concepts: Concepts) -> list[str]:
    values = [value.strip() for value in item.value.split(",") if value.strip()]
    if item.name == "year":
        spans = [span for value in values if (span := years(value))]
        return [f"@year:{y}" for first, last in spans for y in range(max(first, 1950), min(last, 2100) + 1)]
    if item.name == "person":
        return [f"@person:{token}" for value in values for token in tokens(value)]
    if item.name == "kind":
        return [f"@kind:{form}" for v in values for form in (KINDS.get(v, v.lower()), v.lower().removesuffix("s"))]
    if item.name == "venue":
        return [token for value in values for token in _venue_tokens(value)]
    if item.name == "topic":
        return [f"@topic:{form}" for value in values for form in _topic_names(value, concepts)]
    return [f"@{item.name}:{value.lower()}" for value in values]


def _topic_names(value: str, concepts: Concepts) -> list[str]:
    """A topic's id or the last part of it; also the topics of a concept of that name, in either language."""
    unit = units(pieces(value))
    length, meant = concepts.matching(unit) if unit else (0, [])
    named = [topic for concept in meant if length == len(unit) for topic in concept.topics]
    return [value.lower(), slug(value).replace(" ", "-"), *named]


def _venue_tokens(value: str) -> list[str]:
    name, year = slug(value), ""
    if found := re.fullmatch(r"(.*?)\s*((?:20)?\d\d)", name):
        name, year = found[1], found[2] if len(found[2]) == 4 else f"20{found[2]}"
    return [f"@venue:{name}:{year}" if year else f"@venue:{name}"]


def _score(under_way: _Search, words: str, asked: Asked, verbatim: bool) -> Floats | None:
    """The score of every place, or None when only filters were typed."""
    reader = under_way.reader
    typed = " ".join([words, *asked.phrases])
    found = words_of(typed)
    if not found:
        return None
    whole = f"={slug(typed)}"[:200]
    reader.load({*first_tokens(found), whole, *(f"@kind:{kind}" for kind in ("person", "lab", "notes"))})
    reader.load({token for text in asked.excluded for token in tokens(text)})
    if not verbatim:
        found = _mended(under_way, found, typed)
    units = understand(found, under_way.concepts, reader.has)
    reader.load(all_tokens(units))
    under_way.matches = [m for unit in units if (m := match(reader, unit))]
    score = combine(reader, under_way.matches)
    _weigh(under_way, score)
    places, strengths = reader.get(whole)
    score[places] += np.float32(0.5) + strengths * np.float32(0.5)
    for text in asked.excluded:
        score[_mask(reader, tokens(text), every=True)] = 0
    return score


def _mended(under_way: _Search, found: list[str], typed: str) -> list[str]:
    """The words with typing errors mended; remembers the query as it was meant."""
    reader = under_way.reader
    unknown = unknown_words(found, under_way.concepts, reader.has)
    if not unknown:
        return found
    neighbours = [text for text in unknown if reader.has(f"+{word(text).tokens[0]}")]
    mended = corrections(reader.db, unknown, under_way.concepts.spellings, neighbours)
    if not mended:
        return found
    text = typed
    for wrong, right in mended.items():
        text = re.sub(rf"(?<!\w){re.escape(wrong)}(?!\w)", right, text, flags=re.I)
    under_way.corrected = text
    changed = [part for piece in found for part in mended.get(word(piece).plain, piece).split()]
    reader.load(first_tokens(changed))
    return changed


def _weigh(under_way: _Search, score: Floats) -> None:
    """Small priors: people and notes give way to works unless they are asked for; lists and stars count a little."""
    reader = under_way.reader
    kinds = {a.label for m in under_way.matches for a in m.used if a.relation == KIND}
    if not kinds & {"person", "lab"}:
        people = np.concatenate([reader.get(f"@kind:{kind}")[0] for kind in ("person", "lab")])
        named = np.concatenate([people[:0], *(m.named for m in under_way.matches)])
        score[np.setdiff1d(people, named)] *= np.float32(_PEOPLE_FACTOR)
    score[reader.get("@kind:notes")[0]] *= np.float32(_MINOR_FACTOR)
    lists, stars = reader.standing >> 13, (reader.standing >> 10) & 7
    score *= (1 + 0.04 * np.maximum(lists - 1, 0) + 0.006 * stars).astype(np.float32)


def _results(
    under_way: _Search, score: Floats | None, allowed: Mask | None, words: str, asked: Asked, limit: int, offset: int
) -> Results:
    reader = under_way.reader
    if score is None:
        chosen = np.flatnonzero(allowed) if allowed is not None else np.zeros(0, np.int64)
        score = reader.zeros()
    else:
        if allowed is not None:
            score = np.where(allowed, score, np.float32(0))
        chosen = np.flatnonzero(score > np.float32(_NEGLIGIBLE) * score.max(initial=0))
    chosen = _with_phrases(reader, chosen, asked.phrases)
    ranked = _ranked(reader, score, _best(reader, score, chosen, max(offset + limit, _WINDOW)))
    page = _closer(reader, ranked, score, words)[offset : offset + limit]
    terms = tuple(m.unit.label for m in under_way.matches)
    hits = explained(reader, under_way.matches, page, score)
    suggestions = () if hits or offset else _nearest_topics(under_way.concepts, words)
    return Results(hits, len(chosen), under_way.corrected, terms, suggestions)


def _best(reader: Reader, score: Floats, chosen: Places, wanted: int) -> Places:
    """At least the `wanted` best of the chosen places, unsorted: sorting all would take longest of all."""
    if len(chosen) <= 4 * wanted:
        return chosen
    keys = _keys(reader, score, chosen)
    best: Places = chosen[keys >= np.partition(keys, len(keys) - wanted)[len(keys) - wanted]]
    return best


def _keys(reader: Reader, score: Floats, chosen: Places) -> Places:
    """What is ordered by: the score to four digits, then the standing."""
    return np.rint(score[chosen] * 10_000).astype(np.int64) * 2**16 + reader.standing[chosen]


def _ranked(reader: Reader, score: Floats, chosen: Places) -> Places:
    """Best first; equally good ones by standing, then by number."""
    return chosen[np.lexsort((reader.numbers[chosen], -_keys(reader, score, chosen)))]


def _with_phrases(reader: Reader, chosen: Places, phrases: Sequence[str]) -> Places:
    """Only those in which all quoted phrases stand word for word."""
    wanted = [f" {' '.join(tokens(phrase))} " for phrase in phrases if tokens(phrase)]
    if not wanted:
        return chosen
    streams = _streams(reader.db, reader.numbers[chosen[:5000]].tolist())
    keep = [all(w in streams.get(int(reader.numbers[place]), "") for w in wanted) for place in chosen[:5000]]
    return chosen[:5000][np.array(keep, np.bool_)]


_STREAMS = sa.select(search_records.c.number, search_records.c.stream).where(
    search_records.c.number.in_(sa.bindparam("chosen", expanding=True))
)


def _streams(db: sa.Connection, numbers: Sequence[int]) -> Mapping[int, str]:
    found: dict[int, str] = {}
    for start in range(0, len(numbers), 500):
        rows = db.execute(_STREAMS, {"chosen": list(numbers[start : start + 500])})
        found.update((number, stream) for number, stream in rows)
    return found


def _closer(reader: Reader, ranked: Places, score: Floats, words: str) -> Places:
    """Raise those of the first forty that have several of the words next to each other, stop words too."""
    wanted = tokens(words)[:40]
    if len(wanted) < 2 or len(ranked) < 2:
        return ranked
    window = ranked[:_WINDOW]
    streams = _streams(reader.db, reader.numbers[window].tolist())
    for place in window:
        longest = _longest_run(wanted, streams.get(int(reader.numbers[place]), ""))
        if longest > 1:
            score[place] *= np.float32(1 + 0.5 * (longest / len(wanted)) ** 2)
    return np.concatenate([_ranked(reader, score, window), ranked[_WINDOW:]])


def _longest_run(wanted: Sequence[str], stream: str) -> int:
    longest = 1
    for start in range(len(wanted) - 1):
        while start + longest < len(wanted) and f" {' '.join(wanted[start : start + longest + 1])} " in stream:
            longest += 1
    return longest


def _nearest_topics(concepts: Concepts, words: str) -> tuple[str, ...]:
    """Ids of topics whose concept shares a word with the query."""
    near = [topic for token in tokens(words) for topic in concepts.topics_by_token.get(token, ())]
    return tuple(dict.fromkeys(near))[:5]
