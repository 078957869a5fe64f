"""The colour contract: how far each stage moves the colours of photographs, before and after the correction.

    python -m benchmarks.colour [--quick] [--only WORD]

Mean CIEDE2000 of the low-frequency picture (``measure.colour_drift``) on Kodak24: whole photographs, and their
middle of 256x256 pixels for the large network, which takes a minute for a whole one; with --quick four of them. "As the
stage made it" is what it would be without the correction. Colourisation is made to change colours; inpainting is asked
outside its holes. In place of a network for faces stands one that makes each face lighter. Two networks that drift on
purpose show that the correction works, and how long it takes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import kodak, machine
from benchmarks.report import Targets, table
from restoration_studio.config import Config
from restoration_studio.context import StageContext
from restoration_studio.engine.colour_contract import LIMIT, hold_colours
from restoration_studio.engine.recipe import Step
from restoration_studio.engine.step import InputHistory, run_step
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.measure.colour_drift import drift, low_pass_pair
from restoration_studio.models import LoadedModel, ModelManager
from restoration_studio.networks.capabilities import Capabilities
from restoration_studio.stages.faces import FacesSettings

CROP = 256  # pixels, the side of the middle that a large network is given
HOLE = (slice(100, 160), slice(200, 320))  # for inpainting
# name, the step, noise that is put on the photograph first in grey levels, whether the network is a large one
CASES: tuple[tuple[str, dict[str, Any], float, bool], ...] = (
    ("denoise, ffdnet, measured", {"stage": "denoise"}, 0, False),
    ("denoise, ffdnet 25, noise of 25", {"stage": "denoise", "level": 25.0}, 25, False),
    ("denoise, nlm 10", {"stage": "denoise", "method": "nlm", "level": 10.0}, 10, False),
    ("super_resolution, realesr-animevideov3",
     {"stage": "super_resolution", "scale": 2.0, "model": "realesr-animevideov3"}, 0, False),
    ("super_resolution, realesrgan-x4plus", {"stage": "super_resolution", "scale": 4.0}, 0, True),
    ("detail, 2", {"stage": "detail", "amount": 2.0}, 0, False),
    ("grain, manual 20", {"stage": "grain", "method": "manual", "level": 20.0}, 0, False),
    ("grain, matched", {"stage": "grain"}, 10, False),
    ("faces, a network that brightens (gamma 0.7)", {"stage": "faces", "guard": 0.0}, 0, False),
    ("inpaint, outside the hole",
     {"stage": "inpaint", "area": {"rectangles": [[200, 100, 120, 60]]}}, 0, False),
)  # fmt: skip
DRIFTING: dict[str, Callable[[FloatArray], FloatArray]] = {
    "a network that warms (red +6%, blue -6%)": lambda p: p * np.array([1.06, 1, 0.94], np.float32),
    "a network that brightens (gamma 0.85)": lambda p: p ** np.float32(0.85),
}


class StandIn(ModelManager):
    """The real networks, and in place of one that restores faces one that brightens them."""

    def get(self, name: str, **more: Any) -> LoadedModel:
        if name != FacesSettings().model:
            return super().get(name, **more)
        return LoadedModel(name, "", "stand-in", Capabilities(), "cpu", "float32", 0, 0.0, lambda face: face**0.7)


def main() -> int:
    parser = kodak.parser("colour", (__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="four photographs")
    parser.add_argument("--only", default="", metavar="WORD", help="the rows whose name holds this")
    arguments = parser.parse_args()
    photographs = kodak.load(arguments.data, arguments.count)
    if arguments.quick:
        photographs = photographs[2:24:6]
    print(machine.description())
    models = StandIn(Config.load(device="cpu"))
    targets, rows = Targets(), []
    for name, settings, noise, large in CASES:
        if arguments.only not in name:
            continue
        found, after = [], []
        for index, clean in enumerate(photographs):
            pixels = middle(clean, CROP) if large else clean
            picture = kodak.noisy(pixels, noise, index, eight_bit=True) if noise else Picture(pixels)
            made, context = run(picture, settings, models)
            found.append(context.figures.get("colour_drift", 0.0))
            after.append(outside(picture, made) if settings["stage"] == "inpaint" else drifted(picture, made))
        rows.append((name, len(found), float(np.mean(found)), max(found), max(after)))
        targets.check(f"{name}: largest drift of the result", max(after), "<", LIMIT)
        print(f"{name}: {rows[-1][2]:.2f}, {rows[-1][4]:.2f}", file=sys.stderr, flush=True)
    for name, change in DRIFTING.items():
        if arguments.only not in name:
            continue
        found, after, seconds = [], [], []
        for clean in photographs:
            picture, context = Picture(clean), StageContext(models)
            spoilt = Picture(np.clip(change(clean), 0, 1).astype(np.float32))
            started = time.perf_counter()
            made = hold_colours(picture, spoilt, context)
            seconds.append((time.perf_counter() - started) / picture.megapixels)
            found.append(context.figures["colour_drift"])
            after.append(drifted(picture, made))
        rows.append((f"{name}, {np.mean(seconds):.2f} s/MP", len(found), float(np.mean(found)), max(found), max(after)))
        targets.check(f"{name}: largest drift of the result", max(after), "<", LIMIT)
    table(("stage", "pictures", "as the stage made it: mean", "worst", "result: worst"), rows)
    return targets.finish()


def run(picture: Picture, settings: dict[str, Any], models: ModelManager) -> tuple[Picture, StageContext]:
    step = Step.model_validate(settings)
    context = InputHistory([step], picture).fill_in(StageContext(models, precision=models.precision("auto", 8)))
    return run_step(picture, step, context, (picture.height, picture.width)), context


def middle(pixels: FloatArray, side: int) -> FloatArray:
    top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    return np.ascontiguousarray(pixels[top : top + side, left : left + side])


def drifted(before: Picture, after: Picture) -> float:
    return drift(low_pass_pair(before.pixels, after.pixels))


def outside(before: Picture, after: Picture) -> float:
    """The drift where nothing was filled."""
    made = after.pixels.copy()
    made[HOLE] = before.pixels[HOLE]
    return drift(low_pass_pair(before.pixels, made))


if __name__ == "__main__":
    sys.exit(main())
