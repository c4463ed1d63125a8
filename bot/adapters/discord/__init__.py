"""Discord: slash commands, components, windows, menus, mentions and direct messages."""

from bot.adapters.discord.run import configured, serve

__all__ = ["configured", "serve"]
