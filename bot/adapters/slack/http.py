"""Signed HTTP: Slack's requests, and the pages of an installation by OAuth."""

import time
from collections import OrderedDict

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Message

LARGEST = 2 * 2**20
"""Bytes of a request that are read."""
_FRESH = 300.0


class Replays:
    """Signatures of the last five minutes: Slack signs every attempt anew, only somebody else repeats one."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, float] = OrderedDict()

    def is_new(self, signature: str, now: float) -> bool:
        """Whether a signature was not seen within the time in which Slack's own check would take it."""
        while self._seen and next(iter(self._seen.values())) < now - _FRESH:
            self._seen.popitem(last=False)
        if signature in self._seen:
            return False
        self._seen[signature] = now
        return True


class Endpoints:
    """The routes that Slack and installing admins use."""

    def __init__(self, bolt: AsyncApp, *, events: bool) -> None:
        self._handler = AsyncSlackRequestHandler(bolt)
        self._bolt = bolt
        self._events = events
        self._replays = Replays()
        self.closing = False

    def routes(self) -> list[BaseRoute]:
        """What the web server is to offer."""
        routes: list[BaseRoute] = []
        if self._events:
            routes.append(Route("/slack/events", self._event, methods=["POST"]))
        if self._bolt.oauth_flow is not None:
            routes.append(Route("/slack/install", self._handler.handle, methods=["GET"]))
            routes.append(Route("/slack/oauth_redirect", self._handler.handle, methods=["GET"]))
        return routes

    async def _event(self, request: Request) -> Response:
        if self.closing:  # Slack sends events again, to whoever is there then
            return PlainTextResponse("closing", status_code=503)
        response = await self._handler.handle(_bounded(request)) if self._fresh(request) else None
        return response or PlainTextResponse("seen before", status_code=401)

    def _fresh(self, request: Request) -> bool:
        signature = request.headers.get("x-slack-signature", "")
        again = "x-slack-retry-num" in request.headers
        return not signature or again or self._replays.is_new(signature, time.monotonic())


def _bounded(request: Request) -> Request:
    """A request of which no more is read than the most, whether or not it says how long it is."""
    left = LARGEST

    async def receive() -> Message:
        nonlocal left
        part = await request.receive()
        left -= len(part.get("body", b""))
        if left < 0:
            raise HTTPException(413)
        return part

    return Request(request.scope, receive)
