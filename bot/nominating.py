"""Who can be chosen in a poll: what is named, what most members want, and what stands in for nominations."""

from collections.abc import Sequence
from datetime import datetime

from bot.command import Knowledge
from bot.errors import UserError
from bot.language import mark
from bot.naming import resolve_many
from bot.topics import resolve_topic
from storage import Connection, meetings, polls, votes
from storage.polls import Poll
from storage.records import Resource
from storage.resources import Selection, browse, get_many

MOST = 10
"""Candidates of a poll."""
DRAWN = 5
"""Candidates that are drawn from the database."""


def draw(db: Connection, knowledge: Knowledge, club: int | None, text: str) -> list[Resource]:
    """The candidates that a text names: “wanted”, numbers, or a topic. Raises UserError."""
    typed = text.strip()
    if typed.lower() in {"wanted", "most wanted", "最想读"}:
        return most_wanted(db, club, None)
    if any(c.isdigit() for c in typed.split()[0][:2]):
        found = list(resolve_many(db, typed))
        if len(found) > MOST:
            raise UserError(mark("A poll takes at most {most} candidates."), most=MOST)
        return found
    return most_wanted(db, club, resolve_topic(knowledge.topics, typed).id)


def most_wanted(db: Connection, club: int | None, topic: str | None) -> list[Resource]:
    """What most members want to read; in a topic, filled up with what its lists recommend."""
    numbers: list[int] = []
    if club is not None:
        numbers, _total = votes.top(db, club, "want", None, topic, limit=DRAWN, offset=0)
    found = get_many(db, numbers)
    if topic is not None and len(found) < DRAWN:
        more = browse(db, Selection(kinds=("paper", "report"), topic=topic), limit=DRAWN * 4, offset=0)
        more = sorted(more, key=lambda r: (-(r.stars or 0), -r.source_count, r.number))
        found += [r for r in more if r.number not in numbers][: DRAWN - len(found)]
    return found


def stand_ins(db: Connection, club: int, but: Sequence[int]) -> list[Resource]:
    """What stands in for nominations: what most members want, then what the lists recommend; nothing twice."""
    met = {number for m in meetings.past_numbers(db, club) for number in m}
    wanted = [r for r in most_wanted(db, club, None) if r.number not in met]
    listed = browse(db, Selection(kinds=("paper", "report")), limit=400, offset=0)
    ranked = sorted(listed, key=lambda r: (-(r.stars or 0), -r.source_count, r.number))
    found = {r.number: r for r in [*wanted, *ranked] if r.number not in met and r.number not in but}
    return list(found.values())[: DRAWN - len(but)]


def nominate(db: Connection, poll: Poll, found: Sequence[Resource], member: int | None, now: datetime) -> list[str]:
    """Put resources up; the titles of those that are new."""
    return [r.title for r in found if polls.nominate(db, poll.id, r.number, r.title, member, now)]
