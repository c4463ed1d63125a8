"""A line of a list becomes entries: its title, its links by what they are labelled, and what stands behind bars."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from seeds.authors import cut_authors, read_authors
from seeds.entry import Entry, Pointer
from seeds.formats.inline import BREAK, Span, undecorated
from seeds.formats.links import is_code, is_name, is_own_page, is_profile, is_resource_link, kind_of, label_role
from seeds.identity import title_slug
from seeds.titles import word_count
from seeds.venues import (
    NOTHING,
    Tail,
    cut_parenthesis,
    cut_venue,
    read_date,
    read_label,
    read_tag,
    read_tail,
    read_venue,
)

LONGEST_TITLE = 400
"""Characters; what is longer is prose."""

_COLON = re.compile(r"\s*[:：]")
_CJK = re.compile(r"[\u3400-\u9fff]")
_OPEN_EDGES = re.compile(r"[\s\[(（]+$|^[\s\])）]+")
_FULL_STOP = re.compile(r"(?<=[\w)])\.$")
_UNTIL_LINK = re.compile(r"[\s(（\[,，;；–—-]*\x00.*", re.S)
_LABEL_END = re.compile(
    r"(?<=\w)[\s,;.(\[–—-]+(?:paper|link|code|pdf|url|arxiv|github|website|论文|链接|代码)\s*[:：]\s*$", re.I
)
_EMPTY_BRACKETS = re.compile(r"\[\s*\]|\(\s*\)|（\s*）")
_IN_TAG = re.compile(r"[\[(（【]([^\[\]()（）【】]{2,60})[\])）】]")
_JOIN = re.compile(r"^\s*[:：]+\s*(?=\S)")
_CONTINUES = re.compile(r"^\s+(?:with|for|of|on|via|using|from|and|to|at|by|in|without)\s+\S")
_DASH = re.compile(r"^\s*(?:[-–—]{1,3}|[•·])\s*")
_BARS = re.compile(r"[|｜]")
_SEPARATOR = re.compile(r"^\s*(?:,|;|/|、|，|；|&|·|\+|and|和)\s*(?:and\s+)?$")
_TAG = re.compile(r"^\s*[\[(（【]([^\[\]()（）【】]{1,60})[\])）】]\s*")
_AUTHORS = re.compile(r"[\s,，;；.。(（]*(?:作者|\bAuthors?)\s*[:：].*", re.I | re.S)
_SURNAME = re.compile(r"^[A-Z][^\W\d_]+ et al\.?(?: [(（](?:19|20)\d\d[)）])?$")
_BY = re.compile(r"^[\s,(]*by\s+(?=\S)")
_ARXIV_NUMBER = re.compile(r"^\[?\d{4}\.\d{4,5}(?:v\d+)?\]?[\s:：–—-]+(?=\S)")
_PROSE_WORDS = 45
_EDGES = " \t\n|｜:：,，;；-–—·•*`>"
_WRAPPERS = {"[": "]", "“": "”", '"': '"', "《": "》", "【": "】", "「": "」", "'": "'", "‘": "’"}
_NO_TITLES = frozenset(
    {"", "see", "see also", "check", "visit", "read", "via", "from", "more", "note", "update", "updates", "and"}
)
_STRAY_TAG = re.compile(r"</?[uib]>?$|/u>$")


@dataclass(frozen=True)
class Place:
    """Where a row stands: its section, and the line of the document."""

    section: tuple[str, ...]
    line: int


@dataclass
class Links:
    """A row's links by role. Each is a (text, url) pair without markup."""

    paper: list[Span] = field(default_factory=list)
    code: list[Span] = field(default_factory=list)
    note: list[Span] = field(default_factory=list)
    link: list[Span] = field(default_factory=list)
    side: list[Span] = field(default_factory=list)
    titled: list[Span] = field(default_factory=list)

    first: Span | None = None

    def best(self) -> Span | None:
        """The link that stands for a resource when none carries its title: the paper, else the first one."""
        others = (*self.link, *self.code, *self.note, *self.side)
        return next(iter(self.paper), None) or self.first or next(iter(others), None)


