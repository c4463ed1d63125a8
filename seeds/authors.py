"""Reading the authors of a work from free text: "Woosuk Kwon, Zhuohan Li et al.", "Dean, J., Corrado, G."."""

import re
from functools import lru_cache

from seeds.titles import is_generic

_LEAD = re.compile(r"^\W*(?:(?:by|authors?)\s*[:：]?\s+|作者\s*[:：]\s*)", re.I)
_MORE = re.compile(r"[\s,，、]*(?:\bet\.? al\b\.?|\band others\b|等人?(?![\u3400-\u9fff]))\s*", re.I)
_END = re.compile(r"(?<=[a-z]{2})\.\s+|\s[–—-]\s|\s*[(|\[]|\n|$")
_YEAR_END = re.compile(r"[\s,.]*[(（]?\b(?:19|20)\d\d[a-z]?[)）]?\W*$")
_INITIALS = re.compile(r"([A-Z][^\W\d_]+(?:[-'’][A-Z]?[^\W\d_]+)*),\s*((?:[A-Z]\.[ -]?){1,4})")
_BETWEEN = re.compile(r"(\s*[,，、;；]\s*(?:and\s|&\s)?\s*|\s+and\s+|\s+&\s+)")
_WORD = r"[A-Z][^\W\d_]*[.'’-]?[^\W\d_]*\.?"
_NAME = re.compile(
    rf"(?:{_WORD}|[A-Z]\.(?:-?[A-Z]\.)*)(?:[ -](?:van|von|de|der|den|di|da|del|la|le|el|al|bin|ten|{_WORD})){{1,4}}"
)
_LONGEST = 1000
_CHINESE_NAME = re.compile(r"[\u3400-\u9fff·]{2,5}|[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){1,3}")
_NOT_A_NAME = re.compile(
    r"\b[A-Z]{2,}\b|(?i:\b(?:universit\w*|institut\w*|labs?|laborator\w*|group|team|college|school|google|microsoft|meta|"
    r"nvidia|amazon|alibaba|huawei|intel|corp|fall|spring|summer|winter|video|talk|conference|workshop|proceedings|"
    r"slides?|best|award|berkeley|serving|computing|processing|caching|sharding|batching|decoding|"
    r"pruning|streaming|profiling|monitoring|testing|engineering|programming|tuning|[a-z]{3,}tions?|[a-z]{3,}isms?)\b)"
)


@lru_cache(maxsize=4096)
def read_authors(text: str) -> tuple[str, ...]:
    """The names if a text is nothing but authors, a year at most behind them; else empty."""
    names, rest = cut_authors(_YEAR_END.sub("", text))
    return () if rest.strip(" \t\n*_().,:;[]") else names


def cut_authors(text: str) -> tuple[tuple[str, ...], str]:
    """The authors with whom a text begins, and the rest: two at least, one where "by" or "et al." says so."""
    lead = _LEAD.match(text)
    if len(text) > _LONGEST or not (lead or any(mark in text for mark in (",", " and ", " al", " & "))):
        return (), text
    body = (text[lead.end() :] if lead else text).lstrip(" \t\n*_(")
    end = _END.search(body)
    head, rest = (body[: end.start()], body[end.end() :]) if end else (body, "")
    more = _MORE.search(head)
    head, rest = (head[: more.start()], head[more.end() :] + rest) if more else (head, rest)
    head = _INITIALS.sub(r"\2 \1", head) if _INITIALS.match(head) else head
    parts = _BETWEEN.split(head.rstrip(" \t*_.,:;"))
    chinese = lead is not None and "作者" in lead.group()
    known = next((n for n in range(0, len(parts), 2) if not _is_name(parts[n], chinese)), len(parts) + 1)
    names = tuple(dict.fromkeys(" ".join(part.split()) for part in parts[:known:2]))
    if not names or (more and known <= len(parts)) or not (lead or more or len(names) > 1):
        return (), text
    return names, " ".join(("".join(parts[known:]), rest)).strip()


def _is_name(part: str, chinese: bool) -> bool:
    if chinese:
        return bool(_CHINESE_NAME.fullmatch(part))
    return bool(_NAME.fullmatch(part)) and not _NOT_A_NAME.search(part) and not any(map(is_generic, part.split()))
