"""What an app's manifest and scopes let reach it: Slack sends nothing that was not declared."""

from typing import Any

from doubles.slack_world import Json

_EVENT_SCOPES = {
    "app_mention": "app_mentions:read",
    "message.im": "im:history",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "user_change": "users:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
}
_MESSAGE_EVENTS = {"im": "message.im", "channel": "message.channels", "group": "message.groups"}


def event_name(event: Json) -> str:
    """The name under which an app subscribes to an event."""
    if event["type"] == "message":
        return _MESSAGE_EVENTS[event.get("channel_type", "channel")]
    return str(event["type"])


def event_scope(event: Json) -> str:
    """The scope that an event asks for; empty where it needs none."""
    return _EVENT_SCOPES.get(event_name(event), "")


class Declared:
    """A manifest, asked what it lets through; without one everything is."""

    def __init__(self, manifest: Json | None) -> None:
        self.manifest = manifest

    def _at(self, *path: str) -> Any:
        found: Any = self.manifest or {}
        for name in path:
            found = found.get(name, {})
        return found

    @property
    def scopes(self) -> list[str] | None:
        """The scopes of the bot; None without a manifest."""
        return None if self.manifest is None else list(self._at("oauth_config", "scopes", "bot"))

    def command(self, name: str) -> bool:
        """Whether a slash command is declared."""
        return self.manifest is None or name in [one["command"] for one in self._at("features", "slash_commands")]

    def shortcut(self, callback_id: str, on_message: bool) -> bool:
        """Whether a shortcut is declared for its place."""
        wanted = ("message" if on_message else "global", callback_id)
        found = [(one["type"], one["callback_id"]) for one in self._at("features", "shortcuts")]
        return self.manifest is None or (wanted in found and self.interactive)

    @property
    def interactive(self) -> bool:
        """Whether buttons and forms reach the app."""
        return self.manifest is None or self._at("settings", "interactivity", "is_enabled") is True

    @property
    def home(self) -> bool:
        """Whether the app has a Home tab."""
        return self.manifest is None or self._at("features", "app_home", "home_tab_enabled") is True

    @property
    def writable(self) -> bool:
        """Whether people can write to the app directly."""
        home = self._at("features", "app_home")
        return self.manifest is None or (
            home.get("messages_tab_enabled", False) and not home.get("messages_tab_read_only_enabled", True)
        )

    def event(self, event: Json) -> bool:
        """Whether the app subscribes to an event."""
        subscribed = self._at("settings", "event_subscriptions", "bot_events")
        return self.manifest is None or event_name(event) in subscribed
