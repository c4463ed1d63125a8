"""What is registered with Discord follows from the declarations and meets Discord's limits."""

from dataclasses import replace
from typing import Annotated, Literal

import pytest
from doubles.discord_commands import command_faults
from doubles.discord_schema import schema

from bot.adapters.discord.registration import (
    ADMIN_ROOT,
    HEAVIEST,
    MENUS,
    Menu,
    digest,
    places,
    registration,
    spoken,
    weight,
)
from bot.app import load_commands
from bot.command import Arg, Command, Context, Parameter, command
from bot.message import Message

COMMANDS = load_commands()


@command("poll start", admin=True)
def start(
    ctx: Context,
    question: Annotated[str, Arg("what is asked")],
    method: Annotated[Literal["approval", "single"], Arg("how votes are counted")] = "approval",
    size: Annotated[int, Arg("how many win", minimum=1, maximum=5)] = 1,
    secret: Annotated[bool, Arg("whether ballots are secret")] = True,
) -> Message:
    """Start a poll."""
    return Message(())


@command("poll")
def poll(ctx: Context) -> Message:
    """Show the running poll."""
    return Message(())


def _declared(*handlers: object) -> dict[str, Command]:
    found = [handler.__command__ for handler in handlers]  # type: ignore[attr-defined]
    return {c.name: c for c in found}


def test_discord_takes_the_registration() -> None:
    made = registration(COMMANDS)
    assert list(command_faults(made)) == []
    assert schema().faults("PUT", "/applications/{application_id}/commands", made) == []


def test_a_server_with_two_languages_sees_no_name_twice() -> None:
    for root in registration(COMMANDS):
        names = [o["name_localizations"].get("zh-CN", o["name"]) for o in root.get("options", ())]
        assert len(set(names)) == len(names)


def test_every_listed_command_can_be_chosen() -> None:
    assert set(places(COMMANDS).values()) == {c for c in COMMANDS.values() if not c.hidden}


def test_what_finds_no_room_moves_into_a_group_the_rarest_first() -> None:
    base = _declared(poll)["poll"]
    names = ["random", "note", *(f"c{n}" for n in range(24))]
    made = registration({name: replace(base, name=name) for name in names})
    assert list(command_faults(made)) == []
    more = made[0]["options"][-1]
    assert [o["name"] for o in more["options"]] == ["random", "note"]
    assert len(made[0]["options"]) == 25


def test_commands_of_two_words_become_groups() -> None:
    made = registration(_declared(poll, start))
    assert [o["name"] for o in made[0]["options"]] == ["poll"]
    admin = made[1]
    assert (admin["name"], admin["default_member_permissions"], admin["contexts"]) == (ADMIN_ROOT, "32", [0])
    (group,) = admin["options"]
    assert next((o["name"], o["required"]) for o in group["options"][0]["options"]) == ("question", True)
    assert list(command_faults(made)) == []


def test_the_bare_name_of_a_group_has_a_subcommand() -> None:
    @command("poll close")
    def close(ctx: Context) -> Message:
        """Close the poll."""
        return Message(())

    commands = _declared(poll, close)
    (group,) = registration(commands)[0]["options"]
    assert sorted(o["name"] for o in group["options"]) == ["close", "show"]
    assert places(commands) == {"paper poll show": commands["poll"], "paper poll close": commands["poll close"]}


def test_help_is_said_in_chinese_too() -> None:
    root = registration(COMMANDS)[0]
    search = next(o for o in root["options"] if o["name"] == "search")
    assert search["description_localizations"]["zh-CN"] != search["description"]
    assert search["name_localizations"] == {"zh-CN": "搜索", "zh-TW": "搜索"}
    assert search["options"][0]["name_localizations"]["zh-CN"] == "内容"


def test_every_choice_is_named_in_chinese_and_no_two_alike() -> None:
    asked = list(registration(COMMANDS))
    for option in asked:  # grows while it is read, down to the last option
        asked += option.get("options", ())
        said = [choice["name_localizations"].get("zh-CN", "") for choice in option.get("choices", ())]
        assert all(said), option["name"]
        assert len(set(said)) == len(said), option["name"]


def test_choices_limits_and_completion_come_from_the_declaration() -> None:
    root = registration(COMMANDS)[0]
    search = next(o for o in root["options"] if o["name"] == "search")
    page = next(o for o in search["options"] if o["name"] == "page")
    assert (page["type"], page["min_value"], page["required"]) == (4, 1, False)
    show = next(o for o in root["options"] if o["name"] == "show")
    assert show["options"][0]["autocomplete"] is True


def test_a_change_of_the_commands_shows_in_the_digest() -> None:
    whole = registration(COMMANDS)
    assert digest(whole) == digest(registration(load_commands()))
    assert digest(whole) != digest(whole[:-1])


def test_nested_options_name_the_command() -> None:
    leaf = [{"name": "question", "type": 3, "value": "x"}]
    nested = [{"name": "poll", "type": 2, "options": [{"name": "start", "type": 1, "options": leaf}]}]
    assert spoken("paper", nested) == ("paper poll start", leaf)
    assert spoken("paper", [{"name": "help", "type": 1}]) == ("paper help", ())


@pytest.mark.parametrize("menu", MENUS)
def test_a_menu_says_a_command_that_is_there(menu: Menu) -> None:
    assert menu.says in COMMANDS


def test_many_commands_with_long_words_still_fit_into_what_discord_takes() -> None:
    long = "a description that says very much about what an argument means, more than anybody reads"
    options = tuple(Parameter(f"option{chr(97 + n)}", long, "text", required=False) for n in range(12))
    many = {f"group {chr(97 + n)}": Command(f"group {chr(97 + n)}", long, options, lambda ctx: None) for n in range(15)}
    for root in registration(many):
        assert weight(root) <= HEAVIEST
