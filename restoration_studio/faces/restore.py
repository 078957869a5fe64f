"""Restores one face as far as it stays the same person's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from restoration_studio.faces.align import alignment, face_weights, unwarp, warp
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
class RestorerSettings:
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


def restore_face(
    pixels: FloatArray,
    before: FloatArray,
    face: Face,
    number: int,
    strength: float,
    restorer: RestorerSettings,
    context: StageContext,
) -> FaceLayer:
    """One face restored, with the strength at which it stays the same person.

    Args:
        pixels: (height, width, 3) of the picture as it is now, 0 to 1; not changed.
        before: the same picture before it was enlarged, in which the face was found.
        number: of the face, for notes.
        strength: asked for, 0 to 1.

    Raises:
        NoPose: the face's landmarks lie in one place.
        NetworkNotForFaces: the network is not one for faces.
    """
    scale = pixels.shape[0] / before.shape[0]
    small, here = alignment(face), alignment(face, scale)
    seen = warp(before, small)
    restored = context.model(restorer.model)(seen, *restorer.conditions)
    if restored.shape != seen.shape:
        raise NetworkNotForFaces(model=restorer.model, output_size=restored.shape[:2], input_size=seen.shape[:2])
    restored = _match_tone(restored, seen)
    guarded = GuardedStrength(strength, None, None)
    if restorer.identity is not None:
        guarded = _guard_identity(seen, restored, number, strength, restorer.guard, restorer.identity, context)
    change = (restored - warp(pixels, here)) * face_weights()[..., None]
    top, left, part = unwarp(np.asarray(change, np.float32), here, pixels.shape)
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


def _match_tone(restored: FloatArray, seen: FloatArray) -> FloatArray:
    """The restored face with the tone and tint it had: networks for faces like a skin of their own."""
    tone = factors(low_pass_pair(seen, restored, blur=_TONE))
    height, width = restored.shape[:2]
    return apply_factors(restored, enlarge_rows(tone, 0, height, (height, width)))


class GuardedStrength(NamedTuple):
    """The strength the guard lets through, 0 for none, and how alike the face is at it and at the one asked for."""

    strength: float
    similarity: float | None
    similarity_asked: float | None


def _guard_identity(
    seen: FloatArray,
    restored: FloatArray,
    number: int,
    strength: float,
    least: float,
    identity: Identity,
    context: StageContext,
) -> GuardedStrength:
    """The strength at which the face is still alike enough, 0 where there is none."""
    own = identity.embedding(seen)
    first = 0.0
    for share in (1.0, *_STEPS):
        mixed = seen + np.float32(strength * share) * (restored - seen)
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
            return GuardedStrength(strength * share, alike, first)
    context.note(f"face {number} became another's ({first:.2f} alike); it was left as it was.")
    return GuardedStrength(0.0, 1.0, first)
