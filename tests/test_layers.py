"""Who may import whom: a module knows only the rows below its own."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROWS = (
    ("bot.__main__",),
    (
        "bot.delivery",
        "bot.docs",
        "bot.doctor",
        "bot.hosting",
        "bot.refreshing",
        "bot.resaying",
        "bot.schedule",
        "bot.web",
        "bot.wording",
        "bot.adapters",
    ),
    ("bot.app",),
    ("bot.commands",),
    (
        "bot.announcing",
        "bot.asking",
        "bot.autopilot",
        "bot.calendars",
        "bot.cards",
        "bot.dailies",
        "bot.digests",
        "bot.gatherings",
        "bot.ledger",
        "bot.nominating",
        "bot.occasions",
        "bot.owing",
        "bot.paper",
        "bot.polling",
        "bot.complete",
        "bot.concepts",
        "bot.naming",
        "bot.pages",
        "bot.parse",
        "bot.sharing",
        "bot.standing",
        "bot.topics",
        "bot.words",
        "bot.recommending",
        "bot.evaluate",
        "bot.pictures",
        "bot.withdrawing",
    ),
    ("bot.command", "bot.enrich"),
    (
        "bot.message",
        "bot.ballots",
        "bot.batching",
        "bot.characters",
        "bot.check",
        "bot.errors",
        "bot.language",
        "bot.logs",
        "bot.moments",
        "bot.pacing",
        "bot.picking",
        "bot.posting",
        "bot.ranking",
        "bot.recurring",
        "bot.rotation",
        "bot.settings",
        "bot.slots",
        "bot.tuning",
        "bot.when",
    ),
    ("seeds",),
    ("storage",),
)
"""Highest first; modules of one row may know each other unless SIBLINGS forbids it."""
SIBLINGS = ("bot.commands", "bot.adapters")
"""Packages whose members never import each other."""
HOMES = {
    "discord": "bot.adapters.discord",
    "slack_bolt": "bot.adapters.slack",
    "slack_sdk": "bot.adapters.slack",
    "apscheduler": "bot.schedule",
    "sqlalchemy": "storage",
    "alembic": "storage",
}
"""Libraries that only one place may know."""


def _modules() -> dict[str, Path]:
    found = {}
    for top in ("bot", "storage", "seeds"):
        for path in (ROOT / top).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = _modules()


def _imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return {name for name in names if name in MODULES or name.split(".")[0] in HOMES}


def _row(module: str) -> int:
    return next(i for i, row in enumerate(ROWS) for name in row if module == name or module.startswith(f"{name}."))


def _sibling(module: str) -> str | None:
    for package in SIBLINGS:
        if module.startswith(f"{package}."):
            return ".".join(module.split(".")[: package.count(".") + 2])
    return None


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_only_what_its_layer_may_know(module: str) -> None:
    if module == "bot":
        return
    for imported in _imports(MODULES[module]) - {"bot"}:
        library = imported.split(".")[0]
        if library in HOMES:
            assert module == HOMES[library] or module.startswith(f"{HOMES[library]}."), f"{module} knows {library}"
            continue
        assert _row(imported) >= _row(module), f"{module} knows {imported}, which is above it"
        if _sibling(module) and _sibling(imported):
            assert _sibling(module) == _sibling(imported), f"{module} knows its sibling {imported}"
