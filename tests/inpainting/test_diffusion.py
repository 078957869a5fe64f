"""The Stable Diffusion path, run for real on a tiny pipeline that is loaded from disk as the real one is."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restoration_studio.config import Config
from restoration_studio.errors import RecipeError, UnavailableError, WeightsError
from restoration_studio.image.picture import FloatArray
from restoration_studio.inpainting.errors import DiffusionModelUnreadable, ModelWithoutSafetyChecker, UnsafePicture
from restoration_studio.inpainting.methods import get_method
from restoration_studio.inpainting.pipeline_files import Place
from restoration_studio.inpainting.pipelines import DEFAULT, place_of
from restoration_studio.inpainting.prompts import PROMPTS, prompt_text
from restoration_studio.pipeline import RestorationPipeline

pytestmark = pytest.mark.slow  # diffusers alone takes seconds to import
ALONE = {"stages": [{"stage": "inpaint", "method": "stable-diffusion", "steps": 2, "grain": 0}]}


@pytest.fixture
def pipeline(tmp_path: Path) -> RestorationPipeline:
    return RestorationPipeline(Config(cache_dir=tmp_path, device="cpu", offline=True, stage_cache_mb=0))


def run(pipeline: RestorationPipeline, image: Any, model: Path, **keywords: Any) -> tuple[Any, dict[str, Any]]:
    keywords = {"mask": "40,30,40,24", "mask_grow": 0, "mask_feather": 0} | keywords
    return pipeline.restore_image(image, ALONE, inpaint_model=str(model), **keywords)


def inside(shape: tuple[int, ...], x: int, y: int, w: int, h: int) -> np.ndarray:
    mask = np.zeros(shape[:2], bool)
    mask[y : y + h, x : x + w] = True
    return mask


@pytest.mark.parametrize("size", [(96, 128), (91, 117), (60, 100)])
def test_every_size_comes_back_and_outside_the_mask_every_bit_stays(
    pipeline: RestorationPipeline, tiny_diffusion: Path, photograph: FloatArray, size: tuple[int, int]
) -> None:
    given = photograph[: size[0], : size[1]]
    made, stats = run(pipeline, given, tiny_diffusion)
    hole = inside(given.shape, 40, 30, 40, 24)
    assert made.shape == given.shape and np.isfinite(made).all()
    np.testing.assert_array_equal(made[~hole], given[~hole])
    assert np.abs(made - given)[hole].mean() > 0.01
    assert any("ran on cpu in float32" in note for note in stats["notes"])


def test_a_picture_of_16_bits_keeps_its_digits_and_a_grey_one_stays_grey(
    pipeline: RestorationPipeline, tiny_diffusion: Path, photograph: FloatArray
) -> None:
    given = np.round(photograph[..., 0] * 65535).astype(np.uint16)
    made, _ = run(pipeline, given, tiny_diffusion)
    hole = inside(given.shape, 40, 30, 40, 24)
    assert made.dtype == np.uint16 and made.ndim == 2
    np.testing.assert_array_equal(made[~hole], given[~hole])
    assert (made[hole] != given[hole]).any()


def test_the_seed_decides(pipeline: RestorationPipeline, tiny_diffusion: Path, photograph: FloatArray) -> None:
    one, again, other = (run(pipeline, photograph, tiny_diffusion, seed=seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


def test_several_outcomes_have_seeds_and_records_of_their_own(
    pipeline: RestorationPipeline, tiny_diffusion: Path, photograph: FloatArray
) -> None:
    keywords = {"inpaint_model": str(tiny_diffusion), "mask": "40,30,40,24"}
    made = pipeline.restore_outcomes(photograph, ALONE, count=3, **keywords)
    assert [stats["recipe"]["seed"] for _, stats in made] == [0, 1, 2]
    assert len({result.tobytes() for result, _ in made}) == 3
    again, _ = pipeline.restore_image(photograph, made[2][1]["recipe"])
    np.testing.assert_array_equal(again, made[2][0])


def test_the_record_holds_the_hashes_of_the_weights_that_ran(
    pipeline: RestorationPipeline, tiny_diffusion: Path, photograph: FloatArray, tmp_path: Path
) -> None:
    folder = tmp_path / "own"
    shutil.copytree(tiny_diffusion, folder)
    _, stats = run(pipeline, photograph, folder)
    said = {model["name"]: model for model in stats["stages"][0]["models"]}
    files = sorted(folder.glob("*/*.safetensors"))
    assert sorted(said) == [str(path) for path in files] and len(files) == 4
    for path in files:
        assert said[str(path)]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert said[str(path)]["bytes"] == path.stat().st_size
    _, unchecked = run(pipeline, photograph, folder, safety_checker="off")
    assert not any("safety_checker" in model["name"] for model in unchecked["stages"][0]["models"])


def test_other_weights_in_the_same_folder_are_loaded_anew(
    pipeline: RestorationPipeline, tiny_diffusion: Path, photograph: FloatArray, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "changing"
    shutil.copytree(tiny_diffusion, folder)
    before, one = run(pipeline, photograph, folder)
    path = next((folder / "unet").glob("*.safetensors"))
    save_file({name: weight * 1.1 for name, weight in load_file(path).items()}, path, metadata={"format": "pt"})
    after, other = run(pipeline, photograph, folder)
    assert (before != after).any()
    assert one["stages"][0]["models"] != other["stages"][0]["models"]


def test_prompt_negative_prompt_guidance_and_steps_reach_the_pipeline(
    pipeline: RestorationPipeline, tiny_diffusion: Path, photograph: FloatArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import StableDiffusionInpaintPipeline

    asked: list[dict[str, Any]] = []
    plain = StableDiffusionInpaintPipeline.__call__

    def watched(self: Any, **given: Any) -> Any:
        asked.append(given)
        return plain(self, **given)

    monkeypatch.setattr(StableDiffusionInpaintPipeline, "__call__", watched)
    told = {"inpaint_guidance": 3, "inpaint_steps": 4, "inpaint_negative_prompt": "a frame"}
    run(pipeline, photograph, tiny_diffusion, inpaint_prompt="painting", **told)
    run(pipeline, photograph, tiny_diffusion, inpaint_prompt="a grey cat", inpaint_negative_prompt="")
    first, second = asked
    assert first["prompt"] == PROMPTS["painting"] and first["negative_prompt"] == "a frame"
    assert first["guidance_scale"] == 3 and first["num_inference_steps"] == 4
    assert second["prompt"] == "a grey cat" and second["negative_prompt"] is None
    # The longer side is what the model was trained for: 32 latents of 2 pixels.
    assert max(first["height"], first["width"]) == 64 and first["height"] % 2 == 0
    assert {prompt_text(name) for name in PROMPTS} >= {""}


def test_a_large_picture_is_filled_in_windows_round_its_holes(
    pipeline: RestorationPipeline, tiny_diffusion: Path, photograph: FloatArray
) -> None:
    large = np.tile(photograph, (9, 8, 1))
    mask = inside(large.shape, 40, 30, 20, 10) | inside(large.shape, 900, 800, 15, 15)
    made, _ = run(pipeline, large, tiny_diffusion, mask=mask)
    np.testing.assert_array_equal(made[~mask], large[~mask])
    assert (made[mask] != large[mask]).any(axis=1).mean() > 0.9


def test_a_whole_picture_may_be_drawn(
    pipeline: RestorationPipeline, tiny_diffusion: Path, photograph: FloatArray
) -> None:
    made, _ = run(pipeline, photograph, tiny_diffusion, mask="0,0,128,96")
    assert made.shape == photograph.shape and made.std() > 0


@pytest.fixture
def refusing(tiny_diffusion: Path, tmp_path: Path) -> Path:
    """The same pipeline with a safety checker that takes everything for unsafe."""
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker

    folder = tmp_path / "refusing"
    shutil.copytree(tiny_diffusion, folder)
    checker = StableDiffusionSafetyChecker.from_pretrained(folder / "safety_checker")
    checker.concept_embeds_weights.data.fill_(-2.0)
    checker.save_pretrained(folder / "safety_checker", safe_serialization=True)
    return folder


def test_what_the_safety_checker_refuses_is_an_error_and_no_black_picture(
    pipeline: RestorationPipeline, refusing: Path, photograph: FloatArray
) -> None:
    with pytest.raises(UnsafePicture, match=r"safety checker.*nothing is written.*safety_checker='off'") as caught:
        run(pipeline, photograph, refusing)
    assert caught.value.exit_code == 1
    made, _ = run(pipeline, photograph, refusing, safety_checker="off")
    assert made[inside(made.shape, 40, 30, 40, 24)].std() > 0


def test_a_refused_prompt_on_the_command_line(
    refusing: Path, photograph: FloatArray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    from PIL import Image

    from restoration_studio.cli.main import main

    monkeypatch.setenv("RESTORATION_STUDIO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("RESTORATION_STUDIO_OFFLINE", "1")
    monkeypatch.setenv("RESTORATION_STUDIO_DEVICE", "cpu")
    Image.fromarray((photograph * 255).astype(np.uint8)).save(tmp_path / "a.png")
    words = [str(tmp_path / "a.png"), "--no-denoise", "--no-sr", "--no-detail", "--mask", "10,10,30,30"]
    words += ["--inpaint-method", "stable-diffusion", "--inpaint-model", str(refusing), "--inpaint-steps", "1"]
    assert main([*words, "-o", str(tmp_path / "b.png")]) == 1
    said = capsys.readouterr().err
    assert said.count("restore: ") == 1 and "--safety-checker off" in said
    assert not (tmp_path / "b.png").exists()
    assert main([*words, "-o", str(tmp_path / "b.png"), "--safety-checker", "off"]) == 0


def test_a_model_without_safety_checker_needs_the_switch(
    pipeline: RestorationPipeline, tiny_diffusion: Path, photograph: FloatArray, tmp_path: Path
) -> None:
    from diffusers import StableDiffusionInpaintPipeline

    bare = StableDiffusionInpaintPipeline.from_pretrained(
        tiny_diffusion, safety_checker=None, requires_safety_checker=False
    )
    bare.save_pretrained(tmp_path / "bare")
    with pytest.raises(ModelWithoutSafetyChecker, match="has no safety checker; say safety_checker='off'"):
        run(pipeline, photograph, tmp_path / "bare")
    run(pipeline, photograph, tmp_path / "bare", safety_checker="off")


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder", "safety_checker"])
def test_only_safetensors_are_loaded(
    pipeline: RestorationPipeline, tiny_diffusion: Path, photograph: FloatArray, tmp_path: Path, part: str
) -> None:
    """A pickle beside the configuration, as older models have, is not even opened."""
    folder = tmp_path / "pickled"
    shutil.copytree(tiny_diffusion, folder)
    for path in (folder / part).glob("*.safetensors"):
        path.unlink()
        path.with_name({"model.safetensors": "pytorch_model.bin"}.get(path.name, f"{path.stem}.bin")).write_bytes(b"x")
    with pytest.raises(WeightsError, match="cannot be loaded"):
        run(pipeline, photograph, folder)


@pytest.mark.parametrize("damage", ["cut", "missing"])
def test_a_damaged_pipeline_is_refused(
    pipeline: RestorationPipeline, tiny_diffusion: Path, photograph: FloatArray, tmp_path: Path, damage: str
) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(tiny_diffusion, folder)
    if damage == "cut":
        path = next((folder / "unet").glob("*.safetensors"))
        path.write_bytes(path.read_bytes()[:-500])
    else:
        shutil.rmtree(folder / "vae")
    with pytest.raises(DiffusionModelUnreadable, match=r"damaged cannot be loaded.*inpaint_model"):
        run(pipeline, photograph, folder)


def test_half_precision_files_are_found_by_themselves(
    pipeline: RestorationPipeline, tiny_diffusion: Path, photograph: FloatArray, tmp_path: Path
) -> None:
    from diffusers import StableDiffusionInpaintPipeline

    half = StableDiffusionInpaintPipeline.from_pretrained(tiny_diffusion)
    half.save_pretrained(tmp_path / "half", variant="fp16")
    assert place_of(str(tmp_path / "half")).variant == "fp16"
    run(pipeline, photograph, tmp_path / "half")


def test_weights_that_are_not_here_offline(pipeline: RestorationPipeline, photograph: FloatArray) -> None:
    with pytest.raises(WeightsError, match="is not on this machine and offline is set") as caught:
        pipeline.restore_image(photograph, ALONE, mask="1,1,9,9")
    assert caught.value.exit_code == 3
    assert not get_method("stable-diffusion").is_here(pipeline.config)


def test_names_of_models() -> None:
    place = place_of(DEFAULT)
    assert place.name == "stable-diffusion-v1-5/stable-diffusion-inpainting" and place.variant == "fp16"
    assert place_of(f"me/mine@{'a' * 40}") == Place("me/mine", "a" * 40, None)
    for name in ("me/mine", "me/mine@main", "nowhere", "/no/such/folder"):
        with pytest.raises(RecipeError, match="is no model for Stable Diffusion"):
            place_of(name)


def test_a_folder_that_holds_no_pipeline(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"no model_index\.json"):
        place_of(str(tmp_path))


def test_without_diffusers_it_says_what_to_install(
    pipeline: RestorationPipeline, tiny_diffusion: Path, photograph: FloatArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "diffusers", None)
    with pytest.raises(UnavailableError, match=r"restoration-studio\[diffusion\]"):
        run(pipeline, photograph, tiny_diffusion)


def test_it_stops_between_steps(pipeline: RestorationPipeline, tiny_diffusion: Path, photograph: FloatArray) -> None:
    from restoration_studio.errors import Cancelled
    from restoration_studio.progress import CancelToken

    cancel = CancelToken()
    with pytest.raises(Cancelled):
        run(pipeline, photograph, tiny_diffusion, inpaint_steps=50, cancel=cancel,
            progress=lambda progress: cancel.cancel() if progress.task.unit == "tile" else None)  # fmt: skip
