"""What the words of a query stand for: venues, concepts of the domain, names, plain words."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from storage.search.analyse import STOP_PHRASES, STOP_WORDS, glued, is_cjk, pieces, slug, word
from storage.search.concept import EXACT, KIND, LITERAL, NAME, Alternative, Concept, Concepts, spelled, units
from storage.search.everyday import is_everyday
from storage.search.scoring import Unit

MOST_WORDS = 40
"""Words of a query that are looked at."""

_EVERYDAY_WEIGHT = 0.3
_YEAR = re.compile(r"(?:19|20)\d\d")
_SHORT_YEAR = re.compile(r"\d\d")
_GLUED_YEAR = re.compile(r"([a-z]+)((?:20)?\d\d)")


@dataclass(frozen=True)
class _Place:
    """One unit of a query: a word, or one character of a Chinese run."""

    unit: str
    piece: str
    index: int


def words_of(text: str) -> list[str]:
    """The pieces of a query, at most 40."""
    found: list[str] = []
    for piece in pieces(text):
        found.append(piece[:MOST_WORDS] if is_cjk(piece) else piece)
    return found[:MOST_WORDS]


def first_tokens(found: Sequence[str]) -> set[str]:
    """What to read before anything is known of the words: themselves, compounds, venues."""
    wanted: set[str] = set()
    for i, piece in enumerate(found):
        analysed = word(piece)
        wanted.update(analysed.tokens, analysed.parts)
        wanted.update((f"={analysed.plain}", f"+{analysed.tokens[0]}"))
        wanted.update(_venue_tokens(found, i))
        if i + 1 < len(found) and not is_cjk(piece) and not is_cjk(found[i + 1]):
            both = glued(piece, found[i + 1])
            wanted.update((both, both[1:]))
            wanted.add(f"={slug(piece + ' ' + found[i + 1])}")
    return wanted


def _venue_tokens(found: Sequence[str], i: int) -> Iterator[str]:
    for _, name, year in _venues(found, i):
        yield f"@venue:{name}:{year}" if year else f"@venue:{name}"


def _venues(found: Sequence[str], i: int) -> Iterator[tuple[int, str, str | None]]:
    """How many pieces from here may be a venue, its name, and its year; the fullest reading first."""
    folded = [piece.casefold() for piece in found[i : i + 3]]
    if len(folded) >= 2 and (year := _as_year(folded[1])):
        yield 2, folded[0], year
    together = _GLUED_YEAR.fullmatch(folded[0])
    if together:
        yield 1, together[1], _as_year(together[2])
    if len(folded) == 3 and (year := _as_year(folded[2])):
        yield 3, f"{folded[0]} {folded[1]}", year
    yield 1, folded[0], None
    if together:  # of a year that nothing is from, the venue's other years are still nearest
        yield 1, together[1], None


def _as_year(text: str) -> str | None:
    if _YEAR.fullmatch(text):
        return text
    return f"20{text}" if _SHORT_YEAR.fullmatch(text) and int(text) < 60 else None


def understand(found: Sequence[str], concepts: Concepts, has: Callable[[str], bool]) -> tuple[Unit, ...]:
    """The units of a query. `has` tells whether any record has a token of `first_tokens`."""
    sequence = [_Place(unit, piece, i) for i, piece in enumerate(found) for unit in units([piece])]
    made: list[Unit] = []
    i = 0
    while i < len(sequence):
        length, unit = _next(sequence, i, found, concepts, has)
        if unit:
            made.append(unit)
        i += length
    return tuple(made) or _plain(found, has)


def _next(
    sequence: Sequence[_Place], i: int, found: Sequence[str], concepts: Concepts, has: Callable[[str], bool]
) -> tuple[int, Unit | None]:
    place = sequence[i]
    venue = _venue(found, place.index, has) if not is_cjk(place.piece) else None
    length, meant = _meant(sequence, i, concepts)
    if venue and venue[0] >= length:
        return venue
    if meant and (
        length > 1 or is_cjk(place.piece) or place.piece.casefold() not in STOP_WORDS or _capital(place.piece)
    ):
        typed = _typed(sequence[i : i + length])
        return length, _concept_unit(typed, meant)
    if is_cjk(place.piece):
        return _chinese(sequence, i, concepts)
    if place.piece.casefold() in STOP_WORDS:
        return 1, None
    return 1, _word_unit(place.piece, found, place.index, has)


def _meant(sequence: Sequence[_Place], i: int, concepts: Concepts) -> tuple[int, list[Concept]]:
    """The longest concept from here: as typed, or with the words left out that say nothing."""
    length, meant = concepts.matching([p.unit for p in sequence[i : i + 12]])
    telling = [
        i,
        *(j for j in range(i + 1, min(i + 12, len(sequence))) if sequence[j].piece.casefold() not in STOP_WORDS),
    ]
    shorter, other = concepts.matching([sequence[j].unit for j in telling])
    spanned = telling[shorter - 1] - i + 1 if shorter else 0
    return (spanned, other) if spanned > length else (length, meant)


def _capital(piece: str) -> bool:
    return piece.isupper() and len(piece) > 1


def _typed(places: Sequence[_Place]) -> str:
    text, last = "", -1
    for place in places:
        if is_cjk(place.piece):
            text += place.unit if text == "" or last == place.index else f" {place.unit}"
        elif place.index != last:
            text += f" {place.piece}"
        last = place.index
    return text.strip()


def _venue(found: Sequence[str], i: int, has: Callable[[str], bool]) -> tuple[int, Unit] | None:
    for length, name, year in _venues(found, i):
        token = f"@venue:{name}:{year}" if year else f"@venue:{name}"
        if not has(token):
            continue
        label = " ".join(found[i : i + length])
        alternatives = [Alternative((token,), KIND, f"{name} {year}" if year else name)]
        if not year:
            alternatives.append(Alternative(word(found[i]).tokens, LITERAL, found[i], 0.8))
        return length, Unit(label, tuple(alternatives), 1.6 if year else 1.2)
    return None


def _word_unit(piece: str, found: Sequence[str], i: int, has: Callable[[str], bool]) -> Unit:
    analysed = word(piece)
    alternatives = [
        Alternative(analysed.tokens, LITERAL, analysed.plain),
        Alternative((f"={analysed.plain}",), LITERAL, analysed.plain, EXACT),
        Alternative((f"+{analysed.tokens[0]}",), LITERAL, analysed.plain),
    ]
    if analysed.parts:
        alternatives.append(Alternative(analysed.parts, NAME, analysed.plain, 0.8))
    for first, second in ((i - 1, i), (i, i + 1)):
        if first >= 0 and second < len(found) and not is_cjk(found[first]) and not is_cjk(found[second]):
            both = glued(found[first], found[second])
            label = f"{found[first]}{found[second]}"
            alternatives += [Alternative((token,), LITERAL, label) for token in (both, both[1:]) if has(token)]
    if _as_year(piece) and _YEAR.fullmatch(piece):
        alternatives.append(Alternative((f"@year:{piece}",), KIND, piece, 0.9))
    return Unit(piece, tuple(alternatives), _EVERYDAY_WEIGHT if is_everyday(analysed.plain) else 1.0)


def _chinese(sequence: Sequence[_Place], i: int, concepts: Concepts) -> tuple[int, Unit | None]:
    """The characters from here that no concept explains, as one unit, without words that say nothing."""
    run = ""
    j = i
    while j < len(sequence) and sequence[j].index == sequence[i].index:
        rest = "".join(p.unit for p in sequence[j : j + 4] if p.index == sequence[i].index)
        if j > i and concepts.matching([p.unit for p in sequence[j : j + 12]])[0] > 1:
            break
        stop = next((phrase for phrase in STOP_PHRASES if rest.startswith(phrase)), None)
        if stop:
            if run:
                break
            return len(stop), None
        run += sequence[j].unit
        j += 1
    pairs = word(run).tokens
    alternatives = (Alternative(pairs, LITERAL, run, partial=True), Alternative((f"={run}",), LITERAL, run, EXACT))
    return j - i, Unit(run, alternatives, words=max(1, len(run) // 2))


def _concept_unit(typed: str, meant: Sequence[Concept]) -> Unit:
    alternatives = spelled(typed, LITERAL, partial=True)
    for concept in meant:
        alternatives += concept.alternatives
    weight = max(concept.weight for concept in meant)
    return Unit(typed, tuple(alternatives), weight, _size(typed))


def _size(typed: str) -> int:
    """How many words a phrase has; two Chinese characters count as one."""
    return max(1, sum(len(piece) // 2 if is_cjk(piece) else 1 for piece in pieces(typed)))


def _plain(found: Sequence[str], has: Callable[[str], bool]) -> tuple[Unit, ...]:
    """Every word as it is, for a query of words that usually say nothing."""
    return tuple(
        _word_unit(piece, found, i, has)
        if not is_cjk(piece)
        else Unit(piece, (Alternative(word(piece).tokens, LITERAL, piece, partial=True),))
        for i, piece in enumerate(found)
    )


def unknown_words(found: Sequence[str], concepts: Concepts, has: Callable[[str], bool]) -> list[str]:
    """The folded words that neither a record nor a concept knows: perhaps typing errors."""
    unknown = []
    for i, piece in enumerate(found):
        analysed = word(piece)
        folded = analysed.plain
        if is_cjk(piece) or len(folded) < 4 or not folded.isalpha() or folded in STOP_WORDS or is_everyday(folded):
            continue
        if has(analysed.tokens[0]) or analysed.tokens[0] in concepts.vocabulary:
            continue
        if analysed.parts and all(has(part) for part in analysed.parts):
            continue
        if any(list(_known_venue(found, i, has))) or _glued_known(found, i, has):
            continue
        unknown.append(folded)
    return unknown


def _known_venue(found: Sequence[str], i: int, has: Callable[[str], bool]) -> Iterator[bool]:
    yield from (has(token) for token in _venue_tokens(found, i))


def _glued_known(found: Sequence[str], i: int, has: Callable[[str], bool]) -> bool:
    """Whether the word and a neighbour are known as one word."""
    for a, b in ((i - 1, i), (i, i + 1)):
        if a >= 0 and b < len(found) and not is_cjk(found[a]) and not is_cjk(found[b]):
            both = glued(found[a], found[b])
            if has(both) or has(both[1:]):
                return True
    return False


def all_tokens(made: Sequence[Unit]) -> set[str]:
    """Every token that scoring needs."""
    return {token for unit in made for alternative in unit.alternatives for token in alternative.tokens}
