"""`recommend`, `similar`: what to read next, each with its reason in words."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from bot import ranking
from bot.cards import KIND_NAMES, headline, kind_called, short_card
from bot.command import Arg, Context, command
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Card, Line, Message, Text, bold, line
from bot.ranking import Scores
from bot.recommending import (
    Library,
    Profile,
    Wish,
    candidates,
    done_by_most,
    for_group,
    for_one,
    group_profiles,
    library,
    neighbours,
    numbers,
    read_profiles,
)
from bot.standing import FEW_VOTES, card_buttons, club_of, tallies
from bot.topics import resolve_topic, topic_name
from storage import meetings, outbox, votes
from storage.readings import Reading, find
from storage.records import Resource
from storage.resources import get_many
from storage.votes import Tally

COUNT = 5


@command(example="recommend")
def recommend(
    ctx: Context,
    for_: Annotated[Literal["me", "us"], Arg("for you alone or for the club")] = "me",
    topic: Annotated[str | None, Arg("a topic in English or Chinese", rest=True, complete="topic")] = None,
    kind: Annotated[str | None, Arg("only this kind", complete="kind")] = None,
    age: Annotated[Literal["fresh", "classic"] | None, Arg("only new ones, or only old ones")] = None,
    only: Annotated[str | None, Arg("these numbers, as they were recommended before")] = None,
) -> Message:
    """Recommend what to read next, with the reason.

    It goes by your votes, marks and ratings, or by everybody's so that nobody is left out. What was read, skipped,
    posted here as the daily paper or discussed in a meeting does not come again.
    """
    wish = Wish(resolve_topic(ctx.knowledge.topics, topic).id if topic else None, _kind(kind), age)
    found = library(ctx)
    shown = [int(word) for word in only.split(",") if word.isdigit()][:COUNT] if only else []
    chosen, scores, own = _for_us(ctx, found, wish) if for_ == "us" else _for_me(ctx, found, wish)
    rows = [row for number in shown if (row := found.row(number)) is not None] or chosen
    if not rows:
        raise UserError(
            mark("Nothing is left to recommend there. Try another topic, or none."),
            buttons=(Button(mark("Recommend"), "recommend"), Button(mark("Browse"), "browse")),
        )
    again = _again(for_, wish, numbers(found, rows))
    cards = _cards(ctx, found, rows, scores, own, again)
    other = ("us", mark("For the club")) if for_ == "me" else ("me", mark("For me"))
    buttons = (
        Button(ctx.t(other[1]), f"recommend {other[0]}"),
        Button(ctx.t("Fresh"), f"recommend {for_} age:fresh"),
        Button(ctx.t("Classics"), f"recommend {for_} age:classic"),
        Button(ctx.t("My topics"), "start"),
    )
    return Message((_head(ctx, for_, scores), *cards), buttons=buttons, share="" if for_ == "me" else again)


@command(example="similar 12")
def similar(ctx: Context, resource: Annotated[Resource, Arg("number, arXiv id, link or title")]) -> Message:
    """Show what is most like a resource."""
    found = library(ctx)
    rows = neighbours(found, resource.number, COUNT)
    if not rows:
        raise UserError(mark("Nothing is like it yet."), buttons=(Button(mark("Browse"), "browse"),))
    head = Text((ctx.translator.line(mark("Like {title}:"), title=bold(headline(ctx, resource)[0])),))
    near = get_many(ctx.db, numbers(found, rows))
    voted = tallies(ctx, [r.number for r in near])
    cards = tuple(short_card(ctx, r, why=_shared(ctx, resource, r), tally=voted.get(r.number, Tally())) for r in near)
    return Message((head, *cards), share=f"similar {resource.number}")


def _kind(text: str | None) -> str | None:
    if text is None:
        return None
    found = kind_called(text)
    if found is None:
        raise UserError(
            mark("“{value}” is no {name}. Choose one of: {choices}"),
            value=text[:40],
            name=mark("kind"),
            choices=", ".join(KIND_NAMES),
        )
    return found


def _again(for_: str, wish: Wish, shown: Sequence[int]) -> str:
    """The line that says the same list again, whatever was voted meanwhile."""
    words = [f"recommend {for_}"]
    words += [f"topic:{wish.topic}"] if wish.topic else []
    words += [f"kind:{wish.kind}"] if wish.kind else []
    words += [f"age:{wish.age}"] if wish.age else []
    return " ".join([*words, f"only:{','.join(map(str, shown))}"])


def _for_me(ctx: Context, found: Library, wish: Wish) -> tuple[list[int], list[Scores], bool]:
    profile = Profile()
    if ctx.member is not None:
        profile = read_profiles(ctx.db, ctx.member.club, ctx.member.id).get(ctx.member.id, Profile())
    allowed = candidates(found, wish, profile.done | set(profile.liked) | _past(ctx), ctx.now)
    rows, scores = for_one(found, profile, allowed, COUNT)
    return rows, [scores], True


def _for_us(ctx: Context, found: Library, wish: Wish) -> tuple[list[int], list[Scores], bool]:
    club = club_of(ctx)
    viewer = ctx.member.id if ctx.member is not None and not ctx.public else None
    profiles: list[Profile] = []
    own = None
    if club is not None:
        wanted: dict[int, float] = {}
        for _member, number, signal in votes.club_votes(ctx.db, club):
            wanted[number] = wanted.get(number, 0.0) + {"up": 1.0, "want": 1.0, "present": 0.5, "down": -1.0}[signal]
        profiles = group_profiles(ctx.db, club, viewer, wanted)
        own = read_profiles(ctx.db, club, viewer).get(viewer) if viewer is not None else None
    allowed = candidates(found, wish, done_by_most(profiles, own) | _past(ctx), ctx.now)
    rows, scores = for_group(found, profiles, allowed, COUNT)
    return rows, scores, False


def _past(ctx: Context) -> set[int]:
    """What the club was shown, read together or is about to."""
    club = club_of(ctx)
    if club is None:
        return set()
    return outbox.club_numbers(ctx.db, club).union(*meetings.past_numbers(ctx.db, club))


def _head(ctx: Context, for_: str, scores: Sequence[Scores]) -> Text:
    title = ctx.t("For the club") if for_ == "us" else ctx.t("For you")
    known = any(len(x.taste.rows) or len(x.taste.topics) for x in scores)
    if known:
        return Text((line(bold(title)),))
    own = ctx.t("Nothing is known of your taste yet: vote, mark or choose topics with “start”.")
    clubs = ctx.t("Nothing is known of the club's taste yet: vote, or mark what you read.")
    return Text((line(bold(title)), line(clubs if for_ == "us" else own)))


def _cards(
    ctx: Context, found: Library, rows: Sequence[int], scores: Sequence[Scores], own: bool, again: str
) -> list[Card]:
    liked = _liked_by(found, rows, scores[0]) if own and ctx.member is not None else {}
    shown = numbers(found, rows)
    known = {r.number: r for r in get_many(ctx.db, list(dict.fromkeys([*shown, *liked.values()])))}
    voted = tallies(ctx, shown)
    done = find(ctx.db, ctx.member.id, set(liked.values())) if liked and ctx.member is not None else {}
    cards = []
    for resource in (known[number] for number in shown if number in known):
        tally = voted.get(resource.number, Tally())
        because = known.get(liked.get(resource.number, 0))
        reasons = [_because(ctx, because, done.get(because.number))] if because else []
        reasons += _reasons(ctx, resource, tally, scores)
        why = (line(f"→ {' · '.join(reasons)}"),) if reasons else ()
        buttons = card_buttons(ctx, resource.number, again)
        cards.append(short_card(ctx, resource, why=why, tally=tally, buttons=buttons))
    return cards


def _liked_by(found: Library, rows: Sequence[int], scores: Scores) -> dict[int, int]:
    """For each recommended number the member's own marked one that spoke for it most."""
    because = {row: ranking.because_of(found.space, scores, row) for row in rows}
    return dict(zip(*(numbers(found, x) for x in _pairs(because)), strict=True))


