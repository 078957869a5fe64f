"""Diffusers' pipelines: found in a folder or on the hub, loaded from safetensors only."""

from __future__ import annotations

import os
import re
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restoration_studio.inpainting.base import FillOptions
from restoration_studio.inpainting.errors import (
    DiffusionModelNotHere,
    DiffusionModelUnreadable,
    DiffusionPackageMissing,
    ModelWithoutSafetyChecker,
    ModelWithoutUNet,
    NotAPipelineFolder,
    UnknownDiffusionModel,
)
from restoration_studio.inpainting.pipeline_files import Place, WeightsFile, folder_of, hash_files, weights_files
from restoration_studio.memory import is_out_of_memory
from restoration_studio.networks.spandrel_light import importing

if TYPE_CHECKING:
    from restoration_studio.config import Config
    from restoration_studio.context import StageContext

# The revision every public record of this model names. Its safetensors are those of half precision only.
DEFAULT = "stable-diffusion-v1-5/stable-diffusion-inpainting@8a4288a76071f7280aedbdb3253bdb9e9d5d84bb:fp16"
_ON_THE_HUB = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)@(?P<revision>[0-9a-f]{40})(:(?P<variant>\w+))?")
_ROOM = 6e9  # bytes of free memory on a GPU that a half-precision pipeline runs in whole

_HELD = "stable-diffusion"  # what the ModelManager calls the pipeline in memory
drawing = threading.Lock()  # a pipeline's scheduler counts its steps, so one picture at a time


def place_of(name: str) -> Place:
    """What a person's ``--inpaint-model`` means for Stable Diffusion.

    Raises:
        RecipeError: it is neither a folder nor ``owner/name@revision`` with a revision of 40 digits.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "model_index.json").is_file():
            raise NotAPipelineFolder(folder=Path(name))
        plain = any(".fp16." not in path.name for path in folder.glob("unet/*.safetensors"))
        half = any(folder.glob("unet/*.fp16.safetensors"))
        return Place(str(folder), variant="fp16" if half and not plain else None)
    match = _ON_THE_HUB.fullmatch(name)
    if match is None:
        raise UnknownDiffusionModel(model=name)
    return Place(match["repo"], match["revision"], match["variant"])


def has_own_weights(place: Place, config: Config) -> bool:
    """Whether the pipeline can be loaded without fetching anything."""
    if place.revision is None:
        return True
    return (folder_of(place, config) / "model_index.json").is_file()


def get_pipeline(options: FillOptions, context: StageContext) -> Any:
    """The pipeline, loaded if it is not the one in memory.

    Raises:
        UnavailableError: diffusers is not installed.
        WeightsError: the weights cannot be had, or not safely.
    """
    name = options.model or DEFAULT
    place, device, config = place_of(name), context.models.device, context.models.config
    pipeline = context.models.hold(
        _HELD,  # one at a time, and the one before is freed first: two seldom fit
        lambda: (place, device, options.safety_checker, _files(place, options.safety_checker, config)),
        lambda: _load(place, device, options.safety_checker, config),
        _size,
        progress=context.fetching,
    ).value
    files = _files(place, options.safety_checker, config)
    if getattr(pipeline, "unet", None) is None:
        raise ModelWithoutUNet(model=name)
    if options.safety_checker and getattr(pipeline, "safety_checker", None) is None:
        raise ModelWithoutSafetyChecker(model=name)
    context.pin("model", name)
    for file in files:
        context.weights(f"{name}/{file.name}", file.sha256, place.name, file.size_bytes)
    note = f"Stable Diffusion ({name}) ran on {device} in {str(pipeline.unet.dtype).removeprefix('torch.')}."
    if note not in context.notes:
        context.note(note)
    return pipeline


def _files(place: Place, safety_checker: bool, config: Config) -> tuple[WeightsFile, ...]:
    """What the pipeline's weights are; empty where they are still to be fetched."""
    if not has_own_weights(place, config):
        return ()
    folder = folder_of(place, config)
    return hash_files(folder, weights_files(folder, place.variant, safety_checker=safety_checker))


def _size(pipeline: Any) -> int:
    """Bytes that the weights of all its parts take."""
    parts = [part for part in pipeline.components.values() if hasattr(part, "parameters")]
    return sum(weight.numel() * weight.element_size() for part in parts for weight in part.parameters())


def _load(place: Place, device: str, safety_checker: bool, config: Config) -> Any:
    if config.offline and not has_own_weights(place, config):
        raise DiffusionModelNotHere(model=place.name)
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # read when the hub's package is imported
    try:
        with importing():
            import torch
            from diffusers import AutoPipelineForInpainting
            from diffusers.utils import logging
            from transformers.utils import logging as transformers_logging
    except ModuleNotFoundError as error:
        raise DiffusionPackageMissing(package=str(error.name)) from error
    on_gpu = device.startswith("cuda")
    without: dict[str, Any] = {} if safety_checker else {"safety_checker": None, "requires_safety_checker": False}
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the libraries have to tell each other about old arguments
            pipeline = AutoPipelineForInpainting.from_pretrained(
                place.name,
                revision=place.revision,
                variant=place.variant,
                dtype=torch.float16 if on_gpu else torch.float32,
                use_safetensors=True,
                cache_dir=config.weights_dir / "huggingface",
                local_files_only=config.offline or place.revision is None,
                **without,
            )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError) as error:
        # What diffusers raises for a model that is missing, cut short, of another kind or without safetensors.
        if is_out_of_memory(error):
            raise
        reason = str(error).strip().splitlines()[0][:200].rstrip(".") if str(error).strip() else type(error).__name__
        raise DiffusionModelUnreadable(model=place.name, reason=reason) from error
    pipeline.set_progress_bar_config(disable=True)
    if on_gpu and torch.cuda.mem_get_info(device)[0] < _ROOM:
        pipeline.enable_model_cpu_offload(device=device)
    else:
        pipeline.to(device)
    return pipeline