def sort_links(found: Sequence[Span]) -> Links:
    """Sort a row's usable links by what their texts promise."""
    links = Links()
    for span in found:
        if span.url is None or not is_resource_link(span.url):
            continue
        role = label_role(span.text)
        if span.picture:
            role = role or ("code" if is_code(span.url) else "side")
        if role == "link" and is_code(span.url):
            role = "code"
        getattr(links, role or "titled").append(span)
        if links.first is None and role in {"link", "code", "side"} and not span.picture:
            links.first = span
    return links


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
class _Draft:
    title: str = ""
    tail: Tail = NOTHING
    about: list[str] = field(default_factory=list)
    authors: tuple[str, ...] = ()

    def learn(self, tail: Tail) -> None:
        self.tail = self.tail.over(tail)

    def learn_authors(self, text: str) -> bool:
        """Take the authors from a text that names nobody and nothing else; tells whether it does."""
        found = read_authors(text)
        self.authors = self.authors or found
        return bool(found)


def read_row(found: Sequence[Span], place: Place, alone_counts: bool = True) -> tuple[Entry, ...]:
    """The entries of one row: the resource first, then what it points to. Empty when there is none.

    `alone_counts` lets a link stand for a resource whose text is only a label, when nothing else is there.
    """
    links = sort_links(found)
    if not links.titled and (name := _leading_name(found)):
        links = _with_title(links, name)
    if links.titled and _follow_title(found, links.titled[0]):
        links = _as_labels(links)
    if len(links.titled) > 1 and (several := _several(found, links)):
        return tuple(e for span in several for e in _titled(found, span, Links(titled=[span]), place, whole=False))
    if links.titled:
        return tuple(_titled(found, links.titled[0], links, place))
    entry = _untitled(found, links, place, alone_counts)
    return tuple(_with_code(entry, links)) if entry else ()


def _leading_name(found: Sequence[Span]) -> Span | None:
    """The link at the head of "[PyTorch](…) - Tensors and networks", which names a thing and labels no other."""
    lead = next((span for span in found if span.url is not None or clean(span.text)), None)
    usable = lead is not None and lead.url is not None and is_resource_link(lead.url)
    return lead if lead and usable and not lead.picture and is_name(lead.text) else None


def _with_title(links: Links, name: Span) -> Links:
    code, link, side = ([span for span in group if span is not name] for group in (links.code, links.link, links.side))
    return replace(links, code=code, link=link, side=side, titled=[name])


def _follow_title(found: Sequence[Span], lead: Span) -> bool:
    """Whether the first telling link stands in brackets behind a title: "CS 329S: … Design. [[Stanford]](…)"."""
    if not re.match(r"^\s*[\[【].*[\]】]\s*$", lead.text, re.S):
        return False
    before = "".join(span.text for span in found[: found.index(lead)] if span.url is None)
    draft = _Draft()
    return word_count(title_slug(_without_tags(before, draft))) >= 3


def _as_labels(links: Links) -> Links:
    pages = sorted(links.titled, key=lambda span: is_profile(str(span.url)))
    return replace(links, titled=[], link=[*links.link, *pages])


def _several(found: Sequence[Span], links: Links) -> list[Span]:
    """Links in an enumeration ("[A](…), [B](…) and [C](…)"), which are equals."""
    listed: list[Span] = []
    between = ""
    for span in found:
        if span.url is None:
            between += span.text
        elif span in links.titled:
            if listed and not _SEPARATOR.match(between):
                break
            listed.append(span)
            between = ""
    return listed if len(listed) == len(links.titled) else []


def _titled(found: Sequence[Span], lead: Span, links: Links, place: Place, whole: bool = True) -> Iterator[Entry]:
    draft = _Draft(lead.text)
    if whole:
        at = next(i for i, span in enumerate(found) if span is lead)
        if title := _barred_title(found[:at]):
            draft = _Draft(title)
            draft.learn(read_tail(lead.text))
        else:
            _before(found[:at], draft)
        _behind(found[at + 1 :], draft)
    title, tail = _finished(draft)
    urls, codes = _urls(lead, links)
    entry = Entry(
        kind=kind_of(place.section, urls[0], tail.venue),
        title=title,
        section=place.section,
        line=place.line,
        urls=urls,
        authors=draft.authors,
        organisation=tail.organisation,
        venue=tail.venue,
        year=tail.year,
        date=tail.date,
        note_url=links.note[0].url if links.note else None,
        code_urls=codes,
        damaged=("title",) if lead.guess else (),
        about=" ".join(draft.about) or None,
    )
    if title:
        yield from _with_code(entry, links)
        yield from _also(links.titled[1:], place)


