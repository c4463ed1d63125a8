"""Discord's limits on messages, components, embeds and forms that its OpenAPI document does not carry."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from doubles.discord_world import COMPONENTS_V2, Json, walk

BUTTON, STRING_SELECT, TEXT_INPUT = 2, 3, 4
SELECTS = (3, 5, 6, 7, 8)
ROW, SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = 1, 9, 10, 11, 12, 13, 14, 17, 18
INPUTS = (3, 4, 5, 6, 7, 8, 19, 21, 22, 23)
V2_ONLY = (SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER)
CONTENT, EMBED_TOTAL, V2_COMPONENTS, V2_TEXT, ROWS, PER_ROW = 2000, 6000, 40, 4000, 5, 5
FILE_BYTES, FILES = 10 * 2**20, 10
Path = tuple[Any, ...]


class Fault(NamedTuple):
    """One thing wrong with a body, and where."""

    path: Path
    code: str
    message: str


class DiscordError(Exception):
    """An answer that is an error; `errors` as Discord nests them."""

    def __init__(self, status: int, code: int, message: str, faults: Iterable[Fault] = ()) -> None:
        self.status, self.code, self.message = status, code, message
        self.faults = list(faults)
        detail = "; ".join(f"{'.'.join(map(str, one.path))}: {one.message}" for one in self.faults)
        super().__init__(f"{status} {code} {message}" + (f" ({detail})" if detail else ""))

    def as_json(self) -> Json:
        """The body of the answer."""
        given: Json = {"message": self.message, "code": self.code}
        if self.faults:
            given["errors"] = {}
            for one in self.faults:
                place = given["errors"]
                for part in one.path:
                    place = place.setdefault(str(part), {})
                place.setdefault("_errors", []).append({"code": one.code, "message": one.message})
        return given


def invalid(faults: Iterable[Fault]) -> None:
    """Refuse a form with these faults, if there are any."""
    found = list(faults)
    if found:
        raise DiscordError(400, 50035, "Invalid Form Body", found)


def too_long(path: Path, text: object, limit: int) -> Iterator[Fault]:
    """A text over its limit, counted in code points as the server does."""
    if isinstance(text, str) and len(text) > limit:
        yield Fault(path, "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length.")


def blank(path: Path, text: object) -> Iterator[Fault]:
    """A text that is nothing once Discord has trimmed it."""
    if not isinstance(text, str) or not text.strip():
        yield Fault(path, "BASE_TYPE_REQUIRED", "This field is required")


def bad_url(path: Path, url: object, schemes: tuple[str, ...] = ("http", "https")) -> Iterator[Fault]:
    """A link that Discord does not take."""
    if isinstance(url, str) and not re.match(rf"(?:{'|'.join(schemes)})://[^\s/]+", url):
        yield Fault(path, "URL_TYPE_INVALID_SCHEME", f"Scheme {url.split(':')[0]!r} must be one of {schemes}.")


def embed_faults(embeds: list[Json]) -> Iterator[Fault]:
    """What is wrong with the embeds of one message, 6000 characters over all of them included."""
    if len(embeds) > 10:
        yield Fault(("embeds",), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 10 in length.")
    total = 0
    for index, embed in enumerate(embeds):
        path: Path = ("embeds", index)
        fields = embed.get("fields") or []
        if len(fields) > 25:
            yield Fault((*path, "fields"), "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 25 in length.")
        yield from _embed_links(path, embed)
        texts: list[tuple[Path, Any, int]] = [
            (("title",), embed.get("title"), 256),
            (("description",), embed.get("description"), 4096),
        ]
        texts.append((("footer", "text"), (embed.get("footer") or {}).get("text"), 2048))
        texts.append((("author", "name"), (embed.get("author") or {}).get("name"), 256))
        for number, one in enumerate(fields):
            for key, limit in (("name", 256), ("value", 1024)):
                yield from blank((*path, "fields", number, key), one.get(key))
                texts.append((("fields", number, key), one.get(key), limit))
        for place, text, limit in texts:
            yield from too_long((*path, *place), text, limit)
            total += len((text or "").strip())
        if not any(embed.get(key) for key in ("title", "description", "fields", "footer", "author", "image",
                                              "thumbnail")):  # fmt: skip
            yield Fault(path, "BASE_TYPE_REQUIRED", "An embed needs something to show")
    if total > EMBED_TOTAL:
        yield Fault(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")


def _embed_links(path: Path, embed: Json) -> Iterator[Fault]:
    yield from bad_url((*path, "url"), embed.get("url"))
    yield from bad_url((*path, "author", "url"), (embed.get("author") or {}).get("url"))
    for key in ("image", "thumbnail"):
        yield from bad_url((*path, key, "url"), (embed.get(key) or {}).get("url"), ("http", "https", "attachment"))


# ---- components ----


def component_faults(components: list[Json], flags: int, filenames: set[str]) -> Iterator[Fault]:
    """What is wrong with the components of a message; `filenames` are those of its attachments."""
    everything = list(walk(components))
    if flags & COMPONENTS_V2:
        yield from _v2_faults(everything, filenames)
    else:
        yield from _v1_faults(components)
    for index, one in enumerate(components):
        yield from _tree_faults(("components", index), one)
    yield from _duplicates(everything, "custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED")
    yield from _duplicates(everything, "id", "COMPONENT_ID_DUPLICATED")


def _v1_faults(components: list[Json]) -> Iterator[Fault]:
    if len(components) > ROWS:
        yield Fault(("components",), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    for index, one in enumerate(components):
        if one["type"] != ROW:
            text = 'Value of field "type" must be one of (1,).'
            yield Fault(("components", index), "UNION_TYPE_CHOICES", text)


def _v2_faults(everything: list[Json], filenames: set[str]) -> Iterator[Fault]:
    if len(everything) > V2_COMPONENTS:
        yield Fault(("components",), "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", "The total number of components is "
                    f"limited to {V2_COMPONENTS}, this has {len(everything)}.")  # fmt: skip
    total = sum(len(one.get("content") or "") for one in everything if one["type"] == TEXT_DISPLAY)
    if total > V2_TEXT:
        yield Fault(("components",), "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", "Component displayable text size "
                    f"exceeds maximum size of {V2_TEXT}: {total}")  # fmt: skip
    for url in media_urls(everything):
        name = url.removeprefix("attachment://")
        if url.startswith("attachment://") and name not in filenames:
            yield Fault(("components",), "ATTACHMENT_NOT_FOUND", f"Referenced attachment {name!r} was not found.")


def media_urls(components: Iterable[Json]) -> Iterator[str]:
    """The addresses of everything that flat components show."""
    for one in components:
        for media in (one.get("media"), one.get("file"), *(item.get("media") for item in one.get("items") or ())):
            if media:
                yield media.get("url") or ""


def _duplicates(everything: list[Json], key: str, code: str) -> Iterator[Fault]:
    counted = Counter(one[key] for one in everything if one.get(key))
    for value, count in counted.items():
        if count > 1:
            yield Fault(("components",), code, f"Component {key} {value!r} cannot be duplicated")


def _tree_faults(path: Path, one: Json) -> Iterator[Fault]:
    kind = one["type"]
    if kind == ROW:
        yield from _row_faults(path, one["components"])
    elif kind == BUTTON:
        yield from _button_faults(path, one)
    elif kind in SELECTS:
        yield from _select_faults(path, one)
    elif kind == TEXT_DISPLAY:
        yield from blank((*path, "content"), one.get("content"))
    elif kind == SECTION and "accessory" not in one:
        yield Fault((*path, "accessory"), "BASE_TYPE_REQUIRED", "This field is required")
    elif kind in (THUMBNAIL, FILE, GALLERY):
        yield from _media_faults(path, one)
    for index, child in enumerate(one.get("components") or ()):
        yield from _tree_faults((*path, "components", index), child)
    if one.get("accessory"):
        yield from _tree_faults((*path, "accessory"), one["accessory"])


def _media_faults(path: Path, one: Json) -> Iterator[Fault]:
    schemes = ("attachment",) if one["type"] == FILE else ("http", "https", "attachment")
    for url in media_urls([one]):
        yield from bad_url((*path, "media"), url, schemes)
    if one["type"] == GALLERY and not 1 <= len(one.get("items") or ()) <= 10:
        yield Fault((*path, "items"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 10 in length.")


def _row_faults(path: Path, children: list[Json]) -> Iterator[Fault]:
    selects = sum(child["type"] in SELECTS for child in children)
    if not 1 <= len(children) <= PER_ROW or (selects and len(children) > 1):
        text = "The specified component exceeds the maximum width"
        yield Fault((*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", text)


def _button_faults(path: Path, one: Json) -> Iterator[Fault]:
    if one.get("style") == 5:
        if not one.get("url") or one.get("custom_id"):
            yield Fault((*path, "url"), "BASE_TYPE_REQUIRED", "A url is required, a custom id is not allowed")
        yield from too_long((*path, "url"), one.get("url"), 512)
        yield from bad_url((*path, "url"), one.get("url"), ("http", "https", "discord"))
    elif one.get("style") != 6 and (not one.get("custom_id") or one.get("url")):
        yield Fault((*path, "custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED", "A custom id is required, no url")
    if not (one.get("label") or "").strip() and not one.get("emoji"):
        yield Fault((*path, "label"), "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A label or emoji is required")
    yield from too_long((*path, "label"), one.get("label"), 80)
    yield from too_long((*path, "custom_id"), one.get("custom_id"), 100)


def _select_faults(path: Path, one: Json) -> Iterator[Fault]:
    yield from too_long((*path, "placeholder"), one.get("placeholder"), 150)
    yield from too_long((*path, "custom_id"), one.get("custom_id"), 100)
    low, high = one.get("min_values"), one.get("max_values")
    low, high = 1 if low is None else low, 1 if high is None else high
    if low > high:
        yield Fault((*path, "min_values"), "BASE_TYPE_MAX", "min_values must not be over max_values")
    if one["type"] == STRING_SELECT:
        yield from _option_faults(path, one["options"], high)


def _option_faults(path: Path, options: list[Json], high: int) -> Iterator[Fault]:
    if high > len(options):
        text = f"max_values {high} is more than the {len(options)} options"
        yield Fault((*path, "max_values"), "SELECT_COMPONENT_MAX_VALUES_TOO_LARGE", text)
    for value, count in Counter(one["value"] for one in options).items():
        if count > 1:
            code = "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"
            yield Fault((*path, "options"), code, f"The specified option value {value!r} is already used")
    if sum(bool(one.get("default")) for one in options) > high:
        yield Fault((*path, "options"), "SELECT_COMPONENT_TOO_MANY_DEFAULT_OPTIONS", "Too many defaults")
    for index, one in enumerate(options):
        for key in ("label", "value"):
            yield from blank((*path, "options", index, key), one.get(key))
        for key in ("label", "value", "description"):
            yield from too_long((*path, "options", index, key), one.get(key), 100)


# ---- forms ----


def modal_faults(data: Json) -> Iterator[Fault]:
    """What is wrong with a form."""
    yield from too_long(("data", "title"), data["title"], 45)
    yield from blank(("data", "title"), data["title"])
    if not 1 <= len(data["components"]) <= 5:
        yield Fault(("data", "components"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    everything = list(walk(data["components"]))
    yield from _duplicates(everything, "custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED")
    for index, one in enumerate(data["components"]):
        path: Path = ("data", "components", index)
        if one["type"] == ROW and [child["type"] for child in one["components"]] != [TEXT_INPUT]:
            yield Fault(path, "UNION_TYPE_CHOICES", "A row of a form holds exactly one text input")
        if one["type"] == LABEL:
            yield from too_long((*path, "label"), one.get("label"), 45)
            yield from too_long((*path, "description"), one.get("description"), 100)
        for child in walk([one]):
            yield from _input_faults(path, child, in_label=one["type"] == LABEL)


def _input_faults(path: Path, one: Json, *, in_label: bool) -> Iterator[Fault]:
    if one["type"] == TEXT_INPUT:
        if not in_label:
            yield from blank((*path, "label"), one.get("label"))
            yield from too_long((*path, "label"), one.get("label"), 45)
        elif one.get("label"):
            yield Fault((*path, "label"), "BASE_TYPE_INVALID", "A text input in a label has no label of its own")
        yield from too_long((*path, "placeholder"), one.get("placeholder"), 100)
        low, high = one.get("min_length") or 0, one.get("max_length") or 4000
        if low > high:
            yield Fault((*path, "min_length"), "BASE_TYPE_MAX", "min_length is over max_length")
        yield from too_long((*path, "value"), one.get("value"), high)
        if one.get("value") and len(one["value"]) < low:
            yield Fault((*path, "value"), "BASE_TYPE_MIN_LENGTH", f"Must be {low} or more in length.")
    elif one["type"] in SELECTS:
        yield from _select_faults(path, one)
    elif one["type"] in (21, 22):
        yield from _option_faults(path, one["options"], one.get("max_values") or len(one["options"]))


def choice_faults(choices: list[Json], kind: int) -> Iterator[Fault]:
    """What is wrong with the suggestions for an option of this type."""
    if len(choices) > 25:
        yield Fault(("data", "choices"), "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 25 in length.")
    types: dict[int, Any] = {3: str, 4: int, 10: (int, float)}
    for index, one in enumerate(choices):
        path: Path = ("data", "choices", index)
        yield from blank((*path, "name"), one.get("name"))
        yield from too_long((*path, "name"), one.get("name"), 100)
        yield from too_long((*path, "value"), one.get("value"), 100)
        if not isinstance(one.get("value"), types.get(kind, object)):
            yield Fault((*path, "value"), "UNION_TYPE_CHOICES", "The value is not of the option's type")


# ---- mentions ----


def mention_faults(allowed: Json | None) -> Iterator[Fault]:
    """What is wrong with allowed_mentions."""
    if not allowed:
        return
    parse = allowed.get("parse") or []
    for key in ("users", "roles"):
        if key in parse and allowed.get(key):
            text = f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.'
            yield Fault(("allowed_mentions",), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", text)


_CODE = re.compile(r"```.*?```|``.*?``|`[^`\n]*`", re.DOTALL)
_MENTION = re.compile(r"<@(&|!|)([0-9]+)>|(?<![\w\\])@(everyone|here)\b")


class Mentions(NamedTuple):
    """Whom a text would notify."""

    everyone: str
    users: list[str]
    roles: list[str]


def mentioned(text: str, allowed: Json | None) -> Mentions:
    """Whom a text notifies under allowed_mentions; without them it is everybody it names. Code does not."""
    everyone, users, roles = "", list[str](), list[str]()
    for sign, number, word in _MENTION.findall(_CODE.sub(" ", text)):
        if word and _allows(allowed, "everyone", ""):
            everyone = everyone or word
        elif sign == "&" and _allows(allowed, "roles", number):
            roles.append(number)
        elif number and sign != "&" and _allows(allowed, "users", number):
            users.append(number)
    return Mentions(everyone, list(dict.fromkeys(users)), list(dict.fromkeys(roles)))


def _allows(allowed: Json | None, kind: str, number: str) -> bool:
    if allowed is None:
        return True
    return kind in (allowed.get("parse") or ()) or number in map(str, allowed.get(kind) or ())
