"""Colour profiles: what is carried, and the few conversions that cannot be avoided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

from restoration_studio.image.metadata import profile_space
from restoration_studio.image.picture import FloatArray, Metadata

_CURVE_POINTS = 4096


@cache
def srgb_profile() -> bytes:
    """An ICC profile for sRGB (IEC 61966-2-1)."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def srgb_conversion(mode: str, icc: bytes | None) -> tuple[Callable[[Image.Image], Image.Image], str]:
    """How to turn a CMYK or LAB image into sRGB, and the sentence that says so."""
    if mode == "CMYK" and profile_space(icc) != "CMYK":
        return lambda strip: strip.convert("RGB"), (
            "the CMYK picture has no CMYK profile and was converted to sRGB with a plain formula; colours may differ"
        )
    if mode == "CMYK":
        source = ImageCms.ImageCmsProfile(BytesIO(icc or b""))
        note = "the CMYK picture was converted to sRGB with its own profile"
    else:
        source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        note = "the LAB picture was converted to sRGB"
    transform = ImageCms.buildTransform(
        source,
        ImageCms.ImageCmsProfile(BytesIO(srgb_profile())),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )

    def convert(strip: Image.Image) -> Image.Image:
        result = ImageCms.applyTransform(strip, transform)
        assert result is not None  # only in-place work gives None
        return result

    return convert, note


def drop_unfit_profile(metadata: Metadata, grey: bool, notes: list[str]) -> Metadata:
    """Drop a profile that cannot describe these pixels, with a note; a grey picture may have either kind."""
    space = profile_space(metadata.icc)
    if space is None or space == "RGB" or (space == "GRAY" and grey):
        return metadata
    notes.append(f"the ICC profile is for {space} pixels, which these are not, and was left out")
    return replace(metadata, icc=None)


def grey_to_srgb(icc: bytes) -> Callable[[FloatArray], FloatArray]:
    """The tone curve from a grey profile to sRGB, for a grey picture that has become colour.

    Raises:
        ValueError: the profile cannot be used.
    """
    import imagecodecs

    ramp = np.linspace(0, 65535, _CURVE_POINTS).round().astype(np.uint16)[None]
    try:
        colours = imagecodecs.cms_transform(
            ramp,
            icc,
            srgb_profile(),
            colorspace="gray",
            outcolorspace="rgb",
            outdtype="uint16",
            intent=imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC,
            flags=imagecodecs.CMS.FLAGS.NOOPTIMIZE,  # else lcms interpolates a coarse table, off by 0.03 in shadows
        )
    except RuntimeError as error:
        raise ValueError(f"the grey ICC profile cannot be used: {error}") from error
    curve = colours[0, :, 1].astype(np.float32) / 65535
    positions = ramp[0].astype(np.float32) / 65535
    return lambda values: np.interp(values, positions, curve).astype(np.float32)
