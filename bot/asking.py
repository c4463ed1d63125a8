"""The answer of `paperclub search --json`: plain data for programs."""

from storage import Connection
from storage.resources import get_many
from storage.search import Concepts, search


def answer(db: Connection, query: str, concepts: Concepts, limit: int) -> dict[str, object]:
    """The query, what it was corrected to (or None), and the ranked results with their links and scores."""
    results = search(db, query, concepts, limit=limit)
    found = {r.number: r for r in get_many(db, [hit.number for hit in results.hits])}
    rows = [
        {
            "id": hit.number,
            "title": found[hit.number].title,
            "kind": found[hit.number].kind,
            "url": found[hit.number].url,
            "urls": list(found[hit.number].urls),
            "score": round(hit.score, 6),
        }
        for hit in results.hits
        if hit.number in found
    ]
    return {"query": query, "corrected": results.corrected, "results": rows}
