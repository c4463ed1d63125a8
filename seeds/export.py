"""A resource as one JSON object, for `paperclub export`: absent facts are left out."""

from storage.records import Listing, Resource

_FACTS = (
    "kind", "title", "title_zh", "urls", "arxiv_id", "doi", "authors", "works", "affiliation", "organisation",
    "venue", "year", "date", "topics", "aliases",
)  # fmt: skip
_LISTING_FACTS = ("stars", "read_passes", "read", "note_url", "code_urls", "damaged")


def as_row(resource: Resource) -> dict[str, object]:
    """The export row of a resource; `id` is its number, listings name source, section path and line."""
    row: dict[str, object] = {"id": resource.number}
    row |= _present({name: getattr(resource, name) for name in _FACTS})
    row["listings"] = [_listing_row(listing) for listing in resource.listings]
    row |= _present({"links": [{"relation": x.relation, "id": x.number} for x in resource.links]})
    if not resource.listed:
        row["listed"] = False
    return row


def _listing_row(listing: Listing) -> dict[str, object]:
    row: dict[str, object] = {"source": listing.source, "section": list(listing.section), "line": listing.line}
    row |= _present({name: getattr(listing, name) for name in _LISTING_FACTS})
    if not listing.listed:
        row["listed"] = False
    return row


def _present(facts: dict[str, object]) -> dict[str, object]:
    shown = {name: list(fact) if isinstance(fact, tuple) else fact for name, fact in facts.items()}
    return {name: fact for name, fact in shown.items() if fact not in (None, [], False)}
