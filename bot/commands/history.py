"""`history`: what the club read, when, and who led."""

from typing import Annotated

from bot import gatherings
from bot.command import Arg, Context, command
from bot.errors import UserError
from bot.language import mark
from bot.message import Button, Card, Message, bold, line
from bot.pages import Page
from bot.standing import club_of
from storage import meetings


@command(example="history")
def history(ctx: Context, page: Annotated[int, Arg("which page", minimum=1, maximum=10000)] = 1) -> Message:
    """Show what we read together, when, and who led."""
    club = club_of(ctx)
    view = Page("history", page, 0)
    found, total = meetings.past(ctx.db, club, ctx.now, limit=view.size, offset=view.offset) if club else ([], 0)
    if not total:
        raise UserError(mark("There was no meeting yet."), buttons=(Button(mark("Plan one"), "meeting plan"),))
    view = Page("history", page, total)
    cards = []
    for m in found:
        name = gatherings.name_of(ctx.db, m.presenter)
        facts = " · ".join(filter(None, [gatherings.day_of(ctx, m), ctx.t("led by {name}", name=name) if name else ""]))
        numbers = line(" ".join(f"#{n}" for n in m.numbers)) if m.numbers else ()
        recap = Button(ctx.t("Recap"), f"meeting recap {m.id}")
        taken = line("💬 ", m.recap["takeaways"][:300]) if m.recap.get("takeaways") else ()
        body = tuple(x for x in (numbers, taken) if x)
        cards.append(Card(title=line(bold(m.title)), facts=(line(facts),), body=body, buttons=(recap,)))
    head = view.head(ctx, ctx.tn("{n} meeting", "{n} meetings", total))
    return Message((head, *cards), buttons=view.buttons(ctx))
