"""The frozen values that queries return. A change is a new value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Source:
    """A curated list. `code` names it for ever ("001"); `checksum` is that of the text last imported.

    `location` is the file or URL it was last read from; `etag` and `last_modified` belong to that URL.
    """

    code: str
    name: str
    shape: str
    url: str | None = None
    revision: str | None = None
    checksum: str | None = None
    location: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    imported_at: datetime | None = None


@dataclass(frozen=True)
class Listing:
    """One resource's appearance in one source, with what the list's author says of it.

    `entry_key` tells the entries of one source apart and survives edits of the list; `listed` turns False
    when the entry has vanished from its source. `value` is the whole parsed entry (JSON values only), from
    which resources are merged anew whenever any list changes.
    """

    source: str
    entry_key: str
    section: tuple[str, ...] = ()
    line: int = 0
    stars: int | None = None
    read_passes: int | None = None
    read: bool | None = None
    note_url: str | None = None
    code_urls: tuple[str, ...] = ()
    damaged: bool = False
    listed: bool = True
    reason: str | None = None
    value: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Link:
    """A relation from one resource to another one, by number ("author", "code", "project", "member"…)."""

    relation: str
    number: int


@dataclass(frozen=True)
class Resource:
    """One work, person or page of the catalogue.

    `number` is what members type (`#123`): it is given once and never to another resource. `keys` are the
    identity keys (arXiv id, DOI, canonical URLs, title) by which any list's entry finds it. `provenance` maps
    a field to the source it came from; `reasons` say why listings were merged; `flags` are doubts to show.
    """

    number: int
    kind: str
    title: str
    title_zh: str | None = None
    urls: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    arxiv_id: str | None = None
    doi: str | None = None
    authors: tuple[str, ...] = ()
    works: tuple[str, ...] = ()
    affiliation: str | None = None
    organisation: str | None = None
    venue: str | None = None
    year: int | None = None
    date: str | None = None
    topics: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    about: str | None = None
    abstract: str | None = None
    listings: tuple[Listing, ...] = ()
    links: tuple[Link, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def url(self) -> str | None:
        """The main link that a chat may render: the first http(s) one."""
        return next((u for u in self.urls if u.startswith(("http://", "https://"))), None)

    @property
    def listed(self) -> bool:
        """Whether any source still lists it."""
        return any(listing.listed for listing in self.listings)

    @property
    def stars(self) -> int | None:
        """The most stars that any list's author gave."""
        return max((x.stars for x in self.listings if x.stars is not None), default=None)

    @property
    def source_count(self) -> int:
        """How many sources list it now."""
        return len({x.source for x in self.listings if x.listed})


@dataclass(frozen=True)
class Club:
    """The group that reads together: one tally, one poll, one history, on any number of spaces."""

    id: int
    name: str


@dataclass(frozen=True)
class Channel:
    """A channel of a club. Posts there are in its language and follow its zone (an IANA name)."""

    id: int
    club: int
    platform: str
    space: str
    channel: str
    zone: str
    language: str


@dataclass(frozen=True)
class Member:
    """A person in a club. `language` and `zone` are their own choice, else None; `named` lets others see the name."""

    id: int
    club: int
    name: str
    language: str | None = None
    zone: str | None = None
    named: bool = False
