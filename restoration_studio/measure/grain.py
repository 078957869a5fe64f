"""Film grain: its strength at each brightness, its coarseness, and synthesis of grain of the same look.

The flattest blocks of each brightness show the grain and little else (as in `measure.noise`). Their mean power
spectrum says how coarse it is. White noise filtered to that spectrum is grain of the same look; after Newson, Delon,
Galerne, "A stochastic film grain model for resolution-independent rendering", Computer Graphics Forum 2017, grain is
strongest in the middle tones, which is measured here and not assumed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from restoration_studio.image.luma import BT601

LUMA = np.array(BT601, np.float32)
_BLOCK = 32
_MOST_BLOCKS = 6000
_FLATTEST = 0.08  # share of the blocks of a brightness taken as flat
_GROUPS = 6
_FEWEST = 24  # blocks in a group worth asking
_LOW = 2  # frequencies under this, in cycles per block, are the picture's shading
_NOISE_ROWS = 64  # rows that share a random generator


@dataclass(frozen=True)
class Grain:
    """Grain of one picture.

    Attributes:
        brightness: (groups,) encoded luminance from 0 to 1, rising.
        sigma: (groups,) standard deviation of luminance there, in 8-bit grey levels.
        kernel: (side, side) filter of unit energy that makes white noise as coarse as the grain.
    """

    brightness: NDArray[np.float32]
    sigma: NDArray[np.float32]
    kernel: NDArray[np.float32]

    @property
    def strength(self) -> float:
        """The deviation in the middle of the groups, in 8-bit grey levels."""
        return float(np.median(self.sigma))

    def at(self, luminance: NDArray[np.float32]) -> NDArray[np.float32]:
        """The deviation, in units of 1, at each encoded luminance from 0 to 1."""
        return np.interp(luminance, self.brightness, self.sigma / 255).astype(np.float32)


def make_grain(sigma: float, size: float) -> Grain:
    """Grain by hand: ``sigma`` grey levels in the middle tones, half of it in black and white, ``size`` pixels wide."""
    reach = max(1, int(np.ceil(3 * size)))
    axis = np.arange(-reach, reach + 1)
    bell = np.exp(-(axis**2) / (2 * max(size, 0.05) ** 2))
    kernel = np.outer(bell, bell)
    brightness = np.linspace(0, 1, 9)
    levels = sigma * (0.5 + 2 * brightness * (1 - brightness))
    return Grain(brightness.astype(np.float32), levels.astype(np.float32), _unit_energy(kernel))


def measure_grain(pixels: NDArray[np.float32]) -> Grain:
    """Grain of a picture, (height, width, 3), 0 to 1; of strength 0 where it is too small to tell."""
    luminance = pixels @ LUMA
    blocks, means = _blocks(luminance)
    if len(blocks) < _FEWEST:
        return make_grain(0.0, 0.5)
    residual = blocks - _plane_of(blocks)
    variance = np.square(residual).mean(axis=(1, 2))
    order = np.argsort(means, kind="stable")
    groups = max(1, min(_GROUPS, len(order) // _FEWEST))
    brightness, sigma, chosen = [], [], []
    for group in np.array_split(order, groups):
        flat = group[np.argsort(variance[group], kind="stable")[: max(4, int(len(group) * _FLATTEST))]]
        brightness.append(means[flat].mean())
        # The flattest of many blocks of the same noise lie a little under it.
        sigma.append(255 * float(np.sqrt(np.median(variance[flat]))) * 1.03)
        chosen.append(flat)
    flattest = np.concatenate(chosen)
    spectrum = _spectrum(residual[flattest], variance[flattest])
    rising = np.argsort(brightness)
    return Grain(
        np.asarray(brightness, np.float32)[rising], np.asarray(sigma, np.float32)[rising], _kernel_of(spectrum)
    )


def generate_grain(kernel: NDArray[np.float32], seed: int, start: int, stop: int, width: int) -> NDArray[np.float32]:
    """Rows ``start`` to ``stop`` of grain of deviation 1, (stop - start, width); the same however it is cut."""
    import cv2

    reach = kernel.shape[0] // 2
    white = np.concatenate(list(_white_rows(seed, start - reach, stop + reach, width + 2 * reach)))
    filtered = cv2.filter2D(white, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(filtered[reach : reach + stop - start, reach : reach + width], np.float32)


def resize_kernel(kernel: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    """The filter of grain ``factor`` times as coarse."""
    import cv2

    if abs(factor - 1) < 0.05:
        return kernel
    side = max(1, round(kernel.shape[0] * factor)) | 1
    kind = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    return _unit_energy(np.asarray(cv2.resize(kernel, (side, side), interpolation=kind)))


def _white_rows(seed: int, start: int, stop: int, width: int) -> Iterator[NDArray[np.float32]]:
    for part in range(start // _NOISE_ROWS, (stop - 1) // _NOISE_ROWS + 1):
        rng = np.random.default_rng((seed, part + 1_000_000))
        rows = rng.standard_normal((_NOISE_ROWS, width), dtype=np.float32)
        first = part * _NOISE_ROWS
        yield rows[max(0, start - first) : min(_NOISE_ROWS, stop - first)]


def _blocks(luminance: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Blocks that are not clipped, (count, side, side), and their means."""
    if min(luminance.shape) < _BLOCK:
        return np.empty((0, _BLOCK, _BLOCK)), np.empty(0)
    views = np.lib.stride_tricks.sliding_window_view(luminance, (_BLOCK, _BLOCK))
    step = max(_BLOCK // 2, int(np.sqrt(views.shape[0] * views.shape[1] / _MOST_BLOCKS)))
    blocks = views[::step, ::step].reshape(-1, _BLOCK, _BLOCK).astype(np.float32)
    clipped = ((blocks <= 1 / 255) | (blocks >= 254 / 255)).mean(axis=(1, 2)) > 0.05
    blocks = blocks[~clipped]
    return blocks, blocks.mean(axis=(1, 2))


def _plane_of(blocks: NDArray[Any]) -> NDArray[Any]:
    """The quadratic surface nearest to each block: shading, which is no grain."""
    y, x = np.mgrid[-1 : 1 : _BLOCK * 1j, -1 : 1 : _BLOCK * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=-1).reshape(-1, 6)
    base, _ = np.linalg.qr(terms)
    flat = blocks.reshape(len(blocks), -1)
    fitted: NDArray[Any] = (flat @ base) @ base.T
    return fitted.reshape(blocks.shape)


def _spectrum(residual: NDArray[Any], variance: NDArray[Any]) -> NDArray[Any]:
    """Mean power spectrum of blocks brought to variance 1, (side, side), the zero frequency first."""
    window = np.outer(np.hanning(_BLOCK), np.hanning(_BLOCK))
    scaled = residual / np.sqrt(np.maximum(variance, 1e-12))[:, None, None] * window
    spectrum: NDArray[Any] = np.square(np.abs(np.fft.fft2(scaled))).mean(axis=0)
    frequency = np.fft.fftfreq(_BLOCK) * _BLOCK
    low = np.hypot(frequency[:, None], frequency[None, :]) < _LOW
    spectrum[low] = np.median(spectrum[~low & (np.hypot(frequency[:, None], frequency[None, :]) < 2 * _LOW)])
    return spectrum


def _kernel_of(spectrum: NDArray[Any]) -> NDArray[np.float32]:
    kernel = np.fft.fftshift(np.fft.ifft2(np.sqrt(spectrum)).real)[1:, 1:]  # an odd side, with its middle in the middle
    edge = np.hanning(_BLOCK + 1)[1:-1]
    return _unit_energy(kernel * np.outer(edge, edge))


def _unit_energy(kernel: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(kernel / np.sqrt(np.square(kernel).sum()), np.float32)
