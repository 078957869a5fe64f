"""Colours stay: a drift is brought back, what did not drift stays to the bit, and so does what a stage left alone."""

from __future__ import annotations

import itertools
from typing import Any, ClassVar

import numpy as np
import pytest

from restoration_studio.config import Config
from restoration_studio.context import StageContext
from restoration_studio.engine.colour_contract import LIMIT, UNSEEN, hold_colours
from restoration_studio.engine.recipe import Step
from restoration_studio.engine.result import StageResult
from restoration_studio.engine.step import run_step
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.image.resize import resize
from restoration_studio.measure.colour_drift import drift, low_pass_pair
from restoration_studio.models import ModelManager
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.stages import STAGES
from restoration_studio.stages.base import Stage, StageSettings


@pytest.fixture
def context(weights_config: Config) -> StageContext:
    return StageContext(ModelManager(weights_config))


@pytest.fixture
def picture(photograph: FloatArray) -> Picture:
    return Picture(resize(photograph, (192, 256)))


def _drift(before: Picture, after: Picture) -> float:
    return drift(low_pass_pair(before.pixels, after.pixels))


def _warmed(picture: Picture, by: float) -> Picture:
    gain = np.array([1 + by, 1, 1 - by], np.float32)
    return picture.with_(pixels=np.clip(picture.pixels * gain, 0, 1))


@pytest.mark.parametrize("size", [(192, 256), (384, 512)])
def test_a_drift_is_brought_back(picture: Picture, context: StageContext, size: tuple[int, int]) -> None:
    spoilt = _warmed(picture, 0.08)
    spoilt = spoilt.with_(pixels=resize(spoilt.pixels, size))
    detail = np.diff(spoilt.pixels, axis=1).std()
    assert _drift(picture, spoilt) > 2
    made = hold_colours(picture, spoilt, context)
    assert _drift(picture, made) < 0.5 and made.pixels.shape[:2] == size
    assert np.diff(made.pixels, axis=1).std() == pytest.approx(detail, rel=0.1)  # what is fine stays the stage's
    assert context.figures["colour_drift"] > 2 > LIMIT > context.figures["colour_drift_corrected"]
    assert "brought back" in context.notes[0]


def test_nothing_happens_to_what_did_not_drift(picture: Picture, context: StageContext) -> None:
    noise = np.random.default_rng(0).normal(0, 5 / 255, picture.pixels.shape)
    made = Picture(np.clip(picture.pixels + noise, 0, 1).astype(np.float32))
    kept = made.pixels.copy()
    assert hold_colours(picture, made, context) is made
    np.testing.assert_array_equal(made.pixels, kept)
    assert context.figures["colour_drift"] < UNSEEN and not context.notes
    assert "colour_drift_corrected" not in context.figures


def test_the_correction_sets_in_without_a_jump(picture: Picture, context: StageContext) -> None:
    """A little more drift, as from frame to frame of a film, never makes a much different picture."""
    strengths = np.linspace(0.0, 0.06, 25)
    made = [hold_colours(picture, _warmed(picture, by), context) for by in strengths]
    drifts = [_drift(picture, one) for one in made]
    steps = [_drift(first, second) for first, second in itertools.pairwise(made)]
    assert max(drifts) < LIMIT and max(steps) < 0.3


def test_what_the_stage_left_alone_stays_to_the_bit(picture: Picture, context: StageContext) -> None:
    """As of a large face: a soft oval that is tinted, the rest as it was."""
    y, x = np.mgrid[:192, :256]
    soft = np.clip(1.5 - np.hypot((x - 128) / 80, (y - 96) / 70), 0, 1)[..., None].astype(np.float32)
    tinted = _warmed(picture, 0.25).pixels
    spoilt = Picture(np.where(soft > 0, picture.pixels + soft * (tinted - picture.pixels), picture.pixels))
    before, alone = _drift(picture, spoilt), (soft == 0)[..., 0]
    assert before > 1
    made = hold_colours(picture, spoilt, context)
    np.testing.assert_array_equal(made.pixels[alone], picture.pixels[alone])
    assert _drift(picture, made) < before / 2
    seam = [np.abs(np.diff(p.pixels - picture.pixels, axis=1)).max() for p in (spoilt, made)]
    assert seam[1] < seam[0] + 0.02


