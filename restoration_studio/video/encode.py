"""Encoders for videos: which codec, pixel format and options; and a writer for one segment of a video.

Every encoder is set so that the same frames give the same bytes again: a fixed number of threads, closed groups of
pictures. x264's macroblock tree is off: with AVX-512 it gives other bytes in every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from restoration_studio.video.codecs import ALPHA_OPTIONS, encoder_options, pixel_format_of, with_alpha
from restoration_studio.video.errors import (
    AlphaNotKept,
    CodecDoesNotFit,
    CodecUnknown,
    EncoderRefused,
    PixelAspectNotKept,
    SegmentNotOpened,
    SegmentNotWritten,
    VideoNameUnknown,
)
from restoration_studio.video.frame_colour import padded_to_even, resolve_colour, values_to_frame
from restoration_studio.video.probe import Colour, VideoInfo

CodecName = Literal["auto", "h264", "h265", "vp9", "av1", "ffv1", "prores"]
CODECS: tuple[str, ...] = get_args(CodecName)
CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
_MIXES = {
    "mp4": ("h264", "h265", "vp9", "av1"),
    "mov": ("h264", "h265", "prores"),
    "matroska": ("h264", "h265", "vp9", "av1", "ffv1", "prores"),
    "webm": ("vp9", "av1"),
}
_ENCODERS = {
    "h264": "libx264", "h265": "libx265", "vp9": "libvpx-vp9", "av1": "libsvtav1", "ffv1": "ffv1", "prores": "prores_ks"
}  # fmt: skip
_WITH_ALPHA = {"webm": "vp9", "matroska": "vp9", "mov": "prores"}  # containers, and the codec they get then
ORIGIN = 64  # the number a segment's first frame has in its file: no decoder holds back more


@dataclass(frozen=True, slots=True)
class EncodingOptions:
    """How a video's result is written.

    Attributes:
        codec: "auto" is H.264 (VP9 in .webm), or with more than 8 bits H.265 (VP9 in .webm).
        crf: quality, lower is better; None for the codec's default (h264 18, h265 20, vp9 and av1 24).
        preset: speed against size in the encoder's own words; None for the default.
        ignore_alpha: restore the colours of a video with transparency and leave its transparency out.
    """

    codec: str = "auto"
    crf: float | None = None
    preset: str | None = None
    ignore_alpha: bool = False


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoder with all its settings; equal encodings give equal bytes.

    Attributes:
        size: (height, width) of the encoded frames, which 4:2:0 makes even.
        notes: what the result loses, one sentence each.
    """

    codec: str
    encoder: str
    container: str
    pixel_format: str
    options: tuple[tuple[str, str], ...]
    size: tuple[int, int]
    colour: Colour
    sample_aspect: Fraction
    rate: Fraction
    time_base: Fraction
    notes: tuple[str, ...] = ()

    @property
    def deep(self) -> bool:
        return "10" in self.pixel_format or "12" in self.pixel_format or "16" in self.pixel_format

    @property
    def alpha(self) -> bool:
        """Whether transparency is written."""
        return self.pixel_format.startswith("yuva")


def container_of(target: Path) -> str:
    """FFmpeg's name of the container a result's name asks for.

    Raises:
        UsageError: it is none that videos are written to.
    """
    container = CONTAINERS.get(target.suffix.lower())
    if container is None:
        raise VideoNameUnknown(path=target, choices=tuple(CONTAINERS))
    return container


def choose_encoding(info: VideoInfo, options: EncodingOptions, target: Path, size: tuple[int, int]) -> Encoding:
    """The encoding for a result of ``size`` (height, width).

    Raises:
        UsageError: codec, container, quality and preset do not go together.
    """
    container, notes = container_of(target), []
    deep = info.bit_depth > 8
    codec, alpha = options.codec, info.alpha and not options.ignore_alpha
    if codec == "auto" and alpha and container in _WITH_ALPHA:
        codec = _WITH_ALPHA[container]
    if codec == "auto":
        codec = "vp9" if container == "webm" else "h265" if deep else "h264"
    if codec not in _ENCODERS:
        raise CodecUnknown(codec=codec, choices=tuple(CODECS))
    if codec not in _MIXES[container]:
        fits = tuple(suffix for suffix, name in CONTAINERS.items() if codec in _MIXES[name])
        raise CodecDoesNotFit(codec=codec, suffix=target.suffix, choices=fits)
    if alpha and (container not in _WITH_ALPHA or codec not in ("vp9", "ffv1", "prores")):
        raise AlphaNotKept(path=info.path, codec=codec, suffix=target.suffix)
    if info.upright_aspect != 1 and container in ("matroska", "webm") and codec not in ("h264", "h265"):
        raise PixelAspectNotKept(codec=codec, suffix=target.suffix)
    if deep and codec == "h264":
        notes.append(f"the film has {info.bit_depth} bits a channel and H.264 keeps 8; --codec h265 keeps 10.")
    elif info.bit_depth > 10 and codec != "ffv1":
        notes.append(f"the film has {info.bit_depth} bits a channel and {codec} keeps 10; --codec ffv1 keeps all.")
    if alpha and deep and codec == "vp9":
        notes.append("VP9 keeps 8 bits a channel beside transparency; --codec ffv1 in .mkv keeps all.")
    pixel_format = pixel_format_of(codec, info)
    if alpha:
        pixel_format = with_alpha(codec, pixel_format)
    height, width = size
    if "420" in pixel_format or "422" in pixel_format:
        height, width = height + height % 2, width + width % 2
    if (height, width) != size:
        notes.append(f"the result has {width}x{height} pixels: {codec} takes even sides, so the edge was repeated.")
    if max(height, width) > 4096 and codec in ("h264", "vp9", "h265"):
        notes.append(f"{width}x{height} pixels are more than many players show; --sr-scale makes it smaller.")
    chosen = encoder_options(codec, options.preset, options.crf) | (ALPHA_OPTIONS.get(codec, {}) if alpha else {})
    return Encoding(
        codec=codec,
        encoder=_ENCODERS[codec],
        container=container,
        pixel_format=pixel_format,
        options=tuple(sorted(chosen.items())),
        size=(height, width),
        colour=resolve_colour(info),
        sample_aspect=info.upright_aspect,
        rate=Fraction(info.frame_rate or 25),
        time_base=info.time_base,
        notes=tuple(notes),
    )


