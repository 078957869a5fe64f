"""Faces: how many are found, at which sizes and turns, how many false alarms; and whether the identity guard works.

    python -m benchmarks.faces --data ../shared/data

Every picture of ``eval/faces`` and ``train/faces`` shows a face. Kodak's pictures without people give the false alarms.
The guard is asked through the stage's own code about another person's face in place of one's own, and about a light
clean-up of one's own.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from benchmarks import machine
from benchmarks.report import Targets, table
from restoration_studio.config import Config
from restoration_studio.context import StageContext
from restoration_studio.faces.align import alignment, warp
from restoration_studio.faces.detect import find_faces
from restoration_studio.faces.identity import Identity
from restoration_studio.faces.restore import RestorerSettings, restore_face
from restoration_studio.image.picture import FloatArray
from restoration_studio.models import ModelManager
from restoration_studio.stages.faces import FacesSettings

SIDES = (512, 256, 128, 64)  # of the whole picture, of which the face is about half
# The numbers of Kodak24 in which no face can be seen, looked at one by one.
WITHOUT_FACES = (1, 2, 3, 5, 6, 7, 8, 11, 13, 16, 19, 20, 21, 22, 23)
# Old photographs in which no face of some twenty pixels or more can be seen, looked at one by one.
OLD_WITHOUT_FACES = frozenset(f"{number:05}" for number in (*range(44, 61), 61, 69))
OLD_SIDES = (600, 300)
GUARDED, STAND_IN = 40, "stand-in"
WHAT = {
    "similarity_asked": "similarity of what the network gave",
    "similarity": "similarity of the result",
    "strength": "strength let through",
}


def load(path: Path, side: int | None = None) -> FloatArray:
    image = Image.open(path).convert("RGB")
    if side:
        factor = side / max(image.size)
        image = image.resize((max(1, round(image.width * factor)), max(1, round(image.height * factor))), Image.LANCZOS)
    return np.asarray(image, np.float32) / np.float32(255)


def recall(folders: dict[str, list[Path]], context: StageContext) -> list[tuple[object, ...]]:
    """Share of the pictures in which a face is found, by size and turn."""
    rows: list[tuple[object, ...]] = []
    for name, paths in folders.items():
        for side in SIDES:
            found = [bool(find_faces(load(path, side), context, turns=(0,))) for path in paths]
            rows.append((name, len(paths), side, "upright", f"{np.mean(found):.1%}"))
        few = paths[:24]
        for turn in (1, 2, 3):
            right = 0
            for path in few:
                faces = find_faces(np.ascontiguousarray(np.rot90(load(path, 256), turn)), context)
                right += bool(faces) and faces[0].turned == -turn % 4
            rows.append(
                (name, len(few), 256, f"turned by {90 * turn} degrees, and the turn told", f"{right / len(few):.1%}")
            )
    return rows


class StandIn(ModelManager):
    """The real detector, and in place of a network for faces whatever ``make`` is."""

    make: Callable[[FloatArray], FloatArray]

    def get(self, name: str, **more: Any) -> Any:
        return self.make if name == STAND_IN else super().get(name, **more)


def guard(paths: list[Path], targets: Targets) -> None:
    """What the stage makes of other people's faces and of a clean-up, its guard as it is set."""
    models = StandIn(Config.load(device="cpu"))
    context, faces = StageContext(models), []
    for path in paths:
        pixels = load(path)
        found = find_faces(pixels, context, turns=(0,))
        if found:
            faces.append((pixels, found[0], warp(pixels, alignment(found[0]))))
        if len(faces) == GUARDED:
            break
    restorer = RestorerSettings(STAND_IN, (), Identity(context), FacesSettings().guard)
    another, cleaned = [], []
    for number, (pixels, face, _) in enumerate(faces):
        stranger = faces[(number + 1) % len(faces)][2]
        models.make = lambda seen, stranger=stranger: stranger
        another.append(restore_face(pixels, pixels, face, 1, 1.0, restorer, context))
        models.make = clean_up
        cleaned.append(restore_face(pixels, pixels, face, 1, 1.0, restorer, context))
    rows = []
    for name, layers in (("another person", another), ("a light clean-up", cleaned)):
        for what in ("similarity_asked", "similarity", "strength"):
            values = np.array([getattr(layer, what) for layer in layers])
            rows.append((name, len(layers), WHAT[what], *(f"{v:.2f}" for v in np.percentile(values, [0, 50, 100]))))
    table(("the network gives", "faces", "figure", "lowest", "median", "highest"), rows)
    caught = [layer.strength < 1 and layer.similarity >= restorer.guard for layer in another]
    targets.check("another person's face caught (%)", 100 * float(np.mean(caught)), ">=", 95)
    passed = [layer.strength == 1 for layer in cleaned]
    targets.check("a light clean-up passed (%)", 100 * float(np.mean(passed)), ">=", 95)


