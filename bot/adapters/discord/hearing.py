"""What an interaction says: the lines behind a slash command, a component, a form or a menu, and who says it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import discord

from bot.adapters.discord.forms import typed
from bot.adapters.discord.registration import MENUS, spoken
from bot.adapters.discord.render import Payload, read_id
from bot.adapters.discord.text import shorten
from bot.app import as_line
from bot.command import Actor, Command
from bot.language import Msgid, mark, nearest

Json = Mapping[str, Any]

_LINK = re.compile(r"https?://[^\s<>|\"]+")
_MENTION = re.compile(r"<(@[!&]?|#)(\d+)>")
_MOST_LINKS = 5
_QUOTE, _LONGEST_QUOTE = "quote", 1400
_NO_LINK = mark("There is no link in that message.")
_NOT_QUOTABLE = mark("Only what a member has written can be kept as a note.")
_POSTING = {
    "view_channel": mark("View Channel"),
    "send_messages": mark("Send Messages"),
    "attach_files": mark("Attach Files"),
}
"""What the bot must be allowed to do in a channel where it shall post."""


@dataclass(frozen=True)
class Heard:
    """Lines on their way. `payload` is what a pressed component said; `values` came with a form.

    `command` is what was chosen by name, so that the line needs no reading before it is acknowledged; `nothing` is
    what is said where there is no line.
    """

    lines: tuple[str, ...] = ()
    payload: Payload | None = None
    values: Mapping[str, str] | None = None
    command: Command | None = None
    nothing: Msgid = _NO_LINK

    @property
    def page(self) -> int:
        """The page of the answer that is wanted."""
        return self.payload.page if self.payload else 0


def hear(interaction: discord.Interaction, placed: Mapping[str, Command]) -> Heard | None:
    """What an interaction says, None when nothing that we know; `placed` are the registered commands by path."""
    data: Json = interaction.data or {}
    if interaction.type is discord.InteractionType.application_command:
        return _menu(data, interaction.guild_id) if data.get("type", 1) != 1 else _slash(data, placed)
    payload = read_id(_pressed(data))
    if payload is None:
        return None
    values = typed(data.get("components") or ()) if payload.kind == "f" else None
    return Heard(() if payload.kept else (payload.text,), payload, values)


def _pressed(data: Json) -> str:
    chosen = data.get("values")
    return str(chosen[0]) if chosen else str(data.get("custom_id") or "")


def _slash(data: Json, placed: Mapping[str, Command]) -> Heard | None:
    path, options = spoken(str(data.get("name")), data.get("options") or ())
    found = placed.get(path)
    if found is None:
        return Heard((path.partition(" ")[2],))  # a command of an earlier version: the parser knows what to say
    arguments = {str(o["name"]): _value(o.get("value")) for o in options}
    return Heard((as_line(found, arguments),), command=found)


def _value(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def focused(interaction: discord.Interaction, placed: Mapping[str, Command]) -> tuple[str, str, str] | None:
    """The command, its parameter and what is typed into it so far."""
    data: Json = interaction.data or {}
    path, options = spoken(str(data.get("name")), data.get("options") or ())
    found = placed.get(path)
    option = next((o for o in options if o.get("focused")), None)
    if found is None or option is None:
        return None
    return found.name, str(option["name"]), str(option.get("value") or "")


def _menu(data: Json, guild: int | None) -> Heard | None:
    menu = next((m for m in MENUS if m.name == data.get("name")), None)
    if menu is None:
        return None
    target, resolved = str(data.get("target_id")), data.get("resolved") or {}
    if menu.type == 2:
        member = (resolved.get("members") or {}).get(target) or {}
        user = (resolved.get("users") or {}).get(target) or {}
        name = member.get("nick") or user.get("global_name") or user.get("username") or target
        return Heard((f"{menu.says} {target} {name}",))
    message = (resolved.get("messages") or {}).get(target) or {}
    if menu.says == _QUOTE:
        return Heard(_quoting(message, guild), nothing=_NOT_QUOTABLE)
    return Heard(tuple(f"{menu.says} {link}" for link in links_in(message)))


def _quoting(message: Json, guild: int | None) -> tuple[str, ...]:
    """The line that asks the author of a message for it; nothing where no member has written anything there."""
    author, text = message.get("author") or {}, str(message.get("content") or "").strip()
    if not text or author.get("bot") or message.get("webhook_id"):
        return ()
    said = {
        "author": author.get("id"),
        "name": author.get("global_name") or author.get("username"),
        "link": f"https://discord.com/channels/{guild or '@me'}/{message.get('channel_id')}/{message.get('id')}",
        "text": shorten(text, _LONGEST_QUOTE),
    }
    return (" ".join([_QUOTE, *(f'{name}:"{str(value).replace(chr(34), chr(39))}"' for name, value in said.items())]),)


def links_in(message: Json) -> list[str]:
    """The first few web addresses of a message: its text, its embeds, its components."""
    found = dict.fromkeys(url.rstrip(".,;:!?)]}'*_~") for text in _texts(message) for url in _LINK.findall(text))
    return list(found)[:_MOST_LINKS]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, Mapping):
        for key in ("content", "url", "title", "description"):
            if isinstance(value.get(key), str):
                yield value[key]
        for key in ("embeds", "components", "accessory", "message_snapshots", "message"):
            yield from _texts(value.get(key))


def after_mention(text: str, me: int, names: Mapping[str, str]) -> str:
    """What stands beside the mention of the bot, with other mentions by their names (`names` by id)."""

    def named(match: re.Match[str]) -> str:
        if match[2] == str(me) or (match[1] == "@&" and match[2] not in names):
            return " "
        return match[1][0] + names.get(match[2], match[2])

    return " ".join(_MENTION.sub(named, text).split()).lstrip(":，,： ")


def actor_of(interaction: discord.Interaction, fallback: str) -> Actor:
    """Who speaks, where, in which language; `space` is empty where what is said belongs to no guild of ours."""
    user = interaction.user
    rights = interaction.permissions
    ours = interaction.guild_id is not None and not _only_personal(interaction)
    return Actor(
        platform="discord",
        space=str(interaction.guild_id) if ours else "",
        channel=str(_channel_id(interaction)),
        member=str(user.id),
        name=user.display_name,
        language=nearest(str(interaction.locale.value)) or fallback,
        admin=bool(ours and (rights.manage_guild or rights.administrator)),
        lacks=lacking(interaction.app_permissions) if ours else (),
    )


def _only_personal(interaction: discord.Interaction) -> bool:
    """Whether somebody brought the bot along to a guild that did not install it."""
    return interaction.is_user_integration() and not interaction.is_guild_integration()


def _channel_id(interaction: discord.Interaction) -> int | None:
    channel = interaction.channel
    return channel.parent_id if isinstance(channel, discord.Thread) else interaction.channel_id


def lacking(permissions: discord.Permissions) -> tuple[str, ...]:
    """The names of the permissions that posting needs and that are missing."""
    if permissions.administrator:
        return ()
    return tuple(name for flag, name in _POSTING.items() if not getattr(permissions, flag))
