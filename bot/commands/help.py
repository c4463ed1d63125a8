"""`help`: what can be said, and how."""

from collections.abc import Sequence
from typing import Annotated

from bot.command import Arg, Command, Context, command
from bot.errors import NotAllowed, UserError
from bot.language import Msgid, mark
from bot.message import Button, Choice, Line, Message, Text, bold, code, line
from bot.parse import usage

_HEADINGS = {
    mark("Find"): ("search", "browse", "show", "people", "similar", "recommend", "random"),
    mark("Yours"): (
        "save", "reading", "read", "skip", "mine", "note", "notes", "vote", "undo", "start", "settings", "link",
        "forget",
    ),
    mark("Together"): ("top", "progress", "stats", "history", "suggest", "poll", "meeting"),
    mark("Every day"): ("today", "why", "daily", "digest"),
}  # fmt: skip
"""What members say, by what it is for; the rest stands under another heading."""

_OTHERS, _ADMINS = mark("More"), mark("For admins")
_FIRST = ("search", "start", "recommend")
"""What to try first."""


@command("help", example="help search")
def help_(
    ctx: Context,
    topic: Annotated[str | None, Arg("a command to explain", rest=True, complete="command")] = None,
) -> Message:
    """Explain the commands."""
    if topic is None:
        return _overview(ctx)
    name = " ".join(topic.lower().split())
    found = ctx.commands.get(name)
    if found is not None and not found.hidden:
        return _explained(ctx, found)
    group = [c for c in _shown(ctx) if c.name.startswith(f"{name} ")]
    if group:
        return Message((Text((line(bold(f"{ctx.prefix}{name} …")), *(_line(ctx, c) for c in group))),))
    if any(c.name.startswith(f"{name} ") for c in ctx.commands.values()):
        raise NotAllowed(mark("“{command}” is for admins of this space."), command=name)
    raise UserError(
        mark("There is no command “{word}”. Type “help” to see them all."),
        word=name[:40],
        buttons=(Button(mark("Help"), "help"),),
    )


def _shown(ctx: Context) -> list[Command]:
    return [c for c in ctx.commands.values() if not c.hidden and (ctx.actor.admin or not c.admin)]


def _line(ctx: Context, shown: Command) -> Line:
    return line(code(f"{ctx.prefix}{shown.name}"), " — ", ctx.t(shown.help))


def _overview(ctx: Context) -> Message:
    """What can be said, under a few headings; a menu of each explains its commands."""
    shown = {c.name: c for c in _shown(ctx)}
    lines: list[Line] = [line(bold(ctx.t("Paperclub finds, shows and remembers what your club reads.")))]
    if ctx.prefix:
        begin = mark("Begin with {prefix}, then say one of these:")
        lines.append(ctx.translator.line(begin, prefix=code(ctx.prefix.strip())))
    menus: list[Choice] = []
    for heading, members in _sorted(list(shown.values())).items():
        names = list(dict.fromkeys(c.name.split(" ")[0] for c in members))
        said = [part for name in names for part in (" · ", code(f"{name} …" if name not in shown else name))][1:]
        lines.append(line(ctx.lead(heading), *said))
        options = [(_option(ctx, shown.get(name), name), f"help {name}") for name in names]
        menus.append(Choice(ctx.t(heading), tuple(options)))
    lines.append(line(ctx.t("Name a resource by its number, arXiv id, link or title.")))
    first = [c for name in _FIRST if (c := ctx.commands.get(name)) and c.example]
    buttons = tuple(Button(str(c.example), str(c.example)) for c in first)
    return Message((Text(tuple(lines)),), buttons=(*buttons, *menus))


def _sorted(shown: Sequence[Command]) -> dict[Msgid, list[Command]]:
    """The commands by heading, in the order of the headings; for admins what only they may say."""
    placed: dict[Msgid, list[Command]] = {heading: [] for heading in (*_HEADINGS, _OTHERS, _ADMINS)}
    for heading, names in _HEADINGS.items():
        placed[heading] = [c for name in names for c in shown if not c.admin and c.name.split(" ")[0] == name]
    known = {c.name for found in placed.values() for c in found}
    for one in shown:
        if one.name not in known and one.name != "help":
            placed[_ADMINS if one.admin else _OTHERS].append(one)
    return {heading: found for heading, found in placed.items() if found}


def _option(ctx: Context, shown: Command | None, name: str) -> str:
    return f"{name} — {ctx.t(shown.help)}" if shown else f"{name} …"


def _explained(ctx: Context, found: Command) -> Message:
    lines: list[Line] = [line(code(ctx.prefix + usage(found))), line(ctx.t(found.help))]
    if found.details:
        lines.append(line(ctx.t(found.details)))
    for parameter in found.parameters:
        choices = f" ({' | '.join(parameter.choices)})" if parameter.choices else ""
        lines.append(line("• ", code(parameter.name), " — ", ctx.t(parameter.help) + choices))
    buttons = (Button(found.example, found.example, "primary"),) if found.example else ()
    return Message((Text(tuple(lines)),), buttons=buttons)
