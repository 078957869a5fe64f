"""Colours, hints and faces on the command line: what a person types, and what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from restoration_studio.cli.main import main
from restoration_studio.image.read import read_picture

ALONE = ["--no-sr", "--no-denoise", "--no-detail"]
DISC = ["--colorize-method", "hints", "--hint", "33%,50%,#c06030"]


@pytest.fixture(autouse=True)
def person(desk: Path) -> Path:
    """Somebody with a fresh machine without a network, in a folder of their own."""
    return desk


@pytest.fixture
def restore(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Runs the command line; gives the exit status and what was said on the error stream."""

    def run(*words: object) -> tuple[int, str]:
        capsys.readouterr()
        status = main([str(word) for word in words])
        return status, capsys.readouterr().err

    return run


Restore = Callable[..., tuple[int, str]]


def _disc(width: int = 180, height: int = 120) -> np.ndarray:
    """A light disc at a third of the width on a dark ground, grey levels of 8 bits."""
    y, x = np.mgrid[:height, :width]
    inside = np.hypot(x / width - 0.33, (y / height - 0.5) * height / width) < 0.2
    return np.where(inside, 170, 70).astype(np.uint8)


def _spread(path: str) -> np.ndarray:
    return np.asarray(np.ptp(read_picture(path).pixels, axis=2))


def test_hints_colour_what_they_lie_on(restore: Restore) -> None:
    Image.fromarray(_disc()).save("a.png")
    status, _ = restore("a.png", *ALONE, "--colorize-method", "hints", "--hint", "60,60,#c06030", "-o", "b.png")
    assert status == 0
    spread = _spread("b.png")
    assert spread[50:70, 50:70].min() > 0.1 and spread[:, 120:].max() < 0.02


