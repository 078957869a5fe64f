from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from restoration_studio.errors import Cancelled, WeightsError
from restoration_studio.weights.download import download
from restoration_studio.weights.errors import ConnectionFailed, SourceFailed, TooManyRedirects


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "tiny.pth"


def _part(target: Path) -> Path:
    return target.with_name("tiny.pth.part")


def _fetch(server, target: Path, *, sha256: str | None = None, size: int | None = None, progress=None) -> None:
    sha256 = sha256 or hashlib.sha256(server.content).hexdigest()
    download(f"{server.url}/tiny.pth", target, sha256, size, progress)


def test_a_file_comes_whole_and_progress_is_told(server, target):
    steps: list[tuple[int, int | None, str]] = []
    _fetch(server, target, progress=lambda *step: steps.append(step))
    assert target.read_bytes() == server.content
    assert not _part(target).exists()
    assert steps[0][0] == 0 and steps[-1] == (len(server.content), len(server.content), "downloading tiny.pth")
    assert [done for done, _, _ in steps] == sorted(done for done, _, _ in steps)


def test_a_file_of_unknown_length_comes_whole(server, target):
    server.no_length = True
    _fetch(server, target)
    assert target.read_bytes() == server.content


def test_a_connection_cut_midway_is_taken_up_in_the_same_call(server, target):
    server.drop_after = [300_000, 200_000]
    _fetch(server, target)
    assert target.read_bytes() == server.content
    assert [wanted for _, wanted in server.asked] == [None, "bytes=300000-", "bytes=500000-"]


def test_the_piece_of_an_earlier_call_is_taken_up(server, target):
    server.drop_after = [300_000, 0]
    with pytest.raises(SourceFailed, match="300000 bytes, which are kept"):
        _fetch(server, target)
    assert not target.exists()
    assert _part(target).stat().st_size == 300_000
    _fetch(server, target)
    assert target.read_bytes() == server.content
    assert server.asked[-1][1] == "bytes=300000-"


def test_a_server_that_ignores_range_sends_from_the_start(server, target):
    server.ignore_range = True
    _part(target).write_bytes(server.content[:1000])
    _fetch(server, target)
    assert target.read_bytes() == server.content


def test_a_server_that_sends_another_range_is_not_believed(server, target):
    server.wrong_range = True
    _part(target).write_bytes(server.content[:1000])
    with pytest.raises(SourceFailed, match="another part"):
        _fetch(server, target)
    assert _part(target).read_bytes() == server.content[:1000]


def test_a_complete_piece_is_used_after_416(server, target):
    _part(target).write_bytes(server.content)
    _fetch(server, target)
    assert target.read_bytes() == server.content


def test_a_piece_longer_than_the_file_is_thrown_away(server, target):
    _part(target).write_bytes(b"x" * (len(server.content) + 5))
    _fetch(server, target)
    assert target.read_bytes() == server.content


@pytest.mark.parametrize("length", [1000, 1_024_000])
def test_the_piece_of_another_version_starts_over_once(server, target, length):
    _part(target).write_bytes(b"x" * length)
    _fetch(server, target, size=len(server.content))
    assert target.read_bytes() == server.content
    assert server.asked[-1][1] is None


def test_wrong_bytes_never_reach_their_place(server, target):
    with pytest.raises(SourceFailed, match="instead of " + "0" * 64):
        _fetch(server, target, sha256="0" * 64)
    assert not target.exists() and not _part(target).exists()
    assert len(server.asked) == 1


def test_a_file_of_another_length_is_refused_before_it_is_read(server, target):
    with pytest.raises(SourceFailed, match="1024000 bytes instead of 7"):
        _fetch(server, target, size=7)
    assert not target.exists() and not _part(target).exists()


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_refusal_is_reported_with_its_number(server, target, status):
    server.status = status
    with pytest.raises(SourceFailed, match=str(status)):
        _fetch(server, target)
    assert len(server.asked) == 1


def test_a_redirect_within_this_machine_is_followed_with_its_range(server, target):
    server.redirect = "/moved"
    _part(target).write_bytes(server.content[:1000])
    _fetch(server, target)
    assert target.read_bytes() == server.content
    assert server.asked[-1] == ("/moved", "bytes=1000-")


