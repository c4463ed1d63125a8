"""Windows (modals): forms and answers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from bot.adapters.slack.render import Block, Json, Shown, blocks, label, option, section, title_of
from bot.adapters.slack.text import escape, shorten
from bot.command import Command, Parameter
from bot.language import Translator
from bot.message import Field, Form

_METADATA = 3000
_TITLE = 24
_INPUT = 2000


@dataclass(frozen=True)
class Origin:
    """Where somebody said something, and how they can be answered there; `message` is the card that was pressed."""

    team: str
    user: str
    channel: str = ""
    message: str = ""
    thread: str = ""
    response_url: str = ""
    view: str = ""
    direct: bool = False
    replace: bool = False
    private: bool = False


@dataclass(frozen=True)
class Filled:
    """A form that came back: what it completes, the values, and where it began."""

    form: Form
    values: Mapping[str, str]
    origin: Origin


def form_view(form: Form, command: Command, origin: Origin, translator: Translator) -> Json | None:
    """A form as a window; None when what it has to remember is too much for one."""
    memory = {"command": form.command, "given": form.given, "origin": _compact(origin)}
    metadata = json.dumps(memory, ensure_ascii=False, separators=(",", ":"))
    if len(metadata) > _METADATA:
        return None
    short = len(form.title) <= _TITLE
    head = [] if short else [section(escape(shorten(form.title, 300)))]
    inputs = [_input(field, command.parameter(field.name), form.command, translator) for field in form.fields]
    return {
        "type": "modal",
        "callback_id": "form",
        "private_metadata": metadata,
        "title": label(form.title if short else form.command.capitalize(), _TITLE),
        "submit": label(form.submit, _TITLE),
        "close": label(translator.t("Cancel"), _TITLE),
        "blocks": [*head, *inputs],
    }


def _compact(origin: Origin) -> dict[str, Any]:
    return {key: value for key, value in asdict(origin).items() if value and key not in {"team", "user"}}


def _input(field: Field, parameter: Parameter | None, command: str, translator: Translator) -> Block:
    block: Block = {
        "type": "input",
        "block_id": f"field:{field.name}",
        "label": label(field.label.capitalize(), 200),
        "element": _element(field, parameter, command, translator),
        "optional": not field.required,
    }
    return block | ({"hint": label(field.help, 500)} if field.help else {})


def _element(field: Field, parameter: Parameter | None, command: str, translator: Translator) -> Json:
    action = {"action_id": f"find:{command}:{field.name}"}
    fitting = [option(text, value) for value, text in field.options if 0 < len(value) <= 150][:100]
    if fitting:
        initial = [x for x in fitting if x["value"] == field.value]
        return {"type": "static_select", "options": fitting, **action} | (
            {"initial_option": initial[0]} if initial else {}
        )
    if field.kind == "flag":
        return {"type": "static_select", "options": [option(translator.t("Yes"), "yes"), option("—", "no")], **action}
    if field.kind == "resources":
        return {"type": "multi_external_select", "min_query_length": 1, **action}
    if parameter is not None and parameter.complete is not None:
        return {"type": "external_select", "min_query_length": 1, **action}
    initial_text = {"initial_value": shorten(field.value, _INPUT)} if field.value else {}
    if field.kind == "integer":
        return {"type": "number_input", "is_decimal_allowed": False, **action, **initial_text}
    multiline = parameter is not None and parameter.rest
    return {"type": "plain_text_input", "multiline": multiline, "max_length": _INPUT, **action, **initial_text}


def filled(view: Json, team: str, user: str) -> Filled | None:
    """What somebody filled in; None when the window is none of our forms."""
    try:
        memory = json.loads(view.get("private_metadata") or "")
        given = tuple((str(name), str(value)) for name, value in memory["given"])
        form = Form("", str(memory["command"]), (), given)
        origin = replace(Origin(team, user), **memory["origin"])
    except (ValueError, KeyError, TypeError):
        return None
    values = {}
    for block, inputs in view.get("state", {}).get("values", {}).items():
        for state in inputs.values():
            if block.startswith("field:"):
                values[block.removeprefix("field:")] = _value(state)
    return Filled(form, values, origin)


def _value(state: Json) -> str:
    many = state.get("selected_options")
    if many:
        return " ".join(str(x["value"]) for x in many)
    one = state.get("selected_option")
    return str(one["value"] if one else state.get("value") or "")


def answer_view(shown: Shown) -> Json:
    """An answer in a window of its own."""
    return _window(shown.t, title_of(shown.message), blocks(shown))


def loading_view(translator: Translator) -> Json:
    """What is shown while the answer is on its way."""
    return _window(translator.t, "Paperclub", [section("⏳ " + translator.t("One moment …"))])


def _window(t: Any, title: str, content: Sequence[Block]) -> Json:
    return {
        "type": "modal",
        "callback_id": "answer",
        "title": label(title, _TITLE),
        "close": label(t("Close"), _TITLE),
        "blocks": list(content),
    }
