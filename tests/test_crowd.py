"""What many members vote and mark at once, in Slack and in Discord, stands as each of them last meant it."""

import sqlalchemy as sa
from conftest import NOW
from crowd import crowd

from storage import catalogue, writing
from storage.records import Listing, Resource, Source

RESOURCES = 8


async def test_nothing_is_lost_or_doubled_by_repeated_deliveries_and_new_processes(engine: sa.Engine) -> None:
    listing = [Listing("900", f"entry {n}", ("Serving",), n) for n in range(RESOURCES + 1)]
    shelf = [Resource(n, "paper", f"System{n}", listings=(listing[n],)) for n in range(1, RESOURCES + 1)]
    with writing(engine) as db:
        catalogue.write(db, catalogue.Change(added=shelf, sources=[Source("900", "A list", "markdown")]), NOW)
    async with crowd(engine, each=6) as everybody:
        await everybody.act(times=8, resources=RESOURCES, restarts=1)
        everybody.check()
