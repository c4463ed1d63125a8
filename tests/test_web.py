"""The web server of a bot that is served, whatever the platform."""

import asyncio
import os
import signal
import socket

import httpx
import pytest
from conftest import NOW
from discord_app import settings_for
from discord_double import DiscordDouble

from bot.__main__ import _platforms, _serve
from bot.app import App
from bot.errors import SettingsError
from bot.web import Metrics, Web, serve
from storage import Engine, meetings, writing
from storage.clubs import Account, ensure_member


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def test_calendars_and_health_are_served_with_discord_alone(engine: Engine) -> None:
    with writing(engine) as db:
        ann = ensure_member(db, Account("discord", "1", "2", "ann"), NOW)
        meetings.put_feed(db, ann.club, ann.id, "club", "secret", NOW)
    async with DiscordDouble() as discord:
        settings = settings_for(discord, host="127.0.0.1", port=_free_port())
        serving = asyncio.create_task(_serve(_platforms(settings), App(engine), settings))
        try:
            await discord.ready()
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.port}", trust_env=False) as client:
                assert (await client.get("/healthz")).text == "ok"
                assert (await client.get("/readyz")).text == "ready"
                assert (await client.get("/calendar/secret.ics")).text.startswith("BEGIN:VCALENDAR")
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(serving, 10)


async def test_a_port_that_is_taken_is_said(engine: Engine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        async with DiscordDouble() as discord:
            settings = settings_for(discord, host="127.0.0.1", port=taken.getsockname()[1])
        with pytest.raises(SettingsError, match="PORT: nothing can listen"):
            await serve(Web(engine, Metrics()), settings, asyncio.Event())
