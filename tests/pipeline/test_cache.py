"""The stage cache: what it keeps, what it drops, and that nobody can change what is kept."""

from __future__ import annotations

import numpy as np
import pytest

from media.picture import Picture
from pipeline.cache import StageCache, next_key, size_of


def picture(side: int = 10) -> Picture:
    return Picture(np.zeros((side, side, 3), np.float32))


def test_gives_back_what_was_put() -> None:
    cache, kept = StageCache(10_000), picture()
    cache.put("a", kept, {"stage": "x"})
    assert cache.get("a") == (kept, {"stage": "x"})
    assert cache.get("b") is None


def test_least_recently_used_goes_first() -> None:
    cache = StageCache(int(2.5 * size_of(picture())))
    for key in "ab":
        cache.put(key, picture(), {})
    cache.get("a")
    cache.put("c", picture(), {})
    assert cache.get("b") is None and cache.get("a") and cache.get("c")


def test_too_large_a_result_is_not_kept() -> None:
    cache = StageCache(100)
    cache.put("a", picture(), {})
    assert cache.get("a") is None


def test_kept_pixels_cannot_be_changed() -> None:
    cache, kept = StageCache(10_000), picture()
    cache.put("a", kept, {})
    with pytest.raises(ValueError, match="read-only"):
        kept.pixels[0, 0] = 1


def test_keys_depend_on_everything() -> None:
    base = ("k", "denoise", {"level": 1}, ["m"], "cpu")
    others = [
        ("j", "denoise", {"level": 1}, ["m"], "cpu"),
        ("k", "detail", {"level": 1}, ["m"], "cpu"),
        ("k", "denoise", {"level": 2}, ["m"], "cpu"),
        ("k", "denoise", {"level": 1}, ["n"], "cpu"),
        ("k", "denoise", {"level": 1}, ["m"], "cuda"),
    ]
    assert len({next_key(*parts) for parts in [base, *others]}) == 6  # type: ignore[arg-type]
