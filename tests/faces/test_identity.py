"""SFace tells a face from another; its file is checked once for a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from restoration_studio.context import StageContext
from restoration_studio.faces.align import alignment, warp
from restoration_studio.faces.detect import find_faces
from restoration_studio.faces.identity import SAME_PERSON, Identity, similarity
from restoration_studio.image.picture import FloatArray
from restoration_studio.weights import hashes
from restoration_studio.weights.catalogue import get

pytestmark = pytest.mark.network


def test_the_same_person_and_another(detecting: StageContext, portrait: FloatArray) -> None:
    (face,) = find_faces(portrait, detecting, turns=(0,))
    seen = warp(portrait, alignment(face))
    compare = Identity(detecting)
    own = compare.embedding(seen)
    assert own.shape == (128,) and np.linalg.norm(own) == pytest.approx(1, abs=1e-4)
    assert similarity(own, compare.embedding(np.clip(seen * 0.8 + 0.1, 0, 1).astype(np.float32))) > 0.8
    noise = np.random.default_rng(0).random(seen.shape, np.float32)
    assert similarity(own, compare.embedding(noise)) < SAME_PERSON


def test_the_file_is_hashed_once_however_many_faces(
    detecting: StageContext, portrait: FloatArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    real = hashes.sha256_of_file

    def counted(path: Path) -> str:
        read.append(path)
        return real(path)

    monkeypatch.setattr(hashes, "sha256_of_file", counted)
    monkeypatch.setattr(hashes, "_known", {})
    monkeypatch.setattr(hashes, "_SETTLED", -60.0)  # the file may have been fetched a moment ago
    compare = Identity(detecting)
    for _ in range(3):
        compare.embedding(portrait)
    Identity(detecting).embedding(portrait)  # of the next picture
    assert [path.name for path in read] == [get("sface").filename]
    assert "sface" in [model.name for model in detecting.models.loaded()], "it counts in the budget"
