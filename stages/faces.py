"""Faces: each is found, restored by a network made for faces, checked to be the same person, and put back.

The network sees the face of the picture before it was enlarged, and what it changes is laid over the picture as it
is now, in a soft oval. Outside the ovals every pixel stays as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from errors import RecipeError, RestorationError
from stages.base import Cost, Stage, StageSettings, Suggestion, Work, setting

if TYPE_CHECKING:
    from faces.detect import Face
    from media.picture import FloatArray, Picture

MODELS = ("gfpgan-1.4", "gfpgan-1.3", "codeformer")
WITH_FIDELITY = ("codeformer",)
_LARGE_FACE = 200  # pixels; larger ones have detail of their own
_STEPS = (0.75, 0.5, 0.35, 0.2, 0.1)  # shares of the strength that are tried when a face became another's


class FacesSettings(StageSettings):
    model: Literal["gfpgan-1.4", "gfpgan-1.3", "codeformer"] = setting(
        "gfpgan-1.4",
        "gfpgan-1.4 looks natural; gfpgan-1.3 is smoother; codeformer has a fidelity dial (non-commercial licence).",
        title="Model",
        model=True,
    )
    fidelity: float = setting(
        0.7,
        "codeformer: 0 draws the finest face, 1 the one truest to the picture.",
        title="Fidelity",
        step=0.05,
        ge=0.0,
        le=1.0,
    )
    which: str = setting(
        "all",
        "all faces, centre for the one nearest to the middle, or numbers such as 1,3, the largest face being 1.",
        title="Which",
        pattern=r"^(all|centre|[1-9]\d*(,[1-9]\d*)*)$",
    )
    strengths: str = setting(
        "",
        "The strength of each face from 0 to 1, such as 1,0.5: the largest first; those not named have 1.",
        title="Strength of each",
        advanced=True,
        pattern=r"^((0(\.\d+)?|1(\.0+)?)(,(0(\.\d+)?|1(\.0+)?))*)?$",
    )
    smallest: int = setting(
        24,
        "Faces smaller than this in the picture as it came are left alone.",
        title="Smallest face",
        unit="pixels",
        step=4,
        ge=8,
        le=512,
        advanced=True,
    )
    guard: float = setting(
        0.6,
        "How alike a face must stay, as the cosine of two embeddings of SFace: 1 is the same picture, above 0.36 the "
        "same person; 0 switches the guard off.",
        title="Identity guard",
        step=0.05,
        ge=0.0,
        le=1.0,
        advanced=True,
    )
    detector: Literal["retinaface-mobile0.25", "retinaface-resnet50"] = setting(
        "retinaface-mobile0.25",
        "retinaface-mobile0.25 is small and quick; retinaface-resnet50 finds more difficult faces.",
        title="Detector",
        model=True,
        advanced=True,
    )
    turned: bool = setting(
        True, "Look for faces that lie sideways or upside down as well.", title="Any way up", advanced=True
    )


class Faces(Stage[FacesSettings]):
    name = "faces"
    title = "Faces"
    summary = "Restores faces and makes sure that they stay whose they were."
    flag = "faces"
    toggle = "apply_face_restoration"
    on_by_default = False
    needs_unenlarged = True
    Settings: ClassVar = FacesSettings

    def models(self, settings: FacesSettings) -> tuple[str, ...]:
        from faces.identity import MODEL

        return (settings.detector, settings.model, *((MODEL,) if settings.guard else ()))

    def suggest(self, picture: Picture) -> Suggestion | None:
        """Small or soft faces are worth it, where the weights of the network are on this machine already."""
        from config import Config
        from faces.glance import face_sizes
        from weights import store
        from weights.catalogue import get

        settings, config = FacesSettings(), Config.load()
        if not all(any(True for _ in store.present(get(name), config)) for name in self.models(settings)):
            return None
        sizes = face_sizes(picture.pixels, config)
        if not sizes or sizes[0] > _LARGE_FACE:
            return None
        return Suggestion(f"{len(sizes)} face{'s' * (len(sizes) != 1)} of {sizes[0]:.0f} pixels or less.")

    def cost(self, settings: FacesSettings, height: int, width: int) -> Cost:
        # A few faces, the picture as the detector sees it, and laying back.
        return Cost(3 * 450.0 + height * width / 1e6 * 20.0, 600e6)

    def run(self, picture: Picture, settings: FacesSettings, work: Work) -> Picture:
        from faces.detect import find_faces

        before = work.unenlarged
        if before is None:
            raise RestorationError("the faces stage needs the picture before it was enlarged; run it in a pipeline.")
        turns = (0, 1, 2, 3) if settings.turned else (0,)
        found = find_faces(before.pixels, work, detector=settings.detector, smallest=settings.smallest, turns=turns)
        if not found:
            work.note("no face was found; nothing was changed.")
            return picture
        pixels = picture.pixels
        strengths = [float(text) for text in settings.strengths.split(",") if text]
        chosen = _chosen(found, settings.which, before)
        for done, number in enumerate(chosen):
            work.on_tile(done, len(chosen))
            strength = strengths[number - 1] if number <= len(strengths) else 1.0
            pixels = _restored(pixels, before.pixels, found[number - 1], number, strength, settings, work)
        work.on_tile(len(chosen), len(chosen))
        work.note(f"{len(found)} face{'s' * (len(found) != 1)} found, {len(chosen)} restored or tried.")
        return picture.with_(pixels=pixels)


def _chosen(found: list[Face], which: str, picture: Picture) -> list[int]:
    """Numbers of the faces to restore, from 1."""
    if which == "all":
        return list(range(1, len(found) + 1))
    if which == "centre":
        centre = np.array([picture.width / 2, picture.height / 2])
        away = [float(np.linalg.norm(np.array(face.middle) - centre)) for face in found]
        return [int(np.argmin(away)) + 1]
    numbers = [int(number) for number in which.split(",")]
    beyond = [number for number in numbers if number > len(found)]
    if beyond:
        raise RecipeError(f"face {beyond[0]} is asked for, but the picture has {len(found)}.")
    return numbers


def _restored(
    pixels: FloatArray,
    before: FloatArray,
    face: Face,
    number: int,
    strength: float,
    settings: FacesSettings,
    work: Work,
) -> FloatArray:
    """``pixels`` with one face restored as far as it stays the same person."""
    from faces.align import aligned, alignment, face_weights, put_back

    scale = pixels.shape[0] / before.shape[0]
    small, here = alignment(face), alignment(face, scale)
    seen = aligned(before, small)
    network = work.model(settings.model)
    conditions = (settings.fidelity,) if settings.model in WITH_FIDELITY else ()
    made = network(seen, *conditions)
    if settings.guard:
        strength = _guarded(seen, made, number, strength, settings.guard, work)
    if strength <= 0:
        return pixels
    now = aligned(pixels, here)
    change = (made - now) * (np.float32(strength) * face_weights()[..., None])
    return put_back(pixels, np.asarray(change, np.float32), here)[0]


def _guarded(seen: FloatArray, made: FloatArray, number: int, strength: float, least: float, work: Work) -> float:
    """The strength at which the face is still alike enough, 0 where there is none."""
    from faces.identity import embedding, similarity

    own = embedding(seen, work)
    first = 0.0
    for share in (1.0, *_STEPS):
        mixed = seen + np.float32(strength * share) * (made - seen)
        alike = similarity(own, embedding(mixed, work))
        first = alike if share == 1.0 else first
        if alike >= least:
            if share == 1.0:
                work.note(f"face {number} stayed itself: {alike:.2f} alike.")
            else:
                work.note(
                    f"face {number} became another's ({first:.2f} alike, at least {least:.2f} is asked for); "
                    f"its strength was lowered to {strength * share:.2f}, {alike:.2f} alike."
                )
            return strength * share
    work.note(f"face {number} became another's ({first:.2f} alike); it was left as it was.")
    return 0.0
