"""Writing the shipped lists from the raw documents: `python -m seeds.build DIRECTORY`."""

import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from seeds.entry import Document
from seeds.formats import parse
from seeds.identity import title_slug
from seeds.lists import dump_document
from seeds.topics import topics_of

TARGET = Path(__file__).parent / "lists"
"""Where the package keeps its lists."""


def facts(document: Document) -> Document:
    """A document without anybody's sentences; the topics they gave are kept."""
    entries = tuple(
        replace(entry, about=None, topics=entry.topics or topics_of(entry, document.source))
        for entry in document.entries
    )
    return replace(document, entries=entries, skipped=())


def read_directory(directory: Path) -> tuple[Document, ...]:
    """Parse every raw document (*.txt, *.md, *.json named after a source) of a directory, by source code."""
    paths = sorted(path for path in directory.iterdir() if path.name[:3].isdigit() and path.is_file())
    documents = (parse(path.read_bytes(), path.name) for path in paths)
    return tuple(sorted(documents, key=lambda document: document.source))


def render(documents: Iterable[Document]) -> dict[str, str]:
    """File name → text of every list."""
    return {
        f"{document.source}-{title_slug(document.name)}.jsonl": dump_document(facts(document)) for document in documents
    }


def main(arguments: list[str]) -> int:
    """Write the lists; returns the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m seeds.build DIRECTORY\n")
        return 2
    texts = render(read_directory(Path(arguments[0])))
    for old in TARGET.glob("*.jsonl"):
        old.unlink()
    for name, text in texts.items():
        (TARGET / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{name}: {text.count(chr(10)) - 1} entries\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
