"""The classical methods: Telea and Navier-Stokes in floats, and harmonic."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.context import StageContext
from restoration_studio.errors import InputError, RecipeError
from restoration_studio.image.picture import FloatArray
from restoration_studio.inpainting.base import FillOptions
from restoration_studio.inpainting.fill import fill
from restoration_studio.inpainting.methods import METHODS, get_method

CLASSICAL = pytest.mark.parametrize("name", ["telea", "ns", "harmonic"])


def run(pixels: FloatArray, hole: np.ndarray, name: str, seed: int = 0, **options: float) -> FloatArray:
    context = StageContext(models=None, seed=seed)  # type: ignore[arg-type]
    grain = options.pop("grain", 0.0)
    return fill(pixels, hole, get_method(name), FillOptions(**options), context, grain=grain)  # type: ignore[arg-type]


@CLASSICAL
def test_outside_the_holes_nothing_changes_and_inside_comes_near_the_truth(name: str, photograph: FloatArray) -> None:
    hole = np.zeros(photograph.shape[:2], bool)
    hole[30:34, 10:100] = hole[60:70, 50:60] = True
    made = run(photograph, hole, name)
    np.testing.assert_array_equal(made[~hole], photograph[~hole])
    black = np.square(photograph[hole]).mean()
    assert np.square(made[hole] - photograph[hole]).mean() < 0.05 * black


@CLASSICAL
def test_what_was_in_the_hole_makes_no_difference(name: str, photograph: FloatArray) -> None:
    hole = np.zeros(photograph.shape[:2], bool)
    hole[40:50, 40:60] = True
    other = photograph.copy()
    other[hole] = 1
    np.testing.assert_array_equal(run(photograph, hole, name)[hole], run(other, hole, name)[hole])


@CLASSICAL
def test_an_even_colour_stays_even_to_a_fraction_of_a_grey_level(name: str) -> None:
    """In 8 bits, and in floats of the range 0 to 255, Telea's would be off by one to two levels."""
    pixels = np.full((64, 64, 3), 0.3337, np.float32)
    hole = np.zeros((64, 64), bool)
    hole[20:40, 20:40] = True
    assert np.abs(run(pixels, hole, name) - 0.3337).max() < 0.1 / 255


@CLASSICAL
def test_a_ramp_of_sixteen_bits_gets_no_bands(name: str) -> None:
    ramp = np.repeat(np.tile(np.linspace(0.4, 0.45, 200, dtype=np.float32), (80, 1))[:, :, None], 3, axis=2)
    hole = np.zeros((80, 200), bool)
    hole[35:45, 20:180] = True
    assert len(np.unique(run(ramp, hole, name)[40, :, 0])) > 100, "0.05 of the range has 13 levels of 8 bits"


@pytest.mark.parametrize("name", ["telea", "ns"])
def test_windows_make_no_difference_to_separate_holes(name: str, photograph: FloatArray) -> None:
    large = np.tile(photograph, (6, 6, 1))
    hole = np.zeros(large.shape[:2], bool)
    hole[100:108, 50:60] = hole[500:503, 600:680] = True
    both = run(large, hole, name)
    for rows in (slice(0, 300), slice(300, None)):
        one = np.zeros_like(hole)
        one[rows] = hole[rows]
        np.testing.assert_array_equal(run(large, one, name)[one], both[one])


def test_radius_is_used(photograph: FloatArray) -> None:
    hole = np.zeros(photograph.shape[:2], bool)
    hole[40:52, 40:60] = True
    assert (run(photograph, hole, "telea", radius=3) != run(photograph, hole, "telea", radius=12)).any()


def test_grain_follows_the_seed(photograph: FloatArray) -> None:
    rng = np.random.default_rng(2)
    noisy = np.clip(photograph + rng.normal(0, 0.05, photograph.shape), 0, 1).astype(np.float32)
    hole = np.zeros(photograph.shape[:2], bool)
    hole[40:60, 40:60] = True
    plain = run(noisy, hole, "telea")
    one, again, other = (run(noisy, hole, "telea", seed=seed, grain=1.0) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one[hole] != other[hole]).any()
    assert (one - plain)[hole].std() > 0.02


@CLASSICAL
def test_a_full_mask_is_refused(name: str, photograph: FloatArray) -> None:
    with pytest.raises(InputError, match="covers the whole picture"):
        run(photograph, np.ones(photograph.shape[:2], bool), name)


@CLASSICAL
@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (1, 300), (300, 1), (3, 3)])
def test_the_smallest_pictures(name: str, shape: tuple[int, int]) -> None:
    pixels = np.full((*shape, 3), 0.5, np.float32)
    hole = np.zeros(shape, bool)
    hole[0, 0] = True
    np.testing.assert_allclose(run(pixels, hole, name), 0.5, atol=1e-3)


def test_an_unknown_method_names_one_that_is_meant() -> None:
    with pytest.raises(RecipeError, match="did you mean 'telea'"):
        get_method("teleia")
    assert all(method.name == name and method.summary.endswith(".") for name, method in METHODS.items())
