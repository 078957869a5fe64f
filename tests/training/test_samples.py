"""A sample is decided by its number and the seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.random import Generator
from numpy.typing import NDArray

from restoration_studio.errors import InputError
from restoration_studio.training.config import TrainingConfig
from restoration_studio.training.samples import PictureSamples, Sample, load_picture, random_crop


def _keep(crop: NDArray[np.uint8], rng: Generator) -> Sample:
    return {"crop": crop, "draw": np.array(rng.random())}


def _samples(folder: Path, **changes: object) -> PictureSamples:
    values = {"experiment": "x", "data": (str(folder),), "crop": (32, 48), "steps": 10, "batch": 4} | changes
    return PictureSamples(TrainingConfig.model_validate(values), _keep)


def test_numbers_decide_and_seeds_differ(pictures: Path) -> None:
    first, again, other = _samples(pictures), _samples(pictures), _samples(pictures, seed=1)
    assert len(first) == 40
    for number in (0, 7, 39):
        assert first[number]["crop"].shape == (32, 48, 3)
        np.testing.assert_array_equal(first[number]["crop"], again[number]["crop"])
        assert first[number]["draw"] == again[number]["draw"] != other[number]["draw"]


def test_every_picture_comes_once_a_turn(pictures: Path) -> None:
    samples = _samples(pictures, zoom=(1.0, 1.0), flip=False, crop=(96, 96), limit=4)
    means = {round(float(samples[number]["crop"].mean()), -1) for number in range(4)}
    assert len(means) >= 3  # four different pictures, two of which may be about as bright


def test_fingerprint_follows_the_pictures(pictures: Path) -> None:
    before = _samples(pictures).fingerprint()
    assert before == _samples(pictures).fingerprint()
    (pictures / "rocket.png").unlink()
    assert before != _samples(pictures).fingerprint()


def test_small_pictures_are_enlarged() -> None:
    crop = random_crop(np.full((10, 20, 3), 7, np.uint8), np.random.default_rng(0), (32, 48), (1.0, 2.0))
    assert crop.shape == (32, 48, 3) and (crop == 7).all()


def test_a_broken_picture_is_named(pictures: Path) -> None:
    broken = pictures / "broken.jpg"
    broken.write_text("not a picture")
    with pytest.raises(InputError, match=r"broken\.jpg"):
        load_picture(broken)


def test_deep_grey_pictures_keep_their_tones(tmp_path: Path) -> None:
    from PIL import Image

    ramp = np.tile(np.arange(256, dtype=np.uint16) * 257, (8, 1))
    Image.fromarray(ramp).save(tmp_path / "deep.png")
    loaded = load_picture(tmp_path / "deep.png")
    np.testing.assert_array_equal(loaded, np.repeat((ramp // 257)[..., None], 3, axis=2))


def test_a_picture_too_large_to_open_is_named(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(InputError, match=r"rocket\.png"):
        load_picture(pictures / "rocket.png")


def test_the_order_of_a_turn_is_drawn_once(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from restoration_studio.training import samples as module

    seeds: list[object] = []

    def counted(seed: object) -> Generator:
        seeds.append(seed)
        return np.random.default_rng(seed)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "default_rng", counted)
    samples = _samples(pictures)
    for number in range(8):  # two turns of four
        samples[number]
    assert [seed for seed in seeds if len(seed) == 3] == [(0, 0, 1), (0, 1, 1)]  # type: ignore[arg-type]
