"""The Python interface by example. Run it from the repository: ``python examples/example_usage.py``.

Each function shows one way of working; results go to ``examples/output``. The first run fetches the weights
it needs (about 5 MB here; the default network for photographs takes 33 MB more).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # works without installing, too

from restoration_studio import CancelToken, Progress, Recipe, RestorationPipeline
from restoration_studio.stages.region import Region

INPUTS = Path(__file__).with_name("input")
OUTPUTS = Path(__file__).with_name("output")


def restore_a_file(pipeline: RestorationPipeline, output: Path) -> Path:
    """From file to file, with metadata and a record beside the result."""
    target = output / "cat.tif"
    stats = pipeline.restore_file(INPUTS / "cat_noisy_16bit.tif", target, apply_super_resolution=False)
    print(f"{target.name}: {stats['output']['bit_depth']} bits, as it came; {stats['notes'][0]}")
    return target


def restore_an_array(pipeline: RestorationPipeline) -> np.ndarray:
    """Arrays and PIL images come back as they went in: here RGB, 8 bits."""
    from skimage.data import coffee

    small = np.ascontiguousarray(coffee()[100:228:2, 200:328:2])
    restored: np.ndarray
    restored, stats = pipeline.restore_image(small, "fast", sr_scale=4)
    print(f"array: {small.shape} -> {restored.shape} in {stats['seconds']:.1f} s")
    return restored


def restore_with_an_own_recipe(pipeline: RestorationPipeline) -> Recipe:
    """A recipe is data: build it, save it, send it; the same recipe gives the same pixels."""
    recipe = Recipe.parse(
        {
            "name": "gentle",
            "stages": [
                {"stage": "denoise", "method": "nlm", "level": 6, "opacity": 0.8},
                {"stage": "detail", "amount": 1.4, "region": Region(rectangles=((20, 20, 120, 150),), feather=8)},
            ],
        }
    )
    pipeline.restore_image(INPUTS / "portrait_small.jpg", recipe)
    print(f"recipe: {recipe.name}, {len(recipe.stages)} stages, sharpened in the face only")
    return recipe


def watch_and_stop(pipeline: RestorationPipeline) -> list[Progress]:
    """Progress comes tile by tile, and a token stops the work from anywhere (here it is let run)."""
    seen: list[Progress] = []
    pipeline.restore_image(
        INPUTS / "horse_drawing_tiny.png", "fast", progress=seen.append, cancel=CancelToken(), sr_tile=64
    )
    print(f"progress: {len(seen)} reports, from {seen[0].fraction:.0%} to {seen[-1].fraction:.0%}")
    return seen


def restore_a_folder(pipeline: RestorationPipeline, output: Path) -> int:
    """A folder: names kept, finished files skipped the next time, one bad file stops nothing."""
    report = pipeline.batch_restore_images(
        INPUTS, output / "all", apply_super_resolution=False, denoise_method="nlm", detail_strength=1.2
    )
    print(f"folder: {report.table()}")
    return report.exit_code


def main(output: Path = OUTPUTS) -> int:
    """Run every example; gives the exit status."""
    pipeline = RestorationPipeline()
    restore_a_file(pipeline, output)
    restore_an_array(pipeline)
    restore_with_an_own_recipe(pipeline)
    watch_and_stop(pipeline)
    return restore_a_folder(pipeline, output)


if __name__ == "__main__":
    sys.exit(main())
