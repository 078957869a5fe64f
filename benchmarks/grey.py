"""Black and white or colour: how often ``measure.greyness`` is right, on real photographs and toned variants.

    python -m benchmarks.grey --data ../shared/data/eval

Reads the folders old_photos, prokudin_colour_1910 and kodak24 below ``--data``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.report import Targets, table
from restoration_studio.measure.greyness import greyness
from restoration_studio.training import tone

FOLDERS = ("old_photos", "prokudin_colour_1910", "kodak24")
# Those of the old photographs that a person sees as colour photographs; all others there are black and white.
COLOUR = {"00062", "00063", "00066", "00072", "00073"}
CYANOTYPE = np.array([0.85, 1, 1], np.float32)
LONGEST = 800


def variants(pixels: NDArray[np.float32], is_grey: bool) -> dict[str, tuple[NDArray[np.float32], bool]]:
    """The picture itself, coded, muted where it is a colour photograph, and toned: pixels, and whether it is grey."""
    rng = np.random.default_rng(0)
    grey = tone.grey(pixels, rng)
    sepia, yellow = tone.sepia(grey, rng), tone.yellow(grey, rng, strength=1.0, uneven=0.2)
    made = {"as it is": (pixels, is_grey), "JPEG 60": (tone.jpeg(pixels, rng, quality=60), is_grey)}
    if not is_grey:
        made["muted"] = tone.fade(pixels, rng, black=0.0, white=1.0, saturation=0.7), False
    toned = {"grey": grey, "sepia": sepia, "yellowed": yellow, "cyanotype": tone.clip(grey * CYANOTYPE)}
    toned |= {
        "sepia, JPEG 40": tone.jpeg(sepia, rng, quality=40),
        "yellowed, JPEG 75": tone.jpeg(yellow, rng, quality=75),
    }
    return made | {name: (picture, True) for name, picture in toned.items()}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grey", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data/eval"))
    data = parser.parse_args().data
    counts: dict[tuple[str, str], list[int]] = {}
    wrong = []
    for folder in FOLDERS:
        for path in sorted((data / folder).glob("*.*")):
            image = Image.open(path).convert("RGB")
            image.thumbnail((LONGEST, LONGEST))
            pixels = np.asarray(image, np.float32) / np.float32(255)
            is_grey = folder == "old_photos" and path.stem not in COLOUR
            for name, (picture, truth) in variants(pixels, is_grey).items():
                found = greyness(picture)
                count = counts.setdefault((folder, name), [0, 0])
                count[0] += found.grey == truth
                count[1] += 1
                if found.grey != truth:
                    wrong.append((folder, path.name, name, f"{found.unexplained:.1f}"))
    if not counts:
        sys.exit(f"{data} holds none of the folders {', '.join(FOLDERS)}.")
    table(("pictures", "variant", "right", "of"), [(*key, *count) for key, count in counts.items()])
    table(("wrong", "picture", "variant", "unexplained colour"), wrong)
    targets = Targets()
    right, total = (sum(count[index] for count in counts.values()) for index in (0, 1))
    targets.check(f"right, of {total} (%)", 100 * right / total, ">=", 99)
    return targets.finish()


if __name__ == "__main__":
    sys.exit(main())
