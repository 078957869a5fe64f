"""Restores one face as far as it stays the same person's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from restoration_studio.faces.align import aligned, alignment, face_weights, laid_back
from restoration_studio.faces.detect import Face
from restoration_studio.faces.errors import NetworkNotForFaces
from restoration_studio.faces.identity import Identity, similarity
from restoration_studio.faces.layers import FaceLayer
from restoration_studio.image.resize import enlarge_rows
from restoration_studio.measure.colour_drift import apply_factors, factors, low_pass_pair

if TYPE_CHECKING:
    from restoration_studio.context import StageContext
    from restoration_studio.image.picture import FloatArray

_TONE = 1 / 8  # of the face's square: what is coarser than this stays as it was
_STEPS = (0.75, 0.5, 0.35, 0.2, 0.1)  # shares of the strength that are tried when a face became another's


@dataclass(frozen=True, slots=True)
class How:
    """What faces are restored with.

    Attributes:
        model: the network's name in the catalogue, or a file's path.
        conditions: what it takes beside the face, such as CodeFormer's fidelity.
        identity: compares faces; None switches the guard off.
        guard: the least similarity.
    """

    model: str
    conditions: tuple[float, ...]
    identity: Identity | None
    guard: float


def restored(
    pixels: FloatArray,
    before: FloatArray,
    face: Face,
    number: int,
    strength: float,
    how: How,
    context: StageContext,
) -> FaceLayer:
    """One face restored, with the strength at which it stays the same person.

    Args:
        pixels: (height, width, 3) of the picture as it is now, 0 to 1; not changed.
        before: the same picture before it was enlarged, in which the face was found.
        number: of the face, for what is said of it.
        strength: asked for, 0 to 1.

    Raises:
        NoPose: the face's landmarks lie in one place.
        NetworkNotForFaces: the network is not one for faces.
    """
    scale = pixels.shape[0] / before.shape[0]
    small, here = alignment(face), alignment(face, scale)
    seen = aligned(before, small)
    made = context.model(how.model)(seen, *how.conditions)
    if made.shape != seen.shape:
        raise NetworkNotForFaces(model=how.model, made=made.shape[:2], given=seen.shape[:2])
    made = _toned(made, seen)
    guarded = Guarded(strength, None, None)
    if how.identity is not None:
        guarded = _guarded(seen, made, number, strength, how.guard, how.identity, context)
    change = (made - aligned(pixels, here)) * face_weights()[..., None]
    top, left, part = laid_back(np.asarray(change, np.float32), here, pixels.shape)
    return FaceLayer(
        number=number,
        box=face.box,
        similarity=guarded.similarity,
        similarity_asked=guarded.similarity_asked,
        asked=strength,
        strength=guarded.strength,
        top=top,
        left=left,
        change=part.astype(np.float16),
        size=(pixels.shape[0], pixels.shape[1]),
    )


def _toned(made: FloatArray, seen: FloatArray) -> FloatArray:
    """The restored face with the tone and tint it had: networks for faces like a skin of their own."""
    by = factors(low_pass_pair(seen, made, blur=_TONE))
    height, width = made.shape[:2]
    return apply_factors(made, enlarge_rows(by, 0, height, (height, width)))


class Guarded(NamedTuple):
    """The strength the guard lets through, 0 for none, and how alike the face is at it and at the one asked for."""

    strength: float
    similarity: float | None
    similarity_asked: float | None


def _guarded(
    seen: FloatArray,
    made: FloatArray,
    number: int,
    strength: float,
    least: float,
    identity: Identity,
    context: StageContext,
) -> Guarded:
    """The strength at which the face is still alike enough, 0 where there is none."""
    own = identity.embedding(seen)
    first = 0.0
    for share in (1.0, *_STEPS):
        mixed = seen + np.float32(strength * share) * (made - seen)
        alike = similarity(own, identity.embedding(mixed))
        first = alike if share == 1.0 else first
        if alike >= least:
            if share == 1.0:
                context.note(f"face {number} stayed itself: {alike:.2f} alike.")
            else:
                context.note(
                    f"face {number} became another's ({first:.2f} alike, at least {least:.2f} is asked for); "
                    f"its strength was lowered to {strength * share:.2f}, {alike:.2f} alike."
                )
            return Guarded(strength * share, alike, first)
    context.note(f"face {number} became another's ({first:.2f} alike); it was left as it was.")
    return Guarded(0.0, 1.0, first)
