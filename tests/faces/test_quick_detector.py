"""A glance finds faces with the real weights, and does not look where they are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from restoration_studio.config import Config
from restoration_studio.faces.quick_detector import face_sizes
from restoration_studio.image.picture import FloatArray
from restoration_studio.image.resize import resize
from restoration_studio.weights.fetch import ensure


@pytest.mark.network
def test_faces_are_seen(weights_config: Config, portrait: FloatArray) -> None:
    from skimage.data import coffee

    ensure("yunet", config=weights_config)
    (size,) = face_sizes(portrait, weights_config) or [0.0]
    assert 90 < size < 140
    (large,) = face_sizes(resize(portrait, (1536, 1536)), weights_config) or [0.0]
    assert large == pytest.approx(3 * size, rel=0.2)
    assert face_sizes((coffee() / 255).astype(np.float32), weights_config) == []
    for shape in ((1, 1, 3), (3, 2000, 3)):
        assert face_sizes(np.zeros(shape, np.float32), weights_config) == []


def test_without_weights_nobody_looks(tmp_path: Path, portrait: FloatArray) -> None:
    assert face_sizes(portrait, Config.load(cache_dir=tmp_path)) is None


@pytest.mark.network
def test_the_same_pixels_are_looked_at_once(
    weights_config: Config, portrait: FloatArray, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from restoration_studio.faces import quick_detector as glance

    ensure("yunet", config=weights_config)
    looks: list[int] = []
    real = glance._look
    monkeypatch.setattr(glance, "_look", lambda pixels, path: looks.append(1) or real(pixels, path))
    first, again = face_sizes(portrait, weights_config), face_sizes(portrait, weights_config)
    assert first == again and len(looks) == 1
    assert face_sizes(portrait, Config.load(cache_dir=tmp_path)) is None, "no weights there, so nobody has looked"
    face_sizes(portrait.copy(), weights_config)
    assert len(looks) == 2
