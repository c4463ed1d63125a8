"""Clubs, members, channels, spaces and deliveries."""

import threading
from datetime import timedelta

import sqlalchemy as sa
from conftest import NOW

from storage import deliveries, reading, spaces, writing
from storage.clubs import (
    Account,
    change_channel,
    change_member,
    club_channels,
    count_members,
    ensure_channel,
    ensure_club,
    ensure_member,
    find_channel,
    find_club,
    find_member,
    get_members,
)
from storage.tables import members

ALICE = Account("slack", "T1", "U1", "Alice")


def test_the_first_word_in_a_space_founds_its_club(engine: sa.Engine) -> None:
    with writing(engine) as db:
        assert find_club(db, "slack", "T1") is None
        member = ensure_member(db, ALICE, NOW)
        club = find_club(db, "slack", "T1")
    assert club is not None
    assert member.club == club.id
    assert not member.named


def test_the_same_account_is_the_same_member_under_any_name(engine: sa.Engine) -> None:
    with writing(engine) as db:
        first = ensure_member(db, ALICE, NOW)
        ensure_member(db, Account("slack", "T1", "U1", "Alice B."), NOW)
        assert get_members(db, [first.id])[first.id].name == "Alice B."
        assert count_members(db, first.club) == 1


def test_the_same_id_in_another_workspace_is_somebody_else(engine: sa.Engine) -> None:
    with writing(engine) as db:
        one = ensure_member(db, ALICE, NOW)
        other = ensure_member(db, Account("slack", "T2", "U1", "Alan"), NOW)
    assert one.id != other.id
    assert one.club != other.club


def test_eight_threads_make_one_member(engine: sa.Engine) -> None:
    def speak() -> None:
        with writing(engine) as db:
            ensure_member(db, ALICE, NOW)

    threads = [threading.Thread(target=speak) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as db:
        assert db.execute(sa.select(sa.func.count()).select_from(members)).scalar_one() == 1


def test_a_member_chooses_language_zone_and_name(engine: sa.Engine) -> None:
    with writing(engine) as db:
        member = ensure_member(db, ALICE, NOW)
        change_member(db, member.id, language="zh", zone="Asia/Shanghai", named=True)
        found = find_member(db, "slack", "T1", "U1")
    assert found is not None
    assert (found.language, found.zone, found.named) == ("zh", "Asia/Shanghai", True)


def test_a_channel_keeps_its_own_zone_and_language(engine: sa.Engine) -> None:
    with writing(engine) as db:
        club = ensure_club(db, "slack", "T1", "Lab", NOW)
        made = ensure_channel(db, club.id, "slack", "T1", "C1", "UTC", "en")
        change_channel(db, made.id, zone="Asia/Tokyo", language="zh")
        assert ensure_channel(db, club.id, "slack", "T1", "C1", "UTC", "en").zone == "Asia/Tokyo"
        assert [channel.language for channel in club_channels(db, club.id)] == ["zh"]
        assert find_channel(db, "slack", "T1", "C2") is None


def test_a_delivery_is_claimed_once_until_released_or_expired(engine: sa.Engine) -> None:
    with writing(engine) as db:
        assert deliveries.claim(db, "slack:Ev1", NOW)
        assert not deliveries.claim(db, "slack:Ev1", NOW)
        deliveries.release(db, "slack:Ev1")
        assert deliveries.claim(db, "slack:Ev1", NOW)
        assert deliveries.expire(db, NOW + deliveries.KEEP) == 0
        assert deliveries.expire(db, NOW + deliveries.KEEP + timedelta(seconds=1)) == 1


def test_a_space_is_forgotten_only_after_the_grace_period(engine: sa.Engine) -> None:
    later = NOW + spaces.GRACE + timedelta(minutes=1)
    with writing(engine) as db:
        spaces.join(db, "discord", "G1", "Lab", NOW)
        spaces.leave(db, "discord", "G1", NOW)
        assert spaces.expired(db, "discord", NOW + timedelta(days=29)) == []
        assert spaces.expired(db, "discord", later) == ["G1"]
        spaces.join(db, "discord", "G1", "Lab", NOW + timedelta(days=3))
        assert spaces.expired(db, "discord", later) == []


def test_purging_a_space_takes_its_club_and_members_along(engine: sa.Engine) -> None:
    with writing(engine) as db:
        spaces.join(db, "slack", "T1", "Lab", NOW)
        ensure_member(db, ALICE, NOW)
        ensure_member(db, Account("slack", "T2", "U1", "Alan"), NOW)
        spaces.purge(db, "slack", "T1")
        assert find_member(db, "slack", "T1", "U1") is None
        assert find_club(db, "slack", "T1") is None
        assert find_member(db, "slack", "T2", "U1") is not None
