"""Markdown lists become entries: a walk over headings, list items, paragraphs and tables."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from seeds.entry import Entry, Skip
from seeds.formats.blocks import Blocks, Heading, Item, Paragraph, Row, Table, read_blocks
from seeds.formats.draft import clean, detail_tail
from seeds.formats.inline import Lines, Span, spans, undecorated
from seeds.formats.links import is_absolute, is_own_page, is_resource_link, is_who_section, label_role, section_kind
from seeds.formats.people import is_person_row, person_entries
from seeds.formats.rows import Place, read_row, sort_links
from seeds.formats.tables import column_roles, row_entries, table_entries
from seeds.identity import title_slug
from seeds.repair import GUESS, is_damaged, repair
from seeds.titles import word_count
from seeds.venues import Tail

_WITHHELD = re.compile(
    r"^(?:table of )?contents?(?: ?table)?$|^toc$|^目录$|^(?:license|licence|许可证|许可)\b|"
    r"^(?:citations?|citing|cite|引用)\b|star ?history|^stargazers|^contribut(?:e|ing|ors?|ion)\b|^贡献|"
    r"^acknowledge?ments?\b|^致谢|^sponsors?\b|^maintainers?$|"
    r"^contact|^feedback$|^参与贡献|^如何贡献|^(?:交流|微信)群|^联系(?:我们|方式)|^开源协议|"
    r"^更新(?:日志|记录)?$|^最近更新$|^最新(?:动态|消息|更新)$|"
    r"^(?:latest |recent )?(?:news|updates?)(?: (?:and|&) (?:news|updates?))?$|^what['’]?s new\b|"
    r"^overview$|^change ?log$|^code of conduct|^disclaimer|^join us|^support us|^how to contribute",
    re.I,
)
_NUMBERING = re.compile(
    r"^(?:[一二三四五六七八九十]{1,3}[、．.]\s*|\d+(?:\.\d+)*\.(?:\s+|(?=[^\W\d]))|\d+(?:\.\d+)+\s+|[IVX]{1,4}\.\s+)(?=\S)"
)
_UNFOLD = re.compile(
    r"\s*[(（\[]?(?:click (?:here )?to (?:expand|unfold|view|show)|点击(?:展开|查看))[^()（）]*[)）\]]?\s*$", re.I
)
_PEOPLE_TITLE = re.compile(r"blogger|博主|people|researchers", re.I)
_CLOSING = re.compile(
    r"^\W*(?:maintained by|curated by|created by|compiled by|made with|inspired by|"
    r"if you (?:find|found|like|use|have|want)\b|(?:please )?feel free to|"
    r"pull requests?\b|prs? (?:are )?welcome|欢迎|如果(?:你|您|觉得))",
    re.I,
)
_OWN_PAGE = "page of the list itself"
_ANCHOR = "link within the page"
_NO_RESOURCE = "no resource"


@dataclass
class _State:
    """Where the walk is: headings by level, the last table's columns, what was found, how much before the heading."""

    blocks: Blocks
    title: str | None
    people: bool
    path: dict[int, str] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    entries: list[Entry] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)
    started: bool = False
    before: int = 0

    @property
    def section(self) -> tuple[str, ...]:
        return tuple(self.path[level] for level in sorted(self.path))

    @property
    def withheld(self) -> bool:
        return any(_WITHHELD.search(name) for name in self.path.values())


def parse_markdown(text: str) -> tuple[str | None, tuple[Entry, ...], tuple[Skip, ...]]:
    """The title, the entries and the skipped rows of a Markdown list (Unix line ends; damaged text is repaired)."""
    if is_damaged(text):
        text = repair(text)
    blocks = read_blocks(text)
    title, level = _title(blocks)
    state = _State(blocks, title, bool(title and _PEOPLE_TITLE.search(title)), skipped=list(blocks.skipped))
    for block in blocks.blocks:
        if isinstance(block, Heading):
            _heading(block, state, is_title=level == block.level and not state.started)
        elif isinstance(block, Item):
            _item(block, state, state.section)
        elif isinstance(block, Paragraph):
            _paragraph(block, state)
        elif isinstance(block, Table):
            _table(block, state)
    return title, _once(state.entries), tuple(state.skipped)


