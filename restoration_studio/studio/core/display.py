"""Pictures as a screen shows them."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from restoration_studio.image.picture import Picture


def thumbnail_of(picture: Picture, longest: int = 1600) -> Picture:
    """The picture, made smaller if it is larger than a screen."""
    from restoration_studio.image.resize import resize

    ratio = longest / max(picture.height, picture.width)
    if ratio >= 1:
        return picture
    size = max(1, round(picture.height * ratio)), max(1, round(picture.width * ratio))
    return picture.with_(pixels=resize(picture.pixels, size), alpha=None)


def screen_pixels(picture: Picture) -> NDArray[np.uint8]:
    """The picture as a screen shows it: sRGB, 8 bits, over white where it is transparent."""
    from PIL import Image, ImageCms

    pixels = picture.pixels
    if picture.alpha is not None:
        alpha = picture.alpha[:, :, None]
        pixels = pixels * alpha + (1 - alpha)
    shown = np.empty(pixels.shape, np.uint8)
    for start in range(0, len(pixels), 512):
        shown[start : start + 512] = np.round(pixels[start : start + 512] * 255)
    if picture.metadata.icc is None or picture.grey:
        return shown
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(picture.metadata.icc))
        image = ImageCms.profileToProfile(Image.fromarray(shown), profile, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError):
        return shown  # a profile that cannot be used is carried into the file all the same
    return np.asarray(image)
