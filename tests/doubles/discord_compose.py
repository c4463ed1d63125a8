"""How the Discord double makes a message out of what the app sent: limits, files, alt text, pings."""

import copy
import mimetypes
from dataclasses import dataclass, field
from typing import Any

from doubles.discord_rules import (
    CONTENT,
    FILE_BYTES,
    FILES,
    DiscordError,
    Fault,
    component_faults,
    embed_faults,
    invalid,
    media_urls,
    mention_faults,
    mentioned,
    too_long,
)
from doubles.discord_world import (
    COMPONENTS_V2,
    EPHEMERAL,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    Attachment,
    Channel,
    Json,
    Message,
    Ping,
    User,
    snowflake,
    walk,
)

SETTABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2
_EMBED_IMAGE = ("url", "width", "height")


@dataclass
class Upload:
    """A file of a request."""

    filename: str
    data: bytes
    content_type: str = ""


@dataclass
class Draft:
    """What a message would become, before anything is changed."""

    content: str
    embeds: list[Json]
    components: list[Json]
    attachments: list[Attachment]
    flags: int
    notes: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether nothing is left to see."""
        shown = self.components if self.flags & COMPONENTS_V2 else ()
        return not (self.content.strip() or self.embeds or self.attachments or shown)

    def put(self, message: Message) -> None:
        """Change a message into this."""
        message.content, message.embeds, message.components = self.content, self.embeds, self.components
        message.attachments, message.flags = self.attachments, self.flags


def compose(
    body: Json, files: dict[int, Upload], base: str, *, old: Message | None = None, settable: int = SETTABLE
) -> Draft:
    """A draft from a request, on top of what is there in an edit.

    Raises DiscordError where Discord would refuse it.
    """
    flags = (old.flags if old else 0) | ((body.get("flags") or 0) & settable)
    draft = Draft(
        content=(body.get("content") or "").strip() if "content" in body else old.content if old else "",
        embeds=copy.deepcopy(body.get("embeds") or []) if "embeds" in body else old.embeds if old else [],
        components=copy.deepcopy(body.get("components") or []) if "components" in body else
        old.components if old else [],
        attachments=_attachments(body, files, base, old),
        flags=flags,
    )  # fmt: skip
    _check(body, draft, fresh_components="components" in body)
    for embed in draft.embeds:
        _keep_embed(draft, embed)
    _number(draft.components)
    if draft.flags & COMPONENTS_V2:
        _exposed(draft)
    return draft


def _check(body: Json, draft: Draft, *, fresh_components: bool) -> None:
    faults = [*too_long(("content",), draft.content, CONTENT), *mention_faults(body.get("allowed_mentions"))]
    faults += embed_faults(draft.embeds)
    if fresh_components:
        names = {one.filename for one in draft.attachments}
        faults += component_faults(draft.components, draft.flags, names)
    if draft.flags & COMPONENTS_V2:
        text = (
            "The 'content', 'embeds', 'sticker_ids' and 'poll' fields cannot be used with MessageFlags.IS_COMPONENTS_V2"
        )
        for key, value in (("content", draft.content), ("embeds", draft.embeds), ("poll", body.get("poll"))):
            if value:
                faults.append(Fault((key,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", text))
    invalid(faults)
    if draft.empty and not body.get("poll") and not body.get("sticker_ids"):
        raise DiscordError(400, 50006, "Cannot send an empty message")


def _attachments(body: Json, files: dict[int, Upload], base: str, old: Message | None) -> list[Attachment]:
    if len(files) > FILES or any(len(one.data) > FILE_BYTES for one in files.values()):
        raise DiscordError(413, 40005, "Request entity too large")
    described: list[Json] | None = body.get("attachments") if "attachments" in body else None
    existing = {one.id: one for one in old.attachments} if old else {}
    if described is None:
        kept = [] if "attachments" in body else list(existing.values())
        return kept + [_new(one, {}, base) for one in files.values()]
    result, used = [], set()
    for index, one in enumerate(described):
        number = int(one["id"])
        if str(number) in existing:
            result.append(existing[str(number)])
        elif number in files:
            used.add(number)
            result.append(_new(files[number], one, base))
        else:
            path = ("attachments", index, "id")
            invalid([Fault(path, "ATTACHMENT_NOT_FOUND", f"Attachment data for {number} was not found")])
    return result + [_new(one, {}, base) for number, one in files.items() if number not in used]


def _new(upload: Upload, given: Json, base: str) -> Attachment:
    number = snowflake()
    name = given.get("filename") or upload.filename
    kind = mimetypes.guess_type(name)[0] or upload.content_type or "application/octet-stream"
    description = given.get("description")
    return Attachment(number, name, upload.data, description, kind, f"{base}/attachments/{number}/{name}")


def _keep_embed(draft: Draft, embed: Json) -> None:
    """Discord forgets what it does not know, the alt text of an embed's picture among it."""
    embed["type"] = "rich"
    names = {one.filename: one.url for one in draft.attachments}
    for key in ("image", "thumbnail"):
        if embed.get(key):
            if embed[key].get("description"):
                draft.notes.append("alt text on the picture of an embed, which Discord drops")
            embed[key] = {name: embed[key][name] for name in _EMBED_IMAGE if name in embed[key]}
            file = str(embed[key].get("url", "")).removeprefix("attachment://")
            embed[key]["url"] = names.get(file, embed[key].get("url"))


