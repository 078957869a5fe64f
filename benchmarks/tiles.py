"""Tiles against the whole picture at once: how near the results are, whether seams show, what tiles cost.

    python -m benchmarks.tiles [--quick]

Seams: the mean absolute difference between neighbouring pixels across the lines where a tile begins to count,
has half the weight and ceases to count, divided by that across all other lines; and that ratio in the tiled result
divided by the same in the whole one. 1 means that the lines are like any other. The last table's hard cut, tiles
laid side by side without overlap, shows that the measure sees a seam where there is one.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import machine, pictures
from benchmarks.plain import network_colours
from benchmarks.report import Targets, table
from restoration_studio.config import Config
from restoration_studio.evaluation.metrics import psnr
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.stages.denoise import _OVERLAP as DENOISE_OVERLAP
from restoration_studio.stages.super_resolution import _OVERLAP, _OVERLAP_OF_SLOW
from restoration_studio.tiling import run_tiled, split_axis

Pixels = NDArray[np.float32]
SIZE = (300, 380)
TILES = (128, 256)
MODELS = {
    "realesrgan-x4plus": (4, _OVERLAP_OF_SLOW, {"stage": "super_resolution", "model": "realesrgan-x4plus", "scale": 4}),
    "realesr-animevideov3": (4, _OVERLAP, {"stage": "super_resolution", "model": "realesr-animevideov3", "scale": 4}),
    "ffdnet-color": (1, DENOISE_OVERLAP, {"stage": "denoise", "method": "ffdnet", "level": 15}),
}


def seam_lines(length: int, scale: int, tile: int, overlap: int) -> NDArray[np.intp]:
    """Indices i of the steps from output pixel i to i + 1 that lie on a tile's border, along one axis."""
    spans = split_axis(length, length * scale, tile, min(overlap, tile // 2))
    lines: set[int] = set()
    for left, right in itertools.pairwise(spans):
        lines |= {right.out_start - 1, (right.out_start + left.out_stop) // 2 - 1, left.out_stop - 1}
    return np.array(sorted(lines), np.intp)


def seam_ratio(tiled: Pixels, whole: Pixels, scale: int, tile: int, overlap: int) -> float:
    """How much the steps across seams stand out in ``tiled``, relative to ``whole``; see above."""

    def contrast(pixels: Pixels) -> float:
        on: list[NDArray[Any]] = []
        off: list[NDArray[Any]] = []
        for axis in (0, 1):
            steps = np.abs(np.diff(pixels, axis=axis)).mean(axis=(1 - axis, 2))
            seams = seam_lines(pixels.shape[axis] // scale, scale, tile, overlap)
            on.append(steps[seams])
            off.append(np.delete(steps, seams))
        return float(np.concatenate(on).mean() / np.concatenate(off).mean())

    return contrast(tiled) / contrast(whole)


def inputs(noisy: bool, count: int) -> dict[str, Pixels]:
    """The photographs, 0 to 1, with noise of 15 grey levels for the denoiser."""
    random = np.random.default_rng(0)
    found = {}
    for name, picture in list(pictures.crops(*SIZE).items())[:count]:
        floats = picture.astype(np.float32) / np.float32(255)
        if noisy:
            floats = np.clip(floats + random.normal(0, 15 / 255, floats.shape).astype(np.float32), 0, 1)
        found[name] = floats
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tiles", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one picture instead of three")
    arguments = parser.parse_args()
    print(machine.description())
    pipeline = RestorationPipeline(Config.load(device="cpu", stage_cache_mb=0))
    targets = Targets()
    cuts: list[tuple[object, ...]] = []
    for precision in dict.fromkeys(("float32", pipeline.models.precision())):
        rows: list[tuple[object, ...]] = []
        worst, seam = np.inf, 0.0
        for model, (scale, overlap, step) in MODELS.items():
            for name, picture in inputs(scale == 1, 1 if arguments.quick else 3).items():
                whole, whole_seconds = _run(pipeline, picture, step | {"tile": 0}, precision)
                for tile in TILES:
                    tiled, seconds = _run(pipeline, picture, step | {"tile": tile}, precision)
                    near, ratio = psnr(tiled, whole), seam_ratio(tiled, whole, scale, tile, overlap)
                    worst, seam = min(worst, near), max(seam, ratio)
                    rows.append((model, name, tile, near, f"{ratio:.4f}", f"{seconds / whole_seconds:.2f}"))
                if precision == "float32" and model != "realesrgan-x4plus":
                    cuts.append((model, name, *_hard_cut(pipeline, picture, whole, model, scale)))
        head = (f"{SIZE[1]}x{SIZE[0]}, {precision}", "picture", "tile", "PSNR to no tiles (dB)", "seams", "time")
        table(head, rows)
        targets.check(f"PSNR of tiles to no tiles, {precision}, lowest (dB)", worst, ">=", 45)
        targets.check(f"seams, {precision}, strongest", seam, "<=", 1.05)
    table(("hard cut, tiles of 100, no overlap", "picture", "PSNR (dB)", "seams"), cuts)
    targets.check("seams of the hard cut (what the measure must see)", max(float(str(c[3])) for c in cuts), ">=", 1.05)
    return targets.finish()


def _run(pipeline: RestorationPipeline, picture: Pixels, step: dict[str, Any], precision: str) -> tuple[Pixels, float]:
    started = time.perf_counter()
    with network_colours():
        made, _ = pipeline.restore_image(picture, {"stages": [step], "precision": precision})
    return made, time.perf_counter() - started


def _hard_cut(
    pipeline: RestorationPipeline, picture: Pixels, whole: Pixels, model: str, scale: int
) -> tuple[float, str]:
    network = pipeline.models.get(model)
    numbers = (15 / 255,) if scale == 1 else ()
    height, width = SIZE
    cut = run_tiled(
        lambda part: network(part, *numbers),
        picture,
        scale=scale,
        out_size=(height * scale, width * scale),
        tile=100,
        overlap=0,
        on_tile=lambda done, total: None,
    )
    return psnr(cut, whole), f"{seam_ratio(cut, whole, scale, 100, 0):.4f}"


if __name__ == "__main__":
    sys.exit(main())
