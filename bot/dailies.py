"""The daily paper between the database and the rules: what a channel is shown on which day, and what is owed when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.picking import Picked, Policy, Shelf, State
from bot.slots import Rhythm, Slot, holiday, instant, next_slot, slot_after
from storage import Connection, candidates, outbox, schedules
from storage.clubs import elsewhere
from storage.outbox import Post
from storage.schedules import Schedule, Wish

SKIP_FOR = timedelta(days=30)
"""How long a resource that members skipped stays out of the queue."""

_FAR = timedelta(days=800)
_MOST_MISSED = 31
_MOST_SHELVES = 200


def rhythm(schedule: Schedule) -> Rhythm:
    """When a schedule has its slots."""
    return Rhythm(time.fromisoformat(schedule.time), schedule.zone, schedule.days, schedule.kind == "monthly")


def post_key(schedule: Schedule, day: date) -> str:
    """The key under which a slot is posted: one a place, a kind and a local day, whatever happens to the schedule."""
    return ":".join((schedule.kind, schedule.platform, schedule.space, schedule.target, day.isoformat()))


def start(db: Connection, schedule: Schedule, now: datetime) -> Schedule:
    """Switch a schedule on, also under other rules: it waits for its next slot on a day that has no post yet.

    A slot that has come already and was not served stays due. What no platform has of the days to come is forgotten,
    since they get theirs anew.
    """
    slot = next_slot(rhythm(schedule), now)
    while slot is not None and _stands(outbox.find(db, post_key(schedule, slot.day))):
        slot = slot_after(rhythm(schedule), slot.day)
    day, at = (slot.day.isoformat(), slot.at) if slot else (None, None)
    outbox.reopen(db, schedule.id, day, now)
    if _unserved(schedule, now) and (day is None or (schedule.slot or "") < day):
        day, at = schedule.slot, schedule.due_at
    return schedules.put(db, replace(schedule, active=True, slot=day, due_at=at))


def _stands(post: Post | None) -> bool:
    """Whether the platform has a post, or may have it."""
    return post is not None and (post.state in {"sending", "sent", "unclear"} or post.doubted_at is not None)


def _unserved(schedule: Schedule, now: datetime) -> bool:
    """Whether a slot has come of which nothing is known yet."""
    if not schedule.active or schedule.slot is None or schedule.due_at is None:
        return False
    return schedule.due_at <= now and rhythm(schedule).has(date.fromisoformat(schedule.slot))


def post_for(schedule: Schedule, slot: Slot, **values: Any) -> Post:
    """The post of a slot."""
    return Post(
        key=post_key(schedule, slot.day),
        kind=schedule.kind,
        club=schedule.club,
        schedule=schedule.id,
        platform=schedule.platform,
        space=schedule.space,
        target=schedule.target,
        language=schedule.language,
        date=slot.day.isoformat(),
        due_at=slot.at,
        **values,
    )


def notice(db: Connection, schedule: Schedule, what: str, reasons: Sequence[tuple[str, str]], now: datetime) -> None:
    """Tell the admin who set the schedule up, once under this name; once forgotten, only its status tells."""
    if not schedule.account:
        return
    post = Post(
        key=f"notice:{schedule.kind}:{schedule.platform}:{schedule.space}:{schedule.target}:{what}",
        kind="notice",
        club=schedule.club,
        platform=schedule.platform,
        space=schedule.space,
        target=schedule.account,
        language=schedule.language,
        date=now.date().isoformat(),
        due_at=now,
        reasons=(("kind", schedule.kind), ("channel", schedule.target), *reasons),
    )
    outbox.add(db, post, now)


def notice_elsewhere(db: Connection, post: Post, now: datetime) -> None:
    """Tell an admin who can't be reached there what was to be told, on another platform where they have an account."""
    if "platform" in dict(post.reasons):
        return  # that is what this post was
    for account in elsewhere(db, post.platform, post.space, post.target)[:1]:
        moved = Post(
            key=f"{post.key}:{account.platform}", kind=post.kind, club=post.club, platform=account.platform,
            space=account.space, target=account.account, language=post.language, date=post.date, due_at=now,
            reasons=(*post.reasons, ("platform", post.platform), ("space", post.space)),
        )  # fmt: skip
        outbox.add(db, moved, now)