def _number(components: list[Json]) -> None:
    """Give every component the id that it did not bring."""
    everything = list(walk(components))
    taken = {one["id"] for one in everything if one.get("id")}
    following = 1
    for one in everything:
        if not one.get("id"):
            while following in taken:
                following += 1
            one["id"] = following
            taken.add(following)


def _exposed(draft: Draft) -> None:
    everything = list(walk(draft.components))
    shown = {url.removeprefix("attachment://") for url in media_urls(everything)}
    for one in draft.attachments:
        if one.filename not in shown and one.url not in shown:
            draft.notes.append(f"the file {one.filename} is attached and no component shows it")
    urls = {one.filename: one for one in draft.attachments}
    for part in everything:
        for media in (part.get("media"), part.get("file"), *(item.get("media") for item in part.get("items") or ())):
            name = str((media or {}).get("url", "")).removeprefix("attachment://")
            if media and name in urls:
                media |= {"url": urls[name].url, "proxy_url": urls[name].url, "attachment_id": urls[name].id}


def described(message: Message) -> set[str]:
    """Ids of the files that have alt text, on themselves or where a component shows them."""
    found = {one.id for one in message.attachments if one.description}
    for shown in walk(message.components):
        for item in (shown, *(shown.get("items") or ())):
            if item.get("description") and item.get("media", {}).get("attachment_id"):
                found.add(item["media"]["attachment_id"])
    return found


def notify(message: Message, allowed: Json | None, *, may_everyone: bool, loud: bool = True) -> list[Ping]:
    """Work out the mentions of a message; `loud` ones are pings, which are returned."""
    text = "\n".join([message.content, *(one["content"] for one in walk(message.components) if one["type"] == 10)])
    found = mentioned(text, allowed)
    guild = message.channel.guild
    everyone = found.everyone if may_everyone and guild and not message.ephemeral else ""
    people = _people(message.channel, message.only)
    message.mention_everyone = bool(everyone)
    message.mentions = [people[one] for one in found.users if one in people]
    roles = guild.roles if guild and not message.ephemeral else {}
    message.mention_roles = [roles[one] for one in found.roles if one in roles and one != (guild and guild.id)]
    pings = [Ping(everyone, message)] if everyone else []
    pings += [Ping(one.id, message) for one in message.mentions if not one.bot]
    pings += [Ping(one.id, message) for one in message.mention_roles]
    replied = message.reference.author if message.reference else None
    if replied is not None and not replied.bot and (allowed is None or allowed.get("replied_user")):
        pings.append(Ping(replied.id, message))
        message.mentions.append(replied)
    quiet = not loud or message.flags & SUPPRESS_NOTIFICATIONS
    if not quiet:
        message.pings = pings
    return [] if quiet else pings


def _people(channel: Channel, only: User | None) -> dict[str, User]:
    if only is not None:
        return {only.id: only}
    if channel.guild is None:
        return {one.id: one for one in channel.recipients}
    return {one.user.id: one.user for one in channel.guild.members.values() if channel.may(one.user, "view_channel")}


def visibility(flags: Any) -> int:
    """The part of a response's flags that says who sees it."""
    return int(flags or 0) & EPHEMERAL
