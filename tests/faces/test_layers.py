"""What the record says of faces: each of a picture's, and of a film's the figures of all frames."""

from __future__ import annotations

import json

import numpy as np

from restoration_studio.faces.layers import FaceLayer, summarize_faces


def _layer(similarity: float | None, strength: float = 1.0) -> FaceLayer:
    return FaceLayer(
        number=1, box=(1, 2, 3, 4), similarity=similarity, similarity_asked=similarity, asked=1.0, strength=strength,
        top=0, left=0, change=np.zeros((1, 1, 3), np.float16), size=(9, 9),
    )  # fmt: skip


def test_a_pictures_faces_are_listed() -> None:
    said = summarize_faces([_layer(0.9), _layer(0.7, 0.5)])
    assert isinstance(said, list) and [face["similarity"] for face in said] == [0.9, 0.7]
    json.dumps(said)


def test_the_faces_of_frames_are_summed() -> None:
    frames = [[_layer(0.9), _layer(0.7, 0.5)], [_layer(0.65)], [_layer(1.0, 0.0), _layer(0.8), _layer(0.9)]]
    said = None
    for layers in frames:
        said = summarize_faces(layers, said)
    assert said == {
        "frames_with_faces": 3, "most_in_a_frame": 3, "faces": 6, "lowered": 1, "left_as_they_were": 1,
        "lowest_similarity": 0.65,
    }  # fmt: skip
    json.dumps(said)


def test_without_the_guard_nothing_is_known_of_likeness() -> None:
    said = summarize_faces([_layer(None)], summarize_faces([_layer(None)]))
    assert isinstance(said, dict) and said["lowest_similarity"] is None and said["faces"] == 2
