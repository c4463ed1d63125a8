"""Markdown inside a line: spans of text and links, with emphasis noted, images and tags dropped."""

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from seeds.repair import GUESS

BREAK = "\x0b"
"""A line break that the author meant (two spaces, a backslash or <br>)."""

References = Mapping[str, str]

_SPECIAL = re.compile(r"[\\`!\[\]<*_~&\n]|https?://")
_DESTINATION = re.compile(r"[ \t]?\([ \t\n]*(?:<([^<>\n]*)>|((?:[^\s()\\]|\\.|\((?:[^\s()]|\([^\s()]*\))*\))*))")
_TITLE = re.compile(r"[ \t\n]+(?:\"[^\"]{0,500}\"|'[^']{0,500}'|\([^()]{0,500}\))[ \t\n]*")
_REFERENCE = re.compile(r"[ \t]?\[([^\[\]]{0,200})\]")
_ANCHOR = re.compile(r"<a\b[^<>]{0,2000}?\bhref\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)'|([^\s<>\"']+))[^<>]{0,2000}>", re.I)
_ANCHOR_END = re.compile(r"</a\s*>", re.I)
_AUTOLINK = re.compile(r"<(https?://[^\s<>]+)>")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>")
_STYLE_TAG = re.compile(r"<(/?)(b|strong|i|em|kbd|code)\b", re.I)
_BREAK_TAG = re.compile(r"<(?:br|/p|/li|/tr|/div)\b[^<>]*>", re.I)
_BARE = re.compile(r"https?://[^\s<>\"`\[\]{}|\\^，。；、（）《》「」！？：\ue001]+")
_REVERSED = re.compile(r"[(（]([^()（）]{1,200})[)）][ \t]*$")
_TICKS = re.compile("`+")
_STARS = re.compile(r"\*+|_+")
_ENTITY = re.compile(r"&(?:[A-Za-z]{2,10}|#\d{1,7}|#x[0-9A-Fa-f]{1,6});")
_BARE_IN_BRACKETS = re.compile(r"\s*https?://\S+\s*$")
_LONGEST_LABEL = 3000


@dataclass(frozen=True)
class Span:
    """A piece of a line: text, or a link when `url` is not None. `picture` is a link that shows only an image;
    `start` is its offset in the source; `guess` tells that it holds a repaired character nobody is sure of."""

    text: str
    url: str | None = None
    start: int = 0
    bold: bool = False
    italic: bool = False
    code: bool = False
    picture: bool = False
    guess: bool = False


def spans(source: str, references: References | None = None) -> tuple[Span, ...]:
    """Take a piece of Markdown apart. Never fails; what is no markup is text."""
    if not _SPECIAL.search(source):
        return (_span(source, None, 0, False, False, False),) if source else ()
    return tuple(_merged(_Scanner(source, references or {}).scan()))


def label_key(label: str) -> str:
    """How reference labels are compared: case and runs of spaces do not matter."""
    return re.sub(r"\s+", " ", label.replace(GUESS, "").strip()).casefold()


def plain(source: str) -> str:
    """The text of a piece of Markdown, without any markup."""
    return "".join(span.text for span in spans(source))


def _merged(found: Iterator[Span]) -> Iterator[Span]:
    kept: Span | None = None
    for span in found:
        same = kept is not None and kept.url is None and span.url is None
        if same and kept and (kept.bold, kept.italic, kept.code) == (span.bold, span.italic, span.code):
            kept = _joined(kept, span)
            continue
        if kept:
            yield kept
        kept = span
    if kept:
        yield kept


def _joined(one: Span, other: Span) -> Span:
    return Span(one.text + other.text, None, one.start, one.bold, one.italic, one.code, False, one.guess or other.guess)


