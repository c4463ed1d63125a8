"""Processes that are measured from outside, and what is said of what was measured."""

import asyncio
import os
import statistics
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

BOT = ("-m", "bot", "run")
"""What starts the bot, as anybody starts it."""


@asynccontextmanager
async def started(what: Sequence[str], environment: Mapping[str, str]) -> "AsyncIterator[Served]":
    """Run Python with these arguments while the block runs."""
    process = await asyncio.create_subprocess_exec(sys.executable, *what, env=dict(os.environ) | dict(environment))
    try:
        yield Served(process)
    finally:
        process.terminate()
        await process.wait()


def ranks(values: Sequence[float]) -> tuple[float, float]:
    """The median, and what one of a hundred exceeds."""
    ranked = sorted(values)
    return statistics.median(ranked), ranked[min(len(ranked) - 1, int(len(ranked) * 0.99))]


class Served:
    """A process that serves the double, and what it costs."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def cpu(self) -> float:
        """Seconds of CPU so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        """Resident memory."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def megabytes_at_most(self) -> float:
        """The most that was ever resident."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
