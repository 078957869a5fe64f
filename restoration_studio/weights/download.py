"""Downloads one file over https, going on where an earlier attempt stopped."""

from __future__ import annotations

import errno
import http.client
import ipaddress
import os
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from typing import IO, Any, TypeAlias
from urllib.parse import urlsplit

from restoration_studio.errors import WeightsError
from restoration_studio.files import sha256_of_file

Progress: TypeAlias = Callable[[int, int | None, str], None]
"""Called with bytes done, bytes in all (None: not known) and what is being done."""

CONNECT_TIMEOUT = 10.0  # seconds; a machine without the network should know soon
READ_TIMEOUT = 60.0
_ATTEMPTS = 4  # how often a connection that broke midway is taken up again
_CHUNK = 1 << 18
_FULL = (errno.ENOSPC, errno.EDQUOT)


class _BrokenOff(Exception):
    """The connection ended midway; what came is kept."""


class SourceFailed(Exception):
    """One source could not give its file; the message says why, the next source may be tried."""


def disk_error(path: Path, error: OSError) -> WeightsError:
    """The sentence a person needs when weights could not be written to ``path``."""
    if error.errno in _FULL:
        reason, remedy = "the disk is full", "free some space, or set RESTORATION_STUDIO_CACHE_DIR to another disk"
    else:
        reason = error.strerror or str(error)
        remedy = "set RESTORATION_STUDIO_CACHE_DIR to a folder that can be written"
    return WeightsError(f"{path} could not be written: {reason}; {remedy}.")


def download(url: str, path: Path, sha256: str, size: int | None, progress: Progress | None = None) -> None:
    """Fetch ``url`` into ``path``, which appears only once its bytes have the right hash.

    What has come so far is kept beside it as ``<name>.part`` and taken up by the next attempt.

    Raises:
        SourceFailed: the address does not answer, refuses, breaks off for good, or gives other bytes.
        WeightsError: the file cannot be written.
    """
    part = path.with_name(path.name + ".part")
    resumed = part.exists() and part.stat().st_size > 0
    _receive(url, part, size, path.name, progress)
    found = sha256_of_file(part)
    if found != sha256 and resumed:
        part.unlink()  # the old piece may be of another version of the file: once more from the start
        _receive(url, part, size, path.name, progress)
        found = sha256_of_file(part)
    if found != sha256:
        part.unlink()
        raise SourceFailed(f"it gave a file with the sha256 {found} instead of {sha256}")
    try:
        os.replace(part, path)
    except OSError as error:
        raise disk_error(path, error) from error


