"""How fast lists are imported, and how fast the bot answers from them."""

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bot.app import App
from bot.command import Actor
from seeds.formats import parse
from seeds.importer import Read, import_documents, read_shipped
from storage import open_database, reading, upgrade
from storage.resources import Selection, count

NOW = datetime(2026, 3, 2, tzinfo=UTC)
_DOMAIN = """
    efficient fast scalable adaptive serving training inference models language large memory attention cache
    scheduling parallelism distributed sparse quantized speculative decoding prefill communication kernels network
    resilient elastic heterogeneous clusters pipelines experts checkpoints offloading latency throughput energy
"""


def _large_list(size: int) -> bytes:
    """A Markdown list of about `size` bytes, as dense as public ones: 140 bytes a row, code beside every fourth."""
    random_ = random.Random(2)
    rows, length, number = ["# Large list"], 0, 0
    while length < size:
        if number % 50 == 0:
            rows.append(f"\n## Section {number // 50}")
        title = f"System{number}: {' '.join(random_.sample(_DOMAIN.split(), 8)).capitalize()}"
        code = f" [[code](https://github.com/o{number}/r{number})]" if number % 4 == 0 else ""
        address = f"https://arxiv.org/abs/{2000 + number // 90000:04d}.{number % 90000:05d}"
        rows.append(f"- [{title}]({address}) | OSDI'24 | CMU{code}")
        length += len(rows[-1]) + 1
        number += 1
    return "\n".join(rows).encode()


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def main() -> None:
    """Print seconds for imports and milliseconds for answers, these also as ratios to the cheapest answer."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{Path(folder) / 'a.sqlite'}")
        upgrade(engine)
        for label in ("import five lists into empty SQLite", "import them again"):
            print(f"{label:38}{_seconds(lambda: import_documents(engine, read_shipped(), NOW)):6.2f} s")
        app = App(engine)
        alice = Actor("console", "T", "C", "U", "Alice")
        floor = 0.0
        for line in ("help", "show 12", "browse kind:paper", "people", "search paged attention"):
            app.say(line, alice)
            taken = statistics.median(_seconds(lambda line=line: app.say(line, alice)) for _ in range(100)) * 1000
            floor = floor or taken
            print(f"say {line!r:34}{taken:7.2f} ms  {taken / floor:6.1f} × help")
        engine.dispose()
        other = open_database(f"sqlite:///{Path(folder) / 'b.sqlite'}")
        upgrade(other)
        data = _large_list(2 * 2**20)
        parsing = _seconds(lambda: parse(data, "large.md"))
        whole = _seconds(lambda: import_documents(other, [Read(parse(data, "large.md"), "large.md")], NOW))
        with reading(other) as db:
            found = count(db, Selection())
        print(f"import a list of 2 MiB                {whole:6.2f} s  ({found:,} resources; parsing {parsing:.2f} s)")
        other.dispose()
