"""Withdrawing from the catalogue: only digests of names and links are remembered, and they keep a person out."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import replace

from seeds.entry import Entry
from seeds.identity import WHO, name_slug, scheme, url_key
from seeds.same import Item, item_keys
from storage.records import Resource


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def withdrawal_digests(resource: Resource) -> tuple[str, ...]:
    """What is remembered of a withdrawn person: digests of names and links, not the names themselves."""
    names = (resource.title, resource.title_zh, *resource.aliases)
    texts = [key for key in resource.keys if scheme(key) not in {"title", "name"}]
    texts += [f"name:{name_slug(name)}" for name in names if name]
    return tuple(dict.fromkeys(map(_digest, texts)))


def is_withdrawn(item: Item, digests: Collection[str]) -> bool:
    """Whether an item is somebody who has withdrawn."""
    if not digests or item.entry.kind not in WHO:
        return False
    names = (item.entry.title, item.entry.title_zh, *item.entry.aliases)
    texts = (*item_keys(item), *(f"name:{name_slug(name)}" for name in names if name))
    return any(_digest(text) in digests for text in texts)


def drop_names(items: Iterable[Item], digests: Collection[str]) -> list[Item]:
    """The items without the names of withdrawn people in author columns and pointers."""
    if not digests:
        return list(items)
    return [replace(item, entry=_without_names(item.source, item.entry, digests)) for item in items]


def _without_names(source: str, entry: Entry, digests: Collection[str]) -> Entry:
    authors = tuple(name for name in entry.authors if _digest(f"name:{name_slug(name)}") not in digests)
    links = tuple(pointer for pointer in entry.links if not names_withdrawn(source, pointer.target, digests))
    if (authors, links) == (entry.authors, entry.links):
        return entry
    return replace(entry, authors=authors, links=links)


def names_withdrawn(source: str, target: str, digests: Collection[str]) -> bool:
    """Whether a name or a link is that of somebody who has withdrawn."""
    return any(_digest(text) in digests for text in (url_key(target, source) or "", f"name:{name_slug(target)}"))
