"""Processes are killed at random instants while they post, over platforms full of faults: nothing comes twice.

A short storm runs with the other tests, half of it on each database; `make storm` is a long one.
"""

import asyncio
import logging
import os
from datetime import UTC, datetime

import pytest
from conftest import Databases
from storm import AT_ONCE, MODES, Outcome, storm

from seeds.importer import refresh_shipped

log = logging.getLogger(__name__)

KILLS = int(os.environ.get("PAPERCLUB_KILLS", "0"))


@pytest.mark.parametrize("half", [0, 1])
async def test_killed_processes_never_post_twice_and_lose_nothing(databases: Databases, half: int) -> None:
    url = databases.url("catalogue", lambda engine: refresh_shipped(engine, datetime.now(UTC)) and None)
    if not KILLS and url.startswith("sqlite") != (half == 0):
        pytest.skip("only in a long storm")
    modes, urls = MODES[2 * half :][:2], (url, databases.url("catalogue", lambda engine: None))
    came = await asyncio.gather(*(storm(url, mode, KILLS or 4) for url, mode in zip(urls, modes, strict=True)))
    for url, mode, outcome in zip(urls, modes, came, strict=True):
        databases.drop(url)
        log.warning("%s: %s", mode, outcome.counts())
    assert any(post.doubted_at for outcome in came for post in outcome.posts)
    for mode, outcome in zip(modes, came, strict=True):
        assert len(outcome.posts) == (KILLS or 4) * AT_ONCE
        assert all(outcome.copies(post) == 1 for post in outcome.posts if post.state == "sent")
        if mode == "slack-blind":
            _unclear_ones_were_told(outcome)
        else:
            assert {post.state for post in outcome.posts} == {"sent"}


def _unclear_ones_were_told(came: Outcome) -> None:
    unclear = [post for post in came.posts if post.state != "sent"]
    assert all(post.state == "unclear" and came.copies(post) <= 1 for post in unclear)
    assert len(came.notices) == len(unclear)
