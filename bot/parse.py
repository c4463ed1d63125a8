"""Line → command and raw arguments. Lenient as people type: curly quotes, stray spaces, a lone apostrophe."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.command import Command, Parameter
from bot.errors import UserError
from bot.language import mark
from bot.message import Button

LONGEST = 2000
"""Characters of a line that are read; Slack and Discord allow not much more."""

_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "\u00a0": " "})
_OPTION = re.compile(r"""(?:(?<=\s)|^)(?P<name>[a-z_]+)[:：](?:"(?P<quoted>[^"]*)"|(?P<bare>\S+))""", re.IGNORECASE)
_NAMED = re.compile(r"""(\#?\d+(?:\.\d+(?:v\d+)?)?|https?://\S+|arxiv:\S+|"[^"]*")(?:\s+|$)""", re.IGNORECASE)
_WORD = re.compile(r'"([^"]*)"|(\S+)')


@dataclass(frozen=True)
class Call:
    """A command with its arguments as typed, not yet converted."""

    command: Command
    arguments: Mapping[str, str]


def clean(text: str) -> str:
    """The line as meant: NFC, straight quotes, blanks for control characters."""
    text = unicodedata.normalize("NFC", text).translate(_QUOTES)
    return "".join(c if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"} else " " for c in text).strip()


def parse(line: str, commands: Mapping[str, Command]) -> Call:
    """Read a line. Raises UserError when no command is meant or its arguments don't fit."""
    text = clean(line)
    if len(text) > LONGEST:
        raise UserError(
            mark("That line has {length} characters; please keep it under {longest}."),
            length=len(text),
            longest=LONGEST,
        )
    text = re.sub(r"^/?paper\b\s*|^/", "", text, flags=re.IGNORECASE)
    if not text:
        return Call(commands["help"], {})
    found, rest = _split_command(text, commands)
    if found is None:
        raise _unknown(text, commands)
    return Call(found, _arguments(found, rest))


def _split_command(text: str, commands: Mapping[str, Command]) -> tuple[Command | None, str]:
    """The longest command name that the text begins with ("poll start" before "poll")."""
    words = text.split(None, 2)
    for size in (2, 1):
        name = " ".join(words[:size]).lower()
        if len(words) >= size and name in commands:
            rest = text.split(None, size)
            return commands[name], rest[size] if len(rest) > size else ""
    return None, text


def _unknown(text: str, commands: Mapping[str, Command]) -> UserError:
    shown = [name for name, found in commands.items() if not found.hidden]
    word = text.split()[0][:40]
    match = process.extractOne(word.lower(), shown, scorer=fuzz.ratio, score_cutoff=55)
    rest = text[len(text.split()[0]) :].strip()
    search = Button(mark("Search for it"), f"search {text[:200]}")
    if match is None:
        return UserError(
            mark("There is no command “{word}”. Type “help” to see them all."), word=word, buttons=(search,)
        )
    meant = Button(match[0], f"{match[0]} {rest[:200]}".strip(), "primary")
    return UserError(
        mark("There is no command “{word}”. Did you mean “{nearest}”?"),
        word=word,
        nearest=match[0],
        buttons=(meant, search),
    )


def _arguments(command: Command, text: str) -> dict[str, str]:
    values: dict[str, str] = {}
    left: list[str] = []
    end = 0
    named = [match for match in _OPTION.finditer(text) if command.parameter(match["name"].lower())]
    for match, following in zip(named, [*named[1:], None], strict=False):
        parameter = command.parameter(match["name"].lower())
        if parameter is None or parameter.name in values:
            continue
        left.append(text[end : match.start()])
        end = match.end()
        if match["quoted"] is not None:
            values[parameter.name] = match["quoted"]
        else:  # several words may follow the name of what takes the rest of a line anyway
            end = (following.start() if following else len(text)) if parameter.rest else end
            values[parameter.name] = text[match.start("bare") : end].strip()
    left.append(text[end:])
    open_parameters = [p for p in command.parameters if p.name not in values and p.kind != "flag"]
    return values | _positional(command, open_parameters, " ".join(left).strip())


def _positional(command: Command, parameters: list[Parameter], text: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for parameter, later in ((p, parameters[i:]) for i, p in enumerate(parameters, 1)):
        if not text:
            break
        if parameter.name in values:
            continue
        if parameter.rest or parameter.kind in {"resource", "resources"}:
            named = _NAMED.match(text)
            if parameter.rest or not later or named is None:
                text = _trailing_choices(text, later, values, optional=not parameter.required)
                return values | ({parameter.name: text} if text else {})
            values[parameter.name] = named[1]
            text = text[named.end() :].strip()
            continue
        word = _WORD.match(text)
        if word is None:
            break
        typed = word[1] if word[1] is not None else word[2]
        if _skipped(parameter, typed, later):
            continue
        values[parameter.name] = typed
        text = text[word.end() :].strip()
    if text:
        raise UserError(
            mark("“{extra}” is more than “{command}” takes. Usage: {usage}"),
            extra=text[:60],
            command=command.name,
            usage=usage(command),
        )
    return values


def _skipped(parameter: Parameter, typed: str, later: list[Parameter]) -> bool:
    """Whether an optional choice was left out, so that the word belongs to what follows ("top serving")."""
    optional = bool(parameter.choices) and not parameter.required
    return optional and typed.lower() not in parameter.choices and any(p.rest or p.choices for p in later)


def _trailing_choices(text: str, later: list[Parameter], values: dict[str, str], *, optional: bool) -> str:
    """Take the choices that end the text ("vote flash attention up") into `values`; what is left.

    Nothing may be left only where the text is `optional`.
    """
    for parameter in reversed(later):
        before, _, last = text.rpartition(" ")
        if parameter.choices and (before.strip() or optional) and last.lower() in parameter.choices:
            values[parameter.name] = last
            text = before.strip()
    return text


def usage(command: Command) -> str:
    """How a command is typed: `read RESOURCE [pass:1|2|3]`."""
    return " ".join([command.name, *(_usage_part(p) for p in command.parameters)])


def _usage_part(parameter: Parameter) -> str:
    value = "|".join(parameter.choices) or parameter.name.upper()
    if parameter.required:
        return value
    return f"[{value}]" if parameter.rest or parameter.kind == "resource" else f"[{parameter.name}:{value}]"
