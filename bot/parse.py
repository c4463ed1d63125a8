"""Line → command and raw arguments. Lenient as people type: curly quotes, stray spaces, a lone apostrophe."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.command import Command, Parameter
from bot.errors import UserError
from bot.language import LANGUAGES, Msgid, Translator, choice_label, mark
from bot.message import Button

LONGEST = 2000
"""Characters of a line that are read; Slack and Discord allow not much more."""

_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "\u00a0": " "})
_OPTION = re.compile(
    r"""(?:(?<=\s)|^)(?P<name>[a-z_]+)[:：](?:"(?P<quoted>[^"]*)"|(?P<bare>(?:in\s+)?\d+\s+(?:min(?:ute)?|hour|day|week)s?\b|\S+))""",
    re.IGNORECASE,
)
_NUMBER = r"[#＃]?\d+(?:\s*[-–]\s*[#＃]?\d+)?(?=[\s,，、]|$)"
_ONE = r"[#＃]?\d+(?:\.\d+(?:v\d+)?)?|https?://\S+|arxiv:\S+"
_NAMED = re.compile(rf"""({_ONE}|"[^"]*")(?:\s+|$)""", re.IGNORECASE)
_SEVERAL = re.compile(rf"""({_NUMBER}(?:[\s,，、]+{_NUMBER})*|{_ONE}|"[^"]*")(?:[\s,，、]+|$)""", re.IGNORECASE)
_ENDINGS = "!?.,:;！？。，：；、"
"""Marks that end a word without being part of it."""
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
    text = re.sub(r"^[/／]?paper\b\s*|^[/／]", "", text, flags=re.IGNORECASE)
    if not text.strip(_ENDINGS):
        return Call(commands["help"], {})
    found, rest = _split_command(text, commands)
    if found is None and not text.isascii():
        text = _in_english(text, commands)
        found, rest = _split_command(text, commands)
    if found is None:
        return _without_command(text, commands)
    return Call(found, _arguments(found, rest))


def _split_command(text: str, commands: Mapping[str, Command]) -> tuple[Command | None, str]:
    """The longest command name that the text begins with ("poll start" before "poll")."""
    colon = re.match(r"([a-z]+)\s*[:：]\s*", text, re.IGNORECASE)
    if colon and colon[1].lower() in commands:
        text = f"{colon[1]} {text[colon.end() :]}"
    words = text.split(None, 2)
    for size in (2, 1):
        name = " ".join(words[:size]).lower().rstrip(_ENDINGS)
        if len(words) >= size and name in commands:
            rest = text.split(None, size)
            return commands[name], rest[size] if len(rest) > size else ""
    return None, text


def _in_english(text: str, commands: Mapping[str, Command]) -> str:
    """The line with the English name of a command that it calls as another language does: “搜索 vLLM”."""
    called = {}
    for name in commands:
        words = name.split()
        for t in (Translator(language).t for language in LANGUAGES):
            spoken = [t(f"/{word}").removeprefix("/") for word in words]
            called.update({" ".join(spoken): name, spoken[0]: words[0]})
    said = text.split()
    for size in (2, 1):
        if english := called.get(" ".join(said[:size]).rstrip(_ENDINGS)):
            return " ".join([english, *text.split(None, size)[size:]])
    return text


def _without_command(text: str, commands: Mapping[str, Command]) -> Call:
    """The name of a group alone asks for its commands, that of a resource for the resource. Raises UserError."""
    alone = text.rstrip(_ENDINGS)
    if any(name.startswith(f"{alone.lower()} ") for name in commands):
        return Call(commands["help"], {"topic": alone.lower()})
    if re.fullmatch(_ONE, alone, re.IGNORECASE) and "show" in commands:
        return Call(commands["show"], {"resource": alone})
    raise _unknown(text, commands)


def _unknown(text: str, commands: Mapping[str, Command]) -> UserError:
    words = text.split(None, 2)
    size, nearest = _nearest(words, [name for name, found in commands.items() if not found.hidden])
    word = " ".join(words[:size])[:40]
    search = Button(mark("Search for it"), f"search {text[:200]}")
    if nearest is None:
        group = words[0].lower()
        more = (Button(group, f"help {group}", "primary"),) if size == 2 else ()
        return UserError(
            mark("There is no command “{word}”. Type “help” to see them all."), word=word, buttons=(*more, search)
        )
    rest = " ".join(text.split(None, size)[size:])
    return UserError(
        mark("There is no command “{word}”. Did you mean “{nearest}”?"),
        word=word,
        nearest=nearest,
        buttons=(Button(nearest, f"{nearest} {rest[:200]}".strip(), "primary"), search),
    )


def _nearest(words: Sequence[str], names: Sequence[str]) -> tuple[int, str | None]:
    """How many words were meant as a name, and the nearest name; one of the same group after the name of a group."""
    typed = [word.lower() for word in words]
    group = {name: name.partition(" ")[2] for name in names if name.startswith(f"{typed[0]} ")}
    if group:
        inside = process.extractOne(typed[1], group, scorer=fuzz.ratio, score_cutoff=55)
        return 2, inside[2] if inside else None
    found = []
    for size in range(1, min(2, len(words)) + 1):
        fitting = [name for name in names if name.count(" ") == size - 1]
        if match := process.extractOne(" ".join(typed[:size]), fitting, scorer=fuzz.ratio, score_cutoff=55):
            found.append((match[1], size, match[0]))
    _score, size, nearest = max(found, default=(0, 1, None))
    return size, nearest


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
        else:  # several words may follow what takes the rest of a line anyway, and people have several names
            person = parameter.complete == "person" and not _NAMED.fullmatch(match["bare"])
            whole = parameter.rest or person or _takes_on(command, parameter, named, " ".join(left).strip())
            end = (following.start() if following else len(text)) if whole else end
            values[parameter.name] = text[match.start("bare") : end].strip()
    left.append(text[end:])
    open_parameters = [p for p in command.parameters if p.name not in values and p.kind != "flag"]
    return values | _positional(command, open_parameters, " ".join(left).strip())


