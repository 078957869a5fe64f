"""A photograph with a face, and real detectors."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.config import Config
from restoration_studio.context import StageContext
from restoration_studio.image.picture import FloatArray
from restoration_studio.models import ModelManager


@pytest.fixture
def portrait() -> FloatArray:
    """scikit-image's astronaut, (512, 512, 3)."""
    from skimage.data import astronaut

    return (astronaut() / 255).astype(np.float32)


@pytest.fixture(scope="session")
def detecting(weights_config: Config) -> StageContext:
    """What a stage is handed, with the real weights of RetinaFace and SFace within reach."""
    return StageContext(ModelManager(weights_config))
