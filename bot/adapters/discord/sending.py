"""Handing messages to discord.py: components and windows that are already made, and attachments."""

import io
from typing import Any

import discord

from bot.adapters.discord.render import LONGEST_ALT, Json, Shown
from bot.adapters.discord.text import shorten
from bot.message import File, Image


class Layout(discord.ui.LayoutView):
    """Components as they are. It listens to nothing: presses are read from their ids, so they outlive the process."""

    def __init__(self, components: list[Json]) -> None:
        super().__init__(timeout=None)
        self._made = components

    def to_components(self) -> list[dict[str, Any]]:
        """The components."""
        return self._made

    def has_components_v2(self) -> bool:
        """They always are of the second version."""
        return True

    def is_finished(self) -> bool:
        """Nobody waits for presses, therefore the library keeps nothing of it."""
        return True


class Window(discord.ui.Modal, title="Paperclub"):
    """A modal as it is."""

    def __init__(self, made: Json) -> None:
        super().__init__(timeout=None)
        self._made = made

    def to_dict(self) -> dict[str, Any]:
        """The modal."""
        return self._made

    def is_finished(self) -> bool:
        """Nobody waits for it, therefore the library keeps nothing of it."""
        return True


def files(shown: Shown) -> list[discord.File]:
    """What is attached; Discord keeps a picture's description as alt text on the attachment."""
    return [discord.File(io.BytesIO(part.data), name, description=_described(part)) for name, part in shown.attached]


def _described(part: Image | File) -> str:
    return shorten(part.alt if isinstance(part, Image) else part.label, LONGEST_ALT) or "…"