def _barred_title(before: Sequence[Span]) -> str | None:
    """The title of "Title | [Organisation](…)", where the link stands behind a bar and is not the title."""
    text = undecorated("".join(span.text for span in before if span.url is None or not is_resource_link(span.url)))
    if not re.search(r"[|｜]\s*[(（\[]?$", text):
        return None
    title = clean(_BARS.split(text)[0])
    told = read_date(title) or read_venue(title)
    return title if word_count(title_slug(title)) >= 3 and not told else None


def _finished(draft: _Draft) -> tuple[str, Tail]:
    title, tail = draft.title, draft.tail
    for cut in (cut_parenthesis, cut_venue):
        shorter, told = cut(title.rstrip(" \t,;|[("))
        if clean(shorter):
            title, tail = shorter, tail.over(told)
    return clean(_ARXIV_NUMBER.sub("", title)), tail


def _urls(lead: Span, links: Links) -> tuple[tuple[str, ...], tuple[str, ...]]:
    codes = tuple(dict.fromkeys(str(span.url) for span in links.code))
    codes += tuple(str(span.url) for span in links.titled[1:] if is_code(str(span.url)) and str(span.url) not in codes)
    own = str(lead.url)
    if links.paper and is_code(own) and own not in codes:
        codes = (own, *codes)
    return tuple(dict.fromkeys((own, *(str(span.url) for span in (*links.paper, *links.link))))), codes


def _also(spans: Sequence[Span], place: Place) -> Iterator[Entry]:
    """Further links with long texts in a row: works of their own that the row mentions."""
    for span in spans:
        url, title = str(span.url), clean(span.text)
        if len(title.split()) >= 3 and not is_code(url) and not is_own_page(url):
            yield Entry(kind_of((), url), title, place.section, place.line, urls=(url,), derived=True)


def _with_code(entry: Entry, links: Links) -> Iterator[Entry]:
    codes = [url for url in entry.code_urls if url not in entry.urls]
    pointers = tuple(Pointer("code", url) for url in codes)
    yield replace(entry, links=entry.links + pointers) if pointers else entry
    texts = {str(span.url): span.text for span in (*links.code, *links.titled)}
    for url in codes:
        yield code_entry(entry, url, texts.get(url, ""))


def code_entry(entry: Entry, url: str, text: str) -> Entry:
    """The repository that a paper points to, named by its link or else after the paper."""
    text = clean(text)
    named = (
        text if re.search(r"\w", text) and label_role(text) is None else f"{re.split(r'[:：]', entry.title)[0]} code"
    )
    return Entry("repo", named, entry.section, entry.line, urls=(url,), derived=True)


def _before(found: Sequence[Span], draft: _Draft) -> None:
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


def _learn_tag(text: str, draft: _Draft) -> None:
    if len(text.split()) <= 6:
        draft.learn(read_label(text) or read_venue(text))


def _behind(found: Sequence[Span], draft: _Draft) -> None:
    """What stands behind the title: its second half, then pieces between bars."""
    first_line = _first_line(found)
    text = "".join(span.text if span.url is None else "\x00" for span in first_line)
    pieces = _BARS.split(text)
    _second_half(pieces[0], draft, barred=len(pieces) > 1)
    for piece in pieces[1:]:
        _barred(undecorated(piece.replace("\x00", " ")), draft)
    _details(found[len(first_line) :], draft)


def _barred(piece: str, draft: _Draft) -> None:
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
        cut = _line_end(span.text)
        text = span.text[:cut].replace("\n", " ")
        kept.append(span if text == span.text else replace(span, text=text))
        if cut < len(span.text):
            break
    return kept


def _line_end(text: str) -> int:
    for match in re.finditer(f"[\n{BREAK}]", text):
        rest = text[match.end() :].lstrip(" ")
        wrapped = match.group() == "\n" and rest[:1].islower() and not re.match(r"[\w ]{1,20}:", rest)
        if not wrapped and not (match.group() == "\n" and rest[:1] in "|｜"):
            return match.start()
    return len(text)


def _second_half(text: str, draft: _Draft, barred: bool) -> None:
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
        _aside(visible[dash.end() :], draft)
    elif _BY.match(text) and cut_authors(_until_link(text))[0]:
        _aside(_until_link(text), draft)
    elif (
        _CONTINUES.match(text)
        and 2 <= len(_until_link(text).split()) <= 16
        and (barred or not re.search(r"[.,;，。]", text))
    ):
        draft.title = f"{clean(draft.title)} {clean(_until_link(text))}"
    else:
        _aside(visible, draft)


