"""Classes of colour: each pixel is shared between its neighbours, and rare classes count more."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from restoration_studio.networks.colorizer import Colorizer
from restoration_studio.training.config import TrainingConfig
from restoration_studio.training.experiments.colorizer import ColorizerExperiment, rarity, soft_classes


def test_the_shares_of_a_pixel_make_its_colour() -> None:
    colours = torch.empty(2, 2, 5, 7).uniform_(-100, 100, generator=torch.Generator().manual_seed(0))
    grid = Colorizer((8, 8), classes=12).grid(colours)
    classes = list(soft_classes(colours, 12))
    assert torch.allclose(sum(share for _, share in classes), torch.ones(2, 5, 7), atol=1e-5)
    made = sum(share[..., None] * grid[index] for index, share in classes)
    assert torch.allclose(made.permute(0, 3, 1, 2), colours, atol=1e-3)


def test_rare_classes_count_more_and_the_mean_pixel_counts_one() -> None:
    shares = torch.tensor([0.7, 0.2, 0.1, 0.0])
    weights = rarity(shares, 0.5)
    assert weights[0] < weights[1] < weights[2] < weights[3]
    assert float((shares * weights).sum()) == pytest.approx(1)
    # Equation 4: turned over, half the share and half a quarter.
    assert float(weights[1] / weights[0]) == pytest.approx((0.35 + 0.125) / (0.1 + 0.125))
    assert torch.allclose(rarity(shares, 1.0), torch.ones(4))


def test_weights_come_from_the_pictures_of_the_run(tmp_path) -> None:
    from PIL import Image

    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 0] = 200
    red[:4] = (60, 90, 200)
    Image.fromarray(red).save(tmp_path / "red.png")
    config = TrainingConfig(
        experiment="colorizer",
        data=(str(tmp_path),),
        crop=(64, 64),
        zoom=(1, 1),
        batch=2,
        steps=2,
        options={"method": "classes", "classes": 10, "widths": [8, 8]},
    )
    experiment = ColorizerExperiment(config)
    grid = experiment.networks()["network"].grid(torch.zeros(1))
    place = {
        name: int((grid - torch.tensor(ab)).norm(dim=1).argmin())
        for name, ab in (("red", (67.0, 55.0)), ("blue", (24.0, -58.0)))
    }
    assert experiment._weights[place["blue"]] > 2 * experiment._weights[place["red"]]
