"""What is learnt of an entry while its row is read: its title, and what stands before, behind and below it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from seeds.authors import cut_authors, read_authors
from seeds.formats.inline import BREAK, Span, undecorated
from seeds.formats.links import is_resource_link, label_role
from seeds.venues import (
    NOTHING,
    Tail,
    cut_parenthesis,
    cut_venue,
    read_date,
    read_label,
    read_tail,
    read_venue,
)

LONGEST_TITLE = 400
"""Characters; what is longer is prose."""
BARS = re.compile(r"[|｜]")
EMPTY_BRACKETS = re.compile(r"\[\s*\]|\(\s*\)|（\s*）")
TAG = re.compile(r"^\s*[\[(（【]([^\[\]()（）【】]{1,60})[\])）】]\s*")
"""A few words in brackets at the beginning."""

_COLON = re.compile(r"\s*[:：]")
_CJK = re.compile(r"[\u3400-\u9fff]")
_OPEN_EDGES = re.compile(r"[\s\[(（]+$|^[\s\])）]+")
_FULL_STOP = re.compile(r"(?<=[\w)])\.$")
_UNTIL_LINK = re.compile(r"[\s(（\[,，;；–—-]*\x00.*", re.S)
_IN_TAG = re.compile(r"[\[(（【]([^\[\]()（）【】]{2,60})[\])）】]")
_JOIN = re.compile(r"^\s*[:：]+\s*(?=\S)")
_CONTINUES = re.compile(r"^\s+(?:with|for|of|on|via|using|from|and|to|at|by|in|without)\s+\S")
_DASH = re.compile(r"^\s*(?:[-–—]{1,3}|[•·])\s*")
_BY = re.compile(r"^[\s,(]*by\s+(?=\S)")
_ARXIV_NUMBER = re.compile(r"^\[?\d{4}\.\d{4,5}(?:v\d+)?\]?[\s:：–—-]+(?=\S)")
_PROSE_WORDS = 45
_EDGES = " \t\n|｜:：,，;；-–—·•*`>"
_WRAPPERS = {"[": "]", "“": "”", '"': '"', "《": "》", "【": "】", "「": "」", "'": "'", "‘": "’"}
_STRAY_TAG = re.compile(r"</?[uib]>?$|/u>$")


@lru_cache(maxsize=256)  # a title is cleaned at every step of reading its row
def clean(text: str) -> str:
    """A title without decoration, wrapping punctuation and the remains of a broken tag."""
    text = _STRAY_TAG.sub("", undecorated(text)).strip(_EDGES)
    while len(text) > 1 and _WRAPPERS.get(text[0]) == text[-1] and text[-1] not in text[1:-1]:
        text = text[1:-1].strip(_EDGES)
    return _FULL_STOP.sub("", _OPEN_EDGES.sub("", text))


def join_title(head: str, rest: str) -> str:
    """ "Perseus" and "Removing Energy Bloat" as one title; a head that the rest repeats is not said twice."""
    head, rest = clean(head), clean(rest)
    if not head or not rest:
        return head or rest
    repeated = rest[: len(head)].lower() == head.lower() and _COLON.match(rest, len(head))
    if repeated:
        return rest
    chinese = _CJK.search(rest)
    return f"{head}：{rest}" if chinese else f"{head}: {rest}"


@dataclass
class Draft:
    """An entry in the making."""

    title: str = ""
    tail: Tail = NOTHING
    about: list[str] = field(default_factory=list)
    authors: tuple[str, ...] = ()

    def learn(self, tail: Tail) -> None:
        """Take what a text behind a title says; what was learnt before stays."""
        self.tail = self.tail.over(tail)

    def learn_authors(self, text: str) -> bool:
        """Take the authors from a text that names nobody and nothing else; tells whether it does."""
        found = read_authors(text)
        self.authors = self.authors or found
        return bool(found)


def finished(draft: Draft) -> tuple[str, Tail]:
    """The title by itself, and all that is known besides."""
    title, tail = draft.title, draft.tail
    for cut in (cut_parenthesis, cut_venue):
        shorter, told = cut(title.rstrip(" \t,;|[("))
        if clean(shorter):
            title, tail = shorter, tail.over(told)
    return clean(_ARXIV_NUMBER.sub("", title)), tail


def learn_before(found: Sequence[Span], draft: Draft) -> None:
    """What stands before the title: a venue, a date, or the short name of the work in bold."""
    text = "".join(span.text for span in found if span.url is None or not is_resource_link(span.url))
    if not text.strip():
        return
    for part in _IN_TAG.findall(text):
        _learn_tag(part, draft)
    bare = clean(re.sub(r"[\[(（【][^\[\]()（）【】]{0,60}[\])）】]", " ", text))
    _learn_tag(bare, draft)
    name = next((span.text for span in found if (span.bold or span.code) and span.url is None and clean(span.text)), "")
    is_name = 0 < len(clean(name).split()) <= 3 and not read_venue(name) and not read_date(clean(name))
    if is_name and re.search(r"[:：]\s*$", text) and label_role(name) is None:
        draft.title = join_title(name, draft.title)


def _learn_tag(text: str, draft: Draft) -> None:
    if len(text.split()) <= 6:
        draft.learn(read_label(text) or read_venue(text))


def learn_behind(found: Sequence[Span], draft: Draft) -> None:
    """What stands behind the title: its second half, then pieces between bars."""
    first_line = _first_line(found)
    text = "".join(span.text if span.url is None else "\x00" for span in first_line)
    pieces = BARS.split(text)
    _second_half(pieces[0], draft, barred=len(pieces) > 1)
    for piece in pieces[1:]:
        _barred(undecorated(piece.replace("\x00", " ")), draft)
    learn_details(found[len(first_line) :], draft)


def _barred(piece: str, draft: Draft) -> None:
    """What stands between bars: authors, a date, a venue, an organisation, or a remark."""
    if draft.learn_authors(piece):
        return
    tail = read_tail(piece)
    draft.learn(tail)
    if piece and not tail:
        draft.about.append(piece)


def _first_line(found: Sequence[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in found:
        if span.url is not None:
            kept.append(span)
            continue
        cut = line_end(span.text)
        text = span.text[:cut].replace("\n", " ")
        kept.append(span if text == span.text else replace(span, text=text))
        if cut < len(span.text):
            break
    return kept


def line_end(text: str) -> int:
    """Where the first line of a text ends; one that was only wrapped goes on."""
    for match in re.finditer(f"[\n{BREAK}]", text):
        rest = text[match.end() :].lstrip(" ")
        wrapped = match.group() == "\n" and rest[:1].islower() and not re.match(r"[\w ]{1,20}:", rest)
        if not wrapped and not (match.group() == "\n" and rest[:1] in "|｜"):
            return match.start()
    return len(text)


def _second_half(text: str, draft: Draft, barred: bool) -> None:
    visible = text.replace("\x00", " ")
    colon = _JOIN.match(text)
    if colon or re.search(r"[:：]\s*$", draft.title):
        rest = text[colon.end() :] if colon else text
        rest = _until_link(rest)
        if _is_title_like(rest):
            draft.title = join_title(draft.title, _learned(rest, draft))
        else:
            draft.about.append(undecorated(rest))
    elif dash := _DASH.match(visible):
        learn_aside(visible[dash.end() :], draft)
    elif _BY.match(text) and cut_authors(_until_link(text))[0]:
        learn_aside(_until_link(text), draft)
    elif (
        _CONTINUES.match(text)
        and 2 <= len(_until_link(text).split()) <= 16
        and (barred or not re.search(r"[.,;，。]", text))
    ):
        draft.title = f"{clean(draft.title)} {clean(_until_link(text))}"
    else:
        learn_aside(visible, draft)


def _until_link(text: str) -> str:
    return _UNTIL_LINK.sub("", text) if "\x00" in text else text


def _learned(rest: str, draft: Draft) -> str:
    for cut in (cut_parenthesis, cut_venue, cut_parenthesis):
        shorter, tail = cut(rest.strip())
        if tail and clean(shorter):
            rest = shorter
            draft.learn(tail)
    return rest


def _is_title_like(rest: str) -> bool:
    rest = rest.strip()
    sentences = re.search(r"[.!?]\s+[A-Z]|[。！？].", rest)
    return (
        0 < len(rest) <= LONGEST_TITLE
        and len(rest.split()) <= _PROSE_WORDS
        and not (sentences and len(rest.split()) > 6)
    )


def learn_aside(text: str, draft: Draft) -> None:
    """Free text behind a title: a date, a venue, "(Section 3)", authors, or a description."""
    text = EMPTY_BRACKETS.sub(" ", undecorated(text.replace("\x00", " "))).strip(" ,.;").rstrip(" [(")
    if text[:1] in {"|", "｜"}:
        for piece in BARS.split(text):
            _barred(piece.strip(), draft)
        return
    text = _without_authors(text, draft)
    if not text:
        return
    if told := read_label(text):
        draft.learn(told)
        return
    for part in re.findall(r"[(（\[]([^()（）\[\]]{2,60})[)）\]]", text):
        if part.startswith("@"):
            draft.learn(Tail(organisation=re.sub(r"\s+etc\.?$", "", part[1:])))
        else:
            _learn_tag(part, draft)
    for part in re.split(r"[,;.]\s+|\s[-–—]\s", text)[:12]:
        venue = read_venue(part)
        if venue.venue and (venue.year or venue.venue == "arXiv"):
            draft.learn(Tail(venue=venue.venue, year=venue.year))
        else:
            draft.learn(read_label(part))
    said = bool(draft.tail.venue) and len(text.split()) <= 3
    if not said and not re.fullmatch(r"[(（\[][^()（）\[\]]*[)）\]]", text):
        draft.about.append(text)


def _without_authors(text: str, draft: Draft) -> str:
    """What is said besides the authors, which may stand behind a venue in brackets."""
    text, told = cut_venue(text)
    draft.learn(told)
    names, rest = cut_authors(text)
    if not names and (tagged := TAG.match(text)):
        names, rest = cut_authors(text[tagged.end() :])
        rest = tagged.group() + rest
    draft.authors = draft.authors or names
    return rest.strip(" ,.;)") if names else text


def learn_details(found: Sequence[Span], draft: Draft) -> None:
    """Further lines of a row: whatever venue or date they give."""
    text = "".join(span.text for span in found if span.url is None)
    for line in re.split(f"[\n{BREAK}·]", text)[:12]:
        learn_detail(line, draft)


def learn_detail(line: str, draft: Draft) -> None:
    """Take a venue or a date from a line below a title."""
    if not line.strip() or len(line) > 300:
        return
    line = _without_authors(line, draft)
    for part in [line, *re.split(r"[(（)）,]", line)[:8]]:
        part = clean(part)
        date = read_date(part)
        venue = read_venue(part) if not date else NOTHING
        if date or (venue.venue and venue.year):
            draft.learn(Tail(date=date, venue=venue.venue, year=venue.year))


def detail_tail(line: str) -> Tail:
    """What a line below a title says about venue and date."""
    draft = Draft()
    learn_detail(line, draft)
    return draft.tail
