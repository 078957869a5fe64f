"""What networks are shown in place of holes."""

from __future__ import annotations

import pytest
import torch

from restoration_studio.networks.ground import ground, smooth_fill, to_picture


def _picture_and_hole(height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    hole = (torch.rand(2, 1, height, width, generator=generator) > 0.6).float()
    return torch.rand(2, 3, height, width, generator=generator), hole


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (33, 46)])
def test_smooth_filling_keeps_what_is_known_and_stays_within_it(size: tuple[int, int]) -> None:
    picture, hole = _picture_and_hole(*size)
    hole[..., 0, 0] = 0
    filled = smooth_fill(picture, 1 - hole)
    assert torch.equal(filled * (1 - hole), picture * (1 - hole))
    for index in range(2):
        known = picture[index][:, hole[index, 0] == 0]
        assert filled[index].min() >= known.min() - 1e-6 and filled[index].max() <= known.max() + 1e-6


def test_smooth_filling_of_a_slope_is_the_slope() -> None:
    slope = torch.linspace(0, 1, 64).expand(1, 3, 64, 64)
    hole = torch.zeros(1, 1, 64, 64)
    hole[..., 20:40, 25:45] = 1
    assert (smooth_fill(slope * (1 - hole) + hole * 9, 1 - hole) - slope).abs().max() < 0.03


def test_smooth_filling_without_anything_known_is_black() -> None:
    assert not smooth_fill(torch.rand(1, 3, 8, 8), torch.zeros(1, 1, 8, 8)).any()


@pytest.mark.parametrize("smooth", [False, True])
def test_ground_is_the_picture_and_white_or_a_smooth_filling(smooth: bool) -> None:
    picture, hole = _picture_and_hole(20, 30)
    shown = ground(picture, hole, smooth=smooth)
    inside = hole.expand_as(picture) == 1
    assert torch.allclose(shown[~inside], picture[~inside])
    assert bool((shown[inside] == 1).all()) is not smooth
    assert torch.equal(shown, ground(torch.where(inside, 0.3, picture), hole, smooth=smooth))


def test_a_correction_of_nothing_is_the_ground() -> None:
    shown = torch.rand(1, 3, 8, 8)
    nothing = torch.zeros_like(shown)
    assert torch.allclose(to_picture(nothing, shown, smooth=True), shown, atol=0.003)
    assert (to_picture(nothing, shown, smooth=False) == 0.5).all()
