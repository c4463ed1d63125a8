"""Outlined plain text becomes entries: headings, titles and prose without markup, then "The paper: URL"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from seeds.entry import Entry, Pointer, Skip
from seeds.formats.draft import clean
from seeds.formats.inline import undecorated
from seeds.formats.links import is_code, is_resource_link, kind_of
from seeds.repair import is_damaged, repair

_LABELLED = re.compile(r"^(?P<label>[^:：]{0,80}?)\s*[:：]?\s*<?(?P<url>https?://[^\s<>，。；]+)>?\s*[.。]?$")
_ROLES = (
    ("note", re.compile(r"\bnotes?\b|\bsummary\b|笔记|解读", re.I)),
    ("code", re.compile(r"\bcode\b|\bgit ?hub\b|\brepo(?:sitory)?\b|\bimplementation\b|代码|源码|仓库", re.I)),
    ("side", re.compile(r"\bslides?\b|\bvideos?\b|\btalks?\b|\bposter\b|视频|幻灯片", re.I)),
    ("main", re.compile(
        r"\bpaper\b|\bpdf\b|\blinks?\b|\burl\b|\barxiv\b|\bbook\b|\bweb ?site\b|\bhome ?page\b|\bblog\b|\bproject\b|"
        r"\bcourse\b|\bhere\b|\bread\b|论文|链接|地址|原文|书|网址", re.I,
    )),
)  # fmt: skip
_NUMBERING = re.compile(r"^(?:\d+(?:\.\d+)*[.)、]?|[-*•·–—]|[IVX]+\.|[（(]?[一二三四五六七八九十]+[)）、.])\s+")
_SENTENCE_END = re.compile(r"[.!?。！？;；,，…]$|\.\s+[A-Z]")
_LONGEST_TITLE = 120
_MOST_WORDS = 16


@dataclass
class _Work:
    title: str
    line: int
    section: tuple[str, ...]
    prose: list[str] = field(default_factory=list)
    links: dict[str, list[str]] = field(default_factory=dict)


def parse_outline(text: str) -> tuple[str | None, tuple[Entry, ...], tuple[Skip, ...]]:
    """The title, the entries and the skipped rows of an outlined text (Unix line ends; damaged text is repaired)."""
    if is_damaged(text):
        text = repair(text)
    reader = _Reader()
    for number, line in enumerate(text.split("\n"), 1):
        reader.line(number, undecorated(line))
    entries = tuple(entry for work in reader.works for entry in _entries(work))
    return reader.name, entries, tuple(reader.skipped)


class _Reader:
    """Collects lines that may be headings or titles until a link tells which of them was the title."""

    def __init__(self) -> None:
        self.name: str | None = None
        self.path: tuple[str, ...] = ()
        self.waiting: list[tuple[int, str]] = []
        self.prose: list[str] = []
        self.works: list[_Work] = []
        self.skipped: list[Skip] = []
        self.first = True

    def line(self, number: int, text: str) -> None:
        if not text:
            return
        match = _LABELLED.match(text)
        if match and is_resource_link(match["url"]):
            self._link(number, match["label"], match["url"].rstrip(".,;)"))
        elif _is_title(text):
            self._candidate(number, _NUMBERING.sub("", text))
        else:
            self.prose.append(text)
            if "://" in text:
                self.skipped.append(Skip(number, "link inside a sentence"))
        self.first = False

    def _candidate(self, number: int, text: str) -> None:
        if self.first:
            self.name = clean(text)
            return
        self.waiting.append((number, clean(text)))
        self.prose = []

    def _link(self, number: int, label: str, url: str) -> None:
        label = _NUMBERING.sub("", label).strip()
        role = next((role for role, pattern in _ROLES if pattern.search(label)), None if label else "main")
        if role is None:
            self.waiting.append((number, clean(label)))
            role = "main"
        if self.waiting:
            self._open()
        if not self.works:
            self.skipped.append(Skip(number, "link without a title"))
            return
        if role == "main" and is_code(url) and self.works[-1].links.get("main"):
            role = "code"
        self.works[-1].links.setdefault(role, []).append(url)

    def _open(self) -> None:
        *headings, (line, title) = self.waiting
        names = tuple(name for _, name in headings)
        if len(names) > 1 or not self.path:
            self.path = names
        elif names:
            self.path = (*self.path[:-1], *names)
        self.works.append(_Work(title, line, self.path, self.prose))
        self.waiting, self.prose = [], []


def _is_title(text: str) -> bool:
    text = _NUMBERING.sub("", text)
    if not text or len(text) > _LONGEST_TITLE or len(text.split()) > _MOST_WORDS or "://" in text:
        return False
    if _SENTENCE_END.search(text) or not re.search(r"\w", text):
        return False
    return not text[:1].islower() or len(text.split()) <= 2  # vLLM, slime


def _entries(work: _Work) -> Iterator[Entry]:
    notes, codes = work.links.get("note", []), work.links.get("code", [])
    mains = work.links.get("main", []) or codes[:1] or work.links.get("side", [])[:1] or notes[:1]
    entry = Entry(
        kind=kind_of(work.section, mains[0] if mains else None),
        title=work.title,
        section=work.section,
        line=work.line,
        urls=tuple(dict.fromkeys(mains)),
        note_url=notes[0] if notes else None,
        code_urls=tuple(dict.fromkeys(codes)),
        about=" ".join(work.prose) or None,
        links=tuple(Pointer("notes", url) for url in notes)
        + tuple(Pointer("code", url) for url in codes if url not in mains),
    )
    yield entry
    for url in notes:
        yield Entry("notes", f"Notes on {work.title}", work.section, work.line, urls=(url,), derived=True)
    for url in codes:
        if url not in mains:
            yield replace(entry, kind="repo", title=f"{work.title} code", urls=(url,), note_url=None, code_urls=(),
                          about=None, links=(), derived=True)  # fmt: skip
