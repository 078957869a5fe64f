"""Damage made on purpose to a whole picture: fading, casts, grain, noise, blur, compression, loss of size.

Every function takes RGB pixels, (height, width, 3) float32 from 0 to 1, and an explicit random generator,
and returns new pixels in the same range. The ranges named are those that photographs show.

The order-two model of blur, resize, noise and JPEG is that of Wang et al., "Real-ESRGAN: training
real-world blind super-resolution with pure synthetic data", ICCVW 2021; fading, casts and grain follow
what Wan et al., "Bringing old photos back to life", CVPR 2020, call unstructured degradation.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from restoration_studio.image.luma import BT601

FloatArray = NDArray[np.float32]

LUMA = np.array(BT601, np.float32)
KERNELS = ("area", "bilinear", "bicubic", "lanczos")


def clip(pixels: NDArray[Any]) -> FloatArray:
    """Bring pixels back to float32 from 0 to 1."""
    return np.asarray(np.clip(pixels, 0, 1), np.float32)


def smooth_field(shape: tuple[int, int], rng: Generator, *, sigma: float) -> FloatArray:
    """Smooth noise of mean 0 and standard deviation about 1, correlated over ``sigma`` pixels."""
    import cv2

    # Drawn small and enlarged: a wide gaussian over a large picture would cost seconds.
    reduce = max(1.0, sigma / 2)
    small = tuple(math.ceil(side / reduce) + 8 for side in shape)
    kernel = cv2.getGaussianKernel(2 * math.ceil(4 * sigma / reduce) + 1, sigma / reduce)
    field = cv2.sepFilter2D(rng.standard_normal(small, dtype=np.float32), cv2.CV_32F, kernel, kernel)
    field = cv2.resize(field, None, fx=reduce, fy=reduce, interpolation=cv2.INTER_CUBIC)[: shape[0], : shape[1]]
    # The deviation of filtered white noise is known; measuring it would flatten small pictures.
    return np.asarray(field / float(np.square(kernel).sum()), np.float32)


def fade(
    pixels: FloatArray, rng: Generator, *, black: float = 0.15, white: float = 0.9, saturation: float = 0.6
) -> FloatArray:
    """Loss of contrast and colour: black rises to ``black`` (0 to 0.4), white sinks to ``white`` (0.6 to 1)
    and ``saturation`` (0 to 1) of the colour stays."""
    grey = (pixels @ LUMA)[..., None]
    return clip(black + (white - black) * (grey + saturation * (pixels - grey)))


def grey(pixels: FloatArray, rng: Generator) -> FloatArray:
    """A black-and-white picture: the luminance in all three channels."""
    return clip(np.repeat((pixels @ LUMA)[..., None], 3, axis=2))


def yellow(pixels: FloatArray, rng: Generator, *, strength: float = 0.5, uneven: float = 0.2) -> FloatArray:
    """The cast of aged paper and faded cyan dye, ``strength`` 0 to 1; ``uneven`` (0 to 1) lets it drift."""
    height, width = pixels.shape[:2]
    drift = smooth_field((height, width), rng, sigma=max(2.0, min(height, width) / 4))
    amount = strength * np.clip(1 + 0.5 * uneven * drift, 0, 2)
    tint = np.array([1.0, 0.91, 0.66], np.float32)
    return clip(pixels * tint ** amount[..., None])


def sepia(pixels: FloatArray, rng: Generator, *, strength: float = 1.0) -> FloatArray:
    """A toned print: the luminance in browns, mixed with the picture by ``strength`` 0 to 1."""
    toned = (pixels @ LUMA)[..., None] ** np.array([0.74, 1.02, 1.5], np.float32)
    return clip(pixels + strength * (toned - pixels))


def grain(
    pixels: FloatArray, rng: Generator, *, sigma: float = 8.0, size: float = 0.8, colour: float = 0.2
) -> FloatArray:
    """Film grain: ``sigma`` (2 to 25) 8-bit grey levels in the middle tones, half that in black and white.

    Args:
        size: the grains' correlation in pixels, 0.4 (fine) to 2 (coarse).
        colour: the share, 0 to 1, that differs between the channels; 0 for black-and-white film.
    """
    shape = (pixels.shape[0], pixels.shape[1])
    layers = [smooth_field(shape, rng, sigma=size) for _ in range(4)]
    noise = math.sqrt(1 - colour) * layers[0][..., None] + math.sqrt(colour) * np.stack(layers[1:], axis=2)
    luminance = (pixels @ LUMA)[..., None]
    return clip(pixels + sigma / 255 * noise * (0.5 + 2 * luminance * (1 - luminance)))


def screen(
    pixels: FloatArray, rng: Generator, *, pitch: float = 4.0, depth: float = 1.0, angle: float = 45.0
) -> FloatArray:
    """A halftone of a printed picture, or, where it is faint, the weave of a paper's surface.

    Args:
        pitch: pixels from dot to dot, 2.5 to 12.
        depth: 0 leaves the picture, 0.1 to 0.3 is a paper's weave, 1 a newspaper's dots of ink and paper.
        angle: degrees of the rows of dots.
    """
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]].astype(np.float32)
    turned, shift = math.radians(angle), rng.uniform(0, 2 * math.pi, 2)
    step = 2 * math.pi / pitch
    along = np.cos((x * math.cos(turned) + y * math.sin(turned)) * step + shift[0])
    across = np.cos((y * math.cos(turned) - x * math.sin(turned)) * step + shift[1])
    dots = ((along + across) / 2)[..., None]
    # Ink is all or nothing, but for what the scan has blurred; the mean tone stays.
    return clip(pixels + depth * dots * 4 * pixels * (1 - pixels) * 0.5)


def gaussian_noise(pixels: FloatArray, rng: Generator, *, sigma: float = 10.0, grey: bool = False) -> FloatArray:
    """White noise of ``sigma`` (1 to 50) 8-bit grey levels, the same in all channels if ``grey``."""
    shape = (*pixels.shape[:2], 1) if grey else pixels.shape
    return clip(pixels + sigma / 255 * rng.standard_normal(shape, dtype=np.float32))


def poisson_noise(pixels: FloatArray, rng: Generator, *, photons: float = 200.0) -> FloatArray:
    """Photon noise of a sensor whose white is ``photons`` (20, very noisy, to 2000) photons."""
    return clip(rng.poisson(pixels.astype(np.float64) * photons) / photons)


def blur(
    pixels: FloatArray, rng: Generator, *, sigma: float = 1.5, ratio: float = 1.0, angle: float = 0.0
) -> FloatArray:
    """Gaussian blur of ``sigma`` (0.2 to 4) pixels along ``angle`` degrees and ``sigma * ratio`` across it."""
    import cv2

    reach = max(1, math.ceil(3 * sigma * max(1.0, ratio)))
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float64)
    turn = math.radians(angle)
    along = columns * math.cos(turn) + rows * math.sin(turn)
    across = rows * math.cos(turn) - columns * math.sin(turn)
    kernel = np.exp(-0.5 * ((along / sigma) ** 2 + (across / (sigma * ratio)) ** 2))
    return clip(cv2.filter2D(pixels, cv2.CV_32F, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT_101))


def motion_blur(pixels: FloatArray, rng: Generator, *, length: float = 7.0, angle: float = 20.0) -> FloatArray:
    """The smear of a camera that moved ``length`` (2 to 25) pixels at ``angle`` degrees from horizontal."""
    import cv2

    reach = math.ceil(length / 2) + 1
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float64)
    turn = math.radians(angle)
    along = np.abs(columns * math.cos(turn) - rows * math.sin(turn))
    across = np.abs(columns * math.sin(turn) + rows * math.cos(turn))
    kernel = np.clip(length / 2 + 0.5 - along, 0, 1) * np.clip(1 - across, 0, 1)
    return clip(cv2.filter2D(pixels, cv2.CV_32F, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT_101))


def jpeg(pixels: FloatArray, rng: Generator, *, quality: int = 60) -> FloatArray:
    """JPEG compression there and back, ``quality`` 10 to 95, with halved colour resolution."""
    import cv2

    blue_first = np.rint(pixels[..., ::-1] * 255).astype(np.uint8)
    encoded = cv2.imencode(".jpg", blue_first, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    decoded = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))
    return clip(decoded[..., ::-1] / np.float32(255))


def resize(pixels: FloatArray, rng: Generator, *, width: int, height: int, kernel: str = "random") -> FloatArray:
    """Resample to ``width`` x ``height`` pixels with a kernel of ``KERNELS`` or one drawn from them.

    Only "area" averages before it drops pixels; the others leave the aliasing that careless programs leave.

    Raises:
        ValueError: the kernel is unknown.
    """
    import cv2

    kernel = str(rng.choice(KERNELS)) if kernel == "random" else kernel
    if kernel not in KERNELS:
        raise ValueError(f"the kernel '{kernel}' is unknown; use random or one of {', '.join(KERNELS)}.")
    flags = dict(zip(KERNELS, (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4), strict=True))
    return clip(cv2.resize(pixels, (width, height), interpolation=flags[kernel]))


def downscale(pixels: FloatArray, rng: Generator, *, factor: float = 2.0, kernel: str = "random") -> FloatArray:
    """Make the picture ``factor`` (1 to 8) times smaller; see `resize`."""
    height, width = (max(1, round(side / factor)) for side in pixels.shape[:2])
    return resize(pixels, rng, width=width, height=height, kernel=kernel)
