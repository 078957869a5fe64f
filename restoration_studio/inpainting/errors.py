"""What can be wrong with methods of filling and the weights they are given."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import ClassVar

from restoration_studio.errors import InputError, RecipeError, RefusedError, UnavailableError, WeightsError


class UnknownMethod(RecipeError):
    """There is no method of filling of that name."""

    code: ClassVar[str] = "unknown_inpainting_method"
    sentence: ClassVar[str] = "the inpainting method '{method}' is unknown; {hint}"

    method: str
    known: tuple[str, ...]

    @property
    def hint(self) -> str:
        close = difflib.get_close_matches(self.method, self.known, n=1)
        return f"did you mean '{close[0]}'?" if close else f"the methods are {', '.join(self.known)}."


class MethodTakesNoWeights(RecipeError):
    """Weights are named for a method that has none, or only its own."""

    code: ClassVar[str] = "method_takes_no_weights"
    sentence: ClassVar[str] = (
        "the inpainting method '{method}' takes no weights, so '{model}' would not be used; name the method they are "
        "for, such as inpaint_method='network', or leave inpaint_model out."
    )

    method: str
    model: str


class MethodNeedsWeights(RecipeError):
    """A method for any network is to be used and no network is named."""

    code: ClassVar[str] = "method_needs_weights"
    sentence: ClassVar[str] = (
        "the inpainting method '{method}' needs to be told which network; name one of the catalogue or a file with "
        "inpaint_model."
    )

    method: str


class MaskCoversPicture(InputError):
    """Nothing of the picture is left, and the method fills from what is around holes."""

    code: ClassVar[str] = "mask_covers_picture"
    sentence: ClassVar[str] = (
        "the mask covers the whole picture, and {method} fills holes from what is around them; mask less of it."
    )

    method: str


class UnsafePicture(RefusedError):
    """The safety checker of Stable Diffusion takes what it drew for unsafe."""

    code: ClassVar[str] = "unsafe_picture"
    sentence: ClassVar[str] = (
        "the safety checker takes what Stable Diffusion drew for unsafe, so nothing is written; try another prompt or "
        "seed, or safety_checker='off'."
    )


# Stable Diffusion's models: folders of several files, or repositories of the hub


class NotAPipelineFolder(RecipeError):
    """A folder holds no pipeline of diffusers."""

    code: ClassVar[str] = "not_a_pipeline_folder"
    sentence: ClassVar[str] = "the folder {folder} holds no pipeline, as it has no model_index.json; name another."

    folder: Path


class UnknownDiffusionModel(RecipeError):
    """A name is neither a folder nor a repository of the hub at a revision."""

    code: ClassVar[str] = "unknown_diffusion_model"
    sentence: ClassVar[str] = (
        "'{model}' is no model for Stable Diffusion; give a folder that exists, or owner/name@revision with the 40 "
        "digits of a revision, as names alone change their meaning."
    )

    model: str


class ModelWithoutUNet(WeightsError):
    """A pipeline was loaded that is no Stable Diffusion."""

    code: ClassVar[str] = "model_without_unet"
    sentence: ClassVar[str] = "the model {model} is no Stable Diffusion, as it has no UNet; name another."

    model: str


class ModelWithoutSafetyChecker(WeightsError):
    """The safety checker is asked for, and the pipeline has none."""

    code: ClassVar[str] = "model_without_safety_checker"
    sentence: ClassVar[str] = (
        "the model {model} has no safety checker; say safety_checker='off' to use it without, or name another."
    )

    model: str


class DiffusionModelNotHere(WeightsError):
    """The model would have to be fetched, and nothing may be."""

    code: ClassVar[str] = "diffusion_model_not_here"
    sentence: ClassVar[str] = (
        "the Stable Diffusion model {model} is not on this machine and offline is set; run once without it, or name a "
        "folder with inpaint_model."
    )

    model: str


class DiffusionPackageMissing(UnavailableError):
    """Stable Diffusion needs a package that is not installed."""

    code: ClassVar[str] = "diffusion_package_missing"
    sentence: ClassVar[str] = (
        "Stable Diffusion needs the package {package}, which is not installed; run pip install "
        "'restoration-studio[diffusion]', or choose another method."
    )

    package: str


class DiffusionModelUnreadable(WeightsError):
    """diffusers cannot load the model: it is missing, cut short, of another kind or not safe."""

    code: ClassVar[str] = "diffusion_model_unreadable"
    sentence: ClassVar[str] = (
        "the Stable Diffusion model {model} cannot be loaded: {reason}; name a folder that holds a whole pipeline with "
        "inpaint_model, or choose another method."
    )

    model: str
    reason: str


class DiffusionNotFinite(WeightsError):
    """Stable Diffusion gave infinities or what is no number."""

    code: ClassVar[str] = "diffusion_not_finite"
    sentence: ClassVar[str] = "Stable Diffusion gave values that are no numbers; try another model or device."


class PipelineIndexUnreadable(WeightsError):
    """The list of a pipeline's parts cannot be read."""

    code: ClassVar[str] = "pipeline_index_unreadable"
    sentence: ClassVar[str] = "{path} cannot be read; name a folder that holds a whole pipeline."

    path: Path


class PipelineWeightsUnreadable(WeightsError):
    """A file of a pipeline cannot be read."""

    code: ClassVar[str] = "pipeline_weights_unreadable"
    sentence: ClassVar[str] = "the weights {path} cannot be read: {reason}."

    path: Path
    reason: str


class PipelineWeightsDamaged(WeightsError):
    """A file of a pipeline is not what the hub says it is.

    Attributes:
        path: in the pipeline's folder.
        file: that it points to, in the cache.
    """

    code: ClassVar[str] = "pipeline_weights_damaged"
    sentence: ClassVar[str] = "the weights {path} are damaged; delete {file}, and the next run fetches them again."

    path: Path
    file: Path
