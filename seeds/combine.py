"""Making one resource of the entries that are one work: which fact comes from which list."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain, zip_longest
from typing import Any

from seeds.entry import Entry
from seeds.identity import WHO, identifier, keys, name_slug, scheme, title_slug, url_key
from seeds.lists import entry_to_json
from seeds.same import Cluster, Item, item_keys, load_aliases
from seeds.titles import read_title
from seeds.topics import OTHER, topics_of
from storage.records import Listing, Resource

_KIND_RANK = (
    "person", "lab", "report", "paper", "book", "course", "leaderboard", "framework", "project", "video", "notes",
    "blog", "repo",
)  # fmt: skip
_CJK = re.compile(r"[\u3400-\u9fff]")
_LINK_WORDS = re.compile(r"(?:^|\s)(?:code|link|github|paper|project|repo|pdf)$", re.I)
_MOST_TOPICS = 5


def combine(cluster: Cluster, shared: Collection[str], claimed: Collection[str], number: int = 0) -> Resource:
    """The resource that a cluster makes, under a number; links are filled in by the caller.

    `shared` are keys of pages that list many works; `claimed` are keys that identify some other cluster.
    """
    items = _by_worth(cluster.items)
    who = items[0].entry.kind in WHO
    title = _title(items, who)
    found = _keys(items, shared, claimed)
    own = tuple(key for key in found if "#" not in key)
    facts, provenance = _facts(items)
    title_zh, title_zh_source = _title_zh(items, title)
    aliases = _aliases(items, title, title_zh, found)
    provenance["title"] = next(i.source for i in items if i.entry.title == title)
    if title_zh_source:
        provenance["title_zh"] = title_zh_source
    return Resource(
        number=number,
        kind=_kind(items),
        title=title,
        title_zh=title_zh,
        urls=_urls(items, shared),
        keys=_with_names(found, [title, title_zh, *aliases], who),
        arxiv_id=identifier(own, "arxiv"),
        doi=identifier(own, "doi"),
        authors=_united((item.entry.authors for item in items), name_slug),
        works=_united((item.entry.works for item in items), title_slug),
        topics=_topics(items),
        aliases=aliases,
        about="\n".join(dict.fromkeys(i.entry.about for i in items if i.entry.about)) or None,
        listings=tuple(_listing(item, cluster.why.get(n)) for n, item in enumerate(cluster.items) if item.source),
        provenance=dict(sorted(provenance.items())),
        reasons=tuple(dict.fromkeys(cluster.why[n] for n in sorted(cluster.why))),
        flags=cluster.flags,
        **facts,
    )


def _by_worth(items: Sequence[Item]) -> list[Item]:
    # What a list says in its own row beats what was derived from another row, and a row that is still listed
    # beats one that has gone.
    return sorted(items, key=lambda i: (not i.listed, not i.source, i.entry.derived, *i.order))


def _kind(items: Sequence[Item]) -> str:
    own = [item for item in items if not item.entry.derived] or items
    return min((item.entry.kind for item in own), key=_kind_rank)


def _kind_rank(kind: str) -> int:
    return _KIND_RANK.index(kind) if kind in _KIND_RANK else len(_KIND_RANK)


def _title(items: Sequence[Item], who: bool) -> str:
    if len(items) == 1:
        return items[0].entry.title
    best = max(enumerate(items), key=lambda pair: (*_title_worth(pair[1], who), -pair[0]))
    return best[1].entry.title


def _title_worth(item: Item, who: bool) -> tuple[float, ...]:
    entry = item.entry
    usable = (item.listed, "title" not in entry.damaged, not entry.derived)
    if who:
        capitals = sum(c.isupper() for c in entry.title)
        return (*usable, not _CJK.search(entry.title), -capitals)
    read = read_title(entry.title)
    return (*usable, read.full, read.named, len(entry.title))


def _title_zh(items: Sequence[Item], title: str) -> tuple[str | None, str | None]:
    for item in items:
        if item.entry.title_zh:
            return item.entry.title_zh, item.source
    if not _CJK.search(title):
        for item in items:
            if _CJK.search(item.entry.title) and not item.entry.derived:
                return item.entry.title, item.source
    return None, None


def _aliases(items: Sequence[Item], title: str, title_zh: str | None, found: Sequence[str]) -> tuple[str, ...]:
    given = [a["names"] for a in load_aliases()["name"] if a["key"] in found]
    titles = [i.entry.title for i in items if not (i.entry.derived and _LINK_WORDS.search(i.entry.title))]
    known = {title_slug(title), title_slug(title_zh or title)}
    others = chain(titles, *(item.entry.aliases for item in items), *given)
    return tuple({slug: name for name in others if (slug := title_slug(name)) not in known and slug}.values())


def _facts(items: Sequence[Item]) -> tuple[dict[str, Any], dict[str, str]]:
    facts: dict[str, Any] = {}
    provenance: dict[str, str] = {}
    for name in ("affiliation", "organisation", "venue", "year", "date"):
        item = _teller(items, name)
        if item:
            facts[name] = getattr(item.entry, name)
            provenance[name] = item.source
    venue = _teller(items, "venue")
    if venue and venue.entry.year is not None:  # a venue and its year belong together
        facts["year"], provenance["year"] = venue.entry.year, venue.source
    return facts, provenance


def _teller(items: Sequence[Item], name: str) -> Item | None:
    telling = [item for item in items if getattr(item.entry, name) is not None]
    if len(telling) <= 1:
        return telling[0] if telling else None
    telling.sort(key=lambda item: (not item.listed, name in item.entry.damaged))
    if name == "date":
        return max(
            telling, key=lambda item: (item.listed, "date" not in item.entry.damaged, len(item.entry.date or ""))
        )
    if name == "venue":
        telling.sort(key=lambda item: title_slug(item.entry.venue or "") in {"arxiv", "preprint"})
    return telling[0]


def _keys(items: Sequence[Item], shared: Collection[str], claimed: Collection[str]) -> tuple[str, ...]:
    own = dict.fromkeys(key for item in items for key in item_keys(item) if scheme(key) not in {"title", "name"})
    for item in items:
        for url in item.entry.urls:
            key = url_key(url, item.source)
            if key and key not in claimed:
                own[key] = None
    slug = title_slug(items[0].entry.title)
    ranked = sorted(own, key=lambda key: _SCHEMES.get(scheme(key), len(_SCHEMES)))
    return tuple(f"{key}#{slug}" if key in shared else key for key in ranked)


_SCHEMES = {name: rank for rank, name in enumerate(("arxiv", "doi", "openreview", "usenix", "github", "url"))}


def _with_names(found: tuple[str, ...], names: Iterable[str | None], who: bool) -> tuple[str, ...]:
    spelled = (f"name:{name_slug(n)}" if who else f"title:{title_slug(n)}" for n in names if n)
    return tuple(dict.fromkeys((*found, *spelled)))


def _urls(items: Sequence[Item], shared: Collection[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for item in items:
        for url in item.entry.urls:
            found.setdefault(url_key(url, item.source) or url, url)
    return tuple(found[key] for key in sorted(found, key=lambda key: key in shared))


def _united(columns: Iterable[Sequence[str]], fold: Callable[[str], str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for column in columns:
        for name in column:
            found.setdefault(fold(name), name)
    return tuple(found.values())


def _topics(items: Sequence[Item]) -> tuple[str, ...]:
    each = [item.entry.topics or topics_of(item.entry, item.source) for item in items if item.listed]
    each = each or [item.entry.topics or topics_of(item.entry, item.source) for item in items]
    found = dict.fromkeys(topic for row in zip_longest(*each) for topic in row if topic)
    parents = {topic.rpartition("/")[0] for topic in found}
    kept = [topic for topic in found if topic not in parents and topic != OTHER]
    return tuple(kept[:_MOST_TOPICS]) or (OTHER,)


def _listing(item: Item, reason: str | None) -> Listing:
    entry = item.entry
    return Listing(
        source=item.source,
        entry_key=item.entry_key,
        section=entry.section,
        line=entry.line,
        stars=entry.stars,
        read_passes=entry.read_passes,
        read=entry.read,
        note_url=entry.note_url,
        code_urls=entry.code_urls,
        damaged=bool(entry.damaged),
        listed=item.listed,
        reason=reason,
        value=entry_to_json(entry),
    )


def entry_of(resource: Resource) -> Entry:
    """An entry with a resource's own facts, for resources that no list has brought (a member's suggestion)."""
    return Entry(
        kind=resource.kind,
        title=resource.title,
        title_zh=resource.title_zh,
        urls=resource.urls,
        authors=resource.authors,
        works=resource.works,
        affiliation=resource.affiliation,
        organisation=resource.organisation,
        venue=resource.venue,
        year=resource.year,
        date=resource.date,
        topics=resource.topics,
        aliases=resource.aliases,
        about=resource.about,
    )


def keyed(source: str, entries: Iterable[Entry]) -> Iterator[Item]:
    """The entries of one list as items, each under a key of its own: its strongest identity key, with its title
    where several entries share that."""
    from_key: dict[str, list[Entry]] = {}
    entries = tuple(entries)
    for entry in entries:
        from_key.setdefault(base_key(source, entry), []).append(entry)
    taken: set[str] = set()
    for entry in entries:
        base = base_key(source, entry)
        item = Item(source, entry, fresh_key(base, entry, len(from_key[base]) > 1, taken))
        taken.add(item.entry_key)
        yield item


def base_key(source: str, entry: Entry) -> str:
    """The strongest identity key of an entry."""
    return keys(entry, source)[0]


def fresh_key(base: str, entry: Entry, crowded: bool, taken: Collection[str]) -> str:
    """A listing key that is not taken yet."""
    wanted = f"{base}#{title_slug(entry.title)}" if crowded or base in taken else base
    key, count = wanted, 1
    while key in taken:
        count += 1
        key = f"{wanted}#{count}"
    return key
