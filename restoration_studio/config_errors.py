"""What can be wrong with the settings of a machine."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

from restoration_studio.errors import UsageError


class SettingUnknown(UsageError):
    """A setting has a name that no setting has."""

    code: ClassVar[str] = "setting_unknown"
    sentence: ClassVar[str] = "setting '{name}' is unknown; the settings are {listed}."

    name: str
    known: tuple[str, ...]

    @property
    def listed(self) -> str:
        return ", ".join(self.known)


class VariableUnknown(UsageError):
    """An environment variable has this program's prefix and the name of no setting."""

    code: ClassVar[str] = "variable_unknown"
    sentence: ClassVar[str] = "the environment variable {variable} is unknown; did you mean {nearest}?"

    variable: str
    nearest: str


class SettingNotUnderstood(UsageError):
    """A setting has a value of another kind than it takes."""

    code: ClassVar[str] = "setting_not_understood"
    sentence: ClassVar[str] = "setting '{name}' has the value '{value}', which cannot be understood."

    name: str
    value: Any


class SettingTooSmall(UsageError):
    """A setting has a number below its range, or one that is no number."""

    code: ClassVar[str] = "setting_too_small"
    sentence: ClassVar[str] = "{name} must be {least}, not {value}."

    name: str
    least: str
    value: float


class SettingOfNoChoice(UsageError):
    """A setting has a value that is none of its choices."""

    code: ClassVar[str] = "setting_of_no_choice"
    sentence: ClassVar[str] = "{name} '{value}' is unknown; use one of {listed}."

    name: str
    value: str
    choices: tuple[str, ...]

    @property
    def listed(self) -> str:
        return _listed(self.choices)


class ConfigFileMissing(UsageError):
    """The environment names a configuration file that does not exist."""

    code: ClassVar[str] = "config_file_missing"
    sentence: ClassVar[str] = "the configuration file {path} named by {variable} does not exist."

    path: Path
    variable: str


class ConfigFileUnreadable(UsageError):
    """The configuration file cannot be read."""

    code: ClassVar[str] = "config_file_unreadable"
    sentence: ClassVar[str] = "the configuration file {path} cannot be read: {reason}."

    path: Path
    reason: str


class ConfigFileDamaged(UsageError):
    """The configuration file is not TOML."""

    code: ClassVar[str] = "config_file_damaged"
    sentence: ClassVar[str] = "the configuration file {path} is not TOML: {reason}."

    path: Path
    reason: str


class HomeMissing(UsageError):
    """The user has no home folder, as in some containers, and no folder was named instead."""

    code: ClassVar[str] = "home_missing"
    sentence: ClassVar[str] = "this user has no home folder; set {variables} to folders that can be written."

    names: tuple[str, ...]

    @property
    def variables(self) -> str:
        return " and ".join(self.names)


def _listed(choices: Iterable[str]) -> str:
    *most, last = choices
    return f"{', '.join(most)} or {last}" if most else last
