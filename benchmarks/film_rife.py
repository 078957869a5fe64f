"""RIFE: every second frame of clips dropped and made again, against the true frames and against blending.

    python -m benchmarks.film_rife [--frames 11]

Real clips where they move, and two camera paths over real photographs: a background that passes by slowly, a figure
cut from another photograph that passes by faster, turns and grows.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from benchmarks import machine
from benchmarks.film_clips import flicker_of, frames_of
from benchmarks.report import Targets, table
from restoration_studio.evaluation.metrics import psnr
from restoration_studio.image.picture import FloatArray
from restoration_studio.models import ModelManager

# Chaplin is left out: some of its frames are shown twice, so that nothing lies in the middle.
CLIPS = (("cockatoo_audio.mp4", 60, 288), ("cockatoo_audio.mp4", 20, 288), ("film_1940_bw_audio.mp4", 0, 288))
MORE = 3.0  # dB above blending


def camera_path(frames: int, turning: bool) -> list[FloatArray]:
    """A figure in front of a background, each with a motion of its own, (256, 384, 3) float32."""
    import cv2
    from skimage.data import astronaut, coffee

    back, front = ((picture / 255).astype(np.float32) for picture in (coffee(), astronaut()[0:400, 90:360]))
    oval = np.zeros(front.shape[:2], np.float32)
    cv2.ellipse(oval, (135, 200), (120, 190), 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    clip = []
    for number in range(frames):
        scale = 1.0 + (0.006 * number if turning else 0.0)
        behind = np.array([[scale, 0, -3.0 * number - 60], [0, scale, -0.7 * number - 60]])
        angle = np.deg2rad(1.2 * number) if turning else 0.0
        size = 0.55 + (0.006 * number if turning else 0.0)
        cos, sin = size * np.cos(angle), size * np.sin(angle)
        before = np.array([[cos, -sin, 40 + 5.0 * number], [sin, cos, 30 - 0.5 * number]])
        frame, figure = (
            cv2.warpAffine(picture, matrix, (384, 256), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
            for picture, matrix in ((back, behind), (front, before))
        )
        weight = cv2.warpAffine(oval, before, (384, 256))[..., None]
        clip.append(np.asarray(frame * (1 - weight) + figure * weight, np.float32))
    return clip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.film_rife", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--frames", type=int, default=11, help="of each clip; every second is dropped")
    arguments = parser.parse_args()
    print(machine.description())
    network = ModelManager.shared().get("rife")
    clips = {f"{name} from {first}": frames_of(name, first, arguments.frames, h) for name, first, h in CLIPS}
    clips["two planes that pass by"] = camera_path(arguments.frames, turning=False)
    clips["a figure that turns and comes nearer"] = camera_path(arguments.frames, turning=True)
    rows, gains = [], []
    for name, true in clips.items():
        scores = []
        whole = list(true)
        for number in range(1, len(true) - 1, 2):
            before, after = true[number - 1], true[number + 1]
            made = network(np.concatenate((before, after), axis=2), 0.5)
            whole[number] = made
            scores.append([psnr(picture, true[number]) for picture in ((before + after) / 2, made)])
        blend, rife = (float(value) for value in np.mean(scores, axis=0))
        gains.append(rife - blend)
        rows.append((name, blend, rife, rife - blend, flicker_of(true), flicker_of(whole)))
    table(("clip", "blend (dB)", "RIFE (dB)", "more", "flicker of the truth", "with RIFE's frames"), rows)
    targets = Targets()
    targets.check("clips where RIFE is 3 dB above blending", sum(gain >= MORE for gain in gains), ">=", 3)
    targets.check("least above blending (dB)", min(gains), ">=", 0.0)
    return targets.finish()


if __name__ == "__main__":
    sys.exit(main())