class _Scanner:
    def __init__(self, source: str, references: References, nested: bool = False) -> None:
        self.source = source
        self.references = references
        self.nested = nested
        self.closing = _brackets(source)
        self.no_tick: set[int] = set()
        self.out: list[Span] = []
        self.buffer: list[str] = []
        self.begin = 0
        self.bold = self.italic = False

    def scan(self) -> Iterator[Span]:
        position = 0
        while True:
            match = _SPECIAL.search(self.source, position)
            self._text(self.source[position : match.start() if match else None], position)
            if not match:
                break
            position = self._special(match.group(), match.start())
        self._flush()
        return iter(self.out)

    def _text(self, text: str, position: int) -> None:
        if text:
            if not self.buffer:
                self.begin = position
            self.buffer.append(text)

    def _flush(self, code: bool = False) -> None:
        if self.buffer:
            text = "".join(self.buffer)
            self.buffer = []
            self.out.append(_span(text, None, self.begin, self.bold, self.italic, code))

    def _link(self, text: str, url: str, start: int, picture: bool = False) -> None:
        self._flush()
        self.out.append(_span(text, url.strip(), start, self.bold, self.italic, False, picture))

    def _special(self, mark: str, at: int) -> int:
        handler = {
            "\\": self._escape, "`": self._code, "!": self._image, "[": self._bracket, "<": self._angle,
            "*": self._emphasis, "_": self._emphasis, "~": self._strike, "&": self._entity, "\n": self._newline,
        }.get(mark)  # fmt: skip
        if handler:
            return handler(at)
        if mark.startswith("http"):
            return self._bare(at)
        self._text(mark, at)
        return at + len(mark)

    def _escape(self, at: int) -> int:
        following = self.source[at + 1 : at + 2]
        if following == "\n":
            self._text(BREAK, at)
        elif following and following in "\\`*_{}[]()#+-.!|<>~&\"'$%,/:;=?@^":
            self._text(following, at)
        else:
            self._text("\\" + following, at)
        return at + 2

    def _code(self, at: int) -> int:
        match = _TICKS.match(self.source, at)
        run = len(match.group()) if match else 1
        end = -1 if run in self.no_tick else self.source.find("`" * run, at + run)
        if end < 0:
            self.no_tick.add(run)
            self._text("`" * run, at)
            return at + run
        self._flush()
        self._text(self.source[at + run : end].strip(), at)
        self._flush(code=True)
        return end + run

    def _image(self, at: int) -> int:
        end = self.closing.get(at + 1)
        if self.source[at + 1 : at + 2] != "[" or end is None:
            self._text("!", at)
            return at + 1
        _url, after = self._target(at + 1, end)
        return after

    def _target(self, opening: int, end: int) -> tuple[str | None, int]:
        """The destination of a link whose text ends at `end`, and where the whole of it ends."""
        direct = _DESTINATION.match(self.source, end + 1)
        if direct:
            after = direct.end()
            title = _TITLE.match(self.source, after)
            after = title.end() if title else after
            after = _skip_blank(self.source, after)
            url = direct[1] if direct[1] is not None else direct[2]
            spaced = self.source[end + 1] != "("
            if self.source[after : after + 1] == ")" and not (spaced and not re.match(r"https?://", url)):
                return url, after + 1
            if self.source[after : after + 1] in ("", "\n") and re.match(r"https?://", url):
                return url, after  # the closing parenthesis was forgotten
        named = _REFERENCE.match(self.source, end + 1)
        inner = self.source[opening + 1 : end]
        if named and (url := self.references.get(label_key(named[1] or inner))) is not None:
            return url, named.end()
        if len(inner) <= 200 and (url := self.references.get(label_key(inner))) is not None:
            return url, end + 1
        return None, end + 1

    def _bracket(self, at: int) -> int:
        end = self.closing.get(at)
        if end is None or end - at > _LONGEST_LABEL:
            self._text("[", at)
            return at + 1
        inner = self.source[at + 1 : end]
        url, after = (None, at) if self.nested else self._target(at, end)
        if url is None:
            return self._bracketed(at, inner, end)
        self._add_link(inner, url, at)
        return after

    def _add_link(self, inner: str, url: str, at: int) -> None:
        text = inner
        if _SPECIAL.search(inner):
            text = "".join(span.text for span in _Scanner(inner, {}, nested=True).scan())
        if text.strip(" \n" + BREAK):
            self._link(text, url, at)
        else:
            alt = re.search(r"!\[([^\[\]]{0,300})\]|<img\b[^<>]*\balt=[\"']([^\"'<>]{0,300})", inner)
            self._link((alt[1] or alt[2] or "") if alt else "", url, at, picture=True)

    def _bracketed(self, at: int, inner: str, end: int) -> int:
        if not self.nested and _BARE_IN_BRACKETS.match(inner):
            reversed_text = _REVERSED.search("".join(self.buffer)[-220:])
            text = inner.strip()
            if reversed_text:
                whole = "".join(self.buffer)
                self.buffer = [whole[: whole.rfind(reversed_text.group()[0])]]
                text = reversed_text[1]
            self._link(text, inner, at)
            return end + 1
        self._text("[", at)
        return at + 1

    def _angle(self, at: int) -> int:
        if match := _AUTOLINK.match(self.source, at):
            self._link(match[1], match[1], at)
            return match.end()
        if not self.nested and (match := _ANCHOR.match(self.source, at)):
            end = _ANCHOR_END.search(self.source, match.end(), match.end() + _LONGEST_LABEL)
            if end:
                url = next(group for group in match.groups() if group is not None)
                self._add_link(self.source[match.end() : end.start()], html.unescape(url), at)
                return end.end()
        if match := _BREAK_TAG.match(self.source, at):
            self._text(BREAK, at)
            return match.end()
        match = _TAG.match(self.source, at)
        if not match:
            self._text("<", at)
            return at + 1
        if styled := _STYLE_TAG.match(match.group()):
            self._styled(styled[2].lower(), opening=not styled[1])
        return match.end()

    def _styled(self, name: str, opening: bool) -> None:
        self._flush(code=name in {"kbd", "code"} and not opening)
        if name in {"b", "strong"}:
            self.bold = opening
        elif name in {"i", "em"}:
            self.italic = opening

    def _emphasis(self, at: int) -> int:
        match = _STARS.match(self.source, at)
        run = match.group() if match else "*"
        before, after = self.source[at - 1 : at], self.source[at + len(run) : at + len(run) + 1]
        literal = (before.isspace() or not before) and (after.isspace() or not after)
        inside = run[0] == "_" and before.isalnum() and after.isalnum()
        if literal or inside or len(run) > 3:
            self._text(run, at)
            return at + len(run)
        self._flush()
        self.bold ^= len(run) >= 2
        self.italic ^= len(run) in {1, 3}
        return at + len(run)

    def _strike(self, at: int) -> int:
        if self.source[at : at + 2] == "~~":
            return at + 2
        self._text("~", at)
        return at + 1

    def _entity(self, at: int) -> int:
        match = _ENTITY.match(self.source, at)
        self._text(html.unescape(match.group()) if match else "&", at)
        return match.end() if match else at + 1

    def _newline(self, at: int) -> int:
        hard = self.source[max(0, at - 2) : at] == "  "
        self._text(BREAK if hard else "\n", at)
        return at + 1

    def _bare(self, at: int) -> int:
        match = _BARE.match(self.source, at)
        url = _trimmed(match.group()) if match else ""
        if len(url) < 10:
            self._text(self.source[at : at + 4], at)
            return at + 4
        if self.nested:
            self._text(url, at)
        else:
            self._link(url, url, at)
        return at + len(url)


