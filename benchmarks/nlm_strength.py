"""The filter strength of OpenCV's non-local means per grey level of noise that gives the best PSNR on Kodak24.

    python -m benchmarks.nlm_strength [--data FOLDER]

Middles of half the size, noise clipped and rounded to 8 bits; exit status 1 when the factor in ``stages.denoise`` is
more than 0.1 dB below the best of the grid, in the mean over the two noises.
"""

from __future__ import annotations

import sys
from unittest import mock

import numpy as np

from benchmarks import kodak, machine
from benchmarks.report import Targets, table
from restoration_studio.context import StageContext
from restoration_studio.evaluation.metrics import psnr
from restoration_studio.models import ModelManager
from restoration_studio.stages import denoise

FACTORS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9, 1.0, 1.2)
SIGMAS = (10, 25)


def main() -> int:
    arguments = kodak.parser("nlm_strength", (__doc__ or "").splitlines()[0]).parse_args()
    clean = [_middle(picture) for picture in kodak.load(arguments.data, arguments.count)]
    print(machine.description())
    context = StageContext(models=ModelManager())
    own = denoise._FILTER_STRENGTH
    means: dict[float, list[float]] = {}
    for factor in sorted({*FACTORS, own}):
        with mock.patch.object(denoise, "_FILTER_STRENGTH", factor):
            means[factor] = [
                float(
                    np.mean(
                        [
                            psnr(
                                denoise._non_local_means(
                                    kodak.noisy(p, sigma, i, eight_bit=True).pixels, sigma, context
                                ),
                                p,
                            )
                            for i, p in enumerate(clean)
                        ]
                    )
                )
                for sigma in SIGMAS
            ]
    head = ("strength per grey level", *(f"sigma {sigma}: PSNR (dB)" for sigma in SIGMAS), "mean")
    table(head, [(f"{factor:g}", *values, float(np.mean(values))) for factor, values in means.items()])
    best = max(means, key=lambda factor: float(np.mean(means[factor])))
    print(f"best: {best:g}; in use: {own:g}")
    targets = Targets()
    targets.check("lost against the best factor (dB)", float(np.mean(means[best]) - np.mean(means[own])), "<=", 0.1)
    return targets.finish()


def _middle(pixels: kodak.Pixels) -> kodak.Pixels:
    height, width = pixels.shape[:2]
    return np.ascontiguousarray(pixels[height // 4 : height // 4 + height // 2, width // 4 : width // 4 + width // 2])


if __name__ == "__main__":
    sys.exit(main())
