"""Slack: requests in, Block Kit out. Everything goes through slack-bolt and slack-sdk."""

from bot.adapters.slack.run import configured, serve

__all__ = ["configured", "serve"]
