"""Every clip beside the repository restored: sound to the bit, timestamps, length, and playing in Chromium.

    python -m benchmarks.film_table [--max-frames 0] [--only NAME]

Each clip is sharpened (the detail stage) and written in the kind of file it came in, and so is one of variable frame
rate that is made on the spot. Timestamps are compared in the film's own time base, sound packet for packet.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.film_clips import DATA
from benchmarks.report import table
from restoration_studio.config import Config
from restoration_studio.pipeline import RestorationPipeline

_PLAYED = """async (source) => {
    const video = document.createElement('video');
    video.muted = true;
    video.src = source;
    document.body.append(video);
    try {
        await new Promise((done, fail) => {
            video.onloadeddata = done;
            video.onerror = () => fail(video.error.message);
        });
        await video.play();
        await new Promise((done, fail) => {
            video.ontimeupdate = () => { if (video.currentTime > 0.2) done(); };
            setTimeout(() => fail('it stands still'), 30000);
        });
    } catch (error) { return String(error); } finally { video.remove(); }
    return '';
}"""


@dataclass(frozen=True, slots=True)
class Read:
    """What a film file holds: frames' times and the last one's end in seconds, packets of sound with their times."""

    times: list[Fraction]
    end: Fraction
    tick: Fraction
    sound: list[tuple[Fraction, bytes]]


def read(path: Path) -> Read:
    """Decode the pictures and read every packet of sound."""
    import av

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        base = Fraction(stream.time_base or 1)
        step = 1 / Fraction(stream.average_rate or 25)
        times: list[Fraction] = []
        end = Fraction(0)
        for frame in container.decode(stream):
            times.append((frame.pts or 0) * base)
            end = times[-1] + (Fraction(frame.duration) * base if frame.duration else step)
        if path.suffix == ".mp4" and stream.duration:  # what decoders say of a moved frame's length is another's
            end = ((stream.start_time or 0) + stream.duration) * base
    with av.open(str(path)) as container:
        sound = [
            ((packet.pts or 0) * Fraction(packet.time_base), bytes(packet))
            for packet in (container.demux(*container.streams.audio) if container.streams.audio else ())
            if packet.size
        ]
    return Read(times, end, base, sound)


def variable_clip(target: Path, frames: int = 60) -> Path:
    """A film whose frames last from 11 to 90 ms, counted in 1/90000 s."""
    import av
    import numpy as np

    draw, pts = np.random.default_rng(0), 0
    picture = draw.integers(0, 255, (12, 16, 3), np.uint8).repeat(10, 0).repeat(10, 1)
    with av.open(str(target), "w", container_options={"video_track_timescale": "90000"}) as container:
        stream: Any = container.add_stream("libx264", rate=30, options={"crf": "18"})
        stream.height, stream.width = picture.shape[:2]
        stream.codec_context.time_base = Fraction(1, 90000)
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(np.roll(picture, number, axis=1), "rgb24")
            frame.pts, frame.time_base = pts, Fraction(1, 90000)
            pts += int(draw.integers(1000, 8100))
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target


@contextmanager
def browser() -> Iterator[Any]:
    """A page of Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        found = [path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))]
        path = found[0] if found else driver.chromium.executable_path
        chromium = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield chromium.new_page()
        chromium.close()


def row(
    pipeline: RestorationPipeline, page: Any, source: Path, target: Path, max_frames: int
) -> tuple[list[str], bool]:
    """One clip's line of the table, and whether everything is right."""
    stats = pipeline.restore_video(
        source, target, apply_super_resolution=False, apply_denoising=False,
        ignore_alpha=target.suffix == ".mp4", max_frames=max_frames or None,
    )  # fmt: skip
    before, after = read(source), read(target)
    times = before.times[: max_frames or None]
    whole = len(times) == len(before.times)
    worst = max((abs(a - b) for a, b in zip(times, after.times, strict=False)), default=Fraction(0))
    end = before.end if whole else before.times[len(times)]
    sound = before.sound if whole else before.sound[: len(after.sound)]
    kind = "video/webm" if target.suffix == ".webm" else "video/mp4"
    trouble = page.evaluate(_PLAYED, f"data:{kind};base64,{base64.b64encode(target.read_bytes()).decode()}")
    right = {
        "frames": len(after.times) == len(times),
        "times": worst < before.tick,
        "duration": abs(after.end - end) <= max(before.tick, after.tick),
        "sound": after.sound == sound and bool(after.sound) == bool(before.sound),
        "plays": not trouble,
    }
    codec = stats["film"]["encoding"]["codec"]
    said = [
        source.name, f"{len(after.times)} of {len(before.times)}", f"{float(after.end - after.times[0]):.3f}",
        f"{len(after.sound)} of {len(before.sound)}" if before.sound else "none", f"{float(worst) * 1e6:g}",
        f"{float(before.tick) * 1e6:g}", f"{codec}, {'yes' if right['plays'] else trouble}",
        "yes" if all(right.values()) else "**no: " + ", ".join(name for name, well in right.items() if not well) + "**",
    ]  # fmt: skip
    return said, all(right.values())


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.film_table", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--max-frames", type=int, default=0, help="of each clip; 0 takes all")
    parser.add_argument("--only", default="", help="the clips whose names hold this")
    arguments = parser.parse_args()
    clips = sorted(DATA.glob("*.*")) if DATA.is_dir() else []
    if not clips:
        sys.exit(f"{DATA} is not there: this benchmark needs the clips beside the repository.")
    print(machine.description())
    pipeline, rows, well = RestorationPipeline(config=Config.load(device="cpu", stage_cache_mb=0)), [], True
    with tempfile.TemporaryDirectory() as name, browser() as page:
        folder = Path(name)
        for source in [*clips, variable_clip(folder / "variable_rate.mp4")]:
            if arguments.only not in source.name:
                continue
            said, right = row(pipeline, page, source, folder / f"out_{source.name}", arguments.max_frames)
            rows.append(said)
            well = well and right
            print(*said, sep=" | ", flush=True)
    head = ("clip", "frames", "seconds", "packets of sound", "worst timestamp (us)", "tick (us)", "plays", "all right")
    table(head, rows)
    return 0 if rows and well else 1


if __name__ == "__main__":
    sys.exit(main())
