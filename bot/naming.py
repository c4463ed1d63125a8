"""How members name a resource: `#12`, an arXiv id, a link, or a title that fits only one."""

import re
from collections.abc import Callable, Sequence

from bot.errors import UserError
from bot.language import Msgid, mark
from bot.message import Button
from seeds.identity import WHO, name_slug, title_slug, url_key
from storage import Connection
from storage.records import Resource
from storage.resources import by_keys, find_titles, get, get_many

MOST_AT_ONCE = 100
"""Resources that one line may name."""

_MOST_NAMESAKES = 100
"""Titles that are looked through for the name of somebody."""

_ARXIV = re.compile(r"(?:arxiv:\s*)?(\d{4}\.\d{4,5})(?:v\d+)?", re.IGNORECASE)
_NUMBER = re.compile(r"[#＃]?(\d{1,9})")
_RANGE = re.compile(r"[#＃]?(\d{1,9})\s*[-–]\s*[#＃]?(\d{1,9})")
_LINK = re.compile(r"https?://|10\.\d{4,9}/|(?:arxiv:\s*)?\d{4}\.\d{4,5}", re.IGNORECASE)
_ENDINGS = ".,:;!?。，：；！？、"
"""Marks that somebody put after a name, not part of it."""


class Ambiguous(UserError):
    """Several resources fit; the buttons say the same line with the number of one."""

    def __init__(
        self, typed: str, candidates: Sequence[Resource], say: Callable[[str], str] = "show {}".format
    ) -> None:
        self.typed = typed
        self.candidates = candidates
        buttons = tuple(Button(f"#{r.number} {r.title}", say(str(r.number))) for r in candidates)
        super().__init__(mark("“{typed}” fits several. Which one do you mean?"), typed=typed[:80], buttons=buttons)

    def for_call(self, say: Callable[[str], str]) -> "Ambiguous":
        """The same question with buttons that say another line."""
        return Ambiguous(self.typed, self.candidates, say)


def resolve(db: Connection, text: str) -> Resource:
    """The one resource that is meant. Raises UserError, with the candidates as buttons where there are several."""
    text = _bare(text)
    if match := _NUMBER.fullmatch(text):
        return _numbered(db, int(match[1]))
    found = by_keys(db, _keys(text))
    if not found and len(text) > 1:
        found = find_titles(db, text, 6)
    if not found and _LINK.match(text):
        raise UserError(
            mark("“{text}” is not in the catalogue yet. Suggest it, or search for its title."),
            text=text[:200],
            buttons=(Button(mark("Suggest it"), f"suggest {text[:500]}"),),
        )
    if not found:
        raise UserError(
            mark("Nothing here is called “{text}”. Search for it, or give its number."),
            text=text[:80],
            buttons=(Button(mark("Search for it"), f"search {text[:200]}"),),
        )
    if len(found) == 1:
        return get_many(db, found)[0]
    return _only(get_many(db, found[:6]), text)


def _bare(text: str) -> str:
    """A name without quotes around it and marks after it; marks alone stay."""
    text = text.strip().strip('"').strip()
    return text.rstrip(_ENDINGS).rstrip() or text


def resolve_person(db: Connection, text: str) -> Resource:
    """The one person or lab that is meant, whatever else has the name in its title. Raises UserError."""
    text = _bare(text)
    people = [] if _NUMBER.fullmatch(text) else _people(db, text)
    if len(people) > 1:
        return _only(people, text)
    found = people[0] if people else resolve(db, text)
    if found.kind not in WHO:
        raise UserError(
            mark("#{number} is of the kind “{kind}”, not a person: {title}. Name somebody from “people”."),
            number=found.number, kind=Msgid(found.kind), title=found.title[:80],
            buttons=(Button(mark("People"), "people"), Button(mark("Show"), f"show {found.number}")),
        )  # fmt: skip
    return found


def _people(db: Connection, text: str) -> list[Resource]:
    found = by_keys(db, [*_keys(text), f"name:{name_slug(text)}"])
    if not found and len(text) > 1:
        found = find_titles(db, text, _MOST_NAMESAKES)
    return [r for r in get_many(db, found) if r.kind in WHO]


def _keys(text: str) -> list[str]:
    """The identity keys that a typed name may stand for."""
    if match := _ARXIV.fullmatch(text):
        return [f"arxiv:{match[1]}"]
    return [key for key in (url_key(text), f"title:{title_slug(text)}") if key]


def _numbered(db: Connection, number: int) -> Resource:
    resource = get(db, number)
    if resource is None:
        raise UserError(
            mark("There is no #{number}. Search to find the number of what you mean."),
            number=number,
            buttons=(Button(mark("Browse"), "browse"),),
        )
    return resource


def _only(candidates: Sequence[Resource], text: str) -> Resource:
    """A title typed exactly wins over titles that merely contain it."""
    folded = text.casefold()
    exact = [r for r in candidates if folded in {r.title.casefold(), (r.title_zh or "").casefold()}]
    exact = exact or [r for r in candidates if re.split(r"[:：]", r.title)[0].strip().casefold() == folded]
    if len(exact) == 1:
        return exact[0]
    shown = exact or candidates
    raise Ambiguous(text, shown[:5])


def resolve_many(db: Connection, text: str) -> tuple[Resource, ...]:
    """Resources named by numbers and ranges ("12 14 20-25"), or the one named otherwise."""
    words = re.split(r"[\s,，、]+", re.sub(r"\s*[-–]\s*", "-", _bare(text)))
    if not all(_NUMBER.fullmatch(word) or _RANGE.fullmatch(word) for word in words):
        return (resolve(db, text),)
    numbers: list[int] = []
    for word in words:
        numbers += _span(word)
        if len(numbers) > MOST_AT_ONCE:
            raise UserError(mark("Please name at most {most} at once."), most=MOST_AT_ONCE)
    return tuple(_numbered(db, number) for number in dict.fromkeys(numbers))


def _span(word: str) -> list[int]:
    if match := _RANGE.fullmatch(word):
        first, last = int(match[1]), int(match[2])
        if first > last:
            raise UserError(mark("“{word}” runs backwards; the smaller number comes first."), word=word)
        return list(range(first, min(last, first + MOST_AT_ONCE) + 1))
    return [int(word.lstrip("#＃"))]
