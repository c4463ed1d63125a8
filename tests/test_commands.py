"""What the bot answers from the five lists, in both languages."""

from collections.abc import Callable

import pytest

from bot.app import load_commands
from bot.message import Button, Card, Choice, Message

Say = Callable[..., Message]


def _titles(message: Message) -> list[str]:
    return ["".join(span.text for span in part.title) for part in message.parts if isinstance(part, Card)]


def _lines(message: Message) -> list[str]:
    return [button.line for button in message.buttons if isinstance(button, Button)]


def test_search_finds_the_paper_first(say: Say) -> None:
    assert "PagedAttention" in _titles(say("search paged attention"))[0]


def test_search_results_can_be_shared_and_shown(say: Say) -> None:
    message = say("search paged attention")
    assert (message.public, message.share) == (False, "search paged attention")
    card = next(part for part in message.parts if isinstance(part, Card))
    assert card.buttons[0].line == f"show {card.number}"


def test_sharing_says_the_answer_in_public_with_the_name(say: Say) -> None:
    message = say("share search paged attention")
    assert message.public
    assert message.plain().startswith("Alice shares:")
    assert "PagedAttention" in message.plain()


@pytest.mark.parametrize(
    "name",
    [
        "2309.06180",
        "arXiv:2309.06180v1",
        "https://arxiv.org/pdf/2309.06180",
        "doi.org/10.48550/arXiv.2309.06180",
        "Efficient Memory Management for Large Language Model Serving with PagedAttention",
    ],
)
def test_a_resource_is_named_by_id_link_or_title(say: Say, name: str) -> None:
    assert "PagedAttention" in _titles(say(f"show {name}"))[0]


def test_show_says_where_it_is_listed_what_it_links_to_and_why_it_was_merged(say: Say) -> None:
    text = say("show 2309.06180").plain()
    assert "Listed in: " in text or "Recommended by: " in text
    assert "Merged: same arXiv id 2309.06180" in text
    assert "Code: " in text


def test_relative_links_of_a_list_lead_into_its_repository(say: Say) -> None:
    card = next(part for part in say("show 2507.19427").parts if isinstance(part, Card))
    urls = [span.url for spans in card.body for span in spans if span.url]
    notes = "blob/HEAD/Papers/Disaggregated_Architecture/Step3/Notes.md"
    assert f"https://github.com/shen-shanshan/cs-self-learning/{notes}" in urls


def test_a_merged_number_stays_the_same_thing(say: Say) -> None:
    first = say("show 2309.06180")
    number = next(part.number for part in first.parts if isinstance(part, Card))
    assert _titles(say(f"show #{number}")) == _titles(first)


def test_an_ambiguous_title_asks_which_one(say: Say) -> None:
    message = say("show Pie")
    assert message.error
    assert len(_lines(message)) >= 2
    assert all(line.startswith("show") for line in _lines(message))


def test_people_show_what_they_made(say: Say) -> None:
    text = say("people Tri Dao").plain()
    assert "FlashAttention" in text


def test_people_of_a_topic_are_listed(say: Say) -> None:
    assert "people" in say("people").plain()


def test_browsing_without_anything_shows_what_there_is(say: Say) -> None:
    menus = [choice for choice in say("browse").buttons if isinstance(choice, Choice)]
    assert {choice.label for choice in menus} == {"Topics", "Kinds", "Lists", "Venues"}
    assert all(1 <= len(choice.options) <= 25 for choice in menus)


def test_pages_turn_by_buttons(say: Say) -> None:
    first = say("browse kind:paper")
    second = say(_lines(first)[-1])
    assert "page 2 of" in second.plain()
    assert _titles(first) != _titles(second)
    assert _titles(say(_lines(second)[0])) == _titles(first)


def test_filters_narrow_what_is_browsed(say: Say) -> None:
    text = say("browse venue:OSDI year:2024").plain()
    assert "OSDI 2024" in text


def test_nothing_left_says_what_to_do(say: Say) -> None:
    assert "Leave one of the filters out" in say("browse venue:OSDI year:1999").plain()


@pytest.mark.parametrize("topic", ["投机解码", "speculative decoding", "serving/kv-cache"])
def test_topics_are_known_in_both_languages(say: Say, topic: str) -> None:
    message = say(f"browse {topic}")
    assert not message.error, message.plain()


