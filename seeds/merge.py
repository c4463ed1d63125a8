"""Many lists become one catalogue: `merge` for a whole set of lists, `plan` for an import into a stored one."""

from collections.abc import Sequence

from seeds.combine import keyed
from seeds.entry import Document
from seeds.plan import Plan, Tally, assemble, is_withdrawn, plan, withdrawal_digests
from seeds.same import cluster
from storage.records import Resource

__all__ = ["Plan", "Tally", "is_withdrawn", "merge", "plan", "withdrawal_digests"]


def merge(documents: Sequence[Document]) -> tuple[Resource, ...]:
    """The catalogue that some lists make together, numbered from 1 in reading order.

    A function of the set of documents: their order does not matter.
    """
    found = cluster(item for document in documents for item in keyed(document.source, document.entries))
    return tuple(assemble(found, lambda index: index + 1))
