"""Inpainting on the command line: rectangles and masks, the mask alone, several outcomes, and bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from restoration_studio.cli.main import main
from restoration_studio.image.picture import FloatArray

FILL = ("--inpaint", "--no-denoise", "--no-sr", "--no-detail")


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def person(desk: Path, photograph: FloatArray) -> Path:
    """Somebody with nothing configured, no weights, and ``a.png`` of 128x96 pixels in a folder of their own."""
    Image.fromarray((photograph * 255).round().astype(np.uint8)).save("a.png")
    return desk


@pytest.fixture
def restore(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def run(*words: object) -> Ran:
        capsys.readouterr()
        status = main([str(word) for word in words])
        return Ran(status, *capsys.readouterr())

    return run


def pixels(path: str) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def mask_file(name: str, rows: slice, columns: slice, size: tuple[int, int] = (96, 128), value: int = 255) -> str:
    mask = np.zeros(size, np.uint8)
    mask[rows, columns] = value
    Image.fromarray(mask).save(name)
    return name


def refused(ran: Ran, status: int, *parts: str) -> None:
    """One clear sentence on the error stream that names what it should."""
    assert ran.status == status, ran.err
    sentences = [line for line in ran.err.splitlines() if line.startswith("restore: ")]
    assert len(sentences) == 1 and sentences[0].endswith((".", "?")) and "Traceback" not in ran.err, ran.err
    for part in parts:
        assert part in sentences[0], sentences[0]


def test_a_rectangle_by_hand(restore: Callable[..., Ran]) -> None:
    ran = restore("a.png", *FILL, "--mask", "30,40,20,10", "--mask-grow", 0, "-o", "b.png")
    assert ran.status == 0 and "note: 200 pixels (1.6% of the picture) were filled." in ran.out
    before, after = pixels("a.png"), pixels("b.png")
    inside = np.zeros((96, 128), bool)
    inside[40:50, 30:50] = True
    np.testing.assert_array_equal(before[~inside], after[~inside])
    assert (before[inside] != after[inside]).any(axis=1).mean() > 0.8
    record = json.loads(Path("b.png.record.json").read_text())
    assert record["recipe"]["stages"][0]["area"]["rectangles"] == [[30, 40, 20, 10]]


def test_a_mask_switches_inpainting_on(restore: Callable[..., Ran]) -> None:
    assert restore("a.png", *FILL[1:], "--mask", mask_file("m.png", slice(5), slice(5)), "-o", "b.png").status == 0
    assert json.loads(Path("b.png.record.json").read_text())["stages"][0]["stage"] == "inpaint"


def test_the_mask_alone(restore: Callable[..., Ran], person: Path) -> None:
    ran = restore("a.png", "--mask", "30,40,20,10", "--mask-grow", 0, "--mask-only")
    assert ran.status == 0 and ran.out == "mask: a_mask.png (128x96, 1.63% to be filled)\n"
    mask = pixels("a_mask.png")
    assert mask.dtype == np.uint8 and mask.shape == (96, 128)
    assert (mask[40:50, 30:50] == 255).all() and mask.sum() == 200 * 255
    assert sorted(path.name for path in person.iterdir()) == ["a.png", "a_mask.png"]
    # It can be given back as a mask.
    assert restore("a.png", *FILL, "--mask", "a_mask.png", "-o", "b.png").status == 0


def test_the_mask_alone_goes_into_a_folder_that_is_not_there_yet(restore: Callable[..., Ran]) -> None:
    assert restore("a.png", "--mask", "30,40,20,10", "--mask-only", "-o", "masks/").status == 0
    assert Path("masks/a_mask.png").is_file()


def test_areas_may_be_given_one_by_one_and_begin_outside(restore: Callable[..., Ran]) -> None:
    given = ("--mask", "-5,-5,10,10", "--mask", "30,40,20,10", "--mask-keep", "30,40,1,1", "--mask-keep", "31,40,1,1")
    assert restore("a.png", *given, "--mask-grow", 0, "--mask-only", "-o", "m.png").status == 0
    mask = pixels("m.png") == 255
    assert mask[:5, :5].all() and mask.sum() == 25 + 200 - 2


def test_weights_for_a_method_that_takes_none_are_refused(restore: Callable[..., Ran]) -> None:
    ran = restore("a.png", *FILL, "--mask", "30,40,20,10", "--inpaint-model", "mine.safetensors")
    refused(ran, 2, "'ns' takes no weights", "mine.safetensors", "--inpaint-method")


def test_the_mask_of_damage_that_is_found(restore: Callable[..., Ran]) -> None:
    scratched = pixels("a.png").copy()
    scratched[:, 60:62] = 255
    Image.fromarray(scratched).save("s.png")
    ran = restore("s.png", "--inpaint", "--mask-kinds", "scratches", "--mask-only", "--json", "-o", "m.png")
    assert ran.status == 0, ran.err
    assert json.loads(ran.out)["mask"] == "m.png"
    assert (pixels("m.png")[:, 60:62] == 255).mean() > 0.5


def test_damage_is_found_by_a_network_of_ones_own(restore: Callable[..., Ran]) -> None:
    import torch
    from safetensors.torch import save_file

    from restoration_studio.networks import architecture_of
    from restoration_studio.networks.damage_unet import DamageUNet
    from restoration_studio.weights.load import ARCHITECTURE

    network = DamageUNet(widths=(8, 8))
    torch.nn.init.zeros_(network.last.weight)
    torch.nn.init.constant_(network.last.bias, 9)  # sure of every pixel
    save_file(network.state_dict(), "mine.safetensors", metadata={ARCHITECTURE: architecture_of(network)})
    words = ("a.png", "--mask-kinds", "learned", "--mask-model", "mine.safetensors", "--mask-only")
    assert restore(*words, "-o", "m.png").status == 0
    assert (pixels("m.png") == 255).all()
    words = ("a.png", "--inpaint", "--mask", "1,1,5,5", "--mask-model", "mine.safetensors")
    refused(restore(*words), 2, "--mask-model", "--mask-kinds learned")
    words = ("a.png", "--mask-kinds", "learned", "--mask-model", "small-colorizer", "--mask-only", "-o", "n.png")
    refused(restore(*words), 2, "'small-colorizer' is no damage finder")
    refused(restore(*words[:4], "gone.safetensors", *words[5:]), 3, "gone.safetensors does not exist")


def test_masks_alone_are_refused_where_they_cannot_be_written(restore: Callable[..., Ran], person: Path) -> None:
    mask = ("--mask", "1,1,5,5", "--mask-only")
    refused(restore("a.png", "--mask-only"), 2, "add --inpaint")
    refused(restore("a.png", *mask, "-o", "m.jpg"), 2, "m.jpg", "without loss")
    refused(restore("a.png", *mask, "-o", "a.png"), 2, "a.png is also the input")
    refused(restore("a.png", *mask, "-o", "a.png", "--overwrite"), 2, "is also the input")
    refused(restore(".", *mask), 2, "takes one picture")
    refused(restore("a.png", *mask, "--outcomes", 2), 2, "give one of them")
    refused(restore("a.png", *mask, "--dry-run"), 2, "--dry-run", "--mask-only")
    refused(restore("a.png", *mask, "--comparison"), 2, "--comparison", "--mask-only")
    assert [path.name for path in person.iterdir()] == ["a.png"]


def test_four_outcomes_and_their_sheet(restore: Callable[..., Ran], person: Path) -> None:
    ran = restore("a.png", *FILL, "--mask", "30,40,20,20", "--outcomes", 4, "-o", "b.png")
    assert ran.status == 0, ran.err
    names = [f"b_{number}.png" for number in range(1, 5)]
    expected = ["a.png", "b_outcomes.png", *names, *(f"{name}.record.json" for name in names)]
    assert sorted(path.name for path in person.iterdir()) == sorted(expected)
    assert len({pixels(name).tobytes() for name in names}) == 4
    assert min(pixels("b_outcomes.png").shape[:2]) > 96
    asked = [json.loads(Path(f"{name}.record.json").read_text())["recipe"]["stages"][0] for name in names]
    assert [step["method"] for step in asked] == ["ns", "telea", "harmonic", "partial-convolution"]
    # The record of the one that was chosen makes it again.
    assert restore("a.png", "--recipe", "b_4.png.record.json", "-o", "again.png").status == 0
    np.testing.assert_array_equal(pixels("again.png"), pixels("b_4.png"))


def test_outcomes_that_cannot_be_made(restore: Callable[..., Ran], person: Path) -> None:
    many = (*FILL, "--mask", "30,40,20,20", "--outcomes")
    refused(restore("a.png", *many, 99), 2, "--outcomes takes a whole number from 1 to 16")
    refused(restore("a.png", "--outcomes", 2), 2, "add --inpaint")
    refused(restore("a.png", *many, 2, "--outcome-methods", "telea,lamma"), 2, "lamma")
    refused(restore("a.png", *many, 2, "--comparison"), 2, "--comparison")
    refused(restore(".", *many, 2), 2, "takes one picture")
    refused(restore("a.png", *FILL, "--outcome-methods", "telea"), 2, "say how many")
    Path("b_outcomes.png").write_text("mine")
    refused(restore("a.png", *many, 2, "-o", "b.png"), 2, "b_outcomes.png exists")
    assert sorted(path.name for path in person.iterdir()) == ["a.png", "b_outcomes.png"]


# ---- bad input


def test_a_mask_of_another_size(restore: Callable[..., Ran]) -> None:
    small = mask_file("m.png", slice(10), slice(10), (48, 64))
    refused(restore("a.png", *FILL, "--mask", small), 2, "64x48", "128x96", "--fit-mask")
    assert restore("a.png", *FILL, "--mask", small, "--fit-mask", "-o", "b.png").status == 0
    changed = (pixels("a.png") != pixels("b.png")).any(axis=2)
    assert changed[:20, :20].mean() > 0.8 and not changed[24:].any()


def test_an_empty_mask(restore: Callable[..., Ran]) -> None:
    ran = restore("a.png", *FILL, "--mask", mask_file("m.png", slice(0), slice(0)), "-o", "b.png")
    assert ran.status == 0 and "note: nothing is marked or found to be damaged" in ran.out
    np.testing.assert_array_equal(pixels("a.png"), pixels("b.png"))


@pytest.mark.parametrize("method", ["telea", "ns", "harmonic"])
def test_a_full_mask(restore: Callable[..., Ran], person: Path, method: str) -> None:
    full = mask_file("m.png", slice(None), slice(None))
    refused(restore("a.png", *FILL, "--mask", full, "--inpaint-method", method), 2, "covers the whole picture")
    assert sorted(path.name for path in person.iterdir()) == ["a.png", "m.png"]


@pytest.mark.parametrize(("every", "share"), [(1, "100%"), (4, "75%")])
def test_a_picture_that_is_damaged_all_over(
    every: int, share: str, restore: Callable[..., Ran], person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a halftone seems to be to a finder that takes its dots for damage."""

    def found(pixels: np.ndarray, *_: object, **__: object) -> dict[str, np.ndarray]:
        sure = np.ones(pixels.shape[:2], np.float32)
        sure[:, : sure.shape[1] // every * (every > 1)] = 0
        return {"spots": sure}

    monkeypatch.setattr("restoration_studio.damage.find.confidences", found)
    refused(restore("a.png", *FILL, "--mask-grow", "0"), 2, f"found all over the picture ({share}", "--mask-threshold")
    assert [path.name for path in person.iterdir()] == ["a.png"]


@pytest.mark.parametrize("value", [127, 128])
def test_a_mask_of_grey_values(restore: Callable[..., Ran], value: int) -> None:
    mask = mask_file("m.png", slice(20, 40), slice(20, 40), value=value)
    assert restore("a.png", *FILL, "--mask", mask, "-o", "b.png").status == 0
    assert (pixels("a.png") != pixels("b.png")).any() == (value > 127)


@pytest.mark.parametrize("area", ["200,10,5,5", "-10,-10,5,5", "10,500 20,500 20,510"])
def test_an_area_outside_the_picture(restore: Callable[..., Ran], area: str) -> None:
    refused(restore("a.png", *FILL, f"--mask={area}"), 2, "outside the picture of 128x96")


@pytest.mark.parametrize("area", ["10,10,0,5", "10,10", "gone.png", "x,y,w,h"])
def test_an_area_that_is_none(restore: Callable[..., Ran], area: str) -> None:
    refused(restore("a.png", *FILL, "--mask", area), 2, area)


def test_a_mask_file_that_is_no_picture(restore: Callable[..., Ran]) -> None:
    Path("m.png").write_text("not a mask")
    refused(restore("a.png", *FILL, "--mask", "m.png"), 2, "m.png")


def test_alpha_in_a_mask_file(restore: Callable[..., Ran]) -> None:
    rgba = np.zeros((96, 128, 4), np.uint8)
    rgba[..., :3] = 255
    rgba[30:40, 30:40, 3] = 255
    Image.fromarray(rgba).save("m.png")
    assert restore("a.png", "--mask", "m.png", "--mask-grow", 0, "--mask-only", "-o", "out.png").status == 0
    assert pixels("out.png").sum() == 100 * 255


def test_a_kind_of_damage_that_is_none(restore: Callable[..., Ran]) -> None:
    refused(restore("a.png", *FILL, "--mask-kinds", "rust"), 2, "rust", "scratches")
    refused(restore("a.png", *FILL, "--mask-kinds", "none"), 2, "nothing says what to fill")


def test_weights_that_are_not_here(restore: Callable[..., Ran]) -> None:
    area = ("--mask", "10,10,20,20")
    refused(restore("a.png", *FILL, "--mask-kinds", "scratches", "--mask-protect", "subject"), 3, "u2netp", "offline")
    refused(restore("a.png", *FILL, *area, "--inpaint-method", "lama"), 3, "big-lama", "offline")


def test_a_folder_with_one_rectangle_for_all(restore: Callable[..., Ran], person: Path) -> None:
    (person / "in").mkdir()
    for name in ("one.png", "two.png"):
        Image.fromarray(pixels("a.png")).save(person / "in" / name)
    Image.fromarray(pixels("a.png")[:10, :10]).save(person / "in" / "tiny.png")
    ran = restore("in", *FILL, "--mask", "30,40,20,20", "-o", "out")
    assert ran.status == 1 and "outside the picture of 10x10" in ran.out
    assert {path.name for path in (person / "out").glob("*.png")} == {"one.png", "two.png"}


def test_weights_that_are_graphs_are_fetched_and_not_loaded_before_a_batch() -> None:
    from restoration_studio.engine.batch import _is_graph

    assert _is_graph("u2netp")
    assert not any(_is_graph(name) for name in ("big-lama", "ffdnet-color", "mine.pth"))
