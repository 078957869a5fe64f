"""The colour study: grey and tint as they are said to be, known differences, the report and its command."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restoration_studio.config import Config
from restoration_studio.evaluation.__main__ import main
from restoration_studio.evaluation.colour import colourfulness, difference, made_grey, mean_colour, study, tinted
from restoration_studio.image.picture import FloatArray


@pytest.fixture
def folder(tmp_path: Path, photograph: FloatArray) -> Path:
    (tmp_path / "data").mkdir()
    for number in range(2):
        pixels = np.roll(photograph, 30 * number, axis=1)
        Image.fromarray((pixels * 255).round().astype(np.uint8)).save(tmp_path / "data" / f"{number}.png")
    return tmp_path / "data"


def test_grey_keeps_the_luminance(photograph: FloatArray) -> None:
    from restoration_studio.image.srgb import LUMINANCE, decode

    grey = made_grey(photograph)
    assert np.array_equal(grey[..., 0], grey[..., 2]) and colourfulness(grey) == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(decode(grey) @ LUMINANCE, decode(photograph) @ LUMINANCE, atol=1e-4)


def test_a_tint_keeps_the_lightness_and_has_its_colour(photograph: FloatArray) -> None:
    from skimage.color import rgb2lab

    grey = np.clip(made_grey(photograph), 0.2, 0.8)
    lab = rgb2lab(tinted(grey, (3.0, 9.0)))
    np.testing.assert_allclose(lab[..., 0], rgb2lab(grey)[..., 0], atol=0.3)
    np.testing.assert_allclose(lab[..., 1:].mean((0, 1)), (3.0, 9.0), atol=0.3)


def test_differences(photograph: FloatArray) -> None:
    assert difference(photograph, photograph) == 0
    low, high = np.full((4, 4, 3), 0.5, np.float32), np.full((4, 4, 3), 0.6, np.float32)
    assert difference(low, high) == pytest.approx(9.2, abs=0.5)  # ten grey levels of lightness near the middle


def test_the_mean_colour_of_a_folder(tmp_path: Path) -> None:
    Image.new("RGB", (16, 16), (200, 100, 100)).save(tmp_path / "a.png")
    Image.new("RGB", (16, 16), (100, 100, 100)).save(tmp_path / "b.png")
    from skimage.color import rgb2lab

    red = rgb2lab(np.array([[[200, 100, 100]]], np.uint8))[0, 0]
    assert mean_colour([tmp_path / "a.png", tmp_path / "b.png"]) == pytest.approx((red[1] / 2, red[2] / 2), abs=0.05)


def test_rows_of_the_study(folder: Path) -> None:
    rows, sheet = study(sorted(folder.iterdir()), ["grey", "tint"], config=Config(), progress=lambda _: None)
    assert [row.method for row in rows] == ["truth", "grey", "tint"] * 2
    assert rows[0].colourfulness > rows[2].colourfulness > rows[1].colourfulness
    assert all(row.difference > 0 for row in rows if row.method != "truth")
    assert len(sheet) == 2 and len(sheet[0][1]) == 3


def test_the_command_writes_a_report(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["colour", "--data", str(folder), "--output", str(tmp_path / "out")]) == 0
    report = (tmp_path / "out" / "report.md").read_text()
    assert "python -m restoration_studio.evaluation colour" in report and "| tint |" in report
    with open(tmp_path / "out" / "colours.csv", encoding="utf-8") as stream:
        assert len(list(csv.DictReader(stream))) == 6
    with Image.open(tmp_path / "out" / "contact_sheet.png") as sheet:
        assert sheet.width > 3 * 100
    assert main(["colour", "--data", str(folder), "--limit", "0", "--output", str(tmp_path / "no")]) == 2
    assert main(["colour", "--data", str(tmp_path / "none"), "--output", str(tmp_path / "no")]) != 0
    assert main(["colour", "--data", str(folder), "--methods", "nothing", "--output", str(tmp_path / "no")]) != 0
    assert "nothing" in capsys.readouterr().err
    assert main(["colour", "--data", str(folder), "--methods", "grey,grey", "--output", str(tmp_path / "no")]) == 2
    assert "'grey'" in capsys.readouterr().err
    with Image.open(folder / "0.png") as image:
        image.convert("L").save(folder / "0.png")
    assert main(["colour", "--data", str(folder), "--output", str(tmp_path / "no")]) == 2
    assert "0.png is black and white" in capsys.readouterr().err


def test_folders_may_be_given_one_by_one(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (folder / "1.png").rename(tmp_path / "more" / "1.png")
    output = tmp_path / "out"
    assert main(["colour", "--data", str(folder), "--data", str(tmp_path / "more"), "--output", str(output)]) == 0
    with (output / "colours.csv").open(newline="") as file:
        assert {row["picture"] for row in csv.DictReader(file)} == {"data/0.png", "more/1.png"}
