"""Black and white or colour: how often ``evaluation.greyness`` is right, on real photographs and toned variants.

    python -m benchmarks.grey --data ../shared/data/eval

Reads the folders old_photos, prokudin_colour_1910 and kodak24 below ``--data``.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.report import Targets, table
from evaluation.greyness import greyness
from utils import BT601

FOLDERS = ("old_photos", "prokudin_colour_1910", "kodak24")
# Those of the old photographs that a person sees as colour photographs; all others there are black and white.
COLOUR = {"00062", "00063", "00066", "00072", "00073"}
SEPIA = np.array([[0.393, 0.349, 0.272], [0.769, 0.686, 0.534], [0.189, 0.168, 0.131]], np.float32)
LUMA = np.array(BT601, np.float32)
LONGEST = 800


def variants(pixels: NDArray[np.float32]) -> dict[str, tuple[NDArray[np.float32], bool]]:
    """Toned and coded variants: pixels, and whether they are black and white for certain."""
    grey = np.repeat((pixels @ LUMA)[..., None], 3, axis=2)
    sepia = np.clip(grey @ SEPIA, 0, 1)
    made = {"grey": grey, "sepia": sepia, "yellowed": np.clip(grey * np.float32([1, 0.9, 0.75]), 0, 1)}
    made |= {"cyanotype": np.clip(grey * np.float32([0.85, 1, 1]), 0, 1)}
    made |= {"sepia, JPEG 40": jpeg(sepia, 40), "yellowed, JPEG 75": jpeg(made["yellowed"], 75)}
    return {name: (picture, True) for name, picture in made.items()}


def jpeg(pixels: NDArray[np.float32], quality: int) -> NDArray[np.float32]:
    stream = io.BytesIO()
    Image.fromarray((pixels * 255 + 0.5).astype(np.uint8)).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream).convert("RGB"), np.float32) / np.float32(255)


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
            cases = {"as it is": (pixels, is_grey), "JPEG 60": (jpeg(pixels, 60), is_grey)} | variants(pixels)
            for name, (picture, truth) in cases.items():
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
