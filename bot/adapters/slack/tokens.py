"""The bot's tokens: one for the only workspace, or one each for many, encrypted at rest and renewed in time."""

import asyncio
import base64
import hashlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.api import Api, Refused, Unconfirmed, introduced, scopes, settled
from bot.batching import Batch
from storage import Engine, reading, slack, spaces, writing

log = logging.getLogger(__name__)

RENEW_BEFORE = timedelta(hours=2)
"""A token that ends sooner than this is renewed."""
_KEPT = 30.0
_STATE_SECONDS = 600


class Vault:
    """Seals tokens and opens them again. Keys are any texts, newest first; older ones still open."""

    def __init__(self, keys: str) -> None:
        texts = [key.strip() for key in keys.split(",") if key.strip()]
        self._fernet = MultiFernet([Fernet(_derived(text)) for text in texts])

    def seal(self, token: str) -> str:
        """The token as it may lie in a database."""
        return self._fernet.encrypt(token.encode()).decode()

    def open(self, sealed: str) -> str | None:
        """The token, or None when it was sealed with a key that is gone."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None


def _derived(text: str) -> bytes:
    digest = hashlib.scrypt(text.encode(), salt=b"paperclub tokens", n=2**14, r=8, p=1, dklen=32)
    return base64.urlsafe_b64encode(digest)


@dataclass(frozen=True)
class Grant:
    """The right to act in one workspace."""

    space: str
    token: str
    bot_id: str | None
    bot_user: str | None
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None


class NotInstalled(Exception):
    """The app is not, or no longer, in that workspace."""


class OneToken:
    """The token of the only workspace, asked about once."""

    def __init__(self, api: Api, token: str) -> None:
        self._api = api
        self._token = token
        self._grant: Grant | None = None
        self.name: str | None = None
        self.aliases: dict[str, str] = {}

    async def start(self) -> Grant:
        """Ask Slack whose token it is. Raises Refused or Unconfirmed."""
        client = self._api.client(self._token)
        answer, headers = await introduced(client)
        self.name = answer.get("team")
        space = str(answer.get("team_id") or answer.get("enterprise_id") or "")
        self._grant = Grant(space, self._token, answer.get("bot_id"), answer.get("user_id"), scopes(headers))
        return self._grant

    async def grant(self, space: str) -> Grant | None:
        """The grant, for the workspace that the token belongs to and no other."""
        grant = self._grant or await self.start()
        return grant if grant.space in {space, self.aliases.get(space)} else None

    def forget(self, space: str) -> None:
        """Nothing is kept that could change."""


class ManyTokens:
    """The tokens of all workspaces, from the database, renewed by one process at a time."""

    def __init__(self, api: Api, engine: Engine, vault: Vault, client_id: str, client_secret: str) -> None:
        self._api = api
        self._engine = engine
        self._vault = vault
        self._client_id = client_id
        self._client_secret = client_secret
        self._kept: dict[str, tuple[float, Grant | None]] = {}
        self._reads = Batch(self._read, asyncio.Lock())
        self._renewing: dict[str, asyncio.Task[None]] = {}
        self.aliases: dict[str, str] = {}

    async def grant(self, space: str) -> Grant | None:
        """The grant for a workspace; an expired token is renewed first, one that soon expires beside."""
        now = datetime.now(UTC)
        space = self.aliases.get(space, space)
        grant = await self._find(space)
        if grant is None or grant.expires_at is None or grant.expires_at > now + RENEW_BEFORE:
            return grant
        task = self._renewing.get(space)
        if task is None:
            task = self._renewing[space] = asyncio.create_task(self._renew(space, grant))
            task.add_done_callback(lambda _task: self._renewing.pop(space, None))
        if grant.expires_at > now + timedelta(minutes=1):
            return grant
        await asyncio.wait({task})
        return await self._find(space)

    async def known(self, space: str) -> Grant | None:
        """The grant as it is, perhaps expired; quick enough to be asked before an acknowledgement."""
        return await self._find(self.aliases.get(space, space))

    async def _find(self, space: str) -> Grant | None:
        kept = self._kept.get(space)
        if kept and time.monotonic() - kept[0] < _KEPT:
            return kept[1]
        grant = await self._reads.add(space)
        if grant is not None:  # an installation that is about to be stored must be found at once
            self._kept[space] = (time.monotonic(), grant)
        return grant

    def _read(self, spaces: Sequence[str]) -> list[Grant | None]:
        with reading(self._engine) as db:
            found = slack.find_many(db, spaces)
        return [self._opened(found[space]) if space in found else None for space in spaces]

    def _opened(self, found: slack.Installation) -> Grant | None:
        token = self._vault.open(found.token)
        if token is None:
            log.error("the token of workspace %s was sealed with another key; install the app there again", found.space)
            return None
        scopes = tuple(filter(None, found.scopes.split(",")))
        return Grant(found.space, token, found.bot_id, found.bot_user, scopes, found.expires_at)

    async def _renew(self, space: str, grant: Grant) -> None:
        """Renew a token, or wait until the process that holds the lease has done so."""
        sealed = await asyncio.to_thread(self._lease, space, grant)
        if sealed is None:
            await asyncio.sleep(0.5)
        else:
            await self._exchange(space, sealed)
        self.forget(space)

    def _lease(self, space: str, grant: Grant) -> slack.Installation | None:
        with writing(self._engine) as db:
            found = slack.find(db, space)
            if found is None or self._vault.open(found.token) != grant.token or not found.refresh_token:
                return None
            return found if slack.lease(db, space, found.token, datetime.now(UTC)) else None

    async def _exchange(self, space: str, found: slack.Installation) -> None:
        client = self._api.client()
        refresh = self._vault.open(found.refresh_token or "")
        try:
            answer = await settled(
                client.oauth_v2_access(
                    client_id=self._client_id,
                    client_secret=self._client_secret,
                    grant_type="refresh_token",
                    refresh_token=refresh,
                )
            )
        except (Refused, Unconfirmed) as error:
            log.error("the token of workspace %s could not be renewed: %s", space, error)
            await asyncio.to_thread(self._write, lambda db: slack.give_up(db, space))
            return
        sealed = self._vault.seal(str(answer["access_token"]))
        renewed = self._vault.seal(str(answer["refresh_token"])) if answer.get("refresh_token") else None
        lasts = answer.get("expires_in")
        expires = datetime.now(UTC) + timedelta(seconds=int(lasts)) if lasts else None
        await asyncio.to_thread(self._write, lambda db: slack.renew(db, space, found.token, sealed, renewed, expires))

    def _write(self, act: Callable[[Any], object]) -> None:
        with writing(self._engine) as db:
            act(db)

    def forget(self, space: str) -> None:
        """Read the database again next time."""
        self._kept.pop(space, None)

    async def close(self) -> None:
        """Let renewals end: a refresh token that was used up must not get lost."""
        if self._renewing:
            await asyncio.wait(set(self._renewing.values()), timeout=5)


class Authorize(AsyncAuthorize):
    """Tells Bolt whether the app is installed where a request comes from; nothing but memory when it is known."""

    def __init__(self, tokens: OneToken | ManyTokens) -> None:
        self._tokens = tokens

    async def __call__(
        self, *, context: Any, enterprise_id: str | None, team_id: str | None, user_id: str | None, **_actor: Any
    ) -> AuthorizeResult | None:
        """The bot's identity in that workspace, or None."""
        tokens = self._tokens
        look: Callable[[str], Awaitable[Grant | None]] = (
            tokens.known if isinstance(tokens, ManyTokens) else tokens.grant
        )
        grant = await look(team_id) if team_id else None
        if grant is None and enterprise_id:  # installed for a whole organisation
            grant = await look(enterprise_id)
            if grant and team_id:
                tokens.aliases[team_id] = enterprise_id
        if grant is None:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            user_id=user_id,
            bot_id=grant.bot_id,
            bot_user_id=grant.bot_user,
            bot_token=grant.token,
            bot_scopes=list(grant.scopes),
        )


