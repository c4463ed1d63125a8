"""Slack's part of a running bot: built from the settings, served until told to stop."""

import asyncio
import copy
import logging
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings

from bot.adapters.slack.api import Api, Refused, Unconfirmed
from bot.adapters.slack.desk import Desk
from bot.adapters.slack.http import Endpoints
from bot.adapters.slack.listen import Listeners
from bot.adapters.slack.manifest import SCOPES
from bot.adapters.slack.people import People
from bot.adapters.slack.replies import Replies
from bot.adapters.slack.sender import SlackSender
from bot.adapters.slack.sockets import Socket
from bot.adapters.slack.tokens import (
    Authorize,
    InstallationStore,
    ManyTokens,
    OneToken,
    StateStore,
    Vault,
    client_for,
)
from bot.adapters.slack.uploads import Uploads
from bot.adapters.slack.work import Work
from bot.app import App
from bot.errors import SettingsError
from bot.settings import Settings
from bot.tuning import tune
from bot.web import DEFAULT_PORT, Metrics, Web, wanted
from storage import deliveries, spaces, writing

log = logging.getLogger(__name__)

GRACE = 5.0
"""Seconds in which acknowledged commands are finished at the end."""
_THREADS = 8
_SWEEP = 3600.0


def configured(settings: Settings) -> bool:
    """Whether anything says that Slack is wanted."""
    return bool(settings.slack_bot_token or settings.slack_app_token or settings.slack_client_id)


def listens(settings: Settings) -> bool:
    """Whether Slack's part brings the web server: it takes Slack's requests, or installs the app."""
    return settings.slack_mode == "http" or bool(settings.slack_client_id) or wanted(settings)


def problems(settings: Settings) -> list[str]:
    """What is missing or contradictory, each as a sentence that says what to do."""
    found = []
    if not settings.slack_bot_token and not (settings.slack_client_id and settings.slack_client_secret):
        found.append("SLACK_BOT_TOKEN: set the bot token (xoxb-…), or SLACK_CLIENT_ID and SLACK_CLIENT_SECRET.")
    if _secret(settings.slack_bot_token).startswith("xapp-"):
        found.append("SLACK_BOT_TOKEN: that is an app-level token; the bot token (xoxb-…) is on the page Install App.")
    if _secret(settings.slack_app_token).startswith("xoxb-"):
        found.append("SLACK_APP_TOKEN: that is a bot token; the app-level token (xapp-…) is under Basic Information.")
    if settings.slack_client_id and not settings.slack_client_secret:
        found.append("SLACK_CLIENT_SECRET: it belongs to SLACK_CLIENT_ID.")
    if settings.slack_mode == "socket" and not settings.slack_app_token:
        found.append("SLACK_APP_TOKEN: Socket Mode needs the app-level token (xapp-…), or set SLACK_MODE=http.")
    if settings.slack_mode == "http" and not settings.slack_signing_secret:
        found.append("SLACK_SIGNING_SECRET: requests by HTTP can't be checked without it.")
    return found


