"""How a resource looks: the short card of lists and the full card of `show`."""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, urljoin

from bot.command import Context
from bot.language import LANGUAGES, Translator, mark
from bot.message import Button, Card, Line, Span, line, link
from bot.standing import card_buttons, standing, standing_lines, tallies, votes_line
from bot.topics import topic_name
from storage.records import Listing, Resource, Source
from storage.votes import Tally

KIND_NAMES = {
    "paper": mark("paper"),
    "report": mark("report"),
    "blog": mark("blog"),
    "book": mark("book"),
    "repo": mark("repo"),
    "project": mark("project"),
    "framework": mark("framework"),
    "course": mark("course"),
    "leaderboard": mark("leaderboard"),
    "notes": mark("notes"),
    "video": mark("video"),
    "person": mark("person"),
    "lab": mark("lab"),
}
"""The kinds as members read them."""

SUGGESTED = mark("Suggested by members")
"""The list of what a club took in itself."""


def list_name(ctx: Context, source: Source) -> str:
    """A list as members read it: under its own name, unless that is ours."""
    return ctx.t(SUGGESTED) if source.name == SUGGESTED else source.name


def kind_called(text: str) -> str | None:
    """The kind of that name, in any language; “papers” are papers."""
    typed = text.strip().lower()
    speakers = [Translator(language) for language in LANGUAGES]
    called = {kind: {f"{kind}s", *(speaker.t(name) for speaker in speakers)} for kind, name in KIND_NAMES.items()}
    return next((kind for kind, names in called.items() if typed in names), None)


_RELATIONS = {
    "author": (mark("By"), mark("Made")),
    "code": (mark("Code"), mark("Code of")),
    "project": (mark("Project"), mark("Project of")),
    "notes": (mark("Notes"), mark("Notes on")),
    "member": (mark("Members"), mark("Member of")),
    "advisor": (mark("Advised by"), mark("Advises")),
    "mentions": (mark("Mentions"), mark("Mentioned by")),
    "same-title": (mark("Same title as"), mark("Same title as")),
}


def headline(ctx: Context, resource: Resource) -> tuple[str, str | None]:
    """The title in the member's language where there is one, and the other language's."""
    if ctx.language == "zh" and resource.title_zh:
        return resource.title_zh, resource.title
    return resource.title, resource.title_zh


def short_card(
    ctx: Context,
    resource: Resource,
    why: Sequence[Line] = (),
    marked: Iterable[str] = (),
    tally: Tally | None = None,
    buttons: Sequence[Button] = (),
) -> Card:
    """A card for lists: title, one line of facts with the club's votes, and why it is here.

    `tally` are the votes where the caller has asked for them already; `buttons` stand before the one that shows all.
    """
    title, other = headline(ctx, resource)
    lines = [line(Span(other, italic=True))] if other and ctx.language == "zh" else []
    voted = votes_line(tallies(ctx, [resource.number]).get(resource.number, Tally()) if tally is None else tally)
    return Card(
        title=(Span(f"#{resource.number} "), *highlighted(title, marked, resource.url)),
        facts=(line(" · ".join([*_facts(ctx, resource), *([voted] if voted else [])])),),
        body=(*lines, *why),
        buttons=(*buttons, Button(ctx.t("Show"), f"show {resource.number}")),
        number=resource.number,
    )


def short_cards(ctx: Context, found: Sequence[Resource]) -> tuple[Card, ...]:
    """The cards of a list, with the club's votes asked for all at once."""
    voted = tallies(ctx, [resource.number for resource in found])
    return tuple(short_card(ctx, resource, tally=voted.get(resource.number, Tally())) for resource in found)


def highlighted(title: str, words: Iterable[str], url: str | None) -> Line:
    """The linked, bold title with these words marked, whatever their case."""
    spans: list[Span] = []
    start = 0
    for begin, end in _occurrences(title, words):
        if begin > start:
            spans.append(Span(title[start:begin], bold=True, url=url))
        spans.append(Span(title[begin:end], bold=True, mark=True, url=url))
        start = end
    if start < len(title):
        spans.append(Span(title[start:], bold=True, url=url))
    return tuple(spans)


