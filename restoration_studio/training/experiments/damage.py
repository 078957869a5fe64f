"""A U-Net that finds damage, taught by laying real film damage over clean pictures.

Focal loss (Lin et al. 2017) and Dice (Milletari et al. 2016): damage is a small share of the pixels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn

from restoration_studio.networks.damage_unet import WIDTHS, DamageUNet
from restoration_studio.training import damage, losses, tone
from restoration_studio.training.config import Widths
from restoration_studio.training.experiment import Experiment, Options, Update, to_planes, unit
from restoration_studio.training.lettering import lettering
from restoration_studio.training.samples import Sample
from restoration_studio.training.sprites import (
    damage_paths,
    held_out,
    largest,
    lay_over,
    random_sprite_mask,
    random_traced_mask,
)

_CLEAN = 0.15  # share of samples without damage
_RIM = 0.01  # change of a pixel that is not damaged from which its truth is not known: soft rims
_FAINT = 0.02  # change of a pixel, of 1, below which damage is not seen
_SCALES = (0.15, 1.0)  # of sprites
_SCREENED = 0.08  # share of samples with a halftone's dots or a paper's weave
_LETTERED = 0.12  # share of samples with words, which are no damage
_HIDDEN = 0.15  # of the deviation of the picture around it, below which its texture hides the change


def _texture(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Standard deviation of the grey value in squares of 9 pixels, (height, width)."""
    import cv2

    grey = pixels @ np.full(3, 1 / 3, np.float32)
    mean, squares = cv2.blur(grey, (9, 9)), cv2.blur(grey * grey, (9, 9))
    return np.asarray(np.sqrt(np.maximum(squares - mean * mean, 0)), np.float32)


class DamageOptions(Options):
    widths: Widths = WIDTHS
    sprites: str
    traced: str | None = None


