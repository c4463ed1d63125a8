"""Paperclub: a reading-club bot for Slack, Discord and the terminal."""
