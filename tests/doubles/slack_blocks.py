"""Block Kit's rules: what Slack's server refuses in blocks and views, with messages like its own.

The numbers are those of the shared table of limits; a test compares the two.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from doubles.slack_text import texts

LIMITS: dict[str, dict[str, Any]] = {
    "message": {"blocks": 50, "text_advised": 4000, "text_hard": 40000, "attachments": 100, "chat.update_text": 4000,
                "markdown_blocks_total_characters": 12000, "tables": 1},
    "modal": {"blocks": 100, "title": 24, "submit": 24, "close": 24, "private_metadata": 3000, "callback_id": 255,
              "external_id": 255, "stack_depth": 3, "view_bytes": 250000, "trigger_id_seconds": 3},
    "home": {"blocks": 100, "private_metadata": 3000, "callback_id": 255, "external_id": 255},
    "common": {"block_id": 255, "action_id": 255, "ack_seconds": 3, "response_url_uses": 5, "response_url_minutes": 30},
    "text_object": {"text": 3000},
    "section": {"text": 3000, "fields": 10, "field_text": 2000},
    "header": {"text": 150},
    "context": {"elements": 10},
    "actions": {"elements": 25},
    "image": {"image_url": 3000, "alt_text": 2000, "title": 2000},
    "input": {"label": 2000, "hint": 2000},
    "markdown": {"text": 12000},
    "table": {"rows": 100, "columns": 20},
    "button": {"text": 75, "value": 2000, "url": 3000, "accessibility_label": 75},
    "confirm": {"title": 100, "text": 300, "confirm": 30, "deny": 30},
    "option": {"text": 75, "value": 150, "description": 75, "url": 3000},
    "select": {"options": 100, "option_groups": 100, "option_group_label": 75, "placeholder": 150},
    "overflow": {"options": 5},
    "checkboxes": {"options": 10},
    "radio_buttons": {"options": 10},
    "plain_text_input": {"min_length": [0, 3000], "max_length": [1, 3000], "initial_value": 3000},
    "file_input": {"max_files": 10},
    "video": {"title": 199, "description": 199, "author_name": 49},
}  # fmt: skip
BLOCKS_TOTAL = 13_200
"""How many characters the blocks of a message may hold together; seen with Slack, written nowhere."""

_SELECTS = {
    f"{many}{kind}_select"
    for many in ("", "multi_")
    for kind in ("static", "external", "users", "conversations", "channels")
}
_IN_ACTIONS = _SELECTS | {
    "button", "checkboxes", "datepicker", "datetimepicker", "timepicker", "overflow", "radio_buttons",
    "workflow_button",
}  # fmt: skip
_IN_SECTION = (_IN_ACTIONS | {"image"}) - {"datetimepicker"}
_IN_INPUT = _SELECTS | {
    "checkboxes", "radio_buttons", "datepicker", "timepicker", "datetimepicker", "plain_text_input", "number_input",
    "email_text_input", "url_text_input", "rich_text_input", "file_input",
}  # fmt: skip
_KEYS: dict[str, tuple[str, ...]] = {
    "section": ("text", "fields", "accessory", "expand"),
    "header": ("text", "level"),
    "divider": (),
    "context": ("elements",),
    "actions": ("elements",),
    "image": ("image_url", "slack_file", "alt_text", "title"),
    "input": ("label", "element", "hint", "optional", "dispatch_action"),
    "markdown": ("text",),
    "table": ("rows", "column_settings"),
    "rich_text": ("elements",),
    "video": ("title", "title_url", "description", "video_url", "alt_text", "thumbnail_url", "author_name",
              "provider_name", "provider_icon_url"),
}  # fmt: skip
_ONLY_IN = {"markdown": ("message",), "table": ("message",), "input": ("message", "modal", "home")}


class Checker:
    """Collects what is wrong in one set of blocks, each fault with a pointer to its place."""

    def __init__(self, surface: str) -> None:
        self.surface = surface
        self.errors: list[str] = []

    def fault(self, message: str, at: str) -> None:
        self.errors.append(f"[ERROR] {message} [json-pointer:{at}]")

    def length(self, value: Any, most: int, at: str, least: int = 1) -> None:
        if not isinstance(value, str):
            self.fault("must be a string", at)
        elif len(value) > most:
            self.fault(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            self.fault(f"must be more than {least - 1} characters", at)

    def keys(self, value: Mapping[str, Any], allowed: tuple[str, ...], at: str) -> None:
        for key in value:
            if key not in allowed:
                self.fault(f"invalid additional property: {key}", at)

    def needs(self, value: Mapping[str, Any], names: tuple[str, ...], at: str) -> None:
        for name in names:
            if name not in value:
                self.fault(f"missing required field: {name}", at)

    def items(self, value: Any, most: int, at: str, least: int = 1) -> list[Any]:
        if not isinstance(value, list):
            self.fault("must be an array", at)
            return []
        if len(value) > most:
            self.fault(f"no more than {most} items allowed [{len(value)} given]", at)
        if len(value) < least:
            self.fault(f"no fewer than {least} items allowed", at)
        return value

    def one_of(self, value: Any, allowed: tuple[str, ...], at: str) -> None:
        if value not in allowed:
            self.fault(f"must be a valid enum value: {', '.join(allowed)}", at)

    def url(self, value: Any, most: int, at: str) -> None:
        self.length(value, most, at)
        if isinstance(value, str) and not re.match(r"(https?|mailto|slack)://?\S+|mailto:\S+$", value):
            self.fault("invalid url", at)

    def text(self, value: Any, most: int, at: str, *, plain: bool = False) -> None:
        if not isinstance(value, Mapping):
            self.fault("must be an object", at)
            return
        self.needs(value, ("type", "text"), at)
        kind = value.get("type")
        self.one_of(kind, ("plain_text",) if plain else ("plain_text", "mrkdwn"), f"{at}/type")
        self.keys(value, ("type", "text", "emoji" if kind == "plain_text" else "verbatim"), at)
        if "text" in value:
            self.length(value["text"], most, f"{at}/text")


def _button(check: Checker, element: Mapping[str, Any], at: str) -> None:
    limits = LIMITS["button"]
    check.keys(element, ("type", "action_id", "text", "value", "url", "style", "confirm", "accessibility_label"), at)
    check.needs(element, ("text",), at)
    if "text" in element:
        check.text(element["text"], limits["text"], f"{at}/text", plain=True)
    for key in ("value", "accessibility_label"):
        if key in element:
            check.length(element[key], limits[key], f"{at}/{key}")
    if "url" in element:
        check.url(element["url"], limits["url"], f"{at}/url")
    if "style" in element:
        check.one_of(element["style"], ("primary", "danger"), f"{at}/style")


def _option(check: Checker, option: Any, at: str, owner: str) -> None:
    limits = LIMITS["option"]
    if not isinstance(option, Mapping):
        check.fault("must be an object", at)
        return
    check.keys(option, ("text", "value", "description", *(("url",) if owner == "overflow" else ())), at)
    check.needs(option, ("text", "value"), at)
    plain = owner not in ("checkboxes", "radio_buttons")
    for key in ("text", "description"):
        if key in option:
            check.text(option[key], limits[key], f"{at}/{key}", plain=plain)
    if "value" in option:
        check.length(option["value"], limits["value"], f"{at}/value")


def _options(check: Checker, element: Mapping[str, Any], at: str, most: int) -> None:
    options = check.items(element.get("options"), most, f"{at}/options")
    for index, option in enumerate(options):
        _option(check, option, f"{at}/options/{index}", str(element.get("type")))
    values = [option.get("value") for option in options if isinstance(option, Mapping)]
    if len(set(values)) != len(values):
        check.fault("option values must be unique", f"{at}/options")
    _initial(check, element, at, options)


def _initial(check: Checker, element: Mapping[str, Any], at: str, options: list[Any]) -> None:
    chosen = [element["initial_option"]] if "initial_option" in element else element.get("initial_options", [])
    if "initial_options" in element and not chosen:
        check.fault("no fewer than 1 items allowed", f"{at}/initial_options")
    for option in chosen:
        if option not in options:
            check.fault("initial option is not one of the options", at)


def _choice(most: int) -> Callable[[Checker, Mapping[str, Any], str], None]:
    def validate(check: Checker, element: Mapping[str, Any], at: str) -> None:
        check.keys(
            element,
            ("type", "action_id", "options", "initial_option", "initial_options", "confirm", "focus_on_load"),
            at,
        )
        _options(check, element, at, most)

    return validate


def _select(check: Checker, element: Mapping[str, Any], at: str) -> None:
    kind = str(element["type"])
    many = kind.startswith("multi_")
    extra: tuple[str, ...] = {
        "static": ("options", "option_groups", "initial_options" if many else "initial_option"),
        "external": ("min_query_length", "initial_options" if many else "initial_option"),
        "users": ("initial_users" if many else "initial_user",),
        "channels": ("initial_channels" if many else "initial_channel", "response_url_enabled"),
        "conversations": ("initial_conversations" if many else "initial_conversation", "response_url_enabled",
                          "default_to_current_conversation", "filter"),
    }[kind.removeprefix("multi_").removesuffix("_select")]  # fmt: skip
    common = (
        "type",
        "action_id",
        "placeholder",
        "confirm",
        "focus_on_load",
        *(("max_selected_items",) if many else ()),
    )
    check.keys(element, (*common, *extra), at)
    if "placeholder" in element:
        check.text(element["placeholder"], LIMITS["select"]["placeholder"], f"{at}/placeholder", plain=True)
    if kind.endswith("static_select"):
        _static(check, element, at)


def _static(check: Checker, element: Mapping[str, Any], at: str) -> None:
    if ("options" in element) == ("option_groups" in element):
        check.fault("exactly one of options and option_groups is required", at)
    elif "options" in element:
        _options(check, element, at, LIMITS["select"]["options"])
    else:
        option_groups(check, element["option_groups"], f"{at}/option_groups")


def option_groups(check: Checker, groups: Any, at: str) -> None:
    """Check groups of options, of a select or of an answer to a suggestion request."""
    for index, group in enumerate(check.items(groups, LIMITS["select"]["option_groups"], at)):
        check.needs(group, ("label", "options"), f"{at}/{index}")
        check.text(group.get("label"), LIMITS["select"]["option_group_label"], f"{at}/{index}/label", plain=True)
        _options(check, group, f"{at}/{index}", LIMITS["select"]["options"])


_PICKERS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "datepicker": ("initial_date", r"\d{4}-\d{2}-\d{2}", ("placeholder",)),
    "timepicker": ("initial_time", r"([01]\d|2[0-3]):[0-5]\d", ("placeholder", "timezone")),
    "datetimepicker": ("initial_date_time", r"\d{10}", ()),
}


def _picker(check: Checker, element: Mapping[str, Any], at: str) -> None:
    key, pattern, extra = _PICKERS[str(element["type"])]
    check.keys(element, ("type", "action_id", "confirm", "focus_on_load", key, *extra), at)
    if key in element and not re.fullmatch(pattern, str(element[key])):
        check.fault("invalid initial value", f"{at}/{key}")
    if key == "initial_date_time" and key in element and not isinstance(element[key], int):
        check.fault("must be an integer", f"{at}/{key}")
    if "placeholder" in element:
        check.text(element["placeholder"], LIMITS["select"]["placeholder"], f"{at}/placeholder", plain=True)


def _entry(check: Checker, element: Mapping[str, Any], at: str) -> None:
    kind = str(element["type"])
    extra = {
        "plain_text_input": ("multiline", "min_length", "max_length"),
        "number_input": ("is_decimal_allowed", "min_value", "max_value"),
    }.get(kind, ())
    common = ("type", "action_id", "placeholder", "initial_value", "focus_on_load", "dispatch_action_config")
    check.keys(element, (*common, *extra), at)
    if "placeholder" in element:
        check.text(element["placeholder"], LIMITS["select"]["placeholder"], f"{at}/placeholder", plain=True)
    if isinstance(element.get("initial_value"), str):
        check.length(element["initial_value"], LIMITS["plain_text_input"]["initial_value"], f"{at}/initial_value", 0)
    if kind == "number_input":
        _number(check, element, at)
    for key in ("min_length", "max_length"):
        low, high = LIMITS["plain_text_input"][key]
        if key in element and not (isinstance(element[key], int) and low <= element[key] <= high):
            check.fault(f"must be between {low} and {high}", f"{at}/{key}")


def _number(check: Checker, element: Mapping[str, Any], at: str) -> None:
    check.needs(element, ("is_decimal_allowed",), at)
    for key in ("initial_value", "min_value", "max_value"):
        if key in element and not isinstance(element[key], str):
            check.fault("must be a string", f"{at}/{key}")


def _file_input(check: Checker, element: Mapping[str, Any], at: str) -> None:
    check.keys(element, ("type", "action_id", "filetypes", "max_files"), at)
    if check.surface != "modal":
        check.fault("unsupported element: file_input", at)
    if not 1 <= element.get("max_files", 1) <= LIMITS["file_input"]["max_files"]:
        check.fault("max_files out of range", at)


def _image(check: Checker, element: Mapping[str, Any], at: str) -> None:
    limits = LIMITS["image"]
    check.needs(element, ("alt_text",), at)
    if "alt_text" in element:
        check.length(element["alt_text"], limits["alt_text"], f"{at}/alt_text")
    if ("image_url" in element) == ("slack_file" in element):
        check.fault("exactly one of image_url and slack_file is required", at)
    if "image_url" in element:
        check.url(element["image_url"], limits["image_url"], f"{at}/image_url")
    if "title" in element:
        check.text(element["title"], limits["title"], f"{at}/title", plain=True)


def _anything(check: Checker, element: Mapping[str, Any], at: str) -> None:
    """Elements that Paperclub-like bots do not send are let through."""


_ELEMENTS: dict[str, Callable[[Checker, Mapping[str, Any], str], None]] = {
    "button": _button,
    "workflow_button": _anything,
    "rich_text_input": _anything,
    "image": _image,
    "overflow": _choice(LIMITS["overflow"]["options"]),
    "checkboxes": _choice(LIMITS["checkboxes"]["options"]),
    "radio_buttons": _choice(LIMITS["radio_buttons"]["options"]),
    "file_input": _file_input,
    **dict.fromkeys(_SELECTS, _select),
    **dict.fromkeys(_PICKERS, _picker),
    **dict.fromkeys(("plain_text_input", "number_input", "email_text_input", "url_text_input"), _entry),
}


def _element(check: Checker, element: Any, at: str, allowed: set[str]) -> None:
    if not isinstance(element, Mapping):
        check.fault("must be an object", at)
        return
    kind = element.get("type")
    if kind not in allowed:
        check.fault(f"unsupported type: {kind}", f"{at}/type")
        return
    if "action_id" in element:
        check.length(element["action_id"], LIMITS["common"]["action_id"], f"{at}/action_id")
    if "confirm" in element:
        _confirm(check, element["confirm"], f"{at}/confirm")
    _ELEMENTS[str(kind)](check, element, at)


def _confirm(check: Checker, value: Any, at: str) -> None:
    if not isinstance(value, Mapping):
        check.fault("must be an object", at)
        return
    check.keys(value, ("title", "text", "confirm", "deny", "style"), at)
    check.needs(value, ("title", "text", "confirm", "deny"), at)
    for key, most in LIMITS["confirm"].items():
        if key in value:
            check.text(value[key], most, f"{at}/{key}", plain=key != "text")


def _section(check: Checker, block: Mapping[str, Any], at: str) -> None:
    limits = LIMITS["section"]
    if "text" not in block and "fields" not in block:
        check.fault("missing required field: text or fields", at)
    if "text" in block:
        check.text(block["text"], limits["text"], f"{at}/text")
    if "fields" in block:
        for index, field in enumerate(check.items(block["fields"], limits["fields"], f"{at}/fields")):
            check.text(field, limits["field_text"], f"{at}/fields/{index}")
    if "accessory" in block:
        _element(check, block["accessory"], f"{at}/accessory", _IN_SECTION)


def _header(check: Checker, block: Mapping[str, Any], at: str) -> None:
    check.text(block.get("text"), LIMITS["header"]["text"], f"{at}/text", plain=True)


def _context(check: Checker, block: Mapping[str, Any], at: str) -> None:
    for index, element in enumerate(
        check.items(block.get("elements"), LIMITS["context"]["elements"], f"{at}/elements")
    ):
        if isinstance(element, Mapping) and element.get("type") == "image":
            _image(check, element, f"{at}/elements/{index}")
        else:
            check.text(element, LIMITS["text_object"]["text"], f"{at}/elements/{index}")


def _actions(check: Checker, block: Mapping[str, Any], at: str) -> None:
    elements = check.items(block.get("elements"), LIMITS["actions"]["elements"], f"{at}/elements")
    for index, element in enumerate(elements):
        _element(check, element, f"{at}/elements/{index}", _IN_ACTIONS)
    ids = [element["action_id"] for element in elements if isinstance(element, Mapping) and "action_id" in element]
    if len(set(ids)) != len(ids):
        check.fault("action_id must be unique in its block", at)


def _input(check: Checker, block: Mapping[str, Any], at: str) -> None:
    check.needs(block, ("label", "element"), at)
    for key in ("label", "hint"):
        if key in block:
            check.text(block[key], LIMITS["input"][key], f"{at}/{key}", plain=True)
    if "element" in block:
        _element(check, block["element"], f"{at}/element", _IN_INPUT)


def _markdown(check: Checker, block: Mapping[str, Any], at: str) -> None:
    check.length(block.get("text"), LIMITS["markdown"]["text"], f"{at}/text")


def _table(check: Checker, block: Mapping[str, Any], at: str) -> None:
    for index, row in enumerate(check.items(block.get("rows"), LIMITS["table"]["rows"], f"{at}/rows")):
        check.items(row, LIMITS["table"]["columns"], f"{at}/rows/{index}")


def _rich_text(check: Checker, block: Mapping[str, Any], at: str) -> None:
    kinds = ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote")
    for index, element in enumerate(check.items(block.get("elements"), 1000, f"{at}/elements")):
        check.one_of(element.get("type"), kinds, f"{at}/elements/{index}/type")


def _video(check: Checker, block: Mapping[str, Any], at: str) -> None:
    check.needs(block, ("title", "video_url", "alt_text", "thumbnail_url"), at)
    for key, plain in (("title", True), ("description", True)):
        if key in block:
            check.text(block[key], LIMITS["video"][key], f"{at}/{key}", plain=plain)


_BLOCKS: dict[str, Callable[[Checker, Mapping[str, Any], str], None]] = {
    "section": _section,
    "header": _header,
    "divider": _anything,
    "context": _context,
    "actions": _actions,
    "image": _image,
    "input": _input,
    "markdown": _markdown,
    "table": _table,
    "rich_text": _rich_text,
    "video": _video,
}


def _block(check: Checker, block: Any, at: str) -> None:
    kind = block.get("type") if isinstance(block, Mapping) else None
    if kind not in _BLOCKS or check.surface not in _ONLY_IN.get(str(kind), (check.surface,)):
        check.fault(f"unsupported block: {kind}", f"{at}/type")
        return
    check.keys(block, ("type", "block_id", *_KEYS[kind]), at)
    if "block_id" in block:
        check.length(block["block_id"], LIMITS["common"]["block_id"], f"{at}/block_id")
    _BLOCKS[kind](check, block, at)


def _blocks(check: Checker, blocks: Any, at: str, most: int) -> None:
    found = check.items(blocks, most, at, least=0)
    for index, block in enumerate(found):
        _block(check, block, f"{at}/{index}")
    ids = [block["block_id"] for block in found if isinstance(block, Mapping) and "block_id" in block]
    for repeated in sorted({one for one in ids if ids.count(one) > 1}):
        check.fault(f"block_id {repeated} already exists", at)
    focused = json.dumps(blocks).count('"focus_on_load": true')
    if focused > 1:
        check.fault("only one element may have focus_on_load", at)


def check_message_blocks(blocks: Any) -> list[str]:
    """What Slack refuses in the blocks of a message; empty when it takes them."""
    check = Checker("message")
    _blocks(check, blocks, "/blocks", LIMITS["message"]["blocks"])
    found = [block for block in blocks if isinstance(block, Mapping)] if isinstance(blocks, list) else []
    marked = sum(len(str(block.get("text"))) for block in found if block.get("type") == "markdown")
    if marked > LIMITS["message"]["markdown_blocks_total_characters"]:
        check.fault("markdown blocks are too long together", "/blocks")
    if sum(block.get("type") == "table" for block in found) > LIMITS["message"]["tables"]:
        check.fault("only one table allowed", "/blocks")
    return check.errors


def blocks_length(blocks: Any) -> int:
    """How many characters the texts of some blocks hold together."""
    return sum(len(text) for _, text in texts(blocks))


_VIEW_KEYS = {
    "modal": ("type", "title", "blocks", "submit", "close", "private_metadata", "callback_id", "clear_on_close",
              "notify_on_close", "external_id", "submit_disabled"),
    "home": ("type", "blocks", "private_metadata", "callback_id", "external_id"),
}  # fmt: skip


def check_view(view: Any, kinds: tuple[str, ...]) -> list[str]:
    """What Slack refuses in a view of one of these kinds; empty when it takes it."""
    kind = view.get("type") if isinstance(view, Mapping) else None
    if kind not in kinds:
        return [f"[ERROR] must be a valid enum value: {', '.join(kinds)} [json-pointer:/view/type]"]
    check = Checker(str(kind))
    limits = LIMITS[str(kind)]
    check.keys(view, _VIEW_KEYS[str(kind)], "/view")
    check.needs(view, ("blocks",), "/view")
    _blocks(check, view.get("blocks"), "/view/blocks", limits["blocks"])
    for key in ("private_metadata", "callback_id", "external_id"):
        if key in view:
            check.length(view[key], limits[key], f"/view/{key}", least=0)
    if kind == "modal":
        _modal(check, view)
    if len(json.dumps(view).encode()) > LIMITS["modal"]["view_bytes"]:
        check.fault("view is too large", "/view")
    return check.errors


def _modal(check: Checker, view: Mapping[str, Any]) -> None:
    check.needs(view, ("title",), "/view")
    for key in ("title", "submit", "close"):
        if key in view:
            check.text(view[key], LIMITS["modal"][key], f"/view/{key}", plain=True)
    blocks = view.get("blocks")
    inputs = isinstance(blocks, list) and any(isinstance(b, Mapping) and b.get("type") == "input" for b in blocks)
    if inputs and "submit" not in view:
        check.fault("missing required field: submit", "/view")


def check_suggestions(body: Any) -> list[str]:
    """What Slack refuses in the answer to a request for the options of an external select."""
    check = Checker("message")
    if not isinstance(body, Mapping) or ("options" in body) == ("option_groups" in body):
        return ["[ERROR] exactly one of options and option_groups is required [json-pointer:/]"]
    if "option_groups" in body:
        option_groups(check, body["option_groups"], "/option_groups")
        return check.errors
    for index, option in enumerate(check.items(body["options"], LIMITS["select"]["options"], "/options", least=0)):
        _option(check, option, f"/options/{index}", "external_select")
    return check.errors
