"""The command line, as an operator types it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from bot.__main__ import cli

Run = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).parents[1]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `paperclub …` in an empty folder with an own home."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PAPERCLUB_", "SLACK_", "DISCORD_"))}
    environment |= {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "COLUMNS": "120"}

    def paperclub(*arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot", *arguments]
        return subprocess.run(
            command, input=stdin, capture_output=True, text=True, cwd=tmp_path, env=environment | more, check=False
        )

    return paperclub


def test_version_is_printed(run: Run) -> None:
    assert run("--version").stdout.startswith("paperclub 0.")


def _commands(group: object, name: str = "paperclub") -> Iterator[tuple[str, Any]]:
    for child_name, child in getattr(group, "commands", {}).items():
        yield f"{name} {child_name}", child
        yield from _commands(child, f"{name} {child_name}")


def test_every_command_and_option_has_help() -> None:
    found = dict(_commands(typer.main.get_command(cli)))
    assert {"paperclub run", "paperclub import", "paperclub db where"} <= set(found)
    for name, made in found.items():
        assert made.help, name
        assert all(parameter.help for parameter in made.params if parameter.name != "help"), name


def test_asking_one_line_loads_the_lists_and_answers(run: Run) -> None:
    answered = run("ask", "search paged attention")
    assert answered.returncode == 0, answered.stderr
    assert "PagedAttention" in answered.stdout


def test_asking_prints_the_message_as_data(run: Run) -> None:
    data = json.loads(run("ask", "show 2309.06180", "--json").stdout)
    assert data["parts"][0]["type"] == "card"


def test_what_cannot_be_answered_exits_with_1(run: Run) -> None:
    assert run("ask", "show 99999").returncode == 1


def test_the_default_database_is_in_the_users_data_folder(run: Run, tmp_path: Path) -> None:
    assert run("db", "where").stdout.strip().startswith(str(tmp_path))


def test_import_then_export_holds_one_list_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "list.md").write_text("# L\n\n## Serving\n- [A: B](https://arxiv.org/abs/2401.00001) | OSDI' 24\n")
    database = f"sqlite:///{tmp_path / 'one.sqlite'}"
    assert "1 new" in run("import", "list.md", "--database", database).stdout
    rows = [json.loads(row) for row in run("export", "--format", "jsonl", "--database", database).stdout.splitlines()]
    assert [row["arxiv_id"] for row in rows] == ["2401.00001"]


def test_searching_lines_of_standard_input_answers_each_in_one_line(run: Run) -> None:
    answered = run("search", "--json", "--limit", "3", stdin="paged attention\nzzzzqqqq\n").stdout.splitlines()
    first, second = (json.loads(row) for row in answered)
    assert first["query"] == "paged attention"
    assert len(first["results"]) == 3
    assert {"id", "title", "kind", "url", "urls", "score"} <= set(first["results"][0])
    assert second["query"] == "zzzzqqqq"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("import", "nowhere.md"), "No such file"),
        (("ask", "help", "--database", "mysql://x"), "SQLite and PostgreSQL"),
        (("ask", "help", "--language", "tlh"), "language"),
        (("ask", "help", "--database", "postgresql://nobody@127.0.0.1:1/x"), "can't be used"),
    ],
)
def test_mistakes_are_one_line_on_standard_error(run: Run, arguments: tuple[str, ...], hint: str) -> None:
    failed = run(*arguments)
    assert failed.returncode == 1
    assert hint in failed.stderr
    assert "Traceback" not in failed.stderr
    assert len(failed.stderr.strip().splitlines()) == 1


def test_chat_reads_lines_where_there_is_no_terminal(run: Run) -> None:
    talked = run("run", stdin="search paged attention\n1\n/lang zh\nshow 1909.08053\n/quit\n")
    assert talked.returncode == 0, talked.stderr
    assert "PagedAttention" in talked.stdout
    assert "使用模型并行" in talked.stdout


def test_derived_files_are_only_written_in_the_source_folder(run: Run) -> None:
    refused = run("docs", "--check")
    assert refused.returncode == 2
    assert "README.md" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_missing_setting_is_all_that_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=xoxb-1\n")
    refused = run("run", "--database", "sqlite:///small.sqlite")
    assert refused.returncode == 1
    assert "SLACK_APP_TOKEN: " in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_withdrawal_is_tried_without_writing_and_never_taken_for_an_import(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# L\n## People\n- [Ada Lovelace](https://ada.org), CMU\n")
    run("import", "a.md")
    tried = run("import", "--withdraw", "Ada Lovelace", "--dry-run")
    assert "Ada Lovelace (#1) would be withdrawn." in tried.stdout
    assert "Ada Lovelace" in run("export").stdout
    for wrong in (("--withdraw", ""), ("--withdraw", "Ada Lovelace", "a.md")):
        refused = run("import", *wrong)
        assert (refused.returncode > 0, refused.stdout) == (True, "")
    assert len(run("export").stdout.splitlines()) == 1


def test_output_fits_any_encoding_and_the_export_is_utf_8(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# L\n- [推理 Serving](https://g.org/1)\n", encoding="utf-8")
    assert "+ #1 paper: ?? Serving" in run("import", "a.md", "--dry-run", PYTHONIOENCODING="latin-1").stdout
    run("import", "a.md")
    assert "推理 Serving" in run("export", PYTHONIOENCODING="latin-1").stdout
