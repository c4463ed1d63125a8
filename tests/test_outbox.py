"""The outbox: each post once, whoever claims it and whenever they die."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from conftest import NOW

from storage import Connection, Engine, outbox, reading, writing
from storage.clubs import ensure_club
from storage.outbox import Arrival, Post

LEASE = timedelta(seconds=30)


@pytest.fixture
def club(engine: Engine) -> int:
    with writing(engine) as db:
        return ensure_club(db, "slack", "T1", "Acme", NOW).id


def owed(club: int, key: str = "daily:1", due: datetime = NOW) -> Post:
    return Post(
        key=key, kind="daily", club=club, platform="slack", space="T1", target="C1", language="en", date="2026-03-02",
        due_at=due, number=12, keys=("arxiv:1",), reasons=(("stars", "5"),),
    )  # fmt: skip


def claim(db: Connection, owner: str, now: datetime = NOW) -> list[Post]:
    return outbox.claim(db, ["slack"], owner, now, limit=10, lease=LEASE)


def test_a_key_is_owed_once(engine: Engine, club: int) -> None:
    with writing(engine) as db:
        assert outbox.add(db, owed(club), NOW) is not None
        assert outbox.add(db, owed(club), NOW) is None
        found = outbox.find(db, "daily:1")
    assert found is not None
    assert (found.state, found.keys, found.reasons) == ("queued", ("arxiv:1",), (("stars", "5"),))


def test_a_post_is_claimed_by_one_only_and_not_before_it_is_due(engine: Engine, club: int) -> None:
    with writing(engine) as db:
        outbox.add(db, owed(club), NOW)
        assert claim(db, "a", NOW - timedelta(seconds=1)) == []
        assert [post.key for post in claim(db, "a")] == ["daily:1"]
        assert claim(db, "b") == []
        assert not outbox.anything_due(db, "slack", NOW)


def test_a_claim_that_ended_before_sending_began_is_simply_taken_over(engine: Engine, club: int) -> None:
    later = NOW + LEASE + timedelta(seconds=1)
    with writing(engine) as db:
        outbox.add(db, owed(club), NOW)
        (first,) = claim(db, "a")
        (second,) = claim(db, "b", later)
        assert second.doubted_at is None
        assert not outbox.begin(db, [first.id], "a", later, LEASE)
        assert outbox.begin(db, [second.id], "b", later, LEASE)


def test_a_post_whose_sender_died_while_sending_comes_back_doubted(engine: Engine, club: int) -> None:
    with writing(engine) as db:
        outbox.add(db, owed(club), NOW)
        (post,) = claim(db, "a")
        assert outbox.begin(db, [post.id], "a", NOW, LEASE)
        assert claim(db, "b", NOW + timedelta(seconds=29)) == []
        (again,) = claim(db, "b", NOW + timedelta(seconds=31))
    assert again.doubted_at == NOW


def test_a_claim_that_ended_can_no_longer_begin(engine: Engine, club: int) -> None:
    with writing(engine) as db:
        outbox.add(db, owed(club), NOW)
        (post,) = claim(db, "a")
        assert not outbox.begin(db, [post.id], "a", NOW + LEASE, LEASE)


def test_what_is_sent_is_sent_for_ever(engine: Engine, club: int) -> None:
    with writing(engine) as db:
        outbox.add(db, owed(club), NOW)
        (post,) = claim(db, "a")
        outbox.begin(db, [post.id], "a", NOW, LEASE)
        assert outbox.sent(db, [Arrival(post.id, "C1", "1.2")], NOW)
        assert not outbox.sent(db, [Arrival(post.id, "C1", "9.9")], NOW)
        outbox.postpone(db, post.id, "a", NOW, "too late")
        assert not outbox.settle(db, post.id, "a", "failed", "x")
        assert claim(db, "b", NOW + timedelta(days=1)) == []
        found = outbox.get(db, post.id)
    assert found is not None
    assert (found.state, found.reference, found.tries) == ("sent", "1.2", 1)


def test_a_postponed_post_waits_and_stays_doubted_from_the_first_doubt(engine: Engine, club: int) -> None:
    later = NOW + timedelta(seconds=10)
    with writing(engine) as db:
        outbox.add(db, owed(club), NOW)
        (post,) = claim(db, "a")
        outbox.begin(db, [post.id], "a", NOW, LEASE)
        outbox.postpone(db, post.id, "a", later, "lost", NOW)
        assert claim(db, "b") == []
        (again,) = claim(db, "b", later)
        outbox.begin(db, [again.id], "b", later, LEASE)
        outbox.postpone(db, again.id, "b", later, "limited")
        (last,) = claim(db, "c", later)
    assert (last.doubted_at, last.tries, last.error) == (NOW, 2, "limited")


def test_only_what_counts_as_shown_is_shown(engine: Engine, club: int) -> None:
    with writing(engine) as db:
        for n, state in enumerate(("sent", "failed", "skipped", "unclear", "queued")):
            post = replace(owed(club, f"k{n}"), state=state, number=n, date=f"2026-03-0{n + 1}")
            outbox.add(db, post, NOW)
    with reading(engine) as db:
        assert [p.number for p in outbox.shown(db, "slack", "T1", "C1")] == [0, 3, 4]
        assert outbox.tally(db)[("slack", "failed")] == 1


def test_what_nobody_has_begun_to_send_can_be_withdrawn(engine: Engine, club: int) -> None:
    with writing(engine) as db:
        outbox.add(db, owed(club), NOW)
        outbox.withdraw(db, 1, "off", NOW)  # no such schedule
        assert len(claim(db, "a")) == 1


def test_many_begin_and_arrive_together_each_for_itself(engine: Engine, club: int) -> None:
    with writing(engine) as db:
        for n in range(3):
            outbox.add(db, owed(club, f"daily:{n}"), NOW)
        first, second, third = claim(db, "a")
        assert outbox.begin(db, [first.id, second.id], "b", NOW, LEASE) == set()
        assert outbox.begin(db, [first.id, second.id, 999], "a", NOW, LEASE) == {first.id, second.id}
        assert outbox.begin(db, [first.id, third.id], "a", NOW, LEASE) == {third.id}
        assert outbox.sent(db, [Arrival(first.id, "C1", "1"), Arrival(999, "C1", "9")], NOW) == {first.id}
        arrived = [Arrival(first.id, "C1", "7"), Arrival(second.id, "C1", "2"), Arrival(third.id, "C2", "3")]
        assert outbox.sent(db, arrived, NOW) == {second.id, third.id}
        assert outbox.sent(db, [], NOW) == set()
        found = [outbox.get(db, post.id) for post in (first, second, third)]
    assert [(post.place, post.reference, post.state) for post in found if post] == [
        ("C1", "1", "sent"),
        ("C1", "2", "sent"),
        ("C2", "3", "sent"),
    ]


def test_what_is_due_soon_may_be_claimed_early(engine: Engine, club: int) -> None:
    early = timedelta(seconds=0.5)
    before = NOW - timedelta(seconds=0.4)
    with writing(engine) as db:
        outbox.add(db, owed(club), NOW)
        assert not outbox.anything_due(db, "slack", before)
        assert not outbox.anything_due(db, "slack", NOW - timedelta(seconds=0.6), early)
        assert outbox.anything_due(db, "slack", before, early)
        assert len(outbox.claim(db, ["slack"], "a", before, limit=10, lease=LEASE, early=early)) == 1


def test_what_is_given_back_can_be_claimed_at_once_but_not_what_was_begun(engine: Engine, club: int) -> None:
    with writing(engine) as db:
        outbox.add(db, owed(club, "daily:1"), NOW)
        outbox.add(db, owed(club, "daily:2"), NOW)
        begun, waiting = claim(db, "a")
        outbox.begin(db, [begun.id], "a", NOW, LEASE)
        outbox.release(db, "b")
        assert claim(db, "b") == []
        outbox.release(db, "a")
        assert [post.id for post in claim(db, "b")] == [waiting.id]
        assert not outbox.begin(db, [waiting.id], "a", NOW, LEASE)
