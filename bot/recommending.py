"""From a club's marks to a ranked list: whose marks count how much, what is left out, and the reasons in words."""

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from bot import ranking
from bot.command import Context
from bot.ranking import Entries, Ints, Scores, Space, Taste
from storage import Connection, features, interests, readings, votes
from storage.candidates import version
from storage.clubs import club_members
from storage.features import Features

SIGNALS: Mapping[str, float] = {"up": 1.0, "down": -1.0, "want": 0.7, "present": 0.7}
PASSES: Mapping[int, float] = {1: 0.6, 2: 0.9, 3: 1.1}
SAVED = 0.7
SKIPPED = -0.4
STARS: Mapping[int, float] = {1: -0.6, 2: 0.4, 3: 0.8, 4: 1.0, 5: 1.2}
"""Whoever read to the end cared for the subject, even where the text pleased little; one star says they did not."""

FEW_MEMBERS = 3
"""Private marks shape a group's list only when so many members stand behind them."""

NEVER_KINDS = ("person", "lab", "leaderboard")
"""What nobody is told to read unless they ask for it."""

FRESH_YEARS = 1
CLASSIC_YEARS = 4

_LOOK_AGAIN = timedelta(seconds=60)
_lock = threading.Lock()


@dataclass(frozen=True)
class Library:
    """The resources as vectors, with what is needed to choose among them."""

    space: Space
    features: Features

    def row(self, number: int) -> int | None:
        """The row of a resource, None for one that is not indexed."""
        return self.space.row_of.get(number)

    def rows(self, mark: str) -> Ints:
        """The rows that have a mark ("@kind:paper", "@topic:serving")."""
        return self.features.marked.get(mark, np.zeros(0, dtype=np.int64))


@dataclass
class Profile:
    """One reader's marks: how much each resource is liked, what they are done with, and their topics."""

    liked: dict[int, float] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)
    topics: Sequence[str] = ()

    def add(self, number: int, value: float) -> None:
        """Count another mark on a resource."""
        self.liked[number] = self.liked.get(number, 0.0) + value


@dataclass(frozen=True)
class Wish:
    """What is asked for: only a topic, a kind, new or old ones; all may be left open."""

    topic: str | None = None
    kind: str | None = None
    age: str | None = None


def make_library(found: Features) -> Library:
    """Turn features into vectors."""
    entries = Entries(found.numbers, found.rows, found.columns, found.values, found.sections, found.prior)
    return Library(ranking.build(entries), found)


def read_library(db: Connection) -> Library:
    """The library as the database is now."""
    return make_library(features.read(db))


def library(ctx: Context) -> Library:
    """The library of this process, built anew when resources have changed; looked after once a minute."""
    kept: tuple[Library, object, datetime] | None = ctx.kept.get("library")
    if kept is not None and abs(ctx.now - kept[2]) < _LOOK_AGAIN:
        return kept[0]
    with _lock:
        kept = ctx.kept.get("library")
        stamp = version(ctx.db)
        found = kept[0] if kept is not None and kept[1] == stamp else read_library(ctx.db)
        ctx.kept["library"] = (found, stamp, ctx.now)
    return found


def worth_of_reading(passes: int, rating: int | None) -> float:
    """What a reading says of taste: its depth; where there is a rating, mostly that."""
    depth = PASSES.get(min(3, passes), 0.0)
    if not rating:
        return depth
    return STARS[max(1, min(5, rating))] + 0.5 * max(0.0, depth - PASSES[1])


def read_profiles(db: Connection, club: int, member: int | None) -> dict[int, Profile]:
    """The marks of one member, or of every member of a club."""
    profiles: dict[int, Profile] = {}

    def of(who: int) -> Profile:
        return profiles.setdefault(who, Profile())

    cast = (
        votes.club_votes(db, club) if member is None else [(member, *vote) for vote in votes.member_votes(db, member)]
    )
    for who, number, signal in cast:
        of(who).add(number, SIGNALS[signal])
    found = readings.club_readings(db, club) if member is None else readings.member_readings(db, member)
    for reading in found:
        _count_reading(of(reading.member), reading)
    chosen = interests.of_club(db, club) if member is None else {member: interests.chosen(db, member)}
    for who, topics in chosen.items():
        if topics:
            of(who).topics = topics
    return profiles


def _count_reading(profile: Profile, reading: readings.Reading) -> None:
    value = worth_of_reading(reading.passes, reading.rating)
    value += SAVED if reading.state in {"to-read", "reading"} and not reading.passes else 0.0
    value += SKIPPED if reading.state == "skipped" else 0.0
    profile.add(reading.number, value)
    if reading.state in {"read", "skipped", "reading"}:
        profile.done.add(reading.number)


