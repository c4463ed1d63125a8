"""Forms as windows: a form goes out as a modal, and what was typed comes back."""

from collections.abc import Iterator, Mapping, Sequence

from bot.adapters.discord.render import Json
from bot.adapters.discord.text import label, shorten
from bot.command import Command
from bot.language import Translator
from bot.message import Field, Form

_LABEL, _ROW, _SELECT, _INPUT = 18, 1, 3, 4
_MOST_FIELDS = 5
_LONGEST_INPUT = 1000


def modal(form: Form, command: Command, custom_id: str, translator: Translator) -> Json:
    """The window that asks for a form's values."""
    fields = sorted(form.fields, key=lambda f: not f.required)[:_MOST_FIELDS]
    return {
        "custom_id": custom_id,
        "title": label(form.title, 45),
        "components": [_field(field, command, translator) for field in fields],
    }


def _field(field: Field, command: Command, translator: Translator) -> Json:
    text = label(field.label, 45)
    help_text = field.help or (field.label if text.endswith("…") else None)
    asked = {"type": _LABEL, "label": text, "component": _input(field, command, translator)}
    return asked | ({"description": label(help_text, 100)} if help_text else {})


def _input(field: Field, command: Command, translator: Translator) -> Json:
    name = {"custom_id": label(field.name, 100), "required": field.required}
    options = [(value, text) for value, text in field.options if 0 < len(value) <= 100]
    if field.kind == "flag":
        options = [("yes", translator.t("Yes")), ("no", translator.t("No"))]
    if 0 < len(options) <= 25:
        chosen = [
            {"label": label(text, 100), "value": value} | ({"default": True} if value == field.value else {})
            for value, text in options
        ]
        return {"type": _SELECT, "options": chosen, "min_values": int(field.required), **name}
    parameter = command.parameter(field.name)
    long = parameter is not None and parameter.rest
    value = {"value": shorten(field.value, _LONGEST_INPUT)} if field.value else {}
    return {"type": _INPUT, "style": 2 if long else 1, "max_length": _LONGEST_INPUT, **name, **value}


def typed(components: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """What was filled in, by the names of the fields."""
    return dict(_values(components))


def _values(components: Sequence[Mapping[str, object]]) -> Iterator[tuple[str, str]]:
    for component in components:
        inner = component.get("component")
        if isinstance(inner, Mapping):
            yield from _values([inner])
        elif isinstance(children := component.get("components"), Sequence):
            yield from _values(children)
        elif name := component.get("custom_id"):
            many = component.get("values")
            value = " ".join(map(str, many)) if isinstance(many, Sequence) else component.get("value")
            yield str(name), str(value if value is not None else "")
