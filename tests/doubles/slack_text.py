"""Slack's message markup as its server reads it: entities, references, and who is notified."""

import re
from collections.abc import Iterator
from typing import Any

NOTIFYING = re.compile(r"<(?:![a-z]+|!subteam\^\w+|@[UW]\w+)(?:\|[^<>]*)?>")
_BROADCAST = re.compile(r"<!(?:channel|here|everyone)(?:\|[^<>]*)?>")
_TOKEN = re.compile(
    r"<(?:@[UWB]\w+(?:\|[^<>]*)?"
    r"|#[CG]\w+(?:\|[^<>]*)?"
    r"|!(?:channel|here|everyone)(?:\|[^<>]*)?"
    r"|!subteam\^\w+(?:\|[^<>]*)?"
    r"|!date\^-?\d+\^[^<>|^]+(?:\^https?://[^<>|]+)?\|[^<>]+"
    r"|(?:https?://|mailto:)[^<>|\s]+(?:\|[^<>\n]*)?)>"
)
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_TWICE = re.compile(r"&amp;(?:amp|lt|gt|quot|#\d+);")
_TYPED_REFERENCE = re.compile(r"(<[@#][A-Z]\w+(?:\|[^<>]*)?>|<![a-z]+(?:[\^|][^<>]*)?>|<https?://[^<>\s]+>)")
_BARE_URL = re.compile(r"https?://[^\s<>|]+")


def escape(text: str) -> str:
    """Text with the three special characters as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def typed(text: str, *, links: bool = True) -> str:
    """What Slack sends an app for text typed into its composer: escaped once, references and links in brackets."""
    parts = _TYPED_REFERENCE.split(text)
    return "".join(part if index % 2 else _plain(part, links) for index, part in enumerate(parts))


def _plain(text: str, links: bool) -> str:
    escaped = escape(text)
    return _BARE_URL.sub(lambda found: f"<{found.group(0)}>", escaped) if links else escaped


def texts(value: Any) -> Iterator[tuple[str, str]]:
    """Every text object inside blocks as (kind, text), kind being mrkdwn, plain_text or markdown."""
    if isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        kind, text = value.get("type"), value.get("text")
        if kind in ("mrkdwn", "plain_text", "markdown", "text") and isinstance(text, str):
            yield ("plain_text" if kind == "text" else kind), text
        for item in value.values():
            if isinstance(item, dict | list):
                yield from texts(item)


def markup_faults(text: str) -> list[str]:
    """What is wrong with a mrkdwn text: special characters neither escaped nor part of a reference."""
    faults = []
    rest = _TOKEN.sub("", text)
    if "<" in rest:
        faults.append("a bare '<'")
    if re.search(r"(?<!^)>", rest.replace(">>>", ">"), flags=re.MULTILINE):
        faults.append("a bare '>'")
    if "&" in _ENTITY.sub("", text):
        faults.append("a bare '&'")
    return faults


def escaped_twice(text: str) -> bool:
    """Whether a mrkdwn text holds an escaped entity."""
    return bool(_TWICE.search(text))


def holds_entity(text: str) -> bool:
    """Whether a text that is shown as it is holds an entity."""
    return bool(_ENTITY.search(text))


def notified(text: str) -> list[str]:
    """The references in a text that would notify somebody."""
    return [found for found in NOTIFYING.findall(text) if not found.startswith("<!date")]


def broadcasts(text: str) -> bool:
    """Whether a text would notify a whole channel."""
    return bool(_BROADCAST.search(text))


def stranger_faults(text: str, strangers: list[str]) -> list[str]:
    """What of the strings that strangers wrote is live markup in a mrkdwn text."""
    faults = []
    for stranger in strangers:
        faults += [f"{token} of a stranger notifies" for token in notified(stranger) if token in text]
        if any(mark in stranger for mark in "<>&") and stranger in text:
            faults.append(f"{stranger!r} of a stranger is not escaped")
    return faults