def _title(blocks: Blocks) -> tuple[str | None, int]:
    headings = [block for block in blocks.blocks if isinstance(block, Heading)]
    top = next((h for h in headings if h.level == 1), None)
    if top is None or headings[0].level < 1:
        return None, 0
    name = section_name(spans(top.piece.source, blocks.references))
    return name or None, 1


def section_name(found: Sequence[Span]) -> str:
    """A heading's text without pictures, anchors, numbering and decoration."""
    kept = "".join(s.text for s in found if s.url is None or (not s.url.startswith("#") and not s.picture))
    if not re.search(r"\w", kept):
        kept = "".join(span.text for span in found if not span.picture)
    name = re.sub(r"[(\[（]\s*[)\]）]", "", kept.replace(GUESS, ""))
    name = undecorated(name).strip(" :：*_#-–—>")
    return _NUMBERING.sub("", _UNFOLD.sub("", name)).strip()


def _heading(block: Heading, state: _State, is_title: bool) -> None:
    found = spans(block.piece.source, state.blocks.references)
    name = section_name(found)
    state.path = {level: text for level, text in state.path.items() if level < block.level}
    state.roles, state.before = (), len(state.entries)
    if is_title:
        state.started = True
        return
    links = [s for s in found if s.url is not None and not s.picture and not s.url.startswith("#")]
    if name:
        state.path[block.level] = name
    if links and clean(links[0].text) == name and is_resource_link(str(links[0].url)):
        outer = tuple(text for level, text in sorted(state.path.items()) if level < block.level)
        _row(found, Place(outer, block.piece.line), state)
    elif links:
        _row(found, Place(state.section, block.piece.line), state, quiet=True)


def _paragraph(block: Paragraph, state: _State) -> None:
    source = block.piece.source
    found = spans(source, state.blocks.references)
    if not any(s.url is not None for s in found):
        _bold_heading(found, source, state)
        return
    if state.withheld:
        state.skipped.append(Skip(block.piece.line, "section without resources"))
        return
    lines = Lines(source, block.piece.line)
    for start, line in _rows_of(source):
        place = Place(state.section, lines.at(start))
        if line.lstrip().startswith("|") and line.count("|") > 2:
            _loose_row(line, place, state)
        else:
            _prose(spans(line, state.blocks.references), place, state)


def _rows_of(source: str) -> Iterator[tuple[int, str]]:
    """The lines of a paragraph that stand for themselves, and the rest as one piece."""
    position = 0
    begin, kept = 0, ""
    for line in source.split("\n"):
        is_row = bool(
            re.match(r"\s*(?:\*\*|\W{0,3}\s)?(?:\[|<a\b|\||https?://|\d+[.)、]\s|[•·]\s)", line)
        ) or _names_home(line)
        if kept and is_row and not (line.lstrip()[:1] in {"[", "<"} and _only_labels(spans(line))):
            yield begin, kept
            kept = ""
        if not kept:
            begin = position
        kept += ("\n" if kept else "") + line
        position += len(line) + 1
    if kept:
        yield begin, kept


def _only_labels(found: Sequence[Span]) -> bool:
    """Whether a line is nothing but links that are labels: "[[Paper]](…) [[Code]](…)"."""
    words = "".join(span.text for span in found if span.url is None)
    return not re.search(r"\w", words) and all(span.url is None or label_role(span.text) for span in found)


def _names_home(line: str) -> bool:
    return bool(re.match(r"^[^\[\]]{2,40}[(（]\[(?:主页|homepage)", line, re.I))


def _prose(found: Sequence[Span], place: Place, state: _State) -> None:
    """A paragraph's line: a row when it begins with a link, otherwise a sentence whose titled links count."""
    if is_who_section(place.section) or state.people:
        if is_person_row(found) or (found and found[0].url is not None and is_who_section(place.section)):
            state.entries += person_entries(found, place)
            return
        if state.people:
            return
    first = next((span for span in found if clean(span.text)), None)
    linked = first is not None and first.url is not None and label_role(first.text) is None
    linked = linked and bool(place.section or not (first and first.picture))
    if linked or (first and place.section and _is_labelled(first, found, state)):
        _row(found, place, state)
    elif place.section:
        for span in sort_links(found).titled:
            if is_absolute(str(span.url)):
                _row([span], place, state)
            else:
                state.skipped.append(Skip(place.line, _OWN_PAGE))
    elif any(span.url is not None for span in found):
        state.skipped.append(Skip(place.line, "introduction"))


