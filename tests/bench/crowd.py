"""Fifty members on both platforms vote on two hundred resources and mark them, everything delivered twice."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from crowd import crowd
from postgres import find_binaries, running_server

from seeds.importer import refresh_shipped
from storage import Engine, open_database, upgrade

_EACH, _TIMES, _RESOURCES, _RESTARTS = 25, 40, 200, 3


@contextmanager
def _engines() -> Iterator[list[Engine]]:
    binaries = find_binaries()
    with tempfile.TemporaryDirectory() as folder:
        made = [open_database(f"sqlite:///{Path(folder) / 'a.sqlite'}")]
        if binaries is None:
            yield made
            return
        with running_server(binaries) as url:
            yield [*made, open_database(f"{url}/postgres")]


async def _act(engine: Engine) -> int:
    async with crowd(engine, _EACH) as everybody:
        await everybody.act(_TIMES, _RESOURCES, _RESTARTS)
        everybody.check()
        return everybody.unanswered


def main() -> None:
    """Print what it took; fails where anything was lost or doubled."""
    with _engines() as engines:
        for engine in engines:
            upgrade(engine)
            refresh_shipped(engine, datetime.now(UTC))
            start = time.process_time()
            unanswered = asyncio.run(_act(engine))
            acts, taken = 2 * _EACH * _TIMES, time.process_time() - start
            print(f"{engine.dialect.name}: {acts} acts of {2 * _EACH} members, {_RESTARTS} restarts, {taken:.1f} s;")
            print(f"  nothing lost, nothing doubled; {unanswered} said again because no answer came")
            engine.dispose()
