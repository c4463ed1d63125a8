"""Pictures and files, uploaded where the scope for it was granted."""

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.api import Api, Refused, Unconfirmed, settled
from bot.adapters.slack.text import escape, shorten
from bot.adapters.slack.tokens import ManyTokens, NotInstalled, OneToken, client_for
from bot.message import File, Image, Message

log = logging.getLogger(__name__)

T = TypeVar("T")
Pictures = tuple[tuple[Image, str], ...]
"""Pictures with the ids of their files."""

SCOPE = "files:write"
PAUSES = (1.0, 3.0)
"""Seconds to wait where Slack refuses a picture: it may not be done with it yet."""
_LONGEST_ALT = 1000
_KEPT = 500


class Uploads:
    """Uploads what messages carry besides words; a picture that is shown again is not uploaded again."""

    def __init__(self, api: Api, tokens: OneToken | ManyTokens) -> None:
        self._api = api
        self._tokens = tokens
        self._kept: OrderedDict[tuple[str, str], str] = OrderedDict()

    async def allowed(self, team: str) -> bool:
        """Whether the workspace lets us upload."""
        grant = await self._tokens.grant(team)
        return grant is not None and SCOPE in grant.scopes

    async def illustrated(
        self,
        team: str,
        pictures: Pictures,
        show: Callable[[Pictures], Awaitable[T]],
        refused: Callable[[Exception], bool],
    ) -> T:
        """Show something with its pictures as soon as Slack is done with them; without where it never will be.

        `refused` tells whether an error means that Slack does not take the pictures yet.
        """
        for pause in (0.0, *PAUSES) if pictures else ():
            await asyncio.sleep(pause)
            try:
                return await show(pictures)
            except Exception as error:
                if not refused(error):
                    raise
        if pictures:
            self.forget(team)
        return await show(())

    async def pictures(self, team: str, message: Message) -> Pictures:
        """The pictures of a message with the ids of their files, as far as they can be uploaded."""
        images = [part for part in message.parts if isinstance(part, Image)]
        found = []
        try:
            for image in images if images and await self.allowed(team) else []:
                found.append((image, await self._picture(team, image)))
        except (Refused, Unconfirmed, NotInstalled) as error:
            log.info("a picture is described in words, as it could not be uploaded: %s", error)
        return tuple(found)

    async def _picture(self, team: str, image: Image) -> str:
        key = (team, hashlib.sha256(image.data).hexdigest())
        if key not in self._kept:
            client = await client_for(self._api, self._tokens, team)
            self._kept[key] = await self._upload(client, image.name, image.data, image.alt)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]

    def forget(self, team: str) -> None:
        """Upload anew next time: what was uploaded is no longer taken, or the workspace left."""
        for key in [key for key in self._kept if key[0] == team]:
            del self._kept[key]

    async def _upload(self, client: AsyncWebClient, name: str, data: bytes, alt: str = "", **place: Any) -> str:
        described = {"alt_txt": shorten(alt, _LONGEST_ALT)} if alt else {}
        ticket = await settled(client.files_getUploadURLExternal(filename=name, length=len(data), **described))
        await self._api.upload(str(ticket["upload_url"]), data, client.proxy)
        file = str(ticket["file_id"])
        await settled(client.files_completeUploadExternal(files=[{"id": file, "title": name}], **place))
        return file

    async def hand_over(self, team: str, message: Message, channel: str, thread: str | None = None) -> None:
        """Put the files of a message into a channel, or into somebody's direct messages, by the person's id."""
        files = [part for part in message.parts if isinstance(part, File)]
        try:
            if files and await self.allowed(team):
                client = await client_for(self._api, self._tokens, team)
                for file in files:
                    await self._file(client, file, channel, thread)
        except (Refused, Unconfirmed, NotInstalled) as error:
            log.info("a file could not be handed over: %s", error)

    async def _file(self, client: AsyncWebClient, file: File, channel: str, thread: str | None) -> None:
        label = escape(shorten(file.label, 300))
        if channel[0] in "UW":  # only a message tells the id of somebody's direct messages
            said = await settled(client.chat_postMessage(channel=channel, text=label, unfurl_links=False))
            channel, thread = str(said["channel"]), str(said["ts"])
        await self._upload(client, file.name, file.data, channel_id=channel, thread_ts=thread, initial_comment=label)
