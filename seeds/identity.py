"""What names a work for ever: identity keys from its links, its title or a person's name."""

import posixpath
import re
import unicodedata
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from seeds.entry import Entry

WHO = frozenset({"person", "lab"})
"""The kinds that are somebody, not something."""

IDENTIFIERS = ("arxiv", "doi", "openreview", "usenix")
"""Key schemes that name one publication; `github`, `rel` and `url` name a page."""

_ARXIV = re.compile(r"^(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d+)?(?:\.pdf|\.ps)?$", re.I)
_ARXIV_PATH = re.compile(r"^/(?:abs|pdf|html|ps|format|papers?|overview|forum)/(.+?)/?$", re.I)
_ARXIV_HOSTS = frozenset({"arxiv.org", "ar5iv.org", "alphaxiv.org"})
_DOI = re.compile(r"(10\.\d{4,9}/[^\s?#]+)")
_DOI_PATH = re.compile(r"/(?:doi|article|chapter|book|content/pdf)/(?:[a-z]+/)?10\.\d{4,9}/", re.I)
_USENIX_PAGE = re.compile(r"^/conference/([a-z]+\d{2,4})/presentation/([\w-]+)$", re.I)
_USENIX_FILE = re.compile(r"^/system/files/(?:conference/[\w-]+/)?([a-z]+\d{2})-(?:paper-)?([\w-]+)\.pdf$", re.I)
_TRACKING = re.compile(r"^(?:utm_\w*|fbclid|gclid|msclkid|share_\w+|spm|ref|ref_src|ref_url|si|from|feature)$", re.I)
_PORT = re.compile(r":(?:80|443)$")
_HOST_PREFIX = re.compile(r"^(?:www\d?|m|mobile)\.")
_INDEX = re.compile(r"/(?:index\.(?:html?|php)|README(?:\.md)?)?$", re.I)
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:", re.I)
_BARE_HOST = re.compile(r"^(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?(?:[/?#]|$)", re.I)
_TAG = re.compile(r"</?[a-z][^<>]{0,200}>", re.I)
_NOT_WORD = re.compile(r"[^\w+]+|_+")
_GITHUB_PAGES = frozenset({"orgs", "topics", "features", "sponsors", "search", "marketplace", "about", "apps"})
_LONE_PLUS = re.compile(r"(?<!\w)\+|\+(?=\w)")
_HOST_AND_PORT = re.compile(r"^[\w.-]+:\d+(/|$)")
_BARE_IDENTIFIER = re.compile(r"^(arxiv|doi):\s*(.+)$", re.I)
_GIT_ENDING = re.compile(r"^(/[^/]+/[^/]+)\.git$")
_MAIN_BRANCH = re.compile(r"^(/[^/]+/[^/]+)/(?:tree|blob)/(?:main|master)$")
_OWNER_AND_REPO = re.compile(r"^/[^/]+(?:/[^/]+)?")
_FILE_ENDINGS = frozenset({"md", "pdf", "html", "htm", "txt", "py", "ipynb", "png", "svg"})


def fold(text: str) -> str:
    """Casefolded NFKC text without accents, dashes made plain; the base of every comparison of words."""
    if text.isascii():
        return text.casefold()
    text = unicodedata.normalize("NFKC", text).casefold()
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if unicodedata.category(c) != "Mn"))


@lru_cache(maxsize=65536)
def title_slug(title: str) -> str:
    """The words of a title joined by dashes: tags, accents, case and punctuation folded, CJK and `++` kept."""
    text = fold(_TAG.sub("", title)).replace("'", "").replace("’", "")
    text = _LONE_PLUS.sub(" ", text) if "+" in text else text
    return _NOT_WORD.sub("-", text).strip("-")


def name_slug(name: str) -> str:
    """A person's name whatever its word order and case: "Song HAN" and "Han, Song" are one."""
    return "-".join(sorted(title_slug(name.lstrip("@")).split("-")))


def canonical_url(url: str) -> str | None:
    """Host, path and meaningful query of an http(s) link, without scheme; None for anything else."""
    parts = _split(url)
    return _canonical(parts) if parts else None


def _canonical(parts: tuple[str, str, str, str]) -> str:
    host, path, query, fragment = parts
    folded = _fold_path(host, path)
    pairs = parse_qsl(query, keep_blank_values=True) if query else []
    kept = sorted((k, v) for k, v in pairs if not _TRACKING.match(k))
    if host == "youtu.be" and folded.count("/") == 1:
        host, kept, folded = "youtube.com", [("v", folded[1:])], "/watch"
    route = f"#{fragment}" if fragment.startswith(("/", "!")) else ""
    return host + folded + (f"?{urlencode(kept)}" if kept else "") + route


def _split(url: str) -> tuple[str, str, str, str] | None:
    text = url.strip().strip("<>").strip()
    if text.startswith("//"):
        text = f"https:{text}"
    elif not _SCHEME.match(text) or _HOST_AND_PORT.match(text):
        if not _is_bare_host(text):
            return None
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not parts.netloc:
        return None
    host = _PORT.sub("", parts.netloc.lower().rpartition("@")[2]).rstrip(".")
    host = _HOST_PREFIX.sub("", host)
    return host, unquote(parts.path), parts.query, parts.fragment


