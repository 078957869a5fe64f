"""Proposals: what is wrong with a picture is seen, and each stage has its reason."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from restoration_studio.config import Config
from restoration_studio.engine.propose import blockiness, fine_detail, look, propose
from restoration_studio.image.picture import Picture
from restoration_studio.image.pillow import picture_from_image
from restoration_studio.image.read import read_picture
from restoration_studio.stages import STAGES


def seen(picture: Picture) -> set[str]:
    return {finding.name for finding in look(picture) if finding.present}


@pytest.fixture(scope="module")
def clean() -> Picture:
    """A sharp picture of 512 x 512 pixels with hardly any noise."""
    from skimage.data import astronaut

    return Picture((astronaut() / 255).astype(np.float32))


def test_each_fault_is_seen_where_it_is_and_only_there(clean: Picture) -> None:
    stream = io.BytesIO()
    Image.fromarray((clean.pixels * 255).astype(np.uint8)).save(stream, "JPEG", quality=20)
    noise = np.random.default_rng(0).normal(0, 12 / 255, clean.pixels.shape)
    noisy = clean.with_(pixels=np.clip(clean.pixels + noise, 0, 1).astype(np.float32))
    blurred = clean.with_(pixels=gaussian_filter(clean.pixels, (2.5, 2.5, 0)))
    assert seen(clean) - {"faces"} == {"small"}
    assert "blocky" in seen(picture_from_image(Image.open(stream)))
    assert "noisy" in seen(noisy) and "blurred" not in seen(noisy)
    assert "blurred" in seen(blurred) and "noisy" not in seen(blurred)


def test_every_stage_has_its_reason() -> None:
    for path in sorted((Path(__file__).parents[2] / "examples" / "input").iterdir()):
        if path.suffix != ".md":
            proposal = propose(read_picture(path))
            assert {step.stage for step in proposal.recipe.stages} == set(proposal.reasons)
            assert all(reason.endswith(".") for reason in proposal.reasons.values())
            assert "super_resolution" in proposal.reasons, "the examples are all small"


def test_a_large_sharp_picture_is_not_enlarged(clean: Picture) -> None:
    large = clean.with_(pixels=np.tile(clean.pixels, (6, 6, 1)))
    assert "super_resolution" not in propose(large).reasons


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 40, 3), (9, 9, 3)])
def test_tiny_and_flat_pictures(shape: tuple[int, int, int]) -> None:
    flat = np.full(shape, 0.5, np.float32)
    assert blockiness(flat) == 1.0 and fine_detail(flat) == 1.0
    assert propose(Picture(flat)).recipe.stages


def test_a_stage_of_its_own_is_asked_and_stands_in_running_order(
    clean: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from restoration_studio.stages.base import Suggestion
    from restoration_studio.stages.grain import GrainStage

    before = propose(clean)
    monkeypatch.setattr("restoration_studio.engine.propose.STAGES", (GrainStage(), *STAGES))
    assert propose(clean).reasons == before.reasons, "a stage that suggests nothing is not proposed"
    first = next(stage for stage in STAGES if stage.name not in before.reasons)
    monkeypatch.undo()
    monkeypatch.setattr(
        type(first), "suggest", lambda self, picture, context: Suggestion("It is torn.", {"opacity": 0.5})
    )
    proposal = propose(clean)
    assert proposal.reasons[first.name] == "It is torn."
    (step,) = [step for step in proposal.recipe.stages if step.stage == first.name]
    assert step.settings.opacity == 0.5
    order = [stage.name for stage in STAGES]
    assert sorted((step.stage for step in proposal.recipe.stages), key=order.index) == [
        step.stage for step in proposal.recipe.stages
    ]


def test_filling_is_proposed_for_a_worn_print_and_not_for_sound_pictures(clean: Picture) -> None:
    inputs = Path(__file__).parents[2] / "examples" / "input"
    worn = propose(read_picture(inputs / "photographer_scratched.jpg"))
    assert "cratches" in worn.reasons["inpaint"]
    assert worn.recipe.stages[0].stage == "inpaint", "scratches go before anything enlarges them"
    for sound in (clean, read_picture(inputs / "portrait_small.jpg"), read_picture(inputs / "horse_drawing_tiny.png")):
        assert "inpaint" not in propose(sound).reasons


@pytest.mark.network
def test_faces_and_toned_prints_are_seen(
    weights_config: Config, monkeypatch: pytest.MonkeyPatch, clean: Picture
) -> None:
    from skimage.data import astronaut

    from restoration_studio.weights.fetch import ensure

    ensure("yunet", config=weights_config)
    monkeypatch.setenv("RESTORATION_STUDIO_CACHE_DIR", str(weights_config.cache_dir))
    portrait = Picture((astronaut() / 255).astype(np.float32))
    sentences = {finding.name: finding.sentence for finding in look(portrait)}
    assert sentences["faces"].startswith("1 face, the largest of 1") and sentences["grey"] == "It has colour."
    toned = portrait.with_(pixels=portrait.pixels.mean(axis=2, keepdims=True) * np.float32([1, 0.9, 0.75]))
    sentences = {finding.name: finding.sentence for finding in look(toned)}
    assert sentences["grey"] == "It is black and white, toned."


def test_nothing_is_said_of_faces_where_nobody_looked(
    clean: Picture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESTORATION_STUDIO_CACHE_DIR", str(tmp_path))
    assert "faces" not in {finding.name for finding in look(clean)}
