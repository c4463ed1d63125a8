"""The shipped lists: entries as JSON Lines, one file per source, facts only."""

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from importlib.resources import files
from typing import Any

from seeds.entry import Document, Entry, Pointer

_HEADER = ("source", "name", "shape", "url", "revision")
_TUPLES = frozenset({"section", "urls", "authors", "works", "topics", "code_urls", "aliases", "damaged"})
_FIELDS = tuple((field.name, field.default) for field in fields(Entry))


def entry_to_json(entry: Entry) -> dict[str, Any]:
    """An entry as JSON values, absent facts left out."""
    value: dict[str, Any] = {}
    for name, default in _FIELDS:
        fact = getattr(entry, name)
        if fact is None or fact == () or (fact is default and name != "line"):
            continue
        if name == "links":
            fact = [{"relation": link.relation, "target": link.target} for link in fact]
        value[name] = list(fact) if isinstance(fact, tuple) else fact
    return value


def entry_from_json(value: Mapping[str, Any]) -> Entry:
    """The entry that `entry_to_json` wrote; facts of a newer Paperclub are passed over.

    Raises ValueError when kind or title is missing.
    """
    known = {name for name, _ in _FIELDS} & value.keys()
    facts: dict[str, Any] = {name: tuple(value[name]) if name in _TUPLES else value[name] for name in known}
    facts["links"] = tuple(Pointer(link["relation"], link["target"]) for link in value.get("links", ()))
    try:
        return Entry(**facts)
    except TypeError as error:
        raise ValueError(f"not an entry: {error}") from error


def dump_document(document: Document) -> str:
    """A document as JSON Lines: a header, then an entry a line."""
    header = {name: fact for name in _HEADER if (fact := getattr(document, name)) is not None}
    lines = [header, *(entry_to_json(entry) for entry in document.entries)]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def read_document(text: str) -> Document:
    """The document that `dump_document` wrote.

    Raises ValueError when a line is no JSON object or a needed fact is missing.
    """
    lines = [json.loads(line) for line in text.split("\n") if line.strip()]
    if not lines or not {"source", "name", "shape"} <= set(lines[0]):
        raise ValueError("not a list of Paperclub: the header line is missing")
    document = Document(**{name: lines[0].get(name) for name in _HEADER})
    return replace(document, entries=tuple(entry_from_json(line) for line in lines[1:]))


def load_shipped() -> tuple[Document, ...]:
    """The lists that are part of the package, by source."""
    folder = files("seeds") / "lists"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".jsonl"))
    return tuple(read_document((folder / name).read_text(encoding="utf-8")) for name in names)
