"""Socket Mode: sockets that are watched, replaced when they hang, and closed first at the end."""

import asyncio
import logging

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from bot.adapters.slack.api import Api

log = logging.getLogger(__name__)

PING = 2.0
"""Seconds between pings; a half-open socket is noticed after about twice that."""
_HUNG = 8.0
_LOOK = 0.2


class Socket:
    """One connection that is always there: the library reconnects, and where it hangs it is replaced."""

    def __init__(self, bolt: AsyncApp, api: Api, app_token: str) -> None:
        self._bolt = bolt
        self._api = api
        self._app_token = app_token
        self._handler: AsyncSocketModeHandler | None = None
        self._task = asyncio.create_task(self._keep())
        self.connected = False

    async def _keep(self) -> None:
        while True:
            self._handler = self._make()
            opening = asyncio.create_task(self._handler.client.connect())  # type: ignore[no-untyped-call]
            opening.add_done_callback(_noted)
            await self._watch(self._handler)
            opening.cancel()
            log.warning("the socket hung; opening another one")
            await _closed(self._handler)

    def _make(self) -> AsyncSocketModeHandler:
        client = self._api.client()
        handler = AsyncSocketModeHandler(self._bolt, self._app_token, web_client=client, ping_interval=PING)
        if self._api.direct:
            handler.client.proxy = None
        return handler

    async def _watch(self, handler: AsyncSocketModeHandler) -> None:
        """Return when the socket has been away for so long that the library won't bring it back."""
        away = 0.0
        while away < _HUNG:
            await asyncio.sleep(_LOOK)
            before, self.connected = self.connected, await handler.client.is_connected()
            away = 0.0 if self.connected else away + _LOOK
            if before and not self.connected:  # the library looks only at every other ping
                again = asyncio.create_task(handler.client.connect_to_new_endpoint())
                again.add_done_callback(_noted)

    async def close(self) -> None:
        """Take no more envelopes."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self.connected = False
        if self._handler is not None:
            await _closed(self._handler)


async def _closed(handler: AsyncSocketModeHandler) -> None:
    """Close a socket, dead or alive; a dead one may not answer."""
    client = handler.client
    tasks = [client.message_processor, client.current_session_monitor, client.message_receiver]
    closing = asyncio.create_task(client.close())  # type: ignore[no-untyped-call]
    await asyncio.wait({closing}, timeout=2)
    closing.cancel()
    pending = [t for t in (closing, *tasks) if t is not None]
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    if not client.aiohttp_client_session.closed:
        await client.aiohttp_client_session.close()


def _noted(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        log.warning("a socket could not be opened: %s", task.exception())
