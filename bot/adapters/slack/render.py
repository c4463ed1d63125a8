"""Messages as Block Kit, within every limit: what is too much for one message goes behind “… more”."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.adapters.slack.text import escape, mrkdwn, shorten, texts
from bot.message import Button, Card, Choice, File, Image, Message, Part, Text

Block = dict[str, Any]
Json = dict[str, Any]

MOST_BLOCKS = 44
"""Blocks of one page; Slack takes 50, and the buttons at the end need some."""
MOST_CHARACTERS = 12_000
"""Characters of one message's blocks; Slack takes about 13,200."""
_CONTROLS = 8_000
LONGEST_LINE = 2000
"""Characters of a button's value."""
_BUTTONS = 25
_LONGEST_FALLBACK = 3000
_LONGEST_OPTION = 150
_LONGEST_ORIGIN = 200
_MENU = 25
_SHARE = re.compile(r"share\s+", re.IGNORECASE)
_SHARER = re.compile(r'\s+sharer:"[^"]*"$')


@dataclass(frozen=True)
class Shown:
    """How a message is to be shown. `said` is the line that shows it again, None when saying it again does harm."""

    message: Message
    said: str | None
    t: Callable[..., str]
    page: int = 0
    share: bool = False
    back: str | None = None
    pictures: tuple[tuple[Image, str], ...] = ()

    @property
    def numbered(self) -> bool:
        """Whether it shows resources, whose counts may change."""
        return any(isinstance(part, Card) and part.number is not None for part in self.message.parts)

    @property
    def origin(self) -> str:
        """What its buttons remember of the card: the line that it answers."""
        return self.said if self.said and len(self.said) <= _LONGEST_ORIGIN else ""


def unshared(said: str) -> str:
    """The line whose answer a shared card shows."""
    return _SHARER.sub("", _SHARE.sub("", said)) if _SHARE.match(said) else said


def payload(shown: Shown) -> Json:
    """The text and blocks of a message."""
    return {"text": fallback(shown.message), "blocks": blocks(shown)}


def fallback(message: Message) -> str:
    """The message as plain text for notifications and screen readers."""
    text = escape(shorten(message.plain(), _LONGEST_FALLBACK))
    return (text if len(text) <= _LONGEST_FALLBACK + 900 else escape(shorten(message.plain(), 750))) or "…"


def blocks(shown: Shown) -> list[Block]:
    """The blocks of one page of a message, its buttons last."""
    controls = _controls(shown)
    turning = 2 * len(shown.said or "") + 200
    pages = _pages(shown, MOST_CHARACTERS - turning - sum(map(_length, controls)))
    page = min(max(shown.page, 0), len(pages) - 1)
    turns = _turns(shown, page, len(pages))
    if page < len(pages) - 1 and not turns:
        return [*pages[page], *_rows(controls), context("…")]
    return [*pages[page], *_rows([*turns, *controls])]


def _pages(shown: Shown, room: int) -> list[list[Block]]:
    """The parts as pages of at most `room` characters; what belongs together stays so where it can."""
    pages: list[list[Block]] = [[]]
    used = 0
    files = {id(image): file for image, file in shown.pictures}
    for part in shown.message.parts:
        unit = list(_part(part, files, shown.origin))
        lengths = [_length(block) for block in unit]
        together = sum(lengths) <= room and len(unit) <= MOST_BLOCKS
        wanted, blocks_wanted = (sum(lengths), len(unit)) if together else (0, 0)
        for block, length in zip(unit, lengths, strict=True):
            needed = max(wanted, length)
            if pages[-1] and (used + needed > room or len(pages[-1]) + max(blocks_wanted, 1) > MOST_BLOCKS):
                pages.append([])
                used = 0
            pages[-1].append(block)
            used += length
            wanted = blocks_wanted = 0
    return pages if pages[0] else [[section("…")]]


