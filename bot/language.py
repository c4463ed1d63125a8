"""The words of the interface: gettext catalogues, English the source and Chinese complete."""

import gettext
import io
import re
import string
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from importlib import resources

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.message import Line, Span, bold, line

LANGUAGES: Mapping[str, str] = {"en": "English", "zh": "中文"}
"""The languages that a member may choose, each by its own name."""


@lru_cache
def _catalogue(language: str) -> gettext.NullTranslations:
    file = resources.files("bot") / "locale" / language / "LC_MESSAGES" / "paperclub.po"
    if not file.is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(file.read_bytes()), locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def nearest(tag: str | None) -> str | None:
    """The language of ours for a platform's locale tag ("zh-CN", "en_GB"), or None."""
    base = (tag or "").replace("_", "-").split("-")[0].lower()
    return base if base in LANGUAGES else None


class Translator:
    """Says msgids in one language. Values come in by name: `t("No topic {name}", name=x)`."""

    def __init__(self, language: str = "en") -> None:
        self.language = language if language in LANGUAGES else "en"
        self._catalogue = _catalogue(self.language)

    def t(self, text: str, /, **values: object) -> str:
        """The sentence with its values filled in."""
        return self._catalogue.gettext(text).format(**values)

    def tn(self, one: str, many: str, n: int, /, **values: object) -> str:
        """The sentence in the number that `n` asks for; `{n}` is filled in too."""
        return self._catalogue.ngettext(one, many, n).format(n=n, **values)

    def lead(self, text: str, /, **values: object) -> Span:
        """The sentence in bold before what it leads to, with the language's colon."""
        return bold(self.t(text, **values) + self.t(": "))

    def listed(self, items: Iterable[str]) -> str:
        """Several things in a row, with what the language puts between them."""
        return self.t(", ").join(items)

    def after(self, first: str, second: str) -> str:
        """A sentence after another one."""
        return self.t("{first} {second}", first=first, second=second)

    def aside(self, text: str) -> str:
        """A remark after what it belongs to, in the language's brackets."""
        return self.t(" ({text})", text=text)

    def line(self, text: str, /, **values: Span | str | int) -> Line:
        """The sentence as a line, where spans among the values keep their look."""
        parts: list[str | Span] = []
        for literal, name, _spec, _conversion in string.Formatter().parse(self._catalogue.gettext(text)):
            parts.append(literal)
            if name is not None:
                value = values[name]
                parts.append(value if isinstance(value, Span) else str(value))
        return line(*parts)


def choice_label(t: Callable[[str], str], parameter: str, choice: str) -> str:
    """A choice as a language calls it; the catalogue holds it as it is typed: “signal:up”."""
    return re.split("[:：]", t(f"{parameter}:{choice}"), maxsplit=1)[1]


class Msgid(str):
    """A text that is translated when it is shown, not where it is written."""


def mark(text: str) -> Msgid:
    """Name a msgid, for extraction and for later translation."""
    return Msgid(text)
