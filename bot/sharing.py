"""Saying an answer again: to the whole channel, and on a card that stands there already."""

from dataclasses import replace

from bot.command import Context
from bot.errors import NotAllowed
from bot.language import Translator, mark
from bot.message import Message, Text, line


def shared(ctx: Context, what: str, name: str | None = None) -> Message:
    """The answer to a line as everybody may see it, under the name of who shares it.

    Raises NotAllowed for what is only its reader's business.
    """
    answer = ctx.again(what, replace(ctx, public=True))
    if answer.share == "":
        raise NotAllowed(mark("That answer is only for you; it can't be shared."))
    head = (Text((line(ctx.t("{name} shares:", name=name)),)),) if name else ()
    return Message((*head, *answer.parts), answer.buttons)


def in_language(ctx: Context, language: str) -> Context:
    """The same moment, said in another language."""
    return replace(ctx, translator=Translator(language))
