"""Slack's part of `paperclub doctor`: tokens, scopes, manifest, reachability, clock, channels."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.access import lacking
from bot.adapters.slack.api import Api, Refused, Unconfirmed, introduced, scopes, settled
from bot.adapters.slack.manifest import OPTIONAL_SCOPES, SCOPES, manifest_json
from bot.adapters.slack.run import configured, problems
from bot.adapters.slack.tokens import Vault
from bot.app import App
from bot.check import Check, failed, ok, warning
from bot.settings import Settings
from storage import reading, schedules, slack
from storage.outbox import DIRECT

MANIFEST = Path("deploy/slack-manifest.json")
_DRIFT = 120.0
_MOST_CHANNELS = 50
_PATIENCE = aiohttp.ClientTimeout(total=5)
_NETWORK = "Look at the network and at SLACK_API_BASE."
_REINSTALL = "Install the app again (Install App, in the settings of the app on api.slack.com) and set the new token."


async def diagnose(app: App, settings: Settings, now: datetime) -> Sequence[Check]:
    """Every check of Slack; none where Slack is not configured."""
    if not configured(settings):
        return []
    missing = problems(settings)
    if missing:
        return [failed("Slack settings", text, "Set it in the environment or in .env.") for text in missing]
    api = Api(settings.slack_api_base)
    checks = [ok("Slack settings", f"complete for {settings.slack_mode}"), _manifest(app)]
    scheduled = await asyncio.to_thread(_scheduled, app)
    for name, token in await asyncio.to_thread(_tokens, app, settings):
        checks += await _workspace(api, name, token, scheduled, now)
    if settings.slack_mode == "http" and settings.public_url:
        checks.append(await _reachable(api, settings.public_url))
    if settings.slack_mode == "socket" and settings.slack_app_token:
        checks.append(await _socket(api, settings.slack_app_token.get_secret_value()))
    await api.close()
    return checks


def _tokens(app: App, settings: Settings) -> list[tuple[str, str | None]]:
    """The bot's tokens, each with the workspace it is for; None for one that can't be opened."""
    if not (settings.slack_client_id and settings.slack_client_secret):
        return [("bot token", settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else None)]
    key = settings.secret_key or settings.slack_client_secret
    vault = Vault(key.get_secret_value())
    with reading(app.engine) as db:
        found = [slack.find(db, space) for space in slack.installed(db)]
    return [(f"token of {x.name or x.space}", vault.open(x.token)) for x in found if x]


def _scheduled(app: App) -> dict[str, set[str]]:
    """The channels of every workspace in which something is posted by the clock."""
    with reading(app.engine) as db:
        found = [x for x in schedules.active(db) if x.platform == "slack" and x.kind not in DIRECT]
    return {x.space: {y.target for y in found if y.space == x.space} for x in found}


def _manifest(app: App) -> Check:
    if not MANIFEST.is_file():
        return ok("Slack manifest", "no file of it here to compare")
    if MANIFEST.read_text(encoding="utf-8") != manifest_json(app.commands):
        mend = "Run “paperclub docs”, then paste the file into the app's manifest on api.slack.com."
        return warning("Slack manifest", f"{MANIFEST} differs from the commands", mend)
    return ok("Slack manifest", "fits the commands")


async def _workspace(
    api: Api, name: str, token: str | None, scheduled: Mapping[str, set[str]], now: datetime
) -> list[Check]:
    if token is None:
        return [failed(f"Slack {name}", "was encrypted with another key", "Set the former PAPERCLUB_SECRET_KEY too.")]
    client = AsyncWebClient(token=token, base_url=api.base, session=api.session)
    if api.direct:
        client.proxy = None
    try:
        answer, headers = await introduced(client)
    except Refused as error:
        mend = _NETWORK if error.code == "unreachable" else _REINSTALL
        return [failed(f"Slack {name}", f"Slack says {error.code}", mend)]
    except Unconfirmed as error:
        return [failed(f"Slack {name}", f"no answer: {error}", "Look at the network and at status.slack.com.")]
    found = ok(f"Slack {name}", f"speaks for {answer.get('user')} in {answer.get('team')}")
    channels = sorted(scheduled.get(str(answer.get("team_id")), ()))
    in_them = [await _channel(client, channel) for channel in channels[:_MOST_CHANNELS]]
    return [found, _scopes(set(scopes(headers))), _clock(headers.get("date"), now), *in_them]


async def _channel(client: AsyncWebClient, channel: str) -> Check:
    """Whether what is scheduled for a channel can be posted there."""
    lacks = await lacking(client, channel)
    if lacks:
        mend = "Say “/invite @Paperclub” there, or switch its schedules off (“daily off”, “digest weekly off”)."
        return failed(f"Slack channel {channel}", f"what is scheduled there can't be posted: {lacks[0]}", mend)
    return ok(f"Slack channel {channel}", "what is scheduled there can be posted")


async def _reachable(api: Api, public_url: str) -> Check:
    """Whether the address that Slack is to call leads here."""
    url = f"{public_url.rstrip('/')}/healthz"
    try:
        async with api.session.get(url, timeout=_PATIENCE) as answer:
            found = f"{url} answers {answer.status}"
            right = answer.status == 200
    except (aiohttp.ClientError, TimeoutError) as error:
        found, right = f"{url} can't be reached: {error or type(error).__name__}", False
    mend = "Start the bot, and let your proxy hand PAPERCLUB_PUBLIC_URL on to its port."
    return ok("Slack requests", found) if right else warning("Slack requests", found, mend)


def _scopes(granted: set[str]) -> Check:
    if not granted:
        return ok("Slack scopes", "Slack does not tell them")
    missing = sorted(set(SCOPES) - granted)
    if missing:
        why = "; ".join(f"{scope}: {SCOPES[scope]}" for scope in missing)
        mend = f"Add them by the manifest and install the app again ({why})."
        return failed("Slack scopes", f"missing: {', '.join(missing)}", mend)
    extra = sorted(granted - set(SCOPES) - set(OPTIONAL_SCOPES))
    if extra:
        return warning("Slack scopes", f"not needed: {', '.join(extra)}", "Remove them from the app.")
    return ok("Slack scopes", "all that are needed, none besides")


def _clock(date: str | None, now: datetime) -> Check:
    if not date:
        return ok("clock", "Slack does not tell the time")
    off = abs((parsedate_to_datetime(date).astimezone(UTC) - now).total_seconds())
    if off > _DRIFT:
        mend = "Set the clock (NTP): signed requests older than five minutes are refused."
        return failed("clock", f"{off:.0f} s away from Slack's", mend)
    return ok("clock", f"{off:.0f} s away from Slack's")


async def _socket(api: Api, app_token: str) -> Check:
    try:
        await settled(api.client().apps_connections_open(app_token=app_token))
    except Refused as error:
        new_one = "Make an app-level token with the scope connections:write, and turn Socket Mode on."
        mend = _NETWORK if error.code == "unreachable" else new_one
        return failed("Slack Socket Mode", f"Slack says {error.code}", mend)
    except Unconfirmed as error:
        return failed("Slack Socket Mode", f"no answer: {error}", "Look at the network and at status.slack.com.")
    return ok("Slack Socket Mode", "a socket would be opened")