def _takes_on(command: Command, parameter: Parameter, named: list[re.Match[str]], before: str) -> bool:
    """Whether the words after a named text go on with it, as in “place:Room 5”: no other part of the line takes them.

    What takes the rest of a line stands in one piece, so it takes nothing more once it has begun.
    """
    if parameter.kind != "text" or parameter.choices:
        return False
    names = {match["name"].lower() for match in named}
    if all(p.name in names for p in command.parameters if p.rest):
        return True
    try:
        left = [p for p in command.parameters if p.name not in names and p.kind != "flag"]
        taken = _positional(command, left, before)
    except UserError:
        return False
    return any(p.rest and p.name in taken for p in command.parameters)


def _positional(command: Command, parameters: list[Parameter], text: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for parameter, later in ((p, parameters[i:]) for i, p in enumerate(parameters, 1)):
        if not text:
            break
        if parameter.name in values:
            continue
        if parameter.rest or parameter.kind in {"resource", "resources"}:
            text = _leading_choice(text, later, values)
            named = _named(parameter, text, later)
            if named is None and not parameter.required and not parameter.rest and any(p.rest for p in later):
                continue
            if named is None:
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
            usage=brief_usage(command),
            buttons=(Button(mark("Help"), f"help {command.name}"),),
        )
    return values


def _named(parameter: Parameter, text: str, later: list[Parameter]) -> re.Match[str] | None:
    """The number, link or quoted title that the text begins with, where what comes after it belongs to others."""
    if parameter.kind not in {"resource", "resources"} or not later:
        return None
    if parameter.rest and not any(p.rest for p in later):
        return None
    return (_SEVERAL if parameter.kind == "resources" else _NAMED).match(text)


def _skipped(parameter: Parameter, typed: str, later: list[Parameter]) -> bool:
    """Whether an optional choice or number was left out, so that the word belongs to what follows ("top serving")."""
    if parameter.required:
        return False
    if parameter.kind == "integer":
        return not typed.lstrip("#＃").rstrip(_ENDINGS).isdecimal() and any(p.rest for p in later)
    if not parameter.choices or chosen(parameter, typed) is not None:
        return False
    counts = typed.isdecimal() and not parameter.required
    return any(p.rest or p.choices or (counts and p.kind == "integer") for p in later)


def chosen(parameter: Parameter, typed: str) -> str | None:
    """The choice that is meant, or None."""
    meant = typed.strip().rstrip(_ENDINGS).lower()
    if meant in parameter.choices:
        return meant
    speakers = [Translator(language).t for language in LANGUAGES if parameter.choices and not meant.isascii()]
    called = {choice_label(t, parameter.name, choice): choice for t in speakers for choice in parameter.choices}
    return called.get(meant)


def _leading_choice(text: str, later: list[Parameter], values: dict[str, str]) -> str:
    """Take the choice that stands before a number or link ("vote up 12") into `values`; what is left."""
    first, _, rest = text.partition(" ")
    for parameter in later:
        choice = chosen(parameter, first)
        if choice is not None and _NAMED.fullmatch(rest.strip()):
            values[parameter.name] = choice
            return rest.strip()
    return text


def _trailing_choices(text: str, later: list[Parameter], values: dict[str, str], *, optional: bool) -> str:
    """Take the choices that end the text ("vote flash attention up") into `values`; what is left.

    Nothing may be left only where the text is `optional`.
    """
    for parameter in reversed(later):
        before, _, last = text.rpartition(" ")
        choice = chosen(parameter, last)
        if choice is not None and (before.strip() or optional):
            values[parameter.name] = choice
            text = before.strip()
    return text


def lacking(command: Command, parameter: Parameter) -> UserError:
    """What to say where something was left out that a command needs."""
    return UserError(
        mark("“{command}” needs more: {help}. Usage: {usage}"),
        command=command.name,
        help=Msgid(parameter.help),
        usage=brief_usage(command),
        buttons=(Button(mark("Help"), f"help {command.name}"),),
    )


def brief_usage(command: Command) -> str:
    """How a command is typed, in short: “…” stands for more than three things that may be left out."""
    left_out = sum(not p.required for p in command.parameters)
    required = [_usage_part(p) for p in command.parameters if p.required]
    return " ".join([command.name, *required, "…"]) if left_out > 3 else usage(command)


def usage(command: Command) -> str:
    """How a command is typed: `read RESOURCE [pass:1|2|3]`."""
    return " ".join([command.name, *(_usage_part(p) for p in command.parameters)])


def _usage_part(parameter: Parameter) -> str:
    value = "|".join(parameter.choices) or parameter.name.upper()
    if parameter.required:
        return value
    return f"[{value}]" if parameter.rest or parameter.kind == "resource" else f"[{parameter.name}:{value}]"
