"""Frames through a recipe: in batches as one by one, the noise of a shot for all of its frames."""

from __future__ import annotations

from array import array
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restoration_studio.config import Config
from restoration_studio.context import StageContext
from restoration_studio.engine.recipe import Recipe
from restoration_studio.engine.video import prepare_video
from restoration_studio.engine.video_frames import FrameRestorer
from restoration_studio.errors import WeightsError
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.progress import CancelToken, silent_task
from restoration_studio.stages import STAGES, get_stage
from restoration_studio.stages.base import Stage
from restoration_studio.video.analysis import VideoAnalysis
from restoration_studio.video.probe import Colour, VideoInfo


def info(height: int, width: int) -> VideoInfo:
    from fractions import Fraction

    return VideoInfo(Path("film.mp4"), "mp4", 0, "h264", "yuv420p", width, height, 0, Fraction(1), Fraction(1, 25),
                    Fraction(25), 0.0, 1.0, 25, 8, False, Colour(), (), 0)  # fmt: skip


@pytest.fixture
def pipeline(tmp_path: Path) -> RestorationPipeline:
    return RestorationPipeline(Config(device="cpu", offline=True, stage_cache_mb=0, cache_dir=tmp_path))


def restorer(pipeline: RestorationPipeline, height: int, width: int, **keywords: object) -> FrameRestorer:
    recipe = pipeline.recipe(apply_detail_enhancement=False, **keywords)
    return prepared(pipeline, recipe, height, width)


def prepared(pipeline: RestorationPipeline, recipe: Recipe, height: int, width: int) -> FrameRestorer:
    video = info(height, width)
    return FrameRestorer(prepare_video(pipeline.engine, recipe, video).fetch(silent_task()), video, CancelToken())


