"""The wheel, built and installed into an empty environment, and used there as a new user would."""

from __future__ import annotations

import contextlib
import os
import shutil
import site
import socket
import subprocess
import sys
import time
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
SCRIPTS = "Scripts" if sys.platform == "win32" else "bin"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of what git knows and does not ignore, built where nothing of an earlier build lies."""
    place = tmp_path_factory.mktemp("wheel")
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if not name.startswith(("tests/", "docs/", "benchmarks/")) and (REPOSITORY / name).is_file():
            (place / "source" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, place / "source" / name)
    words = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-q", "-w", "."]
    subprocess.run([*words, "./source"], cwd=place, check=True)
    return next(place.glob("*.whl"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing but the wheel, and what it requires borrowed from this one."""
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, with_pip=False, symlinks=sys.platform != "win32")
    python = place / SCRIPTS / "python"
    words = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", "-q"]
    subprocess.run([*words, str(wheel)], check=True)
    # A folder named in a .pth file comes last on the path, and .pth files in it, as an editable install has one, are
    # not read: the checkout cannot be found through it.
    (packages(place) / "borrowed.pth").write_text("\n".join(site.getsitepackages()))
    return place


def packages(environment: Path) -> Path:
    return next(environment.glob("[Ll]ib/**/site-packages"))


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a person who has just installed it; a module of somebody else lies there."""
    place = tmp_path / "elsewhere"
    place.mkdir()
    for name in ("streamlit", "numpy", "pip", "json"):
        (place / f"{name}.py").write_text("open('ran', 'w').close()")
    monkeypatch.chdir(place)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("RESTORATION_STUDIO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("RESTORATION_STUDIO_OFFLINE", "1")
    return place


def run(environment: Path, command: str, *words: str) -> str:
    """What the command prints."""
    ran = subprocess.run(
        [environment / SCRIPTS / command, *words], capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_only_the_package_is_at_the_top(wheel: Path, environment: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"restoration_studio"}
    for wanted in ("py.typed", "engine/presets/old-photo.json", "studio/assets/page.css", "studio/page/studio_page.py",
                   "examples/README.md", "studio/settings/config.toml"):  # fmt: skip
        assert f"restoration_studio/{wanted}" in names
    python_files = {path.relative_to(REPOSITORY).as_posix() for path in REPOSITORY.glob("restoration_studio/**/*.py")}
    assert python_files == {name for name in names if name.endswith(".py")}
    installed = {path.name for path in packages(environment).iterdir() if path.suffix not in (".dist-info", ".pth")}
    assert installed == {"restoration_studio"}


def test_a_picture_is_restored(environment: Path, elsewhere: Path) -> None:
    code = "from restoration_studio.studio.core.examples import examples; print(*examples().values(), sep='\\n')"
    pictures = run(environment, "python", "-P", "-c", code).split("\n")[:-1]
    assert len(pictures) == 6
    assert all(packages(environment) / "restoration_studio" in Path(name).parents for name in pictures)
    words = ["--no-sr", "--denoise-method", "nlm", "--quiet", "--json"]
    assert '"photographer_scratched' in run(environment, "restore", pictures[2], "-o", "photographer_scratched.png",
                                            *words)  # fmt: skip
    run(environment, "python", "-m", "restoration_studio", "restore", pictures[0], "-o", "again.png", *words)
    assert sorted(path.name for path in elsewhere.glob("*.png")) == ["again.png", "photographer_scratched.png"]
    assert not (elsewhere / "ran").exists()


def test_the_commands_say_what_they_take(environment: Path, elsewhere: Path) -> None:
    assert "--sr-scale" in run(environment, "restore", "--help")
    assert "page" in run(environment, "restoration-studio", "--help")
    assert "--port" in run(environment, "restoration-studio", "page", "--help")
    assert run(environment, "restoration-studio", "--version") == run(
        environment, "python", "-m", "restoration_studio", "--version"
    )


@pytest.mark.parametrize("words", [["restoration-studio"], ["python", "-m", "restoration_studio"]])
def test_the_page_opens_from_any_folder(environment: Path, elsewhere: Path, words: list[str]) -> None:
    with page(environment, words) as address:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=10) as answer:
            assert answer.status == 200
        with urllib.request.urlopen(f"{address}/_stcore/host-config", timeout=10) as answer:
            assert answer.status == 200
    assert not (elsewhere / "ran").exists()


def test_the_page_shows_its_examples(environment: Path, elsewhere: Path) -> None:
    script = packages(environment) / "restoration_studio" / "studio" / "page" / "studio_page.py"
    code = f"""
from streamlit.testing.v1 import AppTest
page = AppTest.from_file({str(script)!r}, default_timeout=80).run()
assert not page.exception, page.exception
print(*[button.label for button in page.button], sep="\\n")"""
    assert "Small, noisy portrait" in run(environment, "python", "-P", "-c", code)


@contextlib.contextmanager
def page(environment: Path, words: list[str]) -> Iterator[str]:
    """A page that answers, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen(
        [environment / SCRIPTS / words[0], *words[1:], "--port", str(port)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as running:  # fmt: skip
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(600):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()
                    break
                assert running.poll() is None, running.stdout and running.stdout.read()
                time.sleep(0.1)
            yield address
        finally:
            running.terminate()
            assert running.wait(timeout=20) == 0
