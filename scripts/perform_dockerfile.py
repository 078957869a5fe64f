"""Performs a Dockerfile's steps in folders: ``python3 -m scripts.perform_dockerfile`` (as root, on Linux).

Each stage is a copy of its base's root folder, in which RUN steps run in a chroot with namespaces of their own. The
last stage's root folder is named, with its environment, user, command and health check, in ``image.json``. Layers,
the mounting of VOLUME folders and Docker's limits on what root may do are not imitated.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path, PurePosixPath

from scripts.chroot import Bind, Image, account, run
from scripts.dockerfile_steps import (
    Ignore,
    NotUnderstood,
    Stage,
    Step,
    assignments,
    command_of,
    expand,
    health_command,
    read_dockerfile,
)
from scripts.host_settings import lent

# What python:X-slim sets itself.
BASE_ENV = {"PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


class StepFailed(Exception):
    """A step did what it says and that ended badly."""


class Build:
    """One build: ``context`` is the folder with the Dockerfile, ``work`` takes the stages' root folders."""

    def __init__(self, context: Path, base: Path, work: Path, cache: Path) -> None:
        self.context, self.base, self.work, self.cache = context, base, work, cache
        self.stages = read_dockerfile(context / "Dockerfile")
        self.ignore = Ignore((context / ".dockerignore").read_text(encoding="utf-8"))
        self.images: dict[str, Image] = {}
        self.lent_env, self.lent_binds = lent(work)

    def perform(self) -> Image:
        """Perform every stage; gives the image of the last.

        Raises:
            NotUnderstood: a step that this program cannot perform as Docker would.
            StepFailed: a command of a RUN step failed, or a file to copy does not exist.
        """
        for stage in self.stages:
            say(f"FROM {stage.base} AS {stage.name}")
            earlier = self.images.get(stage.base)
            root = self.work / f"stage-{stage.name}"
            copy_tree(earlier.root if earlier else self.base, root)
            image = Image(root, earlier.env if earlier else BASE_ENV)
            for step in stage.steps:
                began = time.monotonic()
                image = self._step(image, step)
                say(f"{step}  [{time.monotonic() - began:.1f} s]")
            self.images[stage.name] = image
        return image

    def _step(self, image: Image, step: Step) -> Image:
        if step.name == "ENV":
            return dataclasses.replace(image, env={**image.env, **assignments(step.value, image.env)})
        if step.name == "USER":
            user = expand(step.value, image.env)
            account(image.root, user)
            return dataclasses.replace(image, user=user)
        if step.name == "WORKDIR":
            folder = str(PurePosixPath(image.folder) / expand(step.value, image.env))
            inside(image, folder).mkdir(parents=True, exist_ok=True)
            return dataclasses.replace(image, folder=folder)
        if step.name == "VOLUME":
            for path in json.loads(step.value):
                inside(image, path).mkdir(parents=True, exist_ok=True)
        elif step.name == "RUN":
            self._run(image, step)
        elif step.name == "COPY":
            self._copy(image, step)
        return image  # CMD, HEALTHCHECK and EXPOSE are about running

    def _run(self, image: Image, step: Step) -> None:
        binds = list(self.lent_binds)
        if "mount" in step.flags:
            found = re.fullmatch(r"type=cache,target=(/[^,]+)", step.flags["mount"])
            if not found:
                raise NotUnderstood(f"line {step.line}: --mount is understood as type=cache,target=FOLDER only.")
            binds.append(Bind(self.cache, found[1], read_only=False))
        image = dataclasses.replace(image, env={**self.lent_env, **image.env})
        status = run(image, command_of(step.value), binds)
        if status:
            raise StepFailed(f"line {step.line}: {step} ended with status {status}.")

    def _copy(self, image: Image, step: Step) -> None:
        *sources, target = expand(step.value, image.env).split()
        to = inside(image, str(PurePosixPath(image.folder) / target))
        many = len(sources) > 1 or target.endswith(("/", "."))
        for source in sources:
            if re.search(r"[*?\[]", source):
                raise NotUnderstood(f"line {step.line}: patterns in COPY are not understood.")
            if "from" in step.flags:
                copy_tree(inside(self.images[step.flags["from"]], source), to)
            elif (self.context / source).is_dir():
                self._copy_folder(source, to)
            elif not (self.context / source).is_file() or self.ignore.leaves_out(source):
                raise StepFailed(f"line {step.line}: {source} does not exist or .dockerignore leaves it out.")
            else:
                copy_file(self.context / source, to / Path(source).name if many or to.is_dir() else to)

    def _copy_folder(self, source: str, to: Path) -> None:
        prefix = "" if source in (".", "./") else source.strip("/") + "/"
        for path in self.ignore.files(self.context):
            if path.startswith(prefix):
                copy_file(self.context / path, to / path.removeprefix(prefix))


def say(text: str) -> None:
    sys.stderr.write(f"== {text}\n")


def inside(image: Image, path: str) -> Path:
    return image.root / path.lstrip("/")


def copy_file(source: Path, target: Path) -> None:
    """As COPY does: mode and time are kept, a link stays a link, the owner is root."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target, follow_symlinks=False)


def copy_tree(source: Path, target: Path) -> None:
    """The content of a folder into another, with owners, links and modes, and without what is mounted there."""
    target.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "--archive", "--one-file-system", f"{source}/.", str(target)], check=True)


def base_of(stages: list[Stage]) -> tuple[str, str]:
    """Python's version and Debian's name of the one image that the stages begin with.

    Raises:
        NotUnderstood: there are several, or it is not python:X.Y-slim-NAME.
    """
    bases = {stage.base for stage in stages} - {stage.name for stage in stages}
    found = re.fullmatch(r"python:(\d+\.\d+)-slim-([a-z]+)", " ".join(bases))
    if not found:
        raise NotUnderstood(f"the base should be python:X.Y-slim-NAME, not {', '.join(sorted(bases))}.")
    return found[1], found[2]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--context", type=Path, required=True, help="the folder with Dockerfile and .dockerignore")
    parser.add_argument("--print-base", action="store_true", help="say which Python and Debian are wanted, and end")
    parser.add_argument("--base", type=Path, help="root folder that stands for the image of FROM")
    parser.add_argument("--work", type=Path, help="empty folder for the stages and image.json")
    parser.add_argument("--cache", type=Path, help="pip's cache on this machine, lent to RUN --mount=type=cache")
    options = parser.parse_args()
    try:
        if options.print_base:
            sys.stdout.write(" ".join(base_of(read_dockerfile(options.context / "Dockerfile"))) + "\n")
            return 0
        build = Build(options.context.resolve(), options.base, options.work, options.cache)
        image = build.perform()
        last = build.stages[-1]
        description = {
            **dataclasses.asdict(image),
            "root": str(image.root),
            "command": command_of(last.last("CMD").value),
            "health": health_command(last.last("HEALTHCHECK")),
            "volumes": json.loads(last.last("VOLUME").value),
            "port": int(last.last("EXPOSE").value),
        }
    except (NotUnderstood, StepFailed, LookupError) as error:
        say(f"failed: {error}")
        return 1
    (options.work / "image.json").write_text(json.dumps(description, indent=2), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
