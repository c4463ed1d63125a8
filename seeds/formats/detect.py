"""Which encoding and which shape a document has, what it calls itself, and reading it accordingly."""

import json
import re
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from seeds.entry import Document
from seeds.formats.errors import ParseError
from seeds.formats.markdown import parse_markdown
from seeds.formats.nuxt import Payload, parse_payload
from seeds.formats.outline import parse_outline
from seeds.identity import title_slug
from seeds.repair import load_corrections

_MAGIC = (
    (b"%PDF", "a PDF file"), (b"PK\x03\x04", "a zip archive or office document"), (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"), (b"GIF8", "a picture"), (b"\x1f\x8b", "a compressed file"),
    (b"\x7fELF", "a program"), (b"SQLite format 3", "a database"), (b"BZh", "a compressed file"),
    (b"\xfd7zXZ", "a compressed file"), (b"RIFF", "a media file"),
)  # fmt: skip
_HTML = re.compile(
    r"^(?:<\?xml[^>]*>|<!--.*?-->|\s)*(?:<!doctype\s+html|<html\b|<head\b|<body\b|<\?xml|<rss\b|<svg\b)", re.I | re.S
)
_JSON = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*(?:[\[{\"\]-]|\d|true|false|null))")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MARKDOWN_LINK = re.compile(r"\]\s?\(|\]\[[^\]\n]+\]|<a\s[^>]*href|^\s{0,3}\[[^\]\n]+\]:\s", re.M)
_HEADING = re.compile(r"^#{1,6}[ \t]\S", re.M)
_BULLET = re.compile(r"^[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+\S", re.M)
_TABLE = re.compile(r"^[ \t]*\|.*\|[ \t]*$", re.M)
_KNOWN_NAMES = {
    "awesome-mlsys-blogger": "000",
    "computer-science-self-learning-notes": "001",
    "resource-i-have-for-mlsys": "002",
    "llm-inference-optimization-paper": "003",
}
_KNOWN_REPOSITORIES = {"amberljc/llmsys-paperlist": "004"}
_PLAIN_STEMS = frozenset({"readme", "index", "list", "main", "raw"})


def parse(data: bytes, name: str) -> Document:
    """Read a list of any known shape. `name` is its file name or address, used where it does not name itself.

    Raises ParseError with a one-line reason for anything that is no list.
    """
    text = _decode(data)
    if _HTML.match(text[:2000]):
        raise ParseError(
            "this is a web page (HTML), not a list; give the address of the raw Markdown, text or JSON file"
        )
    payload = _payload(text, name)
    document = _from_payload(payload, name) if payload else _from_text(text, name)
    if not document.entries:
        raise ParseError(
            "no entry found: expected Markdown lists or tables, titles with links, or a payload with a README"
        )
    return document


def _from_payload(payload: Payload, name: str) -> Document:
    code = _KNOWN_REPOSITORIES.get((payload.repository or "").lower())
    url = f"https://github.com/{payload.repository}" if payload.repository else None
    title, entries, skipped = parse_payload(payload)
    return Document(
        source=code or title_slug((payload.repository or "").partition("/")[2]) or document_code(name, ""),
        name=title or payload.name or _stem(name),
        shape="nuxt",
        url=url or _repository_url(name),
        revision=payload.revision,
        entries=entries,
        skipped=skipped,
    )


def _from_text(text: str, name: str) -> Document:
    is_markdown = _looks_like_markdown(text)
    title, entries, skipped = (parse_markdown if is_markdown else parse_outline)(text)
    code = document_code(name, text)
    corrections = load_corrections()
    own = code == "001"
    return Document(
        source=code,
        name=title or _stem(name),
        shape="markdown" if is_markdown else "outline",
        url=f"https://{corrections['source']}" if own else _repository_url(name),
        revision=str(corrections["commit"]) if own else None,
        entries=entries,
        skipped=skipped,
    )


def _looks_like_markdown(text: str) -> bool:
    if _MARKDOWN_LINK.search(text) or _HEADING.search(text):
        return True
    return len(_BULLET.findall(text)) >= 3 or len(_TABLE.findall(text)) >= 3


def _decode(data: bytes) -> str:
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise ParseError(f"this is {what}, not a text list")
    if not data.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise ParseError("the file is empty")
    text = _text(data).replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    if len(_CONTROL.findall(text)) > max(2, len(text) // 1000):
        raise ParseError("this is a binary file, not a text list")
    return _CONTROL.sub("", text)


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _tried(data, "utf-16") or ""
    if (wide := _wide(data)) and (text := _tried(data, wide)):
        return text
    text = _tried(data, "utf-8-sig")
    if text is not None:
        return text
    if b"\0" in data[:4096]:
        raise ParseError("this is a binary file, not a text list")
    chinese = _tried(data, "gb18030")
    if chinese is not None and _is_chinese(chinese):
        return chinese
    return _single_bytes(data)


def _tried(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of ASCII markup is zero."""
    head = data[:2000]
    even, odd = head[::2].count(0), head[1::2].count(0)
    least = len(head) // 5
    if odd > least and even < least // 4 + 1:
        return "utf-16-le"
    return "utf-16-be" if even > least and odd < least // 4 + 1 else None


def _is_chinese(text: str) -> bool:
    foreign = [char for char in text[:200_000] if not char.isascii()]
    usual = sum(1 for char in foreign if "\u4e00" <= char <= "\u9fa5" or char in "，。、：；？！（）《》“”‘’—…｜·【】")
    return usual > 0.85 * len(foreign)


def _single_bytes(data: bytes) -> str:
    nearly = data.decode("utf-8", "replace")
    if nearly.count("\ufffd") <= max(1, len(nearly) // 500):
        return nearly.replace("\ufffd", "")
    return data.decode("cp1252", "ignore")


def _payload(text: str, name: str) -> Payload | None:
    if not _JSON.match(text):
        return None
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        if _MARKDOWN_LINK.search(text) and not name.lower().endswith(".json") and text.lstrip().startswith("["):
            return None
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise ParseError(f"the JSON is cut off or broken{where}; fetch the file again") from error
    found = Payload.read(value)
    if found is None:
        raise ParseError("this JSON holds no list: expected a payload with a README (readme_en or readme)")
    return found


def document_code(name: str, text: str) -> str:
    """The code of a list: the five known ones by what they call themselves, others by address or file name."""
    own = next((line for line in text.lstrip("\ufeff \n\r\t").split("\n") if line.strip()), "")
    heading = re.search(r"^#[ \t]+(.+)$", text, re.M)
    for line in (own, heading[1] if heading else ""):
        code = _KNOWN_NAMES.get(title_slug(line.strip("# \t")))
        if code:
            return code
    repository = _repository_url(name)
    if repository:
        return title_slug(repository.rpartition("/")[2]) or "list"
    return title_slug(_stem(name)) or "list"


def _stem(name: str) -> str:
    path = PurePosixPath(unquote(urlsplit(name).path if "://" in name else name.replace("\\", "/")))
    if path.stem.lower() in _PLAIN_STEMS and path.parent.name:
        return path.parent.name
    return path.stem or (urlsplit(name).hostname or "list" if "://" in name else "list")


def _repository_url(name: str) -> str | None:
    match = re.match(
        r"https?://(?:www\.|raw\.)?(?:github\.com|githubusercontent\.com|gitlab\.com|gitee\.com)/([^/]+/[^/?#]+)", name
    )
    if not match:
        return None
    host = "github.com" if "github" in name.split("/")[2] else name.split("/")[2].removeprefix("www.")
    return f"https://{host}/{match[1].removesuffix('.git')}"
