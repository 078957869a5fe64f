"""The mask editor: marking by hand what inpainting shall fill."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from restoration_studio.studio.component import as_item, component
from restoration_studio.studio.core.browser_pictures import (
    EncodedPicture,
    Pixels,
    cache_of_encoded,
    digest_of,
    encoded,
    shown_size,
)
from restoration_studio.studio.core.masks import decode_mask
from restoration_studio.studio.errors import PaintedMaskUnusable
from restoration_studio.studio.viewer import media_url

Mask = NDArray[np.bool_]

EDITED_MEGAPIXELS = 4.0  # a canvas that phones still paint and undo on without a pause
_HEAD = "data:image/png;base64,"
_RED = (255, 45, 45)  # as in mask_editor.js
_AMBER = (255, 190, 0)  # what would be filled; not to be taken for what was painted


def mask_editor(
    picture: Pixels,
    *,
    key: str,
    mask: Pixels | None = None,
    height: int = 560,
    found: Pixels | Mask | None = None,
    overlay: Pixels | Mask | None = None,
) -> Pixels | None:
    """Let a person mark parts of a picture with brush, eraser, rectangle, polygon and lasso.

    The page runs again shortly after each change. Another picture begins with an empty mask (or ``mask``).

    Args:
        picture: (height, width, 3) uint8.
        key: names the editor; once per page.
        mask: (height, width) uint8 or bool to begin with, above 127 (or True) is marked. A mask with other content
            replaces what was painted, which can be undone; do not hand the result back here.
        height: the most the picture's window takes, in CSS pixels.
        found: (height, width) uint8 or bool that a click adds to what is marked or takes away from it.
        overlay: (height, width) uint8 or bool that is shown below what is marked, in another colour.

    Returns:
        The mask, (height, width) uint8, 255 what is to be filled and 0 the rest; None where nothing is marked.
        Above 4 megapixels it is painted on a reduced canvas and enlarged to the picture's size.

    Raises:
        ValueError: an array has another shape or type.
        InputError: what came back from the browser is no mask of this picture.
    """
    import streamlit as st

    file = encoded(picture)
    size = shown_size(file.width, file.height, EDITED_MEGAPIXELS)
    picture_id = digest_of(picture).hex()
    base = None if mask is None else _checked(mask, picture)
    base_id = None if base is None else digest_of(base).hex()
    painted = _painted(st.session_state.get(key), picture_id, base_id)
    reduced = size != (file.width, file.height)
    result = component("mask_editor")(
        key=key,
        data=as_item(
            {
                "key": key,
                "height": height,
                "picture": {
                    "id": picture_id,
                    "url": media_url(file, f"mask-{key}-picture"),
                    "width": file.width,
                    "height": file.height,
                },
                "base": None
                if base is None
                else {"id": base_id, "url": media_url(_base_file(base, size), f"mask-{key}-base")},
                "found": _layer(found, picture, size, f"mask-{key}-found", _RED),
                "overlay": _layer(overlay, picture, size, f"mask-{key}-overlay", _AMBER),
                "mask_width": size[0],
                "mask_height": size[1],
                "stored": painted is not None,
                "note": f"Painted at {size[0]} × {size[1]} pixels and enlarged to the picture's size."
                if reduced
                else "",
            }
        ),
        height="content",
        on_mask_change=lambda: None,
    )
    return _mask_of(_painted(result, picture_id, base_id), base, size, (file.width, file.height))


def marked_now(picture: Pixels, *, key: str, mask: Pixels | None = None) -> Pixels | None:
    """What ``mask_editor`` with the same arguments is about to give, before it is drawn.

    Raises:
        InputError: what came back from the browser is no mask of this picture.
    """
    import streamlit as st

    base = None if mask is None else _checked(mask, picture)
    full = (picture.shape[1], picture.shape[0])
    painted = _painted(
        st.session_state.get(key), digest_of(picture).hex(), None if base is None else digest_of(base).hex()
    )
    return _mask_of(painted, base, shown_size(*full, EDITED_MEGAPIXELS), full)


def _mask_of(
    painted: dict[str, Any] | None, base: Pixels | None, size: tuple[int, int], full_size: tuple[int, int]
) -> Pixels | None:
    if painted is None:
        return base if base is not None and base.any() else None
    if painted["png"] is None:
        return None
    decoded = decode_mask(painted["png"], size, full_size)
    return decoded if decoded.any() else None


def _layer(
    mask: Pixels | Mask | None, picture: Pixels, size: tuple[int, int], place: str, colour: tuple[int, int, int]
) -> dict[str, str] | None:
    """A mask for the page to lay over the picture."""
    if mask is None:
        return None
    checked = _checked(mask, picture)
    return {"id": digest_of(checked).hex(), "url": media_url(_base_file(checked, size, colour), place)}


def _painted(state: Any, picture_id: str, base_id: str | None) -> dict[str, Any] | None:
    """What the browser said about this picture and this first mask, or None."""
    value = state.get("mask") if hasattr(state, "get") else None
    if value is None:
        return None
    if not isinstance(value, dict) or not {"png", "picture", "base"} <= value.keys():
        raise PaintedMaskUnusable(reason="it is not in the form the page sends")
    return value if (value["picture"], value["base"]) == (picture_id, base_id) else None


def _checked(mask: Pixels | Mask, picture: Pixels) -> Pixels:
    if mask.shape != picture.shape[:2] or mask.dtype not in (np.uint8, np.bool_):
        raise ValueError(
            f"a mask to begin with must be {picture.shape[:2]} uint8 or bool like the picture, "
            f"not {mask.shape} {mask.dtype}"
        )
    marked = mask if mask.dtype == np.bool_ else mask > 127
    return marked.astype(np.uint8) * np.uint8(255)


def _base_file(base: Pixels, size: tuple[int, int], colour: tuple[int, int, int] = _RED) -> EncodedPicture:
    """A mask as the canvas holds it: red (or ``colour``) where marked, transparent elsewhere."""

    def make() -> EncodedPicture:
        alpha = Image.fromarray(base).resize(size, Image.Resampling.NEAREST)
        image = Image.new("RGBA", size, (*colour, 255))
        image.putalpha(alpha)
        stream = io.BytesIO()
        image.save(stream, "PNG", compress_level=1)
        return EncodedPicture("image/png", stream.getvalue(), base.shape[1], base.shape[0], *size)

    return cache_of_encoded.get(digest_of(base, "mask", size, colour), make)
