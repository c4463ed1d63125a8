"""Undoing one kind of damage: UTF-8 that was read as a Windows code page, with the undefined bytes lost."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache, partial
from importlib.resources import files
from itertools import combinations, pairwise, product
from typing import Any

GUESS = "\ue001"
"""Stands before a character that is a guess; readers of a repaired text drop it and mark the field."""

LOST = (0x81, 0x8D, 0x8E, 0x8F, 0x90, 0x9D, 0x9E, 0xAD)
"""Bytes that windows-1254 has no character for (or only an invisible one), so that they are gone."""

_NBSP = 0xA0
_LEADS = {0xC2: 1, 0xE0: 2, 0xF0: 3}
_LIKELY = "⭐✅！”、」】〕，。？）：️"
_SILENT = "️⭐✅"
_COMMON = (
    "的一是不了在人有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小心多天而能好都然"
    "没日于起还发成事只作当想看文无开手用主行方又如前所本见经头面公同三已老从动两长知样现分将外但身些与高意进把法此实回二理美"
    "点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少"
    "关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表原车白应路期叫死常提感金何"
    "更反合放做系计或司利受光王果亲界及今京务制解各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百吃义"
    "科怎元社术结六功指思非流每青管夫连远资队跟带花快条院变联言权往展该领传近留红治决周保达办运武半候七必城父强步完革深区即求品士转量"
    "空甚众技轻程告江语英基派满式李息写呢识极令黄德收脸钱党倒未持取设始版双历越史商千片容研像找友孩站广改议形委早房音火际则首单据导"
    "推模型析详构源码维图显存详并核编译缓卸载优训练调器网络缩减速慢层码参数批序列键值注意混专融析码杂谈"
)
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_LEAST_DAMAGE = 3
_MOST_LOST = 2


def _bytes_by_char() -> dict[str, int]:
    table = {chr(code): code for code in range(0x80, 0x100)}
    for page in ("cp1252", "cp1254"):
        for code in range(0x80, 0x100):
            char = bytes([code]).decode(page, "ignore")
            if char:
                table[char] = code
    return table


_BYTES = _bytes_by_char()


def damage(text: str) -> str:
    """What the damage makes of an intact text."""
    kept = bytes(byte for byte in text.encode() if byte not in LOST)
    return kept.decode("cp1254", "ignore")


def is_damaged(text: str) -> bool:
    """Whether most of what is not ASCII in a text is broken UTF-8."""
    foreign = 0 if text.isascii() else len(_FOREIGN.findall(text))
    if foreign < _LEAST_DAMAGE:
        return False
    broken = sum(len(match.group()) for match in _sequence().finditer(text))
    return broken > _LEAST_DAMAGE and broken / foreign > 0.6


@lru_cache(maxsize=1)
def _sequence() -> re.Pattern[str]:
    leads = "".join(re.escape(c) for c, byte in _BYTES.items() if 0xC2 <= byte <= 0xF4)
    follow = "".join(re.escape(c) for c, byte in _BYTES.items() if 0x80 <= byte <= 0xBF)
    return re.compile(f"[{leads}][{follow}]{{1,3}}")


@lru_cache(maxsize=1)
def load_corrections() -> Mapping[str, Any]:
    """The true values of damaged fields of a known list, with the repository and commit they come from."""
    value: dict[str, Any] = json.loads((files("seeds") / "corrections.json").read_text(encoding="utf-8"))
    return value


def known_values() -> tuple[str, ...]:
    """Every true value that is known, longest first."""
    values = {str(field["value"]) for field in load_corrections()["fields"]}
    return tuple(sorted(values, key=lambda value: (-len(value), value)))


def repair(text: str, values: Iterable[str] | None = None) -> str:
    """An intact text made of a damaged one: known values first, then what the surviving bytes say.

    Where bytes are lost and no known value tells them, the likeliest character is put after a GUESS mark; where
    there is none, the mark stands alone. Works on raw text: normalise whitespace and Unicode afterwards.
    """
    known = known_values() if values is None else tuple(values)
    text = _correct(text, known)
    found = [*_pieces(text)]
    model = _Model((piece for piece in found if isinstance(piece, str)), known)
    return "".join(_write(found, model))


def _correct(text: str, values: Iterable[str]) -> str:
    for value in values:
        broken = damage(value)
        if broken == value or not any(_BYTES.get(char) for char in broken):
            continue
        pattern = re.escape(broken).replace("\u00a0", "[\u00a0 ]")
        text = re.sub(f"(?<![^\x00-\x7f]){pattern}(?![^\x00-\x7f])", partial(_instead, value), text)
    return text


def _instead(value: str, _match: re.Match[str]) -> str:
    return value


def _pieces(text: str) -> Iterator[str | tuple[str, ...]]:
    """The text as intact strings, and tuples of candidates for characters with lost bytes."""
    position = plain = 0
    while position < len(text):
        lead = _BYTES.get(text[position], 0)
        if lead < 0xC2 or lead > 0xF4:
            position += 1
            continue
        end, candidates, certain = _read(text, position, lead)
        if end > position:
            if plain < position:
                yield text[plain:position]
            yield candidates[0] if certain else candidates
            plain = end
        position = max(end, position + 1)
    yield text[plain:]


def _read(text: str, start: int, lead: int) -> tuple[int, tuple[str, ...], bool]:
    need = _need(lead)
    follow, end = _follow(text, start + 1, need)
    if len(follow) == need:
        decoded = _decode(bytes([lead, *follow]))
        return (end, (decoded,), True) if decoded else (start, (), False)
    beside = text[start - 1 : start] + text[end : end + 1]
    if not follow and any(char.isascii() and char.isalpha() for char in beside):
        return start, (), False  # "é" of an intact name stays
    candidates = tuple(_fill(lead, follow, need))
    if end < len(text) and text[end] == " " and len(follow) == need - 1:
        candidates += _with_space(lead, follow)
    return end, candidates, False


def _need(lead: int) -> int:
    return max(count for first, count in _LEADS.items() if lead >= first)


def _follow(text: str, position: int, need: int) -> tuple[list[int], int]:
    found: list[int] = []
    while len(found) < need and position < len(text):
        byte = _BYTES.get(text[position], 0)
        if text[position] == " " and len(found) + 1 < need and _continues(text, position + 1):
            byte = _NBSP  # a no-break space that became a plain one
        if not 0x80 <= byte <= 0xBF:
            break
        found.append(byte)
        position += 1
    return found, position


def _continues(text: str, position: int) -> bool:
    return position < len(text) and 0x80 <= _BYTES.get(text[position], 0) <= 0xBF


def _fill(lead: int, follow: list[int], need: int) -> Iterator[str]:
    missing = need - len(follow)
    if missing > _MOST_LOST:
        return
    for places in combinations(range(need), missing):
        for lost in product(LOST, repeat=missing):
            left, gone = iter(follow), iter(lost)
            filled = bytes([lead, *(next(gone) if place in places else next(left) for place in range(need))])
            decoded = _decode(filled)
            if decoded:
                yield decoded


def _with_space(lead: int, follow: list[int]) -> tuple[str, ...]:
    decoded = _decode(bytes([lead, *follow, _NBSP]))
    return (decoded,) if decoded else ()


def _decode(raw: bytes) -> str:
    char = raw.decode("utf-8", "ignore")
    return char if len(char) == 1 else ""


class _Model:
    """How likely a character is: what the text itself shows intact, then how common it is in Chinese."""

    def __init__(self, pieces: Iterable[str], known: Iterable[str]) -> None:
        shown = "".join(pieces)
        self._single = Counter(char for char in shown if not char.isascii())
        self._pairs: Counter[str] = Counter(a + b for a, b in pairwise(shown) if not b.isascii())
        for value in known:
            self._pairs.update(a + b for a, b in pairwise(value))

    def best(self, candidates: tuple[str, ...], before: str, after: str) -> str:
        return max(candidates, key=lambda char: (self._rank(char, before, after), -ord(char)), default="")

    def _rank(self, char: str, before: str, after: str) -> tuple[int, int, int, int, int]:
        pairs = self._pairs[before + char] + self._pairs[char + after]
        likely = len(_LIKELY) - _LIKELY.index(char) if char in _LIKELY else 0
        usual = -_COMMON.find(char) if char in _COMMON else -len(_COMMON)
        return (likely, pairs, self._single[char], usual, _commonness(char))


def _commonness(char: str) -> int:
    try:
        raw = char.encode("gb2312")
    except UnicodeEncodeError:
        return 0
    return 2 if len(raw) == 2 and 0xB0 <= raw[0] <= 0xD7 else 1


def _write(found: list[str | tuple[str, ...]], model: _Model) -> Iterator[str]:
    before = ""
    for index, piece in enumerate(found):
        if isinstance(piece, str):
            yield piece
            before = piece[-1:] or before
            continue
        following = found[index + 1] if index + 1 < len(found) else ""
        chosen = model.best(piece, before, following[:1] if isinstance(following, str) else "")
        if chosen > "\uffff":
            chosen = ""  # nobody can tell one picture from another
        yield chosen if chosen and chosen in _SILENT else GUESS + chosen
        before = chosen or before
