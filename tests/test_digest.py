"""Digests: a look back when there is something to say, without names of those who keep to themselves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from conftest import NOW

from bot.app import App
from bot.command import Actor
from bot.message import Image, Message
from storage import outbox, reading
from storage.outbox import Post

Say = Callable[..., Message]


@pytest.fixture
def admin(app: App, alice: Actor) -> Say:
    """Say a line as an admin of the channel, at an instant."""

    def speak(line: str, now: datetime = NOW, **changes: object) -> Message:
        return app.say(line, replace(alice, **{"admin": True, **changes}), now)  # type: ignore[arg-type]

    return speak


def posts(app: App, channel: str = "C1") -> list[Post]:
    with reading(app.engine) as db:
        return outbox.log(db, "console", "T1", channel, kinds=("weekly", "monthly"), limit=1000)[::-1]


def day(n: int, hour: int = 9) -> datetime:
    return datetime(2026, 3, 2, hour, tzinfo=UTC) + timedelta(days=n)


def test_a_digest_says_what_happened_and_nothing_when_nothing_did(app: App, admin: Say, say: Say) -> None:
    assert "When: 16:00 UTC · Fri" in admin("digest weekly on day:fri time:16:00 zone:UTC").plain()
    app.tick(day(4, 16))
    assert [(p.kind, p.state, p.why) for p in posts(app)] == [("weekly", "skipped", "nothing")]
    say("vote 12 want")
    say("read 14 pass:2")
    app.say("vote 12 up", replace(Actor("console", "T1", "C1", "U2", "Bo")), day(5))
    app.tick(day(11, 16))
    post = posts(app)[-1]
    assert post.state == "queued"
    said = app.say(f"posted {post.id}", Actor("console", "T1", "C1", "", "", overheard=True), day(11, 16))
    assert "Most liked" in said.plain()
    assert "#12" in said.plain()


def test_a_digest_has_the_next_meeting_and_a_picture_of_local_days(app: App, admin: Say, say: Say) -> None:
    admin("digest weekly on day:fri time:16:00 zone:Tokyo")
    admin("meeting plan 12 2026-03-12 16:00")
    for member in ("U1", "U2", "U3", "U4"):
        say("read 14 pass:2", member=member, name=member)
    for language, meeting, bars in (("en", "Next meeting", "03-02: 4"), ("zh", "下次聚会", "每天读完的遍数")):
        shown = admin("digest preview", day(3), language=language)
        assert meeting in shown.plain()
        assert any(bars in part.alt for part in shown.parts if isinstance(part, Image))


def test_a_digest_never_names_who_keeps_to_themselves(admin: Say, say: Say) -> None:
    say("read 14 pass:2")
    shown = admin("digest preview", day(0, 12))
    assert "at least one" in shown.plain()
    assert "Alice" not in shown.plain()
    say("settings name:named")
    assert "Alice" in admin("digest preview", day(0, 12)).plain()


def test_a_personal_digest_is_asked_for_by_its_reader(app: App, say: Say) -> None:
    assert "on." in say("digest mine on day:fri time:16:00").plain()
    say("save 12")
    say("vote 12 up")
    app.tick(day(4, 16))
    with reading(app.engine) as db:
        (post,) = outbox.log(db, "console", "T1", "U1", kinds=("personal",))
    said = app.say(f"posted {post.id}", Actor("console", "T1", "", "U1", ""), day(4, 16))
    assert "On your list" in said.plain()
    assert app.say(f"posted {post.id}", Actor("console", "T1", "C1", "U2", ""), day(4, 16)).error


def test_a_personal_digest_follows_its_reader_to_another_zone(say: Say) -> None:
    say("digest mine")
    say("settings zone:Tokyo")
    assert "16:00 Asia/Tokyo" in say("digest mine").plain()


def test_a_digest_comes_in_the_zone_of_the_daily_paper(admin: Say) -> None:
    admin("daily on")
    admin("daily on zone:Shanghai")
    assert "16:00 Asia/Shanghai" in admin("digest weekly on").plain()
