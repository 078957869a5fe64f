"""Frames a second of a film through the compact network: against the network alone, and against the usual loop.

    python -m benchmarks.film_speed [--frames 60] [--size 320x180]

The usual loop is the official ``RealESRGANer`` between OpenCV's VideoCapture and VideoWriter, with the same weights,
float32, no tiles, which loses sound and timestamps. Needs ``python -m benchmarks.reference --install`` once.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.film_clips import looped_clip
from benchmarks.report import Targets, table
from config import Config
from models import ModelManager
from restoration_pipeline import RestorationPipeline

MODEL = "realesr-animevideov3"
OF_NETWORK, TIMES_OFFICIAL = 0.95, 2.0


def network_alone(models: ModelManager, source: Path, batch: int) -> float:
    """Frames a second of the network on the film's decoded frames, nothing else running."""
    import numpy as np

    from media.film import probe_film
    from media.film_colour import decided_colour, frame_to_pixels
    from media.film_read import read_frames

    info = probe_film(source)
    frames = [frame_to_pixels(item.frame, decided_colour(info), 0) for item in read_frames(info)]
    network = models.get(MODEL, precision=models.precision())
    network(frames[0])
    started = time.perf_counter()
    for first in range(0, len(frames), batch):
        network(np.concatenate(frames[first : first + batch], axis=2))
    return len(frames) / (time.perf_counter() - started)


def official_loop(models: ModelManager, source: Path, target: Path) -> float:
    """Frames a second of the loop that scripts of today use."""
    import cv2
    import torch

    from benchmarks.official import _packages
    from weights.fetch import ensure
    from weights.load import load_state_dict

    package = _packages()
    from realesrgan.archs.srvgg_arch import SRVGGNetCompact

    network: Any = SRVGGNetCompact(num_in_ch=3, num_out_ch=3, num_feat=64, num_conv=16, upscale=4, act_type="prelu")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "realesr-animevideov3.pth"
        torch.save({"params": load_state_dict(ensure(MODEL, config=models.config))}, path)
        upsampler: Any = package["realesrgan"].RealESRGANer(
            scale=4, model_path=str(path), model=network, tile=0, pre_pad=0, half=False, device=torch.device("cpu")
        )
    capture = cv2.VideoCapture(str(source))
    size = [int(capture.get(which)) for which in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)]
    writer = cv2.VideoWriter(str(target), cv2.VideoWriter.fourcc(*"mp4v"), 25, (size[0] * 4, size[1] * 4))
    count, started = 0, time.perf_counter()
    while True:
        there, frame = capture.read()
        if not there:
            break
        writer.write(upsampler.enhance(frame, outscale=4)[0])
        count += 1
    writer.release()
    return count / (time.perf_counter() - started)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.film_speed", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--size", default="320x180", help="of the film, WIDTHxHEIGHT")
    parser.add_argument("--no-official", action="store_true", help="leave the usual loop out")
    arguments = parser.parse_args()
    print(machine.description())
    width, height = map(int, arguments.size.split("x"))
    models, targets, rows = ModelManager(Config.load(device="cpu", stage_cache_mb=0)), Targets(), []
    pipeline = RestorationPipeline(models=models)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = looped_clip(folder / "film.mp4", arguments.frames / 25, (width, height))
        alone = network_alone(models, source, max(1, 160_000 // (width * height)))
        started = time.perf_counter()
        stats = pipeline.restore_video(
            source, folder / "out.mp4", apply_denoising=False, apply_detail_enhancement=False, sr_model=MODEL
        )
        whole = arguments.frames / (time.perf_counter() - started)
        restoring = stats["film"]["frames_per_second"]
        rows.append(("the network alone", f"{alone:.2f}", ""))
        rows.append(("restoring (decode, restore and encode overlap)", f"{restoring:.2f}", f"{restoring / alone:.2f}"))
        rows.append(("with the look before and the check after", f"{whole:.2f}", f"{whole / alone:.2f}"))
        targets.check("restoring / network alone", restoring / alone, ">=", OF_NETWORK)
        if not arguments.no_official:
            usual = official_loop(models, source, folder / "usual.mp4")
            rows.append(("RealESRGANer between VideoCapture and VideoWriter", f"{usual:.2f}", f"{usual / alone:.2f}"))
            targets.check("all of it / the usual loop", whole / usual, ">=", TIMES_OFFICIAL)
    table(("what", "frames a second", "of the network alone"), rows)
    return targets.finish()


if __name__ == "__main__":
    sys.exit(main())
