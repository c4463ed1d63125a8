"""Keeping the gettext catalogues in step with the code: every msgid, old translations kept, unused ones dropped."""

import ast
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from bot.command import Command


def msgids(package: Path, commands: Mapping[str, Command]) -> Iterator[str | tuple[str, str]]:
    """Everything that can be said: marked texts of the code, and the help of commands and parameters."""
    for path in sorted(package.rglob("*.py")):
        yield from said(path.read_text(encoding="utf-8"))
    for command in commands.values():
        yield from filter(None, (command.help, command.details))
        yield from (parameter.help for parameter in command.parameters)
        yield from () if command.hidden else _typed(command)


def said(code: str) -> Iterator[str | tuple[str, str]]:
    """The literal texts in calls of `t`, `lead`, `tn` and `mark`, wherever they stand."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            texts = [x.value for x in node.args if isinstance(x, ast.Constant) and isinstance(x.value, str)]
            if name in {"t", "lead", "mark"}:
                yield from texts[:1]
            elif name == "tn" and len(texts) > 1:
                yield texts[0], texts[1]


def _typed(command: Command) -> Iterator[str]:
    """The names that members type, as “/search”, “page:” and “signal:up”; platforms that translate names offer them."""
    yield from (f"/{word}" for word in command.name.split())
    for parameter in command.parameters:
        yield f"{parameter.name}:"
        yield from (f"{parameter.name}:{choice}" for choice in parameter.choices)


def updated(old: bytes, language: str, found: Iterator[str | tuple[str, str]]) -> bytes:
    """The .po file with exactly these msgids, in alphabetical order; new ones are still to be translated."""
    known = read_po(io.BytesIO(old), locale=language)
    catalogue = Catalog(locale=language, project="paperclub", charset="utf-8", header_comment="")
    for msgid in sorted(set(found), key=lambda m: m if isinstance(m, str) else m[0]):
        before = known.get(msgid if isinstance(msgid, str) else msgid[0])
        catalogue.add(msgid, before.string if before is not None else "")
    text = io.BytesIO()  # the header is written by hand: babel would put the date into it
    write_po(text, catalogue, width=120, omit_header=True, no_location=True)
    header = (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {language}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    )
    return header.encode() + text.getvalue()
