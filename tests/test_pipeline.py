"""The pipeline: same kind of picture out as in, cached stages, progress, stopping, honest failure."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from restoration_studio.config import Config
from restoration_studio.context import StageContext
from restoration_studio.engine.recipe import Recipe
from restoration_studio.engine.record import read_record, record_path
from restoration_studio.errors import Cancelled, InputError, RecipeError, UsageError, WeightsError
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.progress import CancelToken, Progress
from restoration_studio.stages.detail import Detail

DETAIL = {"stages": [{"stage": "detail", "amount": 1.5}]}


@pytest.fixture
def pipeline(tmp_path: Path) -> RestorationPipeline:
    return RestorationPipeline(Config(cache_dir=tmp_path / "cache", device="cpu", offline=True))


def small(tiny_model_path: Path, **changes: Any) -> dict[str, Any]:
    """A recipe of all three stages that needs no fetched weights."""
    return {
        "stages": [
            {"stage": "denoise", "method": "nlm", "level": 5},
            {"stage": "super_resolution", "model": str(tiny_model_path), "scale": 2, "tile": 48},
            {"stage": "detail", "amount": 1.2},
        ],
        **changes,
    }


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [None, 1, 3, 4])
def test_arrays_come_back_as_they_went_in(
    pipeline: RestorationPipeline, photograph: FloatArray, tiny_model_path: Path, dtype: type, channels: int | None
) -> None:
    top = 1.0 if dtype is np.float32 else np.iinfo(dtype).max
    wanted = photograph[..., :3]
    if channels == 4:
        wanted = np.concatenate([wanted, np.full((96, 128, 1), 0.5, np.float32)], axis=2)
    elif channels != 3:
        wanted = wanted.mean(axis=2) if channels is None else wanted.mean(axis=2, keepdims=True)
    array = (wanted * top).round().astype(dtype) if top != 1.0 else wanted.astype(dtype)
    restored, stats = pipeline.restore_image(array, small(tiny_model_path))
    assert restored.dtype == dtype
    assert restored.shape == (192, 256, *array.shape[2:])
    assert np.isfinite(restored).all() and restored.std() > 0
    assert [stage["stage"] for stage in stats["stages"]] == ["denoise", "super_resolution", "detail"]
    if dtype is np.uint16:
        assert len(np.unique(restored)) > 300, "16 bits went in and 8 came out"


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA"])
def test_pil_images(pipeline: RestorationPipeline, photograph: FloatArray, mode: str) -> None:
    image = Image.fromarray((photograph * 255).astype(np.uint8)).convert(mode)
    restored, _ = pipeline.restore_image(image, DETAIL)
    assert isinstance(restored, Image.Image)
    assert (restored.mode, restored.size) == (mode, image.size)


def test_path_and_picture(pipeline: RestorationPipeline, photograph: FloatArray, tmp_path: Path) -> None:
    path = tmp_path / "фото 1.png"
    Image.fromarray((photograph * 255).round().astype(np.uint8)).save(path)
    from_path, _ = pipeline.restore_image(path, DETAIL)
    from_picture, _ = pipeline.restore_image(Picture(photograph), DETAIL)
    assert from_path.dtype == np.uint8
    assert isinstance(from_picture, Picture)
    np.testing.assert_array_equal(from_path, np.round(from_picture.pixels * 255).astype(np.uint8))


@pytest.mark.parametrize(
    "thing", [None, 3, [1, 2], {"a": 1}, np.zeros((2, 2, 7), np.uint8), np.zeros((0, 4, 3), np.uint8)]
)
def test_what_is_no_picture_is_refused(pipeline: RestorationPipeline, thing: object) -> None:
    with pytest.raises(InputError):
        pipeline.restore_image(thing, DETAIL)


def test_input_array_is_not_changed(pipeline: RestorationPipeline, photograph: FloatArray) -> None:
    before = photograph.copy()
    pipeline.restore_image(photograph, DETAIL)
    np.testing.assert_array_equal(photograph, before)


def test_grey_stays_grey_to_the_bit(
    pipeline: RestorationPipeline, photograph: FloatArray, tiny_model_path: Path
) -> None:
    grey = np.repeat((photograph.mean(axis=2, keepdims=True) * 255).astype(np.uint8), 3, axis=2)
    restored, stats = pipeline.restore_image(grey, small(tiny_model_path))
    np.testing.assert_array_equal(restored[..., 0], restored[..., 1])
    np.testing.assert_array_equal(restored[..., 0], restored[..., 2])
    assert stats["output"]["grey"]


def test_moving_the_last_slider_runs_only_the_last_stage(
    pipeline: RestorationPipeline, photograph: FloatArray, tiny_model_path: Path
) -> None:
    recipe = pipeline.recipe(small(tiny_model_path))
    first, stats = pipeline.restore_image(photograph, recipe)
    assert [stage["cached"] for stage in stats["stages"]] == [False, False, False]
    second, stats = pipeline.restore_image(photograph, recipe, detail_strength=1.9)
    assert [stage["cached"] for stage in stats["stages"]] == [True, True, False]
    assert not np.array_equal(first, second)
    third, stats = pipeline.restore_image(photograph, recipe)
    assert all(stage["cached"] for stage in stats["stages"])
    np.testing.assert_array_equal(first, third)


def test_another_picture_or_seed_is_not_taken_from_the_cache(
    pipeline: RestorationPipeline, photograph: FloatArray
) -> None:
    pipeline.restore_image(photograph, DETAIL)
    for image, recipe in ((photograph[::-1].copy(), DETAIL), (photograph, {**DETAIL, "seed": 1})):
        _, stats = pipeline.restore_image(image, recipe)
        assert not stats["stages"][0]["cached"]


def test_cached_results_can_be_written_on_by_the_caller(pipeline: RestorationPipeline, photograph: FloatArray) -> None:
    for _ in range(2):
        restored, _ = pipeline.restore_image(photograph, DETAIL)
        restored[:] = 0
    restored, _ = pipeline.restore_image(photograph, DETAIL)
    assert restored.max() > 0.5


@pytest.mark.slow
def test_several_threads_share_a_pipeline(
    pipeline: RestorationPipeline, photograph: FloatArray, tiny_model_path: Path
) -> None:
    pictures = [np.roll(photograph, shift, axis=0) for shift in range(6)]
    alone = [pipeline.restore_image(picture, small(tiny_model_path))[0] for picture in pictures]
    pipeline.cache.clear()
    with ThreadPoolExecutor(6) as pool:
        together = pool.map(lambda picture: pipeline.restore_image(picture, small(tiny_model_path))[0], pictures)
        for one, other in zip(alone, together, strict=True):
            np.testing.assert_array_equal(one, other)


def test_progress_climbs_and_names_stage_and_tile(
    pipeline: RestorationPipeline, photograph: FloatArray, tiny_model_path: Path
) -> None:
    seen: list[Progress] = []
    pipeline.restore_image(photograph, small(tiny_model_path), progress=seen.append)
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions) and fractions[-1] == pytest.approx(1.0)
    stages = [stage for progress in seen if (stage := progress.current("stage"))]
    assert {stage.description for stage in stages} == {"Denoise", "Super-resolution", "Detail"}
    tiles = [(p.task.completed, p.task.total) for p in seen if p.task.unit == "tile"]
    assert tiles[0][0] == 0 and tiles[-1][0] == tiles[-1][1] > 1


def test_stopping_is_looked_at_between_tiles(
    pipeline: RestorationPipeline, photograph: FloatArray, tiny_model_path: Path, tmp_path: Path
) -> None:
    token, done = CancelToken(), []

    def stop_after_two_tiles(progress: Progress) -> None:
        if progress.task.unit == "tile":
            done.append(progress.task.completed)
            if progress.task.completed == 2:
                token.cancel()

    Image.fromarray((photograph * 255).astype(np.uint8)).save(tmp_path / "in.png")
    with pytest.raises(Cancelled):
        pipeline.restore_file(
            tmp_path / "in.png", tmp_path / "out.png", small(tiny_model_path),
            progress=stop_after_two_tiles, cancel=token,
        )  # fmt: skip
    assert done == [0, 1, 2]
    assert sorted(path.name for path in tmp_path.glob("*.*")) == ["in.png"]


def test_a_failing_stage_raises_and_gives_nothing_back(
    pipeline: RestorationPipeline, photograph: FloatArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Detail, picture: Picture, settings: object, context: StageContext) -> Picture:
        raise WeightsError("the weights are gone.")

    monkeypatch.setattr(Detail, "run", fail)
    with pytest.raises(WeightsError, match="gone"):
        pipeline.restore_image(photograph, DETAIL)


def test_missing_weights_offline_say_where_to_put_them(pipeline: RestorationPipeline, photograph: FloatArray) -> None:
    with pytest.raises(WeightsError, match=r"offline.*RealESRGAN_x4plus\.pth"):
        pipeline.restore_image(photograph, apply_denoising=False)


def test_a_result_over_the_limit_is_refused_before_any_work(tmp_path: Path, photograph: FloatArray) -> None:
    pipeline = RestorationPipeline(Config(cache_dir=tmp_path, max_output_megapixels=0.1, offline=True))
    with pytest.raises(UsageError, match="max_output_megapixels"):
        pipeline.restore_image(photograph, sr_scale=4)


def test_a_film_that_is_not_there(pipeline: RestorationPipeline, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"film\.mp4 does not exist"):
        pipeline.restore_video(tmp_path / "film.mp4", tmp_path / "out.mp4", max_frames=10, apply_denoising=False)


def test_recipes_come_in_every_form(pipeline: RestorationPipeline, tmp_path: Path) -> None:
    recipe = Recipe.parse(DETAIL)
    (tmp_path / "mine.json").write_text(json.dumps(DETAIL))
    for form in (recipe, DETAIL, tmp_path / "mine.json", str(tmp_path / "mine.json")):
        assert pipeline.recipe(form) == recipe
    assert pipeline.recipe("fast") == Recipe.preset("fast")
    assert pipeline.recipe() == Recipe.default()
    with pytest.raises(RecipeError):
        pipeline.recipe("no-such-preset")


def test_the_record_is_whole_and_gives_the_same_pixels_again(
    pipeline: RestorationPipeline, photograph: FloatArray, tiny_model_path: Path, tmp_path: Path
) -> None:
    source, first, second = (tmp_path / name for name in ("in.png", "first.png", "second.png"))
    Image.fromarray((photograph * 255).astype(np.uint8)).save(source)
    recipe = small(tiny_model_path, precision="bfloat16", seed=5)
    recipe["stages"][1]["tile"] = "auto"
    pipeline.restore_file(source, first, recipe)
    record = read_record(first)
    assert record is not None
    assert record["recipe"]["stages"][1]["tile"] != "auto"
    assert record["asked"]["stages"][1]["tile"] == "auto"
    assert record["stages"][1]["models"][0]["sha256"] and record["versions"]["torch"] and record["seconds"] > 0
    pipeline.cache.clear()
    pipeline.restore_file(source, second, record_path(first))
    assert first.read_bytes() == second.read_bytes()


def test_no_input_is_ever_overwritten(pipeline: RestorationPipeline, photograph: FloatArray, tmp_path: Path) -> None:
    path = tmp_path / "only.png"
    Image.fromarray((photograph * 255).astype(np.uint8)).save(path)
    before = path.read_bytes()
    with pytest.raises(UsageError, match="also the input"):
        pipeline.restore_file(path, path, DETAIL)
    assert path.read_bytes() == before


def test_sharpness_is_compared_at_one_size(
    pipeline: RestorationPipeline, photograph: FloatArray, tiny_model_path: Path
) -> None:
    recipe = {"stages": [{"stage": "super_resolution", "model": str(tiny_model_path), "scale": 4}]}
    _, stats = pipeline.restore_image(photograph, recipe)
    figures = stats["metrics"]["sharpness"]
    # At its own size a four times larger picture has about a sixteenth of the figure.
    assert figures["before"] / 3 < figures["after"] < figures["before"] * 3


def test_regions_and_strength_reach_the_picture(pipeline: RestorationPipeline, photograph: FloatArray) -> None:
    recipe = {"stages": [{"stage": "detail", "amount": 2.0, "region": {"rectangles": [[0, 0, 64, 96]]}}]}
    restored, _ = pipeline.restore_image(photograph, recipe)
    np.testing.assert_array_equal(restored[:, 64:], photograph[:, 64:])
    assert not np.array_equal(restored[:, :64], photograph[:, :64])


def test_estimate_grows_with_the_picture_and_names_models(pipeline: RestorationPipeline) -> None:
    one, four = (pipeline.estimate(side, side) for side in (100, 200))
    assert four.seconds == pytest.approx(4 * one.seconds, rel=0.01)
    assert four.memory_bytes > one.memory_bytes
    assert four.size == (800, 800)
    assert four.models == ("ffdnet-color", "realesrgan-x4plus")
    assert not four.measured


def test_estimates_learn_from_runs(pipeline: RestorationPipeline, photograph: FloatArray) -> None:
    big = np.tile(photograph, (16, 12, 1))
    pipeline.restore_image(big, DETAIL)
    assert pipeline.estimate(*big.shape[:2], DETAIL).measured


def test_a_cached_result_takes_nothing_else_from_the_file_it_was_made_of(
    pipeline: RestorationPipeline, photograph: FloatArray
) -> None:
    bytes_ = (photograph * 255).round().astype(np.uint8)
    tagged = Image.fromarray(bytes_)
    tagged.info["dpi"] = (300, 300)
    first, _ = pipeline.restore_image(tagged, DETAIL)
    plain, stats = pipeline.restore_image(Image.fromarray(bytes_), DETAIL)
    assert stats["stages"][0]["cached"]
    assert first.info["dpi"] == (300, 300) and "dpi" not in plain.info
    deep, stats = pipeline.restore_image(bytes_ / np.float32(255), DETAIL)
    assert stats["stages"][0]["cached"] and deep.dtype == np.float32


def test_a_region_that_does_not_fit_is_refused_before_any_work(
    pipeline: RestorationPipeline, photograph: FloatArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Detail, "run", lambda *_: pytest.fail("the stage ran"))
    recipe = {"stages": [{"stage": "detail", "region": {"rectangles": [[1000, 1000, 5, 5]]}}]}
    with pytest.raises(InputError, match="outside the picture"):
        pipeline.restore_image(photograph, recipe)


@pytest.mark.parametrize(
    ("suffix", "output", "words"),
    [(".jpg", {"bit_depth": "16"}, "8 bits"), (".webp", {}, "16383 a side")],
)
def test_a_result_its_format_cannot_hold_is_refused_before_any_work(
    pipeline: RestorationPipeline, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    suffix: str, output: dict[str, str], words: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(Detail, "run", lambda *_: pytest.fail("the stage ran"))
    Image.new("RGB", (17000, 2)).save(tmp_path / "in.png")
    with pytest.raises(UsageError, match=words):
        pipeline.restore_file(tmp_path / "in.png", tmp_path / f"out{suffix}", {**DETAIL, "output": output})


def test_every_preset_can_write_what_it_makes_of_a_jpeg(pipeline: RestorationPipeline, tmp_path: Path) -> None:
    """Under the name the command line and batches give it."""
    from restoration_studio.engine.recipe import preset_files
    from restoration_studio.image.formats import suffix_for_name
    from restoration_studio.image.write import check_target

    for name in preset_files():
        options = pipeline.recipe(name).output
        check_target(tmp_path / f"photo{suffix_for_name(Path('photo.jpg'), options.format)}", options)


def test_the_pace_of_a_stage_leaves_out_waiting_for_its_weights(
    pipeline: RestorationPipeline, photograph: FloatArray, tiny_model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    paces: dict[str, float] = {}
    monkeypatch.setattr(
        "restoration_studio.engine.run.learn", lambda stage, cost, seconds, config: paces.update({stage: seconds})
    )
    get, clock, fetching = pipeline.models.get, time.perf_counter, 0.0

    def slow_get(*arguments: Any, **keywords: Any) -> Any:
        nonlocal fetching
        fetching += 1000
        return get(*arguments, **keywords)

    monkeypatch.setattr(pipeline.models, "get", slow_get)
    monkeypatch.setattr(time, "perf_counter", lambda: clock() + fetching)
    recipe = {"stages": [{"stage": "denoise", "method": "nlm"}, small(tiny_model_path)["stages"][1]]}
    _, stats = pipeline.restore_image(np.full((40, 40, 3), 0.5, np.float32), recipe)
    assert stats["stages"][1]["seconds"] > 1000 > paces["super_resolution"]
    assert "denoise" not in paces, "there was no noise, so nothing was done that has a pace"


def test_a_model_for_something_else_is_refused_before_any_work(
    pipeline: RestorationPipeline, photograph: FloatArray
) -> None:
    with pytest.raises(RecipeError, match="'ffdnet-color' is for denoising"):
        pipeline.restore_image(photograph, sr_model="ffdnet-color")
