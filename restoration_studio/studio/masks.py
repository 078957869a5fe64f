"""Marking a part of the picture: paint or upload a mask, choose the stages that keep to it, download it."""

from __future__ import annotations

import io
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from restoration_studio.errors import InputError, RestorationError
from restoration_studio.stages import STAGES
from restoration_studio.stages.base import Stage
from restoration_studio.stages.describe import Control, controls
from restoration_studio.stages.region import Region, levels_of_picture
from restoration_studio.studio.controls import switch_key
from restoration_studio.studio.found_damage import damage_found, look_button, page_settings
from restoration_studio.studio.mask_editor import marked_now, mask_editor
from restoration_studio.studio.session import Loaded, Session, screen_pixels


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


def mask_panel(state: Session, loaded: Loaded, *, disabled: bool) -> dict[tuple[str, str], Region]:
    """The panel; gives the region for each setting, by stage and field, that the marked part is for."""
    with st.expander("Work on a part only", icon=":material/brush:"):
        if not st.toggle("Mark a part of the picture", key="mark", disabled=disabled):
            st.caption(
                "Paint over what a stage shall work on, or look at the damage that would be filled and correct it; "
                "the rest of the picture stays exactly as it is."
            )
            return {}
        editor = st.container()
        on = [stage.name for stage in STAGES if st.session_state.get(switch_key(stage))]
        likely = usual(on)
        chosen = st.multiselect(
            "What the marked part is for", targets(), format_func=lambda target: target.title, default=likely,
            key="mark_targets:" + ",".join(f"{target.stage}.{target.field}" for target in likely), disabled=disabled,
        )  # fmt: skip
        feather = st.slider(
            "Soft edge of 'only here' (pixels)", 0, 60, 8, key="mark_feather", disabled=disabled,
            help="Inpainting has a soft edge of its own.",
        )  # fmt: skip
        upload = st.file_uploader(
            "Begin with a mask file", ["png", "tif", "tiff", "bmp"], disabled=disabled, key="mask_file"
        )
        pixels, key = screen_pixels(loaded.picture), f"mask:{id(loaded)}"
        try:
            start = mask_of(upload.getvalue(), upload.name, loaded) if upload is not None else None
            regions = _regions(marked_now(pixels, key=key, mask=start), chosen, feather)
            settings = page_settings(regions)
            found = damage_found(state, loaded, settings)
            with editor:
                mask = mask_editor(pixels, key=key, mask=start, found=found.found, overlay=found.filled)
                look_button(state, loaded, settings, found, disabled=disabled)
        except RestorationError as error:
            st.error(str(error), icon=":material/error:")
            return {}
        if mask is None:
            st.caption("Nothing is marked yet: stages work everywhere.")
            return {}
        st.download_button(
            "Download mask", lambda: mask_file(mask), f"{loaded.name}_mask.png", "image/png", on_click="ignore",
            help="255 is marked.",
        )  # fmt: skip
        return _regions(mask, chosen, feather)


def _regions(
    mask: NDArray[np.uint8] | None, chosen: Collection[Target], feather: float
) -> dict[tuple[str, str], Region]:
    """The marked part for every setting that it is meant for."""
    if mask is None:
        return {}
    region = Region.from_mask(mask).model_copy(update={"feather": float(feather)})
    return {(target.stage, target.field): region for target in chosen}


def mask_of(data: bytes, name: str, loaded: Loaded) -> NDArray[np.uint8]:
    """An uploaded mask as the command line reads its file: above 127 and opaque is marked.

    Raises:
        InputError: it is no picture or has another size.
    """
    from restoration_studio.studio.session import read_bytes

    mask, picture = read_bytes(name, data, max_megapixels=1000), loaded.picture
    if (mask.width, mask.height) != (picture.width, picture.height):
        raise InputError(
            f"the mask {name} is {mask.width}x{mask.height} pixels and the picture {picture.width}x{picture.height}; "
            "give a mask of the picture's size."
        )
    return np.where(levels_of_picture(mask) > 127, 255, 0).astype(np.uint8)


def mask_file(mask: NDArray[np.uint8]) -> bytes:
    """The mask as a PNG, 255 marked."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(mask).save(stream, "PNG")
    return stream.getvalue()
