"""What the bot says, in parts that no platform owns. Text is plain; structure carries emphasis."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Style = Literal["default", "primary", "danger"]


@dataclass(frozen=True)
class Span:
    """A run of text with one look. `mark` highlights a match; `time` is an instant each reader sees in their zone."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    mark: bool = False
    url: str | None = None
    time: datetime | None = None


Line = tuple[Span, ...]


def line(*parts: str | Span) -> Line:
    """A line made of plain strings and spans."""
    return tuple(Span(part) if isinstance(part, str) else part for part in parts if part != "")


def bold(text: str) -> Span:
    """Emphasised text."""
    return Span(text, bold=True)


def code(text: str) -> Span:
    """Text to be typed as it stands."""
    return Span(text, code=True)


def link(text: str, url: str | None) -> Span:
    """A link; only http(s) addresses are rendered as one."""
    return Span(text, url=url if url and url.startswith(("http://", "https://")) else None)


@dataclass(frozen=True)
class Button:
    """One press says `line`. The payload is the line itself, so old buttons work for ever."""

    label: str
    line: str
    style: Style = "default"


@dataclass(frozen=True)
class Choice:
    """A menu of up to 25 labelled lines; choosing one says it."""

    label: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Text:
    """A paragraph of lines."""

    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Card:
    """One resource (or another thing with a number): title, facts under it, longer lines, its own buttons."""

    title: Line
    facts: tuple[Line, ...] = ()
    body: tuple[Line, ...] = ()
    buttons: tuple[Button, ...] = ()
    number: int | None = None


@dataclass(frozen=True)
class Image:
    """A picture with the words that stand for it where it can't be seen."""

    data: bytes
    alt: str
    name: str = "picture.png"


@dataclass(frozen=True)
class File:
    """Something to keep and to open elsewhere, with the words that stand for it where it can't be handed over."""

    data: bytes
    name: str
    label: str


Part = Text | Card | Image | File


@dataclass(frozen=True)
class Field:
    """One input of a form. `kind` names what may be entered (see bot.command.Parameter)."""

    name: str
    label: str
    kind: str = "text"
    required: bool = True
    value: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    help: str | None = None


@dataclass(frozen=True)
class Form:
    """Asked values that complete a line: `command` with the given arguments and what is typed in."""

    title: str
    command: str
    fields: tuple[Field, ...]
    given: tuple[tuple[str, str], ...] = ()
    submit: str = "OK"


@dataclass(frozen=True)
class Message:
    """An answer or a post. `public` comes from the command's declaration; `share` is the line that says it to all.

    An empty `share` keeps the answer to its reader. `touched` are the numbers of resources whose counts it changed:
    public cards that show them are out of date (see App.outdated). `language` is the one that it is in.
    """

    parts: tuple[Part, ...]
    buttons: tuple[Button | Choice, ...] = ()
    public: bool = False
    share: str | None = None
    error: bool = False
    touched: tuple[int, ...] = ()
    language: str = ""

    def plain(self) -> str:
        """The message as plain text, for notifications, screen readers and places without structure."""
        return "\n".join(filter(None, (_plain_part(part) for part in self.parts)))

    def as_data(self) -> dict[str, object]:
        """The message as JSON values, without what is absent."""
        data = {**_as_data(self), "text": self.plain()}
        return {key: value for key, value in data.items() if value not in (None, [], False)}


def plain(spans: Line) -> str:
    """The bare text of a line."""
    return "".join(span.text for span in spans)


def _plain_part(part: Part) -> str:
    if isinstance(part, Text):
        return "\n".join(plain(x) for x in part.lines)
    if isinstance(part, Image):
        return part.alt
    if isinstance(part, File):
        return f"{part.label} ({part.name})"
    return "\n".join(plain(x) for x in (part.title, *part.facts, *part.body))


def _as_data(value: object) -> dict[str, object]:
    result: dict[str, object] = {}
    for field in dataclasses.fields(value):  # type: ignore[arg-type]
        item = getattr(value, field.name)
        if item in (None, (), False) or (item == field.default and field.name != "text"):
            continue
        result[field.name] = _item_data(item)
    if isinstance(value, Text | Card | Image | File | Button | Choice):
        result["type"] = type(value).__name__.lower()
    return result


def _item_data(item: object) -> object:
    if dataclasses.is_dataclass(item):
        return _as_data(item)
    if isinstance(item, tuple):
        return [_item_data(x) for x in item]
    if isinstance(item, bytes):
        return f"{len(item)} bytes"
    return item.isoformat() if isinstance(item, datetime) else item
