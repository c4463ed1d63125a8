"""How fast search, completion and indexing are, at 1,000 and 100,000 resources, on both engines.

`python -m tests.bench search [SIZE …]`; every figure stands beside that of a bare FTS5 query over the same tokens.
"""

import itertools
import random
import resource as usage
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from seeds.concepts import load_concepts
from storage import Engine, open_database, reading, upgrade, writing
from storage.catalogue import Change, write
from storage.records import Listing, Resource, Source
from storage.search import complete, search
from storage.search.analyse import tokens
from tests.postgres import find_binaries, running_server

NOW = datetime(2026, 3, 2, tzinfo=UTC)
_SEED = 20_260_302
_DOMAIN = (
    "large language model serving inference training gpu memory cache attention scheduling distributed parallelism "
    "expert mixture pipeline tensor speculative decoding quantization sparse kernel communication network latency "
    "throughput efficient system scalable fast dynamic adaptive heterogeneous cluster batch prefill disaggregated "
    "long context retrieval agent reinforcement learning fault tolerance checkpoint offloading edge mobile energy "
    "compiler benchmark survey multimodal diffusion vision video transformer storage cloud serverless elastic"
)
_HEADS = _DOMAIN.split()
_ONSETS = "b c d f g h j k l m n p r s t v w z br cr dr fl gr pl pr sc sh sk sl sp st tr th"
_VENUES = ("OSDI", "SOSP", "NSDI", "MLSys", "EuroSys", "ASPLOS", "ICML", "NeurIPS", "SIGCOMM", "ATC")
_TOPICS = ("serving/kv-cache", "serving/scheduling", "training/parallelism", "models/moe", "efficiency/quantization")
_QUERIES = (
    "kv cache compression", "speculative decoding", "vLLM", "PD disaggregation", "TP", "MoE inference", "投机解码",
    "张量并行", "显存管理", "OSDI 24", "SOSP 2025", "courses", "survey", "speculatve decodng", "flashatention",
    "how to save gpu memory for long context serving", "large language model serving", "efficient scalable system",
    "energy efficient llm", "heterogeneous gpu clusters", "reinforcement learning fault tolerance", "RLHF",
    "network communication kernel", "kind:paper year:2023-2025 quantization", "2309.06180", '"language model" -edge',
    "retrieval augmented generation agents", "quantizaton of mixture experts", "推理 调度", "vLLM 调度",
)  # fmt: skip
_PREFIXES = ("e", "ef", "effi", "efficient la", "large lang", "sched", "Lin", "Zha", "Wei Zh", "OS", "memroy", "系统")


def _invented(random_: random.Random, count: int) -> list[str]:
    """Words that look like words."""
    starts = (_ONSETS.split(), list("aeiou"))
    ends = ["", "n", "r", "s", "t", "l", "ing", "er", "ed", "tion", "al", "ic"]
    found: dict[str, None] = {}
    while len(found) < count:
        syllables = (random_.choice(starts[0]) + random_.choice(starts[1]) for _ in range(random_.randint(1, 3)))
        found["".join(syllables) + random_.choice(ends)] = None
    return list(found)


def generate(size: int) -> Iterator[Resource]:
    """Resources with titles, authors, venues and abstracts whose words are as unevenly frequent as in real ones."""
    random_ = random.Random(_SEED)
    words = _HEADS + _invented(random_, 20_000)
    weights = list(itertools.accumulate(1 / (rank + 5) ** 1.1 for rank in range(len(words))))
    names = [word.capitalize() for word in _invented(random_, 3000)]
    for number in range(1, size + 1):
        year = random_.randint(2015, 2025)
        chosen = random_.choices(words, cum_weights=weights, k=125)
        title = " ".join(chosen[: random_.randint(5, 10)])
        if random_.random() < 0.4:
            title = f"{random_.choice(words).capitalize()}{random_.choice(_HEADS).capitalize()}: {title}"
        yield Resource(
            number=number,
            kind=random_.choice(("paper", "paper", "paper", "paper", "blog", "repo", "person")),
            title=title,
            urls=(f"https://arxiv.org/abs/{2000 + number // 90_000:04d}.{number % 90_000:05d}",),
            arxiv_id=f"{2000 + number // 90_000:04d}.{number % 90_000:05d}",
            authors=tuple(f"{random_.choice(names)} {random_.choice(names)}" for _ in range(3)),
            venue=random_.choice(_VENUES) if random_.random() < 0.5 else None,
            year=year,
            topics=(random_.choice(_TOPICS),),
            abstract=" ".join(chosen[10:]),
            listings=(Listing("900", f"e{number}", section=("Serving",), stars=random_.choice((None, 3, 5))),),
        )


