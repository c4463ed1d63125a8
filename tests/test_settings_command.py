"""`settings` changes what the member sees from the next answer on."""

from collections.abc import Callable

from bot.message import Button, Message

Say = Callable[..., Message]


def test_the_own_language_wins_over_the_platforms(say: Say) -> None:
    assert "语言" in say("settings language:zh").plain()
    assert "没有编号" in say("show 99999").plain()


def test_a_city_is_enough_for_a_zone(say: Say) -> None:
    assert "Asia/Shanghai" in say("settings zone:shanghai").plain()
    assert "Asia/Shanghai" in say("settings zone:北京").plain()


def test_a_wrong_zone_gets_a_hint(say: Say) -> None:
    assert "Try a city" in say("settings zone:Atlantis").plain()


def test_names_are_private_until_the_member_says_otherwise(say: Say) -> None:
    first = say("settings")
    assert "only counts are shown" in first.plain()
    show = next(b for b in first.buttons if isinstance(b, Button) and b.label == "Show my name")
    assert "others may see it" in say(show.line).plain()
    assert "others may see it" in say("settings").plain()


def test_settings_of_one_member_are_not_those_of_another(say: Say) -> None:
    say("settings language:zh")
    assert "no #99999" in say("show 99999", member="U2").plain()
