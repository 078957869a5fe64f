"""What a person may set: device, folders, limits and defaults.

A value comes, in this order, from the caller, from an environment variable
``RESTORATION_STUDIO_<NAME>``, from a TOML file (``RESTORATION_STUDIO_CONFIG``, else
``restoration-studio.toml`` in the user's configuration folder), or from the default below.

``Config`` itself is a plain dataclass, cheap to import and never looking at the environment; ``Config.load`` collects
the values with pydantic-settings, which is imported there.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

from restoration_studio.config_errors import (
    ConfigFileDamaged,
    ConfigFileMissing,
    ConfigFileUnreadable,
    HomeMissing,
    SettingNotUnderstood,
    SettingOfNoChoice,
    SettingTooSmall,
    SettingUnknown,
    VariableUnknown,
)

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings

VERSION = "0.1.0"

ENVIRONMENT_PREFIX = "RESTORATION_STUDIO_"
DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "float32", "bfloat16", "float16")

_APPLICATION = "restoration-studio"
_FILE_VARIABLE = ENVIRONMENT_PREFIX + "CONFIG"
# Kubernetes gives every container the addresses of its services, and one may well be called restoration-studio.
_OF_KUBERNETES = re.compile(r"(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$")


def _user_folder(purpose: str, variable: str, fallback: str) -> Path:
    """The folder that the system gives programs for a purpose.

    Args:
        purpose: "cache" or "config".
        variable, fallback: where the folder was on every system but Windows before platformdirs was asked; a folder
            that is still there stays in use.

    Raises:
        HomeMissing: the user has no home folder.
    """
    from platformdirs import PlatformDirs

    folders = PlatformDirs(_APPLICATION, appauthor=False, opinion=False)
    try:
        folder = folders.user_cache_path if purpose == "cache" else folders.user_config_path
        if sys.platform == "win32":
            return folder  # %LOCALAPPDATA%, as it was
        former = Path(os.environ.get(variable) or fallback).expanduser() / _APPLICATION
    except RuntimeError as error:
        raise HomeMissing(names=(f"{ENVIRONMENT_PREFIX}CACHE_DIR", variable)) from error
    return former if former != folder and former.is_dir() else folder


def default_cache_dir() -> Path:
    """Where weights are kept unless a person says otherwise; ``~/.cache/restoration-studio`` on Linux."""
    return _user_folder("cache", "XDG_CACHE_HOME", "~/.cache")


def default_config_file() -> Path:
    """The configuration file that is read unless a person names another."""
    return _user_folder("config", "XDG_CONFIG_HOME", "~/.config") / f"{_APPLICATION}.toml"


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of this machine and person; what happens to a picture is in its recipe instead.

    Raises:
        SettingOfNoChoice, SettingTooSmall: a value is out of its range.
    """

    device: str = "auto"  # auto, cpu, mps, cuda or cuda:N
    precision: str = "auto"  # auto, float32, bfloat16 or float16
    cache_dir: Path = field(default_factory=default_cache_dir)  # where weights are kept
    offline: bool = False  # True: never touch the network, not even for weights
    accept_licences: tuple[str, ...] = ()  # models whose non-commercial licence was accepted
    max_input_megapixels: float = 250.0  # a larger picture is refused before it is decoded
    max_output_megapixels: float = 2000.0  # a recipe that would make a larger one is refused
    model_memory_mb: int = 8192  # loaded models above this are dropped, least recently used first
    stage_cache_mb: int = 512  # results of stages kept for the next run with other settings
    results_dir: Path | None = None  # where the studio's page offers to keep results; nowhere when not set
    presets_dir: Path | None = None  # presets of one's own, looked at before the shipped ones

    def __post_init__(self) -> None:
        if self.device not in DEVICES and not re.fullmatch(r"cuda:[0-9]{1,3}", self.device):
            raise SettingOfNoChoice(name="device", value=self.device, choices=(*DEVICES, "cuda:N"))
        if self.precision not in PRECISIONS:
            raise SettingOfNoChoice(name="precision", value=self.precision, choices=PRECISIONS)
        for name in ("max_input_megapixels", "max_output_megapixels", "model_memory_mb"):
            value = getattr(self, name)
            if not value > 0:  # in these words so that NaN, which no picture would be over, is refused
                raise SettingTooSmall(name=name, least="above 0", value=value)
        if self.stage_cache_mb < 0:
            raise SettingTooSmall(name="stage_cache_mb", least="0 or more", value=self.stage_cache_mb)

    @property
    def weights_dir(self) -> Path:
        return self.cache_dir / "weights"

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None, **overrides: Any) -> Config:
        """Collect the settings from file, environment and ``overrides`` (None means not given).

        Raises:
            UsageError: a value cannot be understood, a name is unknown or the file is damaged.
        """
        from pydantic import ValidationError

        environment = os.environ if environment is None else environment
        known = tuple(sorted(one.name for one in dataclasses.fields(cls)))
        _check_variables(environment, known)
        given = {name: value for name, value in overrides.items() if value is not None}
        try:
            settings = _settings_model(environment)(**given)
        except ValidationError as error:
            mistakes = error.errors(include_url=False)
            for mistake in mistakes:
                if mistake["type"] == "extra_forbidden":
                    raise SettingUnknown(name=str(mistake["loc"][0]), known=known) from error
            raise SettingNotUnderstood(name=str(mistakes[0]["loc"][0]), value=mistakes[0]["input"]) from error
        return cls(**settings.model_dump(exclude_unset=True))