def _length(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(_length(x) for key, x in value.items() if key not in {"type", "action_id", "style"})
    return sum(map(_length, value)) if isinstance(value, list) else 0


def section(text: str) -> Block:
    """A paragraph in Slack's markup; nothing in it is made into a link or a name by itself."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def context(text: str) -> Block:
    """A small grey line."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def label(text: str, limit: int = 75) -> Json:
    """A plain text of a button, an option or a title."""
    return {"type": "plain_text", "text": shorten(text, limit).strip() or "…", "emoji": False}


def _part(part: Part, files: dict[int, str], origin: str) -> Iterator[Block]:
    if isinstance(part, Card):
        yield from _card(part, origin)
    elif isinstance(part, Image):
        file = files.get(id(part))
        alt = shorten(part.alt, 1900) or "…"
        yield (
            {"type": "image", "slack_file": {"id": file}, "alt_text": alt}
            if file
            else context(escape(shorten(part.alt, 400)) or "…")
        )
    elif isinstance(part, File):
        yield context(escape(shorten(f"{part.label} ({part.name})", 400)))
    elif isinstance(part, Text):
        yield from (section(text) for text in texts(part.lines))


def _card(card: Card, origin: str) -> Iterator[Block]:
    """Title with its only button beside it, the facts small below, then the longer lines and further buttons."""
    buttons = _buttons(card.buttons, "say", origin)
    beside = buttons[0] if len(buttons) == 1 and buttons[0]["type"] == "button" else None
    title, *rest = texts((card.title,)) or ["…"]
    yield section(title) | ({"accessory": beside} if beside else {})
    yield from map(section, rest)
    yield from (context(text) for text in texts(card.facts))
    yield from (section(text) for text in texts(card.body))
    if buttons and not beside:
        yield from _rows(buttons)


def _rows(elements: Sequence[Json]) -> Iterator[Block]:
    for start in range(0, len(elements), _BUTTONS):
        yield {"type": "actions", "elements": list(elements[start : start + _BUTTONS])}


def _buttons(controls: Sequence[Button | Choice], level: str, came_from: str) -> list[Json]:
    """Buttons and menus; lines that are too long for an option become buttons of their own.

    The action_id tells what line the card answers: of private cards Slack sends nothing else along.
    """
    elements: list[Json] = []
    for control in controls:
        if isinstance(control, Button):
            action = f"{level}:{len(elements)}:{came_from}"
            elements += [button(control.label, control.line, action, control.style)]
        else:
            elements += _menu(control, f"{level}:{len(elements)}", came_from)
    return [element for element in elements if element]


def button(text: str, value: str, action: str, style: str = "default") -> Json:
    """A button, or nothing where its value is too long to be kept in it."""
    if not value or len(value) > LONGEST_LINE:
        return {}
    extra = {} if style == "default" else {"style": style}
    return {"type": "button", "text": label(text), "value": value, "action_id": action, **extra}


def _menu(choice: Choice, name: str, came_from: str) -> list[Json]:
    short = {line: text for text, line in reversed(choice.options) if line and len(line) <= _LONGEST_OPTION}
    options = [option(text, line) for line, text in list(reversed(short.items()))[:_MENU]]
    long = [(text, line) for text, line in choice.options if len(line) > _LONGEST_OPTION][:10]
    menu = {
        "type": "static_select",
        "action_id": f"{name}:{came_from}",
        "placeholder": label(choice.label, 150),
        "options": options,
    }
    buttons = [button(text, line, f"{name}.{n}:{came_from}") for n, (text, line) in enumerate(long, start=1)]
    return ([menu] if options else []) + buttons


def option(text: str, value: str) -> Json:
    """One choice of a menu."""
    return {"text": label(text), "value": value}


def _turns(shown: Shown, page: int, pages: int) -> list[Json]:
    """The buttons that lead to the pages before and after."""
    if shown.said is None:
        return []
    earlier = button(shown.t("◀ Previous"), f"{page - 1}\n{shown.said}", "turn:previous") if page > 0 else {}
    more = button(shown.t("… more"), f"{page + 1}\n{shown.said}", "turn:more") if page < pages - 1 else {}
    return [x for x in (earlier, more) if x]


def _controls(shown: Shown) -> list[Json]:
    """What belongs to the whole message: its own buttons, the way back, sharing; as many as fit."""
    last: list[Json] = []
    if shown.back:
        last.append(button(shown.t("◀ Back"), shown.back, "back"))
    if shown.share and shown.message.share:
        last.append(button(shown.t("Share in channel"), f"share {shown.message.share}", "share"))
    room = _CONTROLS - sum(map(_length, last))
    elements: list[Json] = []
    for element in _buttons(shown.message.buttons, "go", shown.origin):
        room -= _length(element)
        if room >= 0 and len(elements) < 3 * _BUTTONS:
            elements.append(element)
    return [*elements, *(x for x in last if x)]


def title_of(message: Message) -> str:
    """A few words that name a message, for the head of a window."""
    for part in message.parts:
        if isinstance(part, Card):
            return "".join(span.text for span in part.title)
    return "Paperclub"


__all__ = ["Block", "Json", "Shown", "blocks", "mrkdwn", "payload"]
