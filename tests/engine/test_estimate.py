"""Estimates: sizes exact, times from this machine's own past, never a reason to fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from restoration_studio.config import Config
from restoration_studio.engine.estimate import check_sizes, estimate, learn, stage_costs
from restoration_studio.engine.recipe import Recipe
from restoration_studio.errors import UsageError
from restoration_studio.stages.base import Cost

RECIPE = Recipe.default()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(cache_dir=tmp_path / "cache", device="cpu")


def test_size_and_models_are_those_of_the_recipe(config: Config) -> None:
    made = estimate(RECIPE.changed(sr_scale=2.5), 101, 200, config)
    assert made.size == (252, 500)
    assert made.models == ("ffdnet-color", "realesrgan-x4plus")
    assert made.seconds > 0 and not made.measured


def test_larger_pictures_take_longer_and_more_memory(config: Config) -> None:
    small, large = (estimate(RECIPE, side, side, config) for side in (500, 2000))
    assert large.seconds == pytest.approx(16 * small.seconds, rel=0.01)
    # Of the large one the picture before and after super-resolution in float32 is a part.
    assert large.memory_bytes - small.memory_bytes > 12 * (8000 * 8000 - 2000 * 2000)


def test_a_recipe_without_stages_takes_nothing(config: Config) -> None:
    made = estimate(Recipe(stages=()), 100, 200, config)
    assert (made.seconds, made.size, made.models, made.measured) == (0, (100, 200), (), False)


def test_it_learns_the_pace_of_this_machine(config: Config) -> None:
    recipe = Recipe.parse({"stages": [{"stage": "detail"}]})
    ((cost, _),) = stage_costs(recipe, 4000, 4000)
    learn("detail", cost, 10.0, config)
    made = estimate(recipe, 4000, 4000, config)
    assert made.measured and made.seconds == pytest.approx(10.0)
    learn("detail", cost, 5.0, config)  # twice as fast: counts a third
    assert estimate(recipe, 4000, 4000, config).seconds == pytest.approx(7.5)


def test_other_devices_have_their_own_pace(config: Config) -> None:
    learn("detail", Cost(100.0, 0), 10.0, config)
    other = Config(cache_dir=config.cache_dir, device="cpu", precision="float32")
    assert not estimate(Recipe.parse({"stages": [{"stage": "detail"}]}), 100, 100, other).measured


@pytest.mark.parametrize(("context", "seconds"), [(4.9, 1.0), (100.0, 0.0), (100.0, -1.0)])
def test_what_says_nothing_is_not_learned(config: Config, context: float, seconds: float) -> None:
    learn("detail", Cost(context, 0), seconds, config)
    assert not config.cache_dir.exists()


@pytest.mark.parametrize(
    "content",
    ["", "[]", "5", "{", '{"detail": "fast"}', '{"detail": 0}', '{"detail": NaN}', '{"detail": Infinity}', "[" * 99999],
)
def test_a_damaged_memory_of_speeds_is_forgotten(config: Config, content: str) -> None:
    learn("detail", Cost(100.0, 0), 10.0, config)
    (file,) = config.cache_dir.iterdir()
    file.write_text(content)
    recipe = Recipe.parse({"stages": [{"stage": "detail"}]})
    assert not estimate(recipe, 100, 100, config).measured
    learn("detail", Cost(100.0, 0), 10.0, config)
    assert estimate(recipe, 100, 100, config).measured


def test_a_cache_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    learn("detail", Cost(100.0, 0), 10.0, Config(cache_dir=tmp_path / "cache"))
    assert (tmp_path / "cache").read_text() == "a file"


def test_results_over_the_limit_are_refused(tmp_path: Path) -> None:
    config = Config(cache_dir=tmp_path, max_output_megapixels=1.0)
    check_sizes(RECIPE, 250, 250, config)
    with pytest.raises(UsageError, match="1004x1000 pixels, over the limit of 1 megapixels"):
        check_sizes(RECIPE, 250, 251, config)


def test_a_colouriser_left_to_the_machine_costs_what_the_one_here_costs(config: Config) -> None:
    auto, small, large = (
        Recipe.parse({"stages": [{"stage": "colorize", "model": name}]})
        for name in ("auto", "small-colorizer", "ddcolor-modelscope")
    )
    seconds = [estimate(recipe, 500, 700, config).seconds for recipe in (auto, small, large)]
    assert seconds[0] == seconds[1] < seconds[2] / 3
    (config.weights_dir / "ddcolor-modelscope").mkdir(parents=True)
    (config.weights_dir / "ddcolor-modelscope" / "ddcolor_modelscope.pth").touch()
    assert estimate(auto, 500, 700, config).seconds == seconds[2]
    assert stage_costs(auto, 500, 700, config)[0][0] == stage_costs(large, 500, 700)[0][0]
    hints = Recipe.parse({"stages": [{"stage": "colorize", "method": "hints", "hints": "1,1,#ff0000"}]})
    assert estimate(hints, 500, 700, config).seconds < seconds[1]
