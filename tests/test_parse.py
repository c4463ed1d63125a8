"""Lines as people type them become commands with arguments."""

import contextlib
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import as_line, load_commands
from bot.command import Arg, Command, Context, command
from bot.errors import UserError
from bot.message import Message
from bot.parse import LONGEST, Call, brief_usage, parse, usage
from storage.records import Resource

COMMANDS = load_commands()


@command("mark read", writes=True)
def mark_read(
    ctx: Context,
    resource: Annotated[Resource, Arg("what was read")],
    note: Annotated[str | None, Arg("what you think")] = None,
    rating: Annotated[int | None, Arg("stars", minimum=1, maximum=5)] = None,
) -> Message:
    """Mark as read."""
    return Message(())


GROUPED: dict[str, Command] = {**COMMANDS, "mark read": mark_read.__command__}  # type: ignore[attr-defined]


def test_the_rest_of_the_line_is_the_query() -> None:
    call = parse("search  how to save gpu memory", COMMANDS)
    assert (call.command.name, call.arguments) == ("search", {"query": "how to save gpu memory"})


@pytest.mark.parametrize("line", ["/paper search vllm", "paper search vllm", "/search vllm", "Search vllm"])
def test_a_leading_slash_or_the_root_command_makes_no_difference(line: str) -> None:
    assert parse(line, COMMANDS) == Call(COMMANDS["search"], {"query": "vllm"})


def test_nothing_at_all_asks_for_help() -> None:
    assert parse("/paper", COMMANDS).command.name == "help"


def test_options_may_stand_anywhere() -> None:
    assert parse('browse page:2 venue:"OSDI" serving', COMMANDS).arguments == {
        "page": "2",
        "venue": "OSDI",
        "topic": "serving",
    }


def test_an_unknown_option_is_an_ordinary_word() -> None:
    assert parse("search colour:red std::vector", COMMANDS).arguments == {"query": "colour:red std::vector"}


def test_curly_quotes_and_no_break_spaces_of_phones_are_understood() -> None:
    assert parse("browse venue:“MLSys”\u00a0page:3", COMMANDS).arguments == {"venue": "MLSys", "page": "3"}


def test_a_lone_apostrophe_is_text() -> None:
    assert parse("search Hitchhiker's guide", COMMANDS).arguments == {"query": "Hitchhiker's guide"}


def test_the_longest_command_name_wins() -> None:
    assert parse("mark read #12", GROUPED).arguments == {"resource": "#12"}


def test_a_number_leaves_the_rest_to_the_next_argument() -> None:
    assert parse('mark read 12 "quite good" rating:4', GROUPED).arguments == {
        "resource": "12",
        "note": "quite good",
        "rating": "4",
    }


def test_a_title_takes_the_whole_rest_when_it_is_the_last_argument() -> None:
    assert parse("show Flash Attention 3", COMMANDS).arguments == {"resource": "Flash Attention 3"}


def test_more_words_than_arguments_are_an_error_with_the_usage() -> None:
    with pytest.raises(UserError, match="Usage: mark read RESOURCE"):
        parse("mark read 12 good 4 really", GROUPED)


def test_an_unknown_command_names_the_nearest() -> None:
    with pytest.raises(UserError, match="Did you mean “search”"):
        parse("serach vllm", COMMANDS)


def test_a_very_long_line_is_refused_with_its_length() -> None:
    with pytest.raises(UserError, match="10007 characters"):
        parse("search " + "x" * 10_000, COMMANDS)


def test_a_mistake_gets_the_usage_in_short_and_a_way_to_all_of_it() -> None:
    assert brief_usage(COMMANDS["poll nominate"]) == "poll nominate RESOURCE [poll:POLL]"
    assert brief_usage(COMMANDS["meeting move"]) == usage(COMMANDS["meeting move"])
    assert brief_usage(COMMANDS["daily on"]) == "daily on …"
    with pytest.raises(UserError) as raised:
        parse("undo everything", COMMANDS)
    assert raised.value.buttons[0].line == "help undo"


def test_usage_shows_what_is_optional() -> None:
    assert usage(COMMANDS["search"]) == "search QUERY [page:PAGE] [exact:EXACT]"


@given(st.text(max_size=200))
def test_any_text_is_a_command_or_a_helpful_error(text: str) -> None:
    with contextlib.suppress(UserError):
        assert parse(text, COMMANDS).command.name in COMMANDS


@given(st.text(alphabet=st.characters(blacklist_categories=["C", "Z"]), min_size=1, max_size=40).filter(
    lambda text: '"' not in text and ":" not in text))  # fmt: skip
def test_a_line_made_of_named_arguments_reads_back(text: str) -> None:
    line = as_line(COMMANDS["browse"], {"venue": text, "page": "2"})
    assert parse(line, COMMANDS).arguments["page"] == "2"


def test_the_limit_is_what_chats_allow() -> None:
    assert LONGEST <= 3000