def _is_bare_host(text: str) -> bool:
    # "vllm.ai/blog" is a host without its scheme; "mlsystems.md" and "files/report.pdf" are files of the list.
    if not _BARE_HOST.match(text):
        return False
    return re.split(r"[/?#:]", text)[0].rpartition(".")[2].lower() not in _FILE_ENDINGS


def _fold_path(host: str, path: str) -> str:
    path = re.sub(r"/{2,}", "/", path) if "//" in path else path
    path = _INDEX.sub("", path).rstrip("/")
    if host == "github.com":
        path = _MAIN_BRANCH.sub(r"\1", _GIT_ENDING.sub(r"\1", path))
        owner_and_repo = _OWNER_AND_REPO.match(path)
        if owner_and_repo:
            path = owner_and_repo.group().lower() + path[owner_and_repo.end() :]
    if host == "zhihu.com":
        path = re.sub(r"^(/people/[^/]+)/.*$", r"\1", path)
    return path


@lru_cache(maxsize=65536)
def url_key(url: str, source: str = "") -> str | None:
    """The strongest key that one link gives ("arxiv:…", "doi:…", "github:…", "url:…"), or None.

    A relative link belongs to its source: "rel:001/Papers/Notes.md".
    """
    text = url.strip().strip("<>").strip()
    bare = _BARE_IDENTIFIER.match(text)
    if bare:
        return _doi_key(bare.group(2)) if bare.group(1).lower() == "doi" else _arxiv_key(bare.group(2))
    parts = _split(text)
    if parts is None:
        return _relative_key(text, source)
    canonical = _canonical(parts)
    return _identifier(parts) or (f"url:{canonical}" if canonical else None)


def _relative_key(text: str, source: str) -> str | None:
    if not text or text.startswith("#") or _SCHEME.match(text):
        return None
    path = posixpath.normpath("/" + unquote(text.split("#", 1)[0].split("?", 1)[0]))
    return f"rel:{source}{path}" if path != "/" else None


def _identifier(parts: tuple[str, str, str, str]) -> str | None:
    host, path, query, _ = parts
    path = re.sub(r"/{2,}", "/", path) if "//" in path else path
    if host in _ARXIV_HOSTS or host.endswith(".arxiv.org"):
        match = _ARXIV_PATH.match(path)
        return _arxiv_key(match.group(1)) if match else None
    if host == "huggingface.co" and path.startswith("/papers/"):
        return _arxiv_key(path.removeprefix("/papers/").rstrip("/"))
    if host in {"doi.org", "dx.doi.org"} or _DOI_PATH.search(path):
        return _doi_key(path)
    if host == "openreview.net":
        name = dict(parse_qsl(query)).get("id")
        return f"openreview:{name}" if name and re.match(r"^/(?:forum|pdf|attachment)$", path) else None
    if host == "usenix.org":
        match = _USENIX_PAGE.match(path.rstrip("/")) or _USENIX_FILE.match(path)
        return f"usenix:{match.group(1)}-{match.group(2)}".lower() if match else None
    return _github_key(host, path)


def _arxiv_key(text: str) -> str | None:
    match = _ARXIV.match(text.strip().strip("/"))
    return f"arxiv:{match.group(1).lower()}" if match else None


def _doi_key(text: str) -> str | None:
    match = _DOI.search(text)
    if not match:
        return None
    doi = re.sub(r"(?:\.pdf|/+)$", "", match.group(1).lower().rstrip(".,;)"))
    if doi.startswith("10.48550/arxiv."):
        return _arxiv_key(doi.removeprefix("10.48550/arxiv."))
    return f"doi:{doi}"


def _github_key(host: str, path: str) -> str | None:
    if host != "github.com":
        return None
    segments = _fold_path(host, path).strip("/").split("/")
    if len(segments) != 2 or segments[0] in _GITHUB_PAGES:
        return None
    return "github:" + quote("/".join(segments), safe="/-._~")


def scheme(key: str) -> str:
    """The part of a key before its colon."""
    return key.partition(":")[0]


def keys(entry: Entry, source: str = "") -> tuple[str, ...]:
    """The keys by which an entry is recognised, strongest first; never empty.

    The first link counts whatever it is; of the others only publication identifiers do, because a paper's
    second link may be slides, a project page or somebody's home. Code links never count: a repository is a
    resource of its own.
    """
    return _keys(entry.urls, entry.title, entry.kind in WHO, source)


@lru_cache(maxsize=65536)  # of an entry's few facts: a whole entry takes longer to look up than its keys to make
def _keys(urls: tuple[str, ...], title: str, who: bool, source: str) -> tuple[str, ...]:
    from_links = [key for url in urls if (key := url_key(url, source))]
    chosen: dict[str, None] = {}
    schemes = [scheme(key) for key in from_links]
    for name in IDENTIFIERS if not who else ():
        if name in schemes:
            chosen[from_links[schemes.index(name)]] = None
    if from_links and (schemes[0] != "github" or not chosen):
        chosen[from_links[0]] = None
    chosen[f"name:{name_slug(title)}" if who else f"title:{title_slug(title)}"] = None
    return tuple(chosen)


def identifier(found: tuple[str, ...] | list[str], name: str) -> str | None:
    """The value of the first key of a scheme: `identifier(keys, "arxiv")` → "2309.06180"."""
    return next((key.partition(":")[2] for key in found if scheme(key) == name), None)
