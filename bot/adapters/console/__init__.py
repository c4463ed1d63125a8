"""The terminal: a chat with several pretend members."""
