"""What deploy/ promises: the health check tells, the unit is one, the settings are all explained."""

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bot.settings import Settings, load_settings
from bot.web import Metrics, Web, serve
from storage import Engine

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
UNIT = (ROOT / "deploy" / "paperclub.service").read_text("utf-8")
EXAMPLE = (ROOT / "deploy" / "env.example").read_text("utf-8")


async def _healthy(port: int) -> bool:
    """What the container's health check says of a server on a port."""
    command = json.loads(re.search(r"HEALTHCHECK.*\n\s+CMD (\[.*\])", DOCKERFILE)[1])  # type: ignore[index]
    assert command[0] == "python"
    environment = {"PATH": os.environ["PATH"], "PORT": str(port), "no_proxy": "*"}
    child = await asyncio.create_subprocess_exec(
        sys.executable, *command[1:], env=environment, stderr=subprocess.DEVNULL
    )
    return await child.wait() == 0


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.mark.parametrize("missing", ["", "no platform is connected"], ids=["ready", "not ready"])
async def test_the_health_check_of_the_container_tells_whether_the_bot_is_ready(engine: Engine, missing: str) -> None:
    settings = load_settings(host="127.0.0.1", port=_free_port())
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(Web(engine, Metrics(), lambda: missing), settings, stop))
    try:
        for _ in range(50):
            if await _answers(settings.port or 0):
                break
            await asyncio.sleep(0.02)
        assert await _healthy(settings.port or 0) is not bool(missing)
    finally:
        stop.set()
        await serving


async def _answers(port: int) -> bool:
    try:
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def test_the_health_check_fails_where_nothing_listens() -> None:
    assert not await _healthy(_free_port())


def test_the_image_has_every_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    listed = set(project["tool"]["setuptools"]["packages"])
    tops = set(re.findall(r"^COPY (\w+) \1$", DOCKERFILE, re.MULTILINE))
    there = {path.parent for top in tops for path in (ROOT / top).rglob("__init__.py")}
    assert listed == {".".join(path.relative_to(ROOT).parts) for path in there}
    copied = re.search(r"^COPY (.+) \./$", DOCKERFILE, re.MULTILINE)[1].split()  # type: ignore[index]
    assert all((ROOT / name).is_file() for name in copied)


def test_every_setting_is_explained_and_its_example_can_be_used(tmp_path: Path) -> None:
    shown = set(re.findall(r"^#(\w+)=", EXAMPLE, re.MULTILINE))
    assert shown == {field.alias for field in Settings.model_fields.values()}
    used = tmp_path / ".env"
    used.write_text(re.sub(r"^#(\w+=.)", r"\1", EXAMPLE, flags=re.MULTILINE), "utf-8")
    assert Settings(_env_file=used) == load_settings()  # type: ignore[call-arg]


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    assert "paperclub run" in UNIT
    checker = shutil.which("systemd-analyze")
    if checker is None:
        pytest.skip("no systemd here")
    unit = tmp_path / "paperclub.service"
    unit.write_text(re.sub(r"^ExecStart=.*", "ExecStart=/bin/true", UNIT, flags=re.MULTILINE), "utf-8")
    done = subprocess.run([checker, "verify", str(unit)], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
