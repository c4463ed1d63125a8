"""The block structure of a Markdown document: headings, list items with their children, paragraphs, tables."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from seeds.entry import Skip
from seeds.formats.inline import label_key

NBSP = "\ue0a0"
"""Stands for a no-break space while Markdown is taken apart, so that nothing strips it."""


@dataclass(frozen=True)
class Piece:
    """Some inline Markdown and the 1-based line where it starts."""

    source: str
    line: int


@dataclass(frozen=True)
class Heading:
    """A heading; `level` 1-6."""

    level: int
    piece: Piece


@dataclass(frozen=True)
class Paragraph:
    """A paragraph outside of lists."""

    piece: Piece


@dataclass(frozen=True)
class Item:
    """A list item: its first paragraph, what else it says, and the items below it."""

    piece: Piece
    more: tuple[Piece, ...] = ()
    children: tuple["Item", ...] = ()
    ordered: bool = False


@dataclass(frozen=True)
class Row:
    """A row of a table; `cells` in column order."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table with its header cells."""

    line: int
    header: tuple[str, ...]
    rows: tuple[Row, ...]


_LONGEST = 20_000
"""Characters of a heading or list item; nothing that long is one."""

Block = Heading | Paragraph | Item | Table


@dataclass(frozen=True)
class Blocks:
    """A document taken apart; `references` are its link definitions, `skipped` the rows inside comments."""

    blocks: tuple[Block, ...]
    references: Mapping[str, str]
    skipped: tuple[Skip, ...] = field(default=())


_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_ROW_IN_COMMENT = re.compile(r"\]\s?[(\[]|https?://")
_DEFINITION = re.compile(r"^[ \t]{0,12}\[([^\[\]\n]{1,200})\]:[ \t]*<?([^\s<>]+)>?[ \t]*(?:[\"'(].*)?$", re.M)
_TAGS_ONLY = re.compile(
    r"^[ \t]*(?:</?(?:details|div|p|center|br|span|font|section|sub|sup|small|ul|ol|blockquote|hr|b|strong|h[1-6])\b"
    r"[^<>\n]*/?>[ \t]*)+$",
    re.I,
)
_SUMMARY = re.compile(r"^[ \t]*(?:<details\b[^<>\n]*>)?[ \t]*<summary\b[^<>\n]*>(.*?)(?:</summary>)?[ \t]*$", re.I)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?=\n|\Z)", re.S)
_HTML_HEADING = re.compile(
    r"^[ \t]*<h([1-6])\b[^<>\n]*>((?:(?!</?h[1-6]|\n\n).){0,1000})</h\1\s*>[ \t]*$", re.I | re.M | re.S
)
_HTML_BREAK = re.compile(r"<(?:/?(?:li|tr|p|div|ul|ol|table|tbody|thead|h[1-6])|br)\b[^<>]*>", re.I)
_CELL = re.compile(r"<t[dh]\b([^<>]*)>", re.I)
_HTML_TABLE = re.compile(r"(?=<table\b)", re.I)
_HTML_ROW = re.compile(r"<tr\b[^<>]*>(.*?)(?=<tr\b|</table\b|\Z)", re.I | re.S)
_ROWSPAN = re.compile(r"\browspan\s*=\s*[\"']?(\d{1,3})", re.I)


def read_blocks(text: str) -> Blocks:
    """Take a Markdown document apart. `text` has Unix line ends."""
    text = _FRONT_MATTER.sub(lambda match: "\n" * match.group().count("\n"), text, count=1)
    text, skipped = _without_comments(text)
    references = {label_key(match[1]): match[2] for match in _DEFINITION.finditer(text)}
    lines = _plainer_html(_HTML_HEADING.sub(_as_heading, _DEFINITION.sub("", text)).split("\n"))
    tokens = _parser().parse("\n".join(lines).replace("\u00a0", NBSP))
    return Blocks(tuple(_Reader(tokens).blocks()), references, skipped)


def _as_heading(match: re.Match[str]) -> str:
    """A heading in HTML as one in Markdown, over as many lines."""
    text = re.sub(r"<(?:br|/?p|/?div)\b[^<>]*>|\s+", " ", match[2], flags=re.I).strip()
    return f"{'#' * int(match[1])} {text}" + "\n" * match.group().count("\n")


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table").disable(["inline", "code", "reference"])


def _without_comments(text: str) -> tuple[str, tuple[Skip, ...]]:
    skipped: list[Skip] = []
    kept: list[str] = []
    position = line = 0
    for start, end in _outside_fences(text):
        kept.append(text[position:start])
        line += text.count("\n", position, start)
        part = text[start:end]
        for match in _COMMENT.finditer(part):
            first = line + part.count("\n", 0, match.start()) + 1 if _ROW_IN_COMMENT.search(match.group()) else 0
            rows = match.group().split("\n") if first else ()
            skipped += [
                Skip(first + n, "inside a comment") for n, row in enumerate(rows) if _ROW_IN_COMMENT.search(row)
            ]
        kept.append(_COMMENT.sub(lambda match: "\n" * match.group().count("\n"), part) if "<!--" in part else part)
        line += part.count("\n")
        position = end
    return "".join(kept) + text[position:], tuple(skipped)


def _outside_fences(text: str) -> Iterator[tuple[int, int]]:
    """The stretches of a text that are not code blocks."""
    position = start = 0
    fence = ""
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if match and not fence:
            yield start, position
            fence = match[1]
        elif match and match[1].startswith(fence) and line.strip() == match[1]:
            fence, start = "", position + len(line) + 1
        position += len(line) + 1
    if not fence:
        yield min(start, len(text)), len(text)


