"""The floor for Slack: Bolt with a handler that does nothing. Run as `python -m tests.bench._slack_floor WAY WHEN`."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable

import uvicorn
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def serve(way: str, before: bool) -> None:
    """Acknowledge every command until the process is ended."""
    client = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_BASE"])
    client.proxy = None
    secret = os.environ["SLACK_SIGNING_SECRET"]
    bolt = AsyncApp(client=client, signing_secret=secret, process_before_response=before)

    @bolt.command("/paper")
    async def _nothing(ack: Callable[[], Awaitable[None]]) -> None:
        await ack()

    if way == "socket":
        sockets = AsyncSocketModeHandler(bolt, os.environ["SLACK_APP_TOKEN"], web_client=client)
        await sockets.connect_async()
        await asyncio.Event().wait()
    handler = AsyncSlackRequestHandler(bolt)

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    app = Starlette(routes=[Route("/slack/events", events, methods=["POST"])])
    port = int(os.environ["PORT"])
    await uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", lifespan="off")).serve()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2] == "before"))