class Slack:
    """Everything that serves Slack, from `start` to `close`."""

    def __init__(self, app: App, settings: Settings) -> None:
        if found := problems(settings):
            raise SettingsError("\n".join(found))
        self._app = copy.copy(app)
        self._app.prefix = "/paper "
        self._senders = app.senders
        self._settings = settings
        self.metrics = Metrics()
        self.web = Web(app.engine, self.metrics, self._missing)
        self.port: int | None = None
        self._sockets: list[Socket] = []

    async def start(self) -> None:
        """Connect, or listen."""
        settings = self._settings
        await asyncio.to_thread(lambda: self._app.knowledge)
        self.api = Api(settings.slack_api_base)
        self.tokens = self._tokens()
        if isinstance(self.tokens, OneToken):
            await self._join(self.tokens)
        self.work = Work(_THREADS)
        people = People(lambda team: client_for(self.api, self.tokens, team), settings.language)
        self.bolt = self._bolt()
        self.uploads = Uploads(self.api, self.tokens)
        replies = Replies(self.api, self.tokens, self.uploads)
        self.desk = Desk(self._app, self.api, self.tokens, people, self.work, self.metrics, replies)
        Listeners(self.bolt, self.desk)
        self.endpoints = Endpoints(self.bolt, events=settings.slack_mode == "http")
        if listens(settings):
            port = DEFAULT_PORT if settings.port is None else settings.port
            self.port = await self.web.start(self.web.app(self.endpoints.routes()), settings.host, port)
            log.info("listening on port %s", self.port)
        if settings.slack_mode == "socket":
            token = _secret(settings.slack_app_token)
            self._sockets = [Socket(self.bolt, self.api, token) for _ in range(settings.slack_connections)]
        self._senders["slack"] = SlackSender(self.api, self.tokens, self.uploads)
        self._sweeping = asyncio.create_task(self._sweep())

    def _tokens(self) -> OneToken | ManyTokens:
        settings = self._settings
        if not (settings.slack_client_id and settings.slack_client_secret):
            return OneToken(self.api, _secret(settings.slack_bot_token))
        secret = _secret(settings.slack_client_secret)
        self._vault = Vault(_secret(settings.secret_key) or secret)
        return ManyTokens(self.api, self._app.engine, self._vault, settings.slack_client_id, secret)

    async def _join(self, tokens: OneToken) -> None:
        """Learn which workspace the token belongs to; a Slack that is down now may be up later."""
        try:
            grant = await tokens.start()
        except Unconfirmed as error:
            log.warning("Slack could not be asked about the bot's token yet: %s", error)
            return
        except Refused as error:
            if error.code == "unreachable":
                log.warning("Slack can't be reached yet")
                return
            raise SettingsError(
                f"SLACK_BOT_TOKEN: Slack says {error.code}. Install the app anew for a fresh token."
            ) from error

        def join() -> None:
            with writing(self._app.engine) as db:
                spaces.join(db, "slack", grant.space, tokens.name, datetime.now(UTC))

        await asyncio.to_thread(join)

    def _bolt(self) -> AsyncApp:
        settings, tokens = self._settings, self.tokens
        os.environ.pop("SLACK_BOT_TOKEN", None)  # Bolt would warn that it does not use it
        for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"):
            if not settings.slack_client_id or os.environ.get(name) == "":
                os.environ.pop(name, None)  # Bolt would make an OAuth app of them, even of empty ones
        oauth = store = None
        if isinstance(tokens, ManyTokens):
            store = InstallationStore(self._app.engine, self._vault, tokens)
            oauth = AsyncOAuthSettings(
                client_id=settings.slack_client_id,
                client_secret=_secret(settings.slack_client_secret),
                scopes=list(SCOPES),
                authorization_url=settings.slack_authorize_url,
                redirect_uri=settings.slack_redirect_uri,
                installation_store=store,
                state_store=StateStore(self._app.engine),
            )
        return AsyncApp(
            name="paperclub",
            client=self.api.client(),
            signing_secret=_secret(settings.slack_signing_secret),
            authorize=Authorize(tokens),  # type: ignore[arg-type] # Bolt takes an AsyncAuthorize as it is
            oauth_settings=oauth,
            installation_store=store,
            process_before_response=True,
        )

    def _missing(self) -> str:
        connected = all(socket.connected for socket in self._sockets)
        self.metrics.connected.labels("slack").set(int(connected))
        return "" if connected else "no connection to Slack"

    async def _sweep(self) -> None:
        """Forget old deliveries now and then."""

        def expire() -> None:
            with writing(self._app.engine) as db:
                deliveries.expire(db, datetime.now(UTC))

        while True:
            await asyncio.sleep(_SWEEP)
            try:
                await asyncio.to_thread(expire)
            except Exception:
                log.exception("old deliveries could not be forgotten; it is tried again")

    async def close(self) -> None:
        """Take no more work, finish what was acknowledged, close every connection."""
        self.endpoints.closing = True
        self._senders.pop("slack", None)
        self._sweeping.cancel()
        await asyncio.gather(self._sweeping, *(s.close() for s in self._sockets), return_exceptions=True)
        await asyncio.gather(self.work.close(GRACE), self._app.underway.arrived("slack", GRACE))
        await self.web.stop()
        if isinstance(self.tokens, ManyTokens):
            await self.tokens.close()
        await self.api.close()


@asynccontextmanager
async def running(app: App, settings: Settings) -> AsyncIterator[Slack]:
    """Slack, served while the block runs."""
    served = Slack(app, settings)
    async with AsyncExitStack() as stack:
        try:
            await served.start()
        except SettingsError:
            await served.api.close()
            raise
        stack.push_async_callback(served.close)
        yield served


async def serve(app: App, settings: Settings, stop: asyncio.Event) -> None:
    """Serve Slack until `stop` is set; then finish acknowledged work within five seconds and close.

    Raises SettingsError when a setting is missing or Slack does not know the token.
    """
    async with running(app, settings):
        tune()
        await stop.wait()


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
