"""Noise of pictures with known noise, and of what is easily taken for noise."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from restoration_studio.measure import noise
from restoration_studio.measure.noise import estimate_noise

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def coffee() -> NDArray[np.float32]:
    return skimage.data.coffee().astype(np.float32) / 255


def noisy(pixels: NDArray[np.float32], sigma: float, seed: int = 0) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    return (pixels + sigma / 255 * rng.standard_normal(pixels.shape)).astype(np.float32)


def read(path: Path) -> NDArray[np.float32]:
    return np.asarray(Image.open(path).convert("RGB"), np.float32) / 255


@pytest.mark.parametrize("sigma", [5, 10, 15, 25, 50])
def test_added_noise_is_found(coffee: NDArray[np.float32], sigma: float) -> None:
    assert estimate_noise(noisy(coffee, sigma)) == pytest.approx(sigma, rel=0.12, abs=0.6)


def test_grey_pictures_read_as_colour_ones(coffee: NDArray[np.float32]) -> None:
    grey = noisy(coffee[..., 1], 10)
    assert estimate_noise(grey) == estimate_noise(np.repeat(grey[..., None], 3, axis=2))
    assert estimate_noise(grey) == pytest.approx(10, rel=0.12)


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (2, 50), (3, 3, 3), (7, 9, 3), (8, 8), (64, 64, 3), (5, 300)])
@pytest.mark.parametrize("value", [0.0, 0.3, 0.7, 1.0])
def test_constant_pictures_of_any_size_have_no_noise(shape: tuple[int, ...], value: float) -> None:
    assert estimate_noise(np.full(shape, value, np.float32)) == 0


def test_small_pictures_are_judged_from_3_pixels_on() -> None:
    for shape in [(3, 40), (6, 6, 3), (9, 12), (20, 20, 3)]:
        assert 3 < estimate_noise(noisy(np.full(shape, 0.5, np.float32), 10)) < 20


def test_clipped_areas_do_not_hide_the_noise(coffee: NDArray[np.float32]) -> None:
    burnt = coffee.copy()
    burnt[:160] = 1.0
    burnt[160:220] = 0.0
    clipped = np.clip(noisy(burnt, 12), 0, 1)
    assert estimate_noise(clipped) == pytest.approx(12, rel=0.15)


def test_a_flat_border_does_not_hide_the_noise(coffee: NDArray[np.float32]) -> None:
    framed = noisy(coffee, 12)
    framed[:, :100] = 0.2
    assert estimate_noise(framed) == pytest.approx(12, rel=0.15)


def test_a_channel_clipped_everywhere_is_left_out(coffee: NDArray[np.float32]) -> None:
    yellowed = np.clip(noisy(coffee, 12), 0, 1)
    yellowed[..., 2] = 0
    assert estimate_noise(yellowed) == pytest.approx(12, rel=0.15)


def test_noise_that_was_enlarged_or_compressed_is_still_seen(coffee: NDArray[np.float32]) -> None:
    grainy = Image.fromarray(np.rint(255 * np.clip(noisy(coffee[:200, :300], 20), 0, 1)).astype(np.uint8))
    enlarged = np.asarray(grainy.resize((900, 600), Image.Resampling.BICUBIC), np.float32) / 255
    assert estimate_noise(enlarged) > 6
    stream = io.BytesIO()
    grainy.save(stream, "JPEG", quality=60)
    assert 5 < estimate_noise(np.asarray(Image.open(stream), np.float32) / 255) < 20


def test_more_noise_always_reads_as_more(coffee: NDArray[np.float32]) -> None:
    found = [estimate_noise(noisy(coffee, sigma)) for sigma in (0, 2, 4, 8, 16, 32, 64)]
    assert found == sorted(found)
    assert found[0] < 3


def test_the_estimate_is_steady() -> None:
    large = noisy(np.full((1500, 2000, 3), 0.5, np.float32), 10)
    first = estimate_noise(large)
    assert estimate_noise(large) == first == pytest.approx(10, rel=0.1)


@pytest.mark.parametrize("size", [(1500, 2000), (3000, 4000)])
def test_a_large_picture_is_no_more_work(size: tuple[int, int]) -> None:
    _, brightness, _ = noise._block_variances(np.full(size, 0.5, np.float32), noise._BLOCK)
    assert len(brightness) <= 1.1 * noise._MAX_BLOCKS


@pytest.mark.shared_data("eval/kodak24")
@pytest.mark.parametrize("sigma", [10, 25])
def test_kodak_with_known_noise(shared_data: Path, sigma: float) -> None:
    paths = sorted((shared_data / "eval/kodak24").glob("*.png"))
    found = [estimate_noise(np.clip(noisy(read(path), sigma), 0, 1)) for path in paths]
    assert np.mean(found) == pytest.approx(sigma, rel=0.08)
    assert np.std(found) < 1.8


@pytest.mark.shared_data("eval/polyu_real_noise")
def test_real_camera_noise_is_told_from_its_clean_picture(shared_data: Path) -> None:
    paths = sorted((shared_data / "eval/polyu_real_noise").iterdir())
    for clean, shot in zip(paths[::2], paths[1::2], strict=True):
        assert estimate_noise(read(shot)) >= 2 * estimate_noise(read(clean))


def test_importing_and_estimating_needs_no_torch() -> None:
    code = (
        "import sys, numpy, restoration_studio.measure.noise as m, restoration_studio.image.comparison;"
        "heavy = {'torch', 'cv2', 'scipy', 'skimage'};"
        "assert not heavy & set(sys.modules); m.estimate_noise(numpy.zeros((20, 20), 'f4'));"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_other_arrays_are_refused() -> None:
    with pytest.raises(ValueError, match="must be"):
        estimate_noise(np.zeros((4, 4, 4), np.float32))
