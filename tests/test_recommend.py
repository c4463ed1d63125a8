"""What is recommended, why, how fast it stays right, and the charts."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from conftest import NOW

from bot import pictures, ranking
from bot.app import App
from bot.command import Actor
from bot.commands.stats import weeks_in_a_row
from bot.errors import UserError
from bot.evaluate import evaluate, recommended
from bot.message import Card, Image, Message
from bot.pictures import Bars, draw_bars
from bot.ranking import Taste
from bot.recommending import Profile, for_group, read_library, taste, worth_of_reading
from seeds.importer import refresh_shipped
from storage import Engine, open_database, reading, upgrade, writing
from storage.clubs import Account, ensure_member
from storage.readings import Reading, put

Say = Callable[..., Message]
PAGED = "https://arxiv.org/abs/2309.06180"


def _numbers(message: Message) -> list[int | None]:
    return [part.number for part in message.parts if isinstance(part, Card)]


def test_without_any_mark_it_says_so_and_shows_what_lists_praise(say: Say) -> None:
    message = say("recommend")
    assert "Nothing is known of your taste yet" in message.plain()
    assert "of the club's taste yet" in say("recommend us").plain()
    assert len(_numbers(message)) == 5
    assert "recommended by" in message.plain() or "listed by" in message.plain()


def test_a_deep_reading_brings_what_is_like_it_with_the_reason(say: Say) -> None:
    say(f"read {PAGED} pass:3")
    message = say("recommend")
    assert "because you read" in message.plain()
    assert "in depth" in message.plain()


def test_what_was_read_skipped_or_voted_is_not_recommended(say: Say) -> None:
    say(f"vote {PAGED} up")
    first = _numbers(say("recommend"))
    say(f"skip {first[0]}")
    say(f"read {first[1]}")
    later = _numbers(say("recommend"))
    assert not set(first[:2]) & set(later)


@pytest.mark.parametrize("line", ["recommend", "recommend us"])
def test_what_was_posted_or_will_be_discussed_is_not_recommended(app: App, alice: Actor, line: str) -> None:
    first = _numbers(app.say(line, alice, NOW))
    admin = replace(alice, admin=True)
    assert not app.say("daily on time:10:00 zone:UTC days:daily", admin, NOW).error
    app.say(f"daily pin {first[0]} date:2026-03-02", admin, NOW)
    app.tick(NOW + timedelta(minutes=31))
    assert not app.say(f"meeting plan {first[1]} tomorrow 15:00", alice, NOW).error
    assert not set(first[:2]) & set(_numbers(app.say(line, alice, NOW + timedelta(hours=1))))


def test_a_vote_shows_at_once_in_the_next_list(say: Say) -> None:
    before = _numbers(say("recommend"))
    say(f"vote {PAGED} up")
    assert _numbers(say("recommend")) != before


def test_topic_kind_and_age_narrow_the_list(say: Say) -> None:
    for number in _numbers(say("recommend me moe kind:paper fresh")):
        assert "2025" in say(f"show {number}").plain() or "2026" in say(f"show {number}").plain()
    assert say("recommend kind:nonsense").error


def test_topics_chosen_at_the_start_are_enough(say: Say) -> None:
    say("start speculative decoding")
    assert "pecul" in say("recommend").plain()


def test_a_pressed_list_stays_the_same_list(say: Say) -> None:
    message = say("recommend")
    card = next(part for part in message.parts if isinstance(part, Card))
    want = next(b.line for b in card.buttons if "want" in b.line)
    assert _numbers(say(want)) == _numbers(message)


def test_similar_shows_neighbours_but_not_itself(say: Say) -> None:
    message = say(f"similar {PAGED}")
    number = _numbers(say(f"show {PAGED}"))[0]
    assert len(_numbers(message)) == 5
    assert number not in _numbers(message)


def test_a_group_list_leaves_nobody_out(catalogue: Engine) -> None:
    with reading(catalogue) as db:
        found = read_library(db)
    topics = ("serving/speculative-decoding", "training/fault-tolerance", "models/moe")
    rows = [set(found.rows(f"@topic:{topic}").tolist()) for topic in topics]
    profiles = [Profile({int(found.space.numbers[r]): 1.0 for r in sorted(x)[:3]}) for x in rows if x]
    allowed = np.arange(len(found.space.numbers))
    chosen, _ = for_group(found, profiles, allowed, 9)
    assert all(set(chosen) & x for x in rows if x)


def test_a_dislike_pushes_its_like_down(catalogue: Engine) -> None:
    with reading(catalogue) as db:
        found = read_library(db)
    number = int(found.space.numbers[found.rows("@kind:paper")[0]])
    row = found.row(number)
    assert row is not None
    liked = ranking.score(found.space, taste(found, Profile({number: 1.0}))).total
    disliked = ranking.score(found.space, taste(found, Profile({number: -1.0}))).total
    near = int(np.argsort(-liked)[1])
    assert disliked[near] < liked[near]


def test_scores_do_not_depend_on_the_order_of_marks(catalogue: Engine) -> None:
    with reading(catalogue) as db:
        space = read_library(db).space
    rows = np.array([3, 50, 120, 9])
    one = ranking.score(space, Taste(rows, np.ones(4, dtype=np.float32))).total
    other = ranking.score(space, Taste(rows[::-1].copy(), np.ones(4, dtype=np.float32))).total
    assert np.allclose(one, other, atol=1e-4)


def test_profiles_are_answered_line_by_line(catalogue: Engine) -> None:
    lines = [
        json.dumps({"observed": [{"url": "http://arxiv.org/pdf/2309.06180v2", "title": "x", "passes": 3}], "k": 7}),
        json.dumps({"observed": [{"url": PAGED, "vote": 1, "user": "a"}, {"url": PAGED, "vote": -1, "user": "b"}]}),
        "{}",
    ]
    answers = list(recommended(catalogue, lines))
    sizes = [len(answer["results"]) for answer in answers]  # type: ignore[arg-type]
    assert sizes == [7, 20, 20]
    first = answers[0]["results"][0]  # type: ignore[index]
    assert set(first) == {"id", "title", "kind", "url", "urls", "score"}
    assert PAGED not in str(answers[0])


@pytest.mark.parametrize("line", ["nonsense", "[1]", '{"observed": 3}'])
def test_a_line_that_is_no_profile_is_refused(catalogue: Engine, line: str) -> None:
    with pytest.raises(UserError):
        list(recommended(catalogue, [line]))


def test_the_method_beats_a_linear_machine_which_beats_neighbours_popularity_and_chance(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'a.sqlite'}")  # the figures are the same on any
    upgrade(engine)
    refresh_shipped(engine, NOW)
    found = [row.split() for row in evaluate(engine)][1:]
    engine.dispose()
    gain = {(protocol, method): float(ndcg) for protocol, method, _recall, ndcg, *_ in found}
    for protocol in ("leave-one", "co-listing", "reader", "team"):
        order = ("random", "popularity", "neighbours", "linear-svm", "paperclub")
        assert [gain[protocol, name] for name in order] == sorted(gain[protocol, name] for name in order)


@pytest.mark.parametrize(("passes", "rating", "worth"), [(0, None, 0.0), (1, None, 0.6), (3, 5, 1.45), (3, 1, -0.35)])
def test_a_rating_says_more_than_a_pass(passes: int, rating: int | None, worth: float) -> None:
    assert worth_of_reading(passes, rating) == pytest.approx(worth)


def test_an_empty_catalogue_recommends_nothing_but_answers(engine: Engine) -> None:
    assert [answer["results"] for answer in recommended(engine, ["{}"])] == [[]]


def test_own_statistics_come_with_a_picture_and_its_words(say: Say) -> None:
    assert say("stats").error
    say("read 201 202 pass:2")
    picture = next(part for part in say("stats").parts if isinstance(part, Image))
    assert picture.data.startswith(b"\x89PNG")
    assert ": 2" in picture.alt


def test_the_clubs_statistics_count_few_readers_as_one(app: App, say: Say) -> None:
    with writing(app.engine) as db:
        bob = ensure_member(db, Account("console", "T1", "U2", "Bob"), NOW)
        put(db, [Reading(bob.id, number, NOW).read(2, None, NOW) for number in (201, 202, 203, 204)])
    message = say("stats club")
    assert "at least one" in message.plain()
    assert "4" not in message.plain().replace("#204", "")


def test_streaks_and_leaders_show_only_where_the_club_wants_them_and_only_names(app: App, alice: Actor) -> None:
    admin, bob = replace(alice, admin=True), replace(alice, member="U2", name="Bob")
    for week in range(3):
        app.say(f"read {201 + week}", alice, NOW + timedelta(weeks=week))
        app.say(f"read {201 + week}", bob, NOW + timedelta(weeks=week))
    app.say("settings name:named", bob, NOW)
    now = NOW + timedelta(weeks=2)

    def told() -> str:
        return app.say("stats", alice, now).plain() + app.say("stats club", alice, now).plain()

    before = told()
    assert app.say("club leaderboard on", alice, now).error
    assert not app.say("club leaderboard on", admin, now).error
    after = told()
    assert "Weeks in a row: 3" in after
    assert "1. Bob · 3" in after
    assert "Alice" not in after
    app.say("club leaderboard off", admin, now)
    assert told() == before


def test_a_streak_lasts_until_a_week_has_passed_without_reading() -> None:
    days = [date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 9)]
    assert [weeks_in_a_row(days, date(2026, 3, day)) for day in (15, 22, 23)] == [3, 3, 0]
    assert weeks_in_a_row([], date(2026, 3, 1)) == 0


def test_chinese_words_are_drawn_or_replaced_never_as_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "chinese_font", lambda: None)
    bars = Bars(("俱乐部", "The club"), ["01-01"], [(("第一遍", "first pass"), [2])])
    assert draw_bars(bars).startswith(b"\x89PNG")