def _is_labelled(first: Span, found: Sequence[Span], state: _State) -> bool:
    """Whether labels stand behind a bold title, or alone right below a heading that is a title."""
    if first.bold:
        return _ends_in_labels(found)
    alone = _only_labels(found) and state.before == len(state.entries)
    return alone and word_count(title_slug(state.section[-1])) >= 3


def _ends_in_labels(found: Sequence[Span]) -> bool:
    """Whether all links are labels at the end: "**Title.** Authors. Venue. [Paper](…) [Code](…)"."""
    at = next((n for n, span in enumerate(found) if span.url is not None), len(found))
    labels = [span for span in found[at:] if span.url is not None]
    between = "".join(span.text for span in found[at:] if span.url is None)
    return bool(labels) and all(label_role(span.text) for span in labels) and not re.search(r"\w", between)


def _bold_heading(found: Sequence[Span], source: str, state: _State) -> None:
    solid = [span for span in found if clean(span.text)]
    name = section_name(found)
    short = name and len(name.split()) <= 8 and "\n" not in source.strip() and not re.search(r"[.!?。！？,，]$", name)
    state.path = {level: text for level, text in state.path.items() if level <= 6}
    if solid and all(span.bold for span in solid) and short:
        state.path[7] = name


def _loose_row(line: str, place: Place, state: _State) -> None:
    """A table row that its table has lost to a blank line."""
    cells = tuple(cell.strip(" \t") for cell in re.split(r"(?<!\\)\|", line.strip(" \t").strip("|")))
    if all(re.fullmatch(r":?-+:?", cell) for cell in cells):
        return
    roles = state.roles or column_roles(cells)
    _keep(row_entries(Row(place.line, cells), roles, place.section, state.blocks.references), state)


def _table(block: Table, state: _State) -> None:
    state.roles = column_roles(block.header)
    if state.withheld:
        state.skipped += [Skip(row.line, "section without resources") for row in block.rows]
        return
    _keep(table_entries(block, state.section, state.blocks.references), state)


def _item(item: Item, state: _State, section: tuple[str, ...]) -> None:
    found: Sequence[Span] = spans(item.piece.source, state.blocks.references)
    if state.withheld:
        state.skipped.append(Skip(item.piece.line, "section without resources"))
        return
    heading = _section_of(item, found, state)
    if heading:
        for child in item.children:
            _item(child, state, (*section, heading))
        return
    found = _with_labels_below(item, found, state)
    place = Place(section, item.piece.line + _first_link_line(item.piece.source))
    before = len(state.entries)
    if not _several_rows(item, state, section):
        _row(found, place, state, alone_counts=True)
    owner = before if len(state.entries) > before else None
    for piece in item.more:
        _detail(spans(piece.source, state.blocks.references), owner, state)
    _below(item, found, owner, state, section)


def _with_labels_below(item: Item, found: Sequence[Span], state: _State) -> Sequence[Span]:
    """The text of an item whose links are all labels in the items below it ("Alpa" above "[Paper](…)")."""
    if not item.children or any(s.url is not None for s in found) or any(_has_title(c, state) for c in item.children):
        return found
    below = [s for child in item.children for s in spans(child.piece.source, state.blocks.references)]
    return (*found, *(span for span in below if span.url is not None))


def _below(item: Item, found: Sequence[Span], owner: int | None, state: _State, section: tuple[str, ...]) -> None:
    """The items below an item: its details, or rows; a row's details may stand beside it ("Paper: …", "Code: …")."""
    bare = owner is None
    for child in item.children:
        if owner is not None and _is_detail(child, state):
            _detail(spans(child.piece.source, state.blocks.references), owner, state)
            continue
        before = len(state.entries)
        _item(child, state, section)
        if bare and len(state.entries) > before:
            owner = before
            if sum(_has_title(child, state) for child in item.children) == 1:
                _detail(found, owner, state)


def _first_link_line(source: str) -> int:
    lead = len(source) - len(source.lstrip("\n"))
    return source.count("\n", 0, lead)


