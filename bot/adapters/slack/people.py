"""Who a member is: name, language, zone and rights, from users.info and kept until they change."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from zoneinfo import available_timezones

from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.api import Refused, Unconfirmed, settled
from bot.adapters.slack.render import Json
from bot.adapters.slack.tokens import NotInstalled
from bot.command import Actor
from bot.language import nearest

_KEPT = 24 * 3600.0
_UNKNOWN_FOR = 60.0
_MOST = 20_000
_PATIENCE = 1.0


@dataclass(frozen=True)
class Profile:
    """What Slack says of a member."""

    name: str
    language: str
    zone: str
    admin: bool
    read_at: float = 0.0
    known: bool = True


class People:
    """Profiles by workspace and member: an id alone means somebody else in another workspace."""

    def __init__(self, client: Callable[[str], Awaitable[AsyncWebClient]], language: str) -> None:
        self._client = client
        self._language = language
        self._profiles: OrderedDict[tuple[str, str], Profile] = OrderedDict()
        self._asking: dict[tuple[str, str], asyncio.Task[Profile]] = {}
        self._channels: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._zones = available_timezones()

    async def profile(self, team: str, user: str, newer_than: float = _KEPT) -> Profile:
        """A member's profile, at most `newer_than` seconds old where Slack can be asked; never raises."""
        key = (team, user)
        found = self._profiles.get(key)
        age = time.monotonic() - found.read_at if found else 0.0
        if found and age < (newer_than if found.known else min(_UNKNOWN_FOR, newer_than)):
            return found
        if key not in self._asking:
            task = asyncio.create_task(self._ask(key, found))
            self._asking[key] = task
            task.add_done_callback(lambda _task: self._asking.pop(key, None))
        done, _late = await asyncio.wait({self._asking[key]}, timeout=_PATIENCE)
        return done.pop().result() if done else self._unknown(user)

    def _unknown(self, user: str) -> Profile:
        # Rights are never taken from memory when Slack could not be asked anew.
        return Profile(user, self._language, "UTC", admin=False, read_at=time.monotonic(), known=False)

    async def _ask(self, key: tuple[str, str], old: Profile | None) -> Profile:
        try:
            client = await self._client(key[0])
            user = (await settled(client.users_info(user=key[1], include_locale=True)))["user"]
            profile = self._read(user, key[1])
        except (Refused, Unconfirmed, NotInstalled, KeyError):
            unknown = self._unknown(key[1])
            profile = replace(old, admin=False, known=False, read_at=unknown.read_at) if old else unknown
        self._profiles[key] = profile
        if len(self._profiles) > _MOST:
            self._profiles.popitem(last=False)
        return profile

    def _read(self, user: Json, member: str) -> Profile:
        details = user.get("profile") or {}
        name = details.get("display_name") or user.get("real_name") or user.get("name") or member
        zone = user.get("tz") or "UTC"
        admin = bool(user.get("is_admin") or user.get("is_owner"))
        language = nearest(user.get("locale")) or self._language
        return Profile(str(name), language, zone if zone in self._zones else "UTC", admin, time.monotonic())

    async def channel(self, team: str, channel: str) -> str | None:
        """A channel's name, where the scope to ask for it was granted."""
        key = (team, channel)
        if key not in self._channels:
            try:
                client = await self._client(team)
                answer = await settled(client.conversations_info(channel=channel))
                self._channels[key] = str(answer["channel"].get("name") or channel)
            except (Refused, Unconfirmed, NotInstalled, KeyError):
                return None
            if len(self._channels) > _MOST:
                self._channels.popitem(last=False)
        return self._channels[key]

    def known_language(self, team: str, user: str) -> str:
        """The member's language if it happens to be known; asks nobody."""
        found = self._profiles.get((team, user))
        return found.language if found else self._language

    def forget(self, team: str, user: str | None = None) -> None:
        """Ask anew next time: a member changed, or the whole workspace left."""
        for key in [k for k in self._profiles if k[0] == team and user in {None, k[1]}]:
            del self._profiles[key]
        if user is None:
            for key in [k for k in self._channels if k[0] == team]:
                del self._channels[key]

    async def actor(self, team: str, user: str, channel: str, *, sure: bool = False) -> Actor:
        """The one who speaks; `sure` asks Slack again for rights older than a minute."""
        profile = await self.profile(team, user, 60.0 if sure else _KEPT)
        return Actor("slack", team, channel, user, profile.name, profile.language, profile.zone, profile.admin)
