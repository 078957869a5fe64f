"""Several outcomes: which recipes are run, and what comes of them in Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from restoration_studio.config import Config
from restoration_studio.context import StageContext
from restoration_studio.engine.errors import OutcomeCountOutOfRange, OutcomesOfNothing
from restoration_studio.engine.outcomes import variants
from restoration_studio.engine.recipe import Recipe
from restoration_studio.errors import RecipeError, UsageError
from restoration_studio.image.picture import FloatArray
from restoration_studio.inpainting import methods
from restoration_studio.inpainting.base import FillOptions, Mask, Method
from restoration_studio.pipeline import RestorationPipeline


class Drawn(Method):
    """A method that fills with a colour drawn by its seed."""

    name, title, summary = "drawn", "Drawn", "Fills with any colour."
    seeded: ClassVar[bool] = True
    match_colours: ClassVar[bool] = False

    def fill(
        self, pixels: FloatArray, hole: Mask, options: FillOptions, context: StageContext, seed: int
    ) -> FloatArray:
        return np.broadcast_to(np.random.default_rng(seed).random(3, np.float32), pixels.shape).copy()


def recipe(**settings: Any) -> Recipe:
    return Recipe.parse({"stages": [{"stage": "inpaint"}, {"stage": "detail"}]}).changed(mask="5,5,20,20", **settings)


def settings(made: list[Any]) -> list[tuple[str, float, int]]:
    filled = [(variant.recipe.stages[0].settings, variant.recipe.seed) for variant in made]
    return [(step.method, step.radius, seed) for step, seed in filled]


def test_methods_take_turns_beginning_with_the_recipes_own() -> None:
    made = variants(recipe(inpaint_method="ns"), 4)
    assert settings(made) == [("ns", 3, 0), ("telea", 3, 0), ("harmonic", 3, 0), ("ns", 6, 0)]
    assert len({variant.label for variant in made}) == 4
    assert all([step.stage for step in variant.recipe.stages] == ["inpaint", "detail"] for variant in made)


def test_named_methods_in_their_order() -> None:
    assert settings(variants(recipe(), 3, methods=["ns"])) == [("ns", 3, 0), ("ns", 6, 0), ("ns", 12, 0)]


def test_a_method_named_twice_takes_one_turn_and_a_text_names_several() -> None:
    expected = settings(variants(recipe(), 3, methods=["telea", "ns"]))
    assert settings(variants(recipe(), 3, methods=["telea", "telea", "ns"])) == expected
    assert settings(variants(recipe(), 3, methods="telea, ns")) == expected


def test_a_method_that_draws_by_seed_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(methods.METHODS, "drawn", Drawn())
    own = recipe(seed=7).changed(inpaint_method="drawn")
    assert settings(variants(own, 3)) == [("drawn", 3, 7), ("drawn", 3, 8), ("drawn", 3, 9)]
    mixed = variants(recipe(seed=7), 4, methods=["telea", "drawn"])
    assert settings(mixed) == [("telea", 3, 7), ("drawn", 3, 7), ("telea", 6, 7), ("drawn", 3, 8)]


def test_seeds_give_different_pictures_with_a_record_each(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, photograph: FloatArray
) -> None:
    monkeypatch.setitem(methods.METHODS, "drawn", Drawn())
    pipeline = RestorationPipeline(Config(cache_dir=tmp_path, device="cpu", offline=True))
    made = pipeline.restore_outcomes(photograph, recipe(inpaint_method="drawn"), count=3)
    assert len({result.tobytes() for result, _ in made}) == 3
    for result, stats in made:
        again, _ = pipeline.restore_image(photograph, stats["recipe"])
        np.testing.assert_array_equal(result, again)
    assert [stats["label"] for _, stats in made] == ["Drawn, seed 0", "Drawn, seed 1", "Drawn, seed 2"]


def test_a_recipe_that_fills_nothing_has_no_outcomes() -> None:
    with pytest.raises(OutcomesOfNothing):
        variants(Recipe.default(), 4)


@pytest.mark.parametrize("count", [0, -1, 17])
def test_a_count_out_of_range_is_refused(count: int) -> None:
    with pytest.raises(OutcomeCountOutOfRange, match="a whole number from 1 to 16"):
        variants(recipe(), count)


def test_more_outcomes_than_there_are_is_refused() -> None:
    with pytest.raises(UsageError, match="telea can give 4 different outcomes, not 9"):
        variants(recipe(), 9, methods=["telea"])
    with pytest.raises(RecipeError, match="unknown"):
        variants(recipe(), 2, methods=["lamma"])


def test_damage_is_looked_for_once_for_all_outcomes(
    tmp_path: Path, photograph: FloatArray, monkeypatch: pytest.MonkeyPatch
) -> None:

    from restoration_studio.damage import find

    looked = []
    search = find.confidences

    def counted(*arguments: Any, **keywords: Any) -> Any:
        looked.append(1)
        return search(*arguments, **keywords)

    monkeypatch.setattr(find, "confidences", counted)
    scratched = photograph.copy()
    scratched[:, 40:42] = 1
    asked = {"stages": [{"stage": "inpaint", "kinds": "scratches"}]}

    def made(megabytes: int) -> list[FloatArray]:
        config = Config(cache_dir=tmp_path, device="cpu", offline=True, stage_cache_mb=megabytes)
        found = RestorationPipeline(config).restore_outcomes(scratched, asked, count=3, methods="ns,telea,harmonic")
        return [pixels for pixels, _ in found]

    once = made(64)
    assert len(looked) == 1
    again = made(0)
    assert len(looked) == 4
    for kept, anew in zip(once, again, strict=True):
        np.testing.assert_array_equal(kept, anew)
    assert not np.array_equal(once[0], scratched) and not np.array_equal(once[0], once[1])
