"""Discord's rules for registering commands: names, nesting, sizes, translations."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Any

from doubles.discord_rules import Fault, Path
from doubles.discord_world import Json, snowflake

CHAT_INPUT, ON_USER, ON_MESSAGE = 1, 2, 3
SUBCOMMAND, GROUP = 1, 2
MOST = {CHAT_INPUT: 100, ON_USER: 15, ON_MESSAGE: 15}
LOCALES = (
    "ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he", "hi", "hr", "hu", "id",
    "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi", "zh-CN", "zh-TW",
)  # fmt: skip
_ODD = "-_'’"


def _good_name(name: str) -> bool:
    letters = all(one in _ODD or unicodedata.category(one)[0] in "LN" or _joined(one) for one in name)
    return 1 <= len(name) <= 32 and letters and name == name.lower()


def _joined(one: str) -> bool:
    return bool(re.match("[\u0900-\u097f\u0e00-\u0e7f]", one))  # Devanagari and Thai need their combining signs


def _name_faults(path: Path, thing: Json, *, lower: bool) -> Iterator[Fault]:
    names: dict[Path, str] = {("name",): thing["name"]}
    names |= {("name_localizations", key): value for key, value in (thing.get("name_localizations") or {}).items()}
    for place, name in names.items():
        if lower and not _good_name(name):
            code = "APPLICATION_COMMAND_INVALID_NAME"
            yield Fault((*path, *place), code, f"Command name is invalid: {name!r}")
        elif not 1 <= len(name.strip()) <= 32:
            yield Fault((*path, *place), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 32 in length.")
    for key in ("name_localizations", "description_localizations"):
        for locale in thing.get(key) or ():
            if locale not in LOCALES:
                yield Fault((*path, key, locale), "DICT_TYPE_INVALID_KEY", f"{locale!r} is not a locale")


def _description_faults(path: Path, thing: Json) -> Iterator[Fault]:
    texts = [thing.get("description") or "", *(thing.get("description_localizations") or {}).values()]
    if any(not text.strip() or len(text) > 100 for text in texts):
        yield Fault((*path, "description"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")


def command_faults(commands: list[Json]) -> Iterator[Fault]:
    """What is wrong with a full set of commands."""
    kinds = Counter(one.get("type") or CHAT_INPUT for one in commands)
    for kind, count in kinds.items():
        if count > MOST[kind]:
            text = f"Maximum number of application commands reached ({MOST[kind]}) for type {kind}"
            yield Fault((), "APPLICATION_COMMAND_TOO_MANY", text)
    yield from _twice((), [one for one in commands if (one.get("type") or 1) == CHAT_INPUT])
    for index, one in enumerate(commands):
        kind = one.get("type") or CHAT_INPUT
        yield from _name_faults((index,), one, lower=kind == CHAT_INPUT)
        if kind == CHAT_INPUT:
            yield from _description_faults((index,), one)
            yield from _option_faults((index,), one.get("options") or [], depth=0)
            if (size := weight(one)) > 8000:
                text = f"Command exceeds maximum size (8000): {size}"
                yield Fault((index,), "APPLICATION_COMMAND_TOO_LARGE", text)
        elif one.get("description") or one.get("options"):
            text = "Context menu commands cannot have description or options"
            yield Fault((index, "description"), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION", text)


def _option_faults(path: Path, options: list[Json], depth: int) -> Iterator[Fault]:
    if len(options) > 25:
        yield Fault((*path, "options"), "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 25 in length.")
    yield from _twice((*path, "options"), options)
    seen_optional = False
    branches = [one["type"] in (SUBCOMMAND, GROUP) for one in options]
    if any(branches) and not all(branches):
        yield Fault((*path, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-commands stand alone")
    for index, one in enumerate(options):
        place: Path = (*path, "options", index)
        yield from _name_faults(place, one, lower=True)
        yield from _description_faults(place, one)
        if one["type"] in (SUBCOMMAND, GROUP):
            if (one["type"] == GROUP and depth) or depth > 1:
                yield Fault(place, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Nested too deep")
            if one["type"] == GROUP and not one.get("options"):
                yield Fault(place, "BASE_TYPE_REQUIRED", "A group needs sub-commands")
            yield from _option_faults(place, one.get("options") or [], depth + 1)
            continue
        if one.get("required") and seen_optional:
            code = "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"
            yield Fault(place, code, "Required options must be placed before non-required options")
        seen_optional = seen_optional or not one.get("required")
        yield from _value_faults(place, one)


def _value_faults(path: Path, one: Json) -> Iterator[Fault]:
    choices = one.get("choices") or []
    if choices and one.get("autocomplete"):
        yield Fault(path, "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES", "Choices and autocomplete exclude")
    if one.get("autocomplete") and one["type"] not in (3, 4, 10):
        yield Fault(path, "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_TYPE", "Autocomplete is for text and numbers")
    if len(choices) > 25:
        yield Fault((*path, "choices"), "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 25 in length.")
    for key in ("name", "value"):
        for value, count in Counter(str(choice[key]) for choice in choices).items():
            if count > 1:
                text = f"The choice {key} {value!r} is already used"
                yield Fault((*path, "choices"), "APPLICATION_COMMAND_OPTIONS_CHOICE_DUPLICATE", text)
    for index, choice in enumerate(choices):
        names = [choice["name"], *(choice.get("name_localizations") or {}).values()]
        if any(not name.strip() or len(name) > 100 for name in names) or len(str(choice["value"])) > 100:
            yield Fault((*path, "choices", index), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")


def _twice(path: Path, things: list[Json]) -> Iterator[Fault]:
    names = [one["name"] for one in things]
    locales = {key for one in things for key in one.get("name_localizations") or ()}
    for locale in (None, *sorted(locales)):
        shown = [(one.get("name_localizations") or {}).get(locale, one["name"]) for one in things] if locale else names
        for name, count in Counter(shown).items():
            if count > 1:
                text = f"The name {name!r} is used more than once" + (f" in {locale}" if locale else "")
                yield Fault(path, "APPLICATION_COMMANDS_DUPLICATE_NAME", text)


def weight(thing: Json) -> int:
    """Characters of a command as Discord counts them: names, descriptions and values, longest translation of each."""
    total = 0
    for key in ("name", "description"):
        texts = [thing.get(key) or "", *(thing.get(f"{key}_localizations") or {}).values()]
        total += max(map(len, texts))
    if isinstance(thing.get("value"), str):
        total += len(thing["value"])
    return total + sum(weight(one) for key in ("options", "choices") for one in thing.get(key) or ())


def registered(given: Json, application_id: str, guild_id: str | None, old: Json | None) -> Json:
    """A command as Discord keeps it; the id stays when the name does."""
    defaults: Json = {
        "type": CHAT_INPUT, "description": "", "name_localizations": None, "description_localizations": None,
        "default_member_permissions": None, "contexts": None, "integration_types": [0], "nsfw": False, "options": [],
    }  # fmt: skip
    kept = defaults | {key: value for key, value in given.items() if value is not None}
    if kept["default_member_permissions"] is not None:
        kept["default_member_permissions"] = str(kept["default_member_permissions"])
    identity = {"id": old["id"] if old else snowflake(), "application_id": application_id}
    unchanged = old is not None and all(old.get(key) == value for key, value in kept.items())
    identity["version"] = old["version"] if old and unchanged else snowflake()
    return kept | identity | ({"guild_id": guild_id} if guild_id else {})


def find(commands: list[Json], path: str) -> tuple[Json, list[Json]]:
    """A command by its words, and the chain of sub-command options that leads to it.

    Raises LookupError where no such command is registered.
    """
    first, *rest = path.split()
    root = next((one for one in commands if one["type"] == CHAT_INPUT and one["name"] == first), None)
    if root is None:
        raise LookupError(f"/{first} is not registered: {[one['name'] for one in commands]}")
    chain: list[Json] = []
    options: list[Any] = root.get("options") or []
    for word in rest:
        step = next((one for one in options if one["name"] == word and one["type"] in (SUBCOMMAND, GROUP)), None)
        if step is None:
            raise LookupError(f"no {word!r} of /{path}: {[one['name'] for one in options]}")
        chain.append(step)
        options = step.get("options") or []
    if any(one["type"] in (SUBCOMMAND, GROUP) for one in options):
        raise LookupError(f"/{path} needs one of {[one['name'] for one in options]}")
    return root, chain
