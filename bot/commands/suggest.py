"""`suggest`, `suggestions`, `accept`, `decline`: what members propose and moderators decide."""

import re
from collections.abc import Sequence
from typing import Annotated

from bot.cards import SUGGESTED
from bot.command import Arg, Context, command
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Card, Message, Span, Text, bold, line, link
from seeds.entry import Document, Entry
from seeds.formats.links import kind_of
from seeds.identity import title_slug, url_key
from seeds.importer import write_documents
from seeds.withdrawal import names_withdrawn
from storage.catalogue import withdrawn_digests
from storage.resources import by_keys
from storage.suggestions import Suggestion, decide, get, in_state, rename
from storage.suggestions import suggest as keep

LONGEST = 300
_URL = re.compile(r"https?://\S+")
_BARE = re.compile(r"(?<![\w/.@:%?=&-])(?:[a-z0-9-]+\.)+[a-z]{2,}/\S+", re.IGNORECASE)
"""A link as it is typed, without its scheme."""
_ARXIV = re.compile(r"(?<![\w/.])(?:arxiv:\s*)?(\d{4}\.\d{4,5}(?:v\d+)?)(?![\w/.])", re.IGNORECASE)
"""An arXiv id that stands alone."""


@command(writes=True, form=("what",), example="suggest https://arxiv.org/abs/2309.06180")
def suggest(
    ctx: Context,
    what: Annotated[str, Arg("a link, a title, or both", rest=True)],
    why: Annotated[str | None, Arg("why the club should know it")] = None,
) -> Message:
    """Suggest something for the catalogue; moderators decide."""
    what = _BARE.sub(r"https://\g<0>", _ARXIV.sub(r"https://arxiv.org/abs/\1", what))
    found = _URL.search(what)
    url = found[0].rstrip(").,，。") if found else None
    title = " ".join(_URL.sub(" ", what).split()).strip(" -–:|") or str(url)
    if len(title) > LONGEST:
        raise UserError(mark("A title has at most {longest} characters."), longest=LONGEST)
    _check(ctx, title, url)
    keys = [key for key in (url_key(url) if url else None, f"title:{title_slug(title)}") if key]
    if known := by_keys(ctx.db, keys):
        answer = Text((line(ctx.t("That is in the catalogue already.")),))
        return Message((answer,), buttons=(Button(ctx.t("Show"), f"show {known[0]}", "primary"),))
    kept = keep(ctx.db, ctx.me.club, ctx.me.id, title, url, why, ctx.now)
    waiting = len(in_state(ctx.db, ctx.me.club, "waiting"))
    lines = (
        line(ctx.t("Thank you! A moderator will look at it") + ctx.t(": "), bold(kept.title)),
        line(ctx.tn("{n} suggestion is waiting.", "{n} suggestions are waiting.", waiting)),
    )
    buttons = (Button(ctx.t("Suggestions"), "suggestions"),) if ctx.actor.admin else ()
    return Message((Text(lines),), buttons=buttons)


def _check(ctx: Context, title: str, url: str | None) -> None:
    """Raises UserError where somebody is meant who has withdrawn."""
    gone = withdrawn_digests(ctx.db)
    if any(names_withdrawn("", said, gone) for said in (title, url) if said):
        raise UserError(mark("That is somebody who has withdrawn from the catalogue; they can't be taken in again."))


@command(admin=True, writes=True)
def suggestions(ctx: Context) -> Message:
    """Show what members suggested and nobody has decided yet."""
    waiting = in_state(ctx.db, ctx.me.club, "waiting")
    if not waiting:
        return Message((Text((line(ctx.t("Nothing is waiting.")),)),))
    head = ctx.tn("{n} suggestion is waiting.", "{n} suggestions are waiting.", len(waiting))
    return Message((Text((line(bold(head)),)), *(_card(ctx, one) for one in waiting[:10])))


def _card(ctx: Context, one: Suggestion) -> Card:
    body = (line(Span(one.why, italic=True)),) if one.why else ()
    return Card(
        title=(link(one.title, one.url),),
        facts=() if one.url == one.title else (line(one.url or ctx.t("no link")),),
        body=body,
        buttons=(
            Button(ctx.t("Accept"), f"accept {one.id}", "primary"),
            Button(ctx.t("Decline"), f"decline {one.id}", "danger"),
        ),
    )


@command(admin=True, writes=True)
def accept(
    ctx: Context,
    number: Annotated[int, Arg("the number of the suggestion", minimum=1)],
    title: Annotated[str | None, Arg("the title to list it under", rest=True)] = None,
) -> Message:
    """Take a suggestion into the catalogue."""
    one = _waiting(ctx, number)
    if title:
        rename(ctx.db, one.id, title[:LONGEST])
    _check(ctx, title or one.title, one.url)
    decide(ctx.db, one.id, "accepted", ctx.now)
    accepted = in_state(ctx.db, ctx.me.club, "accepted")
    write_documents(ctx.db, [_document(ctx, accepted)], ctx.now)
    listed = next(s for s in accepted if s.id == one.id)
    found = by_keys(ctx.db, [key for key in (url_key(listed.url or ""), f"title:{title_slug(listed.title)}") if key])
    said = line(ctx.t("It is in the catalogue now") + ctx.t(": "), bold(listed.title))
    return Message((Text((said,)),), buttons=(Button(ctx.t("Show"), f"show {found[0]}", "primary"),) if found else ())


def _document(ctx: Context, accepted: Sequence[Suggestion]) -> Document:
    entries = tuple(
        Entry(
            kind=kind_of((), one.url),
            title=one.title,
            line=one.id,
            urls=(one.url,) if one.url else (),
            about=one.why,
        )
        for one in accepted
    )
    return Document(f"suggested-{ctx.me.club}", str(SUGGESTED), "suggestions", entries=entries)


@command(admin=True, writes=True)
def decline(ctx: Context, number: Annotated[int, Arg("the number of the suggestion", minimum=1)]) -> Message:
    """Turn a suggestion down."""
    one = _waiting(ctx, number)
    decide(ctx.db, one.id, "declined", ctx.now)
    return Message((Text((line(ctx.t("Declined") + ctx.t(": "), bold(one.title)),)),))


def _waiting(ctx: Context, number: int) -> Suggestion:
    one = get(ctx.db, ctx.me.club, number)
    if one is None or one.state != "waiting":
        raise UserError(
            mark("No suggestion with the number {number} is waiting."),
            number=number,
            buttons=(Button(mark("Suggestions"), "suggestions"),),
        )
    return one