class InstallationStore(AsyncInstallationStore):
    """What Bolt's OAuth flow writes; reading goes by Authorize."""

    def __init__(self, engine: Engine, vault: Vault, tokens: ManyTokens) -> None:
        self._engine = engine
        self._vault = vault
        self._tokens = tokens

    @property
    def logger(self) -> logging.Logger:
        """Ours."""
        return log

    async def async_save(self, installation: Installation) -> None:
        """Keep what the OAuth flow brought back."""
        await asyncio.to_thread(self._save, installation)
        self._tokens.forget(
            _space(installation.team_id, installation.enterprise_id, installation.is_enterprise_install)
        )

    def _save(self, found: Installation) -> None:
        now = datetime.now(UTC)
        space = _space(found.team_id, found.enterprise_id, found.is_enterprise_install)
        expires = found.bot_token_expires_at
        kept = slack.Installation(
            space=space,
            name=found.team_name or found.enterprise_name,
            bot_id=found.bot_id,
            bot_user=found.bot_user_id,
            installer=found.user_id,
            scopes=",".join(found.bot_scopes or ()),
            token=self._vault.seal(found.bot_token or ""),
            refresh_token=self._vault.seal(found.bot_refresh_token) if found.bot_refresh_token else None,
            expires_at=datetime.fromtimestamp(expires, UTC) if expires else None,
            installed_at=now,
        )
        with writing(self._engine) as db:
            slack.install(db, kept)
            spaces.join(db, "slack", space, kept.name, now)

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """Bolt asks Authorize instead."""
        raise NotImplementedError

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """Bolt asks Authorize instead."""
        raise NotImplementedError


def _space(team: str | None, enterprise: str | None, whole: bool | None) -> str:
    return str((enterprise if whole else None) or team or enterprise or "")


class StateStore(AsyncOAuthStateStore):
    """The states of installations under way: one use each, for ten minutes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def logger(self) -> logging.Logger:
        """Ours."""
        return log

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        """A new state."""
        state = secrets.token_urlsafe(32)
        await asyncio.to_thread(self._issue, state)
        return state

    def _issue(self, state: str) -> None:
        with writing(self._engine) as db:
            slack.issue_state(db, state, datetime.now(UTC) + timedelta(seconds=_STATE_SECONDS))

    async def async_consume(self, state: str) -> bool:
        """Whether a state is ours and unused."""
        return await asyncio.to_thread(self._consume, state)

    def _consume(self, state: str) -> bool:
        with writing(self._engine) as db:
            return slack.consume_state(db, state, datetime.now(UTC))


async def client_for(api: Api, tokens: OneToken | ManyTokens, space: str) -> AsyncWebClient:
    """The client that may act in a workspace. Raises NotInstalled."""
    grant = await tokens.grant(space)
    if grant is None:
        raise NotInstalled(space)
    return api.client(grant.token)
