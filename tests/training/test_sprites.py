"""Film damage is laid over pictures where its mask says, and frames lose their bars."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from restoration_studio.errors import InputError
from restoration_studio.training.sprites import (
    damage_paths,
    held_out,
    lay_over,
    load_sprite,
    random_sprite_mask,
    random_traced_mask,
)


def test_frames_are_turned_over_and_lose_their_bars(sprites: Path) -> None:
    sprite = load_sprite(sprites / "frames" / "0.png")
    assert sprite.shape[0] < 50 and sprite.shape[1] < 15  # the scratch alone, not the bar across the frame


def test_held_out_is_every_fifth_of_each_kind(sprites: Path) -> None:
    train, kept = held_out(damage_paths(sprites, "sprites"))
    assert not set(train) & set(kept) and len(train) + len(kept) == 14
    assert {path.parent.name for path in kept} == {"dots", "hair", "frames"}


def test_too_few_sprites_or_no_folder_are_told(sprites: Path) -> None:
    with pytest.raises(InputError, match=r"hair holds too few sprites"):
        held_out([sprites / "hair" / "0.png"])
    with pytest.raises(InputError, match=r"option traced"):
        damage_paths(sprites / "nowhere", "traced")


def test_masks_are_decided_by_the_seed(sprites: Path) -> None:
    paths = damage_paths(sprites, "sprites")
    first, again = (random_sprite_mask(np.random.default_rng(4), paths, 64, 80, count=5) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert first.shape == (64, 80) and 0 < first.mean() < 0.5 and first.max() <= 1
    traced = random_traced_mask(np.random.default_rng(4), paths, 40, 50)
    assert traced.shape == (40, 50) and traced.min() >= 0 and traced.max() <= 1


def test_damage_is_where_the_mask_says() -> None:
    rng = np.random.default_rng(0)
    pixels = np.full((60, 60, 3), 0.4, np.float32)
    cover = np.zeros((60, 60), np.float32)
    cover[20:30, 20:40] = 1
    for light in (True, False):
        made, mask = lay_over(pixels, cover, rng, opacity=0.9, light=light)
        assert mask[22:28, 22:38].all() and not mask[:15].any()
        assert (made[25, 30] > 0.5).all() if light else (made[25, 30] < 0.35).all()
        np.testing.assert_array_equal(made[:10], pixels[:10])
    assert not lay_over(np.full((60, 60, 3), 0.9, np.float32), cover, rng, opacity=0.01, light=True).mask.any()
