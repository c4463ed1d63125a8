"""Discord: slash commands, components, windows, menus, mentions and direct messages; `run.serve` starts it."""