def _pairs(because: Mapping[int, int | None]) -> tuple[list[int], list[int]]:
    known = [(row, liked) for row, liked in because.items() if liked is not None]
    return [row for row, _ in known], [liked for _, liked in known]


def _because(ctx: Context, liked: Resource, reading: Reading | None) -> str:
    title = _shortened(headline(ctx, liked)[0])
    if reading is None or reading.state == "skipped":
        return ctx.t("because you voted for {title}", title=title)
    return ctx.t(_BECAUSE[reading.passes], title=title)


_BECAUSE: Mapping[int, str] = {
    0: mark("because you saved {title}"),
    1: mark("because you read {title}"),
    2: mark("because you read {title} closely"),
    3: mark("because you read {title} in depth"),
}


def _shortened(title: str) -> str:
    return title if len(title) <= 60 else title[:59].rstrip() + "…"


def _reasons(ctx: Context, resource: Resource, tally: Tally, scores: Sequence[Scores]) -> list[str]:
    reasons = []
    wanted = tally.count("want")
    if wanted >= FEW_VOTES:
        reasons.append(ctx.tn("{n} of you wants it", "{n} of you want it", wanted))
    elif wanted:
        reasons.append(ctx.t("at least one of you wants it"))
    if resource.stars:
        reasons.append(ctx.t("recommended by a list with {stars}", stars="★" * resource.stars))
    if resource.source_count > 1:
        reasons.append(ctx.tn("listed by {n} list", "listed by {n} lists", resource.source_count))
    if not reasons and any(len(x.taste.topics) for x in scores) and resource.topics:
        reasons.append(topic_name(ctx.knowledge.topics, resource.topics[0], ctx.language))
    return reasons


def _shared(ctx: Context, one: Resource, other: Resource) -> tuple[Line, ...]:
    """What two resources have in common, in words."""
    topics = [topic_name(ctx.knowledge.topics, t, ctx.language) for t in other.topics if t in one.topics]
    people = [name for name in other.authors if name in one.authors]
    return (line("→ " + " · ".join([*topics[:3], *people[:2]])),) if topics or people else ()
