"""What a reader takes for single characters: text is never cut within one."""

import unicodedata
from collections.abc import Iterator


def graphemes(text: str) -> Iterator[str]:
    """The characters of a text with their marks, joined emoji and flags whole."""
    current = ""
    for character in text:
        if current and not _joins(current, character):
            yield current
            current = ""
        current += character
    if current:
        yield current


def _joins(before: str, character: str) -> bool:
    if unicodedata.category(character) in {"Mn", "Me", "Mc"} or character in "\u200c\u200d\ufe0f":
        return True
    if "\U0001f3fb" <= character <= "\U0001f3ff" or before.endswith("\u200d"):
        return True
    flag = "\U0001f1e6" <= character <= "\U0001f1ff"
    return flag and len(before) == 1 and "\U0001f1e6" <= before <= "\U0001f1ff"
