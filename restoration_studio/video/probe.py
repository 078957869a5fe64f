"""What a video file holds: size, timing, colour and tracks, found without decoding more than its first frame.

Read with PyAV (FFmpeg's libraries). Colour numbers are those of ITU-T H.273, as FFmpeg and every container use them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restoration_studio.video.errors import (
    NotAVideo,
    VideoEmpty,
    VideoIsPicture,
    VideoMissing,
    VideoNotPermitted,
    VideoOnlySound,
    VideoTurnedAskew,
    VideoUnreadable,
    VideoWithoutFrames,
)

if TYPE_CHECKING:
    from av.container import InputContainer

_NAMES = (
    "3g2 3gp asf avi divx dv f4v flv m2t m2ts m2v m4v mj2 mkv mov mp4 mpeg mpg mts mxf nut ogm ogv rm rmvb ts vob webm "
    "wmv y4m"
)
VIDEO_SUFFIXES = frozenset("." + name for name in _NAMES.split())
_PICTURE_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
UNSPECIFIED = 2  # of primaries, transfer and matrix


@dataclass(frozen=True, slots=True)
class Colour:
    """How numbers become light, by the code points of ITU-T H.273; ``range`` is 1 for video levels, 2 for full."""

    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED
    matrix: int = UNSPECIFIED
    range: int = 0


@dataclass(frozen=True, slots=True)
class Track:
    """One stream beside the pictures: ``kind`` is "audio", "subtitle", "data", "attachment" or "video"."""

    index: int
    kind: str
    codec: str
    language: str


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a video file says of itself.

    Attributes:
        container: FFmpeg's name of its format, such as "matroska,webm".
        width, height: of the frames as stored, before they are turned upright.
        rotation: quarter turns counter-clockwise, in degrees (0, 90, 180 or 270), that bring them upright.
        sample_aspect: width of a stored pixel divided by its height.
        time_base: seconds of one unit of its timestamps.
        frame_rate: frames a second on average, or None where the file does not say.
        duration: seconds, or None where the file does not say.
        frames_promised: frames the file says it holds, 0 where it does not.
        bit_depth: of a channel: 8, 10, 12 or 16.
        alpha: the frames have transparency.
        tracks: every other stream.
        end: timestamp at which the last frame ends, where the file says so (MP4 and MOV): what decoders say of a
            frame's length is the time to the next one in the file, another one where frames are moved about.
    """

    path: Path
    container: str
    index: int
    codec: str
    pixel_format: str
    width: int
    height: int
    rotation: int
    sample_aspect: Fraction
    time_base: Fraction
    frame_rate: Fraction | None
    start: float
    duration: float | None
    frames_promised: int
    bit_depth: int
    alpha: bool
    colour: Colour
    tracks: tuple[Track, ...]
    chapters: int
    end: int | None = None

    def end_after(self, last: int, duration: int) -> int:
        """When the last frame ends: as the file says where that can be, else as a decoder says of the frame."""
        return self.end if self.end is not None and self.end > last else last + duration

    @property
    def upright_size(self) -> tuple[int, int]:
        """(height, width) of the frames as a person sees them, sample aspect left aside."""
        return (self.width, self.height) if self.rotation in (90, 270) else (self.height, self.width)

    @property
    def upright_aspect(self) -> Fraction:
        """Sample aspect of the upright frames."""
        return 1 / self.sample_aspect if self.rotation in (90, 270) else self.sample_aspect


def is_video(path: Path) -> bool:
    """Whether a file is a video: by its name, else by its first bytes. Only what can be read is looked into."""
    if path.suffix.lower() in VIDEO_SUFFIXES:
        return True
    if not path.is_file():  # opening a pipe would wait for somebody to write into it
        return False
    try:
        with open(path, "rb") as stream:
            head = stream.read(16)
    except OSError:
        return False  # whoever reads it as a picture says why it cannot be read
    if head[4:8] == b"ftyp":
        return head[8:12] not in _PICTURE_BRANDS
    return (
        head.startswith((b"\x1a\x45\xdf\xa3", b"FLV\x01", b"\x00\x00\x01\xba", b"OggS"))
        or (head[:4] == b"RIFF" and head[8:12] == b"AVI ")
        or head[4:8] in (b"moov", b"mdat")
    )


