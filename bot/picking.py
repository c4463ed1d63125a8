"""The pick of a day: pure, and the same for the same state. Why something was picked comes with it.

Nothing comes twice. What an admin pinned comes first. People, labs and courses have their own weekday, if any. New and
older work alternate by the share that is set. No topic gets far above its share of what there is; within that the
score decides: what members want, how much is owed to members whose interests came up least, what few have read,
stars, lists, and rest for topics that were just there. Every fifth day goes to the topics that were shown least.
"""

import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from storage.candidates import Candidate

DAILY_KINDS = ("paper", "report", "blog", "book", "notes", "video")
"""What a day may show when no kinds are chosen."""
PEOPLE_KINDS = ("person", "lab", "course")
EXPLORE_EVERY = 5
_TOPIC_LIMIT = 1.5
_RECENT = 20
_REST = 10
_MOST_SCORED = 2000


@dataclass(frozen=True)
class Policy:
    """What the channel wants: empty `topics` and `kinds` mean any; `fresh` is the share of new work in percent."""

    topics: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    fresh: int = 40
    people_day: int | None = None


@dataclass(frozen=True)
class State:
    """What the pick depends on. `shown` are the channel's picks, oldest first, under the numbers of today.

    `interests` maps a member to how much each topic means to them (0..1); `pins` a local day to a number; `seed` lets
    channels differ where nothing else tells two resources apart.
    """

    seed: str = ""
    shown: tuple[int, ...] = ()
    members: int = 0
    wants: Mapping[int, int] = field(default_factory=dict)
    reads: Mapping[int, int] = field(default_factory=dict)
    bumps: Mapping[int, int] = field(default_factory=dict)
    skips: Collection[int] = ()
    pins: Mapping[date, int] = field(default_factory=dict)
    interests: Mapping[int, Mapping[str, float]] = field(default_factory=dict)

    def after(self, number: int) -> "State":
        """The state when a resource has been shown too."""
        return replace(self, shown=(*self.shown, number))


@dataclass(frozen=True)
class Picked:
    """A resource and why: codes with a value each (see bot.dailies for the words)."""

    number: int
    reasons: tuple[tuple[str, str], ...]


class Shelf:
    """The catalogue as one policy sees it, made once for many picks."""

    def __init__(self, catalogue: Iterable[Candidate], policy: Policy) -> None:
        self.policy = policy
        self.all = {c.number: c for c in catalogue}
        kinds = policy.kinds or DAILY_KINDS
        self.usual = [c for c in self.all.values() if c.kind in kinds and self._wanted(c)]
        self.people = [c for c in self.all.values() if c.kind in PEOPLE_KINDS and self._wanted(c)]
        self.usual.sort(key=lambda c: (-_prior(c), c.number))
        self.people.sort(key=lambda c: (-_prior(c), c.number))
        counts = Counter(topic for c in self.usual for topic in c.topics)
        self.share = {topic: count / len(self.usual) for topic, count in counts.items()}

    def _wanted(self, candidate: Candidate) -> bool:
        wanted = self.policy.topics
        return not wanted or any(t == w or t.startswith(f"{w}/") for t in candidate.topics for w in wanted)

    def pick(self, state: State, day: date) -> Picked | None:
        """What to show on a local day, or None when the filters leave nothing."""
        pinned = state.pins.get(day)
        if pinned in self.all and pinned not in self.seen(state):
            return Picked(pinned, (("pinned", ""),))
        gone = self._gone(state)
        if self.policy.people_day == day.weekday():
            people = [c for c in self.people if c.number not in gone]
            if people:
                return self._best(people, state, day, people=True)
        left = [c for c in self.usual if c.number not in gone]
        if not left:
            return None
        return self._best(self._of_age(self._in_share(left, state), state, day), state, day)

    def may_come(self, number: int) -> bool:
        """Whether the filters let a resource through."""
        people = self.people if self.policy.people_day is not None else ()
        return any(candidate.number == number for candidate in (*self.usual, *people))

    def seen(self, state: State) -> set[int]:
        """Everything that was shown, under whatever name."""
        shown = [self.all[number] for number in state.shown if number in self.all]
        return set(state.shown).union(*(candidate.same for candidate in shown))

    def _gone(self, state: State) -> set[int]:
        """Everything that may not come by itself now."""
        return self.seen(state) | set(state.skips) | set(state.pins.values())

    def _in_share(self, left: Sequence[Candidate], state: State) -> Sequence[Candidate]:
        """Without what belongs to a topic that has had much more than its share."""
        shown = Counter(t for n in state.shown if n in self.all for t in self.all[n].topics)
        full = {
            topic
            for topic, share in self.share.items()
            if shown[topic] + 1 > max(1.0, _TOPIC_LIMIT * share * (len(state.shown) + 4))
        }
        return [c for c in left if full.isdisjoint(c.topics)] or left

    def _of_age(self, left: Sequence[Candidate], state: State, day: date) -> Sequence[Candidate]:
        """Only new or only older work, whichever the share asks for now."""
        recent = [self.all[n] for n in state.shown[-_RECENT:] if n in self.all and self.all[n].kind not in PEOPLE_KINDS]
        new = sum(is_fresh(c, day) for c in recent)
        wanted = new < self.policy.fresh / 100 * (len(recent) + 1)
        return [c for c in left if is_fresh(c, day) == wanted] or left

    def _best(self, left: Sequence[Candidate], state: State, day: date, *, people: bool = False) -> Picked:
        owed = _owed(state, self.all)
        counts = Counter(t for n in state.shown if n in self.all for t in self.all[n].topics)
        rested = _rested(state, self.all)
        exploring = not people and len(state.shown) % EXPLORE_EVERY == EXPLORE_EVERY - 1
        asked = [c for c in left[_MOST_SCORED:] if c.number in state.wants or c.number in state.bumps]

        def score(c: Candidate) -> float:
            value = _merit(c, state, owed) + 0.1 * _dice(state.seed, c.number)
            value -= sum(rested.get(topic, 0.0) for topic in c.topics) / (len(c.topics) or 1)
            if exploring and c.topics:
                expected = min(self.share.get(t, 1.0) * (len(state.shown) + 1) for t in c.topics)
                value += max(0.0, 1.0 - min(counts[t] for t in c.topics) / max(expected, 0.5))
            return value

        best = max([*left[:_MOST_SCORED], *asked], key=lambda c: (score(c), -c.number))
        return Picked(best.number, tuple(_reasons(best, state, owed, day, exploring=exploring, people=people)))


