"""Frames of a video one after the other: decoded, deinterlaced where asked, from anywhere, in constant memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from restoration_studio.video.errors import VideoChanged, VideoChangesSize
from restoration_studio.video.probe import VideoInfo, open_video


@dataclass(slots=True)
class DecodeProblems:
    """What a reading met on its way.

    Attributes:
        damaged: packets that could not be decoded and were passed over.
        retimed: frames whose timestamp was missing or did not grow and was continued from the frame before.
        broke_off: why the file could not be read to its end, if so.
    """

    damaged: int = 0
    retimed: int = 0
    broke_off: str = ""


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """A decoded frame (an ``av.VideoFrame``) with its timestamp and duration in units of the video's time base."""

    frame: Any = field(repr=False)
    pts: int
    duration: int


def read_frames(
    info: VideoInfo, *, from_pts: int | None = None, deinterlace: bool = False, problems: DecodeProblems | None = None
) -> Iterator[VideoFrame]:
    """The frames of a video in order.

    Args:
        info: from ``probe_video``.
        from_pts: begin at the frame with this timestamp; earlier ones are decoded as far as needed and left out.
        deinterlace: make frames that are flagged as interlaced whole, with FFmpeg's bwdif; others stay.
        problems: is told what was met.

    Raises:
        InputError: the video cannot be opened any more, or a frame has another size than the first.
    """
    problems = problems if problems is not None else DecodeProblems()
    with open_video(info.path) as container:
        stream: Any = container.streams[info.index]
        _check_same(stream, info)
        stream.thread_type = "AUTO"
        frames = _decoded(container, stream, info, problems)
        if from_pts is not None:
            container.seek(from_pts, stream=stream, backward=True)
            first = next(frames, None)
            if first is None or first.pts is None or first.pts > from_pts:  # a file that cannot be searched
                yield from _from_beginning(info, from_pts, deinterlace, problems)
                return
            frames = _chained(first, frames)
        timed = _timed(frames, info, problems)
        for item in _deinterlaced(timed, stream) if deinterlace else timed:
            if from_pts is None or item.pts >= from_pts:
                yield item


def _from_beginning(
    info: VideoInfo, from_pts: int, deinterlace: bool, problems: DecodeProblems
) -> Iterator[VideoFrame]:
    for item in read_frames(info, deinterlace=deinterlace, problems=problems):
        if item.pts >= from_pts:
            yield item


def _chained(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from rest


def _check_same(stream: Any, info: VideoInfo) -> None:
    if stream.type != "video" or stream.time_base != info.time_base:
        raise VideoChanged(path=info.path, found="stream")


def _alpha_decoder(stream: Any, info: VideoInfo) -> Any:
    """A decoder that sees the transparency beside the packets of WebM, which FFmpeg's own passes over; or None."""
    import av

    name = {"vp8": "libvpx", "vp9": "libvpx-vp9"}.get(info.codec)
    if not info.alpha or name is None:
        return None
    decoder: Any = av.CodecContext.create(name, "r")
    decoder.extradata = stream.codec_context.extradata
    return decoder


def _decoded(container: Any, stream: Any, info: VideoInfo, problems: DecodeProblems) -> Iterator[Any]:
    """What can be decoded; damage is counted, as a video with one bad packet is still a video."""
    import av

    decoder = _alpha_decoder(stream, info)
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError as error:
            problems.broke_off = str(error.strerror or error)
            packet = None
        if packet is None:
            break
        try:
            yield from packet.decode() if decoder is None else decoder.decode(packet if packet.size else None)
        except av.error.InvalidDataError:
            problems.damaged += 1
    if problems.broke_off:  # the decoder has not been told that there is no more
        try:
            yield from (stream if decoder is None else decoder).decode(None)
        except av.error.InvalidDataError:
            problems.damaged += 1


def _timed(frames: Iterator[Any], info: VideoInfo, problems: DecodeProblems) -> Iterator[VideoFrame]:
    step = 1
    if info.frame_rate:
        step = max(1, round(1 / (info.frame_rate * info.time_base)))
    last: int | None = None
    for frame in frames:
        if (frame.width, frame.height) != (info.width, info.height):
            at = (last or 0) * float(info.time_base) - info.start
            raise VideoChangesSize(
                path=info.path, width=info.width, height=info.height,
                later_width=frame.width, later_height=frame.height, seconds=at,
            )  # fmt: skip
        pts = frame.pts
        if pts is None or (last is not None and pts <= last):
            problems.retimed += 1
            pts = 0 if last is None else last + step
        last = pts
        yield VideoFrame(frame, pts, int(frame.duration or step))


def _deinterlaced(items: Iterator[VideoFrame], stream: Any) -> Iterator[VideoFrame]:
    """One whole frame for each frame, so that timestamps stay; bwdif holds one back to look ahead."""
    import av

    graph = av.filter.Graph()
    source = graph.add_buffer(template=stream)
    graph.link_nodes(source, graph.add("bwdif", "mode=send_frame:deint=interlaced"), graph.add("buffersink"))
    graph.configure()
    waiting: deque[VideoFrame] = deque()

    def pulled() -> Iterator[VideoFrame]:
        while True:
            try:
                frame = graph.vpull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            item = waiting.popleft()
            yield VideoFrame(frame, item.pts, item.duration)

    for item in items:
        waiting.append(item)
        graph.vpush(item.frame)
        yield from pulled()
    graph.vpush(None)
    yield from pulled()


def scan_duration(path: Path, index: int) -> float:
    """Seconds from the video's first to its last picture, by its packets, for files that do not say it."""
    import av

    first: float | None = None
    last = 0.0
    with open_video(path) as container:
        stream: Any = container.streams[index]
        try:
            for packet in container.demux(stream):
                if packet.pts is not None:
                    begin = float(packet.pts * stream.time_base)
                    first = begin if first is None else min(first, begin)
                    last = max(last, begin + float((packet.duration or 0) * stream.time_base))
        except av.error.FFmpegError:
            pass  # cut short: what was seen until here is what there is
    return max(0.0, last - (first or 0.0))
