"""Faces: how many are found, at which sizes and turns, how many false alarms; and whether the identity guard works.

    python -m benchmarks.faces --data ../shared/data

Every picture of ``eval/faces`` and ``train/faces`` shows a face. Kodak's pictures without people give the false alarms.
The guard is asked about another person's face in place of one's own, and about a light clean-up of one's own.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks import machine
from benchmarks.report import Targets, table
from config import Config
from faces.align import aligned, alignment
from faces.detect import find_faces
from faces.identity import Identity, similarity
from models import ModelManager
from stages.base import Work
from stages.faces import FacesSettings

SIDES = (512, 256, 128, 64)  # of the whole picture, of which the face is about half
# The numbers of Kodak24 in which no face can be seen, looked at one by one.
WITHOUT_FACES = (1, 2, 3, 5, 6, 7, 8, 11, 13, 16, 19, 20, 21, 22, 23)
GUARDED = 40


def load(path: Path, side: int | None = None) -> NDArray[np.float32]:
    image = Image.open(path).convert("RGB")
    if side:
        factor = side / max(image.size)
        image = image.resize((max(1, round(image.width * factor)), max(1, round(image.height * factor))), Image.LANCZOS)
    return np.asarray(image, np.float32) / np.float32(255)


def recall(folders: dict[str, list[Path]], work: Work) -> list[tuple[object, ...]]:
    """Share of the pictures in which a face is found, by size and turn."""
    rows: list[tuple[object, ...]] = []
    for name, paths in folders.items():
        for side in SIDES:
            found = [bool(find_faces(load(path, side), work, turns=(0,))) for path in paths]
            rows.append((name, len(paths), side, "upright", f"{np.mean(found):.1%}"))
        few = paths[:24]
        for turn in (1, 2, 3):
            right = 0
            for path in few:
                faces = find_faces(np.ascontiguousarray(np.rot90(load(path, 256), turn)), work)
                right += bool(faces) and faces[0].turned == -turn % 4
            rows.append(
                (name, len(few), 256, f"turned by {90 * turn} degrees, and the turn told", f"{right / len(few):.1%}")
            )
    return rows


def guard(paths: list[Path], work: Work, targets: Targets) -> None:
    """What the guard says of other people's faces and of a clean-up."""
    faces = []
    for path in paths:
        pixels = load(path)
        found = find_faces(pixels, work, turns=(0,))
        if found:
            faces.append(aligned(pixels, alignment(found[0])))
        if len(faces) == GUARDED:
            break
    identity = Identity(work)
    own = [identity.embedding(face) for face in faces]
    least = FacesSettings().guard
    others = [similarity(own[n], own[(n + 1) % len(own)]) for n in range(len(own))]
    cleaned = []
    for face, before in zip(faces, own, strict=True):
        smooth = cv2.bilateralFilter(face, 0, 0.06, 4)
        crisp = np.clip(smooth + 0.5 * (smooth - cv2.GaussianBlur(smooth, (0, 0), 2)), 0, 1)
        cleaned.append(similarity(before, identity.embedding(np.asarray(crisp, np.float32))))
    table(
        ("likeness", "faces", "lowest", "median", "highest"),
        [
            (name, len(values), *(f"{value:.2f}" for value in np.percentile(values, [0, 50, 100])))
            for name, values in (("another person", others), ("a light clean-up", cleaned))
        ],
    )
    targets.check("another person's face caught (%)", 100 * float(np.mean(np.array(others) < least)), ">=", 95)
    targets.check("a light clean-up passed (%)", 100 * float(np.mean(np.array(cleaned) >= least)), ">=", 95)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faces", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--limit", type=int, default=120, help="pictures of each folder (default: 120)")
    arguments = parser.parse_args()
    print(machine.description())
    work = Work(ModelManager(Config.load(device="cpu")))
    folders = {
        name: sorted((arguments.data / name).glob("*.*"))[: arguments.limit] for name in ("eval/faces", "train/faces")
    }
    if not all(folders.values()):
        sys.exit(f"{arguments.data} holds no eval/faces or train/faces.")
    targets = Targets()
    rows = recall(folders, work)
    table(("pictures", "number", "longer side", "how", "a face found"), rows)
    kodak = sorted((arguments.data / "eval/kodak24").glob("*.*"))
    empty = [path for number, path in enumerate(kodak, 1) if number in WITHOUT_FACES]
    started, megapixels, alarms = time.perf_counter(), 0.0, []
    for path in empty:
        pixels = load(path)
        megapixels += pixels.shape[0] * pixels.shape[1] / 1e6
        alarms.append(len(find_faces(pixels, work)))
    seconds = (time.perf_counter() - started) / max(megapixels, 1e-9)
    table(
        ("pictures without faces", "looked at", "false faces", "seconds per megapixel, four ways up"),
        [("Kodak24", len(empty), sum(alarms), f"{seconds:.2f}")],
    )
    old = sorted((arguments.data / "eval/old_photos").glob("*.*"))
    counts = [len(find_faces(load(path), work)) for path in old]
    table(("old photographs", "with a face found", "faces"), [(len(old), sum(map(bool, counts)), sum(counts))])
    guard([*folders["eval/faces"], *folders["train/faces"]], work, targets)
    return targets.finish()


if __name__ == "__main__":
    sys.exit(main())
