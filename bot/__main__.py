"""The command line (`paperclub …`) and composition root: the one place that knows everything."""

import asyncio
import importlib
import json
import pkgutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from types import ModuleType
from typing import Annotated

import platformdirs
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from threadpoolctl import threadpool_limits

import bot.adapters
from bot import evaluate as evaluation
from bot import schedule
from bot.adapters.console.chat import chat as start_chat
from bot.adapters.console.chat import member
from bot.adapters.console.render import show
from bot.app import App
from bot.asking import answer
from bot.errors import PaperclubError, SettingsError, UserError
from bot.logs import log_to_stderr
from bot.naming import resolve_person
from bot.settings import Settings, load_settings
from bot.withdrawing import foresee, withdraw
from seeds.export import as_row
from seeds.importer import (
    Imported,
    ImportFailed,
    Step,
    import_documents,
    read_sources,
    refresh_shipped,
)
from storage import DatabaseError, Engine, open_database, reading, upgrade, writing
from storage.resources import all_resources
from storage.search import needs_reindex, reindex

cli = typer.Typer(
    name="paperclub",
    help="A reading-club bot for Slack, Discord and the terminal.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
db = typer.Typer(help="Look after the database.", no_args_is_help=True)
cli.add_typer(db, name="db")

Database = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="sqlite:///FILE or postgresql://…; else PAPERCLUB_DATABASE_URL."),
]
Language = Annotated[str | None, typer.Option("--language", help="Language of the answers: en or zh.")]


