"""Files whose SHA-256 the hub states: asked for the pinned commit, checked, noted, and checked again later."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from restoration_studio.config import Config
from restoration_studio.errors import WeightsError
from restoration_studio.weights import hub, sources
from restoration_studio.weights.catalogue import Model
from restoration_studio.weights.download import head
from restoration_studio.weights.errors import SourceFailed
from restoration_studio.weights.fetch import ensure
from restoration_studio.weights.sources import HuggingFaceSource

COMMIT = "e9e7b527709c8aeb2f5e1bf701e72fd468a13baa"
CONTENT = bytes(range(256)) * 100
SOURCE = HuggingFaceSource("somebody/models", COMMIT, "net.pth", "")
ADDRESS = f"/somebody/models/resolve/{COMMIT}/net.pth"


class Hub:
    """A hub as the real one answers: a redirect with headers of its own, to where the bytes are."""

    def __init__(self) -> None:
        self.headers = {
            "X-Repo-Commit": COMMIT,
            "X-Linked-Etag": f'"{hashlib.sha256(CONTENT).hexdigest()}"',
            "X-Linked-Size": str(len(CONTENT)),
        }
        self.status, self.content = 302, CONTENT
        self.asked: list[tuple[str, str]] = []


@pytest.fixture
def the_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    made = Hub()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            made.asked.append((self.command, self.path))
            content = made.content if self.path == "/bytes" else b""
            self.send_response(200 if self.path == "/bytes" else made.status)
            if self.path == ADDRESS:
                self.send_header("Location", "/bytes")
                for name, value in made.headers.items():
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if body:
                self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(sources, "HUB", f"http://127.0.0.1:{server.server_address[1]}")
    yield made
    server.shutdown()
    server.server_close()


def _model() -> Model:
    return Model("stated", "Stated", "a test", "none", 1, "MIT", (SOURCE,))


def test_fetched_checked_and_noted(the_hub: Hub, tmp_path: Path) -> None:
    config = Config(cache_dir=tmp_path)
    file = ensure(_model(), config=config)
    assert file.path.read_bytes() == CONTENT and file.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert [command for command, path in the_hub.asked if path == ADDRESS] == ["HEAD", "GET"]
    assert hub.noted_hash(file.path) == file.sha256
    the_hub.asked.clear()
    assert ensure(_model(), config=Config(cache_dir=tmp_path, offline=True)).sha256 == file.sha256
    assert not the_hub.asked, "what is here is checked against the note"
    file.path.write_bytes(b"x" + CONTENT[1:])
    with pytest.raises(WeightsError, match="damaged or another file"):
        ensure(_model(), config=config)


def test_other_bytes_than_stated_are_refused(the_hub: Hub, tmp_path: Path) -> None:
    the_hub.content = b"y" + CONTENT[1:]
    with pytest.raises(WeightsError, match=r"it gave a file with the sha256 \w+ instead of"):
        ensure(_model(), config=Config(cache_dir=tmp_path))
    assert not list((tmp_path / "weights").rglob("net.pth*"))


@pytest.mark.parametrize(
    ("headers", "status", "words"),
    [
        ({"X-Repo-Commit": "0" * 40}, 302, "instead of e9e7b527"),
        ({"X-Repo-Commit": ""}, 302, "instead of e9e7b527"),
        ({"X-Linked-Etag": '"0123"'}, 302, "does not say what sha256"),
        ({"X-Linked-Etag": ""}, 200, "does not say what sha256"),
        ({}, 404, "answered 404"),
    ],
)
def test_a_hub_that_does_not_vouch_gives_nothing(
    the_hub: Hub, tmp_path: Path, headers: dict[str, str], status: int, words: str
) -> None:
    the_hub.headers |= headers
    the_hub.status = status
    with pytest.raises(SourceFailed, match=words):
        hub.ask_hash(SOURCE)
    with pytest.raises(WeightsError, match=words):
        ensure(_model(), config=Config(cache_dir=tmp_path))
    assert not any(command == "GET" for command, _ in the_hub.asked)


@pytest.mark.parametrize("step", ["before", "after"])
def test_who_is_killed_at_the_last_step_has_weights_all_the_same(
    the_hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    real = os.replace

    def killed(part: Path, path: Path) -> None:
        if step == "after":
            real(part, path)
        raise KeyboardInterrupt

    with monkeypatch.context() as last, pytest.raises(KeyboardInterrupt):
        last.setattr("restoration_studio.weights.download.os.replace", killed)
        ensure(_model(), config=Config(cache_dir=tmp_path))
    file = ensure(_model(), config=Config(cache_dir=tmp_path, offline=step == "after"))
    assert file.path.read_bytes() == CONTENT


def test_a_file_put_in_place_by_hand_is_not_trusted(the_hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "weights" / "stated"
    folder.mkdir(parents=True)
    (folder / "net.pth").write_bytes(CONTENT)
    with pytest.raises(WeightsError, match="no sha256 is known to check it against; delete it"):
        ensure(_model(), config=Config(cache_dir=tmp_path))
    with pytest.raises(WeightsError, match=r"copy net.pth and net.pth.sha256 to"):
        ensure(_model(), config=Config(cache_dir=tmp_path / "elsewhere", offline=True))
    for text in ("", "zz", "é"):
        (folder / "net.pth.sha256").write_text(text, encoding="utf-8")
        assert hub.noted_hash(folder / "net.pth") is None


def test_the_address_is_https_in_earnest() -> None:
    assert SOURCE.url == f"https://huggingface.co{ADDRESS}"
    with pytest.raises(SourceFailed, match="not https"):
        head("http://example.org/x")
