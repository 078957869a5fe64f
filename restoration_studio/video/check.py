"""The check after writing: a result is read back whole, and whatever differs from what was meant is an error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from restoration_studio.video.decode import DecodeProblems, read_frames
from restoration_studio.video.encode import Encoding, mean_luma
from restoration_studio.video.errors import VideoCheckFailed
from restoration_studio.video.probe import open_video, probe_video
from restoration_studio.video.tracks import CopiedTrack

# Codecs round; a frame in another's place, or in wrong levels, differs by more.
_LUMA_TOLERANCE = 4.0


def check_video(
    path: Path,
    encoding: Encoding,
    pts: Sequence[int],
    shift: int,
    duration: float,
    lumas: Sequence[float],
    tracks: Sequence[CopiedTrack],
    chapters: int,
    on_frame: Callable[[int], None],
) -> dict[str, Any]:
    """Decode every frame of a result and compare.

    Args:
        pts: when each frame is meant to be shown, in units of the encoding's time base, ``shift`` later than it is.
        duration: seconds from the first frame's beginning to the last one's end.
        lumas: the mean luma that each frame had before it was encoded, 0 to 255.
        tracks: what was copied, in order.
        on_frame: called with the number of frames read; may raise to stop.

    Returns:
        figures for the stats: frames, largest error of a timestamp in seconds, drift between pictures and sound.

    Raises:
        VideoCheckFailed: anything differs.
    """

    info = probe_video(path)
    height, width = encoding.size
    if (info.height, info.width, info.rotation) != (height, width, 0):
        raise VideoCheckFailed(
            checked="size", reason=f"it has {info.width}x{info.height} pixels and not {width}x{height}"
        )
    if info.sample_aspect != encoding.sample_aspect:
        raise VideoCheckFailed(
            checked="pixel_aspect",
            reason=f"its pixels have the aspect {info.sample_aspect} and not {encoding.sample_aspect}",
        )
    for name in ("primaries", "transfer", "matrix", "range"):
        meant, found = getattr(encoding.colour, name), getattr(info.colour, name)
        if meant != found and encoding.codec != "prores":  # whose frames carry their own tags
            raise VideoCheckFailed(checked="colour", reason=f"its colour {name} is tagged {found} and not {meant}")
    if info.bit_depth != (int("".join(filter(str.isdigit, encoding.pixel_format.split("p", 1)[1])) or 8)):
        raise VideoCheckFailed(checked="bit_depth", reason=f"it has {info.bit_depth} bits a channel")
    if info.alpha != encoding.alpha:
        raise VideoCheckFailed(
            checked="alpha",
            reason="its transparency is missing" if encoding.alpha else "it has transparency that was not asked for",
        )
    # Containers that count milliseconds cannot be nearer than half of one.
    tick = max(info.time_base, encoding.time_base) / 2 if info.time_base != encoding.time_base else Fraction(0)
    problems, worst_luma, worst = DecodeProblems(), 0.0, Fraction(0)
    number = first = last = last_duration = 0
    offset = Fraction(0)
    for item in read_frames(info, problems=problems):
        if number < len(pts):
            worst_luma = max(worst_luma, abs(mean_luma(item.frame) - lumas[number]))
            apart = item.pts * info.time_base - (pts[number] - shift) * encoding.time_base
            if number == 0:
                first, offset = item.pts, apart
            worst = max(worst, abs(apart - offset))
        last, last_duration = item.pts, item.duration
        number += 1
        on_frame(number)
    if number != len(pts):
        raise VideoCheckFailed(checked="frames", reason=f"it has {number} frames and not {len(pts)}")
    if problems.damaged or problems.retimed or problems.broke_off:
        raise VideoCheckFailed(checked="decoding", reason="it cannot be decoded without errors")
    if worst > tick:
        raise VideoCheckFailed(
            checked="timestamps", reason=f"a frame is shown {float(worst) * 1000:.2f} ms off its time"
        )
    if worst_luma > _LUMA_TOLERANCE:
        raise VideoCheckFailed(
            checked="brightness",
            reason=f"a frame's brightness differs by {worst_luma:.1f} of 255 levels from what was encoded",
        )
    lasts = float((info.end_after(last, last_duration) - first) * info.time_base)
    # Only MP4 says how long the last frame is shown.
    if encoding.container in ("mp4", "mov") and abs(lasts - duration) > max(2 * float(tick), 2e-3):
        raise VideoCheckFailed(checked="duration", reason=f"its pictures last {lasts:.3f} s and not {duration:.3f} s")
    drift = _check_tracks(path, tracks, float(offset))
    with open_video(path) as container:
        if len(container.chapters()) != chapters:
            raise VideoCheckFailed(
                checked="chapters", reason=f"it has {len(container.chapters())} chapters and not {chapters}"
            )
    return {
        "frames": number,
        "timestamp_error": float(worst),
        "moved": float(offset),
        "audio_video_drift": drift,
        "brightness_error": round(worst_luma, 2),
        "copied_packets": sum(track.packets for track in tracks),
    }


def _check_tracks(path: Path, tracks: Sequence[CopiedTrack], offset: float) -> float:
    """Compare every copied packet; gives the largest drift against the pictures in seconds."""
    found = [CopiedTrack(track.index, track.kind, track.codec) for track in tracks]
    with open_video(path) as container:
        others = [stream for stream in container.streams if stream.type in ("audio", "subtitle", "attachment")]
        if [stream.type for stream in others] != [track.kind for track in tracks]:
            raise VideoCheckFailed(
                checked="tracks", reason=f"it has the tracks {', '.join(s.type for s in others) or 'none'}"
            )
        read = [stream for stream in others if stream.type != "attachment"]
        places = {stream.index: place for place, stream in enumerate(others)}
        bases = [float(stream.time_base or 0) for stream in others]
        if read:
            for packet in container.demux(*read):
                if packet.size and (packet.pts is not None or packet.dts is not None):
                    begin = packet.pts if packet.pts is not None else packet.dts
                    assert begin is not None
                    track = found[places[packet.stream.index]]
                    if not track.is_gap(packet):
                        track.add(packet, float(begin * packet.time_base))
    drift = 0.0
    for meant, got, base in zip(tracks, found, bases, strict=True):
        if (got.packets, got.sha256) != (meant.packets, meant.sha256):
            raise VideoCheckFailed(
                checked="tracks",
                reason=f"its {meant.kind} track {meant.index} has other packets ({got.packets}, not {meant.packets})",
            )
        apart = max((abs(a - b - offset) for a, b in zip(got.times, meant.times, strict=True)), default=0.0)
        if apart > max(base, 1e-3) * 1.01:
            raise VideoCheckFailed(
                checked="tracks",
                reason=f"its {meant.kind} track {meant.index} is {apart * 1000:.1f} ms off the pictures",
            )
        drift = max(drift, apart)
    return drift
