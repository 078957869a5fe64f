"""Masks of a part of the picture: what they can be for, and how they come in and go out."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from restoration_studio.stages import STAGES
from restoration_studio.stages.base import Stage
from restoration_studio.stages.describe import Control, controls
from restoration_studio.stages.region import Region, mask_levels
from restoration_studio.studio.core.session import LoadedPicture
from restoration_studio.studio.core.uploads import read_bytes
from restoration_studio.studio.errors import PaintedMaskUnusable, UploadedMaskSize

Pixels = NDArray[np.uint8]
_HEAD = "data:image/png;base64,"


@dataclass(frozen=True, slots=True)
class Target:
    """A setting of a stage that takes a painted region."""

    stage: str
    field: str
    title: str
    own: bool  # of this stage alone, as what inpainting fills; not the "only here" that every stage has


def targets() -> list[Target]:
    """Everything a painted mask can be used for, the stages' own uses first."""
    found = [
        Target(stage.name, control.field, _title(stage, control), control.field != "region")
        for stage in STAGES
        for control in controls(stage)
        if control.kind == "region"
    ]
    return sorted(found, key=lambda target: not target.own)


def _title(stage: Stage[Any], control: Control) -> str:
    return f"{stage.title}: {control.title.lower()}"


def usual(stages_on: Collection[str]) -> list[Target]:
    """What a mask is most likely meant for: the first own use of a stage that is on, else "only here" for those on."""
    here = [target for target in targets() if target.stage in stages_on]
    first = {target.stage: target for target in reversed(here) if target.own}
    return list(first.values()) or [target for target in here if not target.own]


def regions_of(
    mask: NDArray[np.uint8] | None, chosen: Collection[Target], feather: float
) -> dict[tuple[str, str], Region]:
    """The marked part for every setting that it is meant for."""
    if mask is None:
        return {}
    region = Region.from_mask(mask).model_copy(update={"feather": float(feather)})
    return {(target.stage, target.field): region for target in chosen}


def mask_of(data: bytes, name: str, loaded: LoadedPicture) -> NDArray[np.uint8]:
    """An uploaded mask as the command line reads its file: above 127 and opaque is marked.

    Raises:
        InputError: it is no picture, or ``UploadedMaskSize``.
    """
    mask, picture = read_bytes(name, data, max_megapixels=1000), loaded.picture
    if (mask.width, mask.height) != (picture.width, picture.height):
        raise UploadedMaskSize(
            name=name, mask_width=mask.width, mask_height=mask.height, width=picture.width, height=picture.height
        )
    return np.where(mask_levels(mask) > 127, 255, 0).astype(np.uint8)


def mask_file(mask: NDArray[np.uint8]) -> bytes:
    """The mask as a PNG, 255 marked."""
    stream = io.BytesIO()
    Image.fromarray(mask).save(stream, "PNG")
    return stream.getvalue()


def decode_mask(address: Any, size: tuple[int, int], full_size: tuple[int, int]) -> Pixels:
    """The mask in a data address as the editor sends it.

    Args:
        address: ``data:image/png;base64,...``; marked where the alpha channel is above 127.
        size: width and height the mask was painted at.
        full_size: width and height wanted.

    Returns:
        (height, width) uint8, 0 or 255, enlarged without new values in between.

    Raises:
        PaintedMaskUnusable: the address or the file in it is damaged, or the mask has another size.
    """
    if not isinstance(address, str) or not address.startswith(_HEAD):
        raise PaintedMaskUnusable(reason="it is no PNG data address")
    return _decode_png(address, size, full_size).copy()


@lru_cache(maxsize=4)
def _decode_png(address: str, size: tuple[int, int], full_size: tuple[int, int]) -> Pixels:
    try:
        content = base64.b64decode(address.removeprefix(_HEAD), validate=True)
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            if image.size != size:  # before decoding: a file may claim any size
                reason = f"it is {image.width} × {image.height} pixels, not {size[0]} × {size[1]}"
                raise PaintedMaskUnusable(reason=reason)
            alpha = image.convert("RGBA").getchannel("A")
    except (binascii.Error, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise PaintedMaskUnusable(reason=f"its PNG data is damaged ({error})") from error
    marked = alpha.point(lambda value: 255 if value > 127 else 0)
    return np.asarray(marked.resize(full_size, Image.Resampling.NEAREST), dtype=np.uint8)
