"""`help`: what can be said, and how."""

from collections.abc import Sequence
from typing import Annotated

from bot.command import Arg, Command, Context, command
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Choice, Line, Message, Text, bold, code, line
from bot.parse import usage

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
    """What members use first, then what is for admins; of a group only the names of its commands."""
    shown = _shown(ctx)
    lines: list[Line] = [line(bold(ctx.t("Paperclub finds, shows and remembers what your club reads.")))]
    lines += _lines(ctx, [c for c in shown if not c.admin])
    if for_admins := _lines(ctx, [c for c in shown if c.admin]):
        lines += [line(bold(ctx.t("For admins"))), *for_admins]
    lines.append(line(ctx.t("Name a resource by its number, arXiv id, link or title.")))
    first = [c for name in _FIRST if (c := ctx.commands.get(name)) and c.example]
    groups = dict.fromkeys(c.name.split(" ")[0] for c in shown if " " in c.name)
    more = (Choice(ctx.t("Explain"), tuple((f"{name} …", f"help {name}") for name in groups)),) if groups else ()
    return Message((Text(tuple(lines)),), buttons=(*(Button(str(c.example), str(c.example)) for c in first), *more))


def _lines(ctx: Context, shown: Sequence[Command]) -> list[Line]:
    groups: dict[str, list[str]] = {}
    for one in shown:
        if " " in one.name:
            head, _, rest = one.name.partition(" ")
            groups.setdefault(head, []).append(rest)
    single = [_line(ctx, one) for one in shown if " " not in one.name]
    return single + [line(code(f"{ctx.prefix}{head}"), " ", " | ".join(rest)) for head, rest in groups.items()]


def _explained(ctx: Context, found: Command) -> Message:
    lines: list[Line] = [line(code(ctx.prefix + usage(found))), line(ctx.t(found.help))]
    if found.details:
        lines.append(line(ctx.t(found.details)))
    for parameter in found.parameters:
        choices = f" ({' | '.join(parameter.choices)})" if parameter.choices else ""
        lines.append(line("• ", code(parameter.name), " — ", ctx.t(parameter.help) + choices))
    buttons = (Button(found.example, found.example, "primary"),) if found.example else ()
    return Message((Text(tuple(lines)),), buttons=buttons)
