"""Keeping somebody's message as a note on a resource: the form for it, filled with what Slack says of the message."""

import asyncio
import re

from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.api import Refused, Unconfirmed, settled
from bot.adapters.slack.render import Json
from bot.adapters.slack.text import heard, shorten
from bot.app import App
from bot.command import Actor
from bot.language import Translator, mark
from bot.message import Form

COMMAND = "quote"
TITLE = mark("Keep as a note")
_LONGEST = 1400
"""Characters of a message that a form can carry along."""
_PATIENCE = 1.0


def quoting_form(app: App, actor: Actor, message: Json, author: str, link: str | None) -> Form | None:
    """The form that asks on which resource; None where no member has written anything there."""
    text = shorten(heard(str(message.get("text") or "")), _LONGEST).strip()
    if COMMAND not in app.commands or not text or not message.get("user") or message.get("bot_id"):
        return None
    command = app.commands[COMMAND]
    names = "|".join(p.name for p in command.parameters)
    inert = re.sub(rf"\b({names})([:：])(?=\S)", r"\1\2 ", text, flags=re.IGNORECASE)  # an option of ours it is not
    asked = app.form(f'{COMMAND} author:"{message["user"]}"', actor)
    if asked is None:
        return None
    given = (("author", str(message["user"])), ("text", inert), ("name", author), *((("link", link),) if link else ()))
    t = Translator(actor.language).t
    return Form(t(TITLE), COMMAND, tuple(f for f in asked.fields if f.name == "resource"), given, asked.submit)


async def permalink(client: AsyncWebClient, channel: str, ts: str) -> str | None:
    """Where a message stands; None where Slack does not tell in time for a window to open."""
    try:
        async with asyncio.timeout(_PATIENCE):
            answer = await settled(client.chat_getPermalink(channel=channel, message_ts=ts))
    except (Refused, Unconfirmed, TimeoutError):
        return None
    return str(answer.get("permalink") or "") or None
