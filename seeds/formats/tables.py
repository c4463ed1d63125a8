"""Rows of tables become entries; what a column means is read from its header."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from seeds.entry import Entry, Pointer
from seeds.formats.blocks import Row, Table
from seeds.formats.draft import clean, detail_tail, join_title
from seeds.formats.inline import BREAK, References, Span, spans, texts, undecorated
from seeds.formats.links import is_absolute, is_code, is_own_page, is_profile, is_resource_link, kind_of, label_role
from seeds.formats.rows import Links, Place, code_entry, read_row, sort_links
from seeds.venues import (
    NOTHING,
    Tail,
    cut_parenthesis,
    cut_venue,
    read_date,
    read_label,
    read_organisation,
    read_tail,
    read_venue,
)

_ROLES = (
    ("stars", r"rec|recom|recommend(?:ation|ed)?|rating|rate|importance|priority|推荐|推荐指数|评分|重要性"),
    ("read", r"read|done|status|finished|已读|阅读"),
    (
        "venue",
        r"venue|conference.*|publication|published(?: (?:in|at))?|journal.*|publisher|pub|where|会议|"
        r"期刊|发表|出处",
    ),
    (
        "date",
        r"date|year|time|when|published on|release(?:d)?|publish(?:ed)? date|publication date|日期|时间|"
        r"年份|年",
    ),
    (
        "authors",
        r"authors?|author ?/ ?organi[sz]ation|people|maintainers?|speakers?|by|writer|presenter|"
        r"instructors?|作者|讲者",
    ),
    (
        "organisation",
        r"institut(?:e|es|ion|ions)|institutes?.*|organi[sz]ations?.*|org|affiliations?|company|from|"
        r"team|university|机构|单位|公司|组织|学校",
    ),
    (
        "category",
        r"category|categories|topics?|type|tags?|keywords?|area|field|分类|类别|类型|标签|关键词|方向|"
        r"主题",
    ),
    (
        "code",
        r"codes?|github|git-?hub.*|repo(?:sitory)?|source ?code|implementation|code.*|open ?source|代码|"
        r"源码|仓库|开源",
    ),
    ("notes", r"notes?|my notes?|笔记|备注|解读"),
    (
        "name",
        r"name|systems?|methods?|model|framework|short ?name|acronym|abbr.*|nickname|名称|名字|简称|系统|"
        r"方法",
    ),
    (
        "title",
        r"titles?|title.*|paper ?titles?|works?|projects?|papers? ?/ ?.*|resources?|courses?|books?|"
        r"blogs?|articles?|posts?|tools?|repositories|topic & paper|标题|题目|论文标题|论文名称?|文章|"
        r"项目|课程|书名|资源",
    ),
    ("paper", r"papers?|论文|文献"),
    (
        "link",
        r"links?|urls?|pdf|paper ?(?:link|url)|arxiv|website|homepage|sources?|access|address|reference|"
        r"链接|地址|网址",
    ),
    (
        "about",
        r"about|description|descriptions|introduction|intro|summary|abstract|comments?|remark|tl;?dr|"
        r"details|others?|main idea|highlights?|contributions?|简介|描述|介绍|摘要|说明|内容",
    ),
    (
        "side",
        r"blogs?|videos?|slides?|talks?|demo|poster|dataset|stars|citations?|license|language|figure|"
        r"image|overview|#|no\.?|id|index|序号|编号|视频|幻灯片",
    ),
)
_PATTERNS = tuple((role, re.compile(rf"^(?:{words})$", re.I)) for role, words in _ROLES)
_STAR = re.compile("[⭐★🌟✨]")
_TICK = re.compile("[✅✔☑✓]")
_TITLE_ROLES = ("title", "paper", "name", "link", "")
_NAMES_END = re.compile(r"\s*(?:,?\s*(?:et al\.?|etc\.?)|等)\s*$")
_CITATION = re.compile(r"\bet al\b|^[^\W\d]+(?: (?:and|&) [^\W\d]+)? \(?\d{4}\)?$|等\W*(?:\d{4}\W*)?$")
_LAB = re.compile(
    r"\b(?:blog|developers?|team|labs?|group|institute|university|foundation|community|project|org|inc|research|mode|ai)$|"
    r"^(?:the)\b|\bteam\b|团队|实验室|官方",
    re.I,
)


@dataclass
class _Cells:
    """A row's cells by column role."""

    by_role: dict[str, tuple[Span, ...]] = field(default_factory=dict)

    def get(self, role: str) -> tuple[Span, ...]:
        return self.by_role.get(role, ())

    def text(self, role: str) -> str:
        return undecorated("".join(span.text for span in self.get(role)))

    def damaged(self, role: str) -> bool:
        return any(span.guess for span in self.get(role))


