"""`people`: whom to follow, and what each made."""

from typing import Annotated

from bot.cards import headline, short_card
from bot.command import Arg, Context, command
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Line, Message, line, link
from bot.naming import resolve
from bot.pages import Page
from bot.topics import find_topic
from storage.records import Resource
from storage.resources import Selection, browse, count, get_many, linked_from

PERSON_KINDS = ("person", "lab")


@command(example="people Tri Dao")
def people(
    ctx: Context,
    name: Annotated[str | None, Arg("a person, a lab or a topic", rest=True, complete="person")] = None,
    page: Annotated[int, Arg("which page", minimum=1, maximum=100000)] = 1,
) -> Message:
    """Find people and labs to follow, with what they made.

    Give a name in either script, or a topic to see who works on it; without one, everybody is listed.
    """
    topic = find_topic(ctx.knowledge.topics, name) if name else None
    if name and topic is None:
        return _person(ctx, name)
    return _everybody(ctx, topic.id if topic else None, page)


def _person(ctx: Context, name: str) -> Message:
    person = resolve(ctx.db, name)
    if person.kind not in PERSON_KINDS:
        makers = [x.number for x in person.links if x.relation == "author"]
        if not makers:
            raise UserError(
                mark("“{title}” is no person, and no list says who made it."),
                title=person.title[:80],
                buttons=(Button(mark("Show"), f"show {person.number}"),),
            )
        cards = tuple(short_card(ctx, r, why=_works(ctx, r.number)) for r in get_many(ctx.db, makers))
        return Message(cards)
    why = (*_known_for(ctx, person), *_works(ctx, person.number))
    return Message((short_card(ctx, person, why=why),), share=f"people #{person.number}")


def _works(ctx: Context, number: int) -> tuple[Line, ...]:
    """One line a resource that this person made."""
    made = [x.number for x in linked_from(ctx.db, number) if x.relation == "author"]
    return tuple(line(f"• #{r.number} ", link(headline(ctx, r)[0], r.url)) for r in get_many(ctx.db, made[:15]))


def _everybody(ctx: Context, topic: str | None, page: int) -> Message:
    chosen = Selection(kinds=PERSON_KINDS, topic=topic)
    view = Page(f"people {topic}" if topic else "people", page, count(ctx.db, chosen))
    shown = browse(ctx.db, chosen, limit=view.size, offset=view.offset)
    if not view.total:
        raise UserError(mark("Nobody fits that."), buttons=(Button(mark("Everybody"), "people"),))
    head = view.head(ctx, ctx.tn("{n} person or lab", "{n} people and labs", view.total))
    cards = tuple(short_card(ctx, r, why=_known_for(ctx, r)) for r in shown)
    return Message((head, *cards), buttons=view.buttons(ctx))


def _known_for(ctx: Context, person: Resource) -> tuple[Line, ...]:
    return (line(ctx.t("Known for") + ctx.t(": "), ctx.listed(person.works)),) if person.works else ()
