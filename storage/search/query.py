"""Reading what a member typed: words, phrases, exclusions and filters."""

import re
import unicodedata
from dataclasses import dataclass, field

LONGEST_QUERY = 500
"""Characters of a query that are looked at."""

_FILTERS = {
    "kind": ("kind", "type", "类型", "种类"),
    "topic": ("topic", "主题", "话题"),
    "venue": ("venue", "conference", "会议"),
    "year": ("year", "年份", "年"),
    "source": ("source", "list", "来源", "列表"),
    "person": ("person", "author", "people", "by", "作者", "人物"),
    "has": ("has", "有"),
}
KINDS = {
    "论文": "paper", "技术报告": "report", "报告": "report", "博客": "blog", "文章": "blog", "书籍": "book",
    "书": "book", "代码库": "repo", "代码": "repo", "项目": "project", "框架": "framework", "课程": "course",
    "排行榜": "leaderboard", "笔记": "notes", "视频": "video", "人物": "person", "实验室": "lab",
}  # fmt: skip
"""Kinds as they are called in Chinese."""

_CANONICAL = {alias: name for name, aliases in _FILTERS.items() for alias in aliases}
_UNREAD = frozenset({"unread", "未读", "没读过"})
_TERM = re.compile(
    r"""(?P<minus>(?<!\S)-(?=[^\s\-]))?(?:(?P<name>\w+):(?!//)(?=\S))?(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+|"))"""
)
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "「": '"', "」": '"', "«": '"', "»": '"', "：": ":"})
_YEARS = re.compile(r"(\d{4})?\s*(-|–|\.\.|~)?\s*(\d{4})?")


@dataclass(frozen=True)
class Filters:
    """Restrictions that every result meets. Years are inclusive; `has` knows code, notes and abstract."""

    kinds: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    venues: tuple[str, ...] = ()
    years: tuple[int, int] | None = None
    sources: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    unread: bool = False


@dataclass(frozen=True)
class Filter:
    """One filter word: its canonical name, its value, and how it was typed."""

    name: str
    value: str
    typed: str
    negative: bool = False


@dataclass(frozen=True)
class Asked:
    """A query in parts. `words` is what remains when phrases, exclusions and filters are taken out."""

    words: str
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = field(default=())
    unread: bool = False


def clean(query: str) -> str:
    """One line of at most 500 characters without control characters."""
    text = "".join(
        " " if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} else c for c in query[: LONGEST_QUERY * 2]
    )
    return " ".join(text.split())[:LONGEST_QUERY]


def parse(query: str) -> Asked:
    """Take a query apart. Anything that only looks like an operator stays a word."""
    words: list[str] = []
    phrases: list[str] = []
    excluded: list[str] = []
    filters: list[Filter] = []
    unread = False
    for match in _TERM.finditer(query.translate(_QUOTES)):
        name = _CANONICAL.get((match["name"] or "").lower())
        value = match["quoted"] if match["quoted"] is not None else match["bare"]
        if name and value.strip('"'):
            filters.append(Filter(name, value, match.group().lstrip("-"), bool(match["minus"])))
        elif match["minus"] and not match["name"]:
            excluded.append(value)
        elif match["quoted"] is not None and not match["name"] and len(value.split()) > 0:
            phrases.append(value)
        elif value.lower() in _UNREAD and not match["name"]:
            unread = True
        else:
            words.append(match.group())
    if not (words or phrases or filters or unread):  # nothing but exclusions: they are what is looked for
        words, excluded = excluded, []
    return Asked(" ".join(words), tuple(phrases), tuple(excluded), tuple(filters), unread)


def years(value: str) -> tuple[int, int] | None:
    """ "2024" → (2024, 2024), "2023-2025", "2023-", "-2023"; None when it is no year."""
    match = _YEARS.fullmatch(value.strip())
    if not match or not (match[1] or match[3]):
        return None
    if not match[2]:
        return (int(match[1]), int(match[1])) if match[1] and not match[3] else None
    first, last = int(match[1] or 1000), int(match[3] or 9999)
    return (first, last) if first <= last else (last, first)