def column_roles(header: Sequence[str]) -> tuple[str, ...]:
    """The role of every column; an unknown header gives "" and a role is given once ("title" wins over "paper")."""
    roles: list[str] = []
    for cell in header:
        name = clean(undecorated("".join(span.text for span in spans(cell)))).strip("()").lower()
        name = re.sub(r"\s*[(（].*[)）]$", "", name)
        role = next((role for role, pattern in _PATTERNS if pattern.match(name)), "")
        if not role and re.match(r"(?:paper|title|论文)", name):
            role = "title" if "title" not in roles else "paper"
        roles.append("" if role in roles else role)
    return tuple(roles)


def is_header(cells: Sequence[str]) -> bool:
    """Whether cells are a header: some column is named, and no cell links to a resource."""
    linked = any(span.url is not None and is_resource_link(span.url) for cell in cells for span in spans(cell))
    return not linked


def table_entries(table: Table, section: tuple[str, ...], references: References) -> Iterator[Entry]:
    """The entries of a table."""
    roles = column_roles(table.header)
    rows = table.rows
    if not is_header(table.header):
        rows = (Row(table.line, table.header), *rows)
        roles = ("",) * len(roles)
    for row in rows:
        yield from row_entries(row, roles, section, references)


def row_entries(row: Row, roles: Sequence[str], section: tuple[str, ...], references: References) -> Iterator[Entry]:
    """The entries of one row: the resource, its code repositories and its authors' pages."""
    cells = _Cells()
    for n, source in enumerate(row.cells):
        role = roles[n] if n < len(roles) else ""
        cells.by_role.setdefault(role or f"column {n}", spans(source, references))
    place = Place(section, row.line)
    found = _title_cell(cells, roles)
    if not found:
        return
    role, draft = found
    entry = _entry(cells, role, draft, place)
    if entry.urls or entry.date or entry.year:
        yield from _with_people(entry, cells)
    yield from _further(cells, role, entry)


def _further(cells: _Cells, role: str, entry: Entry) -> Iterator[Entry]:
    """Works that other cells of a row link to, such as the references of a technique."""
    for column, cell in cells.by_role.items():
        if column == role or not (column == "about" or column.startswith("column ")):
            continue
        for span in sort_links(cell).titled:
            url, text = str(span.url), clean(span.text)
            known = url in entry.urls or url in entry.code_urls
            if text and not known and is_absolute(url) and not is_profile(url) and not is_own_page(url):
                title = join_title(entry.title, text) if _CITATION.search(text) else text
                yield Entry(kind_of(entry.section, url), title, entry.section, entry.line, urls=(url,))


def _title_cell(cells: _Cells, roles: Sequence[str]) -> tuple[str, Entry] | None:
    """The column that gives the title, and what its cell says by itself."""
    for wanted in _TITLE_ROLES:
        columns = [name for name in cells.by_role if name == wanted or (not wanted and name.startswith("column "))]
        for column in columns:
            draft = _cell_entry(cells.get(column))
            if draft and (wanted or draft.urls or len(draft.title.split()) > 1 or _only_columns(cells)):
                return column, draft
    return None


def _only_columns(cells: _Cells) -> bool:
    return all(name.startswith("column ") for name in cells.by_role)


def _cell_entry(cell: Sequence[Span]) -> Entry | None:
    links = sort_links(cell)
    place = Place((), 0)
    if links.titled:
        return next(iter(read_row(_from_title(cell, links.titled[0]), place)), None)
    first = re.split(f"[{BREAK}\n]", texts(cell).strip(f" \n{BREAK}"))[0]
    text = _bracketed_name(first)
    shorter, tail = cut_parenthesis(text)
    shorter, more = cut_venue(shorter)
    tail = tail.over(more)
    title = clean(shorter)
    if not title or label_role(title) == "link" or not re.search(r"\w", title):
        return None
    best = links.best()
    return Entry(
        "paper", title, urls=(str(best.url),) if best else (), venue=tail.venue, year=tail.year, date=tail.date,
        organisation=tail.organisation, damaged=("title",) if any(s.guess for s in cell) else (),
    )  # fmt: skip


