"""Text for Discord: strangers' words stay plain words, looks become Markdown, cuts fall between graphemes."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from bot.characters import graphemes
from bot.message import Line, Span

_LONGEST_URL = 500
_CHUNK = 300
_HIDDEN = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MARKS = re.compile(r"([\\*_~`|\[\]])")
_STARTS = re.compile(r"^(\s*)(#{1,3}(?=\s|$)|-#|[-+>](?=\s|>|$)|\d+(?=[.)](?:\s|$)))", re.MULTILINE)
_SPACE = "\u200b"
"""A character without width: keeps signs apart that would mean something together."""


def clean(text: str) -> str:
    """The text without control characters and without signs that turn its direction."""
    if text.isprintable():
        return text
    text = _HIDDEN.sub("", text)
    return "".join(c if unicodedata.category(c) not in {"Cc", "Cs"} or c == "\n" else " " for c in text)


def escape(text: str) -> str:
    """Text that Discord shows as it is: no markup, no mention, no link, no ping."""
    text = _MARKS.sub(r"\\\1", clean(text))
    text = text.replace("@", "@" + _SPACE).replace("<", "\\<" + _SPACE).replace("://", ":" + _SPACE + "//")
    return _STARTS.sub(_escape_start, text)


def _escape_start(match: re.Match[str]) -> str:
    sign = match[2]
    return f"{match[1]}{sign}{_SPACE}" if sign.isdigit() else f"{match[1]}\\{sign}"


def size(text: str) -> int:
    """Characters as the strictest of Discord's parts counts them: those beyond the basic plane are two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut between graphemes and marked with an ellipsis."""
    text = clean(text)
    if size(text) <= limit:
        return text
    kept, room = [], limit - 1
    for grapheme in graphemes(text):
        room -= size(grapheme)
        if room < 0:
            break
        kept.append(grapheme)
    return "".join(kept).rstrip() + "…"


def label(text: str, limit: int) -> str:
    """A short text that Discord never takes for markup; it must not be empty."""
    return shorten(" ".join(clean(text).split()), limit).strip() or "…"


def markdown(spans: Line) -> str:
    """A line in Discord's Markdown."""
    return _joined(_group(spans, lambda s: (s.code, s.url, s.time), _linked))


def _group(spans: Sequence[Span], key: Callable[[Span], Any], show: Callable[[list[Span]], str]) -> list[str]:
    if len(spans) == 1:
        return [show(list(spans))]
    return [show(list(group)) for _key, group in groupby(spans, key=key)]


def _joined(pieces: Sequence[str]) -> str:
    """Pieces after each other; where two signs would melt into another sign, something without width parts them."""
    done = ""
    for piece in pieces:
        if done and piece and done[-1] in "*_`" and piece[0] in "*_`":
            done += _SPACE
        done += piece
    return done


def _linked(spans: list[Span]) -> str:
    first = spans[0]
    if first.time is not None:
        return f"<t:{int(first.time.timestamp())}:f>"
    if first.code:
        text = clean("".join(s.text for s in spans)).replace("`", "'").replace("\n", " ")
        return f"`{text}`" if text.strip() else text
    shown = _joined(_group(spans, lambda s: s.bold, _bold))
    url = address(first.url)
    return f"[{shown}]({url})" if url and shown.strip() else shown


def _bold(spans: list[Span]) -> str:
    return _around(_joined(_group(spans, lambda s: s.italic, _italic)), "**" if spans[0].bold else "")


def _italic(spans: list[Span]) -> str:
    return _around(_joined(_group(spans, lambda s: s.mark, _marked)), "*" if spans[0].italic else "")


def _marked(spans: list[Span]) -> str:
    return _around(escape("".join(s.text for s in spans)), "__" if spans[0].mark else "")


def _around(text: str, sign: str) -> str:
    """The sign on both sides of the words; blanks stay outside."""
    bare = text.strip()
    if not sign or not bare:
        return text
    return text.replace(bare, f"{sign}{bare}{sign}", 1)


def address(url: str | None) -> str | None:
    """A web address as it may stand in a Markdown link; None for what is none or is too long."""
    if not url or not url.startswith(("http://", "https://")) or len(url) > _LONGEST_URL:
        return None
    return re.sub(r"[\s()<>\"\\`|*\[\]\x00-\x1f\x7f]", lambda m: "".join(f"%{b:02X}" for b in m[0].encode()), url)


def texts(lines: Sequence[Line], limit: int, prefix: str = "") -> list[str]:
    """Lines as texts of at most `limit` characters each, nothing lost; `prefix` stands before each line."""
    done: list[str] = []
    for spans in lines:
        for number, piece in enumerate(_pieces(spans, limit - len(prefix))):
            if not piece.strip():
                continue
            piece = prefix + piece
            joint = "\n" if number == 0 or prefix else ""
            if done and size(done[-1]) + len(joint) + size(piece) <= limit:
                done[-1] += joint + piece
            else:
                done.append(piece)
    return done


def _pieces(spans: Line, limit: int) -> Iterator[str]:
    whole = markdown(spans)
    if size(whole) <= limit:
        yield whole
        return
    for span in spans:
        for chunk in _chunks(span.text):
            yield markdown((Span(chunk, span.bold, span.italic, span.code, span.mark, span.url, span.time),))


def _chunks(text: str) -> Iterator[str]:
    """Pieces of a few hundred characters, at blanks where there are any."""
    current = ""
    for grapheme in graphemes(text):
        if len(current) >= _CHUNK and (grapheme.isspace() or len(current) >= 2 * _CHUNK):
            yield current
            current = ""
        current += grapheme
    if current:
        yield current
