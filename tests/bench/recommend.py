"""How fast recommendations are: over the shipped lists through the bot, and over 100,000 generated resources."""

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from bot.app import App
from bot.command import Actor
from bot.ranking import Entries, Taste, build, diverse, score
from seeds.importer import refresh_shipped
from storage import open_database, upgrade

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SIZE, WORDS, LENGTH = 100_000, 40_000, 25


def _median(act: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        start = time.process_time()
        act()
        taken.append(time.process_time() - start)
    return statistics.median(taken) * 1000


def _generated() -> Entries:
    """Resources with words drawn as in a language, in sections of twenty."""
    dice = np.random.default_rng(1)
    chance = 1 / np.arange(1, WORDS + 1)
    drawn = dice.choice(WORDS, size=SIZE * LENGTH, p=chance / chance.sum())
    cells = np.unique(np.repeat(np.arange(SIZE), LENGTH) * WORDS + drawn)
    values = dice.random(len(cells)).astype(np.float32)
    sections = np.stack([np.arange(SIZE) // 20, np.arange(SIZE)], axis=1)
    prior = dice.random(SIZE).astype(np.float32)
    return Entries(np.arange(SIZE), cells // WORDS, cells % WORDS, values, sections, prior)


def main() -> None:
    """Print milliseconds of one processor's time, those of the bot also as a ratio to `show`."""
    threadpool_limits(1, user_api="blas")  # as the program does
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{Path(folder) / 'a.sqlite'}")
        upgrade(engine)
        refresh_shipped(engine, NOW)
        app, alice = App(engine), Actor("console", "T", "C", "U", "Alice")
        for line in ("vote 209 up", "read 201 pass:3", "save 300", "recommend"):
            app.say(line, alice)
        floor = 0.0
        for line in ("show 201", "recommend", "recommend us", "similar 201"):
            taken = _median(lambda line=line: app.say(line, alice), 50)
            floor = floor or taken
            print(f"say {line!r:34}{taken:7.2f} ms  {taken / floor:6.1f} × show")
        engine.dispose()
    entries = _generated()
    start = time.process_time()
    space = build(entries)
    print(f"learn from {SIZE:,} resources          {time.process_time() - start:7.2f} s")
    everything = np.arange(SIZE)
    for marks in (5, 50):
        rows = np.arange(0, SIZE, SIZE // marks)
        taste = Taste(rows, np.ones(len(rows), dtype=np.float32))
        taken = _median(lambda taste=taste: diverse(space, score(space, taste).total, everything, 5, 0.1), 10)
        print(f"recommend by {marks:2} marks among {SIZE:,}     {taken:7.2f} ms")
