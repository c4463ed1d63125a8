"""The clock: APScheduler drives the tick, which asks what is due; beside it posts are delivered and kept true."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.app import App
from bot.delivery import Delivery
from bot.refreshing import Refresher

log = logging.getLogger(__name__)

TICK = 2.0
"""Seconds between two looks at what is due."""


async def _refresh(refresher: Refresher, stop: asyncio.Event) -> None:
    """Keep posted counts up to date until `stop` is set, whatever goes wrong with one of them."""
    while not stop.is_set():
        try:
            await refresher.round()
        except Exception:
            log.exception("bringing posted cards up to date failed; it is tried again")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 1.0)


@asynccontextmanager
async def keeping(app: App, tick: float = TICK, delivery: Delivery | None = None) -> AsyncIterator[Delivery]:
    """Look after the clock and the outbox while the block runs. Adapters put their senders into `app.senders`."""
    delivery = delivery or Delivery(app)
    stop = asyncio.Event()

    async def look() -> None:
        with contextlib.suppress(asyncio.CancelledError):  # the bot ends; APScheduler would log that as a fault
            if await asyncio.to_thread(app.tick):
                delivery.woken.set()

    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a look that takes longer than a tick is no news
    scheduler = AsyncIOScheduler(timezone=UTC)
    scheduler.add_job(
        look, IntervalTrigger(seconds=tick, timezone=UTC), next_run_time=datetime.now(UTC), max_instances=1,
        coalesce=True, misfire_grace_time=None,
    )  # fmt: skip
    scheduler.start()
    delivering = asyncio.create_task(delivery.run(stop, every=min(1.0, tick)))
    refreshing = asyncio.create_task(_refresh(Refresher(app), stop))
    try:
        yield delivery
    finally:
        scheduler.shutdown(wait=False)
        stop.set()
        await asyncio.gather(delivering, refreshing)


async def serve(app: App, stop: asyncio.Event) -> None:
    """Look after the clock and the outbox until `stop` is set."""
    async with keeping(app):
        await stop.wait()
