"""Message → rich renderables. Buttons and menus become numbered choices."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.style import Style
from rich.text import Text as RichText

from bot.message import Button, Card, Choice, File, Image, Line, Message, Part, Span


@dataclass(frozen=True)
class Pick:
    """A numbered choice: saying its number says `line`, or opens `options` where it is a menu."""

    label: str
    line: str = ""
    options: tuple[tuple[str, str], ...] = ()


def picks(message: Message) -> list[Pick]:
    """Every choice of a message in the order it is shown: buttons of cards first, then those of the message."""
    found = [
        Pick(button.label, button.line) for part in message.parts if isinstance(part, Card) for button in part.buttons
    ]
    for control in message.buttons:
        found.append(Pick(control.label, control.line) if isinstance(control, Button) else _menu(control))
    return found


def _menu(choice: Choice) -> Pick:
    return Pick(f"{choice.label}…", options=choice.options)


def show(console: Console, message: Message) -> list[Pick]:
    """Print a message; returns its choices, the first of which is number 1."""
    numbered = picks(message)
    position = 0
    for part in message.parts:
        taken = len(part.buttons) if isinstance(part, Card) else 0
        console.print(_part(part, numbered[position : position + taken], position, console.soft_wrap), highlight=False)
        position += taken
    if numbered[position:]:
        console.print(_controls(numbered[position:], position), highlight=False)
    return numbered


def show_options(console: Console, pick: Pick) -> list[Pick]:
    """Print an opened menu; returns its options as choices."""
    opened = [Pick(label, line) for label, line in pick.options]
    for index, option in enumerate(opened, start=1):
        console.print(RichText.assemble((f"[{index}] ", "cyan"), option.label), highlight=False)
    return opened


def _part(part: Part, buttons: Sequence[Pick], offset: int, unwrapped: bool) -> RenderableType:
    if isinstance(part, Image):
        return RichText(f"🖼  {part.alt}", style="italic")
    if isinstance(part, File):
        return RichText(f"📎 {part.label}: {_kept(part)}")
    if isinstance(part, Card):
        return _card(part, buttons, offset, unwrapped)
    return Group(*(_line(x) for x in part.lines))


def _kept(file: File) -> Path:
    """Where a file was written: in the folder that one stands in if it may be, and over nothing that is there."""
    name = Path(Path(file.name).name)
    here = Path.cwd()
    folder = here if os.access(here, os.W_OK) else Path(tempfile.mkdtemp())
    for number in count(1):
        path = folder / (name if number == 1 else f"{name.stem}-{number}{name.suffix}")
        try:
            with path.open("xb") as kept:
                kept.write(file.data)
        except FileExistsError:
            continue
        break
    return path


def _card(card: Card, buttons: Sequence[Pick], offset: int, unwrapped: bool) -> RenderableType:
    lines = [_line(fact, dim=True) for fact in card.facts] + [_line(x) for x in card.body]
    if buttons:
        lines.append(_controls(buttons, offset))
    return Group("", _line(card.title), *(_indented(x, unwrapped) for x in lines))


def _indented(text: RichText, unwrapped: bool) -> RenderableType:
    # A padded line is cut at the console's width where lines are not wrapped.
    return RichText("  ").append_text(text) if unwrapped else Padding(text, (0, 0, 0, 2), expand=False)


def _controls(numbered: Sequence[Pick], offset: int) -> RichText:
    shown = RichText()
    for index, pick in enumerate(numbered, start=offset + 1):
        shown.append(f"[{index}] ", style="cyan")
        shown.append(f"{pick.label}   ", style="none" if pick.line or pick.options else "dim")
    shown.rstrip()
    return shown


def _line(spans: Line, dim: bool = False) -> RichText:
    shown = RichText(style="dim" if dim else "")
    for span in spans:
        shown.append(_text(span), style=_style(span))
    return shown


def _text(span: Span) -> str:
    # Escape sequences in a stranger's title would draw on the member's terminal.
    text = span.time.astimezone().strftime("%Y-%m-%d %H:%M %Z") if span.time else span.text
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)


def _style(span: Span) -> Style:
    return Style(
        bold=span.bold or None,
        italic=span.italic or None,
        color="yellow" if span.mark else ("green" if span.code else None),
        link=span.url,
    )