def _several_rows(item: Item, state: _State, section: tuple[str, ...]) -> bool:
    """A list item whose lines are rows of their own (people under one bullet, say)."""
    rows = list(_rows_of(item.piece.source))
    if len(rows) < 2 or not all(sort_links(spans(row, state.blocks.references)).titled for _, row in rows):
        return False
    lines = Lines(item.piece.source, item.piece.line)
    for start, row in rows:
        _row(spans(row, state.blocks.references), Place(section, lines.at(start)), state)
    return True


def _section_of(item: Item, found: Sequence[Span], state: _State) -> str | None:
    """The heading that an item is to its children: bold, ending in a colon, or above titled links."""
    if not item.children or any(s.url is not None and is_resource_link(s.url) for s in found):
        return None
    name = section_name(found)
    if not name or len(name.split()) > 10:
        return None
    solid = [span for span in found if clean(span.text)]
    text = "".join(span.text for span in found).rstrip()
    bold = bool(solid) and all(span.bold for span in solid)
    titled = any(_has_title(child, state) for child in item.children)
    return name if titled and (bold or text.endswith((":", "：")) or not detail_tail(text)) else None


def _has_title(item: Item, state: _State) -> bool:
    links = sort_links(spans(item.piece.source, state.blocks.references))
    return bool(links.titled) or any(_has_title(child, state) for child in item.children)


def _is_detail(item: Item, state: _State) -> bool:
    """Whether a nested item only adds to the item above it."""
    links = sort_links(spans(item.piece.source, state.blocks.references))
    return not links.titled and not any(_has_title(child, state) for child in item.children)


def _detail(found: Sequence[Span], owner: int | None, state: _State) -> None:
    """Add what a line below an entry says to the entry: links by their labels, venue and date."""
    if owner is None:
        return
    entry = state.entries[owner]
    if entry.kind in {"person", "lab"}:
        return
    links = sort_links(found)
    urls = [str(span.url) for span in (*links.paper, *links.link) if not is_own_page(str(span.url))]
    told = detail_tail("".join(span.text for span in found if span.url is None))
    tail = Tail(entry.venue, entry.year, entry.organisation, entry.date).over(told)
    state.entries[owner] = replace(
        entry,
        urls=tuple(dict.fromkeys((*entry.urls, *urls))),
        code_urls=tuple(dict.fromkeys((*entry.code_urls, *(str(span.url) for span in links.code)))),
        note_url=entry.note_url or (str(links.note[0].url) if links.note else None),
        venue=tail.venue,
        year=tail.year,
        date=tail.date,
    )


def _row(found: Sequence[Span], place: Place, state: _State, alone_counts: bool = True, quiet: bool = False) -> None:
    if found and found[0].url is None and _CLOSING.match(found[0].text):
        state.skipped.append(Skip(place.line, _NO_RESOURCE))
        return
    if state.people or is_who_section(place.section) or is_person_row(found):
        entries = person_entries(found, place)
        if entries and (entries[0].urls or state.people):
            state.entries += entries
            return
    _keep(read_row(found, place, alone_counts and not quiet), state, _why_not(found, place))


def _keep(entries: Iterator[Entry] | Sequence[Entry], state: _State, otherwise: Skip | None = None) -> None:
    """Take entries over; pages of the list itself count only among notes."""
    kept = False
    for entry in entries:
        own = bool(entry.urls) and all(is_own_page(url) for url in entry.urls)
        if own and section_kind(entry.section) != "notes":
            state.skipped.append(Skip(entry.line, _OWN_PAGE))
        else:
            state.entries.append(entry)
        kept = True
    if not kept and otherwise:
        state.skipped.append(otherwise)


def _why_not(found: Sequence[Span], place: Place) -> Skip | None:
    urls = [span.url for span in found if span.url is not None]
    if not urls:
        return Skip(place.line, "no link")
    return Skip(place.line, _ANCHOR if all(url.startswith("#") for url in urls) else _NO_RESOURCE)


def _once(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Derived entries that say the same (an author of many posts) are told once."""
    seen: set[tuple[str, str, tuple[str, ...]]] = set()
    kept: list[Entry] = []
    for entry in entries:
        key = (entry.kind, entry.title, entry.urls)
        if not entry.derived or key not in seen:
            kept.append(entry)
        seen.add(key)
    return tuple(kept)
