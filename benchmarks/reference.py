"""Real-ESRGAN here against the official one: the same pixels in float32, and faster as it runs by default.

python -m benchmarks.reference --install    once; into benchmarks/output/reference, not into the environment
python -m benchmarks.reference
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import machine, official, pictures
from benchmarks.plain import network_colours
from benchmarks.report import Targets, table
from restoration_studio.config import Config
from restoration_studio.evaluation.metrics import psnr
from restoration_studio.networks.precision import has_bfloat16
from restoration_studio.pipeline import RestorationPipeline

MODEL = "realesrgan-x4plus"
SIDES = (160, 256)
MATRICES = (2048, 4096)


def recipe(precision: str, tile: int | str) -> dict[str, Any]:
    """Super-resolution and nothing else."""
    return {
        "stages": [{"stage": "super_resolution", "model": MODEL, "scale": 4, "tile": tile}],
        "precision": precision,
    }


def fidelity(pipeline: RestorationPipeline, state: dict[str, Any], targets: Targets) -> None:
    """Our float32 result without tiles and colour contract beside the official one's, at 8 and at 16 bits."""
    script, padded = official.Official(state, pre_pad=0), official.Official(state, pre_pad=10)
    rows: list[tuple[object, ...]] = []
    largest = 0.0
    for name, picture in pictures.crops(160, 160).items():
        with network_colours():
            ours, deep = (pipeline.restore_image(p, recipe("float32", 0))[0] for p in (picture, _deep(picture)))
        theirs, with_pad = script(picture), padded(picture)
        exact = np.abs(deep.astype(np.float64) - script(_deep(picture))).max() / 65535 * 255
        difference = np.abs(ours.astype(int) - theirs)
        largest = max(largest, float(difference.max()))
        inner = np.abs(ours.astype(int) - with_pad)[:-160, :-160].max()
        rows.append(
            (
                name,
                int(difference.max()),
                f"{np.mean(difference == 0):.4%}",
                f"{exact:.4f}",
                int(np.abs(ours.astype(int) - with_pad).max()),
                int(inner),
                f"{psnr(ours / 255, with_pad / 255):.1f} dB",
            )
        )
    head = ("160x160 to 640x640", "largest difference (grey levels)", "equal", "the same at 16 bits")
    table((*head, "with pre_pad=10", "its inner part", "its PSNR"), rows)
    targets.check("largest difference, float32, no tiles (grey levels of 255)", largest, "<=", 1)


def _deep(picture: NDArray[np.uint8]) -> NDArray[np.uint16]:
    return picture.astype(np.uint16) * 257


def speed(pipeline: RestorationPipeline, state: dict[str, Any], repeats: int, targets: Targets) -> None:
    """Our default settings beside the official float32, in turn; and our network beside matrix products."""
    model = pipeline.models.get(MODEL, precision=pipeline.models.precision())
    script = official.Official(state)
    products = {f"bfloat16 product of {n}": machine.bfloat16_products(n) for n in MATRICES}
    for side in SIDES:
        picture = pictures.crops(side, side)["astronaut"]
        floats = picture.astype(np.float32) / np.float32(255)
        jobs = {
            "official, float32": lambda p=picture: script(p),
            "ours, float32": lambda p=picture: pipeline.restore_image(p, recipe("float32", "auto")),
            f"ours, default ({model.precision})": lambda p=picture: pipeline.restore_image(p, recipe("auto", "auto")),
            "our network alone": lambda p=floats: model(p),
        }
        times = machine.alternating(jobs | products, repeats)
        work = 2 * side * side * _flop_per_pixel()
        flop = dict.fromkeys(jobs, work) | {name: 2.0 * 3 * n**3 for name, n in zip(products, MATRICES, strict=True)}
        official_median = times["official, float32"].median
        table(
            (f"{side}x{side}", "seconds: median (best to worst)", "official's median / this", "GFLOP/s at the median"),
            [
                (
                    name,
                    taken,
                    official_median / taken.median if name in jobs else "",
                    round(flop[name] / taken.median / 1e9),
                )
                for name, taken in times.items()
            ],
        )
        ratio = official_median / times[f"ours, default ({model.precision})"].median
        rate = max(flop[name] / times[name].best for name in products)
        share = work / times["our network alone"].median / rate
        unrest = max(taken.median / taken.best for taken in times.values())
        targets.check(f"times faster than official, {side}x{side}", ratio, ">=", 2.3)
        targets.check(f"network's rate / matrix rate ({rate / 1e9:.0f} GFLOP/s), {side}x{side}", share, ">=", 0.8)

        # Another program's work on the same cores hits the two sides by chance, so such a run proves nothing.
        targets.check(f"quiet machine: median / best, of the most disturbed job, {side}x{side}", unrest, "<=", 1.15)


def _flop_per_pixel() -> float:
    from restoration_studio.weights.catalogue import get

    return (get(MODEL).giga_multiply_adds_per_megapixel or 0.0) * 1000


def precision(pipeline: RestorationPipeline, targets: Targets) -> None:
    """PSNR of the default precision's result against the float32 one's, both before rounding to 8 bits."""
    rows = []
    for name, picture in pictures.crops(160, 160).items():
        floats = picture.astype(np.float32) / np.float32(255)
        default, exact = (
            pipeline.models.get(MODEL, precision=p)(floats) for p in (pipeline.models.precision(), "float32")
        )
        rows.append((name, psnr(default, exact), float(np.abs(default - exact).max() * 255)))
    table(("default precision against float32", "PSNR (dB)", "largest difference (grey levels)"), rows)
    targets.check("PSNR of the default precision against float32, lowest (dB)", min(row[1] for row in rows), ">=", 45)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reference", description=__doc__.splitlines()[0])
    parser.add_argument("--install", action="store_true", help="install the official packages, apart, and stop")
    parser.add_argument("--repeats", type=int, default=5, help="timed runs of each (default: 5)")
    arguments = parser.parse_args()
    if arguments.install:
        return official.install()
    from restoration_studio.weights.fetch import ensure
    from restoration_studio.weights.load import load_state_dict

    print(machine.description())
    pipeline = RestorationPipeline(Config.load(device="cpu", stage_cache_mb=0))
    state = load_state_dict(ensure(MODEL, config=pipeline.config))
    targets = Targets()
    fidelity(pipeline, state, targets)
    if has_bfloat16("cpu"):
        precision(pipeline, targets)
        speed(pipeline, state, arguments.repeats, targets)
    else:
        print("this processor does not compute in bfloat16, so the targets of speed do not apply to it.")
    return targets.finish()


if __name__ == "__main__":
    sys.exit(main())
