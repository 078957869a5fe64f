"""Layers: all of them give the result to the bit, none the input, and the TIFF holds each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from restoration_studio.config import Config
from restoration_studio.engine.layers import LayerCollector, Layers
from restoration_studio.engine.recipe import Recipe
from restoration_studio.errors import UsageError
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.image.resize import resize
from restoration_studio.pipeline import RestorationPipeline


@pytest.fixture
def layers(photograph: FloatArray, tiny_model_path: Path, tmp_path: Path) -> Layers:
    recipe = Recipe.parse(
        {
            "stages": [
                {"stage": "denoise", "method": "nlm", "level": 8},
                {"stage": "super_resolution", "model": str(tiny_model_path), "scale": 2},
                {"stage": "detail", "amount": 1.8},
            ]
        }
    )
    collector = LayerCollector(recipe, (192, 256))
    pipeline = RestorationPipeline(Config(cache_dir=tmp_path))
    result = pipeline.run(lambda: Picture(photograph), recipe, on_stage=collector.add)
    return collector.finish(result.picture)


def test_all_shares_give_the_result_to_the_bit(layers: Layers) -> None:
    assert layers.mix({}) is layers.result
    assert layers.mix({0: 1.0, 2: 1.0}) is layers.result


def test_no_share_gives_the_enlarged_input(layers: Layers, photograph: FloatArray) -> None:
    mixed = layers.mix({0: 0, 1: 0, 2: 0}).pixels
    np.testing.assert_allclose(mixed, resize(photograph, (192, 256)), atol=2e-3)


def test_the_last_layer_alone_equals_running_without_it(layers: Layers) -> None:
    """Only later stages could tell the difference, and there are none."""
    mixed = layers.mix({2: 0.0}).pixels
    expected = layers.result.pixels - layers.changes[2].astype(np.float32)
    np.testing.assert_allclose(mixed, np.clip(expected, 0, 1), atol=1e-6)


def test_half_lies_half_way(layers: Layers) -> None:
    whole, none, half = (layers.mix({1: share}).pixels for share in (1.0, 0.0, 0.5))
    inside = (none > 0) & (none < 1)  # clipping is not linear
    assert inside.mean() > 0.9
    np.testing.assert_allclose(half[inside], ((whole + none) / 2)[inside], atol=2e-3)


@pytest.mark.parametrize("shares", [{3: 0.5}, {0: 1.5}, {-1: 0.2}])
def test_what_is_no_share_is_refused(layers: Layers, shares: dict[int, float]) -> None:
    with pytest.raises(UsageError):
        layers.mix(shares)


def test_layered_tiff(layers: Layers, tmp_path: Path) -> None:
    path = layers.write_tiff(tmp_path / "layers.tif")
    with tifffile.TiffFile(path) as file:
        names = [page.tags[285].value for page in file.pages]
        first = file.pages[0].asarray()
    assert names == ["result", "input", "denoise", "super_resolution", "detail"]
    np.testing.assert_array_equal(first, np.round(layers.result.pixels * 65535).astype(np.uint16))
