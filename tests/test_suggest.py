"""Members suggest, moderators decide, and what is accepted is found."""

from collections.abc import Callable

import pytest

from bot.message import Button, Card, Message

Say = Callable[..., Message]
LINK = "https://arxiv.org/abs/2511.99999"


def _accept(say: Say) -> Message:
    card = next(part for part in say("suggestions", admin=True).parts if isinstance(part, Card))
    return say(card.buttons[0].line, admin=True)


def test_what_is_accepted_can_be_found_and_shown(say: Say) -> None:
    assert "1 suggestion is waiting" in say(f"suggest Gizmo: a new server {LINK}").plain()
    answer = _accept(say)
    button = next(b for b in answer.buttons if isinstance(b, Button))
    assert "Suggested by members" in say(button.line).plain()
    assert "收录于：成员推荐" in say(button.line, language="zh").plain()
    assert "Gizmo" in say("search gizmo").plain()
    assert "Gizmo" in say("show 2511.99999").plain()
    assert "Nothing is waiting" in say("suggestions", admin=True).plain()


def test_a_second_acceptance_keeps_the_first(say: Say) -> None:
    for title in ("Gizmo: a new server", "Widget: another one"):
        say(f"suggest {title}")
        _accept(say)
    assert "Gizmo" in say("search gizmo").plain()
    assert "Widget" in say("search widget").plain()


@pytest.mark.parametrize("link", ["https://arxiv.org/pdf/2309.06180v1", "arxiv.org/abs/2309.06180", "2309.06180"])
def test_what_is_known_is_shown_instead(say: Say, link: str) -> None:
    answer = say(f"suggest {link}")
    assert "already" in answer.plain()
    assert isinstance(answer.buttons[0], Button)


def test_what_is_declined_does_not_come(say: Say) -> None:
    say(f"suggest {LINK}")
    card = next(part for part in say("suggestions", admin=True).parts if isinstance(part, Card))
    assert "Declined" in say(card.buttons[1].line, admin=True).plain()
    assert say("show 2511.99999").error
    assert say(card.buttons[0].line, admin=True).error


def test_only_moderators_decide(say: Say) -> None:
    say(f"suggest {LINK}")
    assert "for admins" in say("accept 1").plain()
    assert "for admins" in say("suggestions").plain()


def test_another_club_sees_nothing_of_it(say: Say) -> None:
    say(f"suggest {LINK}")
    assert "Nothing is waiting" in say("suggestions", admin=True, space="T2").plain()


def test_an_arxiv_id_is_a_link(say: Say) -> None:
    assert LINK in say("suggest arXiv:2511.99999").plain()
    assert say("suggestions", admin=True).plain().count(LINK) == 1
    _accept(say)
    assert "#" in say("show https://arxiv.org/pdf/2511.99999v2").plain()
    assert "already" in say("suggest Gizmo 2511.99999").plain()


def test_a_link_that_is_not_in_the_catalogue_can_be_suggested(say: Say) -> None:
    button = say(f"show {LINK}").buttons[0]
    assert isinstance(button, Button)
    assert button.line == f"suggest {LINK}"


def test_nothing_found_offers_to_suggest_it(say: Say) -> None:
    answer = say("search zzzqqq vvvkkk")
    assert [b.line for b in answer.buttons if isinstance(b, Button)][-1] == "suggest zzzqqq vvvkkk"
