"""Flicker of known strength laid over moving clips, taken away again; and the clip of 1940 as it is.

    python -m benchmarks.film_flicker [--frames 80]

Gamma and gain change from frame to frame, once over the whole frame and once in its parts as well. The film of 1940
goes through the pipeline and is written without loss: at usual quality the encoder itself adds 0.05 levels.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import machine
from benchmarks.film_clips import DATA, flicker_of, frames_of, read_frames_of, write_frames
from benchmarks.report import Targets, table
from restoration_studio.config import Config
from restoration_studio.evaluation.metrics import psnr
from restoration_studio.image.picture import FloatArray
from restoration_studio.pipeline import RestorationPipeline

CLIPS = (("chaplin_bw_audio.mp4", 60, 240), ("flower_cc0_audio.webm", 0, 216), ("cockatoo_audio.mp4", 20, 180))


def flickering(frames: list[FloatArray], rng: np.random.Generator, local: bool) -> list[FloatArray]:
    """The frames with a gamma of 0.9 to 1.12 and a gain of 0.9 to 1.1 each; in parts, 5 % more to and fro."""
    import cv2

    made = []
    for frame in frames:
        changed = frame ** rng.uniform(0.9, 1.12) * rng.uniform(0.9, 1.1)
        if local:
            field = rng.normal(1, 0.05, (2, 3)).astype(np.float32)
            changed = changed * cv2.resize(field, frame.shape[1::-1], interpolation=cv2.INTER_CUBIC)[..., None]
        made.append(np.clip(changed, 0, 1).astype(np.float32))
    return made


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.film_flicker", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--frames", type=int, default=80, help="of each clip")
    arguments = parser.parse_args()
    print(machine.description())
    pipeline = RestorationPipeline(Config.load(device="cpu", stage_cache_mb=0))
    rows, targets, rng = [], Targets(), np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def restored(source: Path) -> list[FloatArray]:
            target = folder / "out.mkv"
            target.unlink(missing_ok=True)
            pipeline.restore_video(source, target, {"stages": []}, deflicker=1.0, codec="ffv1")
            return read_frames_of(target)

        for clip, first, height in CLIPS:
            true = frames_of(clip, first, arguments.frames, height)
            for local in (False, True):
                seen = flickering(true, rng, local)
                made = restored(write_frames(folder / "seen.mkv", seen))
                scores = [flicker_of(frames) for frames in (true, seen, made)]
                before, after = (
                    float(np.mean([psnr(a, b) for a, b in zip(frames, true, strict=True)])) for frames in (seen, made)
                )
                kind = "whole frame and parts" if local else "whole frame"
                rows.append((clip, kind, *scores, before, after))
                targets.check(f"{clip}, {kind}: score after / before", scores[2] / scores[1], "<=", 0.5)
                targets.check(f"{clip}, {kind}: nearer to the truth (dB)", after - before, ">=", 2.0)
        old = frames_of("film_1940_bw_audio.mp4", 0, 185)
        made = restored(DATA / "film_1940_bw_audio.mp4")
        scores = [flicker_of(frames) for frames in (old, made)]
        kept = float(np.mean([psnr(a, b) for a, b in zip(made, old, strict=True)]))
        rows.append(("film_1940_bw_audio.mp4", "its own", "", *scores, "", kept))
        targets.check("film of 1940: score after / before", scores[1] / scores[0], "<=", 0.5)
        targets.check("film of 1940: likeness to what it was (dB)", kept, ">=", 45.0)
    table(("clip", "flicker", "score of the truth", "with flicker", "steadied", "PSNR before", "after"), rows)
    return targets.finish()


if __name__ == "__main__":
    sys.exit(main())