def _plainer_html(lines: Sequence[str]) -> list[str]:
    """Lines without tags that only lay out, so that the Markdown between them is read as Markdown."""
    plain: list[str] = []
    for line in lines:
        if "<" not in line:
            plain.append(line)
            continue
        summary = _SUMMARY.match(line)
        if summary:
            text = re.sub(r"<[^<>]*>|\*", "", summary[1]).strip()
            plain.append(f"**{text}**" if text else "")
        else:
            plain.append("" if _TAGS_ONLY.match(line) else line)
    return plain


class _Reader:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def blocks(self) -> Iterator[Block]:
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token.type == "heading_open":
                yield Heading(int(token.tag[1:]), self._inline())
            elif token.type in {"bullet_list_open", "ordered_list_open"}:
                yield from self._list(token)
            elif token.type == "inline":
                yield Paragraph(_piece(token, len(token.content)))
            elif token.type == "table_open":
                yield self._table(token)
            elif token.type == "html_block":
                yield from _html(token)

    def _inline(self) -> Piece:
        token = self.tokens[self.at]
        self.at += 1
        return _piece(token)

    def _list(self, opening: Token) -> Iterator[Item]:
        ordered = opening.type.startswith("ordered")
        while (token := self.tokens[self.at]).level > opening.level:
            self.at += 1
            if token.type == "list_item_open":
                yield self._item(token, ordered)
        self.at += 1

    def _item(self, opening: Token, ordered: bool) -> Item:
        pieces: list[Piece] = []
        children: list[Item] = []
        while (token := self.tokens[self.at]).level > opening.level:
            self.at += 1
            if token.type in {"bullet_list_open", "ordered_list_open"}:
                children += self._list(token)
            elif token.type == "inline":
                pieces.append(_piece(token))
            elif token.type == "html_block":
                pieces += [block.piece for block in _html(token) if isinstance(block, Paragraph)]
        self.at += 1
        first = pieces[0] if pieces else Piece("", _line(opening))
        return Item(first, tuple(pieces[1:]), tuple(children), ordered)

    def _table(self, opening: Token) -> Table:
        rows: list[Row] = []
        cells: list[str] = []
        while (token := self.tokens[self.at]).level > opening.level:
            self.at += 1
            if token.type == "tr_open":
                cells, line = [], _line(token)
            elif token.type == "inline":
                cells.append(_intact(token.content[:_LONGEST]))
            elif token.type == "tr_close":
                rows.append(Row(line, tuple(cells)))
        self.at += 1
        header = rows[0] if rows else Row(_line(opening), ())
        return Table(header.line, header.cells, tuple(rows[1:]))


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 0


def _intact(source: str) -> str:
    return source.replace(NBSP, "\u00a0")


def _piece(token: Token, longest: int = _LONGEST) -> Piece:
    return Piece(_intact(token.content[:longest]), _line(token))


def _html(token: Token) -> Iterator[Block]:
    """What an HTML block holds: tables, list items, and lines that may be rows, each as a paragraph."""
    line, content = _line(token), _intact(token.content)
    for part in _HTML_TABLE.split(content):
        rows = list(_html_rows(part, line)) if part[:6].lower() == "<table" or "<td" in part else []
        if any(len(row.cells) > 1 for row in rows):
            end = part.lower().rfind("</table")
            yield Table(rows[0].line, rows[0].cells, tuple(rows[1:]))
            yield from _html_lines(part[end:], line + part.count("\n", 0, end)) if end >= 0 else ()
        else:
            yield from _html_lines(part, line)
        line += part.count("\n")


def _html_rows(part: str, line: int) -> Iterator[Row]:
    """The rows of a table; a cell that spans several rows belongs to each of them."""
    spanning: dict[int, tuple[str, int]] = {}
    for match in _HTML_ROW.finditer(part):
        cells: list[str] = []
        marks = list(_CELL.finditer(match[1]))
        given = [(mark[1], match[1][mark.end() : after]) for mark, after in zip(marks, _ends(marks), strict=True)]
        while given or len(cells) in spanning:
            if len(cells) in spanning:
                text, left = spanning.pop(len(cells))
            else:
                attributes, inner = given.pop(0)
                text = re.sub(r"\s+", " ", inner).strip()
                left = int(rows[1]) if (rows := _ROWSPAN.search(attributes)) else 1
            if left > 1:
                spanning[len(cells)] = (text, left - 1)
            cells.append(text)
        if cells:
            yield Row(line + part.count("\n", 0, match.start(1) + marks[0].start() if marks else 0), tuple(cells))


def _ends(marks: Sequence[re.Match[str]]) -> Iterator[int | None]:
    yield from (mark.start() for mark in marks[1:])
    if marks:
        yield None


def _html_lines(content: str, line: int) -> Iterator[Paragraph | Item]:
    opening, position = "", 0
    for match in [*_HTML_BREAK.finditer(content), None]:
        part = content[position : match.start() if match else None]
        if "<a" in part or "](" in part:
            lead = len(part) - len(part.lstrip())
            source = re.sub(r"\s+", " ", _CELL.sub(" | ", part)).strip().removeprefix("|").strip()
            piece = Piece(re.sub(r"^[-*+] ", "", source), line + part.count("\n", 0, lead))
            yield Item(piece) if opening == "<li" else Paragraph(piece)
        opening = match.group()[:3].lower() if match else ""
        line += part.count("\n") + (match.group().count("\n") if match else 0)
        position = match.end() if match else position
