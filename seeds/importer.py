"""Importing lists: read, parse, plan, and write the plan in one transaction."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from seeds.entry import Document
from seeds.fetch import Fetched, FetchError, fetch, make_client
from seeds.formats import ParseError, parse
from seeds.lists import read_document
from seeds.plan import Plan, Tally, plan
from seeds.undisturbed import undisturbed
from seeds.withdrawal import withdrawal_digests
from storage import Connection, Engine, reading, writing
from storage.catalogue import Change, withdraw, withdrawn_digests, write
from storage.records import Resource, Source
from storage.resources import all_resources, all_sources, next_number

SHIPPED = "shipped"
"""The location of lists that came with the program."""

Step = Callable[[str, int, int], None]
"""Told of progress: a label, how much is done, of how much."""


class ImportFailed(Exception):
    """Some source can't be read; one line for each, and nothing was written."""


@dataclass(frozen=True)
class Read:
    """A parsed list and where its text came from; without a document the server said that nothing changed."""

    document: Document | None
    location: str
    checksum: str | None = None
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Imported:
    """What an import did, or would do."""

    plan: Plan
    summaries: tuple[str, ...]
    diff: tuple[str, ...]


def no_step(_label: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def read_sources(
    engine: Engine, names: Sequence[str], allow_private: bool = False, step: Step = no_step
) -> tuple[Read, ...]:
    """Read files and URLs, or the shipped lists when none is named. Raises ImportFailed with every problem."""
    if not names:
        return read_shipped()
    with reading(engine) as db:
        known = {source.location: source for source in all_sources(db) if source.location}
    found: list[Read] = []
    problems: list[str] = []
    for done, name in enumerate(names):
        step("Reading", done, len(names))
        try:
            found.append(_read(name, known.get(name), allow_private))
        except (FetchError, ParseError, OSError) as error:
            problems.append(_problem(name, error))
    step("Reading", len(names), len(names))
    if problems:
        raise ImportFailed("\n".join(problems))
    return tuple(found)


def _problem(name: str, error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return reason if reason.startswith(name) else f"{name}: {reason}"


def _read(name: str, known: Source | None, allow_private: bool) -> Read:
    if not name.startswith(("http://", "https://")):
        if "://" in name:
            raise FetchError(f"{name}: a list is fetched over http or https only")
        return _parsed(Path(name).read_bytes(), name)
    with make_client() as client:
        fetched = fetch(
            client,
            name,
            etag=known.etag if known else None,
            last_modified=known.last_modified if known else None,
            allow_private=allow_private,
        )
    return Read(None, name) if fetched is None else _parsed(fetched.data, name, fetched)


def _parsed(data: bytes, name: str, fetched: Fetched | None = None) -> Read:
    checksum = hashlib.sha256(data).hexdigest()
    with undisturbed():
        document = parse(data, name)
    if fetched is None:
        return Read(document, name, checksum)
    return Read(replace(document, url=document.url or name), name, checksum, fetched.etag, fetched.last_modified)


def read_shipped() -> tuple[Read, ...]:
    """The lists that are part of the program."""
    folder = files("seeds") / "lists"
    texts = [item.read_text(encoding="utf-8") for item in folder.iterdir() if item.name.endswith(".jsonl")]
    reads = [Read(read_document(text), SHIPPED, hashlib.sha256(text.encode()).hexdigest()) for text in texts]
    return tuple(sorted(reads, key=lambda read: read.document.source if read.document else ""))


def refresh_shipped(engine: Engine, now: datetime, step: Step = no_step) -> Imported | None:
    """Load the shipped lists into a fresh database, and newer versions of those that came shipped before.

    A list that an operator imported from elsewhere is left alone.
    """
    with reading(engine) as db:
        known = {source.code: source for source in all_sources(db)}
    reads = read_shipped()
    if known:
        reads = tuple(read for read in reads if _is_newer(read, known))
    return import_documents(engine, reads, now, step=step) if reads else None


def _is_newer(read: Read, known: dict[str, Source]) -> bool:
    source = known.get(read.document.source) if read.document else None
    return source is not None and source.location == SHIPPED and source.checksum != read.checksum


def import_documents(
    engine: Engine, reads: Sequence[Read], now: datetime, *, dry_run: bool = False, step: Step = no_step
) -> Imported:
    """Merge lists into the catalogue: all of it or, when anything fails, nothing."""
    if dry_run:
        with reading(engine) as db, undisturbed():
            decided, _reads = _decide(db, reads, step)
    else:
        with writing(engine) as db, undisturbed():
            decided, named = _decide(db, reads, step)
            write(db, _change(decided, named, now), now)
            step("Writing", 1, 1)
    return Imported(decided, _summaries(decided, reads), decided.diff())


def write_documents(db: Connection, documents: Sequence[Document], now: datetime) -> Plan:
    """Merge documents that no file holds (such as members' suggestions), in the caller's transaction."""
    reads = [Read(document, document.source) for document in documents]
    decided, named = _decide(db, reads, no_step)
    write(db, _change(decided, named, now), now)
    return decided


def _decide(db: Connection, reads: Sequence[Read], step: Step) -> tuple[Plan, tuple[Read, ...]]:
    known = all_sources(db)
    named = _with_own_codes(reads, known)
    step("Merging", 0, 1)
    decided = plan(
        all_resources(db),
        known,
        [read.document for read in named if read.document],
        withdrawn_digests(db),
        next_number(db),
    )
    step("Merging", 1, 1)
    return decided, named


def _with_own_codes(reads: Iterable[Read], known: Iterable[Source]) -> tuple[Read, ...]:
    """Two lists that happen to share a code (every repository has a README) stay two."""
    owners = {source.code: (source.name, source.location) for source in known}
    named: list[Read] = []
    for read in reads:
        if read.document is None:
            continue
        code, base, n = read.document.source, read.document.source, 1
        while code in owners and not _same_list(owners[code], read.document.name, read.location):
            n += 1
            code = f"{base}-{n}"
        owners[code] = (read.document.name, read.location)
        named.append(replace(read, document=replace(read.document, source=code)))
    return tuple(named)


def _same_list(owner: tuple[str, str | None], name: str, location: str) -> bool:
    return owner[0] == name or owner[1] == location


def _change(decided: Plan, reads: Sequence[Read], now: datetime) -> Change:
    origins = {read.document.source: read for read in reads if read.document}
    touched = [
        replace(
            source,
            checksum=read.checksum,
            location=read.location,
            etag=read.etag,
            last_modified=read.last_modified,
            imported_at=now,
        )
        for source in decided.sources
        if (read := origins.get(source.code))
    ]
    return Change(
        added=decided.inserts,
        changed=[after for _before, after in decided.changes],
        removed=decided.removals,
        redirects=decided.redirects,
        sources=touched,
    )


def _summaries(decided: Plan, reads: Sequence[Read]) -> tuple[str, ...]:
    lines = [summary(tally) for tally in decided.tallies]
    return (*lines, *(f"{read.location}: not changed since the last import" for read in reads if read.document is None))


def summary(tally: Tally) -> str:
    """One line on what happened to a source's entries."""
    counts = ", ".join(f"{getattr(tally, name)} {name}" for name in ("new", "changed", "moved", "removed", "unchanged"))
    skipped = ", ".join(f"{n} × {reason}" for reason, n in tally.skipped.items())
    total = sum(tally.skipped.values())
    return f"{tally.source} {tally.name}: {counts}" + (f", {total} skipped ({skipped})" if total else "")


def plan_withdrawal(db: Connection, person: Resource) -> Plan:
    """What it would change to take a person out of the catalogue for good; nothing is written."""
    gone = withdrawn_digests(db).union(withdrawal_digests(person))
    with undisturbed():
        return plan(all_resources(db), all_sources(db), (), gone, next_number(db))


def withdraw_person(db: Connection, person: Resource, decided: Plan, now: datetime) -> None:
    """Do what was planned for a person: nothing but digests of names and links stays behind in the catalogue."""
    withdraw(db, withdrawal_digests(person), now)
    write(db, _change(decided, (), now), now)