def test_the_given_picture_is_not_written_to(picture: Picture, context: StageContext) -> None:
    kept = picture.pixels.copy()
    spoilt = _warmed(picture, 0.08)
    spoilt.pixels.flags.writeable = False
    also = spoilt.pixels.copy()
    hold_colours(picture, spoilt, context)
    np.testing.assert_array_equal(picture.pixels, kept)
    np.testing.assert_array_equal(spoilt.pixels, also)


def test_what_cannot_be_brought_back_is_said(context: StageContext) -> None:
    """White that became black has no factor that would bring it back."""
    white, black = (Picture(np.full((40, 40, 3), level, np.float32)) for level in (1.0, 0.0))
    made = hold_colours(white, black, context)
    assert made.pixels.mean() > 0.05
    assert _drift(white, made) < LIMIT or "only" in context.notes[0]


class _Tint(Stage[StageSettings]):
    name, title, summary, flag, toggle = "tint", "Tint", "Spoils colours.", "tint", "apply_tint"
    Settings: ClassVar = StageSettings

    def run(self, picture: Picture, settings: StageSettings, context: StageContext) -> Picture:
        return _warmed(picture, 0.1)


class _Toning(_Tint):
    name = "toning"

    def keeps_colours(self, settings: StageSettings) -> bool:
        return False


def _run(
    stage: type[_Tint], picture: Picture, context: StageContext, monkeypatch: pytest.MonkeyPatch
) -> tuple[Picture, Any]:

    monkeypatch.setattr("restoration_studio.stages.STAGES", (*STAGES, stage()))
    step = Step.model_validate({"stage": stage.name})
    made = run_step(picture, step, context, (picture.height, picture.width))
    return made, StageResult.of(step, context, 1.0).to_record()


def test_a_new_stage_is_held_to_it(picture: Picture, context: StageContext, monkeypatch: pytest.MonkeyPatch) -> None:
    made, record = _run(_Tint, picture, context, monkeypatch)
    assert _drift(picture, made) < LIMIT < record["figures"]["colour_drift"]


def test_a_change_on_purpose_is_not(picture: Picture, context: StageContext, monkeypatch: pytest.MonkeyPatch) -> None:
    made, record = _run(_Toning, picture, context, monkeypatch)
    np.testing.assert_array_equal(made.pixels, _warmed(picture, 0.1).pixels)
    assert record["figures"] == {}


def test_a_grey_picture_stays_grey(picture: Picture, context: StageContext, monkeypatch: pytest.MonkeyPatch) -> None:
    grey = Picture(np.repeat(picture.pixels[..., :1], 3, axis=2), grey=True)
    made, _ = _run(_Tint, grey, context, monkeypatch)
    np.testing.assert_array_equal(made.pixels[..., 0], made.pixels[..., 1])
    np.testing.assert_array_equal(made.pixels[..., 0], made.pixels[..., 2])
    assert _drift(grey, made) < LIMIT


def test_only_what_makes_colours_or_content_is_exempt() -> None:
    exempt = {stage.name for stage in STAGES if not stage.keeps_colours(stage.Settings())}
    assert exempt == {"colorize", "inpaint"}


def test_it_can_be_switched_off(picture: Picture, context: StageContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("restoration_studio.stages.STAGES", (*STAGES, _Tint()))
    pipeline = RestorationPipeline(context.models.config)
    recipe = {"stages": [{"stage": _Tint.name}]}
    held, kept = pipeline.restore_image(picture, recipe)
    own, stats = pipeline.restore_image(picture, recipe, keep_colours=False)
    np.testing.assert_array_equal(own.pixels, _warmed(picture, 0.1).pixels)
    assert _drift(picture, held) < LIMIT < _drift(picture, own)
    assert kept["recipe"]["keep_colours"] is True and stats["recipe"]["keep_colours"] is False
    again, _ = pipeline.restore_image(picture, stats["recipe"])
    np.testing.assert_array_equal(again.pixels, own.pixels)
