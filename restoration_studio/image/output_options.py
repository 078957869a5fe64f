"""How a result is written: what a person may choose about a picture file."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class OutputOptions(BaseModel):
    """Choices for writing. The defaults lose nothing one could see.

    PNG, TIFF and BMP are always lossless. WebP is lossless unless ``lossless`` is off. JPEG, AVIF and HEIC
    are compressed at ``quality`` with full colour resolution unless ``chroma`` says otherwise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    format: Literal["same", "jpeg", "png", "tiff", "webp", "avif", "heic"] = Field(
        default="same", description="File format of results that are named for the person: as read, or this one."
    )
    quality: int = Field(
        default=95, ge=1, le=100, description="Quality of JPEG, AVIF, HEIC and lossy WebP files, 1 to 100."
    )
    chroma: Literal["4:4:4", "4:2:2", "4:2:0"] = Field(
        default="4:4:4", description="Colour resolution of JPEG, AVIF and HEIC files (lossy WebP is always 4:2:0)."
    )
    lossless: bool = Field(default=True, description="Write WebP files without any loss.")
    bit_depth: Literal["same", "8", "16"] = Field(
        default="same", description="Bits a channel: as read, or 8, or 16 (PNG and TIFF)."
    )
    keep_metadata: bool = Field(
        default=True,
        description="Carry EXIF, XMP and IPTC over; the colour profile and the resolution are always kept.",
    )
