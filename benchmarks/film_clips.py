"""Clips for the film benchmarks, made of a real one: cut, made smaller, looped."""

from __future__ import annotations

import sys
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restoration_studio.image.luma import BT601

if TYPE_CHECKING:
    from restoration_studio.image.picture import FloatArray

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


def frames_of(source: str, first: int, count: int, height: int | None = None) -> list[FloatArray]:
    """``count`` frames of a real clip from number ``first`` on, (height, width, 3) float32, 0 to 1."""
    import av

    from restoration_studio.image.resize import resize
    from restoration_studio.video.frame_colour import frame_to_pixels, resolve_colour
    from restoration_studio.video.probe import probe_video

    path = DATA / source
    if not path.is_file():
        sys.exit(f"{path} is not there: this benchmark needs the clips beside the repository.")
    colour, made = resolve_colour(probe_video(path)), []
    with av.open(str(path)) as clip:
        for frame in islice(clip.decode(video=0), first, first + count):
            pixels = frame_to_pixels(frame, colour, 0)
            width = 2 * round(pixels.shape[1] * (height or 0) / pixels.shape[0] / 2)  # codecs want pairs
            made.append(resize(pixels, (height, width)) if height else pixels)
    return made


def write_frames(target: Path, frames: list[FloatArray], rate: int = 25) -> Path:
    """Write frames without loss, as FFV1."""
    import av
    import numpy as np

    with av.open(str(target), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=rate)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "bgr0"
        for number, pixels in enumerate(frames):
            values = np.clip(pixels * 255 + 0.5, 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(values, "rgb24").reformat(format="bgr0")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target


def read_frames_of(path: Path) -> list[FloatArray]:
    """Every frame of a film, (height, width, 3) float32, 0 to 1."""
    from restoration_studio.video.decode import read_frames
    from restoration_studio.video.frame_colour import frame_to_pixels, resolve_colour
    from restoration_studio.video.probe import probe_video

    info = probe_video(path)
    return [frame_to_pixels(item.frame, resolve_colour(info), info.rotation) for item in read_frames(info)]


def flicker_of(frames: list[FloatArray]) -> float:
    """``video.flicker_score`` of frames of one shot, in levels of 255."""
    import cv2
    import numpy as np

    from restoration_studio.video.flicker_score import Jumps, flicker_score

    jumps = Jumps()
    for pixels in frames:
        luma = np.asarray(pixels @ np.array(BT601, np.float32) * 255, np.float32)
        jumps.add(np.asarray(cv2.resize(luma, (64, 48), interpolation=cv2.INTER_AREA), np.float32))
    return flicker_score(jumps.values, [0])
