"""Pictures in pieces and reduced: same size out, same values where nothing depends on the piece."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.damage.plane import box_mean, logistic, luma, run_in_blocks, run_reduced


def test_blocks_give_what_the_whole_gives():
    pixels = np.random.default_rng(1).random((90, 3200, 3)).astype(np.float32)

    def finder(part):
        return box_mean(luma(part), 4)

    np.testing.assert_allclose(run_in_blocks(finder, pixels, 8, lambda: None), finder(pixels), atol=1e-6)


def test_large_pictures_are_looked_at_reduced():
    seen = []

    def finder(part):
        seen.append(part.shape)
        return luma(part)

    found = run_reduced(finder, np.full((1500, 1600, 3), 0.25, np.float32))
    assert found.shape == (1500, 1600)
    assert seen[0][0] * seen[0][1] < 1_010_000
    np.testing.assert_allclose(found, 0.25, atol=1e-3)


def test_logistic_has_one_half_in_the_middle():
    np.testing.assert_allclose(logistic(np.array([-1e9, 2.0, 1e9], np.float32), 2.0, 0.5), [0, 0.5, 1], atol=1e-6)


@pytest.mark.parametrize("side", [1, 64, 200, 256, 257, 700])
def test_blocks_begin_on_their_grid_and_are_no_larger(side):
    seen = []

    def finder(part):
        seen.append((part[0, 0, 0], part.shape[0]))
        return part[..., 0]

    pixels = np.repeat(np.arange(side, dtype=np.float32)[:, None, None], 3, axis=2)
    pixels = np.repeat(pixels, 5, axis=1)
    found = run_in_blocks(finder, pixels, 0, lambda: None, block=128, grid=64)
    assert np.array_equal(found[:, 0], np.arange(side))
    assert len(seen) == -(-side // 128)
    assert all(start % 64 == 0 and height <= 128 for start, height in seen)