@pytest.mark.parametrize("address", ["file:///etc/hostname", "http://192.0.2.1/x", "ftp://127.0.0.1/x"])
def test_a_redirect_to_anything_but_https_is_refused(server, target, address):
    server.redirect = address
    with pytest.raises(SourceFailed, match=r"not https|not allowed"):
        _fetch(server, target)
    assert not target.exists() and not _part(target).exists()


@pytest.mark.parametrize("address", ["file:///etc/hostname", "http://192.0.2.1/x", "data:,x"])
def test_an_address_that_is_not_https_is_refused(target, address):
    with pytest.raises(SourceFailed, match="not https"):
        download(address, target, "0" * 64, None)


def test_nobody_listening_is_reported(server, target):
    with pytest.raises(SourceFailed, match="no connection"):
        download("http://127.0.0.1:9/x", target, "0" * 64, None)


def test_a_server_that_falls_silent_is_given_up(server, target, monkeypatch):
    monkeypatch.setattr("restoration_studio.weights.download.READ_TIMEOUT", 0.1)
    server.delay = 0.5
    with pytest.raises(SourceFailed, match="did not answer in time"):
        _fetch(server, target)
    assert len(server.asked) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full")
def test_a_full_disk_is_one_clear_sentence(server, target):
    _part(target).symlink_to("/dev/full")
    with pytest.raises(WeightsError, match="the disk is full; free some space"):
        _fetch(server, target)
    assert not target.exists() and not _part(target).is_symlink()


@pytest.mark.skipif(sys.platform == "win32", reason="names of this length are refused otherwise there")
def test_a_place_that_cannot_be_written_is_one_clear_sentence(server, tmp_path):
    with pytest.raises(WeightsError, match="RESTORATION_STUDIO_CACHE_DIR"):
        _fetch(server, tmp_path / "missing" / "tiny.pth")


def test_a_person_who_stops_keeps_the_piece(server, target):
    def stop(done: int, total: int | None, message: str) -> None:
        if done > 300_000:
            raise Cancelled("stopped.")

    with pytest.raises(Cancelled):
        _fetch(server, target, progress=stop)
    assert not target.exists() and _part(target).stat().st_size > 300_000


class _Stopped(Exception):
    pass


def _stopping(after: int):
    """A progress callback of somebody who stops at once when so many bytes have come."""

    def tell(done: int, total: int | None, message: str) -> None:
        if done >= after:
            raise _Stopped

    return tell


def test_a_silent_server_does_not_hold_up_a_person_who_stops(server, target):
    # Without a clock: the server answers only when the person has stopped.
    stopped = server.silent_until = threading.Event()
    with pytest.raises(_Stopped):
        _fetch(server, target, progress=_stopping(0))
    stopped.set()


def test_a_slow_server_does_not_hold_up_a_person_who_stops(server, target):
    # It sends 1000 bytes, fewer than are read at once, and no more until the person has stopped.
    stopped = server.silent_until = threading.Event()
    server.before_silence = 1000
    with pytest.raises(_Stopped):
        _fetch(server, target, progress=_stopping(1000))
    assert _part(target).read_bytes() == server.content[:1000]
    stopped.set()


def test_an_address_that_leads_to_itself_is_left(server, target):
    server.redirect = f"{server.url}/tiny.pth"
    with pytest.raises(TooManyRedirects):
        _fetch(server, target)
    assert len(server.asked) == 11


def test_a_proxy_is_asked_for_addresses_outside_only(server, monkeypatch, target):
    monkeypatch.setenv("HTTPS_PROXY", f"someone:p%40ss@{server.url.removeprefix('http://')}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("https_proxy", raising=False)
    with pytest.raises(SourceFailed):
        download("https://weights.invalid/tiny.pth", target, "0" * 64, None)
    assert server.connects == [("weights.invalid:443", "Basic " + base64.b64encode(b"someone:p@ss").decode())]
    _fetch(server, target)
    assert len(server.connects) == 1, "this machine is reached without it"
    monkeypatch.setenv("NO_PROXY", "weights.invalid")
    with pytest.raises(ConnectionFailed):
        download("https://weights.invalid/tiny.pth", target.with_name("b"), "0" * 64, None)
    assert len(server.connects) == 1


def test_downloads_import_nothing_before_they_start():
    code = "import restoration_studio.weights.fetch, sys; print('urllib3' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "False"
