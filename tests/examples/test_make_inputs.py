from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageOps
from PIL.ExifTags import GPS, IFD, Base

from restoration_studio.evaluation.metrics import psnr
from restoration_studio.measure.noise import estimate_noise

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "examples" / "input"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_inputs", ROOT / "examples" / "make_inputs.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_inputs"] = module
    spec.loader.exec_module(module)
    return module


make_inputs = _load()
FILES = [example.file for example in make_inputs.EXAMPLES]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("input")
    command = [sys.executable, str(ROOT / "examples" / "make_inputs.py"), "--output", str(folder / "made")]
    subprocess.run(command, check=True, cwd=folder)
    return folder / "made"


def read(path: Path) -> NDArray[np.float32]:
    if path.suffix == ".tif":
        return tifffile.imread(path).astype(np.float32) / 65535
    return np.asarray(Image.open(path).convert("RGB"), np.float32) / 255


def test_running_twice_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    assert make_inputs.main(["--output", str(tmp_path)]) == 0
    names = sorted(path.name for path in made.iterdir())
    assert names == sorted([*FILES, "README.md"]) == sorted(path.name for path in tmp_path.iterdir())
    for name in names:
        assert (made / name).read_bytes() == (tmp_path / name).read_bytes(), name


@pytest.mark.parametrize("file", FILES)
def test_the_committed_files_are_what_the_script_makes(made: Path, file: str) -> None:
    """Encoders of other versions may differ a little; the pictures may not."""
    committed, fresh = read(COMMITTED / file), read(made / file)
    assert committed.shape == fresh.shape
    assert psnr(committed, fresh) > 40


def test_the_committed_readme_is_the_scripts() -> None:
    text = (COMMITTED / "README.md").read_text(encoding="utf-8")
    assert text == make_inputs.readme()
    for example in make_inputs.EXAMPLES:
        assert f"`{example.file}`" in text
        assert make_inputs.SOURCES[example.source][1] in ("CC0", "public domain")


def test_together_they_are_small() -> None:
    assert sum(path.stat().st_size for path in COMMITTED.iterdir()) < 1_500_000


@pytest.mark.parametrize("example", make_inputs.EXAMPLES, ids=FILES)
def test_each_file_is_damaged_and_its_subject_still_there(example: object) -> None:
    clean = make_inputs.source_pixels(example)
    damaged = make_inputs.damaged(example)
    assert damaged.pixels.shape == clean.shape
    assert 10 < psnr(clean, damaged.pixels) < 33
    assert np.corrcoef(clean.mean(axis=2).ravel(), damaged.pixels.mean(axis=2).ravel())[0, 1] > 0.9


def test_the_kinds_of_files() -> None:
    assert Image.open(COMMITTED / "photographer_scratched.jpg").mode == "L"
    assert tifffile.imread(COMMITTED / "cat_noisy_16bit.tif").dtype == np.uint16
    portrait = Image.open(COMMITTED / "portrait_small.jpg")
    assert max(portrait.size) <= 200
    assert estimate_noise(read(COMMITTED / "portrait_small.jpg")) > 4


def test_the_sideways_picture_carries_orientation_position_and_resolution() -> None:
    image = Image.open(COMMITTED / "coffee_sideways_phone.jpg")
    exif = image.getexif()
    assert exif[Base.Orientation] == 6
    assert image.info["dpi"] == pytest.approx((300, 300))
    assert exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] == pytest.approx((51, 28, 40))
    assert image.width > image.height
    upright = np.asarray(ImageOps.exif_transpose(image).convert("RGB"), np.float32) / 255
    example = next(e for e in make_inputs.EXAMPLES if e.file == "coffee_sideways_phone.jpg")
    assert psnr(upright, make_inputs.damaged(example).pixels) > 25


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert make_inputs.main(["--output", str(tmp_path / "file" / "inside")]) == 1
    assert "cannot be written" in capsys.readouterr().err
