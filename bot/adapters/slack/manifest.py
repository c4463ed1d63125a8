"""Slack's app manifest, derived from the commands; and what each scope is asked for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.command import Command

SCOPES: Mapping[str, str] = {
    "app_mentions:read": "hears “@Paperclub …” in channels and threads",
    "chat:write": "answers, and posts what a command declares as public",
    "commands": "offers /paper and the message shortcuts",
    "im:history": "hears direct messages to the bot",
    "users:read": "reads language, time zone and admin rights of who speaks",
}
"""What the app can't do without."""

OPTIONAL_SCOPES: Mapping[str, str] = {
    "channels:history": "looks in a public channel whether an unconfirmed post arrived, before posting it again",
    "groups:history": "the same in private channels that the bot is in",
    "channels:read": "names channels that are mentioned without their name",
    "files:write": "uploads charts and hands over calendar files; without it charts are described in words",
}
"""Off by default; whatever needs them does without."""

_LONGEST_HINT = 200

EVENTS = ("app_home_opened", "app_mention", "app_uninstalled", "message.im", "tokens_revoked", "user_change")


@dataclass(frozen=True)
class Shortcut:
    """An entry of a message's menu; it says a command for every link of the message."""

    callback_id: str
    name: str
    description: str
    command: str

    def line(self, link: str, commands: Mapping[str, Command]) -> str:
        """The line for one link; where the command is not there yet, the resource is shown."""
        return f"{self.command if self.command in commands else 'show'} {link}"


NOTE = Shortcut("note", "Keep as a note", "Asks the author whether a message may stand under a resource", "quote")
SHORTCUTS = (
    Shortcut("save", "Save to my list", "Puts the papers that a message links on your reading list", "save"),
    Shortcut("suggest", "Suggest this paper", "Suggests the papers that a message links to the club", "suggest"),
    NOTE,
)


def manifest(commands: Mapping[str, Command], url: str | None = None) -> dict[str, Any]:
    """The manifest for Socket Mode, or with the public address `url` for signed HTTP and installation by OAuth."""
    events = f"{url}/slack/events" if url else None
    shown = [c for c in commands.values() if not c.hidden]
    slash = {
        "command": "/paper",
        "description": "Find, show and remember what your club reads",
        "usage_hint": _hint(shown),
        "should_escape": True,
    }
    request = {"request_url": events} if events else {}
    return {
        "_metadata": {"major_version": 2, "minor_version": 0},
        "display_information": {
            "name": "Paperclub",
            "description": "A reading club's memory: finds, shows and discusses machine-learning-systems papers.",
            "background_color": "#2c3e50",
            "long_description": _description(shown),
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Paperclub", "always_online": True},
            "shortcuts": [
                {"name": s.name, "type": "message", "callback_id": s.callback_id, "description": s.description}
                for s in SHORTCUTS
            ],
            "slash_commands": [slash | ({"url": events} if events else {})],
        },
        "oauth_config": {
            "scopes": {"bot": list(SCOPES)},
            **({"redirect_urls": [f"{url}/slack/oauth_redirect"]} if url else {}),
        },
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS), **request},
            "interactivity": {
                "is_enabled": True,
                **request,
                **({"message_menu_options_url": events} if events else {}),
            },
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }


def _hint(commands: list[Command]) -> str:
    """What may follow /paper, each word once, as many as fit; what needs no admin comes first."""
    words = dict.fromkeys(c.name.split(" ")[0] for c in sorted(commands, key=lambda c: (c.admin, not c.example)))
    hint = ""
    for word in words:
        longer = f"{hint} | {word}" if hint else word
        hint = longer if len(longer) <= _LONGEST_HINT else hint
    return hint


def _description(commands: list[Command]) -> str:
    lines = [f"• /paper {c.name}: {c.help}" for c in commands]
    head = (
        "Paperclub keeps a catalogue of curated machine-learning-systems papers, blogs, people, labs, repositories "
        "and courses, and brings it into your channels, in English and Chinese."
    )
    return "\n".join([head, "", *lines])[:4000]


def manifest_json(commands: Mapping[str, Command]) -> str:
    """The text of deploy/slack-manifest.json."""
    return json.dumps(manifest(commands), ensure_ascii=False, indent=2) + "\n"
