"""Messages as components, within every limit: what is too much for one message goes behind “… more”."""

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.adapters.discord.text import escape, label, shorten, size, texts
from bot.message import Button, Card, Choice, File, Image, Message, Part, Text

Json = dict[str, Any]

MOST_COMPONENTS = 40
MOST_CHARACTERS = 3600
"""Characters of one page; Discord takes 4000 in all texts of a message."""
LONGEST_ID = 100
LONGEST_ALT = 1000
_MOST_ATTACHED = 10
_TEXT = 1800
_COLOUR, _ERROR_COLOUR = 0x5865F2, 0xC0392B
_STYLES = {"primary": 1, "default": 2, "danger": 4}
_ROW, _BUTTON, _SELECT, _SECTION, _DISPLAY, _GALLERY, _FILE, _SEPARATOR, _CONTAINER = 1, 2, 3, 9, 10, 12, 13, 14, 17

_ID = re.compile(r"([pgvf])(\d*)(?:\.\d+)?([:=])(.*)", re.DOTALL)


@dataclass(frozen=True)
class Payload:
    """What a component's id says.

    `kind` is p (answer with a new message), g (turn the pressed message into the answer), v (show page `page` of the
    answer in the pressed message) or f (a form of that line). `text` is the line, or where `kept` its key.
    """

    kind: str
    text: str
    page: int = 0
    kept: bool = False


def read_id(text: str) -> Payload | None:
    """What a component's id says; None for an id that is none of ours."""
    match = _ID.fullmatch(text)
    return Payload(match[1], match[4], int(match[2] or 0), match[3] == "=") if match else None


@dataclass
class Ids:
    """Makes ids of components, unique in a message; `long` are the lines to be kept under their keys."""

    long: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def make(self, kind: str, line: str, page: int = 0) -> str:
        """The id that says a line."""
        head = f"{kind}{page or ''}"
        number = 0
        while True:
            unique = f"{head}.{number}" if number else head
            made = f"{unique}:{line}"
            if size(made) > LONGEST_ID:
                made = f"{unique}={key_of(line)}"
            if made not in self._taken:
                self._taken.add(made)
                if made[len(unique)] == "=":
                    self.long[key_of(line)] = line
                return made
            number += 1


def key_of(line: str) -> str:
    """The short name of a long line."""
    return urlsafe_b64encode(hashlib.sha256(line.encode()).digest()[:24]).decode()


@dataclass(frozen=True)
class Shown:
    """A message ready for Discord: its components, what is attached, and the lines that its ids are too short for."""

    components: list[Json]
    attached: tuple[tuple[str, Image | File], ...] = ()
    long: Mapping[str, str] = field(default_factory=dict)


def show(message: Message, t: Callable[..., str], said: str | None = None, page: int = 0, share: bool = False) -> Shown:
    """One page of a message.

    `said` is the line that shows it again, None where saying it again does harm; `share` offers it to the channel.
    """
    ids = Ids()
    names = _names(message)
    pages = _pages(message, ids, names)
    page = min(max(page, 0), len(pages) - 1)
    controls = list(_controls(message, ids, t, said, (page, len(pages)), share))
    colour = _ERROR_COLOUR if message.error else _COLOUR
    box = {"type": _CONTAINER, "accent_color": colour, "components": pages[page]}
    used = str(pages[page]) if names else ""
    attached = tuple((name, part) for name, part in names if f"attachment://{name}" in used)
    return Shown([box, *controls], attached, ids.long)


def _names(message: Message) -> list[tuple[str, Image | File]]:
    """What is to be attached, under names that Discord leaves as they are."""
    found: dict[str, Image | File] = {}
    for number, part in enumerate(part for part in message.parts if isinstance(part, Image | File)):
        name = re.sub(r"[^A-Za-z0-9._-]", "_", part.name)[-60:].lstrip("._-") or "file"
        found[f"{number}-{name}" if name in found else name] = part
    return list(found.items())[:_MOST_ATTACHED]


def _pages(message: Message, ids: Ids, names: Sequence[tuple[str, Image | File]]) -> list[list[Json]]:
    room = MOST_COMPONENTS - 1 - _reserve(message)
    pages = [_Page(room)]
    files = {id(part): name for name, part in names}
    for part in message.parts:
        unit = list(_part(part, ids, files))
        if pages[-1].components and isinstance(part, Card):
            unit = [{"type": _SEPARATOR, "divider": True, "spacing": 1}, *unit]
        if pages[-1].fits(unit):
            pages[-1].add(unit)
            continue
        if _Page(room).fits(unit):
            pages.append(_Page(room))
        for component in unit:
            if not pages[-1].fits([component]):
                pages.append(_Page(room))
            if pages[-1].components or component["type"] != _SEPARATOR:
                pages[-1].add([component])
    return [page.components for page in pages] if pages[0].components else [[_display("…")]]


