"""The subject of a photograph, by the real weights."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from restoration_studio.context import StageContext
from restoration_studio.damage.saliency import MODEL, subject
from restoration_studio.errors import WeightsError
from restoration_studio.models import ModelManager


@pytest.mark.network
def test_the_astronaut_is_the_subject(weights_config):
    from skimage.data import astronaut

    pixels = (astronaut() / 255).astype(np.float32)
    found = subject(pixels, StageContext(ModelManager(weights_config)))
    assert found.shape == (512, 512)
    assert found.dtype == np.float32
    assert found[60:160, 190:260].mean() > 0.9  # her face
    assert found[20:200, 300:370].mean() < 0.2  # the wall
    again = subject(pixels, StageContext(ModelManager(weights_config)))
    np.testing.assert_array_equal(found, again)


@pytest.mark.network
@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (40, 30)])
def test_any_shape_is_taken(weights_config, shape):
    found = subject(np.full((*shape, 3), 0.5, np.float32), StageContext(ModelManager(weights_config)))
    assert found.shape == shape
    assert np.isfinite(found).all()


def test_absent_weights_are_said(weights_config, tmp_path):
    config = dataclasses.replace(weights_config, cache_dir=tmp_path, offline=True)
    with pytest.raises(WeightsError, match=MODEL):
        subject(np.zeros((8, 8, 3), np.float32), StageContext(ModelManager(config)))


def test_damaged_weights_are_refused(weights_config, tmp_path):
    folder = tmp_path / "weights" / MODEL
    folder.mkdir(parents=True)
    (folder / "u2netp.onnx").write_bytes(b"not a network")
    config = dataclasses.replace(weights_config, cache_dir=tmp_path, offline=True)
    with pytest.raises(WeightsError, match="sha256"):
        subject(np.zeros((8, 8, 3), np.float32), StageContext(ModelManager(config)))