def test_an_argument_that_takes_the_rest_keeps_its_name_where_earlier_ones_are_left_out() -> None:
    for name, arguments in (
        ("poll edit", {"question": "Which one?"}),
        ("poll edit", {"question": "Which one?", "poll": "3"}),
        ("recommend", {"topic": "me and you"}),
        ("search", {"query": 'paged "kv cache" page'}),
    ):
        call = parse(as_line(COMMANDS[name], arguments), COMMANDS)
        assert (call.command.name, call.arguments) == (name, arguments)


@pytest.mark.parametrize(
    ("line", "name", "arguments"),
    [
        ("daily", "help", {"topic": "daily"}),
        ("Poll?", "help", {"topic": "poll"}),
        ("？", "help", {}),
        ("Help!", "help", {}),
        ("search：vllm", "search", {"query": "vllm"}),
        ("／search vllm", "search", {"query": "vllm"}),
        ("#12", "show", {"resource": "#12"}),
        ("2309.06180v2", "show", {"resource": "2309.06180v2"}),
        ("https://arxiv.org/abs/2309.06180", "show", {"resource": "https://arxiv.org/abs/2309.06180"}),
        ("vote up 12", "vote", {"resource": "12", "signal": "up"}),
        ("vote 12 up!", "vote", {"resource": "12", "signal": "up!"}),
        ("read 12 pass:2 很好", "read", {"resources": "12", "pass": "2", "note": "很好"}),
        ("read 12、14 20-25 quite good", "read", {"resources": "12、14 20-25", "note": "quite good"}),
        ("read 12 5x faster", "read", {"resources": "12", "note": "5x faster"}),
        ("read Flash Attention", "read", {"resources": "Flash Attention"}),
        ("save 12 14", "save", {"resources": "12 14"}),
        ("meeting plan 周五 15:00", "meeting plan", {"when": "周五 15:00"}),
        ("meeting plan 1,2 friday 3pm", "meeting plan", {"resources": "1,2", "when": "friday 3pm"}),
        ("meeting write We liked it", "meeting write", {"takeaways": "We liked it"}),
        ("meeting write 3 We liked it", "meeting write", {"meeting": "3", "takeaways": "We liked it"}),
        ("browse person:Tri Dao year:2023", "browse", {"person": "Tri Dao", "year": "2023"}),
        ("browse person:58 serving", "browse", {"person": "58", "topic": "serving"}),
        ("poll vote vLLM", "poll vote", {"choice": "vLLM"}),
        ("搜索 分页注意力", "search", {"query": "分页注意力"}),
        ("/投票 12", "vote", {"resource": "12"}),
        ("票选 提醒", "poll remind", {}),
        ("每日", "help", {"topic": "daily"}),
    ],
)
def test_what_is_meant_is_understood(line: str, name: str, arguments: dict[str, str]) -> None:
    call = parse(line, COMMANDS)
    assert (call.command.name, call.arguments) == (name, arguments)


@pytest.mark.parametrize(
    ("line", "nearest"), [("poll strat 12", "poll start"), ("metting plan friday", "meeting plan")]
)
def test_an_unknown_command_of_a_group_names_the_nearest_of_that_group(line: str, nearest: str) -> None:
    with pytest.raises(UserError) as raised:
        parse(line, COMMANDS)
    assert raised.value.buttons[0].line == f"{nearest} {line.split(None, 2)[2]}"


def test_an_unknown_word_after_a_group_leads_to_its_help() -> None:
    with pytest.raises(UserError) as raised:
        parse("poll xyzxyz", COMMANDS)
    assert (raised.value.values["word"], raised.value.buttons[0].line) == ("poll xyzxyz", "help poll")


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("meeting move saturday 10:00 place:Room 5", {"when": "saturday 10:00", "place": "Room 5"}),
        ("meeting plan 12 friday 16:00 place:Room 5", {"resources": "12", "when": "friday 16:00", "place": "Room 5"}),
        ("meeting plan 12 place:Zoom friday 16:00", {"resources": "12", "when": "friday 16:00", "place": "Zoom"}),
        ("meeting edit resources:12 place:Room 5", {"resources": "12", "place": "Room 5"}),
        ("poll start What? closes:friday 18:00", {"question": "What?", "closes": "friday 18:00"}),
        ("poll start closes:3 days What?", {"question": "What?", "closes": "3 days"}),
        ("poll start nominations:in 1 day closes:2 weeks", {"nominations": "in 1 day", "closes": "2 weeks"}),
        ("poll edit 2 closes:friday 18:00", {"poll": "2", "closes": "friday 18:00"}),
        ("poll edit question:What is next?", {"question": "What is next?"}),
        ("poll remind 2", {"poll": "2"}),
    ],
)
def test_a_named_text_takes_the_words_after_it_that_nothing_else_waits_for(
    line: str, arguments: dict[str, str]
) -> None:
    assert parse(line, COMMANDS).arguments == arguments