def _check_variables(environment: Mapping[str, str], settings: tuple[str, ...]) -> None:
    """Complain of a misspelt variable, which would quietly change nothing."""
    known = [_FILE_VARIABLE, *(ENVIRONMENT_PREFIX + name.upper() for name in settings)]
    for variable, value in environment.items():
        name = variable.upper()
        if not name.startswith(ENVIRONMENT_PREFIX) or name in known or not value.strip():
            continue
        if _OF_KUBERNETES.match(name.removeprefix(ENVIRONMENT_PREFIX)):
            continue
        nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
        raise VariableUnknown(variable=variable, nearest=nearest[0])


def _settings_model(environment: Mapping[str, str]) -> type[BaseSettings]:
    """A pydantic-settings model with the fields of ``Config`` that reads the environment and the person's file."""
    from pydantic import BeforeValidator, create_model
    from pydantic_settings import (
        BaseSettings,
        EnvSettingsSource,
        InitSettingsSource,
        NoDecode,
        PydanticBaseSettingsSource,
        SettingsConfigDict,
    )

    class Environment(EnvSettingsSource):
        def _load_env_vars(self) -> Mapping[str, str | None]:
            # An empty variable is one that is not set: what a compose file makes of ${VARIABLE:-}.
            return {name.lower(): value for name, value in environment.items() if value.strip()}

    class Sources(BaseSettings):
        model_config = SettingsConfigDict(validate_default=False)

        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            variables = Environment(settings_cls, env_prefix=ENVIRONMENT_PREFIX)
            return init_settings, variables, InitSettingsSource(settings_cls, _read_file(environment))

    # The defaults are those of Config, which fills in what nobody has set.
    fields: dict[str, Any] = {
        name: (Annotated[kind, NoDecode, BeforeValidator(partial(_prepare, kind))], None)
        for name, kind in get_type_hints(Config).items()
    }
    return create_model("ConfigSources", __base__=Sources, **fields)


def _prepare(kind: Any, value: Any) -> Any:
    """What a person writes, in the form that pydantic takes for ``kind``."""
    if isinstance(value, str):
        value = value.strip()
    if kind in (int, float) and isinstance(value, bool):
        raise ValueError("a switch is no number")
    if kind is str and not isinstance(value, str | Mapping | list):
        return str(value)
    if Path in (kind, *get_args(kind)) and isinstance(value, str | Path):
        try:
            return Path(value).expanduser()
        except RuntimeError as error:  # ~nobody
            raise ValueError(str(error)) from error
    if get_origin(kind) is tuple:
        parts = value.split(",") if isinstance(value, str) else value
        return [str(part).strip() for part in parts if str(part).strip()] if isinstance(parts, Iterable) else parts
    return value


def _read_file(environment: Mapping[str, str]) -> dict[str, Any]:
    """What the person's configuration file sets; nothing where there is none and none is named."""
    named = environment.get(_FILE_VARIABLE)
    try:
        path = Path(named).expanduser() if named else default_config_file()
    except RuntimeError as error:  # ~nobody
        raise SettingNotUnderstood(name=_FILE_VARIABLE, value=named) from error
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        if named:
            raise ConfigFileMissing(path=path, variable=_FILE_VARIABLE) from error
        return {}
    except OSError as error:
        raise ConfigFileUnreadable(path=path, reason=error.strerror or str(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigFileDamaged(path=path, reason=str(error)) from error