def head(url: str) -> Message:
    """The headers of an address itself, not of where it redirects to.

    Raises:
        SourceFailed: the address does not answer or refuses.
    """
    _check_address(url)
    request = urllib.request.Request(  # noqa: S310 - the address was checked
        url, headers={"User-Agent": "restoration-studio", "Accept-Encoding": "identity"}, method="HEAD"
    )
    try:
        with _opener(url, redirects=False).open(request, timeout=CONNECT_TIMEOUT) as answer:
            headers: Message = answer.headers
            return headers
    except urllib.error.HTTPError as error:
        error.close()
        if 300 <= error.code < 400:
            return error.headers
        raise SourceFailed(f"the server answered {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        raise SourceFailed(_reason(error)) from error


def _receive(url: str, part: Path, size: int | None, name: str, progress: Progress | None) -> None:
    """Bring ``part`` to its full length, taking a broken connection up again while that helps."""
    _check_address(url)
    for _ in range(_ATTEMPTS):
        before = part.stat().st_size if part.exists() else 0
        try:
            if _receive_once(url, part, size, name, progress):
                return
            reason = "the connection broke off"
        except urllib.error.HTTPError as error:
            error.close()
            raise SourceFailed(f"the server answered {error.code} {error.reason}") from error
        except _BrokenOff as error:
            reason = str(error)
        except (OSError, http.client.HTTPException) as error:  # disk errors are WeightsErrors by now
            reason = _reason(error)
        done = part.stat().st_size if part.exists() else 0
        if done <= before:  # nothing came this time: trying on would only take the person's time
            break
    raise SourceFailed(reason + (f" after {done} bytes, which are kept for the next attempt" if done else ""))


def _receive_once(url: str, part: Path, size: int | None, name: str, progress: Progress | None) -> bool:
    """One request; True when the file is complete."""
    start = part.stat().st_size if part.exists() else 0
    if start and start == size:
        return True
    if size is not None and start > size:
        start = 0
    headers = {"User-Agent": "restoration-studio", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    try:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the address was checked
        answer = _opener(url).open(request, timeout=CONNECT_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code != 416 or not start:
            raise
        error.close()
        total = _total(error.headers)
        if total == start:
            return True
        part.unlink()  # longer than the file is now: not a piece of it
        return _receive_once(url, part, size, name, progress)
    with answer:
        if answer.status != 206:
            start = 0  # the server sends the whole file, whatever was asked
        elif _range_start(answer.headers) != start:
            raise SourceFailed("the server answered with another part of the file than was asked for")
        length = answer.headers.get("Content-Length")
        total = start + int(length) if length and length.isdigit() else size
        if size is not None and total != size:
            raise SourceFailed(f"the file there has {total} bytes instead of {size}")
        return _copy(answer, part, start, total, name, progress)


def _copy(answer: IO[bytes], part: Path, start: int, total: int | None, name: str, progress: Progress | None) -> bool:
    """Append what comes to ``part``; True when all of ``total`` came (or the end, if that is not known)."""
    done = start
    try:
        with open(part, "ab" if start else "wb") as stream:
            while True:
                if progress is not None:
                    progress(done, total, f"downloading {name}")
                piece = _read(answer)
                if not piece:
                    return total is None or done == total
                done += len(piece)
                if total is not None and done > total:
                    raise SourceFailed(f"the server sent more than the {total} bytes the file has")
                stream.write(piece)
    except OSError as error:
        if error.errno in _FULL:
            part.unlink(missing_ok=True)
        raise disk_error(part, error) from error


def _read(answer: IO[bytes]) -> bytes:
    try:
        return answer.read(_CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _BrokenOff(_reason(error)) from error


def _total(headers: Message) -> int | None:
    match = re.fullmatch(r"bytes \*/(\d+)", headers.get("Content-Range", "").strip())
    return int(match[1]) if match else None


def _range_start(headers: Message) -> int | None:
    match = re.match(r"bytes (\d+)-", headers.get("Content-Range", "").strip())
    return int(match[1]) if match else None


def _reason(error: Exception) -> str:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return "the server did not answer in time"
    if isinstance(cause, OSError) and cause.strerror:
        return f"no connection ({cause.strerror})"
    return str(cause) or type(cause).__name__


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_address(url: str, origin: str | None = None) -> None:
    """Let https through; http only within this machine, and never as the end of a redirect from outside."""
    scheme = urlsplit(url).scheme
    if scheme == "https" or (scheme == "http" and _is_loopback(url) and (origin is None or _is_loopback(origin))):
        return
    raise SourceFailed(f"the address {url} is refused because it is not https")


class _Redirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        _check_address(newurl, origin=req.full_url)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _HTTPConnection(http.client.HTTPConnection):
    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(READ_TIMEOUT)


class _HTTPSConnection(http.client.HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(READ_TIMEOUT)


class _HTTP(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(_HTTPConnection, req)


class _HTTPS(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(_HTTPSConnection, req, context=ssl.create_default_context())


def _opener(url: str, *, redirects: bool = True) -> urllib.request.OpenerDirector:
    """An opener that knows https (and http) only: no file:, no ftp:, no data:."""
    opener = urllib.request.OpenerDirector()
    handlers: list[urllib.request.BaseHandler] = [
        _HTTP(), _HTTPS(), *([_Redirect()] if redirects else []), urllib.request.UnknownHandler(),
        urllib.request.HTTPDefaultErrorHandler(), urllib.request.HTTPErrorProcessor(),
    ]  # fmt: skip
    if not _is_loopback(url):
        handlers.append(urllib.request.ProxyHandler())
    for handler in handlers:
        opener.add_handler(handler)
    return opener
