"""BasicVSR x4 against the compact network frame by frame, on clips made four times smaller.

    python -m benchmarks.film_basicvsr [--frames 8]

PSNR of the luminance against the true frames, and flicker: how much the error against the truth changes from frame
to frame, which a steady result does not.
"""

from __future__ import annotations

import argparse
import sys
from itertools import pairwise

import numpy as np

from benchmarks import machine
from benchmarks.film_clips import frames_of
from benchmarks.report import Targets, table
from restoration_studio.evaluation.metrics import psnr
from restoration_studio.image.luma import BT601
from restoration_studio.image.picture import FloatArray
from restoration_studio.image.resize import resize
from restoration_studio.models import ModelManager

CLIPS = (("cockatoo_audio.mp4", 20, 512), ("flower_cc0_audio.webm", 40, 512))
COMPACT, OVER_TIME = "realesr-animevideov3", "basicvsr-reds4"
_LUMA = np.array(BT601, np.float32)


def unsteady(made: list[FloatArray], true: list[FloatArray]) -> float:
    """How much the error changes from one frame to the next, in levels of 255 of the luminance."""
    errors = [(a - b) @ _LUMA * 255 for a, b in zip(made, true, strict=True)]
    return float(np.mean([np.abs(b - a).mean() for a, b in pairwise(errors)]))


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.film_basicvsr", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--frames", type=int, default=8, help="of each clip")
    arguments = parser.parse_args()
    print(machine.description())
    models, targets, rows = ModelManager.shared(), Targets(), []
    for name, first, height in CLIPS:
        true = [
            np.ascontiguousarray(frame[: frame.shape[0] // 4 * 4, : frame.shape[1] // 4 * 4])
            for frame in frames_of(name, first, arguments.frames, height)
        ]
        small = [resize(frame, (frame.shape[0] // 4, frame.shape[1] // 4)) for frame in true]
        together = np.concatenate(small, axis=2)
        results: dict[str, list[FloatArray]] = {
            "bicubic": [np.clip(resize(frame, true[0].shape[:2]), 0, 1) for frame in small]
        }
        for model in (COMPACT, OVER_TIME):
            made = models.get(model)(together)
            results[model] = [np.ascontiguousarray(part) for part in np.split(made, len(true), axis=2)]
        figures = {}
        for what, frames in results.items():
            quality = float(np.mean([psnr(a @ _LUMA, b @ _LUMA) for a, b in zip(frames, true, strict=True)]))
            figures[what] = (quality, unsteady(frames, true))
            rows.append((name, what, *figures[what]))
        above = figures[OVER_TIME][0] - figures[COMPACT][0]
        targets.check(f"{name}: BasicVSR above the compact network (dB)", above, ">=", 0.5)
        ratio = figures[OVER_TIME][1] / figures[COMPACT][1]
        targets.check(f"{name}: unsteadiness against the compact network's", ratio, "<", 1.0)
    table(("clip", "enlarged by", "PSNR (dB)", "error's change from frame to frame (levels)"), rows)
    return targets.finish()


if __name__ == "__main__":
    sys.exit(main())