def clean_up(face: FloatArray) -> FloatArray:
    """Noise taken away, edges a little crisper."""
    smooth = cv2.bilateralFilter(face, 0, 0.06, 4)
    crisp = smooth + 0.5 * (smooth - cv2.GaussianBlur(smooth, (0, 0), 2))
    return np.asarray(np.clip(crisp, 0, 1), np.float32)


def old_photographs(paths: list[Path], context: StageContext) -> list[tuple[object, ...]]:
    """Photographs that show a face and in which one is found, and boxes that lie on none, by size and turn."""
    rows: list[tuple[object, ...]] = []
    showing = [path for path in paths if path.stem not in OLD_WITHOUT_FACES]
    empty = [path for path in paths if path.stem in OLD_WITHOUT_FACES]
    for side in OLD_SIDES:
        found = [bool(find_faces(load(path, side), context)) for path in showing]
        alarms = sum(len(find_faces(load(path, side), context)) for path in empty)
        rows.append((side, "as it is", len(showing), f"{np.mean(found):.1%}", len(empty), alarms))
    few = showing[:24]
    for turn in (1, 2, 3):
        turned = [np.ascontiguousarray(np.rot90(load(path, OLD_SIDES[0]), turn)) for path in few]
        found = [bool(find_faces(pixels, context)) for pixels in turned]
        rows.append((OLD_SIDES[0], f"turned by {90 * turn} degrees", len(few), f"{np.mean(found):.1%}", 0, ""))
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faces", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--limit", type=int, default=120, help="pictures of each folder (default: 120)")
    arguments = parser.parse_args()
    print(machine.description())
    context = StageContext(ModelManager(Config.load(device="cpu")))
    folders = {
        name: sorted((arguments.data / name).glob("*.*"))[: arguments.limit] for name in ("eval/faces", "train/faces")
    }
    if not all(folders.values()):
        sys.exit(f"{arguments.data} holds no eval/faces or train/faces.")
    targets = Targets()
    rows = recall(folders, context)
    table(("pictures", "number", "longer side", "how", "a face found"), rows)
    kodak = sorted((arguments.data / "eval/kodak24").glob("*.*"))
    empty = [path for number, path in enumerate(kodak, 1) if number in WITHOUT_FACES]
    started, megapixels, alarms = time.perf_counter(), 0.0, []
    for path in empty:
        pixels = load(path)
        megapixels += pixels.shape[0] * pixels.shape[1] / 1e6
        alarms.append(len(find_faces(pixels, context)))
    seconds = (time.perf_counter() - started) / max(megapixels, 1e-9)
    table(
        ("pictures without faces", "looked at", "false faces", "seconds per megapixel, four ways up"),
        [("Kodak24", len(empty), sum(alarms), f"{seconds:.2f}")],
    )
    old = sorted((arguments.data / "eval/old_photos").glob("*.*"))
    head = ("old photographs, longer side", "how", "showing a face", "found in", "showing none", "false faces")
    table(head, old_photographs(old, context))
    guard([*folders["eval/faces"], *folders["train/faces"]], targets)
    return targets.finish()


if __name__ == "__main__":
    sys.exit(main())