def _trimmed(url: str) -> str:
    url = url.rstrip(".,;:!?*_~'\"")
    while url.endswith(")") and url.count(")") > url.count("("):
        url = url[:-1].rstrip(".,;:!?*_~'\"")
    return url


def _skip_blank(source: str, position: int) -> int:
    while position < len(source) and source[position] in " \t\n":
        position += 1
    return position


def _span(text: str, url: str | None, start: int, bold: bool, italic: bool, code: bool, picture: bool = False) -> Span:
    guess = GUESS in text or (url is not None and GUESS in url)
    if guess:
        text = text.replace(GUESS, "")
        url = url.replace(GUESS, "") if url is not None else None
    return Span(text, url, start, bold, italic, code, picture, guess)


_BRACKET = re.compile(r"\\.|[\[\]]")


def _brackets(source: str) -> dict[int, int]:
    """Where each opening bracket closes; escaped ones do not count. Linear in the length."""
    pairs: dict[int, int] = {}
    stack: list[int] = []
    if "[" not in source:
        return pairs
    for match in _BRACKET.finditer(source):
        mark, at = match.group(), match.start()
        if mark == "[":
            stack.append(at)
        elif mark == "]" and stack:
            pairs[stack.pop()] = at
    return pairs


class Lines:
    """Which line of a document an offset in a block is on."""

    def __init__(self, source: str, first: int) -> None:
        self._first = first
        self._starts = [0, *accumulate(len(line) + 1 for line in source.split("\n"))]

    def at(self, offset: int) -> int:
        """The 1-based line of the document."""
        return self._first + bisect_right(self._starts, offset) - 1


_SHORTCODE = re.compile(r":[a-z][a-z0-9_+]{1,30}:")


def is_decoration(char: str) -> bool:
    """Whether a character is a picture (emoji) or something invisible, as they decorate titles."""
    return unicodedata.category(char) in {"So", "Sk", "Cf", "Cs", "Co", "Cn", "Cc"} or char in "\ufe0f\u20e3"


def undecorated(text: str) -> str:
    """A text without emoji and shortcodes, its white space folded."""
    if text.isascii() and ":" not in text and BREAK not in text:
        return " ".join(text.split())
    kept = text if text.isascii() else "".join(" " if is_decoration(c) and c not in "°©®℃" else c for c in text)
    kept = kept.replace(BREAK, " ")
    return " ".join((_SHORTCODE.sub(" ", kept) if ":" in kept else kept).split())


def texts(found: Sequence[Span]) -> str:
    """The text of spans without the links' texts."""
    return "".join(span.text for span in found if span.url is None)