def test_the_record_of_one_picture_colours_a_series_of_the_scene(restore: Restore, person: Path) -> None:
    Image.fromarray(_disc()).save("a.png")
    words = ["--colorize-method", "hints", "--hint", "60,60,#c06030", "--hint", "150,20,keep"]
    assert restore("a.png", *ALONE, *words, "-o", "b.png")[0] == 0
    Path("series").mkdir()
    for number, size in enumerate([(180, 120), (360, 240), (90, 60)]):
        Image.fromarray(_disc(*size)).save(f"series/{number}.png")
    records = [path for path in person.iterdir() if path.suffix == ".json"]
    assert restore("series", "--recipe", records[0], "-o", "out")[0] == 0
    for number, (width, height) in enumerate([(180, 120), (360, 240), (90, 60)]):
        (made,) = Path("out").glob(f"{number}*.png")
        spread = _spread(str(made))
        assert spread.shape == (height, width)
        assert spread[height // 2, width // 3] > 0.1 and spread[:, int(width * 0.7) :].max() < 0.02


@pytest.mark.parametrize("hints", [["10,10,#ff0000"], ["10%,10%,#ff0000", "50%,50%,keep"]])
def test_a_recipe_holds_hints(restore: Restore, hints: list[str]) -> None:
    Image.fromarray(_disc()).save("a.png")
    recipe = {"stages": [{"stage": "colorize", "method": "hints", "hints": ";".join(hints)}]}
    Path("r.json").write_text(json.dumps(recipe))
    assert restore("a.png", "--recipe", "r.json", "-o", "b.png")[0] == 0
    assert _spread("b.png")[5:15, 5:15].max() > 0.05


def test_a_fresh_machine_gives_colour_and_names_the_small_colouriser(restore: Restore, person: Path) -> None:
    from skimage.data import astronaut

    Image.fromarray(astronaut()).convert("L").resize((128, 128)).save("bw.jpg", quality=90)
    words = ["--no-sr", "--no-denoise", "--no-detail", "--colorize", "--colorize-quality", "128"]
    assert restore("bw.jpg", *words, "-o", "b.png")[0] == 0
    assert _spread("b.png").max() > 0.05
    (path,) = person.glob("*.json")
    record = json.loads(path.read_text())
    assert any("small colouriser that comes with the program" in note for note in record["notes"])
    assert record["recipe"]["stages"][0]["model"] == "small-colorizer"
    assert restore("bw.jpg", *words, "--colorize-saturation", "0", "-o", "grey.png")[0] == 0
    assert _spread("grey.png").max() <= 1 / 255


def _stored(kind: str) -> str:
    """A grey picture, stored in one of many ways; gives its name."""
    grey = Image.fromarray(_disc())
    deep = np.asarray(grey, np.uint16) * 257 + 3
    if kind == "16-bit grey":
        Image.fromarray(deep).save("a.png")
    elif kind == "16-bit RGB":
        tifffile.imwrite("a.tif", np.repeat(deep[..., None], 3, axis=2), photometric="rgb")
    elif kind == "CMYK":
        none = Image.new("L", grey.size)
        Image.merge("CMYK", [none, none, none, grey.point(lambda value: 255 - value)]).save("a.tif")
    elif kind == "RGB JPEG":
        grey.convert("RGB").save("a.jpg", quality=60)
    else:
        grey.convert(kind).save("a.png")
    (name,) = [name for name in ("a.png", "a.tif", "a.jpg") if Path(name).exists()]
    return name


STORED = ["L", "LA", "RGB", "RGBA", "P", "16-bit grey", "16-bit RGB", "CMYK", "RGB JPEG"]


@pytest.mark.parametrize("kind", STORED)
def test_a_grey_picture_stays_grey_to_the_bit_however_it_was_stored(restore: Restore, kind: str) -> None:
    name = _stored(kind)
    stages = ["--no-sr", "--denoise-method", "nlm", "--denoise-strength", "8", "--detail", "--grain"]
    grain = ["--grain-method", "manual", "--grain-level", "8"]
    target = Path(name).with_stem("b")
    assert restore(name, *stages, *grain, "-o", target)[0] == 0
    before, after = read_picture(name).pixels, read_picture(target).pixels
    assert np.abs(after - before).max() > 0.01, "something was done"
    for channel in (1, 2):
        np.testing.assert_array_equal(after[..., 0], after[..., channel])


@pytest.mark.parametrize("kind", STORED)
def test_a_grey_picture_takes_colour_however_it_was_stored(restore: Restore, kind: str) -> None:
    name = _stored(kind)
    assert restore(name, *ALONE, *DISC, "-o", "b.png")[0] == 0
    assert _spread("b.png")[50:70, 50:65].min() > 0.05


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["--hint", "red"], 2, "a hint is x,y,#rrggbb"),
        (["--hint", "400,10,#ff0000"], 2, "lies outside the picture of 180x120 pixels"),
        (["--colorize-method", "hints"], 2, "the method hints colours what hints lie on; give one"),
        (["--colorize-model", "ffdnet-color"], 2, "not for colourisation"),
        (["--colorize-model", "gone.safetensors"], 3, "gone.safetensors does not exist"),
        (["--colorize-model", "ddcolor-artistic"], 3, "ddcolor-artistic are not on this machine"),
        (["--colorize-saturation", "3"], 2, "--colorize-saturation takes a number from 0 to 2"),
        (["--faces"], 3, "are not on this machine and offline is set"),
        (["--faces", "--faces-model", "codeformer"], 3, "--accept-licence"),
        (["--faces", "--faces-model", "codeformer", "--accept-licence", "codeformer"], 3, "are not on this machine"),
        (["--faces", "--faces-model", "restoreformer"], 2, "RestoreFormer.pth and name that file"),
        (["--faces", "--faces-model", "gone.pth"], 3, "gone.pth does not exist"),
        (["--faces", "--faces-which", "left"], 2, "say all, centre or numbers of faces such as 1,3, not 'left'"),
        (["--faces", "--faces-which", "0"], 2, "say all, centre or numbers of faces"),
        (["--faces", "--faces-strengths", "1,2"], 2, "give numbers from 0 to 1 with commas between them"),
        (["--faces", "--faces-smallest", "2"], 2, "--faces-smallest takes a whole number from 8 to 512"),
        (["--grain", "--grain-method", "film"], 2, "--grain-method does not know 'film'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    restore: Restore, person: Path, words: list[str], status: int, sentence: str
) -> None:
    Image.fromarray(_disc()).save("a.png")
    found, said = restore("a.png", *ALONE, *words)
    assert found == status and sentence in said
    assert len(said.strip().splitlines()) == 1 and "Traceback" not in said and "^(" not in said
    assert [path.name for path in person.iterdir()] == ["a.png"]
