"""Identifiers and links as tokens: of a resource, and in what a member types."""

import re
from collections.abc import Iterable
from urllib.parse import parse_qs, unquote, urlsplit

_ARXIV = re.compile(
    r"(?:arxiv\.org/[a-z]+/|alphaxiv\.org/[a-z]+/|huggingface\.co/papers/|10\.48550/arxiv\.|arxiv\s*[:：]?\s*|^\s*)"
    r"(\d{4}\.\d{4,5})(?:v\d+)?(?:\.pdf)?(?![\d.])",
    re.I,
)
_DOI = re.compile(r"\b(10\.\d{4,9}/[^\s?#&\"<>]+)", re.I)
_HOST = re.compile(r"^(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?(?:[/?#]|$)", re.I)
_REPOSITORY = re.compile(r"^[\w.-]+/[\w.-]+$")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.I)
_HOST_END = re.compile(r"[/?#:]")
_SLASHES = re.compile(r"/{2,}")
_PATH_END = re.compile(r"/(?:index\.html?|README(?:\.md)?)?$|\.git$|/tree/(?:main|master)$", re.I)
_HOST_START = re.compile(r"^(?:www\d?|m|export)\.")
_NOT_HOSTS = frozenset({"md", "pdf", "html", "txt", "py", "cpp", "js", "json", "yaml", "int8"})
_LONGEST = 300


def _key(kind: str, value: str) -> str:
    return f"@{kind}:{value.lower()[:_LONGEST]}"


def _parts(url: str) -> tuple[str, str, str] | None:
    text = url.strip().strip("<>()[]\"'.,;")
    if not _SCHEME.match(text):
        host = _HOST_END.split(text, maxsplit=1)[0]
        if not _HOST.match(text) or host.rpartition(".")[2].lower() in _NOT_HOSTS:
            return None
        text = f"https://{text}"
    try:
        split = urlsplit(text)
        host = (split.hostname or "").lower()
    except ValueError:
        return None
    if not host:
        return None
    path = _PATH_END.sub("", _SLASHES.sub("/", unquote(split.path)))
    return _HOST_START.sub("", host), path, split.query


def link_tokens(url: str) -> tuple[str, ...]:
    """The tokens under which a link is found: its identifier or address first, then the pages above it."""
    if identifier := _identifier(url):
        return (identifier,)
    parts = _parts(url)
    if parts is None:
        return ()
    host, path, query = parts
    if identifier := _page(host, path, query):
        return (identifier,)
    segments = [segment for segment in path.split("/") if segment]
    full = "/".join([host, *segments])
    whole = f"{full}?{query}" if query else full
    above = ["/".join([host, *segments[:n]]) for n in range(len(segments) + 1)]
    repository = [_key("repo", "/".join(segments[:2]))] if host == "github.com" and len(segments) >= 2 else []
    return tuple(dict.fromkeys([_key("url", whole), *repository, *(_key("under", page) for page in reversed(above))]))


def _identifier(text: str) -> str | None:
    plain = unquote(text)
    if match := _ARXIV.search(plain):
        return _key("arxiv", match[1])
    if match := _DOI.search(plain):
        return _key("doi", re.sub(r"(?:\.pdf|/+)$", "", match[1].rstrip(".,;)")))
    return None


def _page(host: str, path: str, query: str) -> str | None:
    if host == "openreview.net" and (name := parse_qs(query).get("id")):
        return _key("openreview", name[0])
    return None


def resource_link_tokens(arxiv_id: str | None, doi: str | None, urls: Iterable[str]) -> set[str]:
    """All tokens under which a resource's identifiers and links are found."""
    found = {token for url in urls for token in link_tokens(url)}
    if arxiv_id:
        found.add(_key("arxiv", arxiv_id))
    if doi:
        found.add(_key("doi", doi))
    return found


def names_nothing_else(query: str) -> bool:
    """Whether a query is an arXiv id or a DOI: without its resource there is nothing that it is about."""
    return any(token.startswith(("@arxiv:", "@doi:")) for token in asked_tokens(query))


def asked_tokens(query: str) -> tuple[str, ...]:
    """What to look up, best first, when a whole query is an identifier or a link; empty when it is words."""
    text = query.strip()
    if not text or len(text) > 2000 or re.search(r"\s", re.sub(r"^(?:arxiv|doi)\s*[:：]?\s+", "", text, flags=re.I)):
        return ()
    if identifier := _identifier(text):
        return (identifier,)
    if found := link_tokens(text):
        return (*found[:2], _key("under", found[0].partition(":")[2]))
    if _REPOSITORY.match(text):
        return (_key("repo", text),)
    if re.fullmatch(r"[A-Za-z0-9_-]{10}", text):  # an OpenReview id; ordinary words of ten letters just find none
        return (_key("openreview", text),)
    return ()
