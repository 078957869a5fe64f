"""Stable Diffusion inpainting with diffusers: draws what was lost, as a prompt tells it.

Rombach, Blattmann, Lorenz, Esser, Ommer: "High-resolution image synthesis with latent diffusion models", CVPR
2022, https://arxiv.org/abs/2112.10752. Each hole is cut out with its surroundings, filled at the size the model was
trained for, and put back: a large picture keeps every pixel outside its holes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from restoration_studio.inpainting.base import FillOptions, Mask, Method
from restoration_studio.inpainting.errors import DiffusionNotFinite, UnsafePicture
from restoration_studio.inpainting.network import resize_with_holes
from restoration_studio.inpainting.pipelines import DEFAULT, drawing, get_pipeline, has_own_weights, place_of
from restoration_studio.inpainting.prompts import prompt_text
from restoration_studio.lazy import numpy as np

if TYPE_CHECKING:
    from restoration_studio.config import Config
    from restoration_studio.context import StageContext
    from restoration_studio.image.picture import FloatArray


class StableDiffusion(Method):
    """Any inpainting pipeline ``AutoPipelineForInpainting`` knows, from a folder or a pinned revision of the hub."""

    name = "stable-diffusion"
    title = "Stable Diffusion"
    summary = "draws what was lost as a prompt says, slow without a GPU (about 2.7 GB of weights)."
    core: ClassVar[int] = 256
    surroundings: ClassVar[int] = 160
    needs_surroundings: ClassVar[bool] = False
    seeded: ClassVar[bool] = True

    def models(self, options: FillOptions) -> tuple[str, ...]:
        return ()  # a folder of several files, which are found and loaded apart

    def check(self, options: FillOptions) -> None:
        return None  # what is named is looked for when it is loaded

    def is_here(self, config: Config | None) -> bool:
        return config is not None and has_own_weights(place_of(DEFAULT), config)

    def cost(self, pixels: float) -> float:
        return pixels * 0.2

    def fill(
        self, pixels: FloatArray, hole: Mask, options: FillOptions, context: StageContext, seed: int
    ) -> FloatArray:
        pipeline = get_pipeline(options, context)
        step = int(pipeline.vae_scale_factor)
        native = int(getattr(pipeline.unet.config, "sample_size", 64)) * step
        height, width = hole.shape
        # The longer side becomes what the model was trained for, so that content has the size it knows.
        ratio = native / max(height, width)
        size = tuple(max(step, round(side * ratio / step) * step) for side in (height, width))
        small, marked = resize_with_holes(pixels, hole, (size[0], size[1]))
        drawn = _draw(pipeline, small, marked, options, context, seed)
        import cv2

        filled: FloatArray = cv2.resize(drawn, (width, height), interpolation=cv2.INTER_CUBIC)
        return np.clip(filled, 0, 1)


def _draw(
    pipeline: Any, pixels: FloatArray, hole: Mask, options: FillOptions, context: StageContext, seed: int
) -> FloatArray:
    """One run of the pipeline on a picture of a size it takes.

    Raises:
        RefusedError: the safety checker takes the result for unsafe.
        WeightsError: the model gives values that are no numbers.
    """
    import torch

    from restoration_studio.networks.precision import exact_kernels

    def watch(_: Any, number: int, __: Any, given: dict[str, Any]) -> dict[str, Any]:
        context.check_cancelled()
        return given

    with drawing, torch.inference_mode(), exact_kernels():
        result = pipeline(
            prompt=prompt_text(options.prompt),
            negative_prompt=options.negative_prompt or None,
            image=torch.from_numpy(pixels.transpose(2, 0, 1)[None]),
            mask_image=torch.from_numpy(hole[None, None].astype(np.float32)),
            height=pixels.shape[0],
            width=pixels.shape[1],
            guidance_scale=options.guidance,
            num_inference_steps=options.steps,
            # On the CPU, whose numbers are the same on every machine.
            generator=torch.Generator("cpu").manual_seed(seed),
            callback_on_step_end=watch,
            output_type="np",
        )
    if any(getattr(result, "nsfw_content_detected", None) or ()):
        raise UnsafePicture()
    drawn = np.asarray(result.images[0], np.float32)
    if not np.isfinite(drawn).all():
        raise DiffusionNotFinite()
    return drawn