@cli.callback(invoke_without_command=True)
def root(
    show_version: Annotated[
        bool, typer.Option("--version", is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Find, show and remember what your reading club reads."""
    if show_version:
        typer.echo(f"paperclub {version('paperclub')}")
        raise typer.Exit


@cli.command()
def run(database: Database = None, language: Language = None) -> None:
    """Migrate, load the lists and start the bot; without a platform's token that is a chat in the terminal."""
    settings = _settings(database, language)
    platforms = _platforms(settings)
    if not platforms:
        chat(database, language)
        return
    with _ready(settings) as engine:
        asyncio.run(_serve(platforms, _app(engine, settings, prefix="/paper "), settings))


def _app(engine: Engine, settings: Settings, prefix: str = "") -> App:
    app = App(engine, prefix=prefix, public_url=settings.public_url)
    app.late = timedelta(hours=settings.late_hours)
    return app


def _platforms(settings: Settings) -> list[ModuleType]:
    """The adapters whose tokens are set. Libraries of the others are not even loaded."""
    names = [info.name for info in pkgutil.iter_modules(bot.adapters.__path__)]
    given = [name for name, value in settings if value and name.endswith(("_token", "_client_id"))]
    wanted = [name for name in names if any(setting.startswith(f"{name}_") for setting in given)]
    found = [importlib.import_module(f"bot.adapters.{name}") for name in wanted]
    return [module for module in found if module.configured(settings)]


async def _serve(platforms: list[ModuleType], app: App, settings: Settings) -> None:
    """Serve every platform until SIGTERM or Ctrl-C; when one can't go on, the others stop too."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    wrong: list[str] = []
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(schedule.serve(app, stop), name="the clock")
            group.create_task(_serve_web(app, settings, stop, platforms), name="the web server")
            for platform in platforms:
                group.create_task(platform.serve(app, settings, stop), name=platform.__name__)
    except* PaperclubError as errors:
        wrong += map(str, errors.exceptions)
    if wrong:
        raise SettingsError("\n".join(wrong))


async def _serve_web(app: App, settings: Settings, stop: asyncio.Event, platforms: list[ModuleType]) -> None:
    """The web server, where somebody asks for one and no platform brings it with its own pages."""
    from bot import web  # loads libraries that only a served bot needs

    def missing() -> str:
        names = [platform.__name__.rpartition(".")[2] for platform in platforms]
        return "\n".join(f"no connection to {name.title()}" for name in names if name not in app.senders)

    if web.wanted(settings) and not any(hasattr(p, "listens") and p.listens(settings) for p in platforms):
        await web.serve(web.Web(app.engine, web.Metrics(), missing), settings, stop)


@cli.command()
def chat(database: Database = None, language: Language = None) -> None:
    """Talk to the bot in the terminal."""
    settings = _settings(database, language)
    with _ready(settings) as engine:
        history = Path(platformdirs.user_data_dir("paperclub", appauthor=False)) / "history"
        app = _app(engine, settings)
        with _clock(app):
            start_chat(app, settings.language, history)


@contextmanager
def _clock(app: App) -> Iterator[None]:
    """The clock beside a chat, where somebody sits at the terminal to read what it posts."""
    if not sys.stdin.isatty():
        yield
        return
    stop, ready = asyncio.Event(), threading.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def tick() -> None:
        loops.append(asyncio.get_running_loop())
        ready.set()
        await schedule.serve(app, stop)

    thread = threading.Thread(target=lambda: asyncio.run(tick()), name="clock", daemon=True)
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join(10)


@cli.command()
def ask(
    line: Annotated[str, typer.Argument(help="What to say, for example “search paged attention”.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the message as data.")] = False,
    name: Annotated[str, typer.Option("--as", help="The member who speaks.")] = "you",
    database: Database = None,
    language: Language = None,
) -> None:
    """Say one line to the bot, print the answer and leave; the exit code is 1 when it could not help."""
    settings = _settings(database, language)
    with _ready(settings) as engine:
        message = App(engine).say(line, member(name, settings.language))
    if as_json:
        typer.echo(json.dumps(message.as_data(), ensure_ascii=False, indent=2))
    else:
        show(Console(soft_wrap=not sys.stdout.isatty()), message)
    raise typer.Exit(int(message.error))


@cli.command("search")
def search_(
    query: Annotated[
        str | None, typer.Argument(help="What to look for; without it, one query a line from stdin.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a query.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many results at most.")] = 10,
    database: Database = None,
) -> None:
    """Search the catalogue for one query, or for every line of standard input."""
    settings = _settings(database, None)
    with _ready(settings) as engine:
        knowledge = App(engine).knowledge
        for text in [query] if query is not None else (line.rstrip("\n") for line in sys.stdin):
            with reading(engine) as connection:
                found = answer(connection, text, knowledge.concepts, limit)
            typer.echo(json.dumps(found, ensure_ascii=False) if as_json else _listed(found))
            sys.stdout.flush()


@cli.command()
def recommend(
    stdin: Annotated[bool, typer.Option("--stdin", help="Read one JSON profile a line; the only way yet.")] = True,
    database: Database = None,
) -> None:
    """Answer each profile on standard input with one ranked list, as JSON lines."""
    if not stdin:
        raise typer.BadParameter("profiles are read from standard input only")
    with _ready(_settings(database, None)) as engine:
        for answered in evaluation.recommended(engine, sys.stdin):
            typer.echo(json.dumps(answered, ensure_ascii=False))
            sys.stdout.flush()


@cli.command()
def evaluate(database: Database = None) -> None:
    """Measure the recommendations on the catalogue itself, beside simpler methods."""
    with _ready(_settings(database, None)) as engine:
        for row in evaluation.evaluate(engine):
            typer.echo(row)


def _listed(found: dict[str, object]) -> str:
    results = found["results"]
    assert isinstance(results, list)  # noqa: S101 - tells the type checker what `answer` gives
    return "\n".join(f"#{r['id']:<6}{r['title']}" for r in results) or "Nothing found."


@cli.command("import")
def import_(
    sources: Annotated[list[str] | None, typer.Argument(help="Files or URLs; the shipped lists without any.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would change, write nothing.")] = False,
    withdrawn: Annotated[
        str | None, typer.Option("--withdraw", metavar="PERSON", help="Remove this person (name or number) for good.")
    ] = None,
    database: Database = None,
) -> None:
    """Import curated lists: Markdown, outlined text or a Nuxt payload. Importing twice changes nothing."""
    settings = _settings(database, None)
    with _database(settings) as engine:
        if withdrawn is not None:
            if sources:
                raise typer.BadParameter("--withdraw takes a person and no lists")
            _withdraw(engine, withdrawn, dry_run)
            return
        with _progress() as step:
            documents = read_sources(engine, sources or [], settings.allow_private_addresses, step)
            imported = import_documents(engine, documents, datetime.now(UTC), dry_run=dry_run, step=step)
        _print_import(imported, dry_run)


def _withdraw(engine: Engine, text: str, dry_run: bool) -> None:
    with (reading if dry_run else writing)(engine) as connection:
        person = resolve_person(connection, text)
        done = foresee(connection, person) if dry_run else withdraw(connection, person, datetime.now(UTC))
    said = "would be withdrawn" if dry_run else "is withdrawn; no import brings them back"
    for person in done.people:
        typer.echo(f"{person.title} (#{person.number}) {said}.")


def _print_import(imported: Imported, dry_run: bool) -> None:
    if dry_run:
        for change in imported.diff:
            typer.echo(change)
    for summary in imported.summaries:
        typer.echo(summary)


@cli.command()
def export(
    form: Annotated[str, typer.Option("--format", help="The only one yet: jsonl.")] = "jsonl",
    database: Database = None,
) -> None:
    """Print the whole catalogue, one JSON object a line."""
    if form != "jsonl":
        raise typer.BadParameter("the only format is jsonl")
    settings = _settings(database, None)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # data, whatever the terminal's encoding
    with _database(settings) as engine, reading(engine) as connection:
        for resource in all_resources(connection):
            sys.stdout.write(json.dumps(as_row(resource), ensure_ascii=False) + "\n")


@cli.command()
def doctor(database: Database = None) -> None:
    """Check tokens, permissions, reachability and the database, and say how to mend what is wrong."""
    from bot.doctor import diagnose  # loads the platforms' libraries, which no other command needs

    settings = _settings(database, None)
    with _database(settings) as engine:
        checks = asyncio.run(diagnose(App(engine), settings))
    for check in checks:
        typer.echo(str(check))
    raise typer.Exit(int(any(check.verdict == "failed" for check in checks)))


@cli.command()
def docs(
    check: Annotated[bool, typer.Option("--check", help="Fail when a derived file is stale; write nothing.")] = False,
) -> None:
    """Write the files that are derived from the code: the README's command table and the settings' example."""
    from bot.docs import write  # loads the platforms' libraries

    if not Path("README.md").is_file():
        raise typer.BadParameter("there is no README.md here; say this in the folder of Paperclub's source")
    stale = write(Path.cwd(), check=check)
    for path in stale:
        typer.echo(f"{'stale' if check else 'wrote'} {path}")
    if check and stale:
        raise typer.Exit(1)


@db.command("upgrade")
def db_upgrade(database: Database = None) -> None:
    """Bring the database to the newest schema."""
    settings = _settings(database, None)
    with _database(settings) as engine:
        typer.echo(f"{engine.url.render_as_string(hide_password=True)} is up to date.")


@db.command("where")
def db_where(database: Database = None) -> None:
    """Print where the database is."""
    engine = open_database(_settings(database, None).database_url)
    typer.echo(engine.url.database if engine.dialect.name == "sqlite" else engine.url.render_as_string())


@db.command("reindex")
def db_reindex(database: Database = None) -> None:
    """Build the search index anew while the bot goes on; it resumes where it was interrupted."""
    with _database(_settings(database, None)) as engine:
        typer.echo(f"{reindex(engine)} resources indexed.")


def _settings(database: str | None, language: str | None) -> Settings:
    settings = load_settings(database_url=database, language=language)
    log_to_stderr(settings.log_level)
    return settings


@contextmanager
def _database(settings: Settings) -> Iterator[Engine]:
    """The migrated database."""
    engine = open_database(settings.database_url)
    try:
        upgrade(engine)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _ready(settings: Settings) -> Iterator[Engine]:
    """The migrated database with the shipped lists in it and an index that fits this version."""
    with _database(settings) as engine:
        with _progress() as step:
            refresh_shipped(engine, datetime.now(UTC), step)
        with reading(engine) as connection:
            stale = needs_reindex(connection)
        if stale:
            reindex(engine)
        yield engine


@contextmanager
def _progress() -> Iterator[Step]:
    """A bar on standard error for work that takes long; nothing where that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        tasks = {}

        def step(label: str, done: int, total: int) -> None:
            if label not in tasks:
                tasks[label] = bars.add_task(label, total=total)
            bars.update(tasks[label], completed=done, total=total)

        yield step


def main() -> None:
    """Run the command line; what an operator can mend is one line on standard error, never a traceback."""
    threadpool_limits(1, user_api="blas")  # small matrices: more threads only wait for each other
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal may lack a letter of a title
    try:
        cli()
    except (UserError, PaperclubError, DatabaseError, ImportFailed) as error:
        typer.echo(f"paperclub: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()


if __name__ == "__main__":
    main()
