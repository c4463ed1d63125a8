"""Files derived from the code: the README's command table, the example of every setting, the Chinese catalogue."""

from pathlib import Path

import bot
from bot.adapters.slack.manifest import manifest_json
from bot.app import load_commands
from bot.parse import usage
from bot.settings import Settings
from bot.words import msgids, updated

CHINESE = Path("bot/locale/zh/LC_MESSAGES/paperclub.po")

_BEGIN, _END = "<!-- commands -->\n", "<!-- end of commands -->"


def write(root: Path, *, check: bool) -> list[Path]:
    """Write the derived files that are stale (or, with `check`, only find them); returns their paths."""
    wanted = {
        Path("README.md"): _readme((root / "README.md").read_text(encoding="utf-8")),
        Path("deploy/env.example"): env_example(),
        Path("deploy/slack-manifest.json"): manifest_json(load_commands()),
        CHINESE: _words(root / CHINESE),
    }
    stale = [path for path, text in wanted.items() if not _holds(root / path, text)]
    for path in () if check else stale:
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(wanted[path], encoding="utf-8")
    return stale


def _words(path: Path) -> str:
    old = path.read_bytes() if path.is_file() else b""
    return updated(old, "zh", msgids(Path(bot.__file__).parent, load_commands())).decode()


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _readme(text: str) -> str:
    before, _, rest = text.partition(_BEGIN)
    _old, _, after = rest.partition(_END)
    return before + _BEGIN + command_table() + _END + after


def command_table() -> str:
    """Every listed command with its usage and help, as a Markdown table."""
    rows = [
        f"| `{usage(command).replace('|', chr(92) + '|')}` | {command.help} |"
        for command in load_commands().values()
        if not command.hidden
    ]
    return "\n".join(["| Say | To |", "| --- | --- |", *rows, ""])


def env_example() -> str:
    """Every setting with its meaning and default, ready to be copied to `.env`."""
    blocks = []
    for field in Settings.model_fields.values():
        default = "" if field.default_factory else str(field.default if field.default is not None else "")
        blocks.append(f"# {field.description}\n#{field.alias}={default}\n")
    return "# Copy to .env and uncomment what you set. The environment wins over this file.\n\n" + "\n".join(blocks)
