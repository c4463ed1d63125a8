"""Importing is all or nothing, keeps numbers, and doing it twice changes nothing."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from conftest import NOW

from bot.naming import resolve_person
from bot.withdrawing import withdraw
from seeds.export import as_row
from seeds.importer import (
    ImportFailed,
    import_documents,
    read_shipped,
    read_sources,
    refresh_shipped,
)
from storage import reading, writing
from storage.records import Resource
from storage.resources import all_resources, all_sources, get
from storage.tables import metadata

FIRST = """# Small list

## Serving
- [Alpha: A Serving System](https://arxiv.org/abs/2401.00001) | OSDI' 24
- [Beta: Another System](https://arxiv.org/abs/2401.00002) | SOSP' 24

## People
- [Ada Lovelace](https://ada.example)
"""


def _write(folder: Path, text: str, name: str = "small.md") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def _load(engine: sa.Engine, path: str, **options: bool) -> tuple[str, ...]:
    return import_documents(engine, read_sources(engine, [path]), NOW, **options).summaries


def _all(engine: sa.Engine) -> dict[str, Resource]:
    with reading(engine) as db:
        return {resource.title: resource for resource in all_resources(db)}


def _withdraw(engine: sa.Engine, name: str) -> None:
    with writing(engine) as db:
        withdraw(db, resolve_person(db, name), NOW)


def test_a_list_becomes_resources_with_numbers(engine: sa.Engine, tmp_path: Path) -> None:
    assert "3 new" in _load(engine, _write(tmp_path, FIRST))[0]
    alpha = _all(engine)["Alpha: A Serving System"]
    assert (alpha.number, alpha.arxiv_id, alpha.venue, alpha.year) == (1, "2401.00001", "OSDI", 2024)


def test_importing_twice_changes_nothing(engine: sa.Engine, tmp_path: Path) -> None:
    path = _write(tmp_path, FIRST)
    _load(engine, path)
    before = _all(engine)
    assert "3 unchanged" in _load(engine, path)[0]
    assert _all(engine) == before


def test_a_changed_list_keeps_the_numbers_of_what_stays(engine: sa.Engine, tmp_path: Path) -> None:
    _load(engine, _write(tmp_path, FIRST))
    changed = FIRST.replace("- [Alpha", "- [Gamma: New One](https://arxiv.org/abs/2401.00003)\n- [Alpha").replace(
        "Another System", "A Renamed System"
    )
    summary = _load(engine, _write(tmp_path, changed))[0]
    assert "1 new, 1 changed" in summary
    after = _all(engine)
    assert after["Alpha: A Serving System"].number == 1
    assert after["Beta: A Renamed System"].number == 2
    assert after["Gamma: New One"].number == 4


def test_what_vanished_is_kept_as_no_longer_listed(engine: sa.Engine, tmp_path: Path) -> None:
    _load(engine, _write(tmp_path, FIRST))
    shorter = "\n".join(line for line in FIRST.splitlines() if "Beta" not in line)
    assert "1 removed" in _load(engine, _write(tmp_path, shorter))[0]
    assert not _all(engine)["Beta: Another System"].listed


def test_a_dry_run_writes_nothing(engine: sa.Engine, tmp_path: Path) -> None:
    path = _write(tmp_path, FIRST)
    imported = import_documents(engine, read_sources(engine, [path]), NOW, dry_run=True)
    assert imported.diff[0] == "+ #1 paper: Alpha: A Serving System"
    assert _all(engine) == {}


def test_two_readmes_stay_two_lists(engine: sa.Engine, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        _load(
            engine,
            _write(tmp_path / name, FIRST.replace("Small", name).replace("2401", f"240{len(name)}"), "README.md"),
        )
    _load(engine, _write(tmp_path / "two", FIRST.replace("Small", "quite other"), "README.md"))
    with reading(engine) as db:
        assert len(all_sources(db)) >= 2


def test_a_withdrawn_person_never_comes_back(engine: sa.Engine, tmp_path: Path) -> None:
    path = _write(tmp_path, FIRST)
    _load(engine, path)
    _withdraw(engine, "Ada Lovelace")
    assert "Ada Lovelace" not in _all(engine)
    _load(engine, path)
    assert "Ada Lovelace" not in _all(engine)


def test_nothing_else_ever_gets_the_number_of_a_withdrawn_person(engine: sa.Engine, tmp_path: Path) -> None:
    _load(engine, _write(tmp_path, FIRST))
    _withdraw(engine, "Ada Lovelace")
    _load(engine, _write(tmp_path, FIRST + "- [Grace Hopper](https://grace.example)\n"))
    assert _all(engine)["Grace Hopper"].number == 4


def test_a_withdrawn_person_leaves_no_trace_in_the_database(engine: sa.Engine, tmp_path: Path) -> None:
    _load(engine, _write(tmp_path, FIRST))
    _withdraw(engine, "Ada Lovelace")
    with reading(engine) as db:
        for table in metadata.sorted_tables:
            for row in db.execute(sa.select(table)):
                assert "lovelace" not in str(tuple(row)).lower(), table.name


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.md", b""),
        ("binary.md", bytes(range(256)) * 40),
        ("page.html", b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>oops</body></html>"),
        ("cut.json", b'[{"data":1},["ShallowReactive",2],{"tool-x":3'),
    ],
)
def test_what_is_no_list_is_one_line_and_changes_nothing(
    engine: sa.Engine, tmp_path: Path, name: str, data: bytes
) -> None:
    good = _write(tmp_path, FIRST)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ImportFailed) as caught:
        read_sources(engine, [good, str(tmp_path / name)])
    assert len(str(caught.value).splitlines()) == 1
    assert name in str(caught.value)
    assert _all(engine) == {}


def test_a_missing_file_is_named(engine: sa.Engine) -> None:
    with pytest.raises(ImportFailed, match=r"nowhere\.md: No such file"):
        read_sources(engine, ["nowhere.md"])


def test_the_shipped_lists_load_once(catalogue: sa.Engine) -> None:
    assert refresh_shipped(catalogue, NOW + timedelta(days=1)) is None


def test_a_list_imported_from_elsewhere_is_not_overwritten_by_the_shipped_one(
    engine: sa.Engine, tmp_path: Path
) -> None:
    _load(engine, _write(tmp_path, FIRST))
    assert refresh_shipped(engine, NOW) is None


def test_the_catalogue_has_the_resources_of_five_lists(catalogue: sa.Engine) -> None:
    with reading(catalogue) as db:
        assert [source.code for source in all_sources(db)] == ["000", "001", "002", "003", "004"]
        rows = [as_row(resource) for resource in all_resources(db)]
    assert len(rows) > 590
    assert {"id", "kind", "title", "listings"} <= set.intersection(*(set(row) for row in rows))


SHARED = Path(__file__).parents[2] / "shared" / "seeds"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the raw documents are not beside the checkout")
def test_raw_documents_and_shipped_lists_give_the_same_export(catalogue: sa.Engine, engine: sa.Engine) -> None:
    raw = [str(path) for path in sorted(SHARED.glob("00*.txt"))]
    import_documents(engine, read_sources(engine, raw), NOW)
    with reading(engine) as one, reading(catalogue) as other:
        raw_rows = [as_row(resource) for resource in all_resources(one)]
        shipped_rows = [as_row(resource) for resource in all_resources(other)]
    assert raw_rows == shipped_rows


@pytest.mark.parametrize("after", [0.0, 0.05, 0.15, 0.3, 0.6])
def test_killed_at_any_point_the_database_is_before_or_after(empty_url: str, after: float) -> None:
    script = (
        "import sys; from datetime import datetime, UTC; from storage import open_database;"
        "from seeds.importer import import_documents, read_shipped;"
        "engine = open_database(sys.argv[1]); reads = read_shipped(); print('go', flush=True);"
        "import_documents(engine, reads, datetime.now(UTC))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, empty_url], stdout=subprocess.PIPE, cwd=Path(__file__).parents[1]
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(after)
        os.kill(child.pid, signal.SIGKILL)
    from storage import open_database

    engine = open_database(empty_url)
    with reading(engine) as db:
        count, sources = len(all_resources(db)), len(all_sources(db))
    assert (count == 0 and sources == 0) or (count > 590 and sources == 5)
    import_documents(engine, read_shipped(), NOW)
    with reading(engine) as db:
        assert get(db, 1) is not None
    engine.dispose()
