"""What Discord's client does with what people type and choose, and what it would not let go."""

from collections.abc import Iterable, Sequence
from typing import Any

from doubles.discord_compose import Upload
from doubles.discord_rules import INPUTS
from doubles.discord_world import Channel, Json, Message, Role, User, label, snowflake, walk

TEXT, WHOLE, YES_NO, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, FILE = 3, 4, 5, 6, 7, 8, 9, 10, 11
_TYPES: dict[int, Any] = {
    TEXT: str, WHOLE: int, YES_NO: bool, USER: User, CHANNEL: Channel, ROLE: Role, MENTIONABLE: (User, Role),
    NUMBER: (int, float), FILE: Upload,
}  # fmt: skip


class NotOffered(Exception):
    """Discord's client would not let a person do this."""


def picked(things: Iterable[Any], channel: Channel, base: str = "") -> Json:
    """People, roles, channels and files as the `resolved` part of an interaction."""
    found: Json = {}
    for one in things:
        if isinstance(one, User):
            found.setdefault("users", {})[one.id] = one.as_json()
            if channel.guild and one.id in channel.guild.members:
                member = channel.guild.members[one.id].as_json()
                member.pop("user")
                member["permissions"] = str(channel.permissions_of(one))
                found.setdefault("members", {})[one.id] = member
        elif isinstance(one, Role):
            found.setdefault("roles", {})[one.id] = one.as_json()
        elif isinstance(one, Channel):
            found.setdefault("channels", {})[one.id] = one.as_json() | {"permissions": "0"}
    return found


def fill(
    declared: list[Json], values: Json, channel: Channel, base: str, *, complete: bool = True
) -> tuple[list[Json], Json]:
    """The options of a command as a client sends them, and what they refer to."""
    known = {one["name"]: one for one in declared}
    for name in values:
        if name not in known:
            raise NotOffered(f"no option {name!r} among {list(known)}")
    missing = [one["name"] for one in declared if one.get("required") and one["name"] not in values]
    if missing and complete:
        raise NotOffered(f"{missing} must be filled in")
    options, resolved = [], dict[str, Any]()
    for name, value in values.items():
        option = known[name]
        sent, refers = _value(option, value, channel, base)
        for key, things in refers.items():
            resolved.setdefault(key, {}).update(things)
        options.append({"type": option["type"], "name": name, "value": sent})
    return options, resolved


def _value(option: Json, value: Any, channel: Channel, base: str) -> tuple[Any, Json]:
    kind = option["type"]
    if option.get("choices"):
        return _choice(option, value), {}
    if not isinstance(value, _TYPES[kind]) or (kind != YES_NO and isinstance(value, bool)):
        raise NotOffered(f"{value!r} cannot be given as {option['name']}")
    if kind == TEXT:
        _within(option, len(value), "min_length", "max_length", 6000)
        if not value:
            raise NotOffered(f"{option['name']} is empty")
        return value, {}
    if kind in (WHOLE, NUMBER):
        _within(option, value, "min_value", "max_value", 2**53)
        return value, {}
    if kind == FILE:
        return _file(value, base)
    if kind == CHANNEL and option.get("channel_types") and value.kind not in option["channel_types"]:
        raise NotOffered(f"{option['name']} takes no channel of type {value.kind}")
    return (value, {}) if kind == YES_NO else (value.id, picked([value], channel))


def _file(value: Upload, base: str) -> tuple[str, Json]:
    number = snowflake()
    url = f"{base}/attachments/{number}/{value.filename}"
    given = {"id": number, "filename": value.filename, "size": len(value.data), "url": url, "proxy_url": url,
             "ephemeral": True, "content_type": value.content_type or "application/octet-stream"}  # fmt: skip
    return number, {"attachments": {number: given}}


def _choice(option: Json, value: Any) -> Any:
    for one in option["choices"]:
        if value in (one["value"], one["name"], *(one.get("name_localizations") or {}).values()):
            return one["value"]
    raise NotOffered(f"{value!r} is no choice of {option['name']}: {[one['name'] for one in option['choices']]}")


