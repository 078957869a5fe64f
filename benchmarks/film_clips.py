"""Clips for the film benchmarks, made of a real one: cut, made smaller, looped."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "video"
SOURCE = "chaplin_bw_audio.mp4"


def looped_clip(target: Path, seconds: float, size: tuple[int, int], source: str = SOURCE) -> Path:
    """Write ``source`` over and over, at ``size`` (width, height) and 25 frames a second, as H.264."""
    import av

    path = DATA / source
    if not path.is_file():
        sys.exit(f"{path} is not there: this benchmark needs the clips beside the repository.")
    with av.open(str(path)) as clip:
        frames = [frame.reformat(width=size[0], height=size[1], format="yuv420p") for frame in clip.decode(video=0)]
    with av.open(str(target), "w") as container:
        stream: Any = container.add_stream("libx264", rate=25, options={"preset": "ultrafast", "crf": "18"})
        stream.width, stream.height = size
        stream.codec_context.time_base = Fraction(1, 25)
        for number in range(round(seconds * 25)):
            frame = frames[number % len(frames)]
            frame.pts, frame.time_base, frame.pict_type = number, Fraction(1, 25), 0
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target
