"""What holds on to somebody who is withdrawn, besides the catalogue: owed posts, polls, meetings, public messages."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage import outdated
from storage.agenda import candidates, meetings, polls, series
from storage.bulk import among
from storage.tables import redirects
from storage.timetable import pins, posts, schedules, wishes


@dataclass(frozen=True)
class Leaving:
    """Who is withdrawn: their numbers, those merged into them included, and their names."""

    numbers: frozenset[int]
    names: frozenset[str]


def former(db: sa.Connection, numbers: Collection[int]) -> set[int]:
    """These numbers and all that were merged into them."""
    query = sa.select(redirects.c.number).where(among(db, redirects.c.target, numbers))
    return {*numbers, *db.execute(query).scalars()}


def clear_queues(db: sa.Connection, leaving: Leaving) -> None:
    """Take somebody out of every queue; a slot whose pick they were, and whose post has not gone out, is due again."""
    for table in (wishes, pins):
        db.execute(table.delete().where(among(db, table.c.number, leaving.numbers)))
    theirs = among(db, posts.c.number, leaving.numbers)
    waiting = sa.select(posts).where(theirs, posts.c.state == "queued", posts.c.doubted_at.is_(None))
    for post in db.execute(waiting).all():
        # Its number stays taken and its key comes free: delivery may hold the words of a post by its number.
        given_up = {"key": f"{post.key}:withdrawn:{post.id}", "state": "skipped", "why": "withdrawn"}
        db.execute(posts.update().where(posts.c.id == post.id).values(**given_up, next_at=None, owner=None))
        if post.kind == "daily":
            again = schedules.update().where(schedules.c.id == post.schedule, schedules.c.due_at > post.due_at)
            db.execute(again.values(slot=post.date, due_at=post.due_at))
    db.execute(posts.update().where(theirs).values(keys=[]))


def outdate(db: sa.Connection, leaving: Leaving, near: Collection[int], now: datetime) -> None:
    """Let public messages be said again that show somebody, or what is `near` them: while it is known which do."""
    outdated.note(db, outdated.showing(db, leaving.numbers.union(near)), now)
    outdated.note(db, outdated.posted(db, among(db, posts.c.number, leaving.numbers)), now)


def rename(db: sa.Connection, leaving: Leaving, words: Mapping[str, str], now: datetime) -> None:
    """Put words, by language, in the place of a name in polls and meetings, also where they were announced."""
    announced = []
    chosen = sa.select(candidates.c.poll, candidates.c.position, polls.c.language).join(polls)
    for choice in db.execute(chosen.where(among(db, candidates.c.number, leaving.numbers))).all():
        here = (candidates.c.poll == choice.poll, candidates.c.position == choice.position)
        db.execute(candidates.update().where(*here).values(title=words[choice.language]))
        announced.append(f"poll:{choice.poll}:")
    planned = sa.select(meetings.c.id, meetings.c.numbers, meetings.c.title, meetings.c.language)
    for row in db.execute(planned).all():
        if leaving.numbers.isdisjoint(row.numbers):
            continue
        left = [number for number in row.numbers if number not in leaving.numbers]
        title = _without(row.title, leaving, words[row.language])
        changed = {"numbers": left, "title": title, "changed_at": now, "sequence": meetings.c.sequence + 1}
        db.execute(meetings.update().where(meetings.c.id == row.id).values(changed))
        announced.append(f"meeting:{row.id}:")
    for language, word in words.items():
        named = (series.c.language == language, among(db, series.c.title, leaving.names))
        db.execute(series.update().where(*named).values(title=word))
    if announced:
        outdated.note(db, outdated.posted(db, sa.or_(*map(posts.c.key.startswith, announced))), now)


def _without(title: str, leaving: Leaving, word: str) -> str:
    """A title that begins with a name, as those made from what is read do, without it."""
    name = max((name for name in leaving.names if title.startswith(name)), key=len, default="")
    return word + title.removeprefix(name) if name else title