class DamageExperiment(Experiment[DamageOptions]):
    name = "damage"
    summary = "U-Net that finds scratches, dust and stains"
    defaults: ClassVar[dict[str, Any]] = {"crop": (192, 192), "batch": 8}
    Options: ClassVar = DamageOptions

    @cached_property
    def _sprites(self) -> list[Path]:
        return held_out(damage_paths(Path(self.options.sprites), "sprites"))[0]

    @cached_property
    def _traced(self) -> list[Path]:
        return damage_paths(Path(self.options.traced), "traced") if self.options.traced else []

    def networks(self) -> dict[str, nn.Module]:
        return {"network": DamageUNet(widths=self.options.widths)}

    def sample(self, crop: NDArray[np.uint8], rng: Generator) -> Sample:
        pixels = crop.astype(np.float32) / np.float32(255)
        pixels, grain = self._aged(pixels, rng)
        mask, change = np.zeros(pixels.shape[:2], bool), np.zeros(pixels.shape[:2], np.float32)
        texture = _texture(pixels)
        if rng.random() >= _CLEAN:
            for _ in range(int(rng.integers(1, 4))):
                before = pixels
                pixels, more = self._damaged(pixels, rng)
                mask |= more
                np.maximum(change, largest(np.abs(pixels - before)), out=change)
        if rng.random() < 0.15:
            late = rng.uniform(0.5, 4)
            pixels, grain = tone.grain(pixels, rng, sigma=late, size=rng.uniform(0.4, 1.2)), max(grain, late)
        if rng.random() < 0.4:
            pixels = tone.jpeg(pixels, rng, quality=int(rng.integers(55, 98)))
        damaged = np.asarray(np.clip(pixels, 0, 1) * 255 + 0.5, np.uint8)
        # What nobody can see teaches nothing, neither as damage nor as a sound place.
        seen = change > np.maximum(max(_FAINT, grain / 255), _HIDDEN * texture)
        counted = np.where(mask, seen, change < _RIM)
        planes = {"mask": mask[None], "counted": counted[None]}
        return {"picture": to_planes(damaged)} | {name: plane.astype(np.uint8) for name, plane in planes.items()}

    def _aged(self, pixels: NDArray[np.float32], rng: Generator) -> tuple[NDArray[np.float32], float]:
        """What age does to the whole picture, of which nothing is to be found; and its grain, of 255."""
        grain = 0.0
        if rng.random() < _LETTERED:
            pixels = lettering(pixels, rng)
        if rng.random() < 0.5:
            pixels = tone.grey(pixels, rng) if rng.random() < 0.6 else tone.sepia(pixels, rng)
        if rng.random() < 0.2:
            pixels = tone.blur(pixels, rng, sigma=rng.uniform(0.3, 1.5))
        if rng.random() < 0.4:
            pixels = tone.fade(pixels, rng, black=rng.uniform(0, 0.25), white=rng.uniform(0.75, 1))
        if rng.random() < 0.35:
            grain = rng.uniform(0.5, 6)
            pixels = tone.grain(pixels, rng, sigma=grain, size=rng.uniform(0.4, 1.4))
        if rng.random() < _SCREENED:
            # Dots and weaves all over a picture are no damage, and marks hidden by them are not to be found.
            depth = float(np.exp(rng.uniform(np.log(0.08), 0)))
            angle = float(rng.choice([0, 15, 45, 75, rng.uniform(0, 90)]))
            pixels = tone.screen(pixels, rng, pitch=rng.uniform(2.5, 10), depth=depth, angle=angle)
            grain = max(grain, 60 * depth)
        return pixels, grain

    def _damaged(self, pixels: NDArray[np.float32], rng: Generator) -> damage.Degraded:
        height, width = pixels.shape[:2]
        kind = rng.random()
        if kind < 0.4 or (kind < 0.7 and self._traced):
            if kind < 0.4:
                count = int(rng.integers(1, 6))
                cover = random_sprite_mask(rng, self._sprites, height, width, count=count, scale=_SCALES)
            else:
                cover = random_traced_mask(rng, self._traced, height, width)
            return lay_over(pixels, cover, rng, opacity=rng.uniform(0.25, 1), light=bool(rng.random() < 0.6))
        light = float(rng.random() < 0.6)
        if kind < 0.9:
            return damage.scratches(
                pixels,
                rng,
                count=int(rng.integers(1, 8)),
                width=rng.uniform(0.7, 3),
                opacity=rng.uniform(0.2, 1),
                light=light,
            )
        if kind < 0.95:
            return damage.folds(pixels, rng, count=1, width=rng.uniform(0.8, 4), shade=rng.uniform(0, 0.3))
        return damage.patches(
            pixels, rng, count=int(rng.integers(1, 3)), size=rng.uniform(0.03, 0.15), where="anywhere"
        )

    def updates(self, networks: Mapping[str, nn.Module], batch: dict[str, Tensor], step: int) -> Iterator[Update]:
        network = networks["network"]
        network.train()
        logits, truth = network(unit(batch["picture"])).float(), batch["mask"].float()
        counted = batch["counted"].float()
        # With gamma 2 sure pixels weigh so little that all chances stay near a third.
        focal = losses.focal(logits, truth, counted=counted, gamma=1.0)
        dice = losses.soft_dice(logits, truth, counted=counted)
        found = (logits.detach() > 0).float() * counted
        right = (found * truth).sum()
        score = 2 * right / (found.sum() + (truth * counted).sum()).clamp(min=1)
        yield Update("network", 8 * focal + 0.5 * dice, {"focal": focal.detach(), "dice": dice.detach(), "F1": score})

    def sheet(self, network: nn.Module, batch: dict[str, Tensor]) -> list[Tensor]:
        picture = unit(batch["picture"])
        found, truth = network(picture), batch["mask"].float()
        return [picture, torch.cat([found] * 3, dim=1), torch.cat([truth] * 3, dim=1)]
