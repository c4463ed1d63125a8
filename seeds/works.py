"""Linking resources: people to what they made, papers to their code, and what the lists themselves point at.

A link is stored on the work: `Link("author", person)`, `Link("code", repository)`, `Link("member", person)` on a
lab. Queries walk links both ways.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from seeds.entry import Entry
from seeds.identity import WHO, name_slug, title_slug, url_key
from seeds.same import PAPERS, SOFTWARE, Cluster, Clusters, item_keys, load_aliases, repository
from seeds.titles import compact, distinctive, head_text, read_title
from storage.records import Link, Resource

_NAMED_KINDS = PAPERS | SOFTWARE | {"leaderboard", "book", "course"}
_SHORT_WORDS = 3
_VERSIONS = re.compile(r"^(?P<name>.*?[^\d\s,-])(?P<dash>[\s-]*)(?P<versions>\d+(?:\s*,\s*\d+)+)$")


def link(found: Clusters, resources: Sequence[Resource]) -> list[tuple[Link, ...]]:
    """The links of every resource; `found` and `resources` run in parallel, targets are resource numbers."""
    return _Linker(found, resources).link()


class _Linker:
    def __init__(self, found: Clusters, resources: Sequence[Resource]) -> None:
        self.clusters = found.clusters
        self.resources = resources
        self.links: list[dict[tuple[str, int], None]] = [{} for _ in resources]
        self.by_key: dict[str, set[int]] = defaultdict(set)
        self.in_list: dict[tuple[str, str], set[int]] = defaultdict(set)
        for index, one in enumerate(self.clusters):
            for item in one.items:
                for key in item_keys(item):
                    if key not in found.shared:
                        self.by_key[key].add(index)
                        self.in_list[item.source, key].add(index)
        self.exact: dict[str, set[int]] = defaultdict(set)
        self.folded: dict[str, set[int]] = defaultdict(set)
        for index, one in enumerate(self.clusters):
            for name in _names(resources[index], one):
                self.exact[name].add(index)
                self.folded[compact(name)].add(index)
            code = _repository(one)
            if code and resources[index].kind in SOFTWARE:  # folded: a key has no capitals
                self.folded[compact(code)].add(index)

    def link(self) -> list[tuple[Link, ...]]:
        for index, one in enumerate(self.clusters):
            for item in one.items:
                self._point(index, item.source, item.entry)
                self._authors(index, item.source, item.entry)
            self._code_by_name(index)
        for index, resource in enumerate(self.resources):
            if resource.kind in WHO:
                self._made(index, resource.works)
        self._from_aliases()
        return [tuple(Link(relation, self.resources[t].number) for relation, t in found) for found in self.links]

    def _add(self, index: int, relation: str, target: int) -> None:
        if index != target:
            self.links[index][relation, target] = None

    def _find(self, source: str, key: str) -> int | None:
        for candidates in (self.in_list.get((source, key), set()), self.by_key.get(key, set())):
            if len(candidates) == 1:
                return next(iter(candidates))
            if candidates:
                return None
        return None

    def _target(self, source: str, text: str) -> int | None:
        key = url_key(text, source)
        found = self._find(source, key) if key else None
        if found is None:
            names = (f"name:{name_slug(text)}", f"title:{title_slug(text)}")
            here = [t for name in names for t in sorted(self.in_list.get((source, name), ()))]
            found = here[0] if len(here) == 1 else None
        return found

    def _point(self, index: int, source: str, entry: Entry) -> None:
        for pointer in entry.links:
            target = self._target(source, pointer.target)
            if target is not None:
                self._add(index, pointer.relation, target)
        for url in entry.code_urls:
            key = url_key(url, source)
            target = self._find(source, key) if key else None
            if target is not None and self.resources[target].kind not in WHO:
                self._add(index, "code", target)

    def _authors(self, index: int, source: str, entry: Entry) -> None:
        # A bare name counts only where the same list itself introduces exactly one such person.
        if entry.kind in PAPERS | WHO:
            return
        for author in entry.authors:
            here = self.in_list.get((source, f"name:{name_slug(author)}"), set())
            if len(here) == 1:
                self._add(index, "author", next(iter(here)))

    def _code_by_name(self, index: int) -> None:
        if self.resources[index].kind not in SOFTWARE:
            return
        names = {_repository(self.clusters[index]), head_text(self.resources[index].title)} - {None}
        for paper in {match for name in names for match in self._matches(str(name))}:
            if self.resources[paper].kind in PAPERS:
                self._add(paper, "code", index)

    def _made(self, person: int, works: Sequence[str]) -> None:
        for name in works:
            for spelled in _spellings(name):
                for work in self._matches(spelled):
                    self._add(work, "author", person)

    def _matches(self, name: str) -> list[int]:
        found = self.exact.get(name) or {
            index
            for index in self.folded.get(compact(name), set())
            if distinctive(name) or any(map(distinctive, self._spelled(index)))
        }
        papers = [index for index in found if self.resources[index].kind in PAPERS]
        if len(papers) > 1 and not self._one_family(papers):
            found = found - set(papers)  # two different papers of one name: the list does not say which
        return sorted(found)

    def _spelled(self, index: int) -> set[str]:
        return _names(self.resources[index], self.clusters[index])

    def _one_family(self, papers: Iterable[int]) -> bool:
        coined = [
            frozenset().union(*(read_title(name).names for name in (r.title, *r.aliases)))
            for r in (self.resources[index] for index in papers)
        ]
        return bool(frozenset.intersection(*coined))

    def _from_aliases(self) -> None:
        for alias in load_aliases()["link"]:
            work, person = self.by_key.get(alias["work"]), self.by_key.get(alias["person"])
            if work and person:
                self._add(min(work), alias["relation"], min(person))


def _names(resource: Resource, one: Cluster) -> set[str]:
    """The short names under which a person's list of works may mean a resource."""
    if resource.kind == "blog" and not resource.authors:  # a paper that is only linked through its announcement
        head = head_text(resource.title)
        return {head} if head and read_title(resource.title).named and distinctive(head) else set()
    if resource.kind not in _NAMED_KINDS:
        return set()
    titles = {item.entry.title for item in one.items} | set(resource.aliases) | {resource.title}
    heads = {head_text(title) for title in titles}
    short = {title for title in titles if read_title(title).length <= _SHORT_WORDS}
    return {name for name in heads | short if name}


def _repository(one: Cluster) -> str | None:
    return repository([key for item in one.items for key in item_keys(item)])


def _spellings(name: str) -> tuple[str, ...]:
    """ "Flash Attention-1, 2, 3" → the bare name and every version by itself."""
    match = _VERSIONS.match(name.strip())
    if not match:
        return (name.strip(),)
    base, dash = match["name"], match["dash"]
    versions = re.split(r"\s*,\s*", match["versions"])
    return (base, *(f"{base}{dash}{version}" for version in versions))