def _within(option: Json, size: float, low: str, high: str, most: float) -> None:
    least, limit = option.get(low), option.get(high)
    if (least is not None and size < least) or size > (most if limit is None else limit):
        raise NotOffered(f"{option['name']}: {size} is not within {least} and {limit}")


def element(user: User, message: Message, name: str, kinds: Sequence[int]) -> Json:
    """A button or menu that somebody can use, by what it shows or its custom_id; the only one without a name."""
    if message.deleted or message.loading or message.only not in (None, user):
        raise NotOffered(f"{user.name} does not see the message")
    candidates = [one for one in message.elements if one["type"] in kinds]
    found = [one for one in candidates if not name or name in (label(one), one.get("custom_id"))]
    if not found:
        raise NotOffered(f"no {name!r} among {[(label(one), one.get('custom_id')) for one in candidates]}")
    if found[0].get("disabled") or found[0].get("url"):
        raise NotOffered(f"{name!r} is disabled or a link")
    return found[0]


def fill_select(one: Json, values: Sequence[Any], channel: Channel) -> tuple[list[str], Json]:
    """What a menu sends for the things chosen in it."""
    low = 1 if one.get("min_values") is None else one["min_values"]
    high = 1 if one.get("max_values") is None else one["max_values"]
    if not low <= len(values) <= high:
        raise NotOffered(f"between {low} and {high} can be chosen")
    if one["type"] != 3:
        return [value.id for value in values], picked(values, channel)
    return [_option(one, value) for value in values], {}


def _option(one: Json, value: Any) -> str:
    for option in one["options"]:
        if value in (option["value"], option["label"]):
            return str(option["value"])
    raise NotOffered(f"{value!r} is no option: {[option['label'] for option in one['options']]}")


def fill_modal(components: list[Json], values: Json, channel: Channel) -> tuple[list[Json], Json]:
    """What a form sends; inputs by label or custom_id, the rest as they were prefilled."""
    left, resolved, sent = dict(values), dict[str, Any](), []
    for one in components:
        if one["type"] == 10:
            sent.append({"type": 10, "id": one.get("id", 0)})
            continue
        inner = one["component"] if one["type"] == 18 else one["components"][0]
        shown = one.get("label") or inner.get("label")
        key = next((key for key in (shown, inner["custom_id"]) if key in left), None)
        answer, refers = _input(inner, left.pop(key) if key else None, shown, channel)
        resolved |= refers
        sent.append({"type": 18, "id": 1, "component": answer} if one["type"] == 18 else
                    {"type": 1, "id": 1, "components": [answer]})  # fmt: skip
    if left:
        inputs = [(label(one), one["custom_id"]) for one in walk(components) if one["type"] in INPUTS]
        raise NotOffered(f"no inputs {list(left)} among {inputs}")
    return sent, resolved


def _input(one: Json, value: Any, shown: str, channel: Channel) -> tuple[Json, Json]:
    given = {"type": one["type"], "custom_id": one["custom_id"], "id": one.get("id", 2)}
    required = one.get("required") is not False
    if one["type"] == 4:
        text = one.get("value") or "" if value is None else value
        if (required or text) and not max(1, one.get("min_length") or 0) <= len(text) <= (
            one.get("max_length") or 4000
        ):
            raise NotOffered(f"{shown}: the length {len(text)} does not do")
        return given | {"value": text}, {}
    if one["type"] == 23:
        return given | {"value": bool(one.get("default") if value is None else value)}, {}
    if value is None:
        chosen = [option["value"] for option in one.get("options") or () if option.get("default")]
    elif one["type"] in (3, 21, 22):
        chosen = [_option(one, each) for each in (value if isinstance(value, list | tuple) else [value])]
    else:
        things = value if isinstance(value, list | tuple) else [value]
        return given | {"values": [each.id for each in things]}, picked(things, channel)
    if required and not chosen:
        raise NotOffered(f"{shown} must be chosen")
    if one["type"] == 21:
        return given | {"value": chosen[0] if chosen else None}, {}
    return given | {"values": chosen}, {}