class SegmentEncoder:
    """Encodes consecutive frames into a file of their own, a Matroska that numbers them from ``ORIGIN`` on.

    Timestamps are not in it: they are exact in the analysis only, since Matroska counts milliseconds.
    """

    def __init__(self, path: Path, encoding: Encoding, frames: int) -> None:
        import av

        self._encoding, self._path = encoding, path
        self._numbers: dict[int, int] = {}
        self.order: list[int] = []
        try:
            self._container: Any = av.open(
                str(path), "w", format="matroska", container_options={"fflags": "+bitexact", "reserve_index_space": "0"}
            )
        except (av.error.FFmpegError, OSError) as error:
            raise SegmentNotOpened(path=path, reason=str(error.strerror or error)) from error
        stream: Any = self._container.add_stream(encoding.encoder, rate=encoding.rate, options=dict(encoding.options))
        stream.height, stream.width = encoding.size
        stream.pix_fmt = encoding.pixel_format
        context = stream.codec_context
        context.time_base = encoding.time_base
        context.gop_size = max(1, frames) if encoding.codec not in ("ffv1", "prores") else 1
        context.sample_aspect_ratio = encoding.sample_aspect
        colour = encoding.colour
        if encoding.alpha:
            stream.metadata["alpha_mode"] = "1"
        context.color_primaries, context.color_trc = colour.primaries, colour.transfer
        context.colorspace, context.color_range = colour.matrix, colour.range
        self._stream = stream

    def add(self, values: NDArray[Any], pts: int) -> Any:
        """Encode one frame, RGB (height, width, 3) in uint8 or uint16; gives it as the encoder had it."""
        frame = values_to_frame(self._fitted(values), self._encoding.pixel_format, self._encoding.colour)
        frame.pts, frame.time_base = pts, self._encoding.time_base
        self._numbers[pts] = len(self._numbers)
        self._write(self._run(frame))
        return frame

    def close(self) -> None:
        """Write what the encoder still holds, and end the file."""
        self._write(self._run(None))
        self._container.close()

    def abandon(self) -> None:
        """End without the frames the encoder still holds; the file is of no use."""
        self._container.close()

    def _fitted(self, values: NDArray[Any]) -> NDArray[Any]:
        return values if values.shape[:2] == self._encoding.size else padded_to_even(values)

    def _run(self, frame: Any) -> Sequence[Any]:
        import av

        try:
            packets: list[Any] = self._stream.encode(frame)
            return packets
        except (av.error.FFmpegError, ValueError) as error:
            height, width = self._encoding.size
            raise EncoderRefused(
                encoder=self._encoding.encoder,
                width=width,
                height=height,
                pixel_format=self._encoding.pixel_format,
                reason=str(error),
            ) from error

    def _write(self, packets: Sequence[Any]) -> None:
        import av

        for packet in packets:
            number = self._numbers[packet.pts]
            packet.time_base = Fraction(1, 1000)
            packet.pts, packet.dts, packet.duration = ORIGIN + number, len(self.order), 1
            self.order.append(number)
            try:
                self._container.mux(packet)
            except (av.error.FFmpegError, OSError) as error:
                raise SegmentNotWritten(path=self._path, reason=str(error.strerror or error)) from error


def mean_luma(frame: Any) -> float:
    """The mean of a frame's first plane, every fourth pixel each way, on a scale of 0 to 255 whatever its depth."""
    plane, bits = frame.planes[0], frame.format.components[0].bits
    kind = np.dtype(np.uint8 if bits == 8 else np.uint16)
    rows = np.frombuffer(plane, kind).reshape(plane.height, plane.line_size // kind.itemsize)
    mean: float = float(rows[::4, : plane.width : 4].mean()) / 2.0 ** (bits - 8)
    return mean
