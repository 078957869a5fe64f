"""The stage cache: what it keeps, what it drops, and that nobody can change what is kept."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.engine.cache import StageCache, next_key
from restoration_studio.image.picture import FloatArray, Picture


def picture(side: int = 10) -> Picture:
    return Picture(np.zeros((side, side, 3), np.float32))


def test_gives_back_what_was_put() -> None:
    cache, kept = StageCache(10_000), picture()
    cache.put("a", kept, {"stage": "x"})
    assert cache.get("a") == (kept, {"stage": "x"})
    assert cache.get("b") is None


def test_least_recently_used_goes_first() -> None:
    cache = StageCache(int(2.5 * picture().pixels.nbytes))
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


def test_what_was_found_is_made_once_and_shares_the_room() -> None:
    cache, asked = StageCache(1000), []

    def make() -> FloatArray:
        asked.append(1)
        return np.ones(100, np.float32)

    first = cache.remember("found", make)
    assert cache.remember("found", make) is first and asked == [1]
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 2
    cache.remember("else", lambda: np.zeros(200, np.float32))
    assert cache.remember("found", make) is not first and asked == [1, 1]
    large = cache.remember("large", lambda: np.zeros(300, np.float32))
    large[0] = 1  # not kept, so it is the caller's own


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
