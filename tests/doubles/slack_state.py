"""What a person fills into the inputs of a view, in the shape that Slack sends it."""

import re
from typing import Any

from doubles.slack_world import Json

_SINGLE = {
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
}
_MANY = {
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
}
_OPTION = ("static_select", "external_select", "radio_buttons", "overflow")
_OPTIONS = ("multi_static_select", "multi_external_select", "checkboxes")


class Unfillable(ValueError):
    """Slack's own client would not let a person do this."""


def _slot(kind: str) -> str:
    if kind in _OPTION:
        return "selected_option"
    if kind in _OPTIONS:
        return "selected_options"
    return _SINGLE.get(kind) or _MANY.get(kind) or ("files" if kind == "file_input" else "value")


def _find_option(element: Json, wanted: Any) -> Json:
    if isinstance(wanted, dict):
        return wanted
    groups = element.get("option_groups", [])
    options = [*element.get("options", []), *(option for group in groups for option in group["options"])]
    for option in options:
        if wanted in (option["value"], option["text"]["text"]):
            return {key: option[key] for key in ("text", "value")}
    raise Unfillable(f"no option {wanted!r} among {[option['text']['text'] for option in options]}")


def chosen(element: Json, value: Any) -> Json:
    """The state of an element when a person put a value in; options by their value or label."""
    kind = element["type"]
    if kind in _OPTION:
        value = None if value is None else _find_option(element, value)
    elif kind in _OPTIONS:
        value = [_find_option(element, one) for one in value or []]
    return {"type": kind, _slot(kind): value}


def _initial(element: Json) -> Json:
    kind = element["type"]
    slot = _slot(kind)
    value = element.get(slot.replace("selected_", "initial_").replace("value", "initial_value"))
    return {"type": kind, slot: [] if value is None and slot.endswith("s") else value}


def _filled(state: Json) -> bool:
    return any(value not in (None, "", []) for key, value in state.items() if key != "type")


def _check(block: Json, element: Json, state: Json) -> None:
    name = block["label"]["text"]
    if not block.get("optional") and not _filled(state):
        raise Unfillable(f"{name} must be filled in")
    value = state.get("value")
    if isinstance(value, str):
        low, high = element.get("min_length", 0), element.get("max_length", 3000)
        if value and not low <= len(value) <= high:
            raise Unfillable(f"{name} must have {low} to {high} characters")
        _check_number(name, element, value)


def _check_number(name: str, element: Json, value: str) -> None:
    if element["type"] == "number_input" and value:
        pattern = r"-?\d+(\.\d+)?" if element["is_decimal_allowed"] else r"-?\d+"
        low, high = float(element.get("min_value", "-inf")), float(element.get("max_value", "inf"))
        if not re.fullmatch(pattern, value) or not low <= float(value) <= high:
            raise Unfillable(f"{name} takes no {value!r}")


def values_of(blocks: list[Json], given: Json, *, check: bool = True) -> Json:
    """`state.values` for some blocks: given values by label, block_id or action_id, initial ones for the rest.

    Raises Unfillable for what Slack's client itself would refuse, and for a name that fits no input.
    """
    left = dict(given)
    state: Json = {}
    for block in blocks:
        inside = [block.get("element"), block.get("accessory"), *block.get("elements", [])]
        for element in inside:
            if not element or "action_id" not in element or element["type"] in ("button", "overflow"):
                continue
            names = (element["action_id"], block["block_id"], block.get("label", {}).get("text"))
            name = next((one for one in names if one in left), None)
            entry = _initial(element) if name is None else chosen(element, left.pop(name))
            if check and block["type"] == "input":
                _check(block, element, entry)
            state.setdefault(block["block_id"], {})[element["action_id"]] = entry
    if left:
        raise Unfillable(f"no input called {', '.join(left)}")
    return state
