"""A small colouriser; regression of a and b, or classes of colour that count the more the rarer they are.

The classes and their weights are those of Zhang, Isola, Efros: "Colorful Image Colorization", ECCV 2016.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, model_validator
from torch import Tensor, nn

from restoration_studio.networks.colorizer import LARGEST, WIDTHS, Colorizer
from restoration_studio.networks.efficientnet import CHANNELS
from restoration_studio.training.config import Widths
from restoration_studio.training.experiment import Experiment, Options, Update
from restoration_studio.training.samples import PictureSamples, Sample

_COUNTED = 256  # samples that tell how rare a colour is


class ColorizerOptions(Options):
    widths: Widths = WIDTHS
    method: Literal["regression", "classes"] = "regression"
    classes: int = Field(default=22, ge=4, le=40, description="Side of the grid of colours, for method classes.")
    pretrained: bool = Field(default=False, description="The encoder is an EfficientNet-Lite0 trained on ImageNet.")
    vivid: float = Field(default=2.0, ge=0, description="How much more strong colour counts, for method regression.")
    even: float = Field(
        default=0.5, gt=0, le=1, description="The paper's lambda, for method classes: at 1 all classes count the same."
    )

    @model_validator(mode="after")
    def _as_deep_as_the_encoder(self) -> ColorizerOptions:
        if self.pretrained and len(self.widths) != len(CHANNELS):
            raise ValueError(f"a pretrained encoder takes {len(CHANNELS)} widths, not {len(self.widths)}")
        return self


class ColorizerExperiment(Experiment[ColorizerOptions]):
    name = "colorizer"
    summary = "small colouriser in CIE Lab"
    defaults: ClassVar[dict[str, Any]] = {"crop": (160, 160), "zoom": (1.0, 1.6)}
    Options: ClassVar = ColorizerOptions

    def networks(self) -> dict[str, nn.Module]:
        classes = self.options.classes if self.options.method == "classes" else 0
        network = Colorizer(self.options.widths, classes, self.options.pretrained)
        if self.options.pretrained:
            network.encoder.requires_grad_(False)
        return {"network": network}

    def begin(self, networks: Mapping[str, nn.Module]) -> None:
        if not self.options.pretrained:
            return
        from restoration_studio.config import Config
        from restoration_studio.weights.fetch import ensure
        from restoration_studio.weights.load import load_state_dict

        network: Any = networks["network"]
        network.encoder.load_classifier(load_state_dict(ensure("efficientnet-lite0", config=Config.load())))

    def sample(self, crop: NDArray[np.uint8], rng: Generator) -> Sample:
        import cv2

        lab = cv2.cvtColor(crop.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
        lightness = lab[..., :1] / 100
        # Old prints have other curves, grain and blur; the colour must not hang on them.
        lightness = np.clip(lightness, 0, 1) ** rng.uniform(0.8, 1.25)
        if rng.random() < 0.3:
            lightness = cv2.GaussianBlur(lightness, (0, 0), rng.uniform(0.3, 1.2))[..., None]
        if rng.random() < 0.4:
            lightness = lightness + rng.normal(0, rng.uniform(0, 0.04), lightness.shape)
        planes = {"lightness": np.clip(lightness, 0, 1), "colours": lab[..., 1:]}
        return {name: np.ascontiguousarray(plane.transpose(2, 0, 1), np.float16) for name, plane in planes.items()}

    def updates(self, networks: Mapping[str, nn.Module], batch: dict[str, Tensor], step: int) -> Iterator[Update]:
        network = networks["network"]
        network.train()
        plain: Any = getattr(network, "module", network)
        lightness = batch["lightness"].float().contiguous(memory_format=torch.channels_last)
        truth = _at_half_size(batch["colours"])
        with torch.autocast(lightness.device.type, torch.bfloat16, enabled=self.config.precision == "bfloat16"):
            output = plain.at_half_size(lightness)
        output = output.float()  # (N, C, H / 2, W / 2)
        # Most of the world is nearly grey: unweighed, the average brown would always be the safest guess.
        if self.options.method == "classes":
            # Hundreds of chances for each pixel are dear, and neighbours say nearly the same.
            output, truth = output[..., ::2, ::2], truth[..., ::2, ::2]
            loss = self._entropy(output, truth)
        else:
            weight = 1 + self.options.vivid * (truth.norm(dim=1) / 40).clamp(max=1.5)
            loss = (F.smooth_l1_loss(output * LARGEST, truth, reduction="none", beta=4.0).sum(1) * weight).sum()
            loss = loss / weight.sum() / 20
        distance = (plain.colours(output.detach()) - truth).norm(dim=1).mean()
        yield Update("network", loss, {"distance in ab": distance})

    def _entropy(self, output: Tensor, truth: Tensor) -> Tensor:
        """Cross-entropy with the soft class of each pixel, which counts as much as its class does."""
        logs = F.log_softmax(output, dim=1)
        each, weight = torch.zeros_like(truth[:, 0]), torch.zeros_like(truth[:, 0])
        weights = self._weights.to(truth.device)
        for index, share in soft_classes(truth, self.options.classes):
            each = each - share * logs.gather(1, index[:, None])[:, 0]
            weight = weight + share * weights[index]
        return (each * weight).sum() / weight.sum()

    @cached_property
    def _weights(self) -> Tensor:
        """How much each class counts, (classes squared,), by its share in the first samples of the run."""
        samples, side = PictureSamples(self.config, self.sample), self.options.classes
        found = torch.zeros(side**2)
        for number in range(min(_COUNTED, len(samples))):
            colours = torch.from_numpy(samples[number]["colours"])[None]
            for index, share in soft_classes(_at_half_size(colours), side):
                found += torch.bincount(index.flatten(), share.flatten(), minlength=side**2)
        return rarity(found / found.sum(), self.options.even)

    def sheet(self, network: nn.Module, batch: dict[str, Tensor]) -> list[Tensor]:
        lightness, truth = batch["lightness"].float(), batch["colours"].float()
        none = torch.zeros_like(truth)
        return [lab_to_rgb(lightness, colours) for colours in (none, network(lightness), truth)]


def lab_to_rgb(lightness: Tensor, colours: Tensor) -> Tensor:
    """L / 100 (N, 1, H, W) and a, b (N, 2, H, W) to sRGB (N, 3, H, W), 0 to 1."""
    import cv2

    lab = torch.cat((lightness * 100, colours), dim=1).permute(0, 2, 3, 1).cpu().float().numpy()
    rgb = np.stack([cv2.cvtColor(np.ascontiguousarray(one), cv2.COLOR_LAB2RGB) for one in lab])
    return torch.from_numpy(rgb).permute(0, 3, 1, 2)


def _at_half_size(colours: Tensor) -> Tensor:
    """a and b as `Colorizer.at_half_size` gives them: (N, 2, H, W) to half of both sides, rounded up."""
    return F.avg_pool2d(colours.float(), 2, ceil_mode=True)


def soft_classes(colours: Tensor, side: int) -> Iterator[tuple[Tensor, Tensor]]:
    """The four classes nearest to each pixel of a and b, (N, 2, H, W), and its shares in them, each (N, H, W).

    Classes are the points of a grid of ``side`` times ``side`` colours, as `Colorizer.grid` counts them.
    """
    place = (colours / LARGEST + 1) / 2 * (side - 1)
    low = place.floor().clamp(0, side - 2)
    rest = (place - low).clamp(0, 1)
    for da in (0, 1):
        for db in (0, 1):
            share = (rest[:, 0] if da else 1 - rest[:, 0]) * (rest[:, 1] if db else 1 - rest[:, 1])
            yield ((low[:, 0] + da) * side + low[:, 1] + db).long(), share


def rarity(shares: Tensor, even: float) -> Tensor:
    """Weights of classes by their shares of all pixels, which add up to 1: equation 4 of Zhang et al. 2016.

    A mixture of the shares (``1 - even``) and of equal ones (``even``), turned over; the mean over all pixels is 1.
    """
    weights = 1 / ((1 - even) * shares + even / shares.numel())
    return weights / (shares * weights).sum()
