"""Settings of the machine: where they come from, and what is refused."""

from __future__ import annotations

import dataclasses
import math
import subprocess
import sys
from pathlib import Path

import pytest

from restoration_studio.config import Config, default_cache_dir, default_config_file
from restoration_studio.config_errors import HomeMissing, VariableUnknown
from restoration_studio.errors import UsageError


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "etc"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def configuration(tmp_path: Path, text: str) -> dict[str, str]:
    file = tmp_path / "studio.toml"
    file.write_text(text, encoding="utf-8")
    return {"RESTORATION_STUDIO_CONFIG": str(file)}


def test_the_caller_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    environment = configuration(tmp_path, 'device = "cpu"\nmodel_memory_mb = 100\nstage_cache_mb = 7\n')
    environment |= {"RESTORATION_STUDIO_MODEL_MEMORY_MB": "200", "RESTORATION_STUDIO_STAGE_CACHE_MB": "8"}
    config = Config.load(environment, stage_cache_mb=9, offline=None)
    assert (config.device, config.model_memory_mb, config.stage_cache_mb) == ("cpu", 200, 9)
    assert config.offline is False


def test_the_persons_own_file_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "etc" / "restoration-studio"
    folder.mkdir(parents=True)
    (folder / "restoration-studio.toml").write_text('precision = "float32"\n')
    assert Config.load({}).precision == "float32"


def test_each_kind_of_value_is_understood_from_text() -> None:
    config = Config.load(
        {
            "RESTORATION_STUDIO_OFFLINE": "Yes",
            "RESTORATION_STUDIO_MAX_INPUT_MEGAPIXELS": "12.5",
            "RESTORATION_STUDIO_ACCEPT_LICENCES": "one, two,",
            "RESTORATION_STUDIO_PRESETS_DIR": "~/presets",
            "RESTORATION_STUDIO_DEVICE": " cuda:1 ",
        }
    )
    assert config.offline is True
    assert config.max_input_megapixels == 12.5
    assert config.accept_licences == ("one", "two")
    assert config.presets_dir == Path.home() / "presets"
    assert config.device == "cuda:1"


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    # What a compose file makes of ${VARIABLE:-}. Path("") would be the folder one happens to be in.
    empty = {"RESTORATION_STUDIO_CACHE_DIR": "", "RESTORATION_STUDIO_OFFLINE": " ", "RESTORATION_STUDIO_DEVICE": ""}
    config = Config.load(empty)
    assert config.cache_dir == default_cache_dir()
    assert config.offline is False
    assert config.device == "auto"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEVICE", "quantum"),
        ("DEVICE", "auto:1"),
        ("DEVICE", "cpu:0"),
        ("DEVICE", "cuda:"),
        ("DEVICE", "cuda:x"),
        ("PRECISION", "int4"),
        ("MODEL_MEMORY_MB", "lots"),
        ("MODEL_MEMORY_MB", "0"),
        ("MODEL_MEMORY_MB", "-1"),
        ("STAGE_CACHE_MB", "-1"),
        ("MAX_INPUT_MEGAPIXELS", "nan"),
        ("MAX_OUTPUT_MEGAPIXELS", "0"),
        ("OFFLINE", "perhaps"),
        ("CACHE_DIR", "~nobody-of-this-name/x"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=value.removeprefix("~").split("/")[0]) as caught:
        Config.load({f"RESTORATION_STUDIO_{name}": value})
    assert name.lower() in str(caught.value)


def test_not_a_number_is_no_limit() -> None:
    with pytest.raises(UsageError, match="above 0"):
        Config(max_output_megapixels=math.nan)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("offlin = true\n", "'offlin' is unknown"),
        ("device = \n", "is not TOML"),
        ("[device]\nname = 'cpu'\n", "device"),
        ("model_memory_mb = true\n", "model_memory_mb"),
        ("cache_dir = 5\n", "cache_dir"),
        ("accept_licences = 5\n", "accept_licences"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Config.load(configuration(tmp_path, text))


def test_a_named_file_must_be_there_and_be_text(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.toml .* does not exist"):
        Config.load({"RESTORATION_STUDIO_CONFIG": str(tmp_path / "gone.toml")})
    with pytest.raises(UsageError, match="cannot be read"):
        Config.load({"RESTORATION_STUDIO_CONFIG": str(tmp_path)})
    (tmp_path / "picture.toml").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(UsageError, match="is not TOML"):
        Config.load({"RESTORATION_STUDIO_CONFIG": str(tmp_path / "picture.toml")})


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    # As in a container that runs with --user and a number that /etc/passwd does not have.
    for name in ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    with pytest.raises(HomeMissing, match="RESTORATION_STUDIO_CACHE_DIR and XDG_CACHE_HOME"):
        default_cache_dir()
    with pytest.raises(HomeMissing):
        Config.load({})


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("RESTORATION_STUDIO_DEVISE", "RESTORATION_STUDIO_DEVICE"),
        ("RESTORATION_STUDIO_MODELS_MEMORY_MB", "RESTORATION_STUDIO_MODEL_MEMORY_MB"),
        ("RESTORATION_STUDIO_CONFIGURATION", "RESTORATION_STUDIO_CONFIG"),
        ("restoration_studio_cachedir", "RESTORATION_STUDIO_CACHE_DIR"),
    ],
)
def test_a_misspelt_variable_is_told_with_the_nearest_name(variable: str, nearest: str) -> None:
    with pytest.raises(VariableUnknown, match=variable) as caught:
        Config.load({variable: "1"})
    assert caught.value.nearest == nearest
    assert nearest in str(caught.value)


def test_variables_of_others_are_left_alone() -> None:
    # Kubernetes gives a container these when a service is called restoration-studio.
    Config.load(
        {
            "RESTORATION_STUDIO_SERVICE_HOST": "10.0.0.7",
            "RESTORATION_STUDIO_SERVICE_PORT_HTTP": "8501",
            "RESTORATION_STUDIO_PORT": "tcp://10.0.0.7:8501",
            "RESTORATION_STUDIO_PORT_8501_TCP_ADDR": "10.0.0.7",
            "RESTORATION_STUDIO_DEVISE": "",
            "RESTORATION": "1",
        }
    )


def test_the_environment_counts_for_load_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTORATION_STUDIO_DEVICE", "cpu")
    assert Config().device == "auto"
    assert Config.load().device == "cpu"
    assert dataclasses.replace(Config.load(), offline=True).device == "cpu"


@pytest.mark.skipif(sys.platform != "linux", reason="the folders of Linux")
def test_the_folders_of_linux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_cache_dir() == tmp_path / "cache" / "restoration-studio"
    assert default_config_file() == tmp_path / "etc" / "restoration-studio" / "restoration-studio.toml"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_cache_dir() == tmp_path / ".cache" / "restoration-studio"
    assert default_config_file() == tmp_path / ".config" / "restoration-studio" / "restoration-studio.toml"


def test_a_folder_of_before_stays_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # macOS had ~/.cache before platformdirs was asked; a folder that platformdirs does not name stands for it here.
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "~/large disk")
    assert default_cache_dir() != tmp_path / "large disk" / "restoration-studio"
    (tmp_path / "large disk" / "restoration-studio").mkdir(parents=True)
    assert default_cache_dir() == tmp_path / "large disk" / "restoration-studio"


def test_importing_the_settings_is_cheap() -> None:
    code = "import restoration_studio.config, sys; print({'pydantic', 'platformdirs'} & {*sys.modules})"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "set()"
