"""What is remembered for Discord: long lines, registrations, guilds and where a member is at home."""

from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import sqlalchemy as sa
from conftest import NOW

from bot.adapters.discord.client import tidy
from bot.adapters.discord.desk import Desk
from storage import deliveries, reading, writing
from storage.clubs import Account, ensure_member
from storage.discord import KEEP_LINES, expire_lines, find_line, home_of, keep_lines, reconcile, register, registered
from storage.spaces import GRACE, expired, join, leave


def test_a_long_line_is_found_under_its_key_until_nobody_was_shown_it_for_long(engine: sa.Engine) -> None:
    with writing(engine) as db:
        keep_lines(db, {"k": "search x"}, NOW)
        keep_lines(db, {"k": "search x"}, NOW + timedelta(days=1))
        keep_lines(db, {"k": "search x"}, NOW - KEEP_LINES + timedelta(days=1))  # in a form, for a day
        assert find_line(db, "k") == "search x"
        assert expire_lines(db, NOW + KEEP_LINES) == 0
        assert expire_lines(db, NOW + KEEP_LINES + timedelta(days=2)) == 1
        assert find_line(db, "k") is None


def test_the_last_registration_is_remembered_for_each_application(engine: sa.Engine) -> None:
    with writing(engine) as db:
        assert registered(db, "1") is None
        register(db, "1", "a", NOW)
        register(db, "1", "b", NOW)
        assert (registered(db, "1"), registered(db, "2")) == ("b", None)


def test_guilds_left_unnoticed_are_noted_and_those_of_other_shards_are_not_touched(engine: sa.Engine) -> None:
    with writing(engine) as db:
        for guild in ("1", "2", "3"):
            join(db, "discord", guild, None, NOW)
        reconcile(db, {"1": "One", "4": "Four"}, lambda guild: guild != "3", NOW)
        assert list(expired(db, "discord", NOW + GRACE + timedelta(days=1))) == ["2"]


def test_a_guild_that_comes_back_in_time_is_not_purged(engine: sa.Engine) -> None:
    with writing(engine) as db:
        join(db, "discord", "1", "One", NOW)
        leave(db, "discord", "1", NOW)
        reconcile(db, {"1": "One"}, lambda _guild: True, NOW + timedelta(days=29))
        assert list(expired(db, "discord", NOW + timedelta(days=60))) == []


def test_what_is_past_its_time_is_deleted(engine: sa.Engine) -> None:
    desk = cast(Desk, SimpleNamespace(app=SimpleNamespace(engine=engine)))
    with writing(engine) as db:
        join(db, "discord", "1", "One", NOW)
        leave(db, "discord", "1", NOW)
        deliveries.claim(db, "discord:1", NOW)
        keep_lines(db, {"a key": "show 12"}, NOW)
    tidy(desk, NOW + timedelta(minutes=1))
    with reading(engine) as db:
        assert not expired(db, "discord", NOW + timedelta(days=1))
        assert expired(db, "discord", NOW + timedelta(days=31))
        assert find_line(db, "a key")
    tidy(desk, NOW + timedelta(days=999))
    with writing(engine) as db:
        assert not expired(db, "discord", NOW + timedelta(days=999))
        assert deliveries.claim(db, "discord:1", NOW)
        assert find_line(db, "a key") is None


def test_private_talk_belongs_to_the_guild_where_somebody_joined_in_last(engine: sa.Engine) -> None:
    with writing(engine) as db:
        assert home_of(db, "7") is None
        for days, guild in enumerate(("1", "2", "3")):
            join(db, "discord", guild, None, NOW)
            ensure_member(db, Account("discord", guild, "7", "Ann"), NOW + timedelta(days=days))
        leave(db, "discord", "3", NOW)
        assert home_of(db, "7") == "2"
