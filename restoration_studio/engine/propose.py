"""Looks at a picture and proposes a recipe, with one sentence of reason for each stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from restoration_studio.config import Config
from restoration_studio.engine.recipe import Recipe
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.models import ModelManager
from restoration_studio.stages import STAGES
from restoration_studio.stages.base import Finding, ProposalContext

# Kodak's pictures, which are clean, read 2.7 grey levels on average: texture looks like a little noise.
_NOISY = 3.5
_BLOCKY = 1.2  # steps at JPEG's 8-pixel grid against steps elsewhere; clean photographs read 0.97 to 1.05
_SOFT = 0.52  # share of fine detail; Kodak has 0.70 to 0.82, the same blurred by 1.5 pixels 0.38 to 0.57
_SMALL = 1600  # pixels on the longer side


@dataclass(frozen=True, slots=True)
class Proposal:
    """A recipe for one picture with the reason for each of its stages, by the stage's name."""

    recipe: Recipe
    findings: tuple[Finding, ...]
    reasons: dict[str, str]


def propose(
    picture: Picture, config: Config | None = None, *, models: ModelManager | None = None, video: bool = False
) -> Proposal:
    """What a careful person would try first on this picture: what is seen in it, and what each stage would do for it.

    Args:
        config: where weights are kept; that of ``models``, or read from the environment, when not given.
        models: keeps the detector of faces; that of the process when not given.
        video: the picture stands for a film, for which only stages that hold still are asked.
    """
    config = config or (models.config if models is not None else Config.load())
    findings = look(picture, config, models)
    context = ProposalContext({finding.name: finding for finding in findings}, config, video)
    stages: list[dict[str, Any]] = []
    reasons: dict[str, str] = {}
    for stage in STAGES:
        asked = stage.name not in reasons and (stage.steady or not video)
        suggestion = stage.suggest(picture, context) if asked else None
        if suggestion is not None:
            stages.append({"stage": stage.name, **suggestion.settings})
            reasons[stage.name] = suggestion.reason
    return Proposal(Recipe.parse({"name": "proposed", "stages": stages}), findings, reasons)


def look(picture: Picture, config: Config | None = None, models: ModelManager | None = None) -> tuple[Finding, ...]:
    """What can be seen in the picture; large ones are looked at in their middle."""
    from restoration_studio.measure.greyness import greyness
    from restoration_studio.measure.noise import estimate_noise

    top, left = (max(0, (side - 1024) // 2) for side in (picture.height, picture.width))
    middle = picture.pixels[top : top + 1024, left : left + 1024]
    # JPEG's grid starts at the corner of the picture, so the window must too.
    grid = picture.pixels[top - top % 8 : top + 1024, left - left % 8 : left + 1024]
    noise, blocks, detail = estimate_noise(middle), blockiness(grid), fine_detail(middle)
    longest = max(picture.height, picture.width)
    toned = not picture.grey and greyness(picture.pixels).grey
    grey = picture.grey or toned
    colour = ("It is black and white, toned." if toned else "It is black and white.") if grey else "It has colour."
    noisy, blocky, soft = noise >= _NOISY, blocks >= _BLOCKY, detail < _SOFT
    marks = "The square marks of strong JPEG compression show." if blocky else "No marks of JPEG compression show."
    return (
        Finding("grey", grey, float(grey), colour),
        Finding("noisy", noisy, noise, f"It is {'noisy' if noisy else 'clean'}: {noise:.1f} grey levels of 255."),
        Finding("blocky", blocky, blocks, marks),
        Finding("blurred", soft, detail, "It is soft: little fine detail." if soft else "It is reasonably sharp."),
        Finding("small", longest < _SMALL, longest, f"It is {picture.width}x{picture.height} pixels."),
        *_faces(picture, config, models),
    )


def _faces(picture: Picture, config: Config | None, models: ModelManager | None) -> tuple[Finding, ...]:
    """Nothing where the detector's weights are not on this machine: then nobody has looked."""
    from restoration_studio.faces.quick_detector import face_sizes

    sizes = face_sizes(picture.pixels, config, models)
    if sizes is None:
        return ()
    found = f"{len(sizes)} face{'s' * (len(sizes) != 1)}, the largest of {sizes[0]:.0f} pixels" if sizes else "No face"
    return (Finding("faces", bool(sizes), float(len(sizes)), f"{found} {'show' if len(sizes) > 1 else 'shows'}."),)


def blockiness(pixels: FloatArray) -> float:
    """Mean step across JPEG's 8-pixel grid over the mean step elsewhere; 1 where there is no grid.

    After Wang, Sheikh, Bovik: "No-reference perceptual quality assessment of JPEG compressed images", ICIP 2002.
    """
    grey = pixels.mean(axis=2)
    ratios = []
    for steps in (np.abs(np.diff(grey, axis=1)).mean(axis=0), np.abs(np.diff(grey, axis=0)).mean(axis=1)):
        at_grid = np.arange(len(steps)) % 8 == 7
        if at_grid.any() and steps[~at_grid].size and steps[~at_grid].mean() > 0:
            ratios.append(steps[at_grid].mean() / steps[~at_grid].mean())
    return float(np.mean(ratios)) if ratios else 1.0


def fine_detail(pixels: FloatArray) -> float:
    """Share of the strongest edges' contrast that is in the finest detail, 0 (blurred) to about 1 (crisp).

    The picture is blurred a little more; a crisp one loses much of its gradient, a blurred one hardly any
    (Crete et al., "The blur effect", SPIE 2007).
    """
    from scipy.ndimage import uniform_filter1d

    grey = pixels.mean(axis=2)
    if min(grey.shape) < 12:
        return 1.0
    shares = []
    for axis in (0, 1):
        steps = np.abs(np.diff(grey, axis=axis))
        after = np.abs(np.diff(uniform_filter1d(grey, 9, axis=axis), axis=axis))
        total = steps.sum()
        if total > 0:
            shares.append(np.maximum(steps - after, 0).sum() / total)
    return float(min(shares)) if shares else 1.0
