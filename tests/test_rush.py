"""Five hundred members vote within seconds: every ballot counts, and the card is edited no oftener than Slack likes."""

import asyncio
import time
from pathlib import Path

from conftest import NOW
from slack_app import Scene, connected, fresh_database
from slack_double import SlackDouble, User

from bot.app import App
from bot.resaying import APART
from bot.schedule import keeping
from storage import catalogue as writer
from storage import polls, reading, writing
from storage.records import Listing, Resource, Source

MEMBERS = 500
AT_ONCE = 40


def _paper(number: int) -> Resource:
    listing = Listing("900", f"entry {number}", ("Serving",), number)
    return Resource(number, "paper", f"System{number}: Serving", keys=(f"title:s{number}",), listings=(listing,))


async def _vote(scene: Scene, gate: asyncio.Semaphore, who: User, choice: int) -> None:
    """Somebody votes; who is told that the bot is busy says it again."""
    answer = ""
    while "in the box" not in answer:
        async with gate:
            answer = await _said(scene, who, f"poll vote 1 {choice}")
        await asyncio.sleep(0.1)


async def _said(scene: Scene, who: User, line: str) -> str:
    done = await scene.slack.command(who, scene.general, "/paper", line, wait=False)
    await scene.slack.until(lambda: bool(done.replies), 10)
    return done.text


async def test_five_hundred_votes_within_seconds_are_all_counted_and_shown_by_few_edits(tmp_path: Path) -> None:
    with fresh_database(tmp_path) as engine:
        with writing(engine) as db:
            added = [_paper(number) for number in (1, 2, 3)]
            writer.write(db, writer.Change(added=added, sources=[Source("900", "A list", "markdown")]), NOW)
        app = App(engine, prefix="/paper ")
        async with SlackDouble() as slack:
            scene = Scene(slack)
            members = [scene.acme.add_user(f"m{n}") for n in range(MEMBERS)]
            scene.general.members |= {member.id for member in members}
            async with connected(app, scene), keeping(app, tick=0.5):
                await scene.say('poll start candidates:"1 2 3" closes:"1 day"')
                assert await slack.until(lambda: any(m.metadata for m in scene.general.messages), 10)
                gate, begun = asyncio.Semaphore(AT_ONCE), time.monotonic()
                await asyncio.gather(*(_vote(scene, gate, who, n % 3 + 1) for n, who in enumerate(members)))
                took = time.monotonic() - begun
                card = next(m for m in scene.general.messages if m.metadata)
                assert await slack.until(lambda: "500 have voted" in card.shown, 3 * APART.total_seconds())
        with reading(engine) as db:
            poll = polls.get(db, 1)
            assert poll is not None
            counted = [sum(str(choice) in map(str, b) for b in polls.ballots_of(db, poll)) for choice in (1, 2, 3)]
        assert counted == [167, 167, 166]
        assert card.edits <= 2 + took / APART.total_seconds()
