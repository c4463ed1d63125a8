"""The bilingual concept table of machine-learning systems, as search understands it."""

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

from storage.search import Concept, Concepts

_LISTS = ("names", "asked", "narrower", "related", "topics", "kinds", "marks")


@lru_cache(maxsize=1)
def load_concepts() -> Concepts:
    """The concepts that are part of the program; a club may add its own with `Concepts.extended`."""
    return read_concepts((files("seeds") / "concepts.toml").read_text(encoding="utf-8"))


def read_concepts(text: str) -> Concepts:
    """Concepts from TOML text of the same form. Raises ValueError when an entry lacks its id or names."""
    return Concepts(tuple(_concept(row) for row in tomllib.loads(text).get("concept", [])))


def _concept(row: dict[str, Any]) -> Concept:
    unknown = row.keys() - {*_LISTS, "id", "weight"}
    if unknown or not row.get("id") or not row.get("names"):
        raise ValueError(
            f"not a concept: {row.get('id') or row}" + (f" (unknown: {sorted(unknown)})" if unknown else "")
        )
    return Concept(id=row["id"], weight=float(row.get("weight", 1.0)), **{k: tuple(row.get(k, ())) for k in _LISTS})
