"""Discord's commands, derived from the declarations: one root with subcommands, another for admins, and the menus."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.adapters.discord.text import shorten
from bot.command import Command, Parameter
from bot.language import Translator, mark

Json = dict[str, Any]

ROOT, ADMIN_ROOT = "paper", "paper-admin"
MANAGE_GUILD = 1 << 5
MOST_OPTIONS = 25
_LOCALES = {"zh-CN": "zh", "zh-TW": "zh"}
_TYPES = {"text": 3, "choice": 3, "resource": 3, "resources": 3, "integer": 4, "flag": 5}
_SUBCOMMAND, _GROUP = 1, 2
_EVERYWHERE: Json = {"contexts": [0, 1, 2], "integration_types": [0, 1]}
_LONGEST_VALUE = 1000


@dataclass(frozen=True)
class Menu:
    """An entry of the menu of a message (type 3) or member (type 2).

    `says` is the command it says, `else_` the one that stands in where that is not there yet.
    """

    name: str
    type: int
    says: str
    else_: str

    def command(self, commands: Mapping[str, Command]) -> str:
        """The name of the command it says."""
        return self.says if self.says in commands else self.else_


MENUS = (
    Menu(mark("Save to my list"), 3, "save", "show"),
    Menu(mark("Suggest this paper"), 3, "suggest", "show"),
    Menu(mark("What do they recommend?"), 2, "recommended", "people"),
)


def registration(commands: Mapping[str, Command]) -> list[Json]:
    """Everything to be registered with Discord."""
    shown = [c for c in commands.values() if not c.hidden]
    everybody = _root(ROOT, mark("Find, show and remember what your club reads"), [c for c in shown if not c.admin])
    found = [everybody | _EVERYWHERE]
    admins = [c for c in shown if c.admin]
    if admins:
        rights = {"default_member_permissions": str(MANAGE_GUILD), "contexts": [0], "integration_types": [0]}
        found.append(_root(ADMIN_ROOT, mark("Set Paperclub up for this server"), admins) | rights)
    return found + [_menu(menu) for menu in MENUS]


def digest(payloads: Sequence[Json]) -> str:
    """A short text that differs when the commands do."""
    return hashlib.sha256(json.dumps(payloads, sort_keys=True).encode()).hexdigest()


def _menu(menu: Menu) -> Json:
    return {"type": menu.type, "name": menu.name, "name_localizations": _said(menu.name, 32), **_EVERYWHERE}


def _root(name: str, help_text: str, commands: Sequence[Command]) -> Json:
    groups = {words[0] for c in commands if len(words := c.name.split()) > 1}
    single = [c for c in commands if c.name not in groups and " " not in c.name]
    options = [_subcommand(c, c.name) for c in single]
    for group in sorted(groups):
        members = [c for c in commands if c.name.split()[0] == group]
        options.append(
            {
                "type": _GROUP,
                **_named(group, f"/{group}"),
                **_described(next((c.help for c in members if c.name == group), group.capitalize())),
                "options": [_subcommand(c, c.name.partition(" ")[2] or BARE) for c in members],
            }
        )
    return {"type": 1, "name": name, **_described(help_text), "options": options}


BARE = "show"
"""The subcommand that says the bare name of a group, which Discord can't."""


def _subcommand(command: Command, name: str) -> Json:
    ordered = sorted(command.parameters, key=lambda p: not p.required)
    options = [_option(p, p.required and p.name not in command.form) for p in ordered[:MOST_OPTIONS]]
    options.sort(key=lambda o: not o.get("required", False))
    return {"type": _SUBCOMMAND, **_named(name, f"/{name}"), **_described(command.help), "options": options}


def _option(parameter: Parameter, required: bool) -> Json:
    option: Json = {
        "type": _TYPES[parameter.kind],
        **_named(parameter.name, f"{parameter.name}:"),
        **_described(parameter.help),
        "required": required,
    }
    if parameter.choices:
        option["choices"] = [
            {"name": choice, "value": choice, "name_localizations": _said(choice, 100)}
            for choice in parameter.choices[:MOST_OPTIONS]
        ]
    elif parameter.kind == "integer":
        limits = {"min_value": parameter.minimum, "max_value": parameter.maximum}
        option |= {name: value for name, value in limits.items() if value is not None}
    elif option["type"] == _TYPES["text"]:
        option["max_length"] = _LONGEST_VALUE
        option["autocomplete"] = parameter.complete is not None
    return option


def _named(name: str, msgid: str) -> Json:
    """A name as it is typed, with its translations; the catalogue holds them as they are typed: “/search”, “page:”."""
    said = {locale: _bare(Translator(language).t(msgid)) for locale, language in _LOCALES.items()}
    fitting = {locale: text for locale, text in said.items() if text != name and _typable(text)}
    return {"name": name.replace(" ", "-"), "name_localizations": fitting}


def _bare(text: str) -> str:
    return text.removeprefix("/").rstrip(":：")


def _typable(name: str) -> bool:
    letters = all(unicodedata.category(c)[0] in "LN" or c in "-_" for c in name)
    return letters and name == name.lower() and 1 <= len(name) <= 32


def _described(text: str) -> Json:
    return {"description": shorten(text, 100), "description_localizations": _said(text, 100)}


def _said(msgid: str, limit: int) -> dict[str, str]:
    said = {locale: Translator(language).t(msgid) for locale, language in _LOCALES.items()}
    return {locale: shorten(text, limit) for locale, text in said.items() if text != msgid}


def spoken(root: str, options: Sequence[Mapping[str, Any]]) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """The name of the command that somebody chose, and the options they gave."""
    words = []
    while options and options[0].get("type") in {_SUBCOMMAND, _GROUP}:
        words.append(str(options[0]["name"]))
        options = options[0].get("options") or ()
    return " ".join(words) or root, options


def command_named(name: str, commands: Mapping[str, Command]) -> Command | None:
    """The declared command behind a registered name."""
    bare, _, last = name.rpartition(" ")
    return commands.get(name) or (commands.get(bare) if last == BARE else None)
