"""Search over the catalogue, alike on every engine: indexing, ranked results, completion of names."""

from storage.search.completion import Completion, complete
from storage.search.concept import Concept, Concepts
from storage.search.explaining import Hit, Why
from storage.search.finding import Results, search
from storage.search.indexing import index, needs_reindex, reindex, remove
from storage.search.memory import Known, Memory
from storage.search.query import Filters

__all__ = [
    "Completion",
    "Concept",
    "Concepts",
    "Filters",
    "Hit",
    "Known",
    "Memory",
    "Results",
    "Why",
    "complete",
    "index",
    "needs_reindex",
    "reindex",
    "remove",
    "search",
]
