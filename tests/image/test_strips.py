from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from restoration_studio.image import strips
from restoration_studio.image.picture import Picture


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("strip_samples", [20, 1 << 20])
def test_turns_as_pillow_does(
    photo: NDArray[np.uint8], orientation: int, strip_samples: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strips, "STRIP_SAMPLES", strip_samples)
    image = Image.fromarray(photo)
    image.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(image))
    pixels, alpha, grey = strips.to_pixels(strips.array_rows(photo), 48, 64, 3, maximum=255, orientation=orientation)
    assert np.array_equal(np.rint(pixels * 255), expected)
    assert alpha is None and not grey


def test_greyness_is_seen_over_all_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strips, "STRIP_SAMPLES", 8)
    array = np.full((40, 8, 3), 90, np.uint8)
    assert strips.to_pixels(strips.array_rows(array), 40, 8, 3, maximum=255)[2]
    array[39, 7, 2] = 91
    assert not strips.to_pixels(strips.array_rows(array), 40, 8, 3, maximum=255)[2]


@pytest.mark.parametrize("depth", [8, 16])
def test_every_sample_survives(depth: int) -> None:
    values = np.arange(2**depth).reshape(-1, 16, 1)
    pixels, _, _ = strips.to_pixels(strips.array_rows(values), *values.shape[:2], 1, maximum=2**depth - 1)
    assert np.array_equal(strips.to_samples(pixels[..., :1], depth), values)


def test_values_out_of_range_are_clipped_and_nan_is_refused() -> None:
    assert strips.to_samples(np.float32([-0.5, 0.5, 7]), 8).tolist() == [0, 128, 255]
    with pytest.raises(ValueError, match="NaN"):
        strips.to_samples(np.float32([0.5, np.nan]), 8)


def test_alpha_is_flattened_over_the_background() -> None:
    picture = Picture(np.zeros((2, 2, 3), np.float32), alpha=np.float32([[0, 0.5], [1, 1]]), channels="RGBA")
    (strip,) = strips.picture_strips(picture, 8, "RGB", background=1.0)
    assert strip[..., 0].tolist() == [[255, 128], [0, 0]]


@pytest.mark.parametrize(
    ("channels", "grey", "alpha", "expected"),
    [("L", True, False, "L"), ("L", False, False, "RGB"), ("LA", True, True, "LA"), ("RGB", True, False, "RGB")],
)
def test_output_channels(channels: str, grey: bool, alpha: bool, expected: str) -> None:
    plane = np.ones((2, 2), np.float32)
    picture = Picture(np.ones((2, 2, 3), np.float32), alpha=plane if alpha else None, grey=grey, channels=channels)
    assert strips.output_channels(picture) == expected
