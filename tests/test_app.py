"""App catches everything: a member sees a sentence, the log the details."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

import pytest
import sqlalchemy as sa
from conftest import NOW

from bot.app import App, load_commands
from bot.command import Actor, Arg, Command, Context, command
from bot.errors import UserError
from bot.message import Message, Text, line
from storage import Engine, reading, writing
from storage.tables import deliveries

ALICE = Actor("console", "T1", "C1", "U1", "Alice")


@command()
def broken(ctx: Context) -> Message:
    """Fail in a way that nobody foresaw."""
    raise ZeroDivisionError("secret detail")


@command(admin=True)
def rule(ctx: Context) -> Message:
    """Do what only admins may."""
    return Message((Text((line("done"),)),))


@command(writes=True)
def regret(ctx: Context) -> Message:
    """Write, then think better of it."""
    ctx.db.execute(deliveries.insert().values(key="x", seen_at=ctx.now))
    raise UserError("No.")


@command(form=("text",), writes=True)
def jot(ctx: Context, text: Annotated[str, Arg("what you think", rest=True)]) -> Message:
    """Write a note."""
    return Message((Text((line(text),)),))


OWN: Mapping[str, Command] = dict(load_commands()) | {
    found.name: found
    for found in (f.__command__ for f in (broken, rule, regret, jot))  # type: ignore[attr-defined]
}


@pytest.fixture
def own(engine: Engine) -> App:
    return App(engine, OWN)


def test_a_fault_is_logged_once_with_the_reference_the_member_sees(own: App, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        text = own.say("broken", ALICE, NOW).plain()
    assert "secret detail" not in text
    assert len(caplog.records) == 1
    assert str(caplog.records[0].args[0]) in text  # type: ignore[index]


def test_only_admins_may_say_what_is_for_admins(own: App) -> None:
    assert "for admins" in own.say("rule", ALICE, NOW).plain()


def test_an_error_rolls_the_command_back(own: App, engine: Engine) -> None:
    assert own.say("regret", ALICE, NOW).plain() == "No."
    with reading(engine) as db:
        assert db.execute(sa.select(deliveries)).all() == []


def test_a_reading_transaction_cannot_write(engine: Engine) -> None:
    with pytest.raises(sa.exc.SQLAlchemyError), reading(engine) as db:
        db.execute(deliveries.insert().values(key="x", seen_at=NOW))
    with writing(engine) as db:  # and the next writer may again
        db.execute(deliveries.insert().values(key="x", seen_at=NOW))


def test_a_command_that_lacks_an_argument_offers_a_form(own: App) -> None:
    form = own.form("jot", ALICE)
    assert form is not None
    assert [field.name for field in form.fields] == ["text"]
    assert own.submit(form, {"text": "Very good: read it"}, ALICE, NOW).plain() == "Very good: read it"


def test_a_form_names_its_choices_in_the_members_language(engine: Engine) -> None:
    form = App(engine).form("start", replace(ALICE, language="zh"))
    assert form is not None
    assert form.fields[1].options == (("private", "不公开"), ("named", "公开"))


def test_a_complete_line_needs_no_form(own: App) -> None:
    assert own.form("jot fine", ALICE) is None


def test_commands_are_found_by_themselves() -> None:
    assert {"search", "show", "browse", "people", "random", "help"} <= set(load_commands())
