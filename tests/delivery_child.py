"""Processes that serve a platform's double and deliver to it, forked quickly so that many may be killed.

Run as a program it is the nursery: each line of standard input asks for one more process, whose number it prints.
"""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from datetime import timedelta

from bot.adapters.discord import run as discord
from bot.adapters.discord import sender as discord_sender
from bot.adapters.slack import run as slack
from bot.app import App, load_commands
from bot.command import Knowledge
from bot.delivery import Delivery
from bot.pacing import Patience
from bot.schedule import keeping
from bot.settings import Settings, load_settings
from seeds.concepts import load_concepts
from seeds.topics import load_tree
from storage import open_database

QUICK = Patience(lease=4.0, attempt=1.2, settle=0.8, first=0.05, longest=0.5)
"""What was on its way when a process died must have arrived before its claim ends, as in the world."""


def _settings(platform: str, base: str, token: str, more: str) -> Settings:
    if platform == "slack":
        return load_settings(slack_bot_token=token, slack_app_token=more, slack_api_base=base)
    if more == "late":
        discord_sender.NONCE_HOLDS = timedelta(0)
    return load_settings(discord_token=token, discord_api_base=base)


async def _live(database: str, platform: str, base: str, token: str, more: str) -> None:
    app = App(open_database(database), COMMANDS)
    app.__dict__["knowledge"] = KNOWLEDGE
    serve = slack.serve if platform == "slack" else discord.serve
    async with keeping(app, 0.1, Delivery(app, patience=QUICK)):
        await serve(app, _settings(platform, base, token, more), asyncio.Event())


COMMANDS = load_commands()
KNOWLEDGE = Knowledge(topics=load_tree(), concepts=load_concepts())


def main() -> None:
    """Fork a process for every line that is read."""
    database, platform, base, token, more = sys.argv[1:]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that were killed
    for _line in sys.stdin:
        child = os.fork()
        if child == 0:
            with suppress(KeyboardInterrupt):
                asyncio.run(_live(database, platform, base, token, more))
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