def test_random_shows_something_to_read(say: Say) -> None:
    assert len(_titles(say("random"))) == 1


def _explained(message: Message) -> list[str]:
    return [value for menu in message.buttons if isinstance(menu, Choice) for _label, value in menu.options]


def test_help_leads_to_every_command_that_one_may_say_and_stays_short(say: Say) -> None:
    names = {name.split(" ")[0] for name, c in load_commands().items() if not c.hidden and name != "help"}
    explained = _explained(say("help", admin=True))
    assert {line.removeprefix("help ") for line in explained} == names
    assert "help accept" not in _explained(say("help"))
    assert not any(say(line, admin=True).error for line in dict.fromkeys(explained))
    assert len(say("help", admin=True).plain().splitlines()) < 10


def test_help_lists_the_commands_and_explains_one(say: Say) -> None:
    assert "search" in say("help").plain()
    assert "QUERY" in say("help search").plain()
    assert "daily preview — Show what" in say("help daily").plain()
    assert "“club” is for admins" in say("club").plain()
    assert "club link — " in say("club", admin=True).plain()


def test_answers_come_in_chinese(say: Say) -> None:
    assert "条结果" in say("search paged attention", language="zh").plain()
    assert "没有" in say("show 99999", language="zh").plain()


def test_a_chinese_member_sees_the_chinese_title_first(say: Say) -> None:
    message = say("show 1909.08053", language="zh")
    assert "使用模型并行" in _titles(message)[0]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("show 99999", "no #99999"),
        ("show #0", "no #0"),
        ("serach vllm", "Did you mean “search”"),
        ("search", "needs more"),
        ("search " + "x" * 10_000, "keep it under 2000"),
        ("browse page:zwei", "a number from 1"),
        ("browse year:20255", "a number from 1900 to 2100"),
        ("browse kind:papyrus", "Choose one of: paper"),
        ("browse no-such-topic", "no topic"),
        ("help nothing", "no command"),
        ("random no-such-topic", "no topic"),
    ],
)
def test_mistakes_get_a_sentence_that_helps(say: Say, line: str, hint: str) -> None:
    message = say(line)
    assert message.error
    assert hint in message.plain()
    assert "Traceback" not in message.plain()


@pytest.mark.parametrize(
    "line",
    [
        "search '; DROP TABLE resources; --",
        'search "unbalanced',
        "search NOT",
        "search * AND OR",
        "search a\x00b\x1b[31m",
        "search %",
        "search (",
        "show '; DROP TABLE",
        "show %",
        "browse venue:'",
        "search \ud800",
    ],
)
def test_syntax_of_databases_is_only_text(say: Say, line: str) -> None:
    message = say(line)
    assert "Something went wrong" not in message.plain()


@pytest.mark.parametrize("line", ["share share search vllm", "share", "share nonsense"])
def test_only_questions_can_be_shared(say: Say, line: str) -> None:
    assert say(line).error


@pytest.mark.parametrize("typed", ["2309.06180.", "https://arxiv.org/abs/2309.06180，", "arXiv:2309.06180！"])
def test_marks_after_a_name_make_no_difference(say: Say, typed: str) -> None:
    assert "PagedAttention" in _titles(say(f"show {typed}"))[0]


def test_numbers_may_be_typed_full_width(say: Say) -> None:
    assert say("show ＃１２").plain() == say("show #12").plain()
    assert say("search attention page：２").plain() == say("search attention page:2").plain()


def test_a_chinese_card_uses_chinese_marks(say: Say) -> None:
    text = say("show 2309.06180", language="zh").plain()
    assert "推理引擎、KV 缓存与内存" in text
    assert "（第 19 行" in text


@pytest.mark.parametrize("line", ["search paged attention", "browse kind:论文", "people"])
def test_a_page_past_the_end_leads_to_the_last_one(say: Say, line: str) -> None:
    answer = say(f"{line} page:900")
    assert "There is no page 900" in answer.plain()
    assert not say(_lines(answer)[0]).error


def test_a_choice_may_be_named_in_chinese(say: Say) -> None:
    assert say("vote 12 赞！").touched == (12,)
    assert "语言：中文" in say("settings language:中文").plain()
    assert "书单" in say("我的 已读", language="zh").plain()
