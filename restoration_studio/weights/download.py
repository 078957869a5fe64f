"""Downloads one file over https, going on where an earlier attempt stopped.

urllib3 does the talking: connections, their two time limits, certificates, proxies. The rules are ours: where an
address may lead, what piece of an earlier attempt counts, which bytes are believed.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import queue
import re
import ssl
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast
from urllib.parse import unquote, urljoin, urlsplit

from restoration_studio.errors import WeightsError
from restoration_studio.files import sha256_of_file
from restoration_studio.weights.errors import (
    AddressRefused,
    ConnectionFailed,
    OtherBytes,
    OtherLength,
    OtherRange,
    ServerRefused,
    ServerSilent,
    SourceFailed,
    TooLong,
    TooManyRedirects,
    WeightsDiskFull,
    WeightsNotWritten,
)

if TYPE_CHECKING:
    from urllib3 import PoolManager

ByteCallback: TypeAlias = Callable[[int, int | None, str], None]
"""Called with bytes done, bytes in all (None: not known) and what is being done; stops the work by raising."""

CONNECT_TIMEOUT = 10.0  # seconds; a machine without the network should know soon
READ_TIMEOUT = 60.0
_ATTEMPTS = 4  # how often a connection that broke midway is taken up again
_REDIRECTS = 10
_CHUNK = 1 << 18
_TICK = 0.2  # seconds between two chances to stop while nothing comes
_FULL = (errno.ENOSPC, errno.EDQUOT)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Head:
    """The beginning of an answer."""

    status: int
    reason: str
    headers: Mapping[str, str]


def disk_error(path: Path, error: OSError) -> WeightsError:
    """The error for weights that could not be written to ``path``."""
    if error.errno in _FULL:
        return WeightsDiskFull(path=path)
    return WeightsNotWritten(path=path, reason=error.strerror or str(error))


def download(url: str, path: Path, sha256: str, size: int | None, progress: ByteCallback | None = None) -> None:
    """Fetch ``url`` into ``path``, which appears only once its bytes have the right hash.

    What has come so far is kept beside it as ``<name>.part`` and taken up by the next attempt.

    Raises:
        SourceFailed: the address does not answer, refuses, breaks off for good, or gives other bytes.
        WeightsDiskFull, WeightsNotWritten: the file cannot be written.
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
        raise OtherBytes(found=found, expected=sha256)
    try:
        os.replace(part, path)
    except OSError as error:
        raise disk_error(path, error) from error


def head(url: str, progress: ByteCallback | None = None) -> Mapping[str, str]:
    """The headers of an address itself, not of where it redirects to.

    Raises:
        SourceFailed: the address does not answer or refuses.
    """
    tell = _Tell(progress, f"asking {urlsplit(url).hostname}")
    try:
        with closing(watched(lambda: _answer("HEAD", url, {}, redirects=False), tell.again)) as came:
            answer = next(item for item in came if isinstance(item, _Head))
    except _connection_errors() as error:
        raise _failure(error) from error
    if not 200 <= answer.status < 400:
        raise ServerRefused(status=answer.status, reason=answer.reason)
    return answer.headers


def _receive(url: str, part: Path, size: int | None, name: str, progress: ByteCallback | None) -> None:
    """Bring ``part`` to its full length, taking a broken connection up again while that helps."""
    _check_address(url)
    failure: SourceFailed = ConnectionFailed(reason="the connection broke off")
    for _ in range(_ATTEMPTS):
        before = _length(part)
        try:
            if _receive_once(url, part, size, name, progress):
                return
            failure = ConnectionFailed(reason="the connection broke off", received=_length(part))
        except _connection_errors() as error:  # errors of the disk are WeightsErrors by now
            failure = _failure(error, received=_length(part))
        if _length(part) <= before:  # nothing came this time: trying on would only take the person's time
            break
    raise failure


def _length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _receive_once(url: str, part: Path, size: int | None, name: str, progress: ByteCallback | None) -> bool:
    """One request; True when the file is complete."""
    start = _length(part)
    if start and start == size:
        return True
    if size is not None and start > size:
        start = 0
    tell = _Tell(progress, f"downloading {name}")
    wanted = {"Range": f"bytes={start}-"} if start else {}
    with closing(watched(lambda: _answer("GET", url, wanted), tell.again)) as pieces:
        answer = next(piece for piece in pieces if isinstance(piece, _Head))
        if answer.status == 416 and start:
            if _total(answer.headers) == start:
                return True
            part.unlink()  # longer than the file is now: not a piece of it
        elif not 200 <= answer.status < 300:
            raise ServerRefused(status=answer.status, reason=answer.reason)
        else:
            if answer.status != 206:
                start = 0  # the server sends the whole file, whatever was asked
            elif _range_start(answer.headers) != start:
                raise OtherRange(asked=start, answered=_range_start(answer.headers))
            length = answer.headers.get("Content-Length")
            total = start + int(length) if length and length.isdigit() else size
            if size is not None and total != size:
                raise OtherLength(found=total, expected=size)
            return _copy(pieces, part, start, total, tell)
    return _receive_once(url, part, size, name, progress)


def _copy(pieces: Iterator[_Head | bytes], part: Path, start: int, total: int | None, tell: _Tell) -> bool:
    """Append what comes to ``part``; True when all of ``total`` came (or the end, if that is not known)."""
    done = start
    try:
        with open(part, "ab" if start else "wb") as stream:
            tell(done, total)
            tell.again()
            for piece in _read(pieces):
                done += len(piece)
                if total is not None and done > total:
                    raise TooLong(expected=total)
                stream.write(piece)
                tell(done, total)
            tell.again()
            return total is None or done == total
    except _Broken as error:
        raise error.reason from error
    except OSError as error:
        if error.errno in _FULL:
            part.unlink(missing_ok=True)
        raise disk_error(part, error) from error


