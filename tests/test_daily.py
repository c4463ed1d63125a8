"""The daily paper from a member's line to the outbox: schedules, slots that come, wishes, holidays, and the log."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from conftest import NOW

from bot.app import App
from bot.command import Actor
from bot.message import Button, Card, Message
from storage import Engine, outbox, reading, schedules, writing
from storage.catalogue import Change, write
from storage.outbox import Arrival, Post
from storage.resources import get_many

Say = Callable[..., Message]
ALL_DAYS = "daily on time:09:00 zone:UTC days:daily"


@pytest.fixture
def admin(app: App, alice: Actor) -> Say:
    """Say a line as an admin of the channel, at an instant."""

    def speak(line: str, now: datetime = NOW, **changes: object) -> Message:
        return app.say(line, replace(alice, **{"admin": True, **changes}), now)  # type: ignore[arg-type]

    return speak


def posts(app: App, channel: str = "C1") -> list[Post]:
    with reading(app.engine) as db:
        return outbox.log(db, "console", "T1", channel, kinds=("daily", "weekly", "monthly"), limit=1000)[::-1]


def notices(app: App) -> list[Post]:
    with reading(app.engine) as db:
        return outbox.log(db, "console", "T1", "U1", kinds=("notice",), limit=1000)


def delivered(app: App, now: datetime) -> None:
    """All that was waiting has been sent."""
    with writing(app.engine) as db:
        for post in outbox.claim(db, ["console"], "me", now, limit=10, lease=timedelta(seconds=9)):
            outbox.sent(db, [Arrival(post.id, post.target, str(post.id))], now)


def day(n: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour, minute, tzinfo=UTC) + timedelta(days=n)


def buttons(message: Message) -> list[str]:
    cards = [b.line for part in message.parts if isinstance(part, Card) for b in part.buttons]
    return cards + [b.line for b in message.buttons if isinstance(b, Button)]


def test_a_slot_is_owed_once_at_its_time_with_a_pick_and_its_reasons(app: App, admin: Say) -> None:
    assert "The daily paper is on." in admin(ALL_DAYS).plain()
    app.tick(day(0, 9, 59))
    assert posts(app) == []  # today's 09:00 was over when it was switched on
    app.tick(day(1, 8, 59))
    assert posts(app) == []
    for _ in range(3):
        app.tick(day(1))
    (post,) = posts(app)
    assert (post.date, post.due_at, post.state) == ("2026-03-03", day(1), "queued")
    assert post.number
    assert post.reasons
    assert post.keys


def test_only_admins_set_it_up(say: Say) -> None:
    for line in (ALL_DAYS, "daily off", "daily pause until:friday", "daily pin 12", "digest weekly on"):
        assert "is for admins" in say(line).plain()


def test_after_downtime_one_slot_is_late_and_older_ones_are_skipped(app: App, admin: Say) -> None:
    admin(ALL_DAYS)
    app.tick(day(4, 14, 59))
    assert [(p.date, p.state, p.why) for p in posts(app)] == [
        ("2026-03-03", "skipped", "missed"),
        ("2026-03-04", "skipped", "missed"),
        ("2026-03-05", "skipped", "missed"),
        ("2026-03-06", "queued", None),
    ]


def test_a_slot_six_hours_old_is_skipped(app: App, admin: Say) -> None:
    admin(ALL_DAYS)
    app.tick(day(1, 15))
    assert [(p.state, p.why) for p in posts(app)] == [("skipped", "missed")]
    assert "too old" in admin("why 2026-03-03", day(1, 16)).plain()


def test_changing_the_time_never_posts_a_day_twice(app: App, admin: Say) -> None:
    admin(ALL_DAYS)
    app.tick(day(1))
    admin("daily on time:15:00", day(1, 12))
    app.tick(day(1, 15))
    app.tick(day(2, 15))
    assert [p.date for p in posts(app)] == ["2026-03-03", "2026-03-04"]


@pytest.mark.parametrize(
    "lines", [["daily on time:15:00"], ["daily off", "daily on"], ["daily pause until friday", "daily resume"]]
)
def test_what_was_prepared_is_prepared_anew_after_a_change(app: App, admin: Say, lines: list[str]) -> None:
    admin(ALL_DAYS)
    soon = day(1, 8, 59) + timedelta(seconds=30)
    app.tick(soon)
    for said in lines:
        admin(said, soon)
    assert posts(app) == []
    app.tick(day(1, 15))
    assert [(p.date, p.state) for p in posts(app)] == [("2026-03-03", "queued" if len(lines) == 1 else "skipped")]


def test_after_the_post_of_today_a_later_time_begins_tomorrow(app: App, admin: Say) -> None:
    admin(ALL_DAYS)
    app.tick(day(1))
    delivered(app, day(1))
    assert "Next: 2026-03-04 15:00" in admin("daily on time:15:00", day(1, 12)).plain()
    assert "3 March" not in admin("daily queue", day(1, 12)).plain()
    app.tick(day(1, 15))
    assert [(p.date, p.state) for p in posts(app)] == [("2026-03-03", "sent")]


@pytest.mark.parametrize("lines", [["daily on time:15:00"], ["daily off", "daily on time:15:00"]])
def test_what_the_platform_did_not_take_comes_at_the_new_time(app: App, admin: Say, lines: list[str]) -> None:
    admin(ALL_DAYS)
    app.tick(day(1))
    with writing(app.engine) as db:
        (post,) = outbox.claim(db, ["console"], "me", day(1), limit=1, lease=timedelta(minutes=1))
        outbox.begin(db, [post.id], "me", day(1), timedelta(minutes=1))
        outbox.postpone(db, post.id, "me", day(1, 13), "limited")
    for said in lines:
        answer = admin(said, day(1, 12)).plain()
    assert "Next: 2026-03-03 15:00" in answer
    app.tick(day(1, 15))
    assert [(p.due_at, p.state) for p in posts(app)] == [(day(1, 15), "queued")]


def test_a_slot_that_has_come_outlives_a_change(app: App, admin: Say) -> None:
    admin(ALL_DAYS)
    admin("daily on language:zh", day(1) + timedelta(seconds=1))
    app.tick(day(1, 9, 1))
    assert [(p.due_at, p.language) for p in posts(app)] == [(day(1), "zh")]


def test_sixty_days_bring_sixty_different_papers_also_over_off_and_on(app: App, admin: Say) -> None:
    admin(ALL_DAYS)
    for n in range(1, 31):
        app.tick(day(n))
        delivered(app, day(n))
    admin("daily off", day(30, 10))
    app.tick(day(31))
    admin("daily on", day(31, 10))
    for n in range(32, 62):
        app.tick(day(n))
    assert len(posts(app)) == 60
    assert len({p.number for p in posts(app)}) == 60


def test_what_was_shown_does_not_come_again_under_a_new_number(app: App, admin: Say, catalogue: Engine) -> None:
    admin(ALL_DAYS)
    app.tick(day(1))
    (post,) = posts(app)
    with writing(catalogue) as db:
        assert post.number is not None
        (shown,) = get_many(db, [post.number])
        write(db, Change(removed=[shown.number]), day(1, 10))
        write(db, Change(added=[replace(shown, number=9001, links=())]), day(1, 10))
    assert "was here already" in admin("daily pin 9001 date:2026-03-10", day(1, 11)).plain()
    for n in range(2, 5):
        app.tick(day(n))
    assert 9001 not in {p.number for p in posts(app)}


def test_what_was_shown_does_not_come_again_after_two_merges(app: App, admin: Say, catalogue: Engine) -> None:
    admin(ALL_DAYS)
    app.tick(day(1))
    (post,) = posts(app)
    assert post.number is not None
    numbers = [post.number, 12, 14]
    for old, new in pairwise(numbers):
        with writing(catalogue) as db:
            write(db, Change(redirects={old: new}), day(1, 10))
    assert "was here already" in admin("daily pin 14 date:2026-03-05", day(1, 11)).plain()
    for n in range(2, 8):
        app.tick(day(n))
    assert not {p.number for p in posts(app)[1:]} & set(numbers)


def test_a_pin_follows_its_resource_through_a_merge(app: App, admin: Say, catalogue: Engine) -> None:
    admin(ALL_DAYS)
    admin("daily pin 12 date:2026-03-04")
    with writing(catalogue) as db:
        write(db, Change(redirects={12: 14}), day(0, 10))
    app.tick(day(2))
    assert posts(app)[-1].number == 14


def test_preview_shows_what_then_comes(app: App, admin: Say) -> None:
    admin(ALL_DAYS)
    shown = admin("daily preview")
    app.tick(day(1))
    (post,) = posts(app)
    card = next(part for part in shown.parts if isinstance(part, Card))
    assert card.number == post.number
    assert not shown.public
    assert shown.share is None


def test_the_queue_shows_five_and_follows_bump_skip_and_pin(app: App, admin: Say) -> None:
    admin(ALL_DAYS)
    first = [p.number for p in admin("daily queue").parts if isinstance(p, Card)]
    assert len(first) == 5
    skipped = [p.number for p in admin(f"daily skip {first[0]}").parts if isinstance(p, Card)]
    assert first[0] not in skipped
    pinned = admin("daily pin 12 date:2026-03-05")
    assert [p.number for p in pinned.parts if isinstance(p, Card)][2] == 12
    assert "an admin chose it for this day" in pinned.plain()
    bumped = [p.number for p in admin("daily bump 300").parts if isinstance(p, Card)]
    assert 300 in bumped
    for n in range(1, 6):
        app.tick(day(n))
    assert [p.number for p in posts(app)][2] == 12


def test_a_pin_needs_a_day_with_a_post_to_come(app: App, admin: Say) -> None:
    admin("daily on time:09:00 zone:UTC days:mon-fri")
    admin("daily holidays add:2026-03-05")
    app.tick(day(1))
    for wrong, then in (("sunday", "2026-03-09"), ("today", "2026-03-04"), ("2026-03-05", "2026-03-06")):
        refused = admin(f"daily pin 12 date:{wrong}", day(1, 10))
        assert refused.error
        assert buttons(refused) == [f"daily pin 12 date:{then}"]
    assert not admin("daily pin 12 date:friday", day(1, 10)).error


def test_a_pin_on_another_day_moves_it(app: App, admin: Say) -> None:
    admin(ALL_DAYS)
    admin("daily pin 12 date:2026-03-05")
    admin("daily pin 12 date:2026-03-04")
    admin("daily pin 13 date:2026-03-04")
    for n in range(1, 5):
        app.tick(day(n))
    assert [p.number for p in posts(app)][1] == 13
    assert 12 not in [p.number for p in posts(app)]


def test_what_can_not_come_is_not_moved_up(app: App, admin: Say) -> None:
    admin(ALL_DAYS)
    app.tick(day(1))
    assert "nothing comes twice" in admin(f"daily bump {posts(app)[0].number}", day(1, 10)).plain()
    assert "not among the topics and kinds" in admin("daily bump 12", day(1, 10)).plain()  # a person
    admin("daily on people:fri", day(1, 10))
    assert not admin("daily bump 12", day(1, 10)).error


def test_a_weekday_of_people_without_a_post_is_pointed_out(admin: Say) -> None:
    admin("daily on days:mon-fri people:sat")
    assert "nothing is posted on that day" in admin("daily status").plain()
    assert "nothing is posted on that day" not in admin("daily on days:mon-sat").plain()


def test_what_is_off_can_not_pause(admin: Say) -> None:
    admin(ALL_DAYS)
    admin("daily off")
    refused = admin("daily pause friday")
    assert refused.error
    assert buttons(refused) == ["daily on"]


def test_members_may_bump_and_skip(say: Say, admin: Say) -> None:
    admin(ALL_DAYS)
    assert not say("daily bump 300").error
    assert not say("daily skip 301").error


def test_a_pause_skips_until_its_day_and_says_so(app: App, admin: Say) -> None:
    admin(ALL_DAYS)
    assert "Thursday, 5 March 2026" in admin("daily pause until 2026-03-05").plain()
    assert "Next: 2026-03-05 09:00" in admin("daily status").plain()
    for n in range(1, 5):
        app.tick(day(n))
    assert [(p.date, p.why) for p in posts(app)] == [
        ("2026-03-03", "paused"), ("2026-03-04", "paused"), ("2026-03-05", None), ("2026-03-06", None),
    ]  # fmt: skip
    assert "the schedule was paused" in admin("why 2026-03-04").plain()
    assert "not in the future" in admin("daily pause until 2026-03-01").plain()


def test_resume_ends_a_pause(app: App, admin: Say) -> None:
    admin(ALL_DAYS)
    admin("daily pause until 2026-04-01")
    admin("daily resume")
    app.tick(day(1))
    assert [p.why for p in posts(app)] == [None]


def test_holidays_are_skipped_by_name(app: App, admin: Say) -> None:
    admin(ALL_DAYS)
    assert "Good Friday" in admin("daily holidays country:DE add:03-04").plain()
    assert "No public holidays are known" in admin("daily holidays country:XX").plain()
    for n in (1, 2, 3, 32):
        app.tick(day(n))
    why = {p.date: p.why for p in posts(app)}
    assert (why["2026-03-03"], why["2026-03-04"], why["2026-04-03"]) == (None, "holiday:", "holiday:Good Friday")
    assert "it was a holiday (Good Friday)" in admin("why 2026-04-03", day(33)).plain()
    assert "none" in admin("daily holidays country:off remove:all").plain()


def test_a_holiday_that_is_added_in_the_last_moment_is_kept(app: App, admin: Say) -> None:
    admin(ALL_DAYS)
    app.tick(day(1, 8, 59) + timedelta(seconds=30))
    admin("daily holidays add:today", day(1, 8, 59) + timedelta(seconds=40))
    app.tick(day(1))
    assert [(p.date, p.why) for p in posts(app)] == [("2026-03-03", "holiday:")]


@pytest.mark.parametrize(
    ("said", "kept"),
    [("country:Germany region:bayern", "DE Bayern"), ("country:德国 region:by", "DE BY"), ("country:cn", "CN")],
)
def test_countries_may_be_named(admin: Say, said: str, kept: str) -> None:
    admin(ALL_DAYS)
    assert f"Public holidays of: {kept}" in admin(f"daily holidays {said}").plain()


def test_a_region_that_nobody_knows_is_told_with_those_that_are(admin: Say) -> None:
    admin(ALL_DAYS)
    assert "Choose one of: BB, BE, BW, BY" in admin("daily holidays country:DE region:XX").plain()


def test_when_the_filters_leave_nothing_an_admin_hears_it_once(app: App, admin: Say) -> None:
    admin(f"{ALL_DAYS} kinds:video topics:evaluation")
    for n in range(1, 5):
        app.tick(day(n))
    assert {p.why for p in posts(app)} == {"empty"}
    (told,) = notices(app)
    actor = Actor("console", "T1", "", "U1", "")
    assert "leave nothing" in app.say(f"posted {told.id}", actor, day(5)).plain()
    assert "leave nothing" in admin("daily status", day(5)).plain()
    assert "leave nothing" not in admin("daily on topics:all kinds:all", day(5, 10)).plain()
    app.tick(day(6))
    assert posts(app)[-1].number


def test_topics_kinds_language_and_people_day_are_kept(app: App, admin: Say) -> None:
    said = admin(
        f'{ALL_DAYS} topics:"moe, serving" kinds:论文、blogs language:zh thread:on fresh:70 people:fri'
    ).plain()
    assert "70 %" in said
    with reading(app.engine) as db:
        found = schedules.find(db, "console", "T1", "C1", "daily")
    assert found is not None
    assert found.options.kinds == ("paper", "blog")
    assert found.options.people_day == 4
    assert (found.language, found.options.thread) == ("zh", True)
    assert "moe" in found.options.topics[0]


@pytest.mark.parametrize(
    "line",
    [
        "daily on time:25:00",
        "daily on days:someday",
        "daily on zone:Nowhere",
        "daily on kinds:novel",
        "daily on topics:nothingofthekind",
        "daily pause until sometime",
        "daily pin 12 date:2020-01-01",
        "daily holidays add:13-45",
    ],
)
def test_wrong_values_get_a_clear_answer(admin: Say, line: str) -> None:
    admin(ALL_DAYS)
    answer = admin(line)
    assert answer.error
    assert "Something went wrong" not in answer.plain()


def test_without_a_schedule_every_line_leads_to_one(admin: Say) -> None:
    for line in ("daily preview", "daily queue", "daily status", "daily off", "daily bump 12", "today"):
        answer = admin(line)
        assert answer.error
        assert "daily on" in buttons(answer)


def test_today_shows_the_paper_of_this_channel_and_the_planned_one_before(app: App, admin: Say) -> None:
    admin(ALL_DAYS)
    planned = admin("today", day(1, 7))
    app.tick(day(1))
    posted = admin("today", day(1, 10))
    assert "Paper of the day" in posted.plain()
    assert "Why today" in posted.plain()
    assert planned.plain() == posted.plain()
    assert admin("today 2026-03-01").error


def test_channels_have_their_own_schedules(app: App, admin: Say) -> None:
    admin(ALL_DAYS)
    admin("daily on time:18:00 zone:Tokyo days:daily", channel="C2")
    app.tick(day(1, 9))
    assert (len(posts(app)), len(posts(app, "C2"))) == (1, 1)  # 18:00 in Tokyo is 09:00 UTC
    admin("daily off", day(1, 10))
    app.tick(day(2))
    assert (len(posts(app)), len(posts(app, "C2"))) == (1, 2)


def test_status_shows_trouble_and_what_to_do(app: App, admin: Say) -> None:
    admin(ALL_DAYS)
    with writing(app.engine) as db:
        found = schedules.find(db, "console", "T1", "C1", "daily")
        assert found is not None
        schedules.change(db, found.id, suspended_at=NOW, suspended_for="kicked")
    assert "Invite me there again" in admin("daily status").plain()
    assert "Invite me" not in admin("daily resume").plain()


def test_a_zone_that_changes_its_rules_moves_the_waiting_slot(app: App, admin: Say) -> None:
    admin(ALL_DAYS)
    with writing(app.engine) as db:
        found = schedules.find(db, "console", "T1", "C1", "daily")
        assert found is not None
        schedules.change(db, found.id, due_at=day(1, 10))  # as it was thought before the rules changed
    app.tick(day(0, 12))
    with reading(app.engine) as db:
        found = schedules.find(db, "console", "T1", "C1", "daily")
    assert found is not None
    assert found.due_at == day(1)


def test_zones_are_completed_by_city(app: App, alice: Actor) -> None:
    assert "Asia/Shanghai" in [s.value for s in app.complete("daily on", "zone", "beijing", alice)]
    assert "Asia/Tokyo" in [s.value for s in app.complete("daily on", "zone", "tokyo", alice)]


def test_weekdays_in_both_languages() -> None:
    from bot.when import parse_days

    assert parse_days("mon-fri") == parse_days("工作日") == (0, 1, 2, 3, 4)
    assert parse_days("sat-mon") == (0, 5, 6)
    assert parse_days("周一,周三、周日") == (0, 2, 6)


def test_why_names_what_was_posted(app: App, admin: Say) -> None:
    admin(ALL_DAYS)
    app.tick(day(1))
    delivered(app, day(1))
    (post,) = posts(app)
    with reading(app.engine) as db:
        (resource,) = get_many(db, [post.number or 0])
    said = admin("why", day(1, 10)).plain()
    assert "posted on time." in said
    assert resource.title in said


def test_why_looks_back(app: App, admin: Say) -> None:
    admin(ALL_DAYS)
    app.tick(day(4))
    assert "2026-03-06 09:00" in admin("why friday", day(6)).plain()
    assert "#9999 was not posted here" in admin("why 9999", day(6)).plain()


def test_a_job_that_fails_harms_no_other(app: App, admin: Say, caplog: pytest.LogCaptureFixture) -> None:
    admin(ALL_DAYS)
    admin(ALL_DAYS, channel="C2")
    with writing(app.engine) as db:
        found = schedules.find(db, "console", "T1", "C1", "daily")
        assert found is not None
        schedules.change(db, found.id, zone="No/Where")
    app.tick(day(1))
    assert (len(posts(app)), len(posts(app, "C2"))) == (0, 1)
    assert "what was due failed" in caplog.text
