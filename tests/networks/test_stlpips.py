"""Shift-tolerant LPIPS: the authors' layout, and what a distance must do."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from restoration_studio.config import Config
from restoration_studio.evaluation.perceptual import PerceptualDistance
from restoration_studio.image.picture import FloatArray
from restoration_studio.networks.stlpips import CHANNELS, STLPIPS


@pytest.fixture(scope="module")
def network() -> STLPIPS:
    """The official names and shapes with random values."""
    generator = torch.Generator().manual_seed(0)
    state: dict[str, torch.Tensor] = {}
    places = ("slice1.0", "slice2.5", "slice3.9", "slice4.11", "slice5.13")
    for level, (place, i, o, k) in enumerate(zip(places, (3, *CHANNELS), CHANNELS, (11, 5, 3, 3, 3), strict=False)):
        state[f"net.{place}.weight"] = torch.randn((o, i, k, k), generator=generator) * (2 / (i * k * k)) ** 0.5
        state[f"net.{place}.bias"] = torch.zeros(o)
        state[f"lin{level}.model.1.weight"] = torch.rand((1, o, 1, 1), generator=generator)
    return STLPIPS.from_state_dict(state).eval()


def batch(pixels: FloatArray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None]


@torch.inference_mode()
def test_a_distance_is_zero_symmetric_and_grows(network: STLPIPS, photograph: FloatArray) -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 1, photograph.shape).astype(np.float32)
    a, b, c = (network.features(batch(np.clip(photograph + s * noise, 0, 1))) for s in (0, 0.02, 0.2))
    assert float(network(a, a)) == 0
    assert float(network(a, b)) == pytest.approx(float(network(b, a)))
    assert 0 < float(network(a, b)) < float(network(a, c))


@torch.inference_mode()
def test_a_hole_alone(network: STLPIPS, photograph: FloatArray) -> None:
    changed = photograph.copy()
    changed[:30, :30] = 0
    a, b = network.features(batch(photograph)), network.features(batch(changed))
    where = torch.zeros(1, 1, *photograph.shape[:2])
    where[..., :30, :30] = 1
    assert float(network(a, b, torch.ones_like(where))) == pytest.approx(float(network(a, b)), rel=1e-4)
    assert float(network(a, b, where)) > float(network(a, b)) > float(network(a, b, 1 - where))


@pytest.mark.network
def test_the_authors_own_figures(weights_config: Config) -> None:
    """Made with stlpips-pytorch 0.0.2 on the same pictures."""
    from skimage.data import astronaut

    truth = (astronaut()[:128, 150:300] / 255).astype(np.float32)
    noise = torch.randn((1, 3, 128, 150), generator=torch.Generator().manual_seed(0))[0].permute(1, 2, 0).numpy()
    distance = PerceptualDistance(weights_config)
    for strength, expected in ((0.02, 0.018659), (0.1, 0.481435)):
        assert distance(truth, np.clip(truth + strength * noise, 0, 1))[0] == pytest.approx(expected, abs=2e-5)
