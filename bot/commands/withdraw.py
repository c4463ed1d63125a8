"""`withdraw`: a person who does not want to stand in the catalogue leaves it for good."""

import logging
from typing import Annotated

from bot.cards import headline, short_card
from bot.command import Arg, Context, command
from bot.message import Button, Line, Message, Text, bold, line, link
from bot.withdrawing import Withdrawal, foresee
from bot.withdrawing import withdraw as take_out
from storage.records import Resource

log = logging.getLogger(__name__)

_MOST_SHOWN = 5


@command(admin=True, writes=True)
def withdraw(
    ctx: Context,
    person: Annotated[Resource, Arg("a person or lab: number or name", rest=True, complete="person")],
    sure: Annotated[bool, Arg("do it without asking again")] = False,
) -> Message:
    """Take a person out of the catalogue for good, when they ask for it.

    They are gone for every club that this bot serves, and no import brings them back. First it shows who would go.
    """
    if not sure:
        return _asked(ctx, person)
    done = take_out(ctx.db, person, ctx.now)
    lines = (
        line("✓ ", ctx.lead("Withdrawn for good"), _names(ctx, done)),
        line(ctx.t("Messages in channels that show them are changed over the next minutes.")),
    )
    log.info("#%s was withdrawn from %s %s", person.number, ctx.actor.platform, ctx.actor.space)
    return Message((Text(lines),), buttons=(Button(ctx.t("People"), "people"),), share="")


def _names(ctx: Context, meant: Withdrawal) -> str:
    return ctx.listed(f"{headline(ctx, one)[0]} (#{one.number})" for one in meant.people)


def _asked(ctx: Context, person: Resource) -> Message:
    meant = foresee(ctx.db, person)
    cards = tuple(short_card(ctx, one) for one in meant.people)
    ask = line(bold(ctx.tn("Withdraw this person for good?", "Withdraw these {n} people for good?", len(cards))))
    sure = Button(ctx.t("Withdraw for good"), f"withdraw {person.number} sure:yes", "danger")
    told = Text((line(ctx.t("That means:")), *_meaning(ctx, meant)))
    return Message((Text((ask,)), *cards, told), buttons=(sure, Button(ctx.t("People"), "people")), share="")


def _meaning(ctx: Context, meant: Withdrawal) -> list[Line]:
    said = (
        ctx.t("It holds for every club that this bot serves, and it can't be undone."),
        ctx.t("They vanish from search, lists, recommendations and the daily paper, and no import brings them back."),
        ctx.t("Votes, notes and reading marks on their own entry go, too."),
        ctx.t("Only digests of their names and links are kept, to know them again."),
    )
    lines = [line("• ", sentence) for sentence in said]
    if meant.others:
        count = ctx.tn("{n} entry stays without their name", "{n} entries stay without their name", len(meant.others))
        shown = meant.others[:_MOST_SHOWN]
        titles = [part for r in shown for part in (", ", f"#{r.number} ", link(headline(ctx, r)[0], r.url))][1:]
        lines.append(line("• ", count + ctx.t(": "), *titles, " …" if len(meant.others) > len(shown) else ""))
    return lines
