"""Installing the app into workspaces of the double: the authorize page, codes, tokens and their rotation."""

import html
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aiohttp import web
from doubles.slack_methods import Call, SlackError
from doubles.slack_world import Json, Token, User, Workspace

if TYPE_CHECKING:
    from doubles.slack_server import Server

CODE_SECONDS = 600


@dataclass(eq=False)
class _Code:
    workspace: Workspace
    installer: User
    scopes: tuple[str, ...]
    redirect_uri: str
    expires_at: float
    used: bool = False


class OAuth:
    """Slack's side of OAuth v2; `rotating` makes tokens that expire after `lifetime` seconds."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._codes: dict[str, _Code] = {}
        self._refresh: dict[str, Token] = {}
        self.redirect_uris: list[str] = []
        self.rotating = False
        self.lifetime = 43_200

    async def authorize(self, request: web.Request) -> web.Response:
        """The page where an admin allows the app: `team` chooses, `deny=1` refuses, otherwise links."""
        query = request.query
        if query.get("client_id") != self._server.client_id:
            return web.Response(status=400, text="invalid_client_id")
        redirect = query.get("redirect_uri") or next(iter(self.redirect_uris), "")
        if not redirect or (self.redirect_uris and not redirect.startswith(tuple(self.redirect_uris))):
            return web.Response(status=400, text="bad_redirect_uri")
        scopes = tuple(one for one in query.get("scope", "").replace(" ", ",").split(",") if one)
        if not scopes:
            return web.Response(status=400, text="invalid_scope")
        if not query.get("state"):
            self._server.violation("oauth", "an install link without a state")
        if query.get("deny"):
            return self._redirect(redirect, {"error": "access_denied", "state": query.get("state", "")})
        workspace = self._server.workspaces.get(query.get("team", ""))
        if workspace is None:
            return self._page(request)
        code = self._issue(workspace, query.get("user", ""), scopes, query.get("redirect_uri", ""))
        return self._redirect(redirect, {"code": code, "state": query.get("state", "")})

    def _issue(self, workspace: Workspace, user_id: str, scopes: tuple[str, ...], redirect_uri: str) -> str:
        people = [user for user in workspace.users.values() if not user.is_bot]
        installer = workspace.users.get(user_id) or (
            people[0] if people else workspace.add_user("admin", is_admin=True)
        )
        code = uuid.uuid4().hex
        expires_at = self._server.clock.now() + CODE_SECONDS
        self._codes[code] = _Code(workspace, installer, scopes, redirect_uri, expires_at)
        return code

    @staticmethod
    def _redirect(url: str, query: dict[str, str]) -> web.Response:
        joint = "&" if "?" in url else "?"
        return web.Response(status=302, headers={"Location": f"{url}{joint}{urlencode(query)}"})

    def _page(self, request: web.Request) -> web.Response:
        links = [
            f'<a href="{html.escape(str(request.rel_url.update_query(team=one.id)))}">{html.escape(one.name)}</a>'
            for one in self._server.workspaces.values()
        ]
        return web.Response(text=f"<html><body>{''.join(links)}</body></html>", content_type="text/html")

    def access(self, call: Call) -> Json:
        """Exchange a code, or a refresh token, for an access token."""
        if call.text("client_id") != self._server.client_id:
            raise SlackError("invalid_client_id")
        if call.text("client_secret") != self._server.client_secret:
            raise SlackError("bad_client_secret")
        if call.text("grant_type") == "refresh_token":
            return self._rotated(call.text("refresh_token"))
        code = self._codes.get(call.text("code"))
        if code is None:
            raise SlackError("invalid_code")
        if code.used:
            raise SlackError("code_already_used")
        code.used = True
        if self._server.clock.now() > code.expires_at:
            raise SlackError("invalid_code")
        if call.text("redirect_uri") != code.redirect_uri:
            raise SlackError("bad_redirect_uri")
        answer = self.grant(code.workspace, code.scopes)
        return answer | {"authed_user": {"id": code.installer.id}}

    def _rotated(self, refresh_token: str) -> Json:
        token = self._refresh.pop(refresh_token, None)
        if token is None or token.workspace is None or token.revoked:
            raise SlackError("invalid_refresh_token")
        return self.grant(token.workspace, token.scopes)

    def grant(self, workspace: Workspace, scopes: tuple[str, ...]) -> Json:
        """Make the bot's token of a workspace; the answer of oauth.v2.access without the installer."""
        granted = tuple(dict.fromkeys((*self.scopes_of(workspace), *scopes)))
        value = f"{'xoxe.xoxb-1' if self.rotating else 'xoxb'}-{uuid.uuid4().hex}"
        expires_at = self._server.clock.now() + self.lifetime if self.rotating else None
        token = self._server.tokens[value] = Token(value, "bot", workspace, granted, expires_at)
        workspace.bot_token = value
        answer: Json = {
            "access_token": value, "token_type": "bot", "scope": ",".join(granted), "bot_user_id": workspace.bot.id,
            "app_id": workspace.app_id, "team": {"id": workspace.id, "name": workspace.name}, "enterprise": None,
            "is_enterprise_install": False,
        }  # fmt: skip
        if self.rotating:
            workspace.refresh_token = f"xoxe-1-{uuid.uuid4().hex}"
            self._refresh[workspace.refresh_token] = token
            answer |= {"refresh_token": workspace.refresh_token, "expires_in": self.lifetime}
        return answer

    def scopes_of(self, workspace: Workspace) -> tuple[str, ...]:
        """What the app may do in a workspace now; nothing where it is not installed."""
        token = self._server.tokens.get(workspace.bot_token)
        return token.scopes if token and not token.revoked else ()
