"""What every measure asks of the array it is given."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[Any]


def check_pixels(pixels: Pixels) -> None:
    """Raises ``ValueError`` unless ``pixels`` are floats of shape (height, width) or (height, width, 3)."""
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] != 3) or 0 in pixels.shape:
        raise ValueError(f"a picture must be (height, width) or (height, width, 3), not {pixels.shape}.")
    if not np.issubdtype(pixels.dtype, np.floating):
        raise ValueError(f"a picture must hold floats in the range 0 to 1, not {pixels.dtype}.")
