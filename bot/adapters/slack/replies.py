"""Answers on their way: where they go, what happens when Slack refuses them or leaves us without an answer."""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import replace

from bot.adapters.slack.api import Api, Refused, Unconfirmed, settled
from bot.adapters.slack.render import Json, Shown, payload, section
from bot.adapters.slack.text import escape, shorten
from bot.adapters.slack.tokens import ManyTokens, NotInstalled, OneToken, client_for
from bot.adapters.slack.uploads import Pictures, Uploads
from bot.adapters.slack.views import Origin, answer_view
from bot.language import Translator
from bot.message import Button, File, Message, Text, line
from bot.posting import Sent

log = logging.getLogger(__name__)

_UNREACHABLE = {
    "not_in_channel",
    "channel_not_found",
    "user_not_in_channel",
    "is_archived",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "restricted_action_non_threadable_channel",
    "ekm_access_denied",
    "messages_tab_disabled",
}
_GONE = {
    "account_inactive",
    "token_revoked",
    "invalid_auth",
    "not_authed",
    "org_login_required",
    "team_access_not_granted",
}
_PAUSES = (0.5, 1.5, 4.0)


class Replies:
    """Delivers answers."""

    def __init__(self, api: Api, tokens: OneToken | ManyTokens, uploads: Uploads) -> None:
        self._api = api
        self._tokens = tokens
        self._uploads = uploads

    async def send(self, origin: Origin, shown: Shown, language: str, *, public: bool = False) -> Sent | None:
        """Show a message where its origin is; returns where it stands, as far as that is known.

        Raises Refused when Slack finds fault with the message itself.
        """
        translator = Translator(language)
        carried = shown.message
        if any(isinstance(part, File) for part in carried.parts) and not await self._may_upload(origin):
            why = line(translator.t("An admin can let me hand over files: grant me the scope “files:write”."))
            shown = replace(shown, message=replace(carried, parts=(*carried.parts, Text((why,)))))
        shown = replace(shown, pictures=await self._uploads.pictures(origin.team, carried))
        sent = await self._send(origin, shown, translator, public)
        if sent and public and not origin.direct:
            await self._uploads.hand_over(origin.team, carried, sent.place, sent.reference)
        else:
            direct = origin.channel if origin.direct else ""
            await self._uploads.hand_over(origin.team, carried, direct or origin.user)
        return sent

    async def _may_upload(self, origin: Origin) -> bool:
        try:
            return await self._uploads.allowed(origin.team)
        except (Refused, Unconfirmed):
            return False

    async def _send(self, origin: Origin, shown: Shown, translator: Translator, public: bool) -> Sent | None:
        try:
            return await self._illustrated(origin, shown, public)
        except NotInstalled:
            log.warning("the app left workspace %s before it could answer", origin.team)
        except Unconfirmed as error:
            log.warning("Slack did not confirm an answer: %s", error)
            await self._ask(origin, shown, translator)
        except Refused as error:
            return await self._elsewhere(origin, shown, translator, error, public)
        return None

    async def _illustrated(self, origin: Origin, shown: Shown, public: bool) -> Sent | None:
        """Show a message with its pictures, if Slack takes them."""

        def show(pictures: Pictures) -> Awaitable[Sent | None]:
            return self._place(origin, replace(shown, pictures=pictures), public)

        def refused(error: Exception) -> bool:
            return isinstance(error, Refused) and "invalid" in error.code

        return await self._uploads.illustrated(origin.team, shown.pictures, show, refused)

    async def _place(self, origin: Origin, shown: Shown, public: bool) -> Sent | None:
        if origin.view:
            await self._update_view(origin, shown)
            return None
        findable = shown.numbered or any(isinstance(part, File) for part in shown.message.parts)
        if public and not origin.replace and origin.response_url and findable:
            return await self._post_findably(origin, payload(shown))
        return await self._post(origin, payload(shown), public)

    async def tell(self, origin: Origin, text: str, language: str) -> None:
        """Say one sentence privately, in addition to whatever is there."""
        message = Message((Text((line(text),)),), error=True)
        plain_origin = replace(origin, replace=False)
        await self.send(plain_origin, Shown(message, None, Translator(language).t), language)

    async def _update_view(self, origin: Origin, shown: Shown) -> None:
        client = await client_for(self._api, self._tokens, origin.team)
        try:
            await settled(client.views_update(view_id=origin.view, view=answer_view(shown)))
        except Refused as error:
            if error.code != "not_found":  # the member has closed the window
                raise

    async def _post(self, origin: Origin, body: Json, public: bool) -> Sent | None:
        if not origin.response_url:
            return await self._post_by_token(origin, body, public)
        if origin.replace:
            await self._persistently(origin.response_url, {**body, "replace_original": True})
            return Sent(origin.channel, origin.message)
        thread = {"thread_ts": origin.thread} if origin.thread else {}
        kind = "in_channel" if public else "ephemeral"
        await self._api.respond(
            origin.response_url, {**body, **thread, "response_type": kind, "replace_original": False}
        )
        return None

    async def _post_findably(self, origin: Origin, body: Json) -> Sent | None:
        """Post by the token, which tells where the message stands; by the response_url where the bot is no member."""
        try:
            return await self._post_by_token(origin, body, public=True)
        except Refused as error:
            if error.code not in _UNREACHABLE:
                raise
            return await self._post(origin, body, public=True)

    async def _persistently(self, url: str, body: Json) -> None:
        """An edit may be repeated until Slack confirms it: it always leads to the same card."""
        for pause in _PAUSES[:2]:
            try:
                return await self._api.respond(url, body)
            except Unconfirmed:
                await asyncio.sleep(pause)
        return await self._api.respond(url, body)

    async def _post_by_token(self, origin: Origin, body: Json, public: bool) -> Sent | None:
        client = await client_for(self._api, self._tokens, origin.team)
        thread = origin.thread or None
        if not origin.channel or origin.direct or public:
            channel = origin.channel or origin.user
            answer = await settled(
                client.chat_postMessage(
                    channel=channel, thread_ts=thread, unfurl_links=False, unfurl_media=False, **body
                )
            )
            return Sent(str(answer.get("channel") or channel), str(answer.get("ts") or ""))
        await settled(client.chat_postEphemeral(channel=origin.channel, user=origin.user, thread_ts=thread, **body))
        return None

    async def _elsewhere(
        self, origin: Origin, shown: Shown, translator: Translator, error: Refused, public: bool
    ) -> Sent | None:
        """Try the next way to reach the member: the channel itself, then a direct message."""
        log.info("an answer was refused: %s", error.code)
        if error.code in _GONE:
            self._tokens.forget(origin.team)
            log.warning("Slack no longer takes the token of workspace %s: %s", origin.team, error.code)
            return None
        if error.code == "token_expired":
            self._tokens.forget(origin.team)
            return await self._place(origin, shown, public)
        if origin.response_url and "invalid" not in error.code and "too_long" not in error.code:
            later = replace(origin, response_url="", replace=False)
            return await self._send(later, shown, translator, public)
        if error.code not in _UNREACHABLE or not origin.channel:
            raise error
        await self._directly(origin, shown, translator)
        return None

    async def _directly(self, origin: Origin, shown: Shown, translator: Translator) -> None:
        body = payload(replace(shown, share=False))
        why = translator.t("I can't answer in that channel. Add me there with “/invite @Paperclub”, then ask again.")
        body["blocks"] = [section(escape(why)), *body["blocks"]]
        direct = Origin(origin.team, origin.user, direct=True)
        try:
            await self._post(direct, body, public=False)
        except Refused as error:
            log.warning("member %s can't be reached: %s", origin.user, error.code)

    async def _ask(self, origin: Origin, shown: Shown, translator: Translator) -> None:
        """Tell the member what is not known, with a button instead of a blind repeat that might double it."""
        what = shorten(shown.said or "", 100)
        text = translator.t("Slack did not tell whether you got my answer. If you don't see it, ask for it again.")
        buttons = (Button(translator.t("Show it again"), shown.said, "primary"),) if what and shown.said else ()
        message = Message((Text((line(text),)),), buttons=buttons, error=True)
        body = payload(Shown(message, None, translator.t))
        there = replace(origin, replace=False, view="")
        for pause in _PAUSES:
            await asyncio.sleep(pause)
            try:
                await self._post(there, body, public=False)
            except Unconfirmed:
                continue
            except Refused as error:
                log.warning("the notice could not be shown: %s", error.code)
                if there.response_url:
                    there = replace(there, response_url="")
                    continue
            return
