"""Holes have the ratio that was asked for, and the seed decides them."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.training.holes import BUCKETS, KINDS, central_hole, irregular_hole, small_holes


@pytest.mark.parametrize("kind", ("mixed", *KINDS))
@pytest.mark.parametrize("bucket", BUCKETS)
def test_ratio_lies_in_the_bucket(kind: str, bucket: tuple[float, float]) -> None:
    mask = irregular_hole(np.random.default_rng(5), 96, 128, low=bucket[0], high=bucket[1], kind=kind)
    assert mask.shape == (96, 128) and mask.dtype == bool
    assert bucket[0] <= mask.mean() <= bucket[1]


def test_seed_decides() -> None:
    first, again, other = (irregular_hole(np.random.default_rng(seed), 64, 64, low=0.1, high=0.2) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_unknown_kind_and_impossible_ratio_are_refused() -> None:
    with pytest.raises(ValueError, match="thick"):
        irregular_hole(np.random.default_rng(0), 64, 64, low=0.1, high=0.2, kind="wavy")
    with pytest.raises(ValueError, match="2x1"):
        irregular_hole(np.random.default_rng(0), 1, 2, low=0.6, high=0.9)


def test_central_hole_is_in_the_middle() -> None:
    mask = central_hole(40, 60, share=0.5)
    assert mask.sum() == 20 * 30 and mask[10:30, 15:45].all()


def test_small_holes_are_many_and_small() -> None:
    from scipy.ndimage import label

    mask = small_holes(np.random.default_rng(2), 200, 300, count=40)
    assert 10 < label(mask)[1] <= 40 and 0.001 < mask.mean() < 0.3