def _occurrences(title: str, words: Iterable[str]) -> list[tuple[int, int]]:
    folded = title.lower()
    if len(folded) != len(title):  # a letter that folds to two would shift every position
        return []
    taken = [False] * len(title)
    for word in filter(None, words):
        begin = folded.find(word.lower())
        while begin >= 0:
            taken[begin : begin + len(word)] = [True] * len(word)
            begin = folded.find(word.lower(), begin + 1)
    edges = [i for i in range(len(title) + 1) if (i > 0 and taken[i - 1]) != (i < len(title) and taken[i])]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _facts(ctx: Context, resource: Resource) -> list[str]:
    venue = " ".join(filter(None, [resource.venue, str(resource.year) if resource.year else None]))
    when = venue or resource.date
    who = ", ".join(resource.authors[:2]) or resource.affiliation or resource.organisation
    stars = "★" * (resource.stars or 0)
    lists = ctx.tn("{n} list", "{n} lists", resource.source_count) if resource.source_count > 1 else None
    gone = None if resource.listed else ctx.t("no longer listed")
    return [x for x in (ctx.t(KIND_NAMES[resource.kind]), when, who, stars, lists, gone) if x]


def full_card(
    ctx: Context,
    resource: Resource,
    related: Mapping[tuple[str, bool], Sequence[Resource]],
    sources: Mapping[str, Source],
) -> Card:
    """Everything known of a resource. `related` maps (relation, outgoing) to the resources at the other end."""
    title, other = headline(ctx, resource)
    body: list[Line] = [line(Span(other, italic=True))] if other else []
    body += _labelled_facts(ctx, resource)
    body += _links(ctx, resource, sources)
    body += [_related_line(ctx, relation, outgoing, ends) for (relation, outgoing), ends in related.items()]
    body += [_listing_line(ctx, listing, sources.get(listing.source)) for listing in resource.listings]
    body += [
        line(Span(ctx.t("Merged: {reason}", reason=_in_words(ctx, reason)), italic=True)) for reason in resource.reasons
    ]
    body += [line("⚠ ", _in_words(ctx, flag)) for flag in resource.flags]
    body += standing_lines(ctx, standing(ctx, resource.number), resource.number)
    return Card(
        title=(Span(f"#{resource.number} "), *highlighted(title, (), resource.url)),
        facts=(line(" · ".join(_facts(ctx, resource))),),
        body=tuple(body),
        buttons=card_buttons(ctx, resource.number, f"show {resource.number}"),
        number=resource.number,
    )


_LONGEST_EXCERPT = 400


def post_card(
    ctx: Context, resource: Resource, sources: Mapping[str, Source], why: Sequence[Line], shown_by: str
) -> Card:
    """The card of a channel's post: who recommends the resource, an excerpt, its links, why it is here, what the club
    has on it, and buttons whose press says `shown_by` again.
    """
    title, other = headline(ctx, resource)
    abstract = resource.abstract or resource.about or ""
    excerpt = abstract if len(abstract) <= _LONGEST_EXCERPT else f"{abstract[:_LONGEST_EXCERPT].rsplit(' ', 1)[0]} …"
    names = dict.fromkeys(
        (list_name(ctx, sources[x.source]) if x.source in sources else x.source)
        + (" " + "★" * x.stars if x.stars else "")
        for x in resource.listings
        if x.listed
    )
    topics = [topic_name(ctx.knowledge.topics, topic, ctx.language) for topic in resource.topics]
    body = [
        *([line(Span(other, italic=True))] if other else []),
        *_labelled(ctx.lead("Authors"), ctx.listed(resource.authors) if len(resource.authors) > 2 else None),
        *_labelled(ctx.lead("Known for"), ctx.listed(resource.works)),
        *_labelled(ctx.lead("Topics"), ctx.listed(topics)),
        *_labelled(ctx.lead("Recommended by"), ctx.listed(names)),
        *([line(excerpt)] if excerpt else []),
        *_links(ctx, resource, sources),
        *why,
        *standing_lines(ctx, standing(ctx, resource.number), resource.number),
    ]
    return Card(
        title=(Span(f"#{resource.number} "), *highlighted(title, (), resource.url)),
        facts=(line(" · ".join(_facts(ctx, resource))),),
        body=tuple(body),
        buttons=card_buttons(ctx, resource.number, shown_by),
        number=resource.number,
    )


_REASONS = (
    mark("same arXiv id {key}"),
    mark("same DOI {key}"),
    mark("same OpenReview id {key}"),
    mark("same USENIX paper {key}"),
    mark("same repository {key}"),
    mark("same homepage {key}"),
    mark("same link {key}"),
    mark("another title has the same arXiv id {key}"),
    mark("another title has the same DOI {key}"),
    mark("another title has the same OpenReview id {key}"),
    mark("another title has the same link {key}"),
    mark("the same title is also listed with arXiv id {key}"),
    mark("the same title is also listed with DOI {key}"),
    mark("same arXiv id {key} and title"),
    mark("same DOI {key} and title"),
    mark("same OpenReview id {key} and title"),
    mark("same USENIX paper {key} and title"),
    mark("same repository {key} and title"),
    mark("same link {key} and title"),
    mark("same title"),
    mark("same name and nearly the same title"),
    mark("same name and homepage"),
    mark("same name and affiliation"),
    mark("alias"),
)
"""What the merge says of its reasons and doubts; `{key}` is the identifier."""


