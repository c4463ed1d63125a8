"""Text between Slack's markup and ours: unescaped once on the way in, escaped once on the way out."""

import re
from collections.abc import Callable, Iterator
from itertools import groupby

from bot.characters import graphemes
from bot.message import Line, Span

LONGEST_TEXT = 2900
"""Characters of one text object that are used; Slack takes 3000."""
_CHUNK = 250
_LONGEST_URL = 1500

_TOKEN = re.compile(r"<([^<>\s|][^<>|]*)(?:\|([^<>]*))?>")
_FORMATTED = re.compile(r"(?<!\w)([*_~`])(?=\S)(?=[^\n]*?\S\1(?!\w))")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_JOINER = "\u2060"


def escape(text: str) -> str:
    """Text that Slack shows as it is: no markup, no reference, no ping."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """What was typed, from what Slack sends."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def references(text: str) -> set[str]:
    """The ids of members and channels that a text names without a label."""
    return {m[1][1:] for m in _TOKEN.finditer(text) if m[1][0] in "@#" and not m[2]}


def heard(text: str, name: Callable[[str], str | None] = lambda _id: None) -> str:
    """The line that somebody typed; members and channels by name, links bare.

    `name` finds the name of an id that came without one.
    """
    spoken, end = [], 0
    for match in _TOKEN.finditer(text):
        spoken += [unescape(text[end : match.start()]), unescape(_spoken(match[1], match[2], name))]
        end = match.end()
    return "".join([*spoken, unescape(text[end:])])


def _spoken(target: str, label: str | None, name: Callable[[str], str | None]) -> str:
    if target[0] in "@#":
        known = label or name(target[1:]) or target[1:]
        return known if known.startswith(target[0]) else target[0] + known
    if target[0] == "!":
        return label or "@" + target[1:].split("^")[0]
    return target.removeprefix("mailto:")


def after_mention(text: str, bot_user: str) -> str:
    """What stands after the first mention of the bot, or the whole text when it is not mentioned."""
    parts = re.split(rf"<@{re.escape(bot_user)}(?:\|[^<>]*)?>", text, maxsplit=1)
    before, after = parts[0].strip(), parts[-1].strip(" \t\n:,，：")
    return after or (before if len(parts) > 1 else after)


def links(text: str) -> list[str]:
    """The web addresses in a text of Slack's, in order, each once."""
    found = [unescape(m[1]) for m in _TOKEN.finditer(text) if m[1].startswith(("http://", "https://"))]
    bare = re.findall(r"https?://[^\s<>|]+", _TOKEN.sub(" ", text))
    return list(dict.fromkeys([*found, *(unescape(url).rstrip(".,;:)]") for url in bare)]))


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut between graphemes and marked with an ellipsis."""
    text = clean(text)
    if _size(text) <= limit:
        return text
    kept, room = [], limit - 1
    for grapheme in graphemes(text):
        room -= _size(grapheme)
        if room < 0:
            break
        kept.append(grapheme)
    return "".join(kept).rstrip() + "…"


def _size(text: str) -> int:
    """Characters as Slack counts them: those beyond the basic plane are two."""
    return len(text) + sum(c > "\uffff" for c in text)


def clean(text: str) -> str:
    """The text without control characters, which Slack refuses or shows as boxes."""
    return _CONTROL.sub(" ", text)


def mrkdwn(spans: Line) -> str:
    """A line in Slack's markup; emphasis that touches a word is kept off it by a character without width."""
    done = ""
    for look, group in groupby(spans, key=lambda s: (s.bold or s.mark, s.italic, s.code, s.url, s.time)):
        run = list(group)
        text = clean("".join(s.text for s in run)).replace("\n", " ")
        span = Span(text, bold=look[0], italic=look[1], code=look[2], url=look[3], time=look[4])
        piece = "".join(_run(span))
        if done and piece and _would_touch(done[-1], piece[0]):
            done += "\u200b"
        done += piece
    return done


def _would_touch(last: str, first: str) -> bool:
    marks = "*_`"
    return (first in marks and (last.isalnum() or last in marks)) or (last in marks and first.isalnum())


def _run(span: Span) -> Iterator[str]:
    """One look, in pieces short enough to be divided among blocks; blanks stay outside of the markup."""
    if span.time is not None:
        yield _date(span)
        return
    for piece in _chunks(span.text):
        bare = piece.strip()
        if not bare:
            yield piece
            continue
        lead, tail = piece[: len(piece) - len(piece.lstrip())], piece[len(piece.rstrip()) :]
        yield lead + _marked(span, bare) + tail


def _chunks(text: str) -> Iterator[str]:
    while len(text) > _CHUNK:
        cut = text.rfind(" ", 1, _CHUNK)
        if cut < 0:
            cut = 0
            for grapheme in graphemes(text[: _CHUNK + 20]):
                if cut and cut + len(grapheme) > _CHUNK:
                    break
                cut += len(grapheme)
        yield text[:cut]
        text = text[cut:]
    yield text


def _marked(span: Span, text: str) -> str:
    if span.code:
        return f"`{escape(text.replace('`', chr(39)))}`"
    shown = escape(_FORMATTED.sub(lambda m: m[1] + _JOINER, text))
    address = _address(span.url or "")
    if address.startswith(("http://", "https://")) and len(address) <= _LONGEST_URL:
        shown = f"<{address}|{shown}>"
    if span.italic:
        shown = f"_{shown}_"
    return f"*{shown}*" if span.bold else shown


def _address(url: str) -> str:
    for bad, good in {"<": "%3C", ">": "%3E", "|": "%7C", " ": "%20", "\n": "", "\t": ""}.items():
        url = url.replace(bad, good)
    return url.replace("&", "&amp;")


def _date(span: Span) -> str:
    assert span.time is not None  # noqa: S101 - the caller has looked
    fallback = clean(span.text).replace("|", " ").strip() or span.time.strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(span.time.timestamp())}^{{date_short_pretty}} {{time}}|{escape(fallback)}>"


def texts(lines: tuple[Line, ...]) -> list[str]:
    """Lines as texts of at most LONGEST_TEXT characters each, nothing lost."""
    done: list[str] = []
    for spans in lines:
        for number, piece in enumerate(_pieces(spans)):
            joint = "\n" if number == 0 else ""
            if done and len(done[-1]) + len(joint) + len(piece) <= LONGEST_TEXT:
                done[-1] += joint + piece
            elif piece.strip():
                done.append(piece)
    return [text for text in done if text.strip()]


def _pieces(spans: Line) -> Iterator[str]:
    """A rendered line; a very long one in several pieces."""
    whole = mrkdwn(spans)
    if len(whole) <= LONGEST_TEXT:
        yield whole
        return
    for span in spans:
        yield from _run(
            Span(clean(span.text).replace("\n", " "), span.bold, span.italic, span.code, False, span.url, span.time)
        )