def _until_link(text: str) -> str:
    return _UNTIL_LINK.sub("", text) if "\x00" in text else text


def _learned(rest: str, draft: _Draft) -> str:
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


def _aside(text: str, draft: _Draft) -> None:
    """Free text behind a title: a date, a venue, "(Section 3)", authors, or a description."""
    text = _EMPTY_BRACKETS.sub(" ", undecorated(text.replace("\x00", " "))).strip(" ,.;").rstrip(" [(")
    if text[:1] in {"|", "｜"}:
        for piece in _BARS.split(text):
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


def _without_authors(text: str, draft: _Draft) -> str:
    """What is said besides the authors, which may stand behind a venue in brackets."""
    text, told = cut_venue(text)
    draft.learn(told)
    names, rest = cut_authors(text)
    if not names and (tagged := _TAG.match(text)):
        names, rest = cut_authors(text[tagged.end() :])
        rest = tagged.group() + rest
    draft.authors = draft.authors or names
    return rest.strip(" ,.;)") if names else text


def _details(found: Sequence[Span], draft: _Draft) -> None:
    """Further lines of a row: whatever venue or date they give."""
    text = "".join(span.text for span in found if span.url is None)
    for line in re.split(f"[\n{BREAK}·]", text)[:12]:
        learn_detail(line, draft)


def learn_detail(line: str, draft: _Draft) -> None:
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
    draft = _Draft()
    learn_detail(line, draft)
    return draft.tail


def _untitled(found: Sequence[Span], links: Links, place: Place, alone_counts: bool) -> Entry | None:
    """A row whose title is no link: its text up to the first label, or the label if there is nothing else."""
    best = links.best()
    draft = _Draft()
    guess = _text_title(found, draft, best is not None)
    title, tail = _finished(draft)
    if not title and best and alone_counts:
        own = best.text if label_role(best.text) in {"paper", "side", "code"} or best.text else ""
        title = clean(own) if not best.picture and not best.text.startswith("http") else _repository_name(best)
    if title.lower() in _NO_TITLES or len(title) > LONGEST_TITLE or (best is None and not _is_listed(tail, title)):
        return None
    section = place.section
    if (
        label_role(title) and not is_name(title) and best and section
    ):  # "Paper: [link](…)" below the heading that is the title
        title, section = section[-1], section[:-1]
    codes = tuple(dict.fromkeys(str(span.url) for span in links.code))
    main = [str(span.url) for span in ((best,) if best else ())]
    more = [str(span.url) for span in (*links.paper, *links.link, *links.side) if not span.picture]
    return Entry(
        kind=kind_of(section, main[0] if main else None, tail.venue),
        title=title,
        section=section,
        line=place.line,
        urls=tuple(dict.fromkeys((*main, *more))),
        authors=draft.authors,
        organisation=tail.organisation,
        venue=tail.venue,
        year=tail.year,
        date=tail.date,
        note_url=str(links.note[0].url) if links.note else None,
        code_urls=tuple(url for url in codes if url not in main),
        damaged=("title",) if guess else (),
        about=" ".join(draft.about) or None,
    )


def _repository_name(span: Span) -> str:
    match = re.match(r"https?://(?:www\.)?github\.com/[^/]+/([^/?#]+)/?$", str(span.url))
    return match[1].removesuffix(".git") if match and not span.picture else ""


def _is_listed(tail: Tail, title: str) -> bool:
    # Without any link only a row that names its venue is surely a work and no remark.
    return bool(tail.venue and word_count(title_slug(title)) >= 2)


def _text_title(found: Sequence[Span], draft: _Draft, linked: bool) -> bool:
    kept, behind = _until_label(found, draft)
    kept = _without_lead(kept, draft)
    text, guess = _emphasised(kept)
    whole = "".join(span.text for span in kept)
    if len(text) < len(whole):
        first, *more = re.split(f"[\n{BREAK}]+", whole[whole.find(text) + len(text) :].strip(f"\n{BREAK}"))
        _aside(first, draft)
        for extra in more[:6]:
            learn_detail(extra, draft)
    line = text[: _line_end(text)].replace("\n", " ")
    title = _title_piece(_without_tags(line, draft), draft)
    draft.title = _first_sentence(_LABEL_END.sub("", title), draft) if linked else title
    _details([span for span in behind if span.url is None], draft)
    rest = text[_line_end(text) :]
    for extra in re.split(f"[\n{BREAK}]", rest)[:6]:
        learn_detail(extra, draft)
    return guess