def _dice(seed: str, number: int) -> float:
    """A number from 0 to 1 that looks random and never changes."""
    return zlib.crc32(f"{seed} {number}".encode()) / 2**32


def is_fresh(candidate: Candidate, day: date) -> bool:
    """Whether it came out this year or the last."""
    return candidate.year is not None and candidate.year >= day.year - 1


def _prior(c: Candidate) -> float:
    """What the lists say: stars above two, five of them above all, and how many lists there are."""
    return 0.2 * max(0, c.stars - 2) + (0.8 if c.stars >= 5 else 0.0) + 0.15 * min(c.lists - 1, 3)


def _merit(c: Candidate, state: State, owed: Mapping[str, float]) -> float:
    value = _prior(c)
    if wants := state.wants.get(c.number):
        value += 1.0 + min(1.0, wants / max(1, state.members))
    if bumps := state.bumps.get(c.number):
        value += min(3.0, 1.0 + bumps)
    if state.members and (reads := state.reads.get(c.number)):
        value -= 1.5 * min(1.0, reads / state.members)
    return value + max((owed.get(topic, 0.0) for topic in c.topics), default=0.0)


def _owed(state: State, known: Mapping[int, Candidate]) -> dict[str, float]:
    """How much each topic is owed: members whose interests came up least count most."""
    owed: dict[str, float] = {}
    whole = 0.0
    for interests in state.interests.values():
        ago = 0
        for number in reversed(state.shown[-_RECENT:]):
            if number in known and any(interests.get(t, 0.0) >= 0.5 for t in known[number].topics):
                break
            ago += 1
        weight = 1.0 + min(ago, _REST)
        whole += weight
        for topic, interest in interests.items():
            owed[topic] = owed.get(topic, 0.0) + weight * interest
    return {topic: value / whole for topic, value in owed.items()} if whole else {}


def _rested(state: State, known: Mapping[int, Candidate]) -> dict[str, float]:
    """How tired each topic is: most on the day after it was shown, not at all ten picks later."""
    tired: dict[str, float] = {}
    for age, number in enumerate(reversed(state.shown[-_REST:])):
        if number in known:
            for topic in known[number].topics:
                tired[topic] = tired.get(topic, 0.0) + 0.6 * (1 - age / _REST)
    return tired


def _reasons(
    c: Candidate, state: State, owed: Mapping[str, float], day: date, *, exploring: bool, people: bool
) -> Iterable[tuple[str, str]]:
    """At most three reasons, those that weigh most first."""
    found = []
    if people:
        found.append(("people", c.kind))
    if wants := state.wants.get(c.number):
        found.append(("wanted", str(wants)))
    if bumps := state.bumps.get(c.number):
        found.append(("bumped", str(bumps)))
    liked = max(c.topics, key=lambda t: owed.get(t, 0.0), default="")
    if owed.get(liked, 0.0) >= 0.2:
        found.append(("interest", liked))
    if c.stars >= 3:
        found.append(("stars", str(c.stars)))
    if c.lists > 1:
        found.append(("lists", str(c.lists)))
    if exploring and c.topics:
        found.append(("explore", c.topics[0]))
    if c.year is not None:
        found.append(("fresh" if is_fresh(c, day) else "classic", str(c.year)))
    if c.topics and len(found) < 2 and not exploring:
        found.append(("topic", c.topics[0]))
    return found[:3]