def taste(found: Library, profile: Profile) -> Taste:
    """A profile as the space sees it; marks on what is not indexed are left out."""
    marks = [(row, value) for number, value in profile.liked.items() if (row := found.row(number)) is not None]
    parts = [found.rows(f"@topic:{topic}") for topic in profile.topics]
    topics = np.unique(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.int64)
    return Taste(
        np.array([row for row, _ in marks], dtype=np.int64),
        np.array([value for _, value in marks], dtype=np.float32),
        topics,
    )


def candidates(found: Library, wish: Wish, left_out: Iterable[int], now: datetime) -> Ints:
    """The rows that may be recommended."""
    allowed = np.ones(len(found.space.numbers), dtype=bool)
    if wish.kind:
        allowed[:] = False
        allowed[found.rows(f"@kind:{wish.kind}")] = True
    else:
        for kind in NEVER_KINDS:
            allowed[found.rows(f"@kind:{kind}")] = False
    if wish.topic:
        inside = np.zeros_like(allowed)
        inside[found.rows(f"@topic:{wish.topic}")] = True
        allowed &= inside
    years = found.features.years
    if wish.age == "fresh":
        allowed &= years >= now.year - FRESH_YEARS
    elif wish.age == "classic":
        allowed &= (years > 1990) & (years <= now.year - CLASSIC_YEARS)
    gone = [row for number in left_out if (row := found.row(number)) is not None]
    allowed[gone] = False
    return np.flatnonzero(allowed)


def for_one(
    found: Library, profile: Profile, allowed: Ints, count: int, balance: float = 0.1
) -> tuple[list[int], Scores]:
    """The rows for one reader, best first, and their scores."""
    scores = ranking.score(found.space, taste(found, profile))
    return ranking.diverse(found.space, scores.total, allowed, count, balance), scores


def for_group(
    found: Library, profiles: Collection[Profile], allowed: Ints, count: int
) -> tuple[list[int], list[Scores]]:
    """The rows for a group, chosen so that nobody is left out, and each member's scores."""
    scores = [ranking.score(found.space, taste(found, profile)) for profile in profiles or (Profile(),)]
    if len(scores) == 1:
        return ranking.diverse(found.space, scores[0].total, allowed, count, 0.1), scores
    together = ranking.score(found.space, taste(found, _together(profiles)))
    return ranking.fair([x.total for x in scores], together.total, allowed, count), scores


def _together(profiles: Iterable[Profile]) -> Profile:
    """Everybody's marks as if one reader had made them."""
    both = Profile()
    for profile in profiles:
        for number, value in profile.liked.items():
            both.add(number, value)
    return both


def group_profiles(db: Connection, club: int, viewer: int | None, wanted: Mapping[int, float]) -> list[Profile]:
    """The profiles that may shape what a group sees, without telling one member of another's private marks.

    Those who show their name and the one who asks count with everything. The others do too where at least
    FEW_MEMBERS of them have marks; fewer count only by the club's votes (`wanted`), which everybody sees anyway.
    """
    every = read_profiles(db, club, None)
    named = {member.id for member in club_members(db, club) if member.named}
    open_ = [profile for who, profile in every.items() if who in named or who == viewer]
    hidden = [profile for who, profile in every.items() if who not in named and who != viewer]
    if len(hidden) >= FEW_MEMBERS:
        return [*open_, *hidden]
    return [*open_, *([Profile(dict(wanted))] if wanted else [])]


def done_by_most(profiles: Sequence[Profile], viewer: Profile | None) -> set[int]:
    """What a group is not shown: what at least half of those who have marks are done with, or the one who asks."""
    counts: dict[int, int] = {}
    for profile in profiles:
        for number in profile.done:
            counts[number] = counts.get(number, 0) + 1
    most = max(2, -(-len(profiles) // 2))
    return {number for number, n in counts.items() if n >= most} | (viewer.done if viewer else set())


def neighbours(found: Library, number: int, count: int) -> list[int]:
    """The rows most like one resource."""
    row = found.row(number)
    if row is None:
        return []
    profile = Profile({number: 1.0})
    kind = next((k for k in NEVER_KINDS if row in set(found.rows(f"@kind:{k}").tolist())), None)
    allowed = candidates(found, Wish(kind=kind), [number], datetime.max.replace(tzinfo=UTC))
    return for_one(found, profile, allowed, count, balance=0.1)[0]


def numbers(found: Library, rows: Iterable[int]) -> list[int]:
    """The resources' numbers of rows."""
    return [int(found.space.numbers[row]) for row in rows]
