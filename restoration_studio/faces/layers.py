"""Restored faces as layers: what each changed, kept apart, so that its strength moves without any network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from restoration_studio.faces.errors import FaceNotRestored, FacesOfAnotherPicture, FaceStrengthOutOfRange

if TYPE_CHECKING:
    from restoration_studio.image.picture import FloatArray, Picture


@dataclass(frozen=True, slots=True, eq=False)
class FaceLayer:
    """One face that was restored, or tried.

    Attributes:
        number: from 1, the largest face first.
        box: left, top, right, bottom in pixels of the picture before it was enlarged.
        similarity: cosine of SFace's embeddings before and in the result; None where the guard was off.
        similarity_asked: the same at the strength asked for.
        asked: the strength a person asked for, 0 to 1.
        strength: what the identity guard made of it; the result has the change times this.
        top, left: where ``change`` lies in the picture of ``size`` (height, width).
        change: (h, w, 3) float16, all of the change, in its soft oval.
    """

    number: int
    box: tuple[float, float, float, float]
    similarity: float | None
    similarity_asked: float | None
    asked: float
    strength: float
    top: int
    left: int
    change: NDArray[np.float16]
    size: tuple[int, int]

    def to_record(self) -> dict[str, Any]:
        """For the record."""
        return {
            "number": self.number,
            "box": [round(value, 1) for value in self.box],
            "strength_asked": self.asked,
            "strength": round(self.strength, 3),
            "similarity_asked": None if self.similarity_asked is None else round(self.similarity_asked, 3),
            "similarity": None if self.similarity is None else round(self.similarity, 3),
        }

    def paste_back(self, pixels: FloatArray, strength: float) -> None:
        """Add the change times ``strength`` to ``pixels`` in place; what it does not reach stays to the bit."""
        height, width = self.change.shape[:2]
        window = pixels[self.top : self.top + height, self.left : self.left + width]
        touched = (self.change != 0).any(axis=2)
        part = self.change[touched].astype(np.float32)
        window[touched] = np.clip(window[touched] + np.float32(strength) * part, 0, 1)


def summarize_faces(layers: Sequence[FaceLayer], earlier: Any = None) -> list[dict[str, Any]] | dict[str, Any]:
    """What the record says of the faces of a picture: each of them; of the frames of a film: all in figures.

    Args:
        layers: of this picture or frame; at least one.
        earlier: the summary of the frames before it that had faces; None where this is the first.
    """
    each = [layer.to_record() for layer in layers]
    if earlier is None:
        return each
    frames, so_far = (1, _totals(earlier)) if isinstance(earlier, list) else (earlier["frames_with_faces"], earlier)
    now = _totals(each)
    lowest = [totals["lowest_similarity"] for totals in (so_far, now) if totals["lowest_similarity"] is not None]
    return {
        "frames_with_faces": frames + 1,
        "most_in_a_frame": max(so_far["most_in_a_frame"], now["most_in_a_frame"]),
        "faces": so_far["faces"] + now["faces"],
        "lowered": so_far["lowered"] + now["lowered"],
        "left_as_they_were": so_far["left_as_they_were"] + now["left_as_they_were"],
        "lowest_similarity": min(lowest, default=None),
    }


def _totals(each: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Faces of one frame in figures; the lowest similarity is that in the result."""
    alike = [face["similarity"] for face in each if face["similarity"] is not None]
    held = [face for face in each if face["strength"] < face["strength_asked"]]
    return {
        "most_in_a_frame": len(each),
        "faces": len(each),
        "lowered": sum(face["strength"] > 0 for face in held),
        "left_as_they_were": sum(face["strength"] == 0 for face in held),
        "lowest_similarity": min(alike, default=None),
    }


def mix_faces(picture: Picture, layers: Sequence[FaceLayer], strengths: Mapping[int, float]) -> Picture:
    """A restored picture with other strengths of some faces; no network runs and the identity guard is not asked.

    Args:
        picture: the result, or what the faces stage made of it.
        layers: of the run that made it (``RestorationPipeline.run(..., on_layer=layers.append)``).
        strengths: of faces by their number, 0 (as it was) to 1 (all of the change); the others stay as they are.

    Returns:
        ``picture`` itself where nothing changes. It differs from running the recipe again in one thing: later stages
        saw the face as it was restored then.

    Raises:
        UsageError: there is no face of that number, a strength is out of range, or the picture has another size.
    """
    by_number = {layer.number: layer for layer in layers}
    for number, strength in strengths.items():
        if number not in by_number:
            raise FaceNotRestored(number=number, restored=tuple(by_number))
        if not 0 <= strength <= 1:
            raise FaceStrengthOutOfRange(number=number, strength=strength)
        if by_number[number].size != (picture.height, picture.width):
            raise FacesOfAnotherPicture()
    moved = {number: strength - by_number[number].strength for number, strength in strengths.items()}
    if not any(moved.values()):
        return picture
    pixels = picture.pixels.copy()
    for number, by in moved.items():
        by_number[number].paste_back(pixels, by)
    return picture.with_(pixels=pixels)
