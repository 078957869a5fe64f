"""Damage as a recipe: which steps, with which figures, from which seed; and two ways to draw one by chance.

The steps are the functions of `training.tone` (the whole picture) and `training.damage` (places of it).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng
from pydantic import BaseModel, ConfigDict, Field, model_validator

from restoration_studio.training import damage, tone
from restoration_studio.training.damage import Degraded
from restoration_studio.training.tone import FloatArray

__all__ = ["STEPS", "Degradation", "Degraded", "Step", "apply", "random_low_resolution", "random_old_photo", "step"]

STEPS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        tone.fade,
        tone.grey,
        tone.yellow,
        tone.sepia,
        tone.grain,
        tone.gaussian_noise,
        tone.poisson_noise,
        tone.blur,
        tone.motion_blur,
        tone.jpeg,
        tone.resize,
        tone.downscale,
        damage.scratches,
        damage.dust,
        damage.folds,
        damage.patches,
        damage.stains,
    )
}


class Step(BaseModel):
    """One step: the name of a function in `STEPS` and its keyword arguments."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    parameters: dict[str, bool | int | float | str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> Step:
        if self.name not in STEPS:
            raise ValueError(f"the step '{self.name}' is unknown; the steps are {', '.join(sorted(STEPS))}.")
        try:
            inspect.signature(STEPS[self.name]).bind(None, None, **self.parameters)
        except TypeError as error:
            raise ValueError(f"the step '{self.name}' cannot take {self.parameters}: {error}.") from error
        return self


class Degradation(BaseModel):
    """What is done to a picture, in order. ``model_dump_json`` and ``model_validate_json`` carry it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(default=0, ge=0)
    steps: tuple[Step, ...] = ()


def step(name: str, **parameters: bool | float | str) -> Step:
    """``step("jpeg", quality=40)``, shorter to read than the model's own constructor."""
    return Step(name=name, parameters=parameters)


def apply(spec: Degradation, pixels: FloatArray) -> Degraded:
    """Damage a picture as ``spec`` says; the same spec and pixels always give the same result.

    Each step draws from a generator of its own, so changing one step leaves the others as they were.

    Args:
        pixels: (height, width, 3) float32, 0 to 1.

    Returns:
        The pixels and the union of the steps' masks (True = damaged), both at the final size.

    Raises:
        ValueError: the pixels have another shape or type, or a step has a value it cannot work with.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape or pixels.dtype != np.float32:
        raise ValueError(f"pixels must be (height, width, 3) float32, not {pixels.shape} {pixels.dtype}.")
    result, mask = np.clip(pixels, 0, 1), np.zeros(pixels.shape[:2], bool)
    for one, seed in zip(spec.steps, SeedSequence(spec.seed).spawn(len(spec.steps)), strict=True):
        outcome = STEPS[one.name](result, default_rng(seed), **one.parameters)
        if isinstance(outcome, Degraded):
            result, mask = outcome.pixels, mask | outcome.mask
        else:
            result = outcome
        if mask.shape != result.shape[:2]:
            mask = _resize_mask(mask, result.shape[:2])
    return Degraded(result, mask)


def random_old_photo(rng: Generator) -> Degradation:
    """An aged print after Wan et al. 2020: damage to places, then fading, cast, blur, grain and JPEG."""
    steps: list[Step] = []
    if rng.random() < 0.3:
        steps.append(step("grey"))
    elif rng.random() < 0.3:
        steps.append(step("sepia", strength=_draw(rng, 0.5, 1)))
    if rng.random() < 0.5:
        steps.append(step("blur", sigma=_draw(rng, 0.3, 2.0)))
    if rng.random() < 0.7:
        steps.append(step("grain", sigma=_draw(rng, 2, 20), size=_draw(rng, 0.4, 1.6), colour=_draw(rng, 0, 0.4)))
    chances: tuple[tuple[float, Callable[[], Step]], ...] = (
        (0.7, lambda: step("scratches", count=_count(rng, 1, 20), width=_draw(rng, 0.6, 3), light=_draw(rng, 0, 1))),
        (0.7, lambda: step("dust", count=_count(rng, 5, 120), size=_draw(rng, 1, 5), hairs=_count(rng, 0, 6))),
        (0.3, lambda: step("folds", count=_count(rng, 1, 2), width=_draw(rng, 0.8, 4), shade=_draw(rng, 0, 0.3))),
        (0.3, lambda: step("patches", count=_count(rng, 1, 5), size=_draw(rng, 0.02, 0.2), where="anywhere")),
        (0.2, lambda: step("stains", count=_count(rng, 1, 3), size=_draw(rng, 0.05, 0.4))),
    )
    steps += [make() for chance, make in chances if rng.random() < chance]
    if rng.random() < 0.6:
        low, high = _draw(rng, 0, 0.3), _draw(rng, 0.7, 1)
        steps.append(step("fade", black=low, white=high, saturation=_draw(rng, 0.2, 1)))
    if rng.random() < 0.5:
        steps.append(step("yellow", strength=_draw(rng, 0.1, 1), uneven=_draw(rng, 0, 0.6)))
    if rng.random() < 0.7:
        steps.append(step("jpeg", quality=_count(rng, 40, 95)))
    return Degradation(seed=int(rng.integers(2**32)), steps=tuple(steps))


def random_low_resolution(rng: Generator, width: int, height: int, *, scale: int = 4) -> Degradation:
    """The second-order model of Real-ESRGAN for a ``width`` x ``height`` picture, ``scale`` times smaller.

    Twice blur, resize, noise and JPEG, with the paper's ranges; its sinc filter is left out.
    """
    steps: list[Step] = []
    first = (3.0, (0.15, 1.5), 30.0, 1.0)  # largest blur, resize range, largest noise, chance of blur
    second = (1.5, (0.3, 1.2), 25.0, 0.8)
    base = 1.0
    for largest_blur, (small, large), largest_noise, chance in (first, second):
        if rng.random() < chance:
            ratio = 1.0 if rng.random() < 0.6 else _draw(rng, 0.3, 1)
            steps.append(step("blur", sigma=_draw(rng, 0.2, largest_blur), ratio=ratio, angle=_draw(rng, 0, 180)))
        factor = base * _draw(rng, small, large)
        size = (max(8, round(width * factor)), max(8, round(height * factor)))
        steps.append(step("resize", width=size[0], height=size[1]))
        if rng.random() < 0.5:
            steps.append(step("gaussian_noise", sigma=_draw(rng, 1, largest_noise), grey=bool(rng.random() < 0.4)))
        else:
            steps.append(step("poisson_noise", photons=_draw(rng, 40, 1000)))
        steps.append(step("jpeg", quality=_count(rng, 30, 95)))
        base = 1 / scale  # the second resize starts from the size wanted, as the authors' code does
    steps.append(step("resize", width=max(1, width // scale), height=max(1, height // scale)))
    steps.append(step("jpeg", quality=_count(rng, 30, 95)))
    return Degradation(seed=int(rng.integers(2**32)), steps=tuple(steps))


def _draw(rng: Generator, low: float, high: float) -> float:
    return round(float(rng.uniform(low, high)), 3)


def _count(rng: Generator, low: int, high: int) -> int:
    return int(rng.integers(low, high + 1))


def _resize_mask(mask: np.ndarray[Any, np.dtype[np.bool_]], shape: tuple[int, ...]) -> Any:
    """A pixel of the resized mask is damaged if a quarter of what it stands for was."""
    import cv2

    return cv2.resize(mask.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_AREA) >= 0.25