@contextmanager
def open_video(path: Path) -> Iterator[InputContainer]:
    """Open a video for reading.

    Raises:
        InputError: it is missing, empty, damaged or no video.
    """
    import av

    try:
        if path.is_file() and path.stat().st_size == 0:
            raise VideoEmpty(path=path)
        container = av.open(str(path), "r", metadata_errors="replace")
    except av.error.FileNotFoundError as error:
        raise VideoMissing(path=path) from error
    except av.error.PermissionError as error:
        raise VideoNotPermitted(path=path) from error
    except (av.error.FFmpegError, OSError) as error:
        raise NotAVideo(path=path, reason=_reason(error)) from error
    with container:
        if container.format.name.endswith("_pipe") or container.format.name in ("image2", "gif", "apng", "webp"):
            raise VideoIsPicture(path=path)
        yield container


def video_stream(container: Any, path: Path) -> Any:
    """The stream of a video's pictures: the first that is not a cover.

    Raises:
        InputError: there is none.
    """
    from av.stream import Disposition

    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic and stream.codec_context is not None:
            return stream
    raise VideoOnlySound(path=path)


def probe_video(path: Path) -> VideoInfo:
    """Read what a video says of itself and its first frame.

    Raises:
        InputError: it cannot be read, or holds no frame that can be decoded.
    """
    import av

    with open_video(path) as container:
        stream = video_stream(container, path)
        first, packet_alpha = _first_frame(container, stream, path)
        context, layout = stream.codec_context, first.format
        rotation = round(first.rotation) % 360
        if rotation % 90:
            raise VideoTurnedAskew(path=path, rotation=rotation)
        duration = container.duration / av.time_base if container.duration else None
        if stream.duration and stream.time_base:
            duration = max(duration or 0.0, float(stream.duration * stream.time_base))
        aspect = stream.sample_aspect_ratio
        return VideoInfo(
            path=path,
            container=container.format.name,
            index=stream.index,
            codec=context.name,
            pixel_format=layout.name,
            width=first.width,
            height=first.height,
            rotation=rotation,
            sample_aspect=Fraction(aspect) if aspect else Fraction(1),
            time_base=stream.time_base,
            frame_rate=stream.average_rate or stream.guessed_rate,
            start=(container.start_time or 0) / av.time_base,
            duration=duration,
            frames_promised=stream.frames,
            bit_depth=max(component.bits for component in layout.components),
            alpha=packet_alpha or any(component.is_alpha for component in layout.components),
            colour=Colour(int(first.color_primaries), int(first.color_trc), int(first.colorspace), _range(first)),
            tracks=tuple(_track(other) for other in container.streams if other.index != stream.index),
            chapters=len(container.chapters()),
            end=_end(container, stream),
        )  # fmt: skip


def _first_frame(container: Any, stream: Any, path: Path) -> tuple[Any, bool]:
    """The first frame, and whether transparency travels beside the packets, as it does in WebM."""
    import av

    alpha = False
    try:
        for packet in container.demux(stream):
            alpha = alpha or packet.has_sidedata("matroska_block_additional")
            try:
                for frame in packet.decode():
                    return frame, alpha
            except av.error.InvalidDataError:
                continue  # damaged at its beginning; what comes later may be whole
    except av.error.FFmpegError as error:
        raise VideoUnreadable(path=path, reason=_reason(error)) from error
    raise VideoWithoutFrames(path=path)


def _range(frame: Any) -> int:
    """1 or 2; video levels where nothing is said, as every player takes it, but for the formats named for full."""
    if frame.format.name.startswith("yuvj") or frame.format.is_rgb:
        return 2
    return int(frame.color_range) if int(frame.color_range) in (1, 2) else 1


def _end(container: Any, stream: Any) -> int | None:
    if "mp4" not in container.format.name or not stream.duration:
        return None
    return int((stream.start_time or 0) + stream.duration)


def _track(stream: Any) -> Track:
    context = stream.codec_context
    return Track(stream.index, stream.type, context.name if context is not None else "", stream.language or "")


def _reason(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error).lower()
