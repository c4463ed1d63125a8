"""Lists are fetched from the web with bounds, and never from private addresses unless allowed."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from seeds import fetch as module
from seeds.fetch import FetchError, fetch, make_client, raw_address


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.headers.get("If-None-Match") == '"1"':
            self.send_response(304)
            self.end_headers()
        elif self.path == "/loop":
            self._redirect("/loop")
        elif self.path == "/moved":
            self._redirect("/list.md")
        elif self.path == "/file":
            self._redirect("file:///etc/passwd")
        elif self.path == "/missing":
            self.send_error(404)
        else:
            body = b"x" * 5000 if self.path == "/big" else b"- [A](https://a.example)"
            self.send_response(200)
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def _redirect(self, target: str) -> None:
        self.send_response(302)
        self.send_header("Location", target)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with make_client() as made:
        yield made


def test_a_list_comes_with_its_etag(server: str, client: httpx.Client) -> None:
    fetched = fetch(client, f"{server}/list.md", allow_private=True)
    assert fetched is not None
    assert (fetched.data, fetched.etag) == (b"- [A](https://a.example)", '"1"')


def test_an_unchanged_list_is_not_sent_again(server: str, client: httpx.Client) -> None:
    assert fetch(client, f"{server}/list.md", etag='"1"', allow_private=True) is None


def test_redirects_are_followed_but_not_for_ever(server: str, client: httpx.Client) -> None:
    assert fetch(client, f"{server}/moved", allow_private=True) is not None
    with pytest.raises(FetchError, match="redirects"):
        fetch(client, f"{server}/loop", allow_private=True)


def test_a_redirect_out_of_the_web_is_refused(server: str, client: httpx.Client) -> None:
    with pytest.raises(FetchError, match="only http and https"):
        fetch(client, f"{server}/file", allow_private=True)


def test_private_addresses_are_refused_unless_allowed(server: str, client: httpx.Client) -> None:
    with pytest.raises(FetchError, match="private address"):
        fetch(client, f"{server}/list.md")


def test_an_error_of_the_server_is_named(server: str, client: httpx.Client) -> None:
    with pytest.raises(FetchError, match="404"):
        fetch(client, f"{server}/missing", allow_private=True)


def test_a_list_that_is_too_large_is_refused(
    server: str, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST", 1000)
    with pytest.raises(FetchError, match="larger than"):
        fetch(client, f"{server}/big", allow_private=True)


def test_nobody_listening_is_one_line(client: httpx.Client) -> None:
    with pytest.raises(FetchError, match=r"127\.0\.0\.1"):
        fetch(client, "http://127.0.0.1:9/list.md", allow_private=True)


@pytest.mark.parametrize(
    ("url", "raw"),
    [
        ("https://github.com/a/b", "https://raw.githubusercontent.com/a/b/HEAD/README.md"),
        ("https://github.com/a/b/blob/main/L.md", "https://raw.githubusercontent.com/a/b/main/L.md"),
        ("https://a.example/b", "https://a.example/b"),
    ],
)
def test_pages_of_github_lead_to_the_text_itself(url: str, raw: str) -> None:
    assert raw_address(url) == raw
