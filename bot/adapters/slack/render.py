"""Messages as Block Kit, within every limit: what is too much for one message goes behind “… more”."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.adapters.slack.text import escape, mrkdwn, shorten, texts
from bot.message import Button, Card, Choice, Image, Message, Part, Text

Block = dict[str, Any]
Json = dict[str, Any]

MOST_BLOCKS = 44
"""Blocks of one page; Slack takes 50, and the buttons at the end need some."""
MOST_CHARACTERS = 9_000
"""Characters of one page's texts; Slack takes about 13,200 in all blocks of a message."""
LONGEST_LINE = 2000
"""Characters of a button's value."""
_BUTTONS = 25
_LONGEST_FALLBACK = 3000
_LONGEST_OPTION = 150
_LONGEST_ORIGIN = 200


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


def payload(shown: Shown) -> Json:
    """The text and blocks of a message."""
    return {"text": fallback(shown.message), "blocks": blocks(shown)}


def fallback(message: Message) -> str:
    """The message as plain text for notifications and screen readers."""
    text = escape(shorten(message.plain(), _LONGEST_FALLBACK))
    return (text if len(text) <= _LONGEST_FALLBACK + 900 else escape(shorten(message.plain(), 750))) or "…"


def blocks(shown: Shown) -> list[Block]:
    """The blocks of one page of a message, its buttons last."""
    pages = _pages(shown)
    page = min(max(shown.page, 0), len(pages) - 1)
    return [*pages[page], *_controls(shown, page, len(pages))]


def _pages(shown: Shown) -> list[list[Block]]:
    pages: list[list[Block]] = [[]]
    files = {id(image): file for image, file in shown.pictures}
    for part in shown.message.parts:
        unit = list(_part(part, files, shown.said))
        whole = _fits([], unit)
        if whole and pages[-1] and not _fits(pages[-1], unit):
            pages.append([])
        for block in unit:
            if pages[-1] and not _fits(pages[-1], [block]):
                pages.append([])
            pages[-1].append(block)
    return pages if pages[0] else [[section("…")]]


def _fits(page: Sequence[Block], more: Sequence[Block]) -> bool:
    together = [*page, *more]
    return len(together) <= MOST_BLOCKS and sum(map(_length, together)) <= MOST_CHARACTERS


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


def _part(part: Part, files: dict[int, str], said: str | None) -> Iterator[Block]:
    if isinstance(part, Card):
        yield from _card(part, said)
    elif isinstance(part, Image):
        file = files.get(id(part))
        alt = shorten(part.alt, 1900) or "…"
        yield (
            {"type": "image", "slack_file": {"id": file}, "alt_text": alt}
            if file
            else context(escape(shorten(part.alt, 400)) or "…")
        )
    elif isinstance(part, Text):
        yield from (section(text) for text in texts(part.lines))


def _card(card: Card, said: str | None) -> Iterator[Block]:
    """Title with its only button beside it, the facts small below, then the longer lines and further buttons."""
    buttons = _buttons(card.buttons, "say", said)
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


def _buttons(controls: Sequence[Button | Choice], level: str, said: str | None) -> list[Json]:
    """Buttons and menus; lines that are too long for an option become buttons of their own.

    The action_id tells what line the card answers: of private cards Slack sends nothing else along.
    """
    came_from = said if said and len(said) <= _LONGEST_ORIGIN else ""
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
    options = [option(text, line) for line, text in list(reversed(short.items()))[:100]]
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


def _controls(shown: Shown, page: int, pages: int) -> Iterator[Block]:
    """What belongs to the whole message: turning its pages, its own buttons, the way back, sharing."""
    t, said = shown.t, shown.said
    turning = []
    if said is not None and page > 0:
        turning.append(button(t("◀ Previous"), f"{page - 1}\n{said}", "turn:previous"))
    if said is not None and page < pages - 1:
        turning.append(button(t("… more"), f"{page + 1}\n{said}", "turn:more"))
    elif page < pages - 1:
        yield context("…")
    elements = _buttons(shown.message.buttons, "go", said)
    if shown.back:
        elements.append(button(t("◀ Back"), shown.back, "back"))
    if shown.share and shown.message.share:
        elements.append(button(t("Share in channel"), f"share {shown.message.share}", "share"))
    yield from list(_rows([x for x in (*turning, *elements) if x]))[:4]


def title_of(message: Message) -> str:
    """A few words that name a message, for the head of a window."""
    for part in message.parts:
        if isinstance(part, Card):
            return "".join(span.text for span in part.title)
    return "Paperclub"


__all__ = ["Block", "Json", "Shown", "blocks", "mrkdwn", "payload"]
