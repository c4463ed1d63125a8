"""Slack: requests in, Block Kit out. Everything goes through slack-bolt and slack-sdk."""

from bot.adapters.slack.run import configured, listens, serve

__all__ = ["configured", "listens", "serve"]
