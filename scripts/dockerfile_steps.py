"""Reads a Dockerfile into its stages and steps, and a .dockerignore into the files that a build is given.

Only what the Dockerfile here uses is understood (https://docs.docker.com/reference/dockerfile/); anything else raises
``NotUnderstood``, so that a step can never be passed over in silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

# What each instruction's flags may be; an instruction that is not here is not understood.
INSTRUCTIONS: dict[str, tuple[str, ...]] = {
    "ARG": (),
    "CMD": (),
    "COPY": ("from",),
    "ENV": (),
    "EXPOSE": (),
    "HEALTHCHECK": ("interval", "timeout", "start-period", "retries"),
    "RUN": ("mount",),
    "USER": (),
    "VOLUME": (),
    "WORKDIR": (),
}
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})")


class NotUnderstood(Exception):
    """The file says something that this reader has not been taught."""


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction: ``RUN --mount=type=cache,target=/x make`` has the flag mount and the value ``make``."""

    name: str
    flags: Mapping[str, str]
    value: str
    line: int

    def __str__(self) -> str:
        flags = "".join(f"--{name}={value} " for name, value in self.flags.items())
        return f"{self.name} {flags}{self.value}"


@dataclass(slots=True)
class Stage:
    """What one FROM begins: ``base`` is an image or the name of an earlier stage."""

    name: str
    base: str
    steps: list[Step] = field(default_factory=list)

    def last(self, name: str) -> Step:
        """The step that counts where only the last does (CMD, USER, HEALTHCHECK).

        Raises:
            NotUnderstood: the stage has none.
        """
        found = [step for step in self.steps if step.name == name]
        if not found:
            raise NotUnderstood(f"stage '{self.name}' has no {name}.")
        return found[-1]


def read_dockerfile(path: Path) -> list[Stage]:
    """The stages in their order, the variables of FROM filled in from the ARG steps before the first.

    Raises:
        NotUnderstood: an instruction or flag that ``INSTRUCTIONS`` lacks.
    """
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for number, line in _logical_lines(path.read_text(encoding="utf-8")):
        name, _, rest = line.partition(" ")
        name, rest = name.upper(), rest.strip()
        if name == "FROM":
            words = expand(rest, arguments).split()
            if len(words) not in (1, 3) or (len(words) == 3 and words[1].upper() != "AS"):
                raise NotUnderstood(f"line {number}: FROM is understood as 'FROM image' or 'FROM image AS name'.")
            stages.append(Stage(words[-1] if len(words) == 3 else str(len(stages)), words[0]))
        elif name == "ARG" and not stages:
            key, _, value = rest.partition("=")
            arguments[key] = expand(value, arguments)
        elif name not in INSTRUCTIONS or name == "ARG" or not stages:
            raise NotUnderstood(f"line {number}: {name} is not understood here.")
        else:
            stages[-1].steps.append(_step(name, rest, number))
    return stages


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their continuations joined and comments, also those between continuations, left out."""
    parts: list[str] = []
    first = 0
    for number, raw in enumerate(text.splitlines(), start=1):
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        first = first if parts else number
        line = raw.strip()
        parts.append(line.removesuffix("\\").strip())
        if not line.endswith("\\"):
            yield first, " ".join(parts)
            parts = []
    if parts:
        raise NotUnderstood(f"line {first}: the file ends in the middle of this instruction.")


def _step(name: str, rest: str, number: int) -> Step:
    flags: dict[str, str] = {}
    while found := re.match(r"--([a-z-]+)=(\S+)\s*", rest):
        if found[1] not in INSTRUCTIONS[name] or found[1] in flags:
            raise NotUnderstood(f"line {number}: {name} --{found[1]} is not understood.")
        flags[found[1]] = found[2]
        rest = rest[found.end() :]
    if rest.startswith(("--", "<<")):
        raise NotUnderstood(f"line {number}: '{rest.split()[0]}' is not understood.")
    return Step(name, flags, rest, number)


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Fill in ``$NAME``, ``${NAME}`` and ``${NAME:-default}``; a variable that is not set is empty, as in Docker."""
    return _VARIABLE.sub(lambda found: variables.get(found[1] or found[2], "") or found[3] or "", text)


def command_of(value: str) -> list[str]:
    """The arguments of ``["a", "b"]`` as they stand, and of anything else the shell that Docker would start."""
    return list(json.loads(value)) if value.startswith("[") else ["/bin/sh", "-c", value]


def health_command(step: Step) -> list[str]:
    """The command of a ``HEALTHCHECK CMD``; raises ``NotUnderstood`` for ``NONE``."""
    word, _, command = step.value.partition(" ")
    if word.upper() != "CMD":
        raise NotUnderstood(f"line {step.line}: HEALTHCHECK is understood with CMD only.")
    return command_of(command.strip())


def assignments(value: str, variables: Mapping[str, str]) -> dict[str, str]:
    """The pairs of an ENV step, all filled in with the values from before it, as in Docker."""
    pairs = [word.partition("=") for word in value.split()]
    if not all(equals for _, equals, _ in pairs) or '"' in value or "'" in value:
        raise NotUnderstood(f"'ENV {value}' is understood as NAME=VALUE without quotes only.")
    return {name: expand(text, variables) for name, _, text in pairs}


class Ignore:
    """The patterns of a .dockerignore: the last one that matches a path, or a folder above it, decides.

    Patterns are Go's ``filepath.Match`` with ``**`` for any number of folders; ``!`` takes a path back in.
    """

    def __init__(self, text: str) -> None:
        lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        self._patterns = [(not line.startswith("!"), _pattern(line.removeprefix("!"))) for line in lines]

    def leaves_out(self, path: str) -> bool:
        """Whether ``path`` (relative to the build's folder, with slashes) stays out of the build."""
        parts = path.split("/")
        paths = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        out = False
        for leaves_out, pattern in self._patterns:
            if any(pattern.fullmatch(one) for one in paths):
                out = leaves_out
        return out

    def files(self, folder: Path) -> list[str]:
        """Every file and link under ``folder`` that a build is given, sorted; empty folders are not listed."""
        taken_back = any(not leaves_out for leaves_out, _ in self._patterns)
        found: list[str] = []
        waiting = [folder]
        while waiting:
            for entry in waiting.pop().iterdir():
                path = entry.relative_to(folder).as_posix()
                out = self.leaves_out(path)
                if entry.is_dir() and not entry.is_symlink():
                    if not out or taken_back:  # a file in a folder that is left out may be taken back in
                        waiting.append(entry)
                elif not out:
                    found.append(path)
        return sorted(found)


def _pattern(text: str) -> re.Pattern[str]:
    expression = ""
    for part in re.findall(r"\*\*/|\*\*|\*|\?|\[[^\]]+\]|.", text.strip("/").removeprefix("./")):
        special = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
        expression += special.get(part) or (part if len(part) > 1 else re.escape(part))
    return re.compile(expression)
