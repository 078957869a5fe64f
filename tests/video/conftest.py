"""Clips made on the spot with PyAV, in every odd shape a film comes in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.container import Flags  # noqa: F401 - loads the module that chapters need


@dataclass
class Clip:
    """What to make; ``times`` are the frames' timestamps in units of ``time_base``."""

    frames: int = 30
    size: tuple[int, int] = (64, 48)  # width, height
    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    rate: int = 25
    time_base: Fraction = Fraction(1, 12800)
    times: Sequence[int] | None = None
    rotation: int = 0
    sample_aspect: Fraction | None = None
    colour: tuple[int, int, int, int] | None = None  # primaries, transfer, matrix, range
    audio: int = 0
    subtitles: bool = False
    chapters: Sequence[tuple[float, float, str]] = ()
    options: dict[str, str] = field(default_factory=dict)
    picture: Callable[[int, int, int], np.ndarray] | None = None


def moving_picture(number: int, width: int, height: int) -> np.ndarray:
    """A pattern that moves, (height, width, 3) uint8; every 40 frames it is another one."""
    y, x = np.mgrid[:height, :width]
    scene, step = divmod(number, 40)
    if scene % 2:
        values = [(x // 8 * 40 + step * 3) % 256, 255 - y * 255 // height, (x * y // 16) % 256]
    else:
        values = [(x * 3 + step * 4) % 256, y * 255 // height, (x + y + step * 2) % 256]
    return np.stack(values, axis=-1).astype(np.uint8)


def write_clip(path: Path, clip: Clip) -> Path:
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(clip.codec, rate=clip.rate, options={"crf": "16", **clip.options}
                                           if "264" in clip.codec or "265" in clip.codec else clip.options)  # fmt: skip
        stream.width, stream.height = clip.size
        stream.pix_fmt = clip.pixel_format
        stream.codec_context.time_base = clip.time_base
        if clip.sample_aspect:
            stream.codec_context.sample_aspect_ratio = clip.sample_aspect
        if clip.colour:
            context = stream.codec_context
            context.color_primaries, context.color_trc, context.colorspace, context.color_range = clip.colour
        if clip.rotation:
            stream.set_display_rotation(clip.rotation)
        sounds: list[Any] = []
        for number in range(clip.audio):
            sound: Any = container.add_stream("libopus" if path.suffix == ".webm" else "aac", rate=48000)
            sound.metadata["language"] = ("eng", "deu", "fra")[number]
            sounds.append(sound)
        subtitle: Any = None
        if clip.subtitles:
            subtitle = container.add_mux_stream("mov_text" if path.suffix == ".mp4" else "subrip")
            subtitle.time_base = Fraction(1, 1000)
        if clip.chapters:
            container.set_chapters(
                [
                    {
                        "id": n,
                        "start": round(a * 1000),
                        "end": round(b * 1000),
                        "time_base": Fraction(1, 1000),
                        "metadata": {"title": title},
                    }
                    for n, (a, b, title) in enumerate(clip.chapters)
                ]
            )
        step = round(1 / (clip.rate * clip.time_base))
        times = clip.times or [number * step for number in range(clip.frames)]
        draw = clip.picture or moving_picture
        for number, pts in enumerate(times):
            values = draw(number, *clip.size)
            layout = "rgb48le" if values.dtype == np.uint16 else "rgb24"
            frame = av.VideoFrame.from_ndarray(values, layout).reformat(format=clip.pixel_format)
            frame.pts, frame.time_base = pts, clip.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        length = float((times[-1] + step) * clip.time_base)
        for number, sound in enumerate(sounds):
            sample = 0
            while sample < length * 48000:
                t = np.arange(sample, sample + 960) / 48000
                wave = (np.sin(t * 2 * np.pi * (220 + 110 * number)) * 0.2).astype(np.float32)
                frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]), "fltp", "stereo")
                frame.sample_rate, frame.pts, frame.time_base = 48000, sample, Fraction(1, 48000)
                container.mux(sound.encode(frame))
                sample += 960
            container.mux(sound.encode(None))
        if subtitle is not None:
            for number in range(3):
                text = f"line {number}".encode()
                packet = av.Packet(len(text).to_bytes(2, "big") + text if path.suffix == ".mp4" else text)
                packet.stream, packet.time_base = subtitle, Fraction(1, 1000)
                packet.pts = packet.dts = 100 + number * 300
                packet.duration = 200
                container.mux(packet)
    return path


@dataclass
class Content:
    """A film read back whole."""

    times: list[Fraction]
    time_base: Fraction
    frames: list[np.ndarray]
    context: dict[str, Any]
    packets: dict[int, list[tuple[Fraction, bytes]]]
    kinds: list[str]
    languages: list[str | None]
    chapters: list[tuple[float, float, str]]


def read_clip(path: Path, pixel_format: str = "rgb24") -> Content:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
        context = {
            "codec": stream.codec_context.name, "format": frames[0].format.name,
            "size": (frames[0].width, frames[0].height), "rotation": frames[0].rotation,
            "aspect": stream.sample_aspect_ratio,
            "colour": tuple(int(v) for v in (frames[0].color_primaries, frames[0].color_trc, frames[0].colorspace,
                                             frames[0].color_range)),
            "durations": [frame.duration for frame in frames],
            "lossless": [frame.to_ndarray() for frame in frames],
        }  # fmt: skip
        times = [frame.pts * stream.time_base for frame in frames]
        values = [frame.to_ndarray(format=pixel_format) for frame in frames]
        kinds = [s.type for s in container.streams if s.index != stream.index]
        languages = [s.language for s in container.streams if s.index != stream.index]
        chapters = [
            (float(c["start"] * c["time_base"]), float(c["end"] * c["time_base"]), c["metadata"].get("title", ""))
            for c in container.chapters()
        ]
        base = stream.time_base
    packets: dict[int, list[tuple[Fraction, bytes]]] = {}
    with av.open(str(path)) as container:
        others = [s for s in container.streams if s.type in ("audio", "subtitle")]
        if others:
            for packet in container.demux(*others):
                if packet.size and bytes(packet) != b"\0\0":  # the gap between two subtitles of MP4
                    packets.setdefault(others.index(packet.stream), []).append(
                        (packet.pts * packet.time_base, bytes(packet))
                    )
    return Content(times, base, values, context, packets, kinds, languages, chapters)


@pytest.fixture
def make_clip(tmp_path: Path) -> Callable[..., Path]:
    """``make_clip("name.mp4", frames=30, ...)`` writes a clip; see ``Clip``."""

    def make(name: str, **wishes: Any) -> Path:
        return write_clip(tmp_path / name, Clip(**wishes))

    return make


@pytest.fixture
def read_back() -> Callable[..., Content]:
    """Reads a film whole."""
    return read_clip


@pytest.fixture
def pipeline(tmp_path: Path) -> Any:
    from restoration_studio.config import Config
    from restoration_studio.pipeline import RestorationPipeline

    return RestorationPipeline(Config(device="cpu", offline=True, stage_cache_mb=0, cache_dir=tmp_path / "cache"))


@pytest.fixture
def restore(pipeline: Any) -> Callable[..., Any]:
    """Restores with the detail stage alone, which needs no network."""

    def run(source: Path, target: Path, **keywords: Any) -> Any:
        plain = {"apply_super_resolution": False, "apply_denoising": False, "apply_detail_enhancement": True}
        return pipeline.restore_video(source, target, **plain, **keywords)

    return run