class _Broken(Exception):
    """The connection ended midway; apart from what the disk may raise while the same file is open."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason


def _read(pieces: Iterator[_Head | bytes]) -> Iterator[bytes]:
    try:
        for piece in pieces:
            if isinstance(piece, bytes):
                yield piece
    except _connection_errors() as error:
        raise _Broken(error) from error


class _Tell:
    """Hands on how far a download is: at once with ``again``, else when enough has come or some time has gone by."""

    def __init__(self, progress: ByteCallback | None, message: str) -> None:
        self._progress, self._message = progress, message
        self._done, self._total = 0, cast("int | None", None)
        self._told_done, self._told_at = 0, 0.0

    def __call__(self, done: int, total: int | None) -> None:
        self._done, self._total = done, total
        if done - self._told_done >= _CHUNK or time.monotonic() - self._told_at >= _TICK:
            self.again()

    def again(self) -> None:
        self._told_done, self._told_at = self._done, time.monotonic()
        if self._progress is not None:
            self._progress(self._done, self._total, self._message)


def watched(produce: Callable[[], Iterator[T]], tick: Callable[[], None]) -> Generator[T, None, None]:
    """What ``produce`` gives, from a thread of its own, so that waiting for it can be ended.

    Args:
        tick: called again and again while nothing comes; what it raises ends the waiting at once. The thread ends when
            what it waits for comes or fails.
    """
    came: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(maxsize=8)
    left = threading.Event()  # nobody takes what comes any more

    def put(item: T | None, failure: BaseException | None = None) -> None:
        while not left.is_set():
            with suppress(queue.Full):
                came.put((item, failure), timeout=_TICK)
                return

    def work() -> None:
        try:
            for item in (items := produce()):
                put(item)
                if left.is_set():
                    getattr(items, "close", int)()
                    return
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
            put(None, error)
        else:
            put(None, StopIteration())

    threading.Thread(target=work, daemon=True, name="download").start()
    try:
        while True:
            try:
                item, failure = came.get(timeout=_TICK)
            except queue.Empty:
                tick()
                continue
            if isinstance(failure, StopIteration):
                return
            if failure is not None:
                raise failure
            yield cast("T", item)
    finally:
        left.set()


def _answer(method: str, url: str, headers: Mapping[str, str], *, redirects: bool = True) -> Iterator[_Head | bytes]:
    """The beginning of the answer to a request, then its bytes as they come; every redirect is checked."""
    from urllib3 import Timeout

    _check_address(url)
    headers = {"User-Agent": "restoration-studio", "Accept-Encoding": "identity", **headers}
    for _ in range(_REDIRECTS + 1):
        with _pool(url) as pool:
            answer = pool.request(
                method,
                url,
                headers=headers,
                timeout=Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT),
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
                enforce_content_length=False,  # a piece that broke off is kept, and what is missing asked for
            )
            try:
                location = answer.get_redirect_location() if redirects else None
                if not location:
                    yield _Head(answer.status, answer.reason or "", answer.headers)
                    while piece := answer.read1(_CHUNK):
                        yield piece
                    return
            finally:
                answer.close()
        target = urljoin(url, location)
        _check_address(target, origin=url)
        url = target
    raise TooManyRedirects(count=_REDIRECTS)


@contextmanager
def _pool(url: str) -> Iterator[PoolManager]:
    """Connections to the address, through the person's proxy where there is one."""
    from urllib.request import getproxies, proxy_bypass

    from urllib3 import PoolManager, ProxyManager
    from urllib3.util import make_headers

    address = urlsplit(url)
    context = ssl.create_default_context()  # the certificates of the system, and those that SSL_CERT_FILE names
    proxy = None
    if not _is_loopback(url) and not proxy_bypass(address.netloc):
        proxy = getproxies().get(address.scheme)
    if not proxy:
        with PoolManager(ssl_context=context) as pool:
            yield pool
        return
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    parts = urlsplit(proxy)
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
    with ProxyManager(proxy, ssl_context=context, proxy_headers=make_headers(proxy_basic_auth=login)) as pool:
        yield pool


def _connection_errors() -> tuple[type[Exception], ...]:
    from urllib3.exceptions import HTTPError

    return OSError, HTTPError


def _failure(error: Exception, received: int = 0) -> SourceFailed:
    from urllib3.exceptions import NewConnectionError
    from urllib3.exceptions import TimeoutError as TimedOut

    if isinstance(error, TimeoutError | TimedOut) and not isinstance(error, NewConnectionError):
        return ServerSilent(received=received)
    for cause in (error, error.__cause__, *error.args):
        if isinstance(cause, OSError) and cause.strerror:
            return ConnectionFailed(reason=f"no connection ({cause.strerror})", received=received)
    return ConnectionFailed(reason=str(error) or type(error).__name__, received=received)


def _total(headers: Mapping[str, str]) -> int | None:
    match = re.fullmatch(r"bytes \*/(\d+)", headers.get("Content-Range", "").strip())
    return int(match[1]) if match else None


def _range_start(headers: Mapping[str, str]) -> int | None:
    match = re.match(r"bytes (\d+)-", headers.get("Content-Range", "").strip())
    return int(match[1]) if match else None


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
    raise AddressRefused(url=url)