def _from_title(cell: Sequence[Span], lead: Span) -> list[Span]:
    # What stands before a linked title in its cell (badges, stars) is decoration, unless it names a venue.
    at = next(n for n, span in enumerate(cell) if span is lead)
    return [span for n, span in enumerate(cell) if n >= at or span.url is None]


def _bracketed_name(text: str) -> str:
    """ "[FlexGen] High-Throughput…" as "FlexGen: High-Throughput…"."""
    match = re.match(r"^\W*\[([^\[\]]{1,60})\]\s*(\S.*)$", undecorated(text))
    if not match:
        return text
    name, rest = clean(match[1]), match[2]
    return rest if name.lower() in rest.lower() or len(name.split()) > 3 else join_title(name, rest)


def _entry(cells: _Cells, role: str, draft: Entry, place: Place) -> Entry:
    draft = _full_title(cells, role, draft)
    links = _linked(cells, role)
    urls = _main_urls(draft, links)
    tail = _tail(cells, role).over(Tail(draft.venue, draft.year, draft.organisation, draft.date))
    codes = _codes(cells, role, links, draft)
    notes = [str(span.url) for span in cells.get("notes") if span.url is not None and is_resource_link(span.url)]
    kind = kind_of(place.section, urls[0] if urls else None, tail.venue)
    passes, read = _read(cells, kind)
    damaged = [name for name, column in (("title", role), ("authors", "authors")) if cells.damaged(column)]
    return replace(
        draft,
        kind=kind,
        section=place.section,
        line=place.line,
        urls=urls,
        authors=_names(cells.text("authors")) or draft.authors,
        organisation=tail.organisation,
        venue=tail.venue,
        year=tail.year,
        date=tail.date,
        stars=_stars(cells),
        note_url=notes[0] if notes else None,
        code_urls=codes,
        damaged=tuple(damaged + (["about"] if cells.damaged("notes") or cells.damaged("about") else [])),
        about=_about(cells, role) or None,
        read_passes=passes,
        read=read,
    )


def _full_title(cells: _Cells, role: str, draft: Entry) -> Entry:
    """Where a short name and a linked full title stand in two columns, the full title counts."""
    other = "paper" if role in {"title", "name"} else "name" if role == "paper" else ""
    if role == "title" or not other:
        return draft
    named = next((s for s in cells.get(other) if s.url is not None and label_role(s.text) is None), None)
    full = clean(named.text) if named else ""
    if len(full.split()) >= 4 and len(draft.title.split()) < 4:
        return replace(
            draft, title=join_title(draft.title, full), urls=(*([str(named.url)] if named else []), *draft.urls)
        )
    if role == "paper" and (short := clean(cells.text("name"))) and len(short.split()) <= 3:
        return replace(draft, aliases=(short,)) if short.lower() not in draft.title.lower() else draft
    return draft


def _linked(cells: _Cells, role: str) -> Links:
    """All links of a row that stand for the resource itself; a column's role decides over a link's text."""
    links = Links()
    for column, cell in cells.by_role.items():
        sorted_links = sort_links(cell)
        every = [span for span in cell if span.url is not None and is_resource_link(span.url)]
        if column in {"link", "paper"} and column != role:
            links.paper += [span for span in every if not is_code(str(span.url))]
            links.code += [span for span in every if is_code(str(span.url))]
        elif column == "code":
            links.code += every
        elif column not in {"authors", "organisation", "notes", "side"}:
            links.paper += sorted_links.paper
            links.link += sorted_links.link
            links.code += sorted_links.code
            links.side += sorted_links.side
            links.code += [s for s in sorted_links.titled if column != role and is_code(str(s.url))]
    return links


def _main_urls(draft: Entry, links: Links) -> tuple[str, ...]:
    found = [*draft.urls, *(str(span.url) for span in (*links.paper, *links.link))]
    if found and is_code(found[0]):
        found.sort(key=is_code)
    if not found:
        found = [str(span.url) for span in (*links.code, *links.side)][:1]
    return tuple(dict.fromkeys(found))


