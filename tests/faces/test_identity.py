"""SFace tells a face from another; its file is checked once for a run."""

from __future__ import annotations

import numpy as np
import pytest

from faces import identity
from faces.align import aligned, alignment
from faces.detect import find_faces
from faces.identity import SAME_PERSON, Identity, similarity
from media.picture import FloatArray
from stages.base import Work

pytestmark = pytest.mark.network


def test_the_same_person_and_another(detecting: Work, portrait: FloatArray) -> None:
    (face,) = find_faces(portrait, detecting, turns=(0,))
    seen = aligned(portrait, alignment(face))
    compare = Identity(detecting)
    own = compare.embedding(seen)
    assert own.shape == (128,) and np.linalg.norm(own) == pytest.approx(1, abs=1e-4)
    assert similarity(own, compare.embedding(np.clip(seen * 0.8 + 0.1, 0, 1).astype(np.float32))) > 0.8
    noise = np.random.default_rng(0).random(seen.shape, np.float32)
    assert similarity(own, compare.embedding(noise)) < SAME_PERSON


def test_the_file_is_hashed_once_however_many_faces(
    detecting: Work, portrait: FloatArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = identity.ensure

    def counted(name: str, **more: object) -> object:
        asked.append(name)
        return real(name, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(identity, "ensure", counted)
    compare = Identity(detecting)
    for _ in range(3):
        compare.embedding(portrait)
    assert asked == ["sface"]
