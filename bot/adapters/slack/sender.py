"""Slack as delivery sees it: posts carry their key as metadata, by which a doubted one is found again."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.adapters.slack.access import REASONS
from bot.adapters.slack.api import LOST, Api, Refused, Unconfirmed, asked_pause
from bot.adapters.slack.render import Json, Shown, payload, unshared
from bot.adapters.slack.tokens import ManyTokens, NotInstalled, OneToken
from bot.adapters.slack.uploads import Pictures, Uploads
from bot.language import Translator
from bot.message import Image, Message
from bot.posting import Gone, Retry, Sent, Unclear, Unknowable
from storage.outbox import DIRECT, Post

EVENT = "paperclub_post"
_MOST_PAGES = 20
_BEFORE = 30
"""Seconds that Slack's clock may be behind ours."""
_PASSING = {
    "token_expired", "ratelimited", "rate_limited", "team_added_to_org", "accesslimited", "message_limit_exceeded",
    "external_channel_migrating",
}  # fmt: skip
"""Slack did nothing, but may soon."""
_UNSURE = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}


@dataclass(frozen=True)
class Composed:
    """A message, the line that says it again, and its body without pictures."""

    message: Message
    line: str
    body: Json


class SlackSender:
    """Posts to any workspace that the app is in."""

    def __init__(self, api: Api, tokens: OneToken | ManyTokens, uploads: Uploads) -> None:
        self._api = api
        self._tokens = tokens
        self._uploads = uploads

    def compose(self, post: Post, message: Message, line: str) -> Composed:
        """The message as blocks; once its pictures are uploaded, they are put in."""
        return Composed(message, line, _body(post, message, line))

    async def warm(self, post: Post) -> None:
        """Find the workspace's token, or renew it."""
        await self._client(post.space)

    async def send(self, post: Post, composed: Composed, under: Sent | None = None) -> Sent:
        """Post a message, in the thread of `under` where there is one."""
        client = await self._client(post.space)

        async def say(body: Json) -> Json:
            call = client.chat_postMessage(
                channel=under.place if under else post.target,
                thread_ts=under.reference if under else None,
                unfurl_links=False,
                unfurl_media=False,
                metadata={"event_type": EVENT, "event_payload": {"key": post.key}},
                **body,
            )
            return await self._settled(call, post.space)

        answer = await self._illustrated(say, post, composed)
        if not answer.get("ts"):
            raise Unclear("Slack did not say where the post stands")
        sent = Sent(str(answer.get("channel") or post.target), str(answer["ts"]))
        await self._uploads.hand_over(post.space, composed.message, sent.place, sent.reference)
        return sent

    async def _illustrated(self, say: Callable[[Json], Awaitable[Json]], post: Post, composed: Composed) -> Json:
        """Say a message with its pictures, if Slack takes them."""

        def show(pictures: Pictures) -> Awaitable[Json]:
            return say(_body(post, composed.message, composed.line, pictures) if pictures else composed.body)

        def refused(error: Exception) -> bool:
            return isinstance(error, Gone) and error.reason == "content"

        pictures = await self._uploads.pictures(post.space, composed.message)
        return await self._uploads.illustrated(post.space, pictures, show, refused)

    async def find(self, post: Post) -> Sent | None:
        """Look through what was said around the lost try; without the scope for that nobody can know."""
        if post.kind in DIRECT or post.parent is not None or post.doubted_at is None:
            raise Unknowable("neither direct messages nor threads are looked through")
        client = await self._client(post.space)
        cursor: str | None = None
        for _page in range(_MOST_PAGES):
            call = client.conversations_history(
                channel=post.target,
                oldest=str(post.doubted_at.timestamp() - _BEFORE),
                include_all_metadata=True,
                limit=15,
                cursor=cursor,
            )
            answer = await self._settled(call, post.space)
            found = next((m for m in answer["messages"] if _key(m) == post.key), None)
            if found is not None:
                return Sent(post.target, str(found["ts"]))
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
        if cursor:
            raise Unknowable("too much was said since")
        return None

    async def edit(self, sent: Sent, post: Post, message: Message, line: str) -> None:
        """Show another message in its place."""
        client = await self._client(post.space)

        async def say(body: Json) -> Json:
            return await self._settled(client.chat_update(channel=sent.place, ts=sent.reference, **body), post.space)

        await self._illustrated(say, post, self.compose(post, message, line))

    async def _client(self, space: str) -> AsyncWebClient:
        """A client that repeats nothing by itself: what is repeated is decided in the outbox."""
        try:
            grant = await self._tokens.grant(space)
        except (Unconfirmed, Refused) as error:
            raise Retry(str(error)) from error
        if grant is None:
            raise Gone("token", str(NotInstalled(space)))
        return self._api.client(grant.token, patient=False)

    async def _settled(self, call: Awaitable[AsyncSlackResponse], space: str) -> Json:
        """The answer of a call, or what delivery has to know."""
        try:
            answer = await call
        except SlackApiError as error:
            raise self._understood(error, space) from error
        except aiohttp.ClientConnectorError as error:
            raise Retry("Slack can't be reached") from error
        except LOST as error:
            raise Unclear(str(error)) from error
        return answer.data if isinstance(answer.data, dict) else {}

    def _understood(self, error: SlackApiError, space: str) -> Exception:
        response = error.response
        status = getattr(response, "status_code", getattr(response, "status", 200))
        headers: Mapping[str, Any] = getattr(response, "headers", None) or {}
        if status == 429:
            return Retry("Slack asked for patience", asked_pause(headers))
        data = response.data if isinstance(response, AsyncSlackResponse) else None
        code = str(data.get("error", "")) if isinstance(data, dict) else ""  # an error page is text
        if status >= 500 or code in _UNSURE or not code:
            return Unclear(f"{status} {code}".strip())
        if code in _PASSING:
            self._tokens.forget(space)
            return Retry(code, asked_pause(headers))
        return Gone(REASONS.get(code, "content"), code)


def _body(post: Post, message: Message, line: str, pictures: tuple[tuple[Image, str], ...] = ()) -> Json:
    return payload(Shown(message, said=unshared(line), t=Translator(post.language).t, pictures=pictures))


def _key(message: Json) -> str | None:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return payload.get("key") if metadata.get("event_type") == EVENT else None
