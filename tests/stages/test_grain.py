"""The result has as much of the original's grain as was asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from restoration_studio.context import StageContext
from restoration_studio.errors import RestorationError
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.measure.grain import measure_grain
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.stages.grain import GrainSettings, GrainStage


def _clean() -> FloatArray:
    grey = 0.3 + 0.4 * np.mgrid[:256, :256][1] / 256
    return np.repeat(grey[..., None], 3, axis=2).astype(np.float32)


def _grainy(sigma: float = 8.0) -> FloatArray:
    noise = gaussian_filter(np.random.default_rng(0).standard_normal((256, 256)), 0.8)
    return np.clip(_clean() + (noise * sigma / 255 / noise.std())[..., None], 0, 1).astype(np.float32)


def _work(**more: Any) -> StageContext:
    return StageContext(None, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("amount", [0.25, 0.5, 1.0])
def test_matched_grain_has_the_share_asked_for(amount: float) -> None:
    context = _work(original=Picture(_grainy(8.0)))
    made = GrainStage().run(Picture(_clean()), GrainSettings(amount=amount), context)
    assert measure_grain(made.pixels).strength == pytest.approx(8.0 * amount, rel=0.2)
    assert np.ptp(made.pixels, axis=2).max() < 1e-6  # grey stays grey
    assert "grain is" in context.notes[0]


def test_grain_that_is_there_already_counts() -> None:
    picture = Picture(_grainy(8.0))
    made = GrainStage().run(picture, GrainSettings(amount=1.0), _work(original=picture))
    assert measure_grain(made.pixels).strength == pytest.approx(8.0, rel=0.2)
    assert GrainStage().run(picture, GrainSettings(amount=0.0), _work(original=picture)) is picture


def test_manual_grain_by_seed() -> None:
    settings = GrainSettings(method="manual", level=6.0, size=1.0)
    first, again, other = (GrainStage().run(Picture(_clean()), settings, _work(seed=seed)).pixels for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01
    assert measure_grain(first).strength == pytest.approx(6.0, rel=0.25)


def test_black_and_white_stay() -> None:
    flat = np.zeros((64, 64, 3), np.float32)
    flat[:, 32:] = 1
    made = GrainStage().run(Picture(flat), GrainSettings(method="manual", level=20.0), _work())
    np.testing.assert_array_equal(made.pixels, flat)


def test_it_says_what_it_needs() -> None:
    with pytest.raises(RestorationError, match="as it came"):
        GrainStage().run(Picture(_clean()), GrainSettings(), _work())


def test_in_a_pipeline_after_denoising() -> None:
    grainy = (_grainy(10.0) * 255).round().astype(np.uint8)
    stages: list[dict[str, Any]] = [{"stage": "denoise", "method": "nlm", "level": 12}]
    smooth, _ = RestorationPipeline().restore_image(grainy, {"stages": stages})
    back, stats = RestorationPipeline().restore_image(grainy, {"stages": [*stages, {"stage": "grain", "amount": 0.8}]})
    levels = [measure_grain(np.asarray(p, np.float32) / 255).strength for p in (grainy, smooth, back)]
    assert levels[1] < 0.5 * levels[0] and levels[2] == pytest.approx(0.8 * levels[0], rel=0.25)
    assert stats["stages"][1]["stage"] == "grain"


def test_a_restored_face_gets_its_grain_back_and_the_rest_stays_to_the_bit() -> None:
    """Skin that a network smoothed must not look like wax beside a grainy wall."""
    grainy = np.tile(_grainy(8.0), (1, 2, 1))
    y, x = np.mgrid[:256, :512]
    oval = np.clip(3 - 3 * np.hypot((x - 130) / 90, (y - 128) / 100), 0, 1)[..., None].astype(np.float32)
    waxy = grainy + oval * (np.tile(_clean(), (1, 2, 1)) - grainy)
    made = GrainStage().run(Picture(waxy), GrainSettings(amount=1.0), _work(original=Picture(grainy))).pixels
    face, wall = (slice(96, 160), slice(98, 162)), (slice(None), slice(260, None))
    assert 255 * np.diff(waxy[face][..., 0], axis=1).std() < 1 < 255 * np.diff(made[face][..., 0], axis=1).std()
    assert np.diff(made[face], axis=1).std() == pytest.approx(np.diff(grainy[face], axis=1).std(), rel=0.25)
    np.testing.assert_array_equal(made[wall], grainy[wall])


def test_a_picture_without_grain_gets_none() -> None:
    picture = Picture(_clean())
    assert measure_grain(picture.pixels).strength < 0.5
    made = GrainStage().run(picture, GrainSettings(amount=1.0), _work(original=picture))
    assert np.abs(made.pixels - picture.pixels).max() < 1 / 255
