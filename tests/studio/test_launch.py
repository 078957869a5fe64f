"""The page's settings and environment when it is opened from any folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from restoration_studio.studio import launch
from restoration_studio.studio.core.shipped import examples_folder, settings_file


def test_settings_are_handed_on_as_flags() -> None:
    flags = launch._flags(settings_file(), {})
    assert "--server.headless=true" in flags and "--server.maxUploadSize=500" in flags
    assert "--theme.light.primaryColor=#a8500f" in flags
    assert "--server.maxUploadSize=500" not in launch._flags(settings_file(), {"STREAMLIT_SERVER_MAX_UPLOAD_SIZE": "9"})


def test_streamlit_knows_every_flag() -> None:
    pytest.importorskip("streamlit")
    ran = subprocess.run(
        [sys.executable, "-m", "streamlit", "run", "--help"], capture_output=True, text=True, check=True
    )
    for flag in launch._flags(settings_file(), {}):
        assert f"{flag.partition('=')[0]} " in ran.stdout


def test_relative_places_are_the_persons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"RESTORATION_STUDIO_RESULTS_DIR": "out", "RESTORATION_STUDIO_CACHE_DIR": "~/cache", "OTHER": "out"}
    assert launch._environment(given) == given | {"RESTORATION_STUDIO_RESULTS_DIR": str(tmp_path / "out")}


def test_the_examples_of_a_checkout() -> None:
    assert (examples_folder() / "portrait_small.jpg").is_file()


def test_wrong_settings_are_told_before_the_page_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(launch, "find_spec", lambda _name: True)
    monkeypatch.setattr(launch.subprocess, "Popen", None)
    monkeypatch.setenv("RESTORATION_STUDIO_DEVCE", "cpu")
    assert launch.main([]) == 2
    assert "did you mean RESTORATION_STUDIO_DEVICE?" in capsys.readouterr().err


def test_a_port_that_is_no_number_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(launch, "find_spec", lambda _name: True)
    monkeypatch.setattr(launch.subprocess, "Popen", None)
    monkeypatch.setenv("STREAMLIT_SERVER_PORT", "first")
    assert launch.main([]) == 2
    assert "STREAMLIT_SERVER_PORT takes a number, not 'first'." in capsys.readouterr().err