# ---- the catalogue and the state of a channel ----


@dataclass(frozen=True)
class _Catalogue:
    version: object
    candidates: Sequence[candidates.Candidate]
    known: Mapping[str, int]
    moved: Mapping[int, int]
    topics: Mapping[int, tuple[str, ...]]


def _catalogue(db: Connection, kept: dict[str, Any]) -> _Catalogue:
    version = candidates.version(db)
    found = kept.get("daily catalogue")
    if found is None or found.version != version:
        every = candidates.candidates(db)
        topics = {c.number: c.topics for c in every}
        found = _Catalogue(version, every, candidates.known_by(db), candidates.moved(db), topics)
        kept["daily catalogue"] = found
        kept["daily shelves"] = {}
    return found


def shelf(db: Connection, kept: dict[str, Any], schedule: Schedule) -> Shelf:
    """The catalogue through a schedule's filters."""
    catalogue = _catalogue(db, kept)
    options = schedule.options
    policy = Policy(options.topics, options.kinds, options.fresh, options.people_day)
    shelves: dict[Policy, Shelf] = kept["daily shelves"]
    if policy not in shelves:
        if len(shelves) >= _MOST_SHELVES:
            shelves.clear()
        shelves[policy] = Shelf(catalogue.candidates, policy)
    return shelves[policy]


def state(db: Connection, kept: dict[str, Any], schedule: Schedule, now: datetime) -> State:
    """What the pick of a channel depends on."""
    catalogue = _catalogue(db, kept)
    regard = candidates.regard(db, schedule.club)
    moved = catalogue.moved
    wishes = [replace(w, number=moved.get(w.number, w.number)) for w in schedules.wished(db, schedule.id)]
    bumps, skips = _wishes(wishes, now)
    return State(
        seed=f"{schedule.platform}:{schedule.target}",
        shown=tuple(_shown(catalogue, outbox.shown(db, schedule.platform, schedule.space, schedule.target))),
        members=regard.members,
        wants=regard.wants,
        reads=regard.reads,
        bumps=bumps,
        skips=skips,
        pins=_pins(db, schedule, moved, now),
        interests={member: _interests(catalogue, liked) for member, liked in regard.liked.items()},
    )


def _shown(catalogue: _Catalogue, posts: Iterable[Post]) -> Iterable[int]:
    """What was shown, under the numbers of today: also after merges, and after a re-import under other numbers."""
    for post in posts:
        if post.number is None:
            continue
        yield catalogue.moved.get(post.number, post.number)
        yield from {catalogue.known[key] for key in post.keys if key in catalogue.known} - {post.number}


def _wishes(wishes: Sequence[Wish], now: datetime) -> tuple[dict[int, int], set[int]]:
    """Bumps that outweigh skips, and the other way round; old skips are forgotten."""
    balance: dict[int, int] = {}
    for wish in wishes:
        if wish.wish == "bump":
            balance[wish.number] = balance.get(wish.number, 0) + 1
        elif wish.wish == "skip" and wish.at > now - SKIP_FOR:
            balance[wish.number] = balance.get(wish.number, 0) - 1
    return {n: v for n, v in balance.items() if v > 0}, {n for n, v in balance.items() if v < 0}


def _pins(db: Connection, schedule: Schedule, moved: Mapping[int, int], now: datetime) -> dict[date, int]:
    """What is pinned on days that are not over anywhere."""
    over = (now - timedelta(days=1)).date().isoformat()
    found = schedules.pinned(db, schedule.id, over)
    return {date.fromisoformat(day): moved.get(number, number) for day, number in found.items()}


def _interests(catalogue: _Catalogue, liked: Mapping[int, float]) -> dict[str, float]:
    """How much each topic means to a member, 0 to 1, from what they gave signals on."""
    weights: dict[str, float] = {}
    for number, value in liked.items():
        for topic in catalogue.topics.get(number, ()):
            weights[topic] = weights.get(topic, 0.0) + value
    most = max(weights.values(), default=0.0)
    return {topic: weight / most for topic, weight in weights.items() if weight > 0} if most > 0 else {}


