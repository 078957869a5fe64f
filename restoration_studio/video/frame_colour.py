"""From a video's frames to RGB and back: matrix, range, bit depth, quarter turns, odd sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from restoration_studio.video.probe import UNSPECIFIED, Colour, VideoInfo

if TYPE_CHECKING:
    from restoration_studio.image.picture import FloatArray

RGB, BT709, BT470BG, SMPTE170M, SMPTE240M, FCC, BT2020 = 0, 1, 5, 6, 7, 4, 9  # matrices of H.273
_SWSCALE = {BT709: 1, FCC: 4, BT470BG: 5, SMPTE170M: 5, SMPTE240M: 7, BT2020: 9}  # libswscale's own numbers
FULL, VIDEO = 2, 1
_HD_LINES = 720
_AT_ONCE = 10_000  # pixels


def resolve_colour(info: VideoInfo) -> Colour:
    """The colour a video is taken to have and its result is tagged with.

    Primaries and transfer are carried as they are, said or unsaid. A matrix that is not said is BT.709 from 720
    lines on and BT.601 below, as players take it; it is written out, since the result's size would tell another.
    """
    tagged = info.colour
    matrix = tagged.matrix if tagged.matrix in _SWSCALE else BT709 if info.height >= _HD_LINES else SMPTE170M
    if tagged.matrix == RGB:
        matrix = BT709
    return Colour(tagged.primaries or UNSPECIFIED, tagged.transfer or UNSPECIFIED, matrix, tagged.range or VIDEO)


def frame_to_pixels(frame: Any, colour: Colour, rotation: int) -> FloatArray:
    """A decoded frame as upright RGB.

    Args:
        frame: an ``av.VideoFrame`` of any pixel format without alpha.
        colour: what its numbers mean.
        rotation: degrees counter-clockwise that bring it upright, a multiple of 90.

    Returns:
        (height, width, 3) float32, 0 to 1.
    """
    deep = max(component.bits for component in frame.format.components) > 8
    rgb = frame if frame.format.name == ("rgb48le" if deep else "rgb24") else frame.reformat(
        format="rgb48le" if deep else "rgb24",
        src_colorspace=_SWSCALE[colour.matrix],
        dst_colorspace=_SWSCALE[colour.matrix],
        src_color_range=FULL if frame.format.is_rgb else colour.range,
        dst_color_range=FULL,
        interpolation=_flags(),
        threads=1,
    )  # fmt: skip
    values = rgb.to_ndarray()
    if rotation:
        values = np.rot90(values, rotation // 90)
    scale = np.float32(1 / (65535 if deep else 255))
    pixels: FloatArray = np.multiply(values, scale, dtype=np.float32)
    return np.ascontiguousarray(pixels)


def frame_to_alpha(frame: Any, rotation: int) -> FloatArray:
    """The opacity of a decoded frame, upright, (height, width) float32, 0 to 1; all 1 where it has none."""
    components = frame.format.components
    if not any(component.is_alpha for component in components):
        size = (frame.width, frame.height) if rotation % 180 else (frame.height, frame.width)
        return np.ones(size, np.float32)
    deep = max(component.bits for component in components) > 8
    values = frame.reformat(format="rgba64le" if deep else "rgba", threads=1).to_ndarray()[..., 3]
    if rotation:
        values = np.rot90(values, rotation // 90)
    return np.ascontiguousarray(values, np.float32) / np.float32(65535 if deep else 255)


def pixels_to_values(pixels: FloatArray, deep: bool) -> NDArray[Any]:
    """RGB, with or without opacity, of 0 to 1 as uint16 where ``deep``, else uint8."""
    most = np.float32(65535 if deep else 255)
    values = np.empty(pixels.shape, np.uint16 if deep else np.uint8)
    rows = max(1, _AT_ONCE // max(1, pixels.shape[1]))
    for start in range(0, len(pixels), rows):  # a few rows stay in the processor's cache
        part = pixels[start : start + rows] * most
        part += np.float32(0.5)
        values[start : start + rows] = np.clip(part, np.float32(0), most, out=part)
    return values


def values_to_frame(values: NDArray[Any], pixel_format: str, colour: Colour) -> Any:
    """RGB or RGBA (height, width, 3 or 4), uint8 or uint16, as an ``av.VideoFrame`` ready for an encoder."""
    import av

    layouts = {3: ("rgb24", "rgb48le"), 4: ("rgba", "rgba64le")}[values.shape[2]]
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(values), layouts[values.dtype == np.uint16])
    converted = frame.reformat(
        format=pixel_format,
        src_colorspace=_SWSCALE[colour.matrix],
        dst_colorspace=_SWSCALE[colour.matrix],
        src_color_range=FULL,
        dst_color_range=colour.range,
        interpolation=_flags(),
        threads=1,
    )
    converted.colorspace, converted.color_range = colour.matrix, colour.range
    converted.color_primaries, converted.color_trc = colour.primaries, colour.transfer
    return converted


def padded_to_even(values: NDArray[Any]) -> NDArray[Any]:
    """Repeat the last column and row of an odd width and height, since 4:2:0 needs pairs."""
    height, width = values.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return values
    return np.pad(values, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _flags() -> int:
    from av.video.reformatter import Interpolation

    return int(Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT)
