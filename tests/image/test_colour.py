from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from restoration_studio.image import colour
from restoration_studio.image.picture import Metadata


def test_a_linear_grey_profile_becomes_srgb(grey_profile: bytes) -> None:
    values = np.linspace(0, 1, 50, dtype=np.float32)
    expected = np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)
    assert np.allclose(colour.grey_to_srgb(grey_profile)(values), expected, atol=2e-3)


def test_a_damaged_grey_profile_is_told() -> None:
    with pytest.raises(ValueError, match="grey ICC profile"):
        colour.grey_to_srgb(bytes(128))


def test_cmyk_without_a_profile_is_converted_plainly() -> None:
    convert, note = colour.srgb_conversion("CMYK", None)
    assert convert(Image.new("CMYK", (1, 1), (255, 0, 0, 0))).getpixel((0, 0)) == (0, 255, 255)
    assert "plain formula" in note


def test_lab_is_converted() -> None:
    convert, note = colour.srgb_conversion("LAB", None)
    assert convert(Image.new("LAB", (1, 1), (255, 128, 128))).getpixel((0, 0)) == pytest.approx((255,) * 3, abs=2)
    assert "LAB" in note


def test_profiles_that_cannot_fit_are_dropped(grey_profile: bytes, display_p3: bytes) -> None:
    notes: list[str] = []
    assert colour.drop_unfit_profile(Metadata(icc=grey_profile), True, notes).icc == grey_profile
    assert colour.drop_unfit_profile(Metadata(icc=display_p3), True, notes).icc == display_p3
    assert not notes
    assert colour.drop_unfit_profile(Metadata(icc=grey_profile), False, notes).icc is None
    assert "GRAY" in notes[0]
