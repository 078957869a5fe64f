"""How sharp a picture is."""

from __future__ import annotations

import numpy as np

from restoration_studio.image.luma import BT601
from restoration_studio.measure.checks import Pixels, check_pixels

_LUMA = np.array(BT601, np.float32)


def sharpness(pixels: Pixels) -> float:
    """Variance of the Laplacian of the luminance, in squared 8-bit grey levels; 0 under 3 x 3 pixels.

    A blurred photograph gives tens, a crisp one hundreds to thousands. Noise counts as sharpness, and
    pictures of different sizes cannot be compared. The focus measure LAPV of Pech-Pacheco et al.,
    "Diatom autofocusing in brightfield microscopy: a comparative study", ICPR 2000.

    Raises:
        ValueError: the shape is not that of a picture.
    """
    check_pixels(pixels)
    if min(pixels.shape[:2]) < 3:
        return 0.0
    grey = 255.0 * (pixels @ _LUMA if pixels.ndim == 3 else np.asarray(pixels, np.float32))
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    return float(laplacian.var(dtype=np.float64))
