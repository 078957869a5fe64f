"""What a person may set: device, folders, limits and defaults.

A value comes, in this order, from the caller, from an environment variable
``RESTORATION_STUDIO_<NAME>``, from a TOML file (``RESTORATION_STUDIO_CONFIG``, else
``restoration-studio.toml`` in the user's configuration folder), or from the default below.
"""

from __future__ import annotations

import dataclasses
import os
import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_type_hints

from restoration_studio.errors import UsageError

VERSION = "0.1.0"

ENVIRONMENT_PREFIX = "RESTORATION_STUDIO_"
DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "float32", "bfloat16", "float16")
_BOOLEANS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def _user_folder(variable: str, fallback: str) -> Path:
    """The folder the system gives programs for a purpose, after the XDG base directories."""
    if sys.platform == "win32":
        variable, fallback = "LOCALAPPDATA", "~/AppData/Local"
    try:
        return Path(os.environ.get(variable) or fallback).expanduser() / "restoration-studio"
    except RuntimeError as error:  # a container's user without a home
        raise UsageError(
            f"this user has no home folder; set {ENVIRONMENT_PREFIX}CACHE_DIR and {variable} to folders that can "
            "be written."
        ) from error


def default_cache_dir() -> Path:
    return _user_folder("XDG_CACHE_HOME", "~/.cache")


def default_config_file() -> Path:
    return _user_folder("XDG_CONFIG_HOME", "~/.config") / "restoration-studio.toml"


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of this machine and person; what happens to a picture is in its recipe instead."""

    device: str = "auto"  # auto, cpu, mps, cuda or cuda:N
    precision: str = "auto"  # auto, float32, bfloat16 or float16
    cache_dir: Path = field(default_factory=default_cache_dir)  # where weights are kept
    offline: bool = False  # True: never touch the network, not even for weights
    accept_licences: tuple[str, ...] = ()  # models whose non-commercial licence was accepted
    max_input_megapixels: float = 250.0  # a larger picture is refused before it is decoded
    max_output_megapixels: float = 2000.0  # a recipe that would make a larger one is refused
    model_memory_mb: int = 4096  # loaded models above this are dropped, least recently used first
    stage_cache_mb: int = 512  # results of stages kept for the next run with other settings
    results_dir: Path | None = None  # where the studio's page offers to keep results; nowhere when not set
    presets_dir: Path | None = None  # presets of one's own, looked at before the shipped ones

    def __post_init__(self) -> None:
        if self.device not in DEVICES and not re.fullmatch(r"cuda:[0-9]{1,3}", self.device):
            raise UsageError(f"device '{self.device}' is unknown; use one of {', '.join(DEVICES)} or cuda:N.")
        if self.precision not in PRECISIONS:
            raise UsageError(f"precision '{self.precision}' is unknown; use one of {', '.join(PRECISIONS)}.")
        for name in ("max_input_megapixels", "max_output_megapixels", "model_memory_mb"):
            if not getattr(self, name) > 0:  # said so that NaN, which no picture would be over, is refused
                raise UsageError(f"{name} must be above 0, not {getattr(self, name)}.")
        if self.stage_cache_mb < 0:
            raise UsageError(f"stage_cache_mb must be 0 or more, not {self.stage_cache_mb}.")

    @property
    def weights_dir(self) -> Path:
        return self.cache_dir / "weights"

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None, **overrides: Any) -> Config:
        """Collect the settings from file, environment and ``overrides`` (None means not given).

        Raises:
            UsageError: a value cannot be understood, a name is unknown or the file is damaged.
        """
        environment = os.environ if environment is None else environment
        values: dict[str, Any] = _read_file(environment)
        known = {f.name for f in dataclasses.fields(cls)}
        for key, text in environment.items():
            name = key.removeprefix(ENVIRONMENT_PREFIX).lower()
            if key.startswith(ENVIRONMENT_PREFIX) and name in known and text.strip():  # empty: not set
                values[name] = text
        values.update({name: value for name, value in overrides.items() if value is not None})
        unknown = sorted(set(values) - known)
        if unknown:
            raise UsageError(f"setting '{unknown[0]}' is unknown; the settings are {', '.join(sorted(known))}.")
        hints = get_type_hints(cls)
        return cls(**{name: _convert(name, value, hints[name]) for name, value in values.items()})


def _read_file(environment: Mapping[str, str]) -> dict[str, Any]:
    named = environment.get(ENVIRONMENT_PREFIX + "CONFIG")
    path = _convert(f"{ENVIRONMENT_PREFIX}CONFIG", named, Path) if named else default_config_file()
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        if named:
            raise UsageError(
                f"the configuration file {path} named by {ENVIRONMENT_PREFIX}CONFIG does not exist."
            ) from error
        return {}
    except OSError as error:
        raise UsageError(f"the configuration file {path} cannot be read: {error.strerror or error}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"the configuration file {path} is not TOML: {error}.") from error


def _convert(name: str, value: Any, kind: Any) -> Any:
    """Turn the text of an environment variable or a TOML value into the field's type."""
    try:
        if kind is bool:
            return value if isinstance(value, bool) else _BOOLEANS[str(value).strip().lower()]
        if kind in (int, float):
            if isinstance(value, bool):
                raise TypeError("a switch is no number")
            return kind(value)
        if kind is str:
            return str(value).strip()
        if Path in (kind, *get_args(kind)):
            return None if value is None else Path(value).expanduser()
        parts = value.split(",") if isinstance(value, str) else value
        return tuple(str(part).strip() for part in parts if str(part).strip())
    except (KeyError, TypeError, ValueError, OverflowError, RuntimeError) as error:  # RuntimeError: ~nobody
        raise UsageError(f"setting '{name}' has the value '{value}', which cannot be understood.") from error
