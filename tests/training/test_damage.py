from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.random import default_rng

from restoration_studio.training import damage
from restoration_studio.training.damage import Degraded

KINDS: list[Callable[..., Degraded]] = [damage.scratches, damage.dust, damage.folds, damage.patches, damage.stains]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(150, 220), (500, 400)])
def test_the_mask_holds_the_damage_and_little_else(kind: Callable[..., Degraded], size: tuple[int, int]) -> None:
    pixels = np.full((*size, 3), 0.5, np.float32)
    for seed in range(4):
        result = kind(pixels, default_rng(seed), **({"shade": 0.0} if kind is damage.folds else {}))
        change = np.abs(result.pixels - pixels).max(axis=2)
        assert 0 < result.mask.mean() < 0.4
        assert change[~result.mask].max() < 0.12  # what stays outside is faint
        assert (change[result.mask] > 0.02).mean() > 0.9  # what is inside is damaged


def test_scratches_are_long_and_thin() -> None:
    from scipy import ndimage

    mask = damage.scratches(np.full((300, 300, 3), 0.5, np.float32), default_rng(0), count=1, upright=1.0).mask
    rows, columns = np.nonzero(mask)
    assert np.ptp(rows) > 60
    assert np.ptp(columns) < 0.5 * np.ptp(rows)
    assert ndimage.distance_transform_edt(mask).max() <= 3


def test_light_and_dark() -> None:
    pixels = np.full((200, 200, 3), 0.5, np.float32)
    for kind in (damage.scratches, damage.dust):
        assert (kind(pixels, default_rng(2), light=1.0).pixels >= pixels).all()
        assert (kind(pixels, default_rng(2), light=0.0).pixels <= pixels).all()


def test_a_fold_crosses_the_whole_picture() -> None:
    for seed in range(5):
        mask = damage.folds(np.full((200, 260, 3), 0.5, np.float32), default_rng(seed), width=3.0).mask
        assert max(mask.any(axis=0).mean(), mask.any(axis=1).mean()) > 0.85


def test_patches_keep_to_the_edges_and_whiten() -> None:
    result = damage.patches(np.zeros((300, 300, 3), np.float32), default_rng(0), count=6, size=0.1, where="edges")
    assert not result.mask[100:200, 100:200].any()
    assert np.median(result.pixels[result.mask]) > 0.7
    with pytest.raises(ValueError, match="edges or anywhere"):
        damage.patches(np.zeros((30, 30, 3), np.float32), default_rng(0), where="inside")


def test_stains_let_the_picture_show_through() -> None:
    columns = np.tile(np.arange(200) % 2, (200, 1))
    pixels = np.repeat((0.4 + 0.4 * columns)[..., None], 3, axis=2).astype(np.float32)
    result = damage.stains(pixels, default_rng(1), count=3)
    inside = result.mask[:, 1:] & result.mask[:, :-1]
    contrast = np.abs(np.diff(result.pixels[..., 0], axis=1))[inside]
    assert contrast.mean() > 0.2
    assert (result.pixels[..., 0][result.mask] > result.pixels[..., 2][result.mask]).all()
