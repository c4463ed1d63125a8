"""The topic tree, and which topics an entry belongs to by its section, its subject words and its title."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from seeds.entry import Entry
from seeds.identity import WHO, title_slug

OTHER = "other"
"""Where a section goes that no rule knows."""

_MOST = 4
_FIRST = 3
_SUBJECT_KINDS = WHO | {"blog", "project", "notes"}


@dataclass(frozen=True)
class Topic:
    """A node of the tree. `id` is "parent" or "parent/child"; `words` count everywhere, `headings` in headings."""

    id: str
    en: str
    zh: str
    words: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()

    @property
    def parent(self) -> str | None:
        """The upper topic's id, None at the top."""
        return self.id.rpartition("/")[0] or None


@dataclass(frozen=True)
class Tree:
    """All topics in order, and the section map of the known lists: source → slugged path → topic ids."""

    topics: tuple[Topic, ...]
    sections: Mapping[str, Mapping[str, tuple[str, ...]]]


@lru_cache(maxsize=1)
def load_tree() -> Tree:
    """Read the topic file that is part of the package."""
    raw = tomllib.loads((files("seeds") / "topics.toml").read_text(encoding="utf-8"))
    topics = tuple(
        Topic(t["id"], t["en"], t["zh"], tuple(t.get("words", ())), tuple(t.get("headings", ()))) for t in raw["topic"]
    )
    sections = {
        source: {title_slug(path): tuple(ids) for path, ids in paths.items()}
        for source, paths in raw["sections"].items()
    }
    return Tree(topics, sections)


def load_topics() -> tuple[Topic, ...]:
    """Every topic, parents before their children."""
    return load_tree().topics


def topics_of(entry: Entry, source: str) -> tuple[str, ...]:
    """One to four topic ids: of its section first, then of its subject words, then of its title.

    A topic gives way to its own child. `other` only stands alone.
    """
    found = list(section_topics(entry.section, source))
    if entry.about and entry.kind in _SUBJECT_KINDS:
        found += word_topics(entry.about)
    if entry.kind not in WHO:
        found += word_topics(entry.title)
    return _tidy(found)


def _tidy(found: Iterable[str]) -> tuple[str, ...]:
    unique = [topic for topic in dict.fromkeys(found) if topic != OTHER]
    parents = {topic.rpartition("/")[0] for topic in unique}
    kept = [topic for topic in unique if topic not in parents]
    return tuple(kept[:_MOST]) or (OTHER,)


@lru_cache(maxsize=4096)
def section_topics(section: tuple[str, ...], source: str) -> tuple[str, ...]:
    """The topics of a section path: the whole path if the list is known, else by the deepest telling heading."""
    known = load_tree().sections.get(source, {})
    for end in range(len(section), 0, -1):
        mapped = known.get(title_slug(" / ".join(section[:end])))
        deeper = _first_telling(section[end:])
        if mapped:
            return deeper or mapped
    return _first_telling(section) or (OTHER,)


def _first_telling(section: tuple[str, ...]) -> tuple[str, ...]:
    for heading in reversed(section):
        found = _heading_topics(heading) or word_topics(heading)
        if found:
            return found[:2]
    return ()


def _heading_topics(heading: str) -> tuple[str, ...]:
    slug = title_slug(heading)
    exact = tuple(t.id for t in load_topics() if slug in map(title_slug, t.headings))
    if exact:
        return exact
    ranked = sorted(
        (-len(hit), order, topic.id)
        for order, topic in enumerate(load_topics())
        if (hit := max((h for h in topic.headings if _inside(title_slug(h), slug)), key=len, default=""))
    )
    return tuple(dict.fromkeys(topic for _, _, topic in ranked))


def _inside(word: str, slug: str) -> bool:
    if re.search(r"[\u3400-\u9fff]", word):
        return word in slug
    return f"-{word}-" in f"-{slug}-"


@dataclass(frozen=True)
class _Word:
    """A word of the topic at that place in the tree; any hit contains `part` in lower case, a fast first look."""

    place: int
    part: str
    pattern: re.Pattern[str]


@lru_cache(maxsize=1)
def _words() -> Mapping[str, tuple[_Word, ...]]:
    """The words of all topics by the first letters of their parts: a text is asked for few of them."""
    found: defaultdict[str, list[_Word]] = defaultdict(list)
    for place, topic in enumerate(load_topics()):
        for word in topic.words:
            part = re.split(r"[\s-]", word)[0].lower()
            found[part[:_FIRST]].append(_Word(place, part, re.compile(_pattern(word))))
    return {first: tuple(words) for first, words in found.items()}


def _pattern(word: str) -> str:
    if re.search(r"[\u3400-\u9fff]", word):
        return f"(?i:{re.escape(word)})"
    escaped = re.escape(word).replace("\\ ", r"[\s-]")
    if re.search(r"[A-Z].*[A-Z]|[a-z][A-Z]", word) and " " not in word:
        # "RAG" is in RAGCache and HedraRAG, not in DRAGON or Fragment.
        return f"(?<![A-Z]){escaped}s?(?![a-z])"
    return rf"(?i:(?<![a-z0-9]){escaped}(?![a-z0-9]))"


@lru_cache(maxsize=16384)
def word_topics(text: str) -> tuple[str, ...]:
    """The topics whose strong words occur in a text, in the tree's order."""
    found: set[int] = set()
    for word in (word for chunk in text.lower().split() for word in _possible(chunk)):
        if word.place not in found and word.pattern.search(text):
            found.add(word.place)
    topics = load_topics()
    return tuple(topics[place].id for place in sorted(found))


@lru_cache(maxsize=16384)
def _possible(chunk: str) -> tuple[_Word, ...]:
    """The words whose parts, which have no spaces, are in a chunk between spaces."""
    words = _words()
    starts = {chunk[i : i + length] for length in range(1, _FIRST + 1) for i in range(len(chunk))} & words.keys()
    return tuple(word for start in starts for word in words[start] if word.part in chunk)
