"""What one curated list says about one resource, before lists are merged."""

from dataclasses import dataclass, field

KINDS = (
    "paper", "report", "blog", "book", "repo", "project", "framework", "course",
    "leaderboard", "notes", "video", "person", "lab",
)  # fmt: skip
"""Every kind of resource, as a member names it in `kind:`."""

RELATIONS = ("author", "code", "project", "notes", "member", "advisor", "mentions")
"""How one entry points to another: a paper's `code`, a blog post's `author`, a lab's `member`…"""


@dataclass(frozen=True)
class Pointer:
    """A relation from one entry to another one of the same document, named by the other's URL or title."""

    relation: str
    target: str


@dataclass(frozen=True)
class Entry:
    """One appearance of a resource in a list. Absent facts are None or empty.

    `urls` are as the list writes them (relative links stay relative), main link first.
    `venue` is the bare name ("SOSP"), `date` is ISO ("2023-12" or "2023-12-05"), `stars` 0-5,
    `read_passes` 0-3 (the list author's own marks). `damaged` names fields that are guesses or still broken.
    `about` holds the curator's own sentence; it is searchable but never part of the shipped lists.
    """

    kind: str
    title: str
    section: tuple[str, ...] = ()
    line: int = 0
    title_zh: str | None = None
    urls: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    works: tuple[str, ...] = ()
    affiliation: str | None = None
    organisation: str | None = None
    venue: str | None = None
    year: int | None = None
    date: str | None = None
    topics: tuple[str, ...] = ()
    stars: int | None = None
    read_passes: int | None = None
    read: bool | None = None
    note_url: str | None = None
    code_urls: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    links: tuple[Pointer, ...] = ()
    damaged: tuple[str, ...] = ()
    about: str | None = None
    derived: bool = False


@dataclass(frozen=True)
class Skip:
    """A row that is not a resource, with the reason in a few words."""

    line: int
    reason: str


@dataclass(frozen=True)
class Document:
    """A parsed list: what it calls itself, where it lives, and its entries in reading order."""

    source: str
    name: str
    shape: str
    url: str | None = None
    revision: str | None = None
    entries: tuple[Entry, ...] = ()
    skipped: tuple[Skip, ...] = field(default=())
