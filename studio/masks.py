"""Marking a part of the picture: paint or upload a mask, choose the stages that keep to it, download it."""

from __future__ import annotations

import io

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from errors import InputError, RestorationError
from stages import STAGES
from stages.region import Region
from studio.mask_editor import mask_editor
from studio.session import Loaded, screen_pixels


def mask_panel(loaded: Loaded, *, disabled: bool) -> dict[str, Region]:
    """The panel; gives the region for each stage, by name, that shall keep to the marked part."""
    with st.expander("Work on a part only", icon=":material/brush:"):
        if not st.toggle("Mark a part of the picture", key="mark", disabled=disabled):
            st.caption("Paint over what a stage shall work on; the rest of the picture stays exactly as it is.")
            return {}
        names = {stage.name: stage.title for stage in STAGES}
        chosen = st.multiselect(
            "Stages that keep to the marked part", list(names), format_func=names.__getitem__,
            default=list(names), key="mark_stages", disabled=disabled,
        )  # fmt: skip
        upload = st.file_uploader(
            "Begin with a mask file", ["png", "tif", "tiff", "bmp"], disabled=disabled, key="mask_file"
        )
        try:
            start = mask_of(upload.getvalue(), upload.name, loaded) if upload is not None else None
            mask = mask_editor(screen_pixels(loaded.picture), key=f"mask:{id(loaded)}", mask=start)
        except RestorationError as error:
            st.error(str(error), icon=":material/error:")
            return {}
        feather = st.slider("Soft edge (pixels)", 0, 60, 8, key="mark_feather", disabled=disabled)
        if mask is None:
            st.caption("Nothing is marked yet: stages work everywhere.")
            return {}
        st.download_button(
            "Download mask", lambda: mask_file(mask), f"{loaded.name}_mask.png", "image/png", on_click="ignore",
            help="255 is marked.",
        )  # fmt: skip
        region = Region.from_mask(mask).model_copy(update={"feather": float(feather)})
        return dict.fromkeys(chosen, region)


def mask_of(data: bytes, name: str, loaded: Loaded) -> NDArray[np.uint8]:
    """An uploaded mask, above 127 (or opaque white) marked.

    Raises:
        InputError: it is no picture or has another size.
    """
    from studio.session import read_bytes

    pixels = read_bytes(name, data, max_megapixels=1000).pixels
    if pixels.shape != loaded.picture.pixels.shape:
        raise InputError(
            f"the mask {name} is {pixels.shape[1]}x{pixels.shape[0]} pixels and the picture "
            f"{loaded.picture.width}x{loaded.picture.height}; give a mask of the picture's size."
        )
    return np.where(pixels.mean(axis=2) > 0.5, 255, 0).astype(np.uint8)


def mask_file(mask: NDArray[np.uint8]) -> bytes:
    """The mask as a PNG, 255 marked."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(mask).save(stream, "PNG")
    return stream.getvalue()
