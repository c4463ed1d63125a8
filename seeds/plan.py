"""What an import would change: stored resources + incoming lists → inserts, changes, redirects, with a tally."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from seeds.combine import combine, entry_of
from seeds.entry import Document
from seeds.lists import entry_from_json
from seeds.reading import Tally, read
from seeds.same import Cluster, Clusters, Item, cluster, item_keys
from seeds.withdrawal import drop_names, is_withdrawn, withdrawal_digests
from seeds.works import link
from storage.records import Listing, Resource, Source

__all__ = ["Plan", "Tally", "assemble", "is_withdrawn", "plan", "withdrawal_digests"]


@dataclass(frozen=True)
class Plan:
    """What is to be written; nothing of it has been yet.

    `redirects` maps a number that was given up to the one that took over. `removals` are resources of which
    nothing may stay, because the person has withdrawn.
    """

    inserts: tuple[Resource, ...] = ()
    changes: tuple[tuple[Resource, Resource], ...] = ()
    redirects: Mapping[int, int] = field(default_factory=dict)
    removals: tuple[int, ...] = ()
    sources: tuple[Source, ...] = ()
    tallies: tuple[Tally, ...] = ()
    unchanged: int = 0

    @property
    def empty(self) -> bool:
        """Whether no resource would change."""
        return not (self.inserts or self.changes or self.redirects or self.removals)

    def diff(self) -> tuple[str, ...]:
        """The plan in lines: `+` new, `~` changed field by field (not by line number), `>` redirected, `-` removed."""
        lines = [f"+ #{r.number} {r.kind}: {r.title}" for r in self.inserts]
        for before, after in self.changes:
            texts = _field_changes(before, after)
            lines += [f"~ #{after.number} {after.title}", *(f"    {text}" for text in texts)] if texts else []
        lines += [f"> #{old} is now #{new}" for old, new in sorted(self.redirects.items())]
        lines += [f"- #{number}" for number in self.removals]
        return tuple(lines)


def plan(
    stored: Sequence[Resource],
    sources: Sequence[Source],
    incoming: Sequence[Document],
    withdrawn: Collection[str] = (),
    next_number: int | None = None,
) -> Plan:
    """Decide what importing some lists means for the catalogue.

    `stored` is the whole catalogue with all listings, `sources` the known lists. A number stays with its
    listings; where two resources turn out to be one the smaller number stays. New numbers start at
    `next_number` (default: after the largest stored one; pass it where numbers were given up before).
    """
    gone = frozenset(withdrawn)
    arriving = {document.source: document for document in incoming}
    kept = [item for item in _stored_items(stored) if not is_withdrawn(item, gone)]
    readings = [
        read(document, [item for item in kept if item.source == source], gone)
        for source, document in sorted(arriving.items())
    ]
    items = [item for item in kept if item.source not in arriving]
    items += [item for reading in readings for item in reading.items]
    after, redirects = _numbered(
        cluster(drop_names(items, gone)), next_number or max((r.number for r in stored), default=0) + 1
    )
    before = {resource.number: resource for resource in stored}
    return _compare(before, after, redirects, _sources(sources, arriving), tuple(r.tally for r in readings))


def _compare(
    before: Mapping[int, Resource],
    after: Mapping[int, Resource],
    redirects: Mapping[int, int],
    sources: tuple[Source, ...],
    tallies: tuple[Tally, ...],
) -> Plan:
    inserts, changes, unchanged = [], [], 0
    for number, resource in sorted(after.items()):
        old = before.get(number)
        new = _keep_enrichment(old, resource, {source.code for source in sources}) if old else resource
        if old is None:
            inserts.append(new)
        elif _ordered(old) != _ordered(new):
            changes.append((old, new))
        else:
            unchanged += 1
    removals = tuple(sorted(before.keys() - after.keys() - redirects.keys()))
    return Plan(tuple(inserts), tuple(changes), redirects, removals, sources, tallies, unchanged)


def _ordered(resource: Resource) -> Resource:
    # The database may give listings and mappings in any order.
    listings = sorted(resource.listings, key=lambda x: (x.source, x.line, x.entry_key))
    same = (replace(x, value=_thaw(x.value)) for x in listings)
    return replace(resource, listings=tuple(same), provenance=dict(resource.provenance))


def _thaw(value: Mapping[str, object]) -> dict[str, object]:
    return {name: list(fact) if isinstance(fact, tuple) else fact for name, fact in value.items()}


def _keep_enrichment(old: Resource, new: Resource, lists: Collection[str]) -> Resource:
    """Facts that came from elsewhere than a list (a metadata service) stay where no list tells them."""
    provenance = dict(new.provenance)
    facts: dict[str, Any] = {}
    for name, origin in old.provenance.items():
        if origin not in lists and origin and name not in provenance and hasattr(old, name):
            facts[name], provenance[name] = getattr(old, name), origin
    if new.authors:
        facts.pop("authors", None)
    facts["abstract"] = old.abstract
    facts["provenance"] = dict(sorted(provenance.items()))
    return replace(new, **facts)


def _sources(sources: Sequence[Source], arriving: Mapping[str, Document]) -> tuple[Source, ...]:
    known = {source.code: source for source in sources}
    for code, document in arriving.items():
        old = known.get(code, Source(code, document.name, document.shape))
        known[code] = replace(
            old,
            name=document.name,
            shape=document.shape,
            url=document.url or old.url,
            revision=document.revision or old.revision,
        )
    return tuple(known[code] for code in sorted(known))


def _stored_items(stored: Iterable[Resource]) -> list[Item]:
    items = []
    for resource in stored:
        for listing in resource.listings:
            entry = entry_from_json(listing.value)
            items.append(Item(listing.source, entry, listing.entry_key, listing.listed, resource.number))
        if not resource.listings:
            items.append(Item("", entry_of(resource), f"#{resource.number}", True, resource.number))
    return items


def _numbered(found: Clusters, next_number: int) -> tuple[dict[int, Resource], dict[int, int]]:
    owners = _owners(found.clusters)
    numbers: dict[int, int] = {}
    redirects: dict[int, int] = {}
    for number, index in sorted(owners.items()):
        if numbers.setdefault(index, number) != number:
            redirects[number] = numbers[index]
    for index in range(len(found.clusters)):
        if index not in numbers:
            numbers[index], next_number = next_number, next_number + 1
    return {r.number: r for r in assemble(found, numbers.__getitem__)}, redirects


def _owners(clusters: Sequence[Cluster]) -> dict[int, int]:
    """Number → the cluster that holds most of its listings; the first one when it is a draw."""
    votes: dict[int, Counter[int]] = defaultdict(Counter)
    for index, one in enumerate(clusters):
        for item in one.items:
            if item.number is not None:
                votes[item.number][index] += 2 if item.listed else 1
    return {number: min((-weight, index) for index, weight in count.items())[1] for number, count in votes.items()}


def assemble(found: Clusters, number_of: Callable[[int], int]) -> list[Resource]:
    """The resources of all clusters, numbered and linked."""
    claimed = {key for one in found.clusters for item in one.items for key in item_keys(item)}
    resources = [combine(one, found.shared, claimed, number_of(index)) for index, one in enumerate(found.clusters)]
    linked = zip(resources, link(found, resources), strict=True)
    return [replace(r, links=links) if links else r for r, links in linked]


def _field_changes(before: Resource, after: Resource) -> list[str]:
    lines = []
    for item in fields(Resource):
        old, new = getattr(before, item.name), getattr(after, item.name)
        if item.name == "listings":
            lines += _listing_changes(old, new)
        elif old != new and item.name not in {"number", "keys", "provenance"}:
            lines.append(f"{item.name}: {_brief(old)} → {_brief(new)}")
    return lines


_MARKS = ("stars", "read_passes", "read", "note_url", "code_urls", "damaged")


def _listing_changes(before: Sequence[Listing], after: Sequence[Listing]) -> list[str]:
    lines = []
    old = {(x.source, x.entry_key): x for x in before}
    for listing in after:
        was = old.pop((listing.source, listing.entry_key), None)
        where = f"{listing.source} line {listing.line}"
        if was is None:
            lines.append(f"listed in {where}" + (f" ({listing.reason})" if listing.reason else ""))
        elif was.listed != listing.listed:
            lines.append(f"{'listed again' if listing.listed else 'no longer listed'} in {where}")
        elif was.section != listing.section:
            lines.append(f"moved to {' / '.join(listing.section)} in {where}")
        lines += [
            f"{name}: {_brief(old_mark)} → {_brief(new_mark)} in {where}"
            for name in _MARKS
            if was and (old_mark := getattr(was, name)) != (new_mark := getattr(listing, name))
        ]
    return lines + [f"not of {x.source} any more" for x in old.values()]


def _brief(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return text if len(text) <= 80 else text[:79] + "…"
