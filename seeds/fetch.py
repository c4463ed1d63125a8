"""Fetching a list from the web: http(s) only, bounded in size, time and redirects, and never from private addresses."""

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx

LARGEST = 20 * 2**20
"""Bytes of a list that are read."""

_REDIRECTS = 5
_TIMEOUT = httpx.Timeout(20.0, connect=10.0)
_GITHUB_FILE = re.compile(r"https?://github\.com/([^/]+)/([^/]+)/(?:blob|raw)/([^?#]+)")
_GITHUB_REPO = re.compile(r"https?://github\.com/([^/]+)/([^/?#]+?)(?:\.git)?/?(?:[?#].*)?")


class FetchError(Exception):
    """The list could not be fetched; the text is one line that says why."""


@dataclass(frozen=True)
class Fetched:
    """What the server sent, and what to send back next time to ask whether it has changed."""

    data: bytes
    etag: str | None
    last_modified: str | None


def make_client() -> httpx.Client:
    """A client for `fetch`; it follows no redirect by itself and takes no proxy from the environment."""
    headers = {"User-Agent": "paperclub (list import)", "Accept": "text/plain, text/markdown, application/json, */*"}
    return httpx.Client(timeout=_TIMEOUT, headers=headers, trust_env=False)


def raw_address(url: str) -> str:
    """Where the text itself lives: GitHub's pages around a file or a repository lead to the raw file."""
    if match := _GITHUB_FILE.fullmatch(url):
        return f"https://raw.githubusercontent.com/{match[1]}/{match[2]}/{match[3]}"
    if match := _GITHUB_REPO.fullmatch(url):
        return f"https://raw.githubusercontent.com/{match[1]}/{match[2]}/HEAD/README.md"
    return url


def fetch(
    client: httpx.Client,
    url: str,
    *,
    etag: str | None = None,
    last_modified: str | None = None,
    allow_private: bool = False,
) -> Fetched | None:
    """The document at a URL, or None when the server says that it has not changed. Raises FetchError."""
    conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    headers = {name: value for name, value in conditions.items() if value}
    address = raw_address(url)
    try:
        for _ in range(_REDIRECTS + 1):
            _check(address, allow_private)
            with client.stream("GET", address, headers=headers, follow_redirects=False) as response:
                _check_peer(response, allow_private)
                if response.is_redirect and "location" in response.headers:
                    address = urljoin(address, response.headers["location"])
                    continue
                return _read(response, url)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
        raise FetchError(f"{url}: {error or type(error).__name__}") from error
    raise FetchError(f"{url}: more than {_REDIRECTS} redirects")


def _read(response: httpx.Response, url: str) -> Fetched | None:
    if response.status_code == httpx.codes.NOT_MODIFIED:
        return None
    if response.status_code != httpx.codes.OK:
        raise FetchError(f"{url}: the server answered {response.status_code} {response.reason_phrase}".rstrip())
    data = bytearray()
    for chunk in response.iter_bytes():
        data += chunk
        if len(data) > LARGEST:
            raise FetchError(f"{url}: larger than {LARGEST // 2**20} MiB")
    return Fetched(bytes(data), response.headers.get("etag"), response.headers.get("last-modified"))


def _check(url: str, allow_private: bool) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise FetchError(f"{url}: only http and https addresses are fetched")
    if allow_private:
        return
    for found in socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM):
        _refuse_private(str(found[4][0]), url)


def _check_peer(response: httpx.Response, allow_private: bool) -> None:
    # The name may resolve to another address the second time: what counts is who answered.
    stream = response.extensions.get("network_stream")
    peer = stream.get_extra_info("server_addr") if stream is not None else None
    if peer and not allow_private:
        _refuse_private(str(peer[0]), str(response.url))


def _refuse_private(address: str, url: str) -> None:
    if not ipaddress.ip_address(address.split("%")[0]).is_global:
        raise FetchError(
            f"{url}: {address} is a private address; set PAPERCLUB_ALLOW_PRIVATE_ADDRESSES=true to allow it"
        )
