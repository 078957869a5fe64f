"""A file server of one's own, and models whose weights lie there."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from restoration_studio.config import Config
from restoration_studio.weights.catalogue import Model
from restoration_studio.weights.sources import UrlSource


@dataclass
class FileServer:
    """Serves ``content`` at every path, as well or as badly as the fields say, and notes what was asked."""

    url: str = ""
    content: bytes = b""
    ignore_range: bool = False
    wrong_range: bool = False
    no_length: bool = False
    drop_after: list[int] = field(default_factory=list)  # bytes sent before the connection is cut, one per request
    status: int = 200
    redirect: str | None = None
    delay: float = 0.0
    silent_until: threading.Event | None = None  # after so many bytes of the file as the next field says
    before_silence: int = 0
    connects: list[tuple[str, str | None]] = field(default_factory=list)  # what it was asked as a proxy, and the login
    asked: list[tuple[str, str | None]] = field(default_factory=list)  # path and Range header of each request


def _handler(server: FileServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            server.asked.append((self.path, wanted))
            time.sleep(server.delay)
            if server.redirect and self.path != "/moved":
                self._head(302, {"Location": server.redirect, "Content-Length": "0"})
                return
            if server.status != 200:
                self._head(server.status, {"Content-Length": "0"})
                return
            body, total = server.content, len(server.content)
            match = None if server.ignore_range else re.fullmatch(r"bytes=(\d+)-", wanted or "")
            start = int(match[1]) if match else 0
            if match and start >= total:
                self._head(416, {"Content-Range": f"bytes */{total}", "Content-Length": "0"})
                return
            headers = {} if server.no_length else {"Content-Length": str(total - start)}
            if match:
                headers["Content-Range"] = f"bytes {start + server.wrong_range}-{total - 1}/{total}"
            self._head(206 if match else 200, headers)
            body = body[start:]
            if server.drop_after:
                body = body[: server.drop_after.pop(0)]
            if server.silent_until is not None:
                self.wfile.write(body[: server.before_silence])
                server.silent_until.wait(20)
                body = body[server.before_silence :]
            with suppress(OSError):  # whoever asked has gone
                self.wfile.write(body)

        def do_CONNECT(self) -> None:
            server.connects.append((self.path, self.headers.get("Proxy-Authorization")))
            self._head(502, {"Content-Length": "0"})

        def _head(self, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

    return Handler


@pytest.fixture
def server() -> Iterator[FileServer]:
    files = FileServer(content=bytes(range(256)) * 4000)
    http_server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(files))
    files.url = f"http://127.0.0.1:{http_server.server_address[1]}"
    thread = threading.Thread(target=http_server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield files
    http_server.shutdown()
    http_server.server_close()


@pytest.fixture
def make_model() -> Callable[..., Model]:
    """A catalogue entry with the given sources."""

    def make(*sources: object, **fields: object) -> Model:
        values = {"name": "tiny", "title": "Tiny", "purpose": "tests", "architecture": "none", "scale": 1,
                  "licence": "MIT", "sources": sources} | fields  # fmt: skip
        return Model(**values)  # type: ignore[arg-type]

    return make


@pytest.fixture
def served(server: FileServer, make_model: Callable[..., Model]) -> Model:
    """A model whose one source is the server's file."""
    sha256 = hashlib.sha256(server.content).hexdigest()
    return make_model(UrlSource(f"{server.url}/tiny.pth", sha256, len(server.content)))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(cache_dir=tmp_path / "cache")
