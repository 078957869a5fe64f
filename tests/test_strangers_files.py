"""Files beside a stranger's pictures are never run, whichever way the program is started from there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

REPOSITORY = Path(__file__).parent.parent
# Among them modules of the standard library, which Python would take from the current folder first, too.
PLANTED = ("pip", "torch", "sitecustomize", "usercustomize", "streamlit", "typing", "json", "argparse", "dataclasses",
           "pathlib", "pickle", "subprocess", "config", "models", "utils")  # fmt: skip
PACKAGES = ("numpy", "PIL", "cv2", "pydantic", "multiprocessing")
WAYS = {
    "script": [str(REPOSITORY / "restore.py")],
    "package": ["-m", "restoration_studio", "restore"],
    "module": ["-m", "restoration_studio.cli.main"],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a picture, and with files that leave a mark when they are run."""
    place = tmp_path / "strangers"
    place.mkdir()
    mark = "import builtins, sys; builtins.open(__file__ + '.ran', 'w').close()\n"
    for name in PLANTED:
        (place / f"{name}.py").write_text(mark)
    for name in PACKAGES:
        (place / name).mkdir()
        (place / name / "__init__.py").write_text(mark)
    Image.fromarray(np.full((20, 30, 3), 90, np.uint8)).save(place / "a.png")
    (place / ".streamlit").mkdir()
    (place / ".streamlit" / "secrets.toml").write_text("PYTHONPATH = '.'\n")
    monkeypatch.chdir(place)
    for name, value in (("PYTHONPATH", str(REPOSITORY)), ("RESTORATION_STUDIO_CACHE_DIR", str(tmp_path / "cache"))):
        monkeypatch.setenv(name, value)
    return place


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, timeout=120)


def ran(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.ran"))


def test_the_planted_files_would_run(folder: Path) -> None:
    run("-c", "import numpy, pip")
    assert ran(folder) == ["__init__.py.ran", "pip.py.ran"]


@pytest.mark.parametrize("way", WAYS)
def test_a_picture_restored_from_its_folder(folder: Path, way: str) -> None:
    made = run(*WAYS[way], "a.png", "--no-sr", "--denoise-method", "nlm", "-o", "b.png", "--quiet")
    assert made.returncode == 0, made.stderr
    assert (folder / "b.png").exists()
    assert ran(folder) == []


@pytest.mark.parametrize("module", ["weights", "training", "evaluation"])
def test_the_other_commands(folder: Path, module: str) -> None:
    words = {"weights": ["list"], "training": ["list"], "evaluation": ["--help"]}[module]
    made = run("-m", f"restoration_studio.{module}", *words)
    assert made.returncode == 0, made.stderr
    assert ran(folder) == []


def test_the_pages_process_starts_elsewhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = run("-m", "restoration_studio", "--help")
    assert made.returncode == 0 and "page" in made.stdout, made.stderr
    made = run("-m", "restoration_studio", "page", "--help")
    assert made.returncode == 0 and "--port" in made.stdout, made.stderr
    assert ran(folder) == []


def test_worker_processes(folder: Path) -> None:
    """As those that load a training's pictures are where processes cannot be forked."""
    code = """
import sys
sys.argv = ["-m"]  # as it is while Python looks for what to run
import restoration_studio
import multiprocessing
process = multiprocessing.get_context("spawn").Process(target=print, args=("worked",))
process.start()
process.join()
"""
    made = run("-c", code)
    assert made.stdout == "worked\n", made.stderr
    assert ran(folder) == []


def test_a_checkout_run_from_within_finds_itself() -> None:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    made = subprocess.run(
        [sys.executable, "-m", "restoration_studio", "--version"],
        cwd=REPOSITORY, env=clean, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
