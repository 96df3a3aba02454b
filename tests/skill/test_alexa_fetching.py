"""A chain is fetched over https as it is: no redirect, not for long, not much."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from skill.alexa.fetching import MAX_BYTES, https_get
from skill.alexa.refusal import Refused
from tests import alexa_door as door

ROOTS = door.pem(door.root().certificate)


class Site(BaseHTTPRequestHandler):
    """A site with one page of each kind."""

    asked: ClassVar[list[str]]
    end: ClassVar[Event]

    def do_GET(self) -> None:
        self.asked.append(f"{self.path} {self.headers.get('Cookie', '')}".strip())
        match self.path:
            case "/moved":
                self.send_response(302)
                self.send_header("Location", "/page")
                self.end_headers()
            case "/missing":
                self.send_error(404)
            case "/long":
                self._page(b"x" * (MAX_BYTES + 1))
            case "/never":
                self.end.wait(10)
            case _:
                self._page(b"a chain")

    def _page(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Set-Cookie", "a=b")
        self.end_headers()
        try:
            self.wfile.write(content)
        except OSError:  # nobody reads that much
            self.close_connection = True

    def log_message(self, *args: object) -> None:
        del args


class QuietServer(ThreadingHTTPServer):
    """A server that does not mind who hangs up."""

    def handle_error(self, *args: object) -> None:
        del args


@contextmanager
def served(folder: Path, issuer: door.Authority) -> Iterator[tuple[str, type[Site]]]:
    key = door.ec_key("site")
    certificate = door.leaf(issuer, key=key, names=(x509.DNSName("localhost"),), days=(-10_000, 10_000))
    file = folder / "site.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + door.pem(certificate, issuer.certificate)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    class OneSite(Site):
        asked: ClassVar[list[str]] = []
        end: ClassVar[Event] = Event()

    site = OneSite
    server = QuietServer(("localhost", 0), site)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"https://localhost:{server.server_port}", site
    finally:
        site.end.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def long_root() -> door.Authority:
    """Return a root that is good today, whatever today is."""
    return door.authority("Root of the site", days=(-10_000, 10_000))


@pytest.fixture
def site(tmp_path: Path, long_root: door.Authority) -> Iterator[tuple[str, type[Site], bytes]]:
    with served(tmp_path, long_root) as (url, kind):
        yield url, kind, door.pem(long_root.certificate)


def test_a_page_is_fetched_as_it_is_and_no_cookie_is_kept(site: tuple[str, type[Site], bytes]) -> None:
    url, kind, roots = site

    assert [https_get(f"{url}/page", roots) for _ in range(2)] == [b"a chain", b"a chain"]
    assert kind.asked == ["/page", "/page"]


def test_a_redirect_is_not_followed(site: tuple[str, type[Site], bytes]) -> None:
    url, kind, roots = site

    with pytest.raises(Refused, match="302"):
        https_get(f"{url}/moved", roots)
    assert kind.asked == ["/moved"]


@pytest.mark.parametrize(("page", "why"), [("missing", "404"), ("long", "long"), ("never", "Timeout")])
def test_what_is_not_there_too_long_or_too_slow_is_refused(
    site: tuple[str, type[Site], bytes], page: str, why: str
) -> None:
    url, _, roots = site

    with pytest.raises(Refused, match=why):
        https_get(f"{url}/{page}", roots, timeout_s=0.3)


def test_a_site_that_nobody_vouches_for_is_refused(site: tuple[str, type[Site], bytes]) -> None:
    url, kind, _ = site

    with pytest.raises(Refused, match="fetch"):
        https_get(f"{url}/page", ROOTS)
    assert kind.asked == []


def test_a_site_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refused, match="fetch"):
        https_get("https://localhost:1/page")


@pytest.mark.parametrize("url", ["http://localhost/page", "file:///etc/hostname", "ftp://localhost/page"])
def test_only_https_is_fetched(url: str) -> None:
    with pytest.raises(Refused, match="fetch"):
        https_get(url)
