"""Reading titles: the short name at their head, their distinctive words, and how alike two of them are."""

import re
from dataclasses import dataclass
from functools import lru_cache

from seeds.identity import fold, title_slug

FULL_WORDS = 4
"""From so many words on, a title is a full one that two works seldom share."""

_STOP = frozenset({
    "a", "an", "and", "as", "at", "by", "for", "from", "how", "in", "into", "is", "it", "its", "of", "on",
    "or", "over", "the", "to", "toward", "towards", "using", "via", "vs", "with", "without", "under", "based",
    "be", "are", "can", "we", "you", "your", "all",
})  # fmt: skip
_GENERIC = frozenset({
    "accelerating", "ai", "analysis", "api", "application", "applications", "approach", "attention",
    "automated", "based", "cache", "cluster", "clusters", "code", "cost", "cpu", "data", "deep", "dnn", "dit",
    "distributed", "dynamic", "edge", "effective", "efficient", "efficiently", "engine", "fast", "faster",
    "flexible", "framework", "generation", "generative", "generic", "gpu", "gpus", "high",
    "inference", "kv", "language", "large", "learning", "llm", "llms", "lora", "low", "machine", "management",
    "memory", "ml", "model", "models", "moe", "multi", "multimodal", "network", "neural", "npu", "open",
    "optimization", "optimized", "optimizing", "parallel", "parallelism", "performance", "pre", "rag",
    "report", "research", "resource", "rl", "rlhf", "scalable", "scale", "scaling", "scheduling", "serving",
    "slo", "survey", "system", "systems", "technical", "through", "throughput", "training", "transformer",
    "transformers", "vlm", "workload", "workloads", "paper", "papers", "blog", "notes", "course",
})  # fmt: skip
_LONG_FORMS = (
    ("large-language-models", "llm"),
    ("large-language-model", "llm"),
    ("mixture-of-experts", "moe"),
    ("retrieval-augmented-generation", "rag"),
    ("key-value", "kv"),
)
_COLON = re.compile(r"\s*[:：]\s*|\s+[-–—]\s+")
_CJK = re.compile(r"[\u3400-\u9fff\u3040-\u30ff\uac00-\ud7af]+")
_GENERIC_WEIGHT = 0.25
_BETWEEN_TOKENS = re.compile(r"[\s:：,，()（）/|｜-]+")
_COINED = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]{2}|[A-Za-z][\d.]*\d")
_QUANTITY = re.compile(r"^(?:fp|int|bf)?\d+[a-z]?(?:-bit|b|k|m)?$|^v\d+$|^\d")
_DISTINCTIVE = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]|\d|\w[-.]\w")
_NOT_LETTER = re.compile(r"[^\w+]|_")


@dataclass(frozen=True)
class Title:
    """A title taken apart. `head` is the short name before a colon (or the whole short title), folded to a
    slug; `named` tells that there was a colon; `words` are the rest's stems; `names` the distinctive tokens."""

    slug: str
    head: str | None
    named: bool
    words: frozenset[str]
    names: frozenset[str]
    length: int

    @property
    def full(self) -> bool:
        """Whether the title is long enough to name one work by itself."""
        return self.length >= FULL_WORDS


@lru_cache(maxsize=65536)
def read_title(text: str) -> Title:
    """Take a title apart."""
    slug = title_slug(text)
    length = word_count(slug)
    pieces = _COLON.split(text.strip(), maxsplit=1)
    head_slug, body = title_slug(pieces[0]), pieces[1] if len(pieces) > 1 else ""
    named = bool(title_slug(body)) and bool(head_slug) and word_count(head_slug) <= FULL_WORDS
    head: str | None
    if named:
        head, rest = head_slug, title_slug(body)
    elif length < FULL_WORDS:
        head, rest = slug or None, ""
    else:
        head, rest = None, slug
    return Title(slug, head, named, _stems(rest), frozenset(_distinctive(text)), length)


def head_text(title: str) -> str | None:
    """The short name at the head of a title as it is written ("SGLang"), or a short title itself."""
    found = read_title(title)
    if found.named:
        return _COLON.split(title.strip(), maxsplit=1)[0]
    return title.strip() if found.head else None