class _Page:
    """The components of one page, and how much room they leave."""

    def __init__(self, room: int) -> None:
        self.components: list[Json] = []
        self._room = room
        self._characters = MOST_CHARACTERS

    def fits(self, more: Sequence[Json]) -> bool:
        """Whether these fit beside what is there; an empty page takes anything that is one."""
        alone = not self.components and len(more) == 1
        return alone or (count(more) <= self._room and length(more) <= self._characters)

    def add(self, more: Sequence[Json]) -> None:
        """Take components."""
        self.components += more
        self._room -= count(more)
        self._characters -= length(more)


def _reserve(message: Message) -> int:
    """Components that the rows under a message take at most: turning, sharing, buttons and menus."""
    menus = sum(isinstance(control, Choice) for control in message.buttons)
    buttons = min(len(message.buttons) - menus, 10) + 3
    return buttons + -(-buttons // 5) + 2 * min(menus, 5)


def count(components: Sequence[Json]) -> int:
    """Components with everything inside them."""
    return sum(1 + count(c.get("components", ())) + ("accessory" in c) for c in components)


def length(components: Sequence[Json]) -> int:
    """Characters of all texts."""
    return sum(size(c.get("content", "")) + length(c.get("components", ())) for c in components)


def _display(text: str) -> Json:
    return {"type": _DISPLAY, "content": text}


def _part(part: Part, ids: Ids, files: Mapping[int, str]) -> Iterator[Json]:
    if isinstance(part, Card):
        yield from _card(part, ids)
    elif isinstance(part, Text):
        yield from map(_display, texts(part.lines, _TEXT))
    elif isinstance(part, File):
        yield _display(escape(shorten(part.label, _TEXT // 2)) or "…")
        if id(part) in files:
            yield {"type": _FILE, "file": {"url": f"attachment://{files[id(part)]}"}}
    elif id(part) in files:
        alt = shorten(part.alt, LONGEST_ALT) or "…"
        media = {"media": {"url": f"attachment://{files[id(part)]}"}, "description": alt}
        yield {"type": _GALLERY, "items": [media]}


def _card(card: Card, ids: Ids) -> Iterator[Json]:
    """Title and small facts, its only button beside them; then the longer lines and further buttons."""
    head, *rest = texts((card.title,), _TEXT) or ["…"]
    facts = texts(card.facts, _TEXT // 2, prefix="-# ")
    if facts and not rest:
        head = f"{head}\n{facts.pop(0)}"
    buttons = [_button(b, "p", ids) for b in card.buttons]
    if len(buttons) == 1:
        yield {"type": _SECTION, "components": [_display(head)], "accessory": buttons[0]}
    else:
        yield _display(head)
    yield from map(_display, [*rest, *facts, *texts(card.body, _TEXT)])
    if len(buttons) > 1:
        yield from _rows(buttons)


def _button(button: Button, kind: str, ids: Ids, page: int = 0) -> Json:
    return {
        "type": _BUTTON,
        "style": _STYLES[button.style],
        "label": label(button.label, 80),
        "custom_id": ids.make(kind, button.line, page),
    }


def _rows(buttons: Sequence[Json]) -> Iterator[Json]:
    for start in range(0, len(buttons), 5):
        yield {"type": _ROW, "components": list(buttons[start : start + 5])}


def _menu(choice: Choice, ids: Ids, number: int) -> Json:
    options = [{"label": label(text, 100), "value": ids.make("g", line)} for text, line in choice.options[:25] if line]
    menu = {
        "type": _SELECT,
        "custom_id": f"menu:{number}",
        "placeholder": label(choice.label, 150),
        "options": options,
    }
    return {"type": _ROW, "components": [menu]}


def _controls(
    message: Message, ids: Ids, t: Callable[..., str], said: str | None, where: tuple[int, int], share: bool
) -> Iterator[Json]:
    """What belongs to the whole message: its menus, turning its pages, its own buttons, sharing."""
    page, pages = where
    menus = [
        control
        for control in message.buttons
        if isinstance(control, Choice) and any(said for _label, said in control.options)
    ]
    yield from (_menu(choice, ids, number) for number, choice in enumerate(menus[:5]))
    buttons = []
    if said and page > 0:
        buttons.append(_button(Button(t("◀ Previous"), said), "v", ids, page - 1))
    if said and page < pages - 1:
        buttons.append(_button(Button(t("… more"), said), "v", ids, page + 1))
    own = [control for control in message.buttons if isinstance(control, Button)]
    buttons += [_button(b, "g", ids) for b in own[:10]]
    if share and message.share:
        buttons.append(_button(Button(t("Share in channel"), f"share {message.share}"), "p", ids))
    yield from _rows(buttons)
