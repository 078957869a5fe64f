"""Puts a video together: encoded segments one after the other, every other track packet for packet, chapters.

Timestamps of the pictures come from the analysis, not from the segments. Decoding times are made from them anew: the
sorted presentation times, as many frames later as the encoder moves frames about.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from restoration_studio.video.encode import ORIGIN, Encoding
from restoration_studio.video.errors import SegmentsIncomplete, TrackDoesNotFit, VideoNotMuxed
from restoration_studio.video.probe import VideoInfo, open_video
from restoration_studio.video.tracks import CopiedTrack

_COPIED = ("audio", "subtitle", "attachment")
_OWN_TAGS = ("major_brand", "minor_version", "compatible_brands", "encoder", "duration", "rotate", "alpha_mode")


@dataclass(frozen=True, slots=True)
class EncodedSegment:
    """A file of ``SegmentEncoder`` with its frames' numbers in decoding order."""

    path: Path
    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """What of the video is taken, in seconds of its own clock; ``whole`` when nothing is left out.

    With ``to_zero`` the first frame taken is shown at 0 and everything else that much earlier.
    """

    start: float
    stop: float
    whole: bool
    to_zero: bool = False


def tracks_to_copy(info: VideoInfo, container: str) -> tuple[list[int], list[str]]:
    """The tracks that go into a result of that container, and notes on those that do not.

    Raises:
        UsageError: a track with sound or subtitles cannot go into it.
    """
    import io

    import av

    taken, notes = [], []
    with open_video(info.path) as source:
        for track in info.tracks:
            if track.kind not in _COPIED or (track.kind == "attachment" and container != "matroska"):
                if not (track.kind == "data" and info.chapters):  # chapters of MP4 are also a track of text
                    what = "cover or second picture" if track.kind == "video" else track.kind
                    notes.append(f"track {track.index} ({what} {track.codec}) was left out.".replace(" )", ")"))
                continue
            trial = av.open(io.BytesIO(), "w", format=container)
            try:
                trial.add_stream_from_template(source.streams[track.index], opaque=True)
            except ValueError as error:
                raise TrackDoesNotFit(path=info.path, index=track.index, kind=track.kind, codec=track.codec) from error
            taken.append(track.index)
    return taken, notes


def mux_video(
    info: VideoInfo,
    encoding: Encoding,
    segments: Sequence[EncodedSegment],
    pts: Sequence[int],
    last_duration: int,
    cut: Cut,
    copied: Sequence[int],
    target: Path,
) -> list[CopiedTrack]:
    """Write the video to ``target``.

    Args:
        pts: the timestamp of every frame in units of the encoding's time base, as many as the segments hold together.
        last_duration: of the last frame, in the same units.
        copied: indices of tracks to copy.

    Returns:
        what was copied, in the order of the result's tracks after the first.

    Raises:
        OutputError: the video cannot be written.
        InputError: the source cannot be read any more.
    """
    import av

    base = encoding.time_base
    shift = -pts[0] * base if cut.to_zero else Fraction(0)
    options = {"fflags": "+bitexact"}
    if encoding.container in ("mp4", "mov"):
        options |= {"movflags": "+faststart", "video_track_timescale": str(base.denominator)}
        options |= _movie_clock(info, copied, base)
    elif all(value >= 0 for value in (pts[0], info.start)):
        options["avoid_negative_ts"] = "disabled"  # only presentation times are in the file
    try:
        with open_video(info.path) as source, av.open(str(segments[0].path)) as first:
            out: Any = av.open(str(target), "w", format=encoding.container, container_options=options)
            with out:
                out.metadata.update(_kept(source.metadata))
                picture = out.add_stream_from_template(first.streams.video[0], opaque=True)
                _describe(picture, encoding, source.streams[info.index])
                tracks, streams = [], {}
                for index in copied:
                    origin = source.streams[index]
                    stream = out.add_stream_from_template(origin, opaque=True)
                    stream.metadata.update(_kept(origin.metadata))
                    stream.disposition = origin.disposition
                    streams[index] = stream
                    name = origin.codec_context.name if origin.codec_context else ""
                    tracks.append(CopiedTrack(index, origin.type, name))
                out.set_chapters(_chapters(source, cut, shift))
                out.start_encoding()
                by_index = {track.index: track for track in tracks}
                pictures = _pictures(segments, pts, last_duration, base, shift)
                sounds = _sounds(source, streams, by_index, cut, shift)
                for _, packet, stream in heapq.merge(pictures_of(pictures, picture), sounds, key=lambda item: item[0]):
                    packet.stream = stream
                    out.mux_one(packet)
        return tracks
    except (av.error.FFmpegError, OSError) as error:
        raise VideoNotMuxed(path=target, reason=str(getattr(error, "strerror", None) or error)) from error


