"""Dirt on single frames: real sprites laid over real clips, repaired; and the clean clips, which must stay.

    python -m benchmarks.film_dirt [--frames 12] [--motion dis]

Sprites of dust, hairs, lint, spots and scratches, one to three dark and as many light ones in every frame, from 1 to
12 % of the frame's height. The truth is the clip itself.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks import machine
from benchmarks.film_clips import DATA, frames_of
from benchmarks.report import Targets, table
from restoration_studio.evaluation.metrics import psnr
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.video.dirt_repair import DirtRepair, repair_frames

CLIPS = (
    ("film_1940_bw_audio.mp4", 60, None),
    ("chaplin_bw_audio.mp4", 100, None),
    ("cockatoo_audio.mp4", 20, 360),
    ("cockatoo_audio.mp4", 150, 360),  # fills the frame and moves fast
    ("flower_cc0_audio.webm", 50, 360),
    ("failing_audio.mp4", 10, None),
)
LEAST_GAIN, MOST_CHANGED = 5.0, 0.0005  # dB; share of the clean clips' pixels


def dirty(frame: FloatArray, sprites: list[Path], rng: np.random.Generator) -> FloatArray:
    """A frame with sprites laid over it."""
    from restoration_studio.training.sprites import _place, load_sprite

    height, width = frame.shape[:2]
    for tone in (rng.uniform(0, 0.15), rng.uniform(0.8, 1)):
        cover = np.zeros((height, width), np.float32)
        for _ in range(int(rng.integers(1, 4))):
            sprite = load_sprite(sprites[int(rng.integers(len(sprites)))])
            if sprite.size:
                _place(cover, sprite, rng, min(1.0, rng.uniform(0.012, 0.12) * min(height, width) / max(sprite.shape)))
        opacity = 0.95 * cover[..., None]
        frame = (frame * (1 - opacity) + np.float32(tone) * opacity).astype(np.float32)
    return frame


def repaired(frames: list[FloatArray], motion: str) -> list[FloatArray]:
    """The frames as the film step makes them."""
    work = DirtRepair(1.0, 0.6)
    if motion == "raft":
        from restoration_studio.models import ModelManager
        from restoration_studio.networks.raft import estimate_flow

        loaded = ModelManager.shared().get("raft-things")
        work.find = lambda here, there: estimate_flow(loaded.network, loaded.device, here, there)
    pictures = (Picture(pixels=frame) for frame in frames)
    return [picture.pixels for picture in repair_frames(pictures, 0, 0, len(frames), lambda number: 0, work)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.film_dirt", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--frames", type=int, default=12, help="of each clip")
    parser.add_argument("--motion", choices=("dis", "raft"), default="dis")
    parser.add_argument("--clips", type=int, default=len(CLIPS), help="how many of the clips")
    arguments = parser.parse_args()
    print(machine.description())
    sprites = sorted((DATA.parent / "train" / "film_damage").glob("*/*.png"))
    sprites = [path for path in sprites if path.parent.name != "stain"]  # as large as the frame, and no dust
    if not sprites:
        sys.exit("the sprites of film damage are not beside the repository; this benchmark needs them.")
    rows, gains, changes, targets = [], [], [], Targets()
    for name, first, height in CLIPS[: arguments.clips]:
        rng = np.random.default_rng(3)
        true = frames_of(name, first, arguments.frames, height)
        seen = [dirty(frame, sprites, rng) for frame in true]
        started = time.perf_counter()
        untouched = repaired(true, arguments.motion)
        pace = len(true) / (time.perf_counter() - started)
        made = repaired(seen, arguments.motion)
        inner = slice(1, -1)  # the first and last have one neighbour only
        before, after = (
            float(np.mean([psnr(a, b) for a, b in zip(frames[inner], true[inner], strict=True)]))
            for frames in (seen, made)
        )
        changed = float(
            np.mean([(np.abs(a - b).max(axis=2) > 1 / 255).mean() for a, b in zip(untouched, true, strict=True)])
        )
        gains.append(after - before)
        changes.append(changed)
        rows.append((name, first, before, after, f"{changed:.4%}", f"{pace:.1f}"))
    table(("clip", "from frame", "dirty (dB)", "repaired (dB)", "clean pixels changed", "frames a second"), rows)
    targets.check("least gain (dB)", min(gains), ">=", LEAST_GAIN)
    targets.check("most pixels of a clean clip changed (share)", max(changes), "<=", MOST_CHANGED)
    return targets.finish()


if __name__ == "__main__":
    sys.exit(main())
