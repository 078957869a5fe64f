"""Frames a second of a film through a network: against the network alone, and against the usual loop.

    python -m benchmarks.film_speed [--frames 60] [--size 320x180] [--model realesrgan-x4plus --frames 12 --size 96x64]
                                    [--precision float32]

The usual loop is the official ``RealESRGANer`` between OpenCV's VideoCapture and VideoWriter, with the same weights,
float32 (it knows nothing else on a processor), no tiles, which loses sound and timestamps. The network alone runs in
the pipeline's own precision. Needs ``python -m benchmarks.reference --install`` once. Everything
is done in turn and the best of it counts; the processor time beside it says what others on the machine do not change.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import machine
from benchmarks.film_clips import looped_clip
from benchmarks.report import Targets, table
from restoration_studio.config import Config
from restoration_studio.models import ModelManager
from restoration_studio.pipeline import RestorationPipeline

MODEL = "realesr-animevideov3"
OF_NETWORK, TIMES_OFFICIAL = 0.95, 2.0


class Speed(NamedTuple):
    """Frames a second, and milliseconds of all cores together that a frame took."""

    rate: float
    core_ms: float


class Clock:
    """Times runs; of each name the fastest counts, and the least processor time."""

    def __init__(self, frames: int) -> None:
        self._frames = frames
        self.best: dict[str, Speed] = {}

    def run(self, name: str, job: Callable[[], None]) -> None:
        started, spent = time.perf_counter(), _processor_seconds()
        job()
        seconds = time.perf_counter() - started
        made = Speed(self._frames / seconds, (_processor_seconds() - spent) / self._frames * 1000)
        so_far = self.best.get(name, made)
        self.best[name] = Speed(max(so_far.rate, made.rate), min(so_far.core_ms, made.core_ms))


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def network_alone(models: ModelManager, model: str, source: Path) -> Callable[[], None]:
    """Sends the film's decoded frames through the network one by one, nothing else running."""
    from benchmarks.film_clips import read_frames_of

    frames = read_frames_of(source)
    network = models.get(model, precision=models.precision())
    network(frames[0])

    def job() -> None:
        for pixels in frames:
            network(pixels)

    return job


def official_loop(models: ModelManager, model: str, source: Path, target: Path) -> Callable[[], None]:
    """The loop that scripts of today use."""
    import cv2

    upsampler = _official(models, model)

    def job() -> None:
        capture = cv2.VideoCapture(str(source))
        size = [int(capture.get(which)) for which in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)]
        writer = cv2.VideoWriter(str(target), cv2.VideoWriter.fourcc(*"mp4v"), 25, (size[0] * 4, size[1] * 4))
        while True:
            there, frame = capture.read()
            if not there:
                break
            writer.write(upsampler.enhance(frame, outscale=4)[0])
        writer.release()

    return job


def _official(models: ModelManager, model: str) -> Any:
    import torch

    from benchmarks.official import _packages
    from restoration_studio.weights.fetch import ensure
    from restoration_studio.weights.load import load_state_dict

    package: Any = _packages()
    if model == MODEL:
        from realesrgan.archs.srvgg_arch import SRVGGNetCompact

        network: Any = SRVGGNetCompact(num_in_ch=3, num_out_ch=3, num_feat=64, num_conv=16, upscale=4, act_type="prelu")
    else:
        network = package["basicsr.archs.rrdbnet_arch"].RRDBNet(
            num_in_ch=3, num_out_ch=3, num_feat=64, num_block=23, num_grow_ch=32, scale=4
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{model}.pth"
        torch.save({"params": load_state_dict(ensure(model, config=models.config))}, path)
        return package["realesrgan"].RealESRGANer(
            scale=4, model_path=str(path), model=network, tile=0, pre_pad=0, half=False, device=torch.device("cpu")
        )


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.film_speed", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--size", default="320x180", help="of the film, WIDTHxHEIGHT")
    parser.add_argument("--model", default=MODEL, choices=(MODEL, "realesrgan-x4plus"))
    parser.add_argument("--times", type=int, default=3, help="how often each is run")
    parser.add_argument("--precision", default="auto", choices=("auto", "float32", "bfloat16"))
    parser.add_argument("--no-official", action="store_true", help="leave the usual loop out")
    arguments = parser.parse_args()
    print(machine.description())
    width, height = map(int, arguments.size.split("x"))
    models, targets, clock = (
        ModelManager(Config.load(device="cpu", precision=arguments.precision, stage_cache_mb=0)),
        Targets(),
        Clock(arguments.frames),
    )
    pipeline = RestorationPipeline(models=models)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = looped_clip(folder / "film.mp4", arguments.frames / 25, (width, height))
        restoring: list[float] = []

        def whole() -> None:
            stats = pipeline.restore_video(
                source,
                folder / "out.mp4",
                apply_denoising=False,
                apply_detail_enhancement=False,
                sr_model=arguments.model,
            )
            restoring.append(stats["film"]["frames_per_second"])

        jobs = {"the network alone": network_alone(models, arguments.model, source), "all of it": whole}
        if not arguments.no_official:
            usual = official_loop(models, arguments.model, source, folder / "usual.mp4")
            jobs["RealESRGANer between VideoCapture and VideoWriter"] = usual
        for _ in range(arguments.times):
            for what, job in jobs.items():
                clock.run(what, job)
    alone, best = clock.best["the network alone"].rate, max(restoring)
    rows = [(what, speed.rate, speed.rate / alone, f"{speed.core_ms:.0f}") for what, speed in clock.best.items()]
    rows.insert(1, ("restoring (decode, restore and encode overlap)", best, best / alone, ""))
    table(("what", "frames a second", "of the network alone", "ms of all cores for a frame"), rows)
    targets.check("restoring / network alone", best / alone, ">=", OF_NETWORK)
    if not arguments.no_official:
        targets.check("all of it / the usual loop", clock.best["all of it"].rate / rows[-1][1], ">=", TIMES_OFFICIAL)
    return targets.finish()


if __name__ == "__main__":
    sys.exit(main())
