"""What of a resource is indexed, and how much each word counts."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from storage.records import Resource
from storage.search.analyse import STOP_WORDS, glued, pieces, slug, word
from storage.search.links import resource_link_tokens

EVERY = "~"
"""The token that every record has; its value orders equally good ones (see `standing`)."""

_SATURATION = 3.0
_PART = 0.6
_GLUED = 0.5
_LONGEST_NAME = 200
_VENUE_IN_URL = re.compile(
    r"\b(asplos|atc|eurosys|fast|hpca|iclr|icml|isca|mlsys|neurips|nsdi|osdi|ppopp|sigcomm|sosp|vldb)[-_]?((?:20)?[12]\d)\b",
    re.I,
)
_COLON = re.compile(r"[:：|｜]")
_BRACKETS = re.compile(r"\s*[(（][^()（）]*[)）]\s*")
_YEAR = re.compile(r"\d{4}")
_YEAR_AND_MONTH = re.compile(r"\d{4}-\d\d")
_PEOPLE = frozenset({"person", "lab"})


@dataclass(frozen=True)
class _Field:
    """How a field counts: BM25F weight, length normalisation, and the length that changes nothing."""

    weight: float
    slope: float
    length: float


_TITLE = _Field(6.0, 0.35, 9.0)
_ALIAS = _Field(4.0, 0.2, 9.0)
_PERSON = _Field(5.0, 0.2, 3.0)
_META = _Field(3.5, 0.1, 3.0)
_TEXT = _Field(1.5, 0.5, 120.0)
_SECTION = _Field(1.2, 0.1, 4.0)


@dataclass(frozen=True)
class Indexed:
    """A record for the index: token → impact in 0..1, the words in order, spellings, and names to complete."""

    number: int
    impacts: Mapping[str, float]
    standing: int
    stream: str
    words: Mapping[str, str]
    names: tuple[tuple[str, str, int], ...]


def analyse(resource: Resource, makers: Iterable[str] = ()) -> Indexed:
    """Analyse one resource; `makers` are names of the people it is linked to."""
    count = _Count()
    titles = [resource.title, *([resource.title_zh] if resource.title_zh else [])]
    for title in titles:
        count.add(title, _TITLE, glue=True)
    for alias in resource.aliases:
        count.add(alias, _ALIAS, glue=True)
    people = list(dict.fromkeys([*resource.authors, *makers]))
    for person in people:
        count.add(person, _PERSON)
    for fact in (*resource.works, resource.affiliation, resource.organisation, resource.venue):
        count.add(fact or "", _META, glue=True)
    for text in (resource.about, resource.abstract):
        count.add(text or "", _TEXT, stop=STOP_WORDS)
    for heading in _headings(resource):
        count.add(heading, _SECTION, stop=STOP_WORDS)
    impacts = {token: value / (value + _SATURATION) for token, value in count.weights.items()}
    impacts.update(_marks(resource, people))
    return Indexed(
        resource.number, impacts, standing(resource), count.stream(), count.words, _names(resource, titles, people)
    )


class _Count:
    """Weighted frequencies, summed over fields."""

    def __init__(self) -> None:
        self.weights: defaultdict[str, float] = defaultdict(float)
        self.words: dict[str, str] = {}
        self._stream: list[str] = []

    def add(self, text: str, field: _Field, *, glue: bool = False, stop: frozenset[str] = frozenset()) -> None:
        if not text:
            return
        found = pieces(text)
        share = field.weight / (1 - field.slope + field.slope * len(found) / field.length)
        weights, stream = self.weights, self._stream
        for analysed in map(word, found):
            stream.extend(analysed.tokens)
            if analysed.plain in stop:
                continue
            for token in analysed.tokens:
                weights[token] += share
            for token in analysed.parts:
                weights[token] += share * _PART
            if analysed.spelling:
                self.words[analysed.plain] = analysed.tokens[0]
        stream.append("/")
        if glue:
            for first, second in pairwise(found):
                weights[glued(first, second)] += share * _GLUED

    def stream(self) -> str:
        return f" {' '.join(self._stream)} "


def _headings(resource: Resource) -> list[str]:
    sections = (heading for listing in resource.listings if listing.listed for heading in listing.section[-2:])
    topics = (topic.replace("/", " ").replace("-", " ") for topic in resource.topics)
    return list(dict.fromkeys([*sections, *topics]))


def _marks(resource: Resource, people: list[str]) -> Iterator[tuple[str, float]]:
    """Tokens that are facts, not words; they begin with "@", names with "="."""
    yield f"@kind:{resource.kind}", 1.0
    yield from _venues(resource)
    if resource.year or resource.date:
        yield f"@year:{resource.year or (resource.date or '')[:4]}", 1.0
    for listing in resource.listings:
        if listing.listed:
            yield f"@source:{listing.source.lower()}", 1.0
    for rank, topic in enumerate(resource.topics):
        upper, _, lower = topic.rpartition("/")
        for name in filter(None, (topic, upper, lower)):
            yield f"@topic:{name}", (1.0, 0.9, 0.8)[min(rank, 2)]
    if resource.stars:
        yield f"@stars:{resource.stars}", 1.0
    yield from ((mark, 1.0) for mark in _belongings(resource))
    named = [*people, *([resource.title, *resource.aliases] if resource.kind in _PEOPLE else [])]
    yield from ((f"@person:{token}", 1.0) for name in named for piece in pieces(name) for token in word(piece).tokens)
    yield from _exact_names(resource)
    code = [url for x in resource.listings if x.listed for url in x.code_urls]
    yield from ((token, 0.5) for token in resource_link_tokens(None, None, code))
    yield from ((token, 1.0) for token in resource_link_tokens(resource.arxiv_id, resource.doi, resource.urls))


def _venues(resource: Resource) -> Iterator[tuple[str, float]]:
    """The venue with its year, whole and by word; also one that only a link tells ("osdi24/presentation/lee")."""
    told = {(match[1].lower(), f"20{match[2][-2:]}") for url in resource.urls for match in _VENUE_IN_URL.finditer(url)}
    for venue, year in told:
        yield f"@venue:{venue}", 0.95
        yield f"@venue:{venue}:{year}", 0.95
    if resource.venue:
        whole = slug(resource.venue)
        for venue in {whole, *whole.split()}:
            yield f"@venue:{venue}", 1.0 if venue == whole else 0.9
            if resource.year:
                yield f"@venue:{venue}:{resource.year}", 1.0 if venue == whole else 0.9


def _belongings(resource: Resource) -> Iterator[str]:
    relations = {link.relation for link in resource.links}
    listed = [listing for listing in resource.listings if listing.listed]
    if any(x.code_urls for x in listed) or "code" in relations or any("github.com/" in url for url in resource.urls):
        yield "@has:code"
    if any(x.note_url for x in listed) or "notes" in relations:
        yield "@has:notes"
    if resource.abstract:
        yield "@has:abstract"


def _exact_names(resource: Resource) -> Iterator[tuple[str, float]]:
    """Whole titles, and what stands before their colon, as one token each."""
    for title in filter(None, (resource.title_zh, *resource.aliases, resource.title)):
        colon = _COLON.search(title)
        if colon and 0 < colon.start() <= 60:
            yield _name(title[: colon.start()]), 0.9
        bare = _BRACKETS.sub(" ", title)
        for spelled in {title, bare}:
            yield _name(spelled), 1.0
    for work in resource.works if resource.kind in _PEOPLE else ():
        yield f"={slug(work)}"[:_LONGEST_NAME], 0.4


def _name(text: str) -> str:
    return f"={slug(text)}"[:_LONGEST_NAME]


def standing(resource: Resource) -> int:
    """How equally good records are ordered, as 16 bits: number of lists, stars, year and month."""
    date = resource.date or ""
    year = resource.year or (int(date[:4]) if _YEAR.match(date) else 0)
    month = int(date[5:7]) if _YEAR_AND_MONTH.match(date) and int(date[:4]) == year else 0
    recency = min(63, max(0, year - 1990)) << 4 | min(15, month)
    return min(3, resource.source_count) << 13 | min(7, resource.stars or 0) << 10 | recency


def _names(resource: Resource, titles: list[str], people: list[str]) -> tuple[tuple[str, str, int], ...]:
    """What can be completed: (kind, name, number), number 0 for names that are no resource."""
    kind = "person" if resource.kind in _PEOPLE else "title"
    found = [(kind, name, resource.number) for name in (*titles, *resource.aliases)]
    found += [("person", name, 0) for name in people]
    found += [("venue", resource.venue, 0)] if resource.venue else []
    return tuple(
        dict.fromkeys((kind, name.strip()[:_LONGEST_NAME], number) for kind, name, number in found if name.strip())
    )
