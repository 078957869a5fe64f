"""Pictures of a film: single frames, the one for a poster, a contact sheet."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from restoration_studio.image.picture import FloatArray
from restoration_studio.text import format_seconds
from restoration_studio.video.decode import read_frames, scan_duration
from restoration_studio.video.errors import VideoWithoutFrames
from restoration_studio.video.frame_colour import frame_to_pixels, resolve_colour
from restoration_studio.video.probe import VideoInfo, probe_video

SHEET_FRAMES, _COLUMNS = 12, 4
_THUMB_WIDTH, _GAP, _HEAD = 400, 14, 74
_PAPER, _INK, _QUIET = (25, 23, 20), (239, 235, 228), (189, 182, 171)


@dataclass(frozen=True, slots=True)
class Still:
    """A frame with its time in seconds from the film's beginning; (height, width, 3) uint8 as players show it."""

    seconds: float
    pixels: NDArray[np.uint8]


def length_of(info: VideoInfo) -> float:
    """Seconds, looked for in the file where it does not say."""
    return info.duration or scan_duration(info.path, info.index)


def still(info: VideoInfo, seconds: float) -> FloatArray:
    """The upright frame shown at that time, or the last before the film breaks off: (height, width, 3), 0 to 1.

    Raises:
        VideoWithoutFrames: no frame can be decoded.
    """
    wanted = int((seconds + info.start) / info.time_base)
    item = next(read_frames(info, from_pts=wanted), None) or next(read_frames(info), None)
    if item is None:
        raise VideoWithoutFrames(path=info.path)
    return frame_to_pixels(item.frame, resolve_colour(info), info.rotation)


def stills(path: Path, count: int = SHEET_FRAMES) -> list[Still]:
    """Frames spread evenly over a film; fewer where it has not so many.

    Raises:
        InputError: the film cannot be read.
    """
    info = probe_video(path)
    length = length_of(info)
    found: list[Still] = []
    for number in range(count):
        seconds = length * (number + 0.5) / count
        pixels = np.round(still(info, seconds) * 255).astype(np.uint8)
        if not found or not np.array_equal(found[-1].pixels, pixels):
            found.append(Still(seconds, _squared(pixels, info)))
    return found


def _squared(pixels: NDArray[np.uint8], info: VideoInfo) -> NDArray[np.uint8]:
    """With square pixels, as players show the film."""
    height, width = pixels.shape[:2]
    wide = round(width * info.upright_aspect)
    if wide == width:
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((wide, height), Image.Resampling.LANCZOS))


def poster(frames: Sequence[Still]) -> Still:
    """The frame that shows most: neither dark nor flat, with the strongest edges for its brightness."""

    def worth(frame: Still) -> float:
        grey = frame.pixels[::2, ::2].mean(axis=2)
        edges = np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean()
        return float(grey.std() + 4 * edges)

    return max(frames, key=worth)


def contact_sheet(frames: Sequence[Still], title: str, facts: str) -> Image.Image:
    """The frames in rows with their times, below a title."""
    height, width = frames[0].pixels.shape[:2]
    thumb = (_THUMB_WIDTH, max(1, round(_THUMB_WIDTH * height / width)))
    columns = min(_COLUMNS, len(frames))
    rows = -(-len(frames) // columns)
    size = (columns * (thumb[0] + _GAP) + _GAP, _HEAD + rows * (thumb[1] + 2 * _GAP + 14) + _GAP)
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((_GAP, 14), title, _INK, ImageFont.load_default(22))
    draw.text((_GAP, 44), facts, _QUIET, ImageFont.load_default(15))
    for number, frame in enumerate(frames):
        row, column = divmod(number, columns)
        left, top = _GAP + column * (thumb[0] + _GAP), _HEAD + row * (thumb[1] + 2 * _GAP + 14)
        sheet.paste(Image.fromarray(frame.pixels).resize(thumb, Image.Resampling.LANCZOS), (left, top))
        draw.text((left, top + thumb[1] + 5), _time(frame.seconds), _QUIET, ImageFont.load_default(15))
    return sheet


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else format_seconds(seconds)


def as_jpeg(picture: Image.Image | NDArray[np.uint8]) -> bytes:
    """A picture as a JPEG file of high quality."""
    stream = io.BytesIO()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(stream, "JPEG", quality=92)
    return stream.getvalue()
