"""A photograph with a face, and real detectors."""

from __future__ import annotations

import numpy as np
import pytest

from config import Config
from media.picture import FloatArray
from models import ModelManager
from stages.base import Work


@pytest.fixture
def portrait() -> FloatArray:
    """scikit-image's astronaut, (512, 512, 3)."""
    from skimage.data import astronaut

    return (astronaut() / 255).astype(np.float32)


@pytest.fixture(scope="session")
def detecting(weights_config: Config) -> Work:
    """What a stage is handed, with the real weights of RetinaFace and SFace within reach."""
    return Work(ModelManager(weights_config))
