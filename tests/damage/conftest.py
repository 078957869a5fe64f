"""Pictures with a soft, noisy ground, and damage put on them by hand."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.image.picture import FloatArray


@pytest.fixture
def ground() -> FloatArray:
    """(200, 240, 3) float32: a soft slope of grey with grain of two grey levels."""
    rng = np.random.default_rng(5)
    slope = np.linspace(0.35, 0.6, 240)[None, :] + np.linspace(-0.05, 0.05, 200)[:, None]
    grey = slope + rng.normal(0, 2 / 255, slope.shape)
    return np.repeat(grey[:, :, None], 3, axis=2).astype(np.float32)
