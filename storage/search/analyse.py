"""From text to tokens, the same for what is indexed and what is asked."""

import re
import threading
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import snowballstemmer

ANALYSER_VERSION = 2
"""Raise it whenever the same text gives other tokens or weights: databases then index themselves anew."""

LONGEST_TEXT = 20_000
"""Characters of one field that are looked at; lists and abstracts are far shorter."""

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_PIECE = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+(?:(?<=\d)\.\d+)*")
_IS_CJK = re.compile(rf"[{CJK}]")
_CAMEL = re.compile(r"\d+(?:\.\d+)*|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b|(?<=\w)['’](?=\w)", re.I)
_GREEK = str.maketrans({"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "λ": "lambda", "μ": "mu", "π": "pi"})
_ACRONYMS = re.compile(r"[bcdfghjklmnpqrtvwxz]{2,}s|[a-z]{2}us")
_LONGEST_TOKEN = 64
_SHORT_TEXT = 200

_ENGLISH = """
a about above after again all also am an and any are as at be because been before being below between both but by
can could did do does doing done down during each either else ever every few for from further get give given gives
go had has have having he her here him his how i if in instead into is it its just know let like lot made make makes
making many may me might more most much must my need needs no nor not now of off often on once one only or other our
out over own please really same say see shall she should so some something still such take than that the their them
then there these they thing things this those through to too toward towards under until up upon us use used uses
using very via want was we well were what when where whether which while who whom whose why will with within without
would you your vs versus etc eg ie best good better way ways work works paper papers article articles find show tell
read reading about recommend recommended related
"""
STOP_WORDS = frozenset(_ENGLISH.split())
"""English words that say nothing about what is meant, also those that people wrap around a question."""

_CHINESE = """
有哪些 是什么 为什么 怎么样 怎样 怎么 如何 什么 哪些 哪个 相关 有关 关于 论文 文章
推荐 介绍 一下 请问 我想 想要 可以 能够 需要 使用 方法 的 了 吗 呢 和 与 及 在 对
中 里 是 用 做 让 把 被 有 找 看 请
"""
STOP_PHRASES = tuple(_CHINESE.split())
"""The same for Chinese, longest first."""


class Word(NamedTuple):
    """One piece of text: its tokens (a Chinese run has several), the parts of a compound, and its plain form.

    `spelling` tells whether it is a word that a typing error could be mended to.
    """

    tokens: tuple[str, ...]
    parts: tuple[str, ...]
    plain: str
    spelling: bool


_stem_english = snowballstemmer.stemmer("english")
_stem_lock = threading.Lock()  # the stemmer keeps the word it is working on in itself


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The Porter stem of a folded word; anything but plain letters stays as it is."""
    if not (word.isascii() and word.isalpha()):
        return word[:_LONGEST_TOKEN]
    if _ACRONYMS.fullmatch(word):  # Porter keeps the s of "llms" and "gpus"
        return word[:-1]
    with _stem_lock:
        return str(_stem_english.stemWord(word[:_LONGEST_TOKEN]))


def plain(text: str) -> str:
    """NFKC text without accents and possessives, its case kept."""
    text = text[:LONGEST_TEXT]
    if text.isascii():
        return _POSSESSIVE.sub("", text) if "'" in text else text
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
    text = unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))
    return _POSSESSIVE.sub("", text.translate(_GREEK))


def pieces(text: str) -> list[str]:
    """The words and Chinese runs of a text in order, case kept."""
    return list(_few_pieces(text)) if len(text) <= _SHORT_TEXT else _PIECE.findall(plain(text))


@lru_cache(maxsize=2048)  # a title is asked for several times, a heading by every resource below it
def _few_pieces(text: str) -> tuple[str, ...]:
    return tuple(_PIECE.findall(plain(text)))


def is_cjk(piece: str) -> bool:
    """Whether a piece is a run of Chinese, Japanese or Korean characters."""
    return bool(_IS_CJK.match(piece))


@lru_cache(maxsize=200_000)
def word(piece: str) -> Word:
    """Analyse one piece: overlapping pairs of Chinese characters, or a stem and the parts of a compound."""
    if is_cjk(piece):
        pairs = tuple(piece[i : i + 2] for i in range(len(piece) - 1)) or (piece,)
        return Word(pairs, (), piece, False)
    folded = piece.casefold()
    return Word((stem(folded),), _parts(piece, folded), folded, len(folded) > 2 and folded.isalpha())


def _parts(piece: str, folded: str) -> tuple[str, ...]:
    """ "PagedAttention2" → paged, attention, 2; "vLLM" and "LLMs" stay whole."""
    if folded == piece and folded.isalpha():
        return ()
    found = _CAMEL.findall(piece)
    words = [x for x in found if not x[0].isdigit()]
    if len(found) < 2 or not words or any(len(x) < 2 for x in words):
        return ()
    return tuple(stem(x.casefold()) for x in found)


@lru_cache(maxsize=200_000)
def glued(first: str, second: str) -> str:
    """The token of two neighbours, "+" and the one word they would make: "flash attention" gives "+flashattent"."""
    return f"+{first.casefold()}{stem(second.casefold())}"  # nearly always the stem of both, and far cheaper


def tokens(text: str) -> tuple[str, ...]:
    """All tokens of a text in order, compounds whole."""
    return tuple(token for piece in pieces(text) for token in word(piece).tokens)


def slug(text: str) -> str:
    """A text as a name: folded words with single spaces, a leading article dropped."""
    words = [piece.casefold() for piece in pieces(text)]
    if len(words) > 1 and words[0] in {"the", "a", "an"}:
        words = words[1:]
    return " ".join(words)


@lru_cache(maxsize=50_000)
def grams(text: str) -> tuple[str, ...]:
    """The 3-grams of a folded word with its edges marked, and its first one and two characters as "^x", "^xy"."""
    marked = f"^{text}$"
    return (marked[:2], *(marked[i : i + 3] for i in range(len(marked) - 2)))
