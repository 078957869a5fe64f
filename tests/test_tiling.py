"""Tiles: shares that add up, results equal to the whole, smaller tiles when memory runs out."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.context import StageContext
from restoration_studio.errors import OutOfMemoryError
from restoration_studio.evaluation.metrics import psnr
from restoration_studio.image.picture import FloatArray
from restoration_studio.image.resize import resize
from restoration_studio.tiling import SMALLEST_TILE, run_tiled, split_axis, with_smaller_tiles


def nothing(done: int, total: int) -> None:
    """Progress nobody looks at."""


def enlarge(scale: int):
    """A network that enlarges by repeating pixels and sees nothing else."""
    return lambda part: np.repeat(np.repeat(part, scale, axis=0), scale, axis=1)


@pytest.mark.parametrize(
    ("length", "out", "tile", "overlap"),
    [
        (1000, 4000, 256, 32),
        (257, 514, 256, 32),
        (300, 990, 64, 32),
        (65, 65, 64, 8),
        (40, 40, 64, 8),
        (999, 1, 100, 10),
    ],
)
def test_shares_add_up_to_one_everywhere(length: int, out: int, tile: int, overlap: int) -> None:
    total = np.zeros(out)
    for span in split_axis(length, out, tile, overlap):
        assert 0 <= span.start < span.stop <= length
        assert span.stop - span.start <= max(tile, 1)
        total[span.out_start : span.out_stop] += span.weights
    np.testing.assert_allclose(total, 1, atol=1e-6)


def test_the_margin_of_a_tile_counts_for_nothing() -> None:
    spans = split_axis(200, 200, 110, 40)
    ramp_start = spans[1].out_start - spans[1].start
    assert ramp_start >= 5, "pixels at a tile's very edge lack context and must not be used"


def test_a_tile_of_zero_is_the_whole() -> None:
    (span,) = split_axis(500, 1000, 0, 32)
    assert (span.start, span.stop, span.out_stop) == (0, 500, 1000)


@pytest.mark.parametrize("tile", [0, 24, 33, 64])
def test_repeating_network_is_reproduced_exactly(photograph: FloatArray, tile: int) -> None:
    height, width = photograph.shape[:2]
    made = run_tiled(
        enlarge(4), photograph, scale=4, out_size=(height * 4, width * 4), tile=tile, overlap=12, on_tile=nothing
    )
    np.testing.assert_allclose(made, enlarge(4)(photograph), atol=1e-6)


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0, 3.3, 5.0])
def test_other_scales_equal_resizing_the_whole(photograph: FloatArray, ratio: float) -> None:
    height, width = photograph.shape[:2]
    size = (round(height * ratio), round(width * ratio))
    made = run_tiled(enlarge(4), photograph, scale=4, out_size=size, tile=40, overlap=16, on_tile=nothing)
    assert made.shape == (*size, 3)
    whole = resize(enlarge(4)(photograph), size)
    assert psnr(made, whole) > 60


def test_progress_counts_every_tile_and_may_stop(photograph: FloatArray) -> None:
    seen: list[tuple[int, int]] = []

    def stop_at_two(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_tiled(
            enlarge(1), photograph, scale=1, out_size=photograph.shape[:2], tile=40, overlap=8, on_tile=stop_at_two
        )
    assert [done for done, _ in seen] == [0, 1, 2]
    assert seen[0][1] > 2


@pytest.mark.parametrize(
    "error",
    [MemoryError(), RuntimeError("CUDA out of memory. Tried to allocate"), RuntimeError("can't allocate memory")],
)
def test_tiles_are_halved_until_they_fit_and_it_is_said(error: Exception) -> None:
    tried: list[int] = []
    said: list[str] = []

    def attempt(tile: int) -> FloatArray:
        tried.append(tile)
        if tile == 0 or tile > 100:
            raise error
        return np.zeros((1, 1, 3), np.float32)

    _, tile = with_smaller_tiles(attempt, 0, 700, said.append)
    assert tried == [0, 350, 175, 87]
    assert tile == 87
    assert len(said) == 3 and all("memory ran out" in sentence for sentence in said)


def test_memory_that_never_suffices_is_an_error() -> None:
    def attempt(tile: int) -> FloatArray:
        raise MemoryError

    with pytest.raises(OutOfMemoryError, match=str(SMALLEST_TILE)):
        with_smaller_tiles(attempt, 256, 5000, lambda sentence: None)


def test_other_errors_are_not_taken_for_a_lack_of_memory() -> None:
    def attempt(tile: int) -> FloatArray:
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        with_smaller_tiles(attempt, 256, 5000, lambda sentence: None)


def test_a_stage_has_its_network_run_in_tiles_that_fit(photograph: FloatArray) -> None:
    seen: list[tuple[int, int, str]] = []

    def network(pixels: FloatArray) -> FloatArray:
        if max(pixels.shape) > 64:
            raise MemoryError
        return enlarge(2)(pixels)

    context = StageContext(None, progress=lambda *state: seen.append(state))  # type: ignore[arg-type]
    made = context.run_tiled(network, photograph, scale=2, tile=0, overlap=16, part=(1, 2))
    np.testing.assert_allclose(made, enlarge(2)(photograph), atol=1e-6)
    assert context.pinned == {"tile": 64} and len(context.notes) == 1
    done, total, unit = seen[-1]
    assert done == total > 2 and unit == "tile" and seen[-2][0] == done - 1 >= total / 2
