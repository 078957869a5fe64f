"""Other frame rates: the same length, the same sound, no picture made of two shots."""

from __future__ import annotations

from array import array
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restoration_studio.config import Config
from restoration_studio.errors import UsageError
from restoration_studio.evaluation.metrics import psnr
from restoration_studio.image.picture import Picture
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.video.analysis import VideoAnalysis
from restoration_studio.video.frame_rate import make_timeline, parse_rate, resample_frames, source_range


def make_analysis(frames: int, cuts: list[int], step: int = 800) -> VideoAnalysis:
    return VideoAnalysis(array("q", [step * n for n in range(frames)]), step, cuts, array("f", [100.0] * frames))


@pytest.mark.parametrize(
    ("text", "own", "rate"),
    [
        ("24", None, Fraction(24)),
        ("23.976", None, Fraction(24000, 1001)),
        ("30000/1001", None, Fraction(30000, 1001)),
        ("2x", Fraction(18), Fraction(36)),
        ("12.5", None, Fraction(25, 2)),
    ],
)
def test_rates_as_people_write_them(text: str, own: Fraction | None, rate: Fraction) -> None:
    assert parse_rate(text, own) == rate


@pytest.mark.parametrize("text", ["fast", "0", "-3", "1000", "1/0", "x"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(UsageError, match="frame rate"):
        parse_rate(text, Fraction(25))


@pytest.mark.parametrize("rate", ["24", "25", "30", "50", "60", "30000/1001", "8"])
def test_the_length_stays_to_the_tick(rate: str) -> None:
    made = make_timeline(make_analysis(33, [0, 10]), Fraction(1, 12800), Fraction(rate))  # 16 frames a second
    analysis = made.analysis
    assert (analysis.pts[-1] + analysis.last_duration) * made.time_base == Fraction(33 * 800, 12800)
    assert analysis.pts[0] == 0
    steps = {(b - a) * made.time_base for a, b in zip(analysis.pts, analysis.pts[1:], strict=False)}
    assert steps == {1 / Fraction(rate)}
    assert 0 < analysis.last_duration * made.time_base <= 1 / Fraction(rate) * Fraction(1002, 1000)


def test_nothing_is_shown_between_two_shots() -> None:
    made = make_timeline(make_analysis(20, [0, 10]), Fraction(1, 12800), Fraction(48))
    around = [share for origin, share in zip(made.origin, made.share, strict=True) if origin in (9, 19)]
    assert set(around) == {0.0}
    (cut,) = made.analysis.cuts[1:]
    assert made.origin[cut] == 10
    assert made.analysis.pts[cut] * made.time_base == Fraction(10, 16)


def test_frames_are_taken_in_order_and_from_any_place() -> None:
    made = make_timeline(make_analysis(20, [0]), Fraction(1, 12800), Fraction(25))

    def frame(value: float) -> Picture:
        return Picture(pixels=np.full((4, 4, 3), value, np.float32))

    def interpolate(a: Picture, b: Picture, share: float) -> Picture:
        return frame(float(a.pixels[0, 0, 0]) * (1 - share) + float(b.pixels[0, 0, 0]) * share)

    def values(first: int, stop: int) -> list[float]:
        low, high = source_range(made, first, stop, 20)
        own = iter([frame(n) for n in range(low, high)])
        return [float(p.pixels[0, 0, 0]) for p in resample_frames(own, made, first, stop, interpolate)]

    whole = values(0, made.analysis.frames)
    wanted = [min(n * 16 / 25, 19) for n in range(made.analysis.frames)]
    assert whole == pytest.approx(wanted, abs=0.03)
    assert values(7, 15) == whole[7:15]


def pan(number: int, width: int, height: int) -> np.ndarray:
    """A photograph that passes by, six pixels a frame; another one from frame 12 on."""
    from skimage.data import astronaut, coffee

    picture, step = (astronaut(), number) if number < 12 else (coffee(), number - 12)
    return np.ascontiguousarray(picture[60 : 60 + height, 6 * step : 6 * step + width])


@pytest.mark.network
def test_rife_makes_frames_that_are_nearer_than_a_blend(
    tmp_path: Path, make_clip: Any, read_back: Any, weights_config: Config
) -> None:
    full = make_clip("full.mkv", codec="ffv1", frames=24, size=(192, 128), picture=pan, time_base=Fraction(1, 1000))
    half = make_clip("half.mkv", codec="ffv1", frames=12, rate=12, size=(192, 128), audio=1,
                     picture=lambda n, w, h: pan(2 * n, w, h), times=[80 * n for n in range(12)],
                     time_base=Fraction(1, 1000))  # fmt: skip
    stats = RestorationPipeline(weights_config).restore_video(
        half, tmp_path / "out.mkv", {"stages": []}, frame_rate="25", codec="ffv1"
    )
    true, source, made = read_back(full), read_back(half), read_back(tmp_path / "out.mkv")
    assert len(made.frames) == stats["film"]["frames"] == 25  # the last one is shown for the rest of 963 ms
    assert made.times[:24] == true.times
    assert made.packets == source.packets  # the sound is what it was
    scores = []
    for number in range(1, 21, 2):
        if number == 11:  # between the shots: the frame before is held, nothing is mixed
            assert psnr(made.frames[11] / 255, made.frames[10] / 255) > 45
            continue
        truth = true.frames[number] / 255
        blend = (source.frames[number // 2] / 255 + source.frames[number // 2 + 1] / 255) / 2
        scores.append((psnr(made.frames[number] / 255, truth), psnr(blend, truth)))
    assert np.mean([a - b for a, b in scores]) > 3
