"""Joining nodes into sets under constraints: what is known to be apart stays apart."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from seeds.identity import scheme

ONE_PER_WORK = ("arxiv", "doi", "usenix")
"""Identifiers of which a work has one: two different ones speak against joining by title."""


@dataclass(frozen=True, order=True)
class Edge:
    """A reason to join two nodes; smaller strengths are joined first."""

    strength: int
    one: int
    other: int
    reason: str
    by_title: bool = False


class Sets:
    """Union-find that never joins what was found to be apart, nor by title what has two different identifiers."""

    def __init__(
        self, keys: Sequence[Sequence[str]], apart: Mapping[int, Collection[int]], shared: Collection[str]
    ) -> None:
        self.parent = list(range(len(keys)))
        self.apart = {index: set(others) for index, others in apart.items()}
        self.members = [{index} for index in range(len(keys))]
        self.ids = [{key for key in found if scheme(key) in ONE_PER_WORK and key not in shared} for found in keys]
        self.why: dict[int, str] = {}

    def find(self, index: int) -> int:
        """The set's representative."""
        while self.parent[index] != index:
            self.parent[index] = self.parent[self.parent[index]]
            index = self.parent[index]
        return index

    def join(self, edge: Edge) -> None:
        """Join two sets unless something speaks against it."""
        one, other = sorted((self.find(edge.one), self.find(edge.other)))
        if one == other or self.apart.get(one, set()) & self.members[other]:
            return
        if edge.by_title and self._other_ids(one, other):
            return
        self.parent[other] = one
        self.members[one] |= self.members[other]
        self.ids[one] |= self.ids[other]
        self.apart[one] = self.apart.get(one, set()) | self.apart.get(other, set())
        self.why.setdefault(edge.other, edge.reason)
        self.why.setdefault(edge.one, edge.reason)

    def _other_ids(self, one: int, other: int) -> bool:
        for name in ONE_PER_WORK:
            mine = {key for key in self.ids[one] if scheme(key) == name}
            theirs = {key for key in self.ids[other] if scheme(key) == name}
            if mine and theirs and not mine & theirs:
                return True
        return False
