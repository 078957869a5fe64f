"""Windows round the holes: every hole pixel once, small for small holes, one for a thick hole."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.inpainting.windows import find_windows
from restoration_studio.training.holes import KINDS, irregular_hole


def covered(hole: np.ndarray, **options: int) -> np.ndarray:
    count = np.zeros(hole.shape, int)
    for window in find_windows(hole, **options):
        assert window.core.any()
        count[window.box] += window.core
    return count


@pytest.mark.parametrize("kind", KINDS)
def test_every_pixel_of_a_hole_is_filled_once(kind: str) -> None:
    hole = irregular_hole(np.random.default_rng(3), 300, 420, low=0.1, high=0.2, kind=kind)
    np.testing.assert_array_equal(covered(hole, core=64, surroundings=20), hole)


def test_no_holes_no_windows() -> None:
    assert find_windows(np.zeros((50, 60), bool), core=32, surroundings=8) == []


def test_specks_of_a_large_picture_make_small_windows() -> None:
    hole = np.zeros((3000, 4000), bool)
    hole[100:104, 200:203] = hole[2500:2510, 3900:3905] = True
    found = find_windows(hole, core=256, surroundings=32)
    assert len(found) == 2
    assert sum(window.core.size for window in found) < 80 * 80 * 2


def test_neighbours_share_a_window() -> None:
    hole = np.zeros((200, 200), bool)
    hole[50:53, 50:53] = hole[60:62, 70:80] = True
    (window,) = find_windows(hole, core=100, surroundings=10)
    assert (window.rows, window.columns) == (slice(40, 72), slice(40, 90))


def test_a_long_scratch_is_cut_and_its_windows_stay_small() -> None:
    hole = np.zeros((2000, 600), bool)
    hole[:, 300:304] = True
    found = find_windows(hole, core=128, surroundings=32)
    assert len(found) >= 2000 // 128
    assert all(max(window.core.shape) <= 128 + 64 for window in found)


def test_a_thick_hole_keeps_one_window_with_surroundings() -> None:
    hole = np.zeros((500, 500), bool)
    hole[100:400, 100:400] = True
    (window,) = find_windows(hole, core=128, surroundings=32)
    assert window.core.shape == (500, 500)
    assert not window.core.all()


def test_other_holes_in_a_window_are_left_to_their_own() -> None:
    hole = np.zeros((100, 300), bool)
    hole[50, 98] = hole[50, 110] = True
    first, second = find_windows(hole, core=100, surroundings=40)
    assert np.count_nonzero(first.core) == np.count_nonzero(second.core) == 1