def _movie_clock(info: VideoInfo, copied: Sequence[int], base: Fraction) -> dict[str, str]:
    """The clock in which MP4 counts how much later than others a track begins: milliseconds are too coarse."""
    with open_video(info.path) as source:
        bases = [base, *(source.streams[index].time_base for index in copied)]
    ticks = math.lcm(*(clock.denominator for clock in bases if clock))
    return {"movie_timescale": str(ticks)} if 1000 < ticks < 2**31 else {}


def pictures_of(packets: Iterator[tuple[float, Any]], stream: Any) -> Iterator[tuple[float, Any, Any]]:
    for time, packet in packets:
        yield time, packet, stream


def _describe(picture: Any, encoding: Encoding, origin: Any) -> None:
    """What a segment's file does not hold."""
    picture.time_base = encoding.time_base
    picture.codec_context.sample_aspect_ratio = encoding.sample_aspect
    if encoding.alpha and encoding.container in ("matroska", "webm"):
        picture.metadata["alpha_mode"] = "1"
    if encoding.codec == "h265" and encoding.container in ("mp4", "mov"):
        picture.codec_context.codec_tag = "hvc1"  # the only one that Apple's players take
    picture.metadata.update({key: value for key, value in _kept(origin.metadata).items() if key == "language"})


def _kept(metadata: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in metadata.items() if key.lower() not in _OWN_TAGS}


def _chapters(source: Any, cut: Cut, shift: Fraction) -> list[Any]:
    kept = []
    for chapter in source.chapters():
        base = chapter["time_base"]
        start, end = chapter["start"] * base, chapter["end"] * base
        if not cut.whole:
            if end <= cut.start or start >= cut.stop:
                continue
            start, end = max(start + shift, Fraction(0)), min(end, Fraction(cut.stop)) + shift
        kept.append(chapter | {"start": round(start / base), "end": round(end / base)})
    return kept


def _pictures(
    segments: Sequence[EncodedSegment], pts: Sequence[int], last_duration: int, base: Fraction, shift: Fraction
) -> Iterator[tuple[float, Any]]:
    """Every encoded frame in decoding order, with its decoding time in seconds."""
    import av

    delay = max((place - number for segment in segments for place, number in enumerate(segment.order)), default=0)
    step = pts[1] - pts[0] if len(pts) > 1 else last_duration
    moved = round(shift / base)
    begin = place = 0
    for segment in segments:
        with av.open(str(segment.path)) as container:
            for packet in container.demux(video=0):
                if packet.size == 0 or packet.pts is None:
                    continue
                number = begin + packet.pts - ORIGIN
                behind = place - delay
                following = pts[number + 1] if number + 1 < len(pts) else pts[number] + last_duration
                packet.time_base = base
                packet.pts = pts[number] + moved
                packet.dts = (pts[behind] if behind >= 0 else pts[0] + behind * step) + moved
                packet.duration = following - pts[number]
                place += 1
                yield float(packet.dts * base), packet
        begin += len(segment.order)
    if place != len(pts):
        raise SegmentsIncomplete(frames=place, expected=len(pts))


def _sounds(
    source: Any, streams: dict[int, Any], tracks: dict[int, CopiedTrack], cut: Cut, shift: Fraction
) -> Iterator[tuple[float, Any, Any]]:
    """The packets of the copied tracks in the order of the file."""
    import av

    wanted = [source.streams[index] for index in streams if source.streams[index].type != "attachment"]
    if not wanted:
        return
    latest = float("-inf")
    packets: Iterator[Any] = source.demux(*wanted)
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:
            packet = None  # a video cut short; what was there has been copied
        if packet is None:
            return
        if packet.size == 0 or (packet.pts is None and packet.dts is None):
            continue
        base = packet.time_base
        begin = packet.pts if packet.pts is not None else packet.dts
        time = float(begin * base)
        if not cut.whole:
            if not cut.start <= time < cut.stop:
                continue
            moved = round(shift / base)
            packet.pts = None if packet.pts is None else packet.pts + moved
            packet.dts = None if packet.dts is None else packet.dts + moved
        index = packet.stream.index
        if tracks[index].is_gap(packet):
            continue
        tracks[index].add(packet, float((packet.pts if packet.pts is not None else packet.dts) * base))
        # The merge needs times that grow; tracks of one file may be a little out of step with each other.
        latest = max(latest, float((packet.dts if packet.dts is not None else packet.pts) * base))
        yield latest, packet, streams[index]
