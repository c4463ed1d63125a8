"""A line of a list becomes entries: its title, its links by what they are labelled, and what stands behind bars."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from seeds.entry import Entry, Pointer
from seeds.formats.draft import BARS, LONGEST_TITLE, Draft, clean, finished, learn_before, learn_behind
from seeds.formats.inline import Span, undecorated
from seeds.formats.links import is_code, is_name, is_own_page, is_profile, is_resource_link, kind_of, label_role
from seeds.formats.unlinked import text_title, without_tags
from seeds.identity import title_slug
from seeds.titles import word_count
from seeds.venues import (
    Tail,
    read_date,
    read_tail,
    read_venue,
)

_SEPARATOR = re.compile(r"^\s*(?:,|;|/|、|，|；|&|·|\+|and|和)\s*(?:and\s+)?$")
_NO_TITLES = frozenset(
    {"", "see", "see also", "check", "visit", "read", "via", "from", "more", "note", "update", "updates", "and"}
)


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
    draft = Draft()
    return word_count(title_slug(without_tags(before, draft))) >= 3


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
    draft = Draft(lead.text)
    if whole:
        at = next(i for i, span in enumerate(found) if span is lead)
        if title := _barred_title(found[:at]):
            draft = Draft(title)
            draft.learn(read_tail(lead.text))
        else:
            learn_before(found[:at], draft)
        learn_behind(found[at + 1 :], draft)
    title, tail = finished(draft)
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
    title = clean(BARS.split(text)[0])
    told = read_date(title) or read_venue(title)
    return title if word_count(title_slug(title)) >= 3 and not told else None


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


def _untitled(found: Sequence[Span], links: Links, place: Place, alone_counts: bool) -> Entry | None:
    """A row whose title is no link: its text up to the first label, or the label if there is nothing else."""
    best = links.best()
    draft = Draft()
    guess = text_title(found, draft, best is not None)
    title, tail = finished(draft)
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
