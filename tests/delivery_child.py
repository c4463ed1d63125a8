"""Processes that deliver to a platform of the test's own, forked quickly so that many may be killed.

Run as a program it is the nursery: each line of standard input asks for one more process, whose number it prints.
"""

import asyncio
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import aiohttp

from bot.app import App, load_commands
from bot.command import Knowledge
from bot.message import Message
from bot.posting import Gone, Retry, Sent, Unclear, Unknowable
from bot.schedule import Delivery, Pace, Patience, keeping
from seeds.concepts import load_concepts
from seeds.topics import load_tree
from storage import open_database
from storage.outbox import Post

NONCE_HOLDS = timedelta(seconds=45)
"""Shorter than the platform really remembers."""
QUICK = Patience(lease=1.5, attempt=0.6, settle=0.7, first=0.05, longest=0.3)


class FarSender:
    """Sends to the test's platform: `nonce` may repeat soon, `history` may look, `blind` may do neither."""

    def __init__(self, base: str, mode: str) -> None:
        self.base = base
        self.mode = mode
        self._session: aiohttp.ClientSession | None = None

    async def _call(self, path: str, **body: object) -> dict[str, str]:
        self._session = self._session or aiohttp.ClientSession()
        try:
            async with self._session.post(f"{self.base}/{path}", json=body) as answer:
                if answer.status == 429:
                    raise Retry("429", float(answer.headers["Retry-After"]))
                if answer.status == 403:
                    raise Gone("permission")
                if answer.status != 200:
                    raise Unclear(str(answer.status))
                return dict(await answer.json())
        except aiohttp.ClientConnectorError as error:
            raise Retry("unreachable") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unclear(str(error)) from error

    async def send(self, post: Post, message: Message, line: str, under: Sent | None = None) -> Sent:
        """Post it."""
        found = await self._call("send", channel=post.target, key=post.key, text=message.plain(), dedupe=self.mode)
        return Sent(post.target, found["id"])

    async def find(self, post: Post) -> Sent | None:
        """Look for it."""
        if self.mode == "blind":
            raise Unknowable("no history")
        if self.mode == "nonce" and post.doubted_at and datetime.now(UTC) - post.doubted_at < NONCE_HOLDS:
            return None
        found = await self._call("find", channel=post.target, key=post.key)
        return Sent(post.target, found["id"]) if found.get("id") else None

    async def edit(self, sent: Sent, post: Post, message: Message, line: str) -> None:
        """Not needed here."""
        raise NotImplementedError


async def _live(base: str, mode: str, database: str) -> None:
    app = App(open_database(database), COMMANDS)
    app.__dict__["knowledge"] = KNOWLEDGE
    app.late = timedelta(hours=30)
    app.senders["console"] = FarSender(base, mode)
    delivery = Delivery(app, patience=QUICK, paces={"console": Pace(rate=6, at_once=8)})
    async with keeping(app, 0.1, delivery):
        await asyncio.Event().wait()


COMMANDS = load_commands()
KNOWLEDGE = Knowledge(topics=load_tree(), concepts=load_concepts())


def main() -> None:
    """Fork a process for every line that is read."""
    base, mode, database = sys.argv[1:]
    for _line in sys.stdin:
        child = os.fork()
        if child == 0:
            with suppress(KeyboardInterrupt):
                asyncio.run(_live(base, mode, database))
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
