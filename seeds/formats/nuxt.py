"""A Nuxt payload becomes entries: JSON whose values point to each other by index, with a README in two languages."""

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from seeds.entry import Entry, Skip
from seeds.formats.markdown import parse_markdown

_WRAPPERS = frozenset(
    {"ShallowReactive", "Reactive", "Ref", "ShallowRef", "EmptyRef", "EmptyShallowRef", "NuxtError", "Island"}
)
_ENGLISH = ("readme_en", "readme", "readme_md", "readme_content")
_CHINESE = ("readme_zh", "readme_cn", "readme_chinese")


@dataclass(frozen=True)
class Payload:
    """What a payload says about one list."""

    english: str | None
    chinese: str | None
    repository: str | None
    name: str | None
    revision: str | None
    skipped: tuple[Skip, ...]

    @classmethod
    def read(cls, value: Any) -> "Payload | None":
        """Find the record with a README in decoded JSON; None when there is none."""
        records = [record for record in _records(value) if _first(record, _ENGLISH) or _first(record, _CHINESE)]
        if not records:
            return None
        record = max(records, key=lambda r: len(_first(r, _ENGLISH) or "") + len(_first(r, _CHINESE) or ""))
        return cls(
            english=_first(record, _ENGLISH),
            chinese=_first(record, _CHINESE),
            repository=_repository(record),
            name=_first(record, ("name", "title")),
            revision=_first(record, ("last_commit_at", "commit", "updated_at")),
            skipped=_others(value, record),
        )


def _records(value: Any) -> Iterator[dict[str, Any]]:
    """Every JSON object, with its members' references followed one step."""
    slots = value if isinstance(value, list) else []
    todo: deque[Any] = deque([value])
    while todo:
        node = todo.popleft()
        if isinstance(node, dict):
            yield {key: _resolved(slots, member) for key, member in node.items()}
            todo.extend(member for member in node.values() if isinstance(member, dict | list))
        elif isinstance(node, list):
            todo.extend(member for member in node if isinstance(member, dict | list))


def _resolved(slots: Sequence[Any], member: Any) -> Any:
    """The value behind a reference. Wrappers are looked through; a cycle ends where it began."""
    seen: set[int] = set()
    while isinstance(member, int) and not isinstance(member, bool) and 0 <= member < len(slots) and member not in seen:
        seen.add(member)
        target = slots[member]
        wrapped = isinstance(target, list) and len(target) == 2 and target[0] in _WRAPPERS_LIST
        if not wrapped:
            return target
        member = target[1]
    return member


_WRAPPERS_LIST = tuple(_WRAPPERS)


def _first(record: dict[str, Any], keys: Sequence[str]) -> str | None:
    return next((value for key in keys if isinstance(value := record.get(key), str) and value.strip()), None)


def _repository(record: dict[str, Any]) -> str | None:
    text = _first(record, ("github_repo", "full_name", "repo", "repository", "github_url")) or ""
    match = re.search(r"(?:^|github\.com/)([\w.-]+/[\w.-]+?)(?:\.git)?/?$", text)
    return match[1] if match else None


def _others(value: Any, own: dict[str, Any]) -> tuple[Skip, ...]:
    """What else the payload holds and is no entry of the list."""
    found = [Skip(0, "the list's own project record")]
    for record in _records(value):
        if record == own:
            continue
        if any(key.startswith("question") for key in record):
            found.append(Skip(0, "question about the list"))
        elif "github_repo" in record:
            found.append(Skip(0, "similar project, not chosen by the list"))
    return tuple(found)


def parse_payload(payload: Payload) -> tuple[str | None, tuple[Entry, ...], tuple[Skip, ...]]:
    """The title, the entries and the skipped rows of a payload: the English README, with Chinese titles added."""
    if not payload.english:
        title, entries, skipped = parse_markdown(_unix(payload.chinese or ""))
        return title, entries, (*skipped, *payload.skipped)
    title, entries, skipped = parse_markdown(_unix(payload.english))
    if payload.chinese:
        _, translated, _ = parse_markdown(_unix(payload.chinese))
        entries = with_chinese(entries, translated)
    return title, entries, (*skipped, *payload.skipped)


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def with_chinese(entries: Sequence[Entry], translated: Sequence[Entry]) -> tuple[Entry, ...]:
    """Entries with the titles of their translations, found by link, then by name or by order."""
    waiting: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    count: dict[tuple[str, ...], int] = defaultdict(int)
    for entry in entries:
        count[_key(entry)] += not entry.derived
    for entry in translated:
        if not entry.derived:
            waiting[_key(entry)].append(entry)
    found: list[Entry] = []
    for entry in entries:
        group = waiting.get(_key(entry), [])
        match = None if entry.derived or not group else _pick(entry, group, count[_key(entry)])
        if match:
            count[_key(entry)] -= 1
            group.remove(match)
        found.append(replace(entry, title_zh=match.title) if match and match.title != entry.title else entry)
    return tuple(found)


def _key(entry: Entry) -> tuple[str, ...]:
    return entry.urls[:1]


def _pick(entry: Entry, group: Sequence[Entry], expected: int) -> Entry | None:
    if len(group) == expected:
        return group[0]
    head = _head(entry)
    return next((other for other in group if head and _head(other) == head), None)


def _head(entry: Entry) -> str:
    return re.split(r"[:：]", entry.title)[0].strip().casefold()
