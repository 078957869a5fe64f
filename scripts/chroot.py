"""Runs a command in the root folder of an image, as near to a container as a bare Linux comes.

The command gets namespaces of its own for mounts and processes, so it is process 1, a second command sees none of its
mounts, and everything it mounted or left running ends with it: nothing has to be unmounted afterwards.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")


@dataclass(frozen=True, slots=True)
class Bind:
    """A file or folder of this machine shown at ``target`` inside, for as long as one command runs."""

    source: Path
    target: str
    read_only: bool = True


@dataclass(frozen=True, slots=True)
class Image:
    """A root folder and what a Dockerfile said about running in it."""

    root: Path
    env: Mapping[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "0"


def account(root: Path, user: str) -> tuple[int, int, str]:
    """User id, group id and home of ``user`` (a name or a number) after the image's own ``/etc/passwd``."""
    for line in (root / "etc/passwd").read_text(encoding="utf-8").splitlines():
        name, _, uid, gid, _, home, _ = line.split(":")
        if user in (name, uid):
            return int(uid), int(gid), home
    raise LookupError(f"{root}/etc/passwd knows no user '{user}'.")


@contextmanager
def started(
    image: Image, command: Sequence[str], binds: Sequence[Bind] = (), quiet: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """Start ``command`` in the image; on leaving, it and all it started are gone and so are the mount points."""
    uid, gid, home = account(image.root, image.user)
    made: list[Path] = []
    try:
        lines = _mounts(image.root)
        for bind in binds:
            made += _mount_point(image.root / bind.target.lstrip("/"), bind.source.is_dir())
            source, target = shlex.quote(str(bind.source)), shlex.quote(f"{image.root}/{bind.target.lstrip('/')}")
            lines.append(f"mount --bind {source} {target}")
            if bind.read_only:
                lines.append(f"mount -o remount,bind,ro {target}")
        env = [f"{name}={value}" for name, value in {"HOME": home, **image.env}.items()]
        inside = ["env", "-i", f"--chdir={image.folder}", *env, *command]
        program = ["chroot", f"--userspec={uid}:{gid}", f"--groups={gid}", str(image.root), *inside]
        lines.append("exec " + shlex.join(program))
        process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "/bin/sh", "-euc", "\n".join(lines)],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if quiet else None,
        )
        try:
            yield process
        finally:
            # unshare's --kill-child is lost when the command changes the user; an error here: it ended by itself
            with suppress(IndexError, OSError):
                os.kill(process_one(process), signal.SIGKILL)
            process.kill()
            process.wait()
    finally:
        for path in reversed(made):
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink()


def run(
    image: Image,
    command: Sequence[str],
    binds: Sequence[Bind] = (),
    timeout: float | None = None,
    quiet: bool = False,
) -> int:
    """Run ``command`` to its end and give its exit status; raises ``subprocess.TimeoutExpired``."""
    with started(image, command, binds, quiet) as process:
        return process.wait(timeout)


def process_one(process: subprocess.Popen[bytes]) -> int:
    """The id, on this machine, of the process that is number 1 inside."""
    return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()[0])


def _mounts(root: Path) -> list[str]:
    """/proc, /sys and a /dev with only the devices every container has."""
    proc, sys_, dev = (shlex.quote(str(root / name)) for name in ("proc", "sys", "dev"))
    lines = [
        f"mount -t proc -o nosuid,nodev,noexec proc {proc}",
        f"mount -t sysfs -o ro,nosuid,nodev,noexec sysfs {sys_}",
        f"mount -t tmpfs -o mode=755,nosuid tmpfs {dev}",
        f"mkdir -m 1777 {dev}/shm",
        f"ln -s /proc/self/fd {dev}/fd",
    ]
    return lines + [f"touch {dev}/{name}; mount --bind /dev/{name} {dev}/{name}" for name in DEVICES]


def _mount_point(path: Path, folder: bool) -> list[Path]:
    """Make ``path`` and the folders above it where they are missing; gives what was made, outermost first."""
    missing = [one for one in reversed([path, *path.parents]) if not one.exists()]
    for one in missing:
        if one == path and not folder:
            one.touch()
        else:
            one.mkdir()
    return missing
