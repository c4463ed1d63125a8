"""What members do with Paperclub, written once: the same scenarios run in the terminal, in Slack and in Discord."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

_LINK = re.compile(r"<https?://[^|>]*\|([^>]*)>|(?<!\\)\[((?:[^\[\]\\]|\\.)*)\]\(https?://[^)]*\)")
_MARKS = re.compile(r"(?<!\\)(?:\*\*|__|[*`]|^-# )|[\u200b\u2060]", re.MULTILINE)
_ESCAPED = re.compile(r"\\([^\w\s])")


def bare(text: str) -> str:
    """What a reader sees: without the platform's markup."""
    text = _LINK.sub(lambda m: m[1] or m[2], text)
    text = _ESCAPED.sub(r"\1", _MARKS.sub("", text))
    return text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")


@dataclass(frozen=True)
class Answer:
    """What the member sees: the text, what can be pressed or chosen, and the platform's own thing behind it."""

    text: str
    buttons: tuple[str, ...] = ()
    behind: Any = None


class Talk(Protocol):
    """A member at a keyboard, on some platform."""

    async def say(self, line: str) -> Answer:
        """Say a line."""

    async def press(self, answer: Answer, label: str) -> Answer:
        """Press the first button of that label."""

    async def choose(self, answer: Answer, menu: str, option: str) -> Answer:
        """Choose the first option of a menu that begins with these words."""


Scenario = Callable[[Talk], Awaitable[None]]


async def a_paper_is_found_by_its_name(talk: Talk) -> None:
    """Search finds the paper that a system's name stands for."""
    answer = await talk.say("search vllm")
    assert "Efficient Memory Management for Large Language Model Serving" in answer.text
    assert "results" in answer.text


async def pages_turn_forth_and_back(talk: Talk) -> None:
    """The second page differs from the first, and the way back leads there again."""
    first = await talk.say("search attention")
    second = await talk.press(first, "Next ▶")
    assert "page 2" in second.text
    again = await talk.press(second, "◀ Previous")
    assert "page 1" in again.text
    assert _titles(again.text) == _titles(first.text)


async def a_result_opens_in_full(talk: Talk) -> None:
    """The button beside a result shows everything on it."""
    found = await talk.say("search paged attention")
    number = _titles(found.text)[0]
    full = await talk.press(found, "Show")
    assert number in full.text
    assert "Listed in" in full.text or "Recommended by" in full.text


async def a_number_a_link_and_an_arxiv_id_name_the_same(talk: Talk) -> None:
    """A resource is named as people have it at hand."""
    by_id = await talk.say("show 2309.06180")
    (number, *_) = _titles(by_id.text)
    by_link = await talk.say("show https://arxiv.org/abs/2309.06180")
    by_number = await talk.say(f"show {number}")
    assert _titles(by_link.text)[0] == _titles(by_number.text)[0] == number


async def the_catalogue_is_browsed_by_menu(talk: Talk) -> None:
    """From the overview to the papers by one choice."""
    overview = await talk.say("browse")
    papers = await talk.choose(overview, "Kinds", "paper")
    assert _titles(papers.text)


async def what_is_wrong_is_said_and_mended_by_a_button(talk: Talk) -> None:
    """An empty search leads on to the topics."""
    lost = await talk.say("search xyzzyplugh")
    assert "Nothing found" in lost.text
    assert "resources" in (await talk.press(lost, "Browse")).text


async def help_names_the_commands(talk: Talk) -> None:
    """Help lists what can be said, and explains one."""
    assert "search" in (await talk.say("help")).text
    assert "what to look for" in (await talk.say("help search")).text


async def people_are_shown_with_what_they_made(talk: Talk) -> None:
    """A person is found by name."""
    assert "Lianmin Zheng" in (await talk.say("people Lianmin Zheng")).text


async def the_language_is_ones_own_choice(talk: Talk) -> None:
    """Who chooses Chinese is answered in Chinese from then on, and may change back."""
    await talk.say("settings language:zh")
    assert "论文" in (await talk.say("search vllm")).text
    await talk.say("settings language:en")
    assert "paper" in (await talk.say("search vllm")).text


async def something_is_picked_at_random_until_it_pleases(talk: Talk) -> None:
    """Another one is a press away."""
    first = await talk.say("random")
    assert _titles((await talk.press(first, "Another one")).text)


SCENARIOS: tuple[Scenario, ...] = (
    a_paper_is_found_by_its_name,
    pages_turn_forth_and_back,
    a_result_opens_in_full,
    a_number_a_link_and_an_arxiv_id_name_the_same,
    the_catalogue_is_browsed_by_menu,
    what_is_wrong_is_said_and_mended_by_a_button,
    help_names_the_commands,
    people_are_shown_with_what_they_made,
    the_language_is_ones_own_choice,
    something_is_picked_at_random_until_it_pleases,
)


def _titles(text: str) -> list[str]:
    """The numbers of the cards, in order."""
    return re.findall(r"^\s*(#\d+)", text, re.MULTILINE)