def _in_words(ctx: Context, reason: str) -> str:
    """A reason of the merge in the member's language; one that is not known here stays English."""
    for pattern in _REASONS:
        before, key, after = pattern.partition("{key}")
        if not key and reason == pattern:
            return ctx.t(pattern)
        inside = reason.removeprefix(before).removesuffix(after)
        if key and " " not in inside and reason == before + inside + after:
            return ctx.t(pattern, key=inside)
    return reason


def _labelled(label: Span, value: str | None) -> list[Line]:
    return [line(label, value)] if value else []


def _labelled_facts(ctx: Context, resource: Resource) -> list[Line]:
    topics = [topic_name(ctx.knowledge.topics, topic, ctx.language) for topic in resource.topics]
    return [
        *_labelled(ctx.lead("Authors"), ctx.listed(resource.authors) if len(resource.authors) > 2 else None),
        *_labelled(ctx.lead("Affiliation"), resource.affiliation),
        *_labelled(ctx.lead("Organisation"), resource.organisation),
        *_labelled(ctx.lead("Date"), resource.date if resource.venue else None),
        *_labelled(ctx.lead("Known for"), ctx.listed(resource.works)),
        *_labelled(ctx.lead("Topics"), ctx.listed(topics)),
        *_labelled(ctx.lead("Also known as"), " · ".join(resource.aliases)),
        *_labelled(ctx.lead("About"), resource.about),
        *_labelled(ctx.lead("Abstract"), resource.abstract),
    ]


def _links(ctx: Context, resource: Resource, sources: Mapping[str, Source]) -> list[Line]:
    first = sources.get(resource.listings[0].source) if resource.listings else None
    named: list[tuple[str | None, str]] = [(None, _absolute(url, first)) for url in resource.urls]
    for listing in resource.listings:
        source = sources.get(listing.source)
        named += [(ctx.t("code"), _absolute(url, source)) for url in listing.code_urls]
        named += [(ctx.t("notes"), _absolute(listing.note_url, source))] if listing.note_url else []
    shown: dict[str, Span] = {}
    for label, url in named:
        if url.startswith(("http://", "https://")) and url not in shown:
            shown[url] = link((label + ctx.t(": ") if label else "") + _short(url), url)
    separated = [part for span in shown.values() for part in (" · ", span)][1:]
    return [line(ctx.lead("Links"), *separated)] if shown else []


def _absolute(url: str, source: Source | None) -> str:
    """Where a list's own relative link leads: a file of its repository, or a page beside it."""
    if "://" in url or source is None or not source.url:
        return url
    base = f"{source.url}/blob/HEAD/" if source.url.startswith("https://github.com/") else source.url
    return urljoin(base, quote(url, safe="/:#?&=%"))


def _short(url: str) -> str:
    bare = url.split("://", 1)[1].removeprefix("www.").rstrip("/")
    return bare if len(bare) <= 60 else bare[:59] + "…"


def _related_line(ctx: Context, relation: str, outgoing: bool, ends: Sequence[Resource]) -> Line:
    forward, backward = _RELATIONS.get(relation, (relation, relation))
    names = [part for r in ends for part in (ctx.t(", "), f"#{r.number} ", link(headline(ctx, r)[0], r.url))][1:]
    return line(ctx.lead(forward if outgoing else backward), *names)


def _listing_line(ctx: Context, listing: Listing, source: Source | None) -> Line:
    place = " › ".join([list_name(ctx, source) if source else listing.source, *listing.section])
    notes = [ctx.t("line {line}", line=listing.line)] if listing.line else []
    if listing.stars:
        notes.append("★" * listing.stars)
    if listing.read_passes:
        notes.append(ctx.tn("read once", "read in {n} passes", listing.read_passes))
    elif listing.read:
        notes.append(ctx.t("read"))
    if listing.damaged:
        notes.append(ctx.t("partly unreadable there, so some words are a guess"))
    role = ctx.lead("Recommended by") if listing.stars else ctx.lead("Listed in")
    if not listing.listed:
        notes.append(ctx.t("no longer listed"))
    return line(role, place, ctx.aside(ctx.listed(notes)))
