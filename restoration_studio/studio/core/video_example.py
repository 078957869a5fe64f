"""An old film made on the spot, for visitors who bring none: a slow pan over scikit-image's photographer, with grain,
flicker, specks and a hum."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDTH, HEIGHT, RATE, SOUND = 320, 240, 25, 48000
_PACKET = 1024  # samples


def frame_at(number: int, count: int, size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Frame ``number`` of ``count``: (height, width, 3) uint8, ``size`` is (width, height)."""
    import skimage.data

    width, height = size
    along = number / max(1, count - 1)
    left, top, across = 40 + 70 * along, 10 + 40 * along, 330 - 40 * along
    box = (left, top, left + across, top + across * height / width)
    pictures: Any = skimage.data  # has no types
    picture = Image.fromarray(pictures.camera()).resize(size, Image.Resampling.BICUBIC, box=box)
    grey = np.asarray(picture, np.float32) * (1 + 0.12 * rng.standard_normal()) + 7 * rng.standard_normal(
        (height, width)
    )
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


@cache
def example_video() -> bytes:
    """The film, as the bytes of a file."""
    with TemporaryDirectory() as folder:
        return write_example(Path(folder) / "film.mp4").read_bytes()


@cache
def example_card() -> NDArray[np.uint8]:
    """A frame of it, (height, width, 3) uint8."""
    return frame_at(50, 100, (WIDTH, HEIGHT), np.random.default_rng(1))


def write_example(path: Path, seconds: float = 4.0, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    """Write the film, H.264 with sound as AAC; gives ``path``."""
    import av

    rng, count = np.random.default_rng(1940), round(seconds * RATE)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=RATE, options={"crf": "23", "preset": "veryfast"})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        sound: Any = container.add_stream("aac", rate=SOUND)
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(frame_at(number, count, size, rng), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        for begin in range(0, round(seconds * SOUND), _PACKET):
            times = np.arange(begin, begin + _PACKET) / SOUND
            hum = (0.05 * np.sin(2 * np.pi * 110 * times)).astype(np.float32)
            samples = av.AudioFrame.from_ndarray(np.stack([hum, hum]), format="fltp", layout="stereo")
            samples.sample_rate, samples.pts, samples.time_base = SOUND, begin, Fraction(1, SOUND)
            container.mux(sound.encode(samples))
        container.mux(sound.encode(None))
    return path
