"""`posted`: what a post of the outbox says; only delivery asks for it."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from bot.announcing import announced
from bot.command import Arg, Context, command
from bot.digests import digest
from bot.errors import UserError
from bot.language import Msgid, mark
from bot.message import Button, Message, Text, line, link
from bot.paper import GONE_WORDS, KIND_WORDS, headline_of, paper
from storage import outbox, schedules
from storage.outbox import Post
from storage.resources import get

_KINDS: Mapping[str, Msgid] = {**KIND_WORDS, "poll": mark("Poll"), "meeting": mark("Meeting")}
_LOST: Mapping[str, Msgid] = {
    **GONE_WORDS,
    "channel": mark("The channel is gone."),
    "archived": mark("The channel is archived or read-only."),
    "missed": mark("I was not running when it was due, and by then it was too old."),
    "gave-up": mark("The platform did not take it until it was too old."),
}
_PLACES: Mapping[str, str] = {
    "slack": "https://app.slack.com/client/{space}/{channel}",
    "discord": "https://discord.com/channels/{space}/{channel}",
}


@command(hidden=True)
def posted(ctx: Context, post: Annotated[int, Arg("its number in the outbox")]) -> Message:
    """Say what is owed."""
    found = outbox.get(ctx.db, post)
    actor = ctx.actor
    if (
        found is None
        or (found.platform, found.space) != (actor.platform, actor.space)
        or found.target not in {actor.channel, actor.member}
    ):
        raise UserError(mark("There is no such post here."))
    if about := dict(found.reasons).get("about"):
        return announced(ctx, about)
    if found.kind == "notice":
        return _notice(ctx, found)
    if found.kind == "thread":
        return _thread(ctx, found)
    schedule = schedules.get(ctx.db, found.schedule) if found.schedule is not None else None
    resource = get(ctx.db, found.number) if found.number is not None else None
    if resource is not None:
        return paper(ctx, resource, found.reasons, date.fromisoformat(found.date))
    if schedule is None or found.kind == "daily":
        raise UserError(mark("What was to be posted is no longer there."))
    return digest(ctx, schedule, date.fromisoformat(found.date))


def _thread(ctx: Context, post: Post) -> Message:
    resource = get(ctx.db, post.number) if post.number is not None else None
    if resource is None:
        raise UserError(mark("What was to be posted is no longer there."))
    said = ctx.t("What do you think of {title}?", title=headline_of(ctx, resource))
    return Message((Text((line("💬 ", said),)),))


def _notice(ctx: Context, post: Post) -> Message:
    told = dict(post.reasons)
    platform, space = told.get("platform", post.platform), told.get("space", post.space)
    address = _PLACES.get(platform, "").format(space=space, channel=told["channel"])
    where = link(ctx.t("the channel"), address or None)
    kind = ctx.t(_KINDS.get(told.get("kind", "daily"), _KINDS["daily"]))
    head = line(f"{kind} · ", where)
    next_ = Button(ctx.t("Show"), told["see"], "primary") if "see" in told else Button(ctx.t("Help"), "help")
    return Message((Text((head, line(_told(ctx, told)))),), buttons=(next_,))


def _told(ctx: Context, told: Mapping[str, str]) -> str:
    if "suspended" in told:
        words: Msgid = GONE_WORDS.get(told["suspended"], GONE_WORDS["content"])
        return ctx.t("I could not post there: {why} I try again at every slot.", why=ctx.t(words))
    if "lost" in told:
        return ctx.t("I could not post there: {why}", why=ctx.t(_LOST.get(told["lost"], _LOST["content"])))
    if "unclear" in told:
        return ctx.t(
            "I don't know whether the post of {date} arrived: the answer was lost. Please look; I don't send it again.",
            date=told["unclear"],
        )
    return ctx.t("The filters leave nothing that was not there yet, so nothing is posted. Widen them with “daily on”.")