def _codes(cells: _Cells, role: str, links: Links, draft: Entry) -> tuple[str, ...]:
    found = [str(span.url) for span in links.code]
    if links.paper and draft.urls and is_code(draft.urls[0]):
        found.insert(0, draft.urls[0])
    return tuple(dict.fromkeys(found))


def _tail(cells: _Cells, role: str) -> Tail:
    tail = NOTHING
    for column in ("venue", "date"):
        text = cells.text(column)
        date = read_date(text)
        told = Tail(date=date) if date else read_venue(text)
        if re.fullmatch(r"(?:19|20)\d\d", text.strip()):
            told = Tail(year=int(text))
        if column == "venue" and not told and text.strip(" -–—/?") and len(text.split()) <= 8:
            told = Tail(venue=text)
        tail = tail.over(Tail(told.venue, told.year, None, told.date))
    for part in re.split(f"[{BREAK}\n]", "".join(s.text for s in cells.get(role)))[1:4]:
        tail = tail.over(detail_tail(part))
    organisation = read_organisation(cells.text("organisation"))
    badge = next((read_tail(s.text) for s in cells.get(role) if s.picture and read_venue(s.text)), NOTHING)
    told = Tail(organisation=organisation).over(tail).over(Tail(badge.venue, badge.year))
    return told if told.venue else told.over(_link_tail(cells))


def _link_tail(cells: _Cells) -> Tail:
    """What a link says that has a venue as its text: "[NSDI'19](…)"."""
    linked = (s.text for cell in cells.by_role.values() for s in cell if s.url is not None and s.text[-1:].isdigit())
    return next((told for text in linked if (told := read_label(text)).venue), NOTHING)


def _names(text: str) -> tuple[str, ...]:
    text = _NAMES_END.sub("", text)
    parts = re.split(r"\s*(?:[,，、;；]|\s&\s|\sand\s|\s/\s)\s*", text)
    return tuple(name for part in parts if (name := clean(part.strip().lstrip("@"))))


def _stars(cells: _Cells) -> int | None:
    if "stars" not in cells.by_role:
        return None
    text = "".join(span.text for span in cells.get("stars"))
    count = len(_STAR.findall(text))
    number = re.match(r"^\s*([0-5])(?:\s*/\s*5)?\s*$", text)
    return min(count, 5) or (int(number[1]) if number else None)


def _read(cells: _Cells, kind: str) -> tuple[int | None, bool | None]:
    """Ticks in a column about reading: passes over a paper, otherwise whether it was read."""
    ticks = len(_TICK.findall("".join(span.text for span in cells.get("read"))))
    if kind in {"paper", "report"}:
        return min(ticks, 3) or None, None
    return None, True if ticks else None


def _about(cells: _Cells, role: str) -> str:
    notes = texts(cells.get("notes"))
    words = (cells.text("category"), undecorated(notes), cells.text("about") if role != "about" else "")
    return " · ".join(word for word in words if re.search(r"\w", word))


def _with_people(entry: Entry, cells: _Cells) -> Iterator[Entry]:
    codes = [url for url in entry.code_urls if url not in entry.urls]
    texts_by_url = {
        str(span.url): span.text for cell in cells.by_role.values() for span in cell if span.url is not None
    }
    pages = [s for s in cells.get("authors") if s.url is not None and is_resource_link(s.url) and clean(s.text)]
    pages = [s for s in pages if label_role(s.text) is None and not is_own_page(str(s.url))]
    if entry.kind not in {"blog", "video"}:
        pages = []  # a project's owner is an account, not somebody the list introduces
    pointers = [Pointer("code", url) for url in codes] + [Pointer("author", str(s.url)) for s in pages]
    yield replace(entry, links=entry.links + tuple(pointers))
    for url in codes:
        yield code_entry(entry, url, texts_by_url.get(url, ""))
    for span in pages:
        yield _author(span, entry)


def _author(span: Span, entry: Entry) -> Entry:
    name = clean(span.text.strip().lstrip("@"))
    kind = "lab" if _LAB.search(name) else "person"
    damaged = ("title",) if span.guess else ()
    return Entry(kind, name, entry.section, entry.line, urls=(str(span.url),), damaged=damaged, derived=True)
