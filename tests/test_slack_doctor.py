"""The doctor looks at Slack, and says how to mend what it finds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from slack_app import make_app
from slack_double import SlackDouble

from bot.adapters.slack.manifest import SCOPES
from bot.app import App
from bot.check import Check
from bot.command import Actor
from bot.doctor import diagnose
from bot.settings import load_settings


async def _look(engine: sa.Engine, slack: SlackDouble, token: str, ahead: float = 0, **more: Any) -> dict[str, Check]:
    settings = load_settings(
        slack_bot_token=token, slack_app_token=slack.app_token, slack_api_base=slack.api_base, **more
    )
    now = datetime.now(UTC) + timedelta(seconds=ahead)
    return {check.name: check for check in await diagnose(make_app(engine), settings, now)}


async def test_a_healthy_bot_gets_no_advice(engine: sa.Engine, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with SlackDouble() as slack:
        acme = slack.add_workspace("Acme", scopes=list(SCOPES))
        found = await _look(engine, slack, acme.bot_token)
    assert {check.verdict for check in found.values()} == {"ok"}
    assert {"database", "Slack bot token", "Slack scopes", "clock", "Slack Socket Mode"} <= set(found)


async def test_a_missing_scope_is_named_with_its_reason(engine: sa.Engine) -> None:
    async with SlackDouble() as slack:
        acme = slack.add_workspace("Acme", scopes=["commands", "chat:write", "admin"])
        found = (await _look(engine, slack, acme.bot_token))["Slack scopes"]
    assert found.verdict == "failed"
    assert "users:read" in found.found
    assert "language" in found.mend


async def test_scopes_beyond_need_are_pointed_out(engine: sa.Engine) -> None:
    async with SlackDouble() as slack:
        acme = slack.add_workspace("Acme", scopes=[*SCOPES, "pins:write"])
        assert (await _look(engine, slack, acme.bot_token))["Slack scopes"].verdict == "warning"


async def test_a_wrong_token_and_a_wrong_clock_are_found(engine: sa.Engine) -> None:
    async with SlackDouble() as slack:
        acme = slack.add_workspace("Acme", scopes=list(SCOPES))
        assert (await _look(engine, slack, "xoxb-wrong"))["Slack bot token"].verdict == "failed"
        assert (await _look(engine, slack, acme.bot_token, ahead=3600))["clock"].verdict == "failed"


async def test_channels_that_the_bot_was_removed_from_are_found(engine: sa.Engine) -> None:
    async with SlackDouble() as slack:
        acme = slack.add_workspace("Acme", scopes=list(SCOPES))
        inside, outside = acme.add_channel("inside"), acme.add_channel("outside", bot=False)
        boss = Actor("slack", acme.id, "", "U1", "boss", admin=True)
        app = App(engine)
        for channel in (inside, outside):
            app.say("daily on time:09:00 zone:UTC", replace(boss, channel=channel.id))
        found = await _look(engine, slack, acme.bot_token)
        assert acme.scheduled == []
    assert found[f"Slack channel {inside.id}"].verdict == "ok"
    assert found[f"Slack channel {outside.id}"].verdict == "failed"
    assert "/invite" in found[f"Slack channel {outside.id}"].mend


async def test_an_address_that_leads_nowhere_is_found(engine: sa.Engine) -> None:
    async with SlackDouble() as slack:
        acme = slack.add_workspace("Acme", scopes=list(SCOPES))
        more = {"slack_mode": "http", "slack_signing_secret": "x"}
        found = await _look(engine, slack, acme.bot_token, public_url=slack.base, **more)
        assert "404" in found["Slack requests"].found
        found = await _look(engine, slack, acme.bot_token, public_url="http://127.0.0.1:9", **more)
    assert found["Slack requests"].verdict == "warning"


async def test_missing_settings_are_listed(engine: sa.Engine) -> None:
    found = await diagnose(make_app(engine), load_settings(slack_app_token="xapp-1"))
    assert any("SLACK_BOT_TOKEN" in str(check) and check.mend for check in found)


async def test_without_slack_only_the_database_is_looked_at(engine: sa.Engine) -> None:
    assert [check.name for check in await diagnose(make_app(engine), load_settings())] == ["database", "platforms"]


async def test_a_misspelt_setting_is_told(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKN", "x")
    found = {check.name: check for check in await diagnose(make_app(engine), load_settings())}
    assert found["DISCORD_TOKN"].verdict == "warning"
    assert "DISCORD_TOKEN" in found["DISCORD_TOKN"].mend