def _fill(engine: Engine, size: int) -> float:
    """Write the resources; returns records a second."""
    made = generate(size)
    taken = 0.0
    source = Source("900", "Generated", "markdown")
    while batch := list(itertools.islice(made, 5000)):
        start = time.perf_counter()
        with writing(engine) as db:
            write(db, Change(added=batch, sources=(source,)), NOW)
        taken += time.perf_counter() - start
    return size / taken


def _bare_index(path: Path, size: int) -> sqlite3.Connection:
    """The floor: a bare FTS5 table over the same tokens."""
    db = sqlite3.connect(path)
    db.execute("CREATE VIRTUAL TABLE bare USING fts5(title, body, content='', tokenize='unicode61')")
    rows = ((r.number, " ".join(tokens(r.title)), " ".join(tokens(r.abstract or ""))) for r in generate(size))
    db.executemany("INSERT INTO bare (rowid, title, body) VALUES (?, ?, ?)", rows)
    db.commit()
    return db


def _ask_bare(db: sqlite3.Connection, query: str) -> None:
    wanted = " OR ".join(f'"{token}"' for token in tokens(query)) or '"nothing"'
    db.execute("SELECT rowid FROM bare WHERE bare MATCH ? ORDER BY bm25(bare) LIMIT 10", (wanted,)).fetchall()


def _milliseconds(act: Callable[[str], object], inputs: Sequence[str], rounds: int) -> tuple[float, float]:
    """Median and 99th percentile."""
    for text in inputs:
        act(text)
    taken = []
    for _ in range(rounds):
        for text in inputs:
            start = time.perf_counter()
            act(text)
            taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=100)[98]


def _answers(url: str, rounds: int) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Milliseconds of searches and of completions, and the most memory (MB), in a process that does nothing else."""
    engine = open_database(url)
    concepts = load_concepts()

    def ask(query: str) -> None:
        with reading(engine) as db:
            search(db, query, concepts)

    def finish(prefix: str) -> None:
        with reading(engine) as db:
            complete(db, prefix)

    taken = _milliseconds(ask, _QUERIES, rounds), _milliseconds(finish, _PREFIXES, rounds)
    engine.dispose()
    return *taken, usage.getrusage(usage.RUSAGE_SELF).ru_maxrss / 1024


def _measure(engine: Engine, url: str, bare: sqlite3.Connection, size: int) -> None:
    name = f"{engine.dialect.name}, {size:,} resources"
    print(f"{name}: indexed {_fill(engine, size):,.0f} records/s", flush=True)
    rounds = 5
    floor, floor_worst = _milliseconds(lambda query: _ask_bare(bare, query), _QUERIES, rounds)
    # A spawned process would count this one's memory as its own most: it begins as a copy of it.
    with ProcessPoolExecutor(1, get_context("forkserver")) as pool:
        searches, completions, memory = pool.submit(_answers, url, rounds).result()
    for label, (middle, worst) in (("search", searches), ("complete", completions)):
        print(
            f"{name}: {label:9} p50 {middle:7.2f} ms  p99 {worst:7.2f} ms   "
            f"{middle / floor:5.1f} × and {worst / floor_worst:5.1f} × bare FTS5 ({floor:.2f} / {floor_worst:.2f} ms)"
        )
    print(f"{name}: a searching process takes at most {memory:.0f} MB", flush=True)


def main(sizes: Sequence[int] = (1_000, 100_000)) -> None:
    """Print milliseconds, ratios, records a second and memory."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers = [f"sqlite:///{folder}"]
        if binaries := find_binaries():
            servers.append(stack.enter_context(running_server(binaries)))
        for size in sizes:
            bare = _bare_index(folder / f"bare{size}.sqlite", size)
            for server in servers:
                url = f"{server}/bench{size}.sqlite" if server.startswith("sqlite") else f"{server}/postgres"
                engine = open_database(url)
                if not server.startswith("sqlite"):
                    with engine.begin() as db:
                        db.exec_driver_sql("DROP SCHEMA public CASCADE")
                        db.exec_driver_sql("CREATE SCHEMA public")
                upgrade(engine)
                _measure(engine, url, bare, size)
                engine.dispose()
            bare.close()


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or (1_000, 100_000))
