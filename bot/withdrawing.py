"""Withdrawing a person for good, said in chat or on the command line: what it means, and doing it."""

from dataclasses import dataclass
from datetime import datetime

from bot.language import LANGUAGES, Translator, mark
from seeds.importer import plan_withdrawal, withdraw_person
from seeds.plan import Plan
from storage import Connection, withdrawing
from storage.records import Resource
from storage.resources import get_many, linked_from
from storage.withdrawing import Leaving

GONE = mark("somebody who has withdrawn")
"""What stands where a name stood."""


@dataclass(frozen=True)
class Withdrawal:
    """Who goes, and the resources that stay without their name or their link."""

    people: tuple[Resource, ...]
    others: tuple[Resource, ...]
    plan: Plan


def foresee(db: Connection, person: Resource) -> Withdrawal:
    """What it means to withdraw a person; nothing is written."""
    decided = plan_withdrawal(db, person)
    people = get_many(db, decided.removals)
    return Withdrawal(tuple(people), tuple(after for _before, after in decided.changes), decided)


def withdraw(db: Connection, person: Resource, now: datetime) -> Withdrawal:
    """Take a person out of the catalogue, and of all that was made from it, so that nothing brings them back."""
    meant = foresee(db, person)
    numbers = frozenset(withdrawing.former(db, [one.number for one in meant.people]))
    names = {name for one in meant.people for name in (one.title, one.title_zh, *one.aliases) if name}
    leaving = Leaving(numbers, frozenset(names))
    near = {link.number for one in meant.people for link in (*one.links, *linked_from(db, one.number))}
    words = {language: Translator(language).t(GONE) for language in LANGUAGES}
    withdrawing.rename(db, leaving, words, now)
    withdrawing.outdate(db, leaving, near.union(one.number for one in meant.others), now)
    withdrawing.clear_queues(db, leaving)
    withdraw_person(db, person, meant.plan, now)
    return meant
