"""Commands declare themselves by signature and docstring, and stay within the platforms' limits."""

import re
from typing import Annotated, Literal

import pytest

from bot.app import load_commands
from bot.command import Arg, Context, command
from bot.message import Message

COMMANDS = load_commands()


def test_the_signature_is_the_declaration() -> None:
    @command(public=True)
    def cast(ctx: Context, signal: Annotated[Literal["up", "down"], Arg("which way")] = "up") -> Message:
        """Cast a vote."""
        return Message(())

    declared = cast.__command__  # type: ignore[attr-defined]
    assert (declared.name, declared.help, declared.public) == ("cast", "Cast a vote.", True)
    assert declared.parameters[0].choices == ("up", "down")


def test_a_command_without_a_docstring_is_refused() -> None:
    with pytest.raises(TypeError, match="no docstring"):

        @command()
        def nameless(ctx: Context) -> Message:
            return Message(())


def test_a_parameter_without_help_is_refused() -> None:
    with pytest.raises(TypeError, match="Annotated"):

        @command()
        def bare(ctx: Context, number: int) -> Message:
            """Do."""
            return Message(())


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_names_and_helps_fit_both_platforms(name: str) -> None:
    found = COMMANDS[name]
    assert re.fullmatch(r"[a-z-]{1,32}( [a-z-]{1,32})?", name)
    assert 0 < len(found.help) <= 100
    assert len(found.parameters) <= 25
    for parameter in found.parameters:
        assert re.fullmatch(r"[a-z_]{1,32}", parameter.name)
        assert 0 < len(parameter.help) <= 100
        assert len(parameter.choices) <= 25


def test_required_parameters_come_first() -> None:
    for found in COMMANDS.values():
        required = [p.required for p in found.parameters]
        assert required == sorted(required, reverse=True)
