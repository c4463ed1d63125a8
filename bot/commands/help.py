"""`help`: what can be said, and how."""

from typing import Annotated

from bot.command import Arg, Command, Context, command
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Line, Message, Text, bold, code, line
from bot.parse import usage


@command("help", example="help search")
def help_(
    ctx: Context,
    topic: Annotated[str | None, Arg("a command to explain", rest=True, complete="command")] = None,
) -> Message:
    """Explain the commands."""
    if topic is None:
        return _overview(ctx)
    name = topic.strip().lower()
    found = ctx.commands.get(name)
    if found is None or found.hidden:
        raise UserError(
            mark("There is no command “{word}”. Type “help” to see them all."),
            word=name[:40],
            buttons=(Button(mark("Help"), "help"),),
        )
    return _explained(ctx, found)


def _overview(ctx: Context) -> Message:
    shown = [c for c in ctx.commands.values() if not c.hidden and (ctx.actor.admin or not c.admin)]
    lines: list[Line] = [line(bold(ctx.t("Paperclub finds, shows and remembers what your club reads.")))]
    lines += [line(code(f"{ctx.prefix}{c.name}"), " — ", ctx.t(c.help)) for c in shown]
    lines.append(line(ctx.t("Name a resource by its number, arXiv id, link or title.")))
    examples = [c.example for c in shown if c.example]
    buttons = tuple(Button(example, example) for example in examples[:3])
    return Message((Text(tuple(lines)),), buttons=buttons)


def _explained(ctx: Context, found: Command) -> Message:
    lines: list[Line] = [line(code(ctx.prefix + usage(found))), line(ctx.t(found.help))]
    if found.details:
        lines.append(line(ctx.t(found.details)))
    for parameter in found.parameters:
        choices = f" ({' | '.join(parameter.choices)})" if parameter.choices else ""
        lines.append(line("• ", code(parameter.name), " — ", ctx.t(parameter.help) + choices))
    buttons = (Button(found.example, found.example, "primary"),) if found.example else ()
    return Message((Text(tuple(lines)),), buttons=buttons)
