"""Whether the bot may post in a channel, asked before anything that will be posted there is saved."""

import logging
import time
from collections.abc import Mapping

from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.api import Refused, Unconfirmed, settled
from bot.language import mark

log = logging.getLogger(__name__)

REASONS: Mapping[str, str] = {
    "channel_not_found": "channel",
    "not_in_channel": "kicked",
    "user_not_in_channel": "kicked",
    "is_archived": "archived",
    "is_inactive": "archived",
    "restricted_action": "permission",
    "restricted_action_read_only_channel": "archived",
    "restricted_action_thread_only_channel": "permission",
    "restricted_action_non_threadable_channel": "permission",
    "ekm_access_denied": "permission",
    "messages_tab_disabled": "permission",
    "cannot_dm_bot": "permission",
    "missing_scope": "permission",
    "no_permission": "permission",
    "channel_is_limited_access": "permission",
    "posting_to_general_channel_denied": "permission",
    "user_is_restricted": "permission",
    "enterprise_is_restricted": "permission",
    "account_inactive": "token",
    "token_revoked": "token",
    "invalid_auth": "token",
    "not_authed": "token",
    "org_login_required": "token",
    "team_access_not_granted": "token",
    "team_not_found": "token",
    "app_not_installed": "token",
    "two_factor_setup_required": "token",
    "not_allowed_token_type": "token",
    "user_not_found": "channel",
    "user_disabled": "channel",
}
"""Slack's words for refusing a post, in delivery's codes."""
_MEMBER = mark("membership of this channel (“/invite @Paperclub”)")
_WRITABLE = mark("a channel that is neither archived nor read-only")
_RIGHT = mark("the right to post here")
_LACKS = {"channel": _MEMBER, "kicked": _MEMBER, "archived": _WRITABLE, "permission": _RIGHT}
_AHEAD = 100 * 86_400
"""Seconds; Slack takes messages for 120 days ahead."""


async def lacking(client: AsyncWebClient, channel: str) -> tuple[str, ...]:
    """What the bot lacks for posting in a channel; nothing where Slack can't be asked just now.

    A message is scheduled far ahead and taken back at once: that needs no scope besides that for posting, and nobody
    sees it.
    """
    try:
        trial = await settled(
            client.chat_scheduleMessage(channel=channel, text="Paperclub", post_at=int(time.time()) + _AHEAD)
        )
    except Refused as error:
        lack = _LACKS.get(REASONS.get(error.code, ""))
        return (lack,) if lack else ()
    except Unconfirmed as error:
        log.info("whether the bot may post in %s is not known: %s", channel, error)
        return ()
    try:
        number = str(trial["scheduled_message_id"])
        await settled(client.chat_deleteScheduledMessage(channel=str(trial["channel"]), scheduled_message_id=number))
    except (Refused, Unconfirmed, KeyError) as error:
        log.warning("the trial message in %s could not be taken back: %s", channel, error)
    return ()
