"""Losses are what their papers say."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from restoration_studio.evaluation.metrics import psnr
from restoration_studio.training import losses


def test_hole_and_valid_split_the_difference() -> None:
    made, truth, hole = torch.ones(1, 3, 4, 4), torch.zeros(1, 3, 4, 4), torch.zeros(1, 1, 4, 4)
    hole[..., :1, :] = 1
    inside, outside = losses.hole_and_valid(made, truth, hole)
    assert inside.item() == pytest.approx(0.25) and outside.item() == pytest.approx(0.75)


def test_gram_is_normalised() -> None:
    features = torch.rand(2, 3, 4, 5)
    expected = torch.einsum("nchw,ndhw->ncd", features, features) / (3 * 4 * 5)
    torch.testing.assert_close(losses.gram(features), expected)


def test_perceptual_and_style_of_the_truth_are_zero_and_carry_a_gradient() -> None:
    features = _TwoLayers()
    truth = torch.rand(1, 3, 8, 8)
    perceptual, style = losses.perceptual_and_style(features, (truth, truth), truth)
    assert perceptual.item() == 0 and style.item() == 0
    made = torch.rand(1, 3, 8, 8, requires_grad=True)
    perceptual, style = losses.perceptual_and_style(features, (made,), truth)
    (perceptual + style).backward()
    assert made.grad is not None and made.grad.abs().sum() > 0


class _TwoLayers(torch.nn.Module):
    def forward(self, picture: torch.Tensor) -> list[torch.Tensor]:
        return [picture, torch.nn.functional.avg_pool2d(picture, 2) ** 2]


def test_variation_looks_at_the_holes_rim_only() -> None:
    picture, hole = torch.zeros(1, 1, 12, 12), torch.zeros(1, 1, 12, 12)
    hole[..., 5:7, 5:7] = 1
    picture[..., 0, 0] = 1
    assert losses.hole_variation(picture, hole).item() == 0
    picture[..., 4, 4] = 1  # one pixel outside the hole: its rim
    # It is the region's corner, so two of its steps lie in it; both over all 144 values, as in equation 6.
    assert losses.hole_variation(picture, hole).item() == pytest.approx(2 / 144)


def test_negative_psnr_agrees_with_the_metric() -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.random((1, 3, 9, 9), dtype=np.float32) for _ in range(2))
    loss = losses.negative_psnr(torch.from_numpy(a), torch.from_numpy(b)).item()
    assert -loss == pytest.approx(psnr(a[0].transpose(1, 2, 0), b[0].transpose(1, 2, 0)), abs=1e-3)


def test_focal_and_dice_prefer_what_is_right() -> None:
    truth = torch.zeros(1, 1, 10, 10)
    truth[..., :2, :] = 1
    right, wrong = (2 * truth - 1) * 6, (1 - 2 * truth) * 6
    assert losses.focal(right, truth) < 1e-3 < losses.focal(wrong, truth)
    assert losses.soft_dice(right, truth) < 0.05 and losses.soft_dice(wrong, truth) > 0.9
    # Equation 4 of Lin et al. for one pixel.
    logit, target = torch.tensor([[0.5]]), torch.tensor([[1.0]])
    chance = torch.sigmoid(logit).item()
    assert losses.focal(logit, target, gamma=2, positive=0.75).item() == pytest.approx(
        -0.75 * (1 - chance) ** 2 * np.log(chance), rel=1e-5
    )


@pytest.mark.network
def test_vgg_features_are_the_pretrained_ones() -> None:
    from skimage.data import astronaut, coffee

    from restoration_studio.training.features import vgg_features

    network = vgg_features("shift-tolerant")
    first, second = (
        torch.from_numpy(picture[:128, :128].astype(np.float32) / 255).permute(2, 0, 1)[None]
        for picture in (astronaut(), coffee())
    )
    features = network(first)
    assert [part.shape[1] for part in features] == [64, 128, 256]
    assert [part.shape[2] for part in features] == [64, 32, 16]
    blurred = torch.nn.functional.avg_pool2d(first, 5, 1, 2)
    perceptual, style = losses.perceptual_and_style(network, (blurred,), first)
    other, other_style = losses.perceptual_and_style(network, (second,), first)
    assert 0 < perceptual < other and 0 < style < other_style
