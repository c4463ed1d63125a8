"""Finding a list's rows again after the list was edited, and counting what happened to them."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from seeds.combine import base_key, fresh_key
from seeds.entry import Document, Entry
from seeds.identity import title_slug
from seeds.same import Item
from seeds.withdrawal import is_withdrawn

WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Tally:
    """What happened to the entries of one source. `skipped` counts rows by reason."""

    source: str
    name: str
    new: int = 0
    changed: int = 0
    moved: int = 0
    removed: int = 0
    unchanged: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """A list's items, the vanished ones included, and its tally."""

    items: tuple[Item, ...]
    tally: Tally


def read(document: Document, stored: Sequence[Item], gone: Collection[str]) -> Reading:
    """Find each entry of a list among those it had before; what has vanished stays, as no longer listed."""
    allowed = [e for e in document.entries if not gone or not is_withdrawn(Item(document.source, e, ""), gone)]
    skipped = Counter(skip.reason for skip in document.skipped)
    if len(allowed) < len(document.entries):
        skipped[WITHDRAWN] += len(document.entries) - len(allowed)
    matches = _match(document.source, allowed, stored)
    items: list[Item] = []
    taken = {item.entry_key for item in stored}
    bases = [base_key(document.source, entry) for entry in allowed]
    crowd = Counter(bases)
    for index, entry in enumerate(allowed):
        old = matches.get(index)
        if old:
            items.append(replace(old, entry=entry, listed=True))
            continue
        base = bases[index]
        items.append(Item(document.source, entry, fresh_key(base, entry, crowd[base] > 1, taken)))
        taken.add(items[-1].entry_key)
    seen = {item.entry_key for item in matches.values()}
    vanished = [item for item in stored if item.entry_key not in seen]
    removed = sum(item.listed for item in vanished)
    counts = _count(allowed, matches)
    tally = Tally(document.source, document.name, removed=removed, skipped=dict(sorted(skipped.items())), **counts)
    return Reading((*items, *(replace(item, listed=False) for item in vanished)), tally)


def _match(source: str, entries: Sequence[Entry], stored: Sequence[Item]) -> dict[int, Item]:
    """Entry position → the stored item it continues: same link and title, else same link, else same title."""
    found: dict[int, Item] = {}
    if not stored:
        return found
    left = list(stored)
    for view, alone in ((_link_and_title, False), (_link, True), (_title_and_kind, True)):
        new: dict[str, list[int]] = defaultdict(list)
        old: dict[str, list[Item]] = defaultdict(list)
        for index, entry in enumerate(entries):
            if index not in found:
                new[view(source, entry)].append(index)
        for item in sorted(left, key=lambda item: (not item.listed, item.entry.line, item.entry_key)):
            old[view(source, item.entry)].append(item)
        for key, positions in new.items():
            candidates = old.get(key, [])
            if not alone or len(positions) == len(candidates) == 1:
                found.update(zip(_by_section(positions, entries, candidates), candidates, strict=False))
        used = {item.entry_key for item in found.values()}
        left = [item for item in left if item.entry_key not in used]
    return found


def _by_section(positions: list[int], entries: Sequence[Entry], candidates: Sequence[Item]) -> list[int]:
    # Of equal rows the one in the same section is the same row.
    if len(positions) == 1 or not candidates:
        return positions
    left, ordered = list(positions), []
    for item in candidates:
        if not left:
            break
        best = min(left, key=lambda p: (entries[p].section != item.entry.section, p))
        left.remove(best)
        ordered.append(best)
    return ordered


def _link_and_title(source: str, entry: Entry) -> str:
    return f"{base_key(source, entry)}#{title_slug(entry.title)}"


def _link(source: str, entry: Entry) -> str:
    return base_key(source, entry)


def _title_and_kind(source: str, entry: Entry) -> str:
    return f"{entry.kind}:{title_slug(entry.title)}"


def _count(entries: Sequence[Entry], matches: Mapping[int, Item]) -> dict[str, int]:
    counts = dict.fromkeys(("new", "changed", "moved", "unchanged"), 0)
    in_order = _longest_rise([matches[i].entry.line for i in sorted(matches)])
    steady = {position for position, kept in zip(sorted(matches), in_order, strict=True) if kept}
    for index, entry in enumerate(entries):
        old = matches.get(index)
        if old is None:
            counts["new"] += 1
        elif replace(old.entry, section=(), line=0) != replace(entry, section=(), line=0) or not old.listed:
            counts["changed"] += 1
        elif old.entry.section != entry.section or index not in steady:
            counts["moved"] += 1
        else:
            counts["unchanged"] += 1
    return counts


def _longest_rise(lines: Sequence[int]) -> list[bool]:
    """Which lines belong to one longest run that never falls: the rows that kept their order."""
    tails: list[int] = []
    tops: list[int] = []
    previous: list[int] = []
    for index, line in enumerate(lines):
        at = bisect_left(tails, line + 1)
        previous.append(tops[at - 1] if at else -1)
        tails[at : at + 1] = [line]
        tops[at : at + 1] = [index]
    kept = [False] * len(lines)
    index = tops[-1] if tops else -1
    while index >= 0:
        kept[index] = True
        index = previous[index]
    return kept
