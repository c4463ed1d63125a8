"""Deciding which entries are one work: shared identifiers first, then titles, with the reasons and the doubts."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from itertools import combinations, pairwise
from typing import Any
from urllib.parse import unquote

from seeds.entry import Entry
from seeds.identity import IDENTIFIERS, WHO, canonical_url, fold, identifier, keys, name_slug, scheme
from seeds.joining import Edge, Sets
from seeds.titles import Title, contradict, read_title, related, similarity

PAPERS = frozenset({"paper", "report"})
SOFTWARE = frozenset({"repo", "project", "framework"})

_LISTING_PAGE = re.compile(
    r"/(?:accepted(?:[-_]?papers)?|program|schedule|technical-sessions|proceedings|papers)(?:\.html?|\.php)?$", re.I
)
_CROWD = 40
_SHARED_TITLES = 3
_NEARLY = 0.6
_PUBLIC_HOSTS = frozenset({
    "zhihu.com", "github.com", "sites.google.com", "scholar.google.com", "youtube.com", "x.com",
    "twitter.com", "linkedin.com", "medium.com", "bilibili.com", "space.bilibili.com", "notion.site",
})  # fmt: skip
_EMPTY_AFFILIATION = frozenset({
    "university", "of", "the", "at", "and", "ap", "phd", "professor", "institute", "lab", "labs", "research",
})  # fmt: skip


@dataclass(frozen=True)
class Item:
    """An entry on its way into the catalogue: where it comes from, and the number it already has (if any)."""

    source: str
    entry: Entry
    entry_key: str
    listed: bool = True
    number: int | None = None

    @property
    def order(self) -> tuple[str, int, str, str]:
        """Reading order over all lists, the same whatever order the lists arrive in."""
        return (self.source, self.entry.line, self.entry_key, self.entry.title)


@dataclass(frozen=True)
class Cluster:
    """Items that are one work; `why` gives each joined item's reason by its position in `items`."""

    items: tuple[Item, ...]
    why: Mapping[int, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Clusters:
    """All works, in reading order of their first items, and the keys of pages that many works share."""

    clusters: tuple[Cluster, ...]
    shared: frozenset[str]


@lru_cache(maxsize=1)
def load_aliases() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The alias facts of the package: `same`, `name` and `link` tables."""
    raw = tomllib.loads((files("seeds") / "aliases.toml").read_text(encoding="utf-8"))
    return {kind: tuple(raw.get(kind, ())) for kind in ("same", "name", "link")}


def item_keys(item: Item) -> tuple[str, ...]:
    """An item's identity keys, strongest first."""
    return keys(item.entry, item.source)


def describe(key: str, who: bool = False) -> str:
    """A key in words: "arXiv id 2309.06180"."""
    name, _, value = key.partition(":")
    words = {"arxiv": "arXiv id", "doi": "DOI", "openreview": "OpenReview id", "usenix": "USENIX paper"}
    if name in words:
        return f"{words[name]} {value}"
    if who:
        return f"homepage {value}"
    return f"{'repository' if name == 'github' else 'link'} {unquote(value)}"


def cluster(items: Iterable[Item]) -> Clusters:
    """Group items into works. The result is a function of the set of items, not of their order."""
    nodes = sorted(items, key=lambda item: item.order)
    return _Judge(nodes).decide()


class _Judge:
    def __init__(self, nodes: Sequence[Item]) -> None:
        self.nodes = nodes
        self.titles: list[Title] = [read_title(item.entry.title) for item in nodes]
        self.keys = [item_keys(item) for item in nodes]
        self.edges: list[Edge] = []
        self.apart: dict[int, set[int]] = defaultdict(set)
        self.disputed: dict[str, list[int]] = {}
        self.shared: set[str] = set()

    def decide(self) -> Clusters:
        for key, group in sorted(self._by_link().items()):
            self._judge_link(key, group)
        self._join_people()
        self._join_aliases()
        self._join_titles()
        sets = Sets(self.keys, self.apart, self.shared)
        for edge in sorted(self.edges):
            sets.join(edge)
        return self._clusters(sets)

    def _by_link(self) -> dict[str, list[int]]:
        groups: dict[str, list[int]] = defaultdict(list)
        for index, found in enumerate(self.keys):
            for key in found:
                if scheme(key) not in {"title", "name"}:
                    groups[key].append(index)
        return groups

    def _is_who(self, index: int) -> bool:
        return self.nodes[index].entry.kind in WHO

    def _judge_link(self, key: str, group: Sequence[int]) -> None:
        works = [index for index in group if not self._is_who(index)]
        if self._is_shared(key, works):
            self.shared.add(key)
            self._join_related(key, works)
            return
        people = [index for index in group if self._is_who(index)]
        if len(works) > 1:
            self._judge_works(key, works)
        for one, other in combinations(people[:_CROWD], 2):
            if self._other_name(one, other):
                self._keep_apart(one, other)
            else:
                self.edges.append(Edge(1, one, other, f"same {describe(key, who=True)}"))

    def _other_name(self, one: int, other: int) -> bool:
        # Two names of one list under one homepage are two members of a lab; between lists it is a nickname.
        if self.nodes[one].source != self.nodes[other].source:
            return False
        names = [set(name_slug(self.nodes[i].entry.title).split("-")) for i in (one, other)]
        return not names[0] & names[1]

    def _is_shared(self, key: str, works: Sequence[int]) -> bool:
        if scheme(key) == "url" and _LISTING_PAGE.search(key):
            return True
        by_list: dict[str, list[int]] = defaultdict(list)
        for index in works:
            if not self.nodes[index].entry.derived:
                by_list[self.nodes[index].source].append(index)
        return any(self._unrelated_titles(group) >= _SHARED_TITLES for group in by_list.values())

    def _unrelated_titles(self, group: Sequence[int]) -> int:
        found: list[Title] = []
        for index in group:
            if len(found) < _SHARED_TITLES and not any(related(self.titles[index], t) for t in found):
                found.append(self.titles[index])
        return len(found)

    def _join_related(self, key: str, works: Sequence[int]) -> None:
        by_slug: dict[str, int] = {}
        for index in works:
            first = by_slug.setdefault(self.titles[index].slug, index)
            if first != index:
                self.edges.append(Edge(1, first, index, f"same {describe(key)} and title"))

    def _judge_works(self, key: str, works: Sequence[int]) -> None:
        if len(works) > _CROWD:
            self._join_related(key, works)
            return
        reason = f"same {describe(key)}"
        loose: list[Edge] = []
        for one, other in combinations(works, 2):
            if self._contradict(key, one, other):
                self._keep_apart(one, other)
                self.disputed[key] = list(works)
            elif related(self.titles[one], self.titles[other]):
                self.edges.append(Edge(1, one, other, reason))
            else:
                loose.append(Edge(2, one, other, reason))
        if key not in self.disputed:  # a link that names two works is no evidence by itself
            self.edges += loose

    def _contradict(self, key: str, one: int, other: int) -> bool:
        a, b = self.titles[one], self.titles[other]
        same_list = self.nodes[one].source == self.nodes[other].source
        if scheme(key) in IDENTIFIERS:
            return contradict(a, b, same_list)
        if not same_list or self.nodes[one].entry.derived or self.nodes[other].entry.derived:
            return False
        return a.full and b.full and contradict(a, b, same_list)

    def _keep_apart(self, one: int, other: int) -> None:
        self.apart[one].add(other)
        self.apart[other].add(one)

    def _linkless(self, index: int) -> bool:
        first = self.keys[index][0]
        return scheme(first) in {"title", "name"} or first in self.shared

    def _join_titles(self) -> None:
        groups: dict[tuple[str, str], list[int]] = defaultdict(list)
        heads: dict[str, list[int]] = defaultdict(list)
        for index, title in enumerate(self.titles):
            if self._is_who(index) or not title.slug:
                continue
            groups[_class(self.nodes[index]), title.slug].append(index)
            if title.full:
                words = " ".join(sorted(title.words))
                groups[_class(self.nodes[index]), f"{title.head if title.named else ''} {words}"].append(index)
            if title.named and title.head and _class(self.nodes[index]) == "paper":
                heads[title.head].append(index)
        for group in groups.values():
            for one, other in _pairs(group):
                if self._same_title(one, other):
                    self.edges.append(Edge(3, one, other, "same title", by_title=True))
        for group in heads.values():
            self._join_heads(group)

    def _same_title(self, one: int, other: int) -> bool:
        if not self.titles[one].full:
            both = self._linkless(one) and self._linkless(other)
            return both and self.nodes[one].source == self.nodes[other].source
        if _class(self.nodes[one]) == "paper":
            return True
        return self._linkless(one) or self._linkless(other)

    def _join_heads(self, group: Sequence[int]) -> None:
        for one, other in _pairs(group):
            a, b = self.titles[one], self.titles[other]
            if a.slug != b.slug and similarity(a.words, b.words) >= _NEARLY:
                self.edges.append(Edge(4, one, other, "same name and nearly the same title", by_title=True))

    def _join_people(self) -> None:
        names: dict[str, list[int]] = defaultdict(list)
        for index, item in enumerate(self.nodes):
            if self._is_who(index):
                names[name_slug(item.entry.title)].append(index)
        for group in names.values():
            for one, other in _pairs(group):
                reason = _same_person(self.nodes[one].entry, self.nodes[other].entry)
                if reason:
                    self.edges.append(Edge(3, one, other, reason))

    def _join_aliases(self) -> None:
        by_key: dict[str, int] = {}
        for index, found in enumerate(self.keys):
            for key in found:
                by_key.setdefault(key, index)
        for alias in load_aliases()["same"]:
            known = [by_key[key] for key in alias["keys"] if key in by_key]
            self.edges += [Edge(0, known[0], other, "alias") for other in known[1:] if other != known[0]]

    def _clusters(self, sets: Sets) -> Clusters:
        members: dict[int, list[int]] = defaultdict(list)
        for index in range(len(self.nodes)):
            members[sets.find(index)].append(index)
        flags = self._flags(sets)
        found = tuple(
            Cluster(
                tuple(self.nodes[i] for i in group),
                {position: sets.why[i] for position, i in enumerate(group) if i in sets.why},
                tuple(sorted(flags.get(root, ()))),
            )
            for root, group in sorted(members.items(), key=lambda pair: pair[1][0])
        )
        return Clusters(found, frozenset(self.shared))

    def _flags(self, sets: Sets) -> dict[int, set[str]]:
        flags: dict[int, set[str]] = defaultdict(set)
        for key, group in self.disputed.items():
            roots = {sets.find(index) for index in group}
            for root in roots if len(roots) > 1 else ():
                flags[root].add(f"another title has the same {describe(key)}")
        by_title: dict[str, set[int]] = defaultdict(set)
        for index, title in enumerate(self.titles):
            if title.full and _class(self.nodes[index]) == "paper":
                by_title[title.slug].add(sets.find(index))
        for roots in by_title.values():
            for one in roots if len(roots) > 1 else ():
                for other in roots - {one}:
                    for key in sorted(sets.ids[other] - sets.ids[one])[:1]:
                        flags[one].add(f"the same title is also listed with {describe(key)}")
        return flags


def _class(item: Item) -> str:
    kind = item.entry.kind
    if kind in PAPERS:
        return "paper"
    return "software" if kind in SOFTWARE else kind


def _pairs(group: Sequence[int]) -> Iterator[tuple[int, int]]:
    if len(group) <= _CROWD:
        return combinations(group, 2)
    return pairwise(group)


def _same_person(one: Entry, other: Entry) -> str | None:
    hosts = [{_host(url) for url in entry.urls} - {None} for entry in (one, other)]
    if hosts[0] & hosts[1]:
        return "same name and homepage"
    words = [set(_affiliation_words(entry)) for entry in (one, other)]
    if words[0] & words[1] and "-" in name_slug(one.title):
        return "same name and affiliation"
    return None


def _host(url: str) -> str | None:
    host = (canonical_url(url) or "").partition("/")[0]
    return host if host and not any(host == h or host.endswith("." + h) for h in _PUBLIC_HOSTS) else None


def _affiliation_words(entry: Entry) -> list[str]:
    words = re.split(r"[\W_]+", fold(entry.affiliation or ""))
    return [word for word in words if len(word) > 1 and word not in _EMPTY_AFFILIATION]


def repository(found: Sequence[str]) -> str | None:
    """The bare repository name of the first GitHub key."""
    path = identifier(tuple(found), "github")
    return path.partition("/")[2] if path else None