@pytest.mark.parametrize("scale", [4.0, 2.5])
def test_a_batch_gives_what_single_frames_give(
    scale: float,
    pipeline: RestorationPipeline,
    tiny_model_path: Path,
    photograph: FloatArray,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = restorer(pipeline, 96, 128, sr_model=str(tiny_model_path), apply_denoising=False, sr_scale=scale,
                    sr_tile=64, precision="float32")  # fmt: skip
    made.begin(VideoAnalysis(array("q", [0, 1, 2]), 1, [0], array("f", [0.0] * 3)))
    frames = [Picture(pixels=np.roll(photograph, 5 * n, axis=1).copy()) for n in range(3)]
    monkeypatch.setattr("restoration_studio.engine.video_frames._PIXELS_AT_ONCE", 4 * 96 * 128)
    assert made.batch == 4
    together = made.restore(frames, 0, 0)
    for frame, result in zip(frames, together, strict=True):
        (alone,) = made.restore([frame], 0, 0)
        assert result.pixels.shape == alone.pixels.shape
        np.testing.assert_allclose(result.pixels, alone.pixels, atol=2e-5)
    assert len(made.stage_results()[0].models) == 1


def test_every_frame_of_a_shot_is_denoised_alike(pipeline: RestorationPipeline, photograph: FloatArray) -> None:
    made = restorer(pipeline, 96, 128, apply_super_resolution=False, denoise_method="nlm")
    assert made.noise_of is not None
    plan = VideoAnalysis(array("q", range(40)), 1, [0, 20], array("f", [0.0] * 40), noise={0: 8.0, 10: 12.0, 25: 0.2})
    made.begin(plan)
    noisy = photograph + np.random.default_rng(0).normal(0, 0.04, photograph.shape).astype(np.float32)
    frame = Picture(pixels=np.clip(noisy, 0, 1).astype(np.float32))
    (denoised,) = made.restore([frame], 3, 0)
    assert np.abs(denoised.pixels - frame.pixels).mean() > 0.005
    (left,) = made.restore([frame], 30, 1)  # too little noise to see in that shot
    assert left.pixels is frame.pixels
    assert made.levels == {0: 10.0, 1: 0.2}


def test_grain_is_another_in_every_frame_and_the_same_again(
    pipeline: RestorationPipeline, photograph: FloatArray
) -> None:
    recipe = {"stages": [{"stage": "grain", "method": "manual", "level": 8.0}]}
    made = prepared(pipeline, pipeline.recipe(recipe), 96, 128)
    made.begin(VideoAnalysis(array("q", range(9)), 1, [0], array("f", [0.0] * 9)))
    frame = Picture(pixels=photograph)
    first, second = made.restore([frame, frame], 4, 0)
    assert np.abs(first.pixels - second.pixels).mean() > 0.01
    (again,) = made.restore([frame], 5, 0)
    np.testing.assert_array_equal(again.pixels, second.pixels)


def test_every_stage_that_looks_back_is_given_what_it_looks_at(
    pipeline: RestorationPipeline, tiny_model_path: Path, photograph: FloatArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = [stage for stage in STAGES if stage.needs_original or stage.needs_unenlarged]
    assert {stage.name for stage in looking} >= {"faces", "grain"}
    seen: list[tuple[str, FloatArray | None, FloatArray | None]] = []

    def spy(self: Stage[Any], picture: Picture, settings: Any, context: StageContext) -> Picture:
        seen.append(
            (self.name, context.original and context.original.pixels, context.unenlarged and context.unenlarged.pixels)
        )
        return picture

    for stage in looking:
        monkeypatch.setattr(type(stage), "run", spy)
    monkeypatch.setattr(pipeline.models, "fetch", lambda name, progress=None: "0" * 64)
    made = restorer(pipeline, 96, 128, sr_model=str(tiny_model_path), sr_scale=2.0, denoise_method="nlm",
                    denoise_strength=8.0, **{stage.toggle: True for stage in looking})  # fmt: skip
    made.begin(VideoAnalysis(array("q", [0, 1]), 1, [0], array("f", [0.0] * 2)))
    frames = [Picture(pixels=np.roll(photograph, 5 * n, axis=1).copy()) for n in range(2)]
    results = made.restore(frames, 0, 0)
    assert [result.pixels.shape for result in results] == [(192, 256, 3)] * 2
    assert len(seen) == 2 * len(looking)
    for place, (_, original, unenlarged) in enumerate(seen):
        frame = frames[place % 2]
        assert original is frame.pixels
        assert unenlarged is not None and unenlarged.shape == frame.pixels.shape
        assert np.abs(unenlarged - frame.pixels).max() > 0  # denoised, not as it came


def test_stages_that_run_frames_together_are_given_what_they_are_given_with_pictures(
    pipeline: RestorationPipeline, tiny_model_path: Path, photograph: FloatArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[StageContext]] = []

    def spy(self: Stage[Any], frames: list[Picture], settings: Any, contexts: list[StageContext]) -> list[Picture]:
        seen.append(list(contexts))
        return frames

    monkeypatch.setattr(type(get_stage("super_resolution")), "run_frames", spy)
    monkeypatch.setattr(type(get_stage("super_resolution")), "output_size", lambda self, settings, *size: size)
    monkeypatch.setattr(type(get_stage("super_resolution")), "needs_original", True)
    monkeypatch.setattr(type(get_stage("super_resolution")), "needs_unenlarged", True)
    made = restorer(pipeline, 96, 128, sr_model=str(tiny_model_path), denoise_method="nlm", denoise_strength=8.0)
    made.begin(VideoAnalysis(array("q", [0, 1]), 1, [0], array("f", [0.0] * 2)))
    frames = [Picture(pixels=np.roll(photograph, 5 * n, axis=1).copy()) for n in range(2)]
    results = made.restore(frames, 7, 0)
    (contexts,) = seen
    for number, (frame, denoised, context) in enumerate(zip(frames, results, contexts, strict=True)):
        assert context.original is frame and context.input_size == (96, 128)
        assert context.unenlarged is not None and context.unenlarged.pixels is denoised.pixels
        assert context.seed == 7 + number


def test_two_threads_make_what_one_makes(pipeline: RestorationPipeline, photograph: FloatArray) -> None:
    recipe = pipeline.recipe({"stages": [{"stage": "detail"}, {"stage": "grain", "method": "manual", "level": 8.0}]})
    frames = [Picture(pixels=np.roll(photograph, 5 * n, axis=1).copy()) for n in range(6)]
    made: list[list[FloatArray]] = []
    for threads in (1, 2):
        one = prepared(pipeline, recipe, 96, 128)
        one.begin(VideoAnalysis(array("q", range(6)), 1, [0, 3], array("f", [0.0] * 6)))
        with ThreadPoolExecutor(threads) as pool:
            results = pool.map(lambda n, one=one: one.restore([frames[n]], n, int(n >= 3)), range(6))  # type: ignore[misc]
            made.append([picture.pixels for (picture,) in results])
        assert one.stage_results()[0].figures["colour_drift"] >= 0
    np.testing.assert_array_equal(made[0], made[1])


def test_only_light_work_is_done_twice_at_once(
    pipeline: RestorationPipeline, tiny_model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("restoration_studio.engine.video_frames.os.cpu_count", lambda: 8)
    network = {"sr_model": str(tiny_model_path), "apply_denoising": False, "sr_tile": 0}
    assert restorer(pipeline, 96, 128, **network).at_once == 2
    assert restorer(pipeline, 400, 600, **network).at_once == 1  # one batch takes a few GB
    assert restorer(pipeline, 400, 600, apply_super_resolution=False, denoise_method="nlm").at_once == 2
    assert restorer(pipeline, 4000, 4000, apply_super_resolution=False, denoise_method="nlm").at_once == 1
    monkeypatch.setattr("restoration_studio.engine.video_frames.os.cpu_count", lambda: 1)
    assert restorer(pipeline, 96, 128, **network).at_once == 1


def test_threads_that_share_the_cores_leave_others_theirs() -> None:
    import torch

    from restoration_studio.networks.precision import share_threads

    whole = torch.get_num_threads()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(share_threads, 2).result() == max(1, whole // 2)
        assert pool.submit(torch.get_num_threads).result() == max(1, whole // 2)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(torch.get_num_threads).result() == whole
    assert torch.get_num_threads() == whole


def test_a_missing_model_is_said_before_any_frame(pipeline: RestorationPipeline) -> None:
    with pytest.raises(WeightsError, match="offline"):
        restorer(pipeline, 96, 128, sr_model="realesr-animevideov3", apply_denoising=False)
