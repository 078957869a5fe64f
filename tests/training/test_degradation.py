from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from numpy.random import default_rng
from numpy.typing import NDArray
from pydantic import ValidationError

from restoration_studio.training.degradation import (
    STEPS,
    Degradation,
    Step,
    apply,
    random_low_resolution,
    random_old_photo,
    step,
)

PARAMETERS: dict[str, dict[str, bool | float | str]] = {"resize": {"width": 40, "height": 30}}


@pytest.fixture(scope="module")
def coffee() -> NDArray[np.float32]:
    return skimage.data.coffee()[:200, 100:340].astype(np.float32) / 255


@pytest.mark.parametrize("name", sorted(STEPS))
def test_each_step_changes_the_picture_and_keeps_the_contract(name: str, coffee: NDArray[np.float32]) -> None:
    original = coffee.copy()
    result = apply(Degradation(seed=1, steps=(step(name, **PARAMETERS.get(name, {})),)), coffee)
    assert np.array_equal(coffee, original)
    assert result.pixels.dtype == np.float32 and result.pixels.ndim == 3
    assert result.pixels.min() >= 0 and result.pixels.max() <= 1
    assert result.mask.dtype == bool and result.mask.shape == result.pixels.shape[:2]
    assert result.pixels.shape != coffee.shape or np.abs(result.pixels - coffee).max() > 0.02


@pytest.mark.parametrize("name", sorted(STEPS))
def test_each_step_works_on_tiny_pictures(name: str) -> None:
    for shape in [(1, 1, 3), (2, 9, 3), (16, 3, 3)]:
        result = apply(
            Degradation(seed=1, steps=(step(name, **PARAMETERS.get(name, {})),)), np.full(shape, 0.5, np.float32)
        )
        assert np.isfinite(result.pixels).all()


def test_the_seed_decides_everything(coffee: NDArray[np.float32]) -> None:
    spec = random_old_photo(default_rng(7))
    first, second = apply(spec, coffee), apply(spec, coffee)
    assert np.array_equal(first.pixels, second.pixels) and np.array_equal(first.mask, second.mask)
    other = apply(Degradation(seed=spec.seed + 1, steps=spec.steps), coffee)
    assert not np.array_equal(first.pixels, other.pixels)


def test_changing_one_step_leaves_the_draws_of_the_others(coffee: NDArray[np.float32]) -> None:
    few = Degradation(seed=3, steps=(step("dust", count=5), step("scratches", count=4)))
    many = Degradation(seed=3, steps=(step("dust", count=5, hairs=0, size=1.0), step("scratches", count=4)))
    only = Degradation(seed=3, steps=(step("grey"), step("scratches", count=4)))
    scratches = apply(only, coffee).mask
    assert scratches.any()
    for spec in (few, many):
        assert apply(spec, coffee).mask[scratches].all()


def test_a_spec_survives_json() -> None:
    rng = default_rng(0)
    for _ in range(20):
        for spec in (random_old_photo(rng), random_low_resolution(rng, 120, 80)):
            assert Degradation.model_validate_json(spec.model_dump_json()) == spec


def test_unknown_names_and_bad_pixels_are_refused() -> None:
    with pytest.raises(ValidationError, match="the step 'melt' is unknown"):
        step("melt")
    with pytest.raises(ValidationError, match="cannot take"):
        Step(name="blur", parameters={"sigmoid": 3})
    with pytest.raises(ValidationError, match="cannot take"):
        step("resize", width=3)
    with pytest.raises(ValueError, match="must be"):
        apply(Degradation(), np.zeros((4, 4), np.float32))
    with pytest.raises(ValueError, match="kernel 'magic' is unknown"):
        apply(Degradation(steps=(step("downscale", kernel="magic"),)), np.zeros((4, 4, 3), np.float32))


def test_the_mask_follows_a_change_of_size(coffee: NDArray[np.float32]) -> None:
    spec = Degradation(seed=2, steps=(step("patches", count=4, size=0.3, where="anywhere"),))
    smaller = Degradation(seed=2, steps=(*spec.steps, step("downscale", factor=4.0)))
    large, small = apply(spec, coffee).mask, apply(smaller, coffee).mask
    assert small.shape == (50, 60)
    assert small.mean() == pytest.approx(large.mean(), rel=0.25)


def test_low_resolution_has_the_size_wanted_and_shows_the_same_thing(coffee: NDArray[np.float32]) -> None:
    rng = default_rng(4)
    wanted = coffee.reshape(50, 4, 60, 4, 3).mean(axis=(1, 3))
    for _ in range(8):
        pixels = apply(random_low_resolution(rng, 240, 200, scale=4), coffee).pixels
        assert pixels.shape == wanted.shape
        assert np.corrcoef(pixels.ravel(), wanted.ravel())[0, 1] > 0.7


def test_old_photos_vary_and_keep_their_size(coffee: NDArray[np.float32]) -> None:
    rng = default_rng(1)
    specs = [random_old_photo(rng) for _ in range(12)]
    assert len({spec.model_dump_json() for spec in specs}) == 12
    results = [apply(spec, coffee) for spec in specs]
    assert all(result.pixels.shape == coffee.shape for result in results)
    assert sum(bool(result.mask.any()) for result in results) >= 6