# ---- the days to come ----


@dataclass(frozen=True)
class Day:
    """A slot to come: what it will show, or why nothing ("paused", "holiday:NAME", "empty")."""

    slot: Slot
    picked: Picked | None = None
    why: str | None = None


def silent(schedule: Schedule, day: date) -> str | None:
    """Why nothing is posted on a local day, or None."""
    if schedule.paused_until and day.isoformat() < schedule.paused_until:
        return "paused"
    options = schedule.options
    named = holiday(day, options.country, options.region, options.dates, schedule.language)
    return None if named is None else f"holiday:{named}"


def next_open(schedule: Schedule, now: datetime) -> Slot | None:
    """The next slot that was not served yet."""
    slot = next_slot(rhythm(schedule), now)
    waiting = date.fromisoformat(schedule.slot) if schedule.active and schedule.slot else None
    if slot is not None and waiting is not None and slot.day < waiting:
        return slot_after(rhythm(schedule), waiting - timedelta(days=1))
    return slot


def next_spoken(schedule: Schedule, now: datetime, since: date = date.min) -> Slot | None:
    """The next slot, on a local day or later, at which something is posted: neither in a pause nor on a holiday."""
    slot = next_open(schedule, now)
    if slot is not None and slot.day < since:
        slot = slot_after(rhythm(schedule), since - timedelta(days=1))
    while slot is not None and silent(schedule, slot.day) and slot.at < now + _FAR:
        slot = slot_after(rhythm(schedule), slot.day)
    return slot


def days_to_come(db: Connection, kept: dict[str, Any], schedule: Schedule, now: datetime, count: int) -> list[Day]:
    """The next slots with their picks, as they would be if nothing changed; `count` of them show something."""
    found: list[Day] = []
    seen, books = state(db, kept, schedule, now), shelf(db, kept, schedule)
    slot = next_open(schedule, now)
    while slot is not None and sum(d.picked is not None for d in found) < count and len(found) < count + 60:
        why = silent(schedule, slot.day)
        picked = None if why else books.pick(seen, slot.day)
        found.append(Day(slot, picked, why or (None if picked else "empty")))
        if not why and picked is None:
            break
        if picked is not None:
            seen = seen.after(picked.number)
        slot = slot_after(rhythm(schedule), slot.day)
    return found


# ---- when a slot has come ----


@dataclass(frozen=True)
class Due:
    """A slot that has come, and those before it that were missed."""

    slot: Slot
    missed: tuple[Slot, ...]
    following: Slot | None


def due_slot(schedule: Schedule, now: datetime) -> Due | Slot | None:
    """What has come of a schedule: a Due, the Slot to wait for where the zone's rules moved it, or None.

    Of several missed slots only the newest may still be posted: never a burst.
    """
    if schedule.slot is None:
        return None
    when = rhythm(schedule)
    day = date.fromisoformat(schedule.slot)
    at = instant(day, when.time, when.zone)
    if at is None or at > now:
        return Slot(day, at) if at is not None else slot_after(when, day)
    passed = [Slot(day, at)]
    following = slot_after(when, day)
    while following is not None and following.at <= now:
        passed.append(following)
        following = slot_after(when, following.day)
    return Due(passed[-1], tuple(passed[:-1][-_MOST_MISSED:]), following)


def move_on(db: Connection, schedule: Schedule, slot: Slot | None) -> None:
    """Wait for a slot."""
    schedules.change(db, schedule.id, slot=slot.day.isoformat() if slot else None, due_at=slot.at if slot else None)


def misaligned(schedule: Schedule, now: datetime) -> Slot | None:
    """The waiting slot where its instant is not the noted one: the rules of its zone have changed since."""
    if schedule.due_at is None or schedule.due_at <= now:
        return None
    found = due_slot(schedule, now)
    slot = found.slot if isinstance(found, Due) else found
    return slot if slot is not None and slot.at != schedule.due_at else None