def _until_label(found: Sequence[Span], draft: _Draft) -> tuple[list[Span], Sequence[Span]]:
    """The text up to the first link behind it, and what follows; a link's text may be the venue."""
    kept: list[Span] = []
    for n, span in enumerate(found):
        if span.url is None or not is_resource_link(span.url):
            kept.append(span)
            continue
        draft.learn(read_label(span.text))
        if any(clean(other.text) for other in kept):
            return kept, found[n:]
    return kept, ()


def _title_piece(line: str, draft: _Draft) -> str:
    """The piece between bars that is the title, the first but for a venue or a date; the others are learnt."""
    if authors := _AUTHORS.search(line):
        draft.learn_authors(authors.group().strip(" ,，;；.。(（"))
        line = line[: authors.start()]
    pieces = _BARS.split(line)
    while len(pieces) > 1 and (told := read_label(undecorated(pieces[0]))):
        draft.learn(told)
        del pieces[0]
    for piece in pieces[1:]:
        if not draft.learn_authors(undecorated(piece)):
            draft.learn(read_tail(undecorated(piece)))
    return pieces[0]


def _without_lead(kept: list[Span], draft: _Draft) -> list[Span]:
    """A row without the venue or date that stands before its title, such as one set as code."""
    while len(kept) > 1:
        text, follows = clean(kept[0].text), next((s for s in kept[1:] if clean(s.text)), None)
        told = read_label(text) or (read_tag(text) if kept[0].code else NOTHING)
        if text and not (follows and told):
            break
        draft.learn(told)
        kept = kept[1:]
    return kept


def _emphasised(kept: Sequence[Span]) -> tuple[str, bool]:
    """The bold part if a row begins with one long enough to be a title, or the part before italics."""
    text = "".join(span.text for span in kept)
    solid = [span for span in kept if clean(span.text)]
    guess = any(span.guess for span in kept)
    if solid and solid[0].bold and len(clean(solid[0].text).split()) >= 2:
        return solid[0].text, solid[0].guess
    for n, span in enumerate(solid[1:], 1):
        if span.italic and not solid[0].italic and len("".join(s.text for s in solid[:n]).split()) >= 3:
            before = "".join(s.text for s in solid[:n])
            return before, guess
    return text, guess


def _without_tags(line: str, draft: _Draft) -> str:
    """A title line without "[OSDI'22]" or "(2023)" before it; "[vLLM] Efficient…" becomes "vLLM: Efficient…"."""
    line = _EMPTY_BRACKETS.sub(" ", undecorated(line)).strip()
    name = ""
    while match := _TAG.match(line):
        tag = match[1].strip()
        told = read_tag(tag)
        if told:
            draft.learn(told)
        elif re.fullmatch(r"(?:19|20)\d\d", tag):
            draft.learn(Tail(year=int(tag)))
        elif (
            match.group().lstrip()[0] in "[【"
            and len(tag.split()) <= 4
            and not label_role(tag)
            and "survey" not in tag.lower()
            and re.search(r"[^\W\d]", tag)
        ):
            name = tag
        elif match.group().lstrip()[0] not in "[【":
            break
        line = line[match.end() :]
    if name and name.lower() not in line.lower():
        return join_title(name, line)
    return line


def _first_sentence(text: str, draft: _Draft) -> str:
    """The title of "Title. Authors. Venue 2023."; a quoted title is taken from its quotes."""
    quoted = re.search(r"[\"“]([^\"“”]{12,300}?)[,.]?[\"”]", text)
    if quoted and len(quoted[1].split()) >= 3:
        _aside(text[quoted.end() :], draft)
        return quoted[1]
    match = re.search(r"(?<=[a-z0-9)?!])[.?!]\s+(?=[A-Z(*])", text)
    if match and (_SURNAME.match(text[: match.start()]) or draft.learn_authors(text[: match.start()])):
        return _first_sentence(text[match.end() :], draft)
    if match and len(text[: match.start()].split()) >= 3:
        _aside(text[match.end() :], draft)
        return text[: match.start() + (text[match.start()] in "?!")]
    dash = re.search(r"\s[-–—]\s", text)
    if dash and len(text[: dash.start()].split()) >= 3 and "," in text[dash.end() :]:
        _aside(text[dash.end() :], draft)
        return text[: dash.start()]
    return text