def word_count(slug: str) -> int:
    """Words of a slug; two CJK characters make a word."""
    if slug.isascii():
        return len(slug.replace("-", " ").split())
    count = 0
    for word in slug.split("-"):
        cjk = sum(len(run) for run in _CJK.findall(word))
        count += (cjk + 1) // 2 + bool(len(word) - cjk)
    return count


def _stems(slug: str) -> frozenset[str]:
    for long, short in _LONG_FORMS:
        slug = slug.replace(long, short)
    if slug.isascii():
        return frozenset(_stem(word) for word in slug.split("-") if word and word not in _STOP)
    words: set[str] = set()
    for word in slug.split("-"):
        runs = _CJK.findall(word)
        words.update(run[i : i + 2] for run in runs for i in range(max(1, len(run) - 1)))
        rest = _CJK.sub("", word)
        if rest and rest not in _STOP:
            words.add(_stem(rest))
    return frozenset(words)


def _stem(word: str) -> str:
    if len(word) <= 4 or word in _GENERIC:
        return word
    for ending in ("ing", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def _distinctive(text: str) -> set[str]:
    # PagedAttention, k1.5: capitals or digits inside a word make it somebody's coinage; plain acronyms are not.
    found: set[str] = set()
    for token in _BETWEEN_TOKENS.split(text):
        if not _COINED.search(token):
            continue
        slug = title_slug(token)
        if len(slug) > 2 and slug.rstrip("s") not in _GENERIC and not _is_quantity(slug):
            found.add(slug)
    return found


def _is_quantity(slug: str) -> bool:
    return bool(_QUANTITY.match(slug))


def is_generic(word: str) -> bool:
    """Whether a word belongs to the trade ("Parallelism") or to any sentence, and to no name."""
    return word.lower() in _GENERIC or word.lower() in _STOP


def distinctive(name: str) -> bool:
    """Whether a name is coined (FlashInfer, H2O, S-LoRA) rather than a word of the language (Parrot, Atom)."""
    return bool(_DISTINCTIVE.search(name))


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """Weighted overlap of two word sets, 0 to 1; words of the trade count a quarter."""
    union = sum(_weight(word) for word in one | other)
    return sum(_weight(word) for word in one & other) / union if union else 0.0


def _weight(word: str) -> float:
    return _GENERIC_WEIGHT if word in _GENERIC else 1.0


def related(one: Title, other: Title) -> bool:
    """Whether two titles could be versions of one: same head, the head of one inside the other, a coined word
    in common, or mostly the same words."""
    if one.slug == other.slug or one.names & other.names:
        return True
    if one.head and one.head == other.head:
        return True
    if _head_inside(one, other) or _head_inside(other, one):
        return True
    return similarity(one.words, other.words) >= 0.5


def _head_inside(one: Title, other: Title) -> bool:
    if not one.head or set(one.head.split("-")) <= _GENERIC | _STOP:
        return False
    return f"-{one.head}-" in f"-{other.slug}-"


def contradict(one: Title, other: Title, same_list: bool) -> bool:
    """Whether two titles under one identifier speak of two works.

    A list's author hardly lists one work twice under unrelated titles, so within a list two unrelated full
    titles are enough; between lists a work may go by a nickname or its older title, and only two different
    short names before a colon are.
    """
    if related(one, other) or _untold(one, other):
        return False
    if one.named and other.named:
        return True
    if not same_list:
        return False
    return (one.full and other.full) or (one.named or other.named)


def _untold(one: Title, other: Title) -> bool:
    # A title and its translation have no words in common; only two Latin short names can still disagree.
    if bool(_CJK.search(one.slug)) == bool(_CJK.search(other.slug)):
        return False
    heads = (one.head or "", other.head or "") if one.named and other.named else ("", "")
    return not all(heads) or any(_CJK.search(head) for head in heads)


def compact(name: str) -> str:
    """A name without spaces, dashes and case: "Flash Attention-3" → "flashattention3"."""
    return _NOT_LETTER.sub("", fold(name))
