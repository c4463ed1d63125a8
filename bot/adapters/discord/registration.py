"""Discord's commands, derived from the declarations: one root with subcommands, another for admins, and the menus."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.adapters.discord.text import shorten
from bot.command import Command, Parameter
from bot.language import Translator, choice_label, mark

Json = dict[str, Any]

ROOT, ADMIN_ROOT = "paper", "paper-admin"
MANAGE_GUILD = 1 << 5
MOST_OPTIONS = 25
BARE = "show"
"""The subcommand that says the bare name of a group, which Discord can't."""
MORE = "more"
"""The group of what finds no room beside the others."""
RARE = ("privacy", "export", "quote", "undo", "start", "why", "history", "random", "progress", "notes", "note")
"""What moves there first."""
_LOCALES = {"zh-CN": "zh", "zh-TW": "zh"}
_TYPES = {"text": 3, "choice": 3, "resource": 3, "resources": 3, "integer": 4, "flag": 5}
_SUBCOMMAND, _GROUP = 1, 2
_EVERYWHERE: Json = {"contexts": [0, 1, 2], "integration_types": [0, 1]}
_LONGEST_VALUE = 1000
_SUBCOMMAND_LEVEL = 2
HEAVIEST = 7900
"""Characters of one root command; Discord takes 8,000."""


@dataclass(frozen=True)
class Menu:
    """An entry of the menu of a message (type 3) or member (type 2), and the command it says."""

    name: str
    type: int
    says: str


MENUS = (
    Menu(mark("Save to my list"), 3, "save"),
    Menu(mark("Suggest this paper"), 3, "suggest"),
    Menu(mark("Keep as a note"), 3, "quote"),
    Menu(mark("What do they recommend?"), 2, "recommended"),
)


def places(commands: Mapping[str, Command]) -> dict[str, Command]:
    """Where each listed command is found: “paper search”, “paper poll start”, “paper-admin daily on”.

    A root holds 25 names. Where there are more, the rarer ones move into the group MORE.
    """
    shown = [c for c in commands.values() if not c.hidden]
    found: dict[str, Command] = {}
    for root, members in ((ROOT, [c for c in shown if not c.admin]), (ADMIN_ROOT, [c for c in shown if c.admin])):
        groups = {c.name.split()[0] for c in members if " " in c.name}
        single = [c for c in members if c.name not in groups and " " not in c.name]
        spare = _spare(single, MOST_OPTIONS - len(groups))
        for command in members:
            name = f"{command.name} {BARE}" if command.name in groups else command.name
            found[f"{root} {MORE} {name}" if command.name in spare else f"{root} {name}"] = command
    return found


def _spare(single: Sequence[Command], room: int) -> set[str]:
    """The names that move into the group MORE, so that the others and that group fit."""
    if len(single) <= room:
        return set()
    names = [c.name for c in single]
    ranked = [name for name in RARE if name in names] + [name for name in reversed(names) if name not in RARE]
    return set(ranked[: len(single) - room + 1])


def registration(commands: Mapping[str, Command]) -> list[Json]:
    """Everything to be registered with Discord."""
    placed = places(commands)
    found = [_fitted(_root(ROOT, mark("Find, show and remember what your club reads"), placed)) | _EVERYWHERE]
    admin = _fitted(_root(ADMIN_ROOT, mark("Set Paperclub up for this server"), placed))
    if admin["options"]:
        rights = {"default_member_permissions": str(MANAGE_GUILD), "contexts": [0], "integration_types": [0]}
        found.append(admin | rights)
    return found + [_menu(menu) for menu in MENUS]


def weight(thing: Mapping[str, Any]) -> int:
    """Characters of a command as Discord counts them: names, descriptions and values, the longest translation each."""
    own = 0
    for key in ("name", "description"):
        texts = [str(thing.get(key) or ""), *(thing.get(f"{key}_localizations") or {}).values()]
        own += max(map(len, texts))
    inner = [one for key in ("options", "choices") for one in thing.get(key) or ()]
    return own + len(str(thing.get("value") or "")) + sum(map(weight, inner))


def _fitted(root: Json) -> Json:
    """The root with its descriptions cut as far as needed, those of options first, until Discord takes it."""
    for level, limit in ((3, 60), (3, 45), (3, 30), (2, 60), (3, 20), (2, 40)):
        if weight(root) <= HEAVIEST:
            break
        root = _cut(root, level, limit)
    return root


def _cut(thing: Json, level: int, limit: int) -> Json:
    """Descriptions of options (level 3) or also of subcommands (level 2) in at most `limit` characters."""
    is_leaf = thing.get("type") not in {_SUBCOMMAND, _GROUP}
    shown = dict(thing)
    if is_leaf or level == _SUBCOMMAND_LEVEL:
        shown["description"] = shorten(thing["description"], limit)
        said = thing.get("description_localizations") or {}
        shown["description_localizations"] = {locale: shorten(text, limit) for locale, text in said.items()}
    if "options" in thing:
        shown["options"] = [_cut(one, level, limit) for one in thing["options"]]
    return shown


def digest(payloads: Sequence[Json]) -> str:
    """A short text that differs when the commands do."""
    return hashlib.sha256(json.dumps(payloads, sort_keys=True).encode()).hexdigest()


def _menu(menu: Menu) -> Json:
    return {"type": menu.type, "name": menu.name, "name_localizations": _said(menu.name, 32), **_EVERYWHERE}


def _root(name: str, help_text: str, placed: Mapping[str, Command]) -> Json:
    options: list[Json] = []
    groups: dict[str, Json] = {}
    for path, command in placed.items():
        root, *words = path.split()
        if root != name:
            continue
        subcommand = _subcommand(command, words[-1])
        if len(words) == 1:
            options.append(subcommand)
        elif words[0] in groups:
            groups[words[0]]["options"].append(subcommand)
        else:
            groups[words[0]] = _group(words[0], placed.get(f"{name} {words[0]} {BARE}")) | {"options": [subcommand]}
    return {"type": 1, "name": name, **_described(help_text), "options": [*options, *groups.values()]}


def _group(name: str, bare: Command | None) -> Json:
    text = bare.help if bare else mark("More commands") if name == MORE else name.capitalize()
    return {"type": _GROUP, **_named(name, f"/{name}"), **_described(text)}


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
            {"name": choice, "value": choice, "name_localizations": _called(parameter.name, choice)}
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


def _called(parameter: str, choice: str) -> dict[str, str]:
    said = {locale: choice_label(Translator(language).t, parameter, choice) for locale, language in _LOCALES.items()}
    return {locale: shorten(text, 100) for locale, text in said.items() if text != choice}


def _said(msgid: str, limit: int) -> dict[str, str]:
    said = {locale: Translator(language).t(msgid) for locale, language in _LOCALES.items()}
    return {locale: shorten(text, limit) for locale, text in said.items() if text != msgid}


def spoken(root: str, options: Sequence[Mapping[str, Any]]) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """The path that somebody chose, and the options they gave."""
    words = [root]
    while options and options[0].get("type") in {_SUBCOMMAND, _GROUP}:
        words.append(str(options[0]["name"]))
        options = options[0].get("options") or ()
    return " ".join(words), options
