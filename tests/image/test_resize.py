from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.image.resize import resize


def test_shapes_and_range() -> None:
    edge = np.zeros((20, 30, 3), np.float32)
    edge[:, 15:] = 1  # Lanczos overshoots at an edge
    for size in [(40, 60), (7, 11), (20, 30), (1, 1)]:
        result = resize(edge, size)
        assert result.shape == (*size, 3) and result.dtype == np.float32
        assert result.min() >= 0 and result.max() <= 1
        assert resize(edge[..., 0], size).shape == size


def test_keeps_more_than_eight_bits() -> None:
    fine = np.full((8, 8), 0.123456, np.float32)
    assert np.allclose(resize(fine, (16, 16)), 0.123456, atol=1e-6)


def test_making_smaller_does_not_alias() -> None:
    columns = np.tile(np.float32([0, 1]), (64, 32))
    assert np.allclose(resize(columns, (16, 16))[:, 2:-2], 0.5, atol=0.05)


def test_a_box_is_a_part() -> None:
    ramp = np.tile(np.linspace(0, 1, 40, dtype=np.float32), (40, 1))
    right = resize(ramp, (20, 20), (20, 0, 40, 40))
    assert right[10, 0] == pytest.approx(0.5, abs=0.03) and right[10, -1] == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(("shape", "size"), [((4,), (2, 2)), ((4, 4), (0, 2))])
def test_impossible_sizes_are_refused(shape: tuple[int, ...], size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="cannot resize"):
        resize(np.zeros(shape, np.float32), size)
