"""Faces: each is found, restored by a network made for faces, checked to be the same person, and put back.

The network sees the face of the picture before it was enlarged, and what it changes is laid over the picture as it
is now, in a soft oval. Outside the ovals every pixel stays as it was.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, field_validator

from restoration_studio.context import StageContext
from restoration_studio.lazy import numpy as np
from restoration_studio.stages.base import Cost, ProposalContext, Stage, StageSettings, Suggestion, setting
from restoration_studio.stages.errors import FaceNotThere, ModelForAnotherStage, StageOutsidePipeline

if TYPE_CHECKING:
    from restoration_studio.faces.detect import Face
    from restoration_studio.image.picture import Picture

MODELS = ("gfpgan-1.4", "gfpgan-1.3", "codeformer")
WITH_FIDELITY = ("codeformer",)
# No SHA-256 of this file is known for certain, so it is not in the catalogue and never fetched.
BY_PATH = (
    "RestoreFormer: save https://github.com/TencentARC/GFPGAN/releases/download/v1.3.4/RestoreFormer.pth and name "
    "that file."
)
_LARGE_FACE = 200  # pixels; larger ones have detail of their own


def _as_text(value: Any) -> Any:
    """A number, or several, as text."""
    if isinstance(value, list | tuple):
        return ",".join(str(one) for one in value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _which(text: str) -> str:
    if not re.fullmatch(r"all|centre|[1-9]\d{0,3}(,[1-9]\d{0,3})*", text):
        raise ValueError("say all, centre or numbers of faces such as 1,3")
    return text


def _strengths(text: str) -> str:
    if not re.fullmatch(r"((0(\.\d+)?|1(\.0+)?)(,(0(\.\d+)?|1(\.0+)?))*)?", text):
        raise ValueError("give numbers from 0 to 1 with commas between them, such as 1,0.5")
    return text


Which = Annotated[str, BeforeValidator(_as_text), AfterValidator(_which)]
Strengths = Annotated[str, BeforeValidator(_as_text), AfterValidator(_strengths)]


class FacesSettings(StageSettings):
    model: str = setting(
        MODELS[0],
        "gfpgan-1.4 looks natural; gfpgan-1.3 is smoother; codeformer has a fidelity dial (non-commercial licence); "
        "or the path of a file, such as RestoreFormer.pth.",
        title="Model",
        choices=MODELS,
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
    which: Which = setting(
        "all",
        "all faces, centre for the one nearest to the middle, or numbers such as 1,3, the largest face being 1.",
        title="Which",
    )
    strengths: Strengths = setting(
        "",
        "The strength of each face from 0 to 1, such as 1,0.5: the largest first; those not named have 1.",
        title="Strength of each",
        advanced=True,
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

    @field_validator("model")
    @classmethod
    def _for_faces(cls, model: str) -> str:
        from restoration_studio.models import is_model_path

        if model not in MODELS and not is_model_path(model):
            also = f" {BY_PATH}" if model.lower().startswith("restoreformer") else ""
            raise ModelForAnotherStage(model=model, purpose="faces", choices=MODELS, files=also)
        return model


class Faces(Stage[FacesSettings]):
    name = "faces"
    title = "Faces"
    summary = "Restores faces and makes sure that they stay whose they were."
    flag = "faces"
    toggle = "apply_face_restoration"
    on_by_default = False
    needs_unenlarged = True
    makes_layers = True
    Settings: ClassVar = FacesSettings

    def models(self, settings: FacesSettings) -> tuple[str, ...]:
        from restoration_studio.faces.identity import MODEL

        # The restorer first: a licence to accept or a file that is not there is said before anything is fetched.
        return (settings.model, settings.detector, *((MODEL,) if settings.guard else ()))

    def suggest(self, picture: Picture, context: ProposalContext) -> Suggestion | None:
        """Small or soft faces are worth it, where the weights of the network are on this machine already."""
        from restoration_studio.faces.quick_detector import face_sizes

        if not context.installed(self.models(FacesSettings())):
            return None
        sizes = face_sizes(picture.pixels, context.config)
        if not sizes or sizes[0] > _LARGE_FACE:
            return None
        return Suggestion(f"{len(sizes)} face{'s' * (len(sizes) != 1)} of {sizes[0]:.0f} pixels or less.")

    def cost(self, settings: FacesSettings, height: int, width: int) -> Cost:
        # A few faces, the picture as the detector sees it, and laying back.
        return Cost(3 * 450.0 + height * width / 1e6 * 20.0, 600e6)

    def run(self, picture: Picture, settings: FacesSettings, context: StageContext) -> Picture:
        from restoration_studio.faces.align import NoPose
        from restoration_studio.faces.detect import find_faces
        from restoration_studio.faces.identity import Identity
        from restoration_studio.faces.layers import summarize_faces
        from restoration_studio.faces.restore import RestorerSettings, restore_face

        before = context.unenlarged
        if before is None:
            raise StageOutsidePipeline(stage=self.name, needs="the picture before it was enlarged")
        turns = (0, 1, 2, 3) if settings.turned else (0,)
        found = find_faces(before.pixels, context, detector=settings.detector, smallest=settings.smallest, turns=turns)
        if not found:
            context.note("no face was found; nothing was changed.")
            return picture
        pixels = picture.pixels.copy()
        strengths = [float(text) for text in settings.strengths.split(",") if text]
        chosen = _chosen(found, settings.which, before)
        conditions = (settings.fidelity,) if settings.model in WITH_FIDELITY else ()
        restorer = RestorerSettings(
            settings.model, conditions, Identity(context) if settings.guard else None, settings.guard
        )
        layers = []
        for done, number in enumerate(chosen):
            context.on_tile(done, len(chosen))
            strength = strengths[number - 1] if number <= len(strengths) else 1.0
            try:
                layer = restore_face(pixels, before.pixels, found[number - 1], number, strength, restorer, context)
            except NoPose:
                context.note(f"face {number} is too small or too hidden to tell how it is held; it was left as it was.")
                continue
            if layer.strength > 0:
                layer.paste_back(pixels, layer.strength)
            layers.append(layer)
        context.on_tile(len(chosen), len(chosen))
        context.note(f"{len(found)} face{'s' * (len(found) != 1)} found, {len(chosen)} restored or tried.")
        if layers:
            context.figures["faces"] = summarize_faces(layers, context.figures.get("faces"))
        if context.on_layer is not None:
            for layer in layers:
                context.on_layer(layer)
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
        raise FaceNotThere(number=beyond[0], count=len(found))
    return numbers
