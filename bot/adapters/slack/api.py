"""Calls to Slack: one HTTP session for all, patience with rate limits, and never a blind repeat of a post."""

import asyncio
import copy
import json
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import orjson
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient
from yarl import URL

from bot.adapters.slack.render import Json
from bot.posting import patience

REPEATABLE = frozenset(
    {
        "apps.connections.open",
        "auth.test",
        "users.info",
        "conversations.info",
        "chat.deleteScheduledMessage",
        "chat.update",
        "views.publish",
        "views.update",
    }
)
"""Methods that do the same however often they are called."""
LOST = (aiohttp.ClientError, SlackRequestError, TimeoutError, AttributeError)
"""What a call raises whose answer got lost; slack_sdk looks for attributes of answers that are text alone."""
_NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
LONGEST_WAIT = 90
"""Seconds of Retry-After that are waited for."""
_MOST_WAITS = 20
_MOST_TRIES = 4


class Refused(Exception):
    """Slack said no and did nothing; `code` is its word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Unconfirmed(Exception):
    """Nobody knows whether Slack did it: the answer was lost or is an error of its server."""


class _Retry(AsyncRetryHandler):
    """Rate limits are waited for; connections that never came about and repeatable calls are tried again."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is not None and response.status_code == 429:
            return _retry_after(response) <= LONGEST_WAIT
        if state.current_attempt >= _MOST_TRIES:
            return False
        if isinstance(error, _NEVER_SENT):
            return True
        repeatable = request.url.rstrip("/").rsplit("/", 1)[-1] in REPEATABLE
        if error is not None:
            return repeatable and isinstance(error, aiohttp.ClientError | TimeoutError)
        return response is not None and response.status_code >= 500 and repeatable

    async def prepare_for_next_attempt_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        limited = response is not None and response.status_code == 429
        state.next_attempt_requested = True
        if response and limited:  # those who wait for the same channel come back one after the other
            await asyncio.sleep(_retry_after(response) + state.current_attempt * random.uniform(0, 0.5))  # noqa: S311
        else:
            await asyncio.sleep(0.3 * 2**state.current_attempt)
        state.increment_current_attempt()


def _retry_after(response: HttpResponse) -> float:
    return asked_pause(response.headers, 1.0)


def asked_pause(headers: Mapping[str, Any], otherwise: float = 0.0) -> float:
    """Seconds of patience that Slack asked for, or `otherwise`; a header may come as a list of its values."""
    given = next((value for name, value in headers.items() if name.lower() == "retry-after"), None)
    return patience(given[0] if isinstance(given, list) and given else given, otherwise)


def _written(body: Any) -> str:
    """A body as JSON, faster than by the standard library, which takes what is left: texts that are no Unicode."""
    try:
        return orjson.dumps(body).decode()
    except TypeError:
        return json.dumps(body)


def _read(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


class _Answer(aiohttp.ClientResponse):
    """An answer whose JSON is read as fast as it is written."""

    async def json(
        self,
        *,
        encoding: str | None = None,
        loads: Callable[[str], Any] = _read,
        content_type: str | None = "application/json",
    ) -> Any:
        """The body as JSON."""
        return await super().json(encoding=encoding, loads=loads, content_type=content_type)


class Api:
    """Every client that the program makes comes from here. Close it at the end."""

    def __init__(self, base: str) -> None:
        self.base = base
        # slack_sdk reads the proxy variables and ignores NO_PROXY; nothing on loopback is behind a proxy.
        self.direct = URL(base).host in {"127.0.0.1", "localhost", "::1"}
        self.session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=30, sock_connect=5),
            connector=aiohttp.TCPConnector(limit=300, keepalive_timeout=10),
            json_serialize=_written,
            response_class=_Answer,
        )
        self._retry = _Retry(max_retry_count=_MOST_WAITS)
        self._clients: dict[tuple[str | None, bool], AsyncWebClient] = {}
        # With a logger of no level of its own slack_sdk puts every body into words that nobody reads.
        self._log = logging.getLogger(__name__).getChild("sdk")
        self._log.setLevel(logging.INFO)
        self._webhook = AsyncWebhookClient("", session=self.session, retry_handlers=[self._retry], logger=self._log)
        if self.direct:
            self._webhook.proxy = None

    def client(self, token: str | None = None, *, patient: bool = True) -> AsyncWebClient:
        """The client that speaks with a token. One that is not patient repeats nothing by itself."""
        key = token, patient
        if key not in self._clients:
            if len(self._clients) > 5000:
                self._clients.clear()
            self._clients[key] = self._make(token, [self._retry] if patient else [])
        return self._clients[key]

    def _make(self, token: str | None, retries: list[AsyncRetryHandler]) -> AsyncWebClient:
        client = AsyncWebClient(
            token=token, base_url=self.base, session=self.session, retry_handlers=retries, logger=self._log
        )
        if self.direct:
            client.proxy = None
        return client

    async def respond(self, url: str, body: Mapping[str, Any]) -> None:
        """Use a response_url. Raises Refused or Unconfirmed."""
        client = copy.copy(self._webhook)  # making one anew costs as much as answering
        client.url = url
        try:
            answer = await client.send_dict(dict(body))
        except _NEVER_SENT as error:
            raise Refused("unreachable") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unconfirmed(url) from error
        if answer.status_code >= 500:
            raise Unconfirmed(f"{answer.status_code} of a response_url")
        if answer.status_code != 200:
            raise Refused(_reason(answer.body))

    async def upload(self, url: str, data: bytes, proxy: str | None = None) -> None:
        """Send the bytes of a file where Slack wants them. Raises Refused or Unconfirmed."""
        try:
            async with self.session.post(url, data=data, proxy=proxy) as answer:
                if answer.status != 200:
                    raise Refused(f"upload {answer.status}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unconfirmed(str(error)) from error

    async def close(self) -> None:
        """Close every connection."""
        await self.session.close()


def _reason(body: str) -> str:
    return body.strip()[:100] or "refused"


async def settled(call: Awaitable[AsyncSlackResponse]) -> Json:
    """The answer of a call. Raises Refused or Unconfirmed."""
    try:
        answer = await call
    except SlackApiError as error:
        status = getattr(error.response, "status_code", getattr(error.response, "status", 200))
        if isinstance(status, int) and status >= 500:
            raise Unconfirmed(str(error)) from error
        code = error.response["error"] if isinstance(error.response, AsyncSlackResponse) else "unreadable"
        raise Refused(str(code)) from error
    except _NEVER_SENT as error:
        raise Refused("unreachable") from error
    except LOST as error:
        raise Unconfirmed(str(error)) from error
    return answer.data if isinstance(answer.data, dict) else {}


async def introduced(client: AsyncWebClient) -> tuple[Json, Mapping[str, str]]:
    """Whose token a client has, and the headers of that answer in lower case. Raises Refused or Unconfirmed."""
    answers: list[AsyncSlackResponse] = []

    async def ask() -> AsyncSlackResponse:
        answers.append(await client.auth_test())
        return answers[0]

    answer = await settled(ask())
    return answer, {key.lower(): value for key, value in answers[0].headers.items()}


def scopes(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The scopes of a token, as Slack tells them beside every answer."""
    return tuple(filter(None, (scope.strip() for scope in headers.get("x-oauth-scopes", "").split(","))))
