"""Pictures in and out.

``read_picture`` and ``write_picture`` are for files, ``picture_from_array`` and ``picture_from_image`` for what a
caller holds in memory. A picture written in the format it came in is the same file but for its pixels: bit depth,
alpha, EXIF, XMP, IPTC, ICC profile and resolution come out as they went in. ``media.read`` says how colour
profiles are treated.
"""

from restoration_studio.image.arrays import picture_from_array, picture_to_array
from restoration_studio.image.formats import READABLE_SUFFIXES, is_picture_name, suffix_for, writable_suffixes
from restoration_studio.image.output_options import OutputOptions
from restoration_studio.image.picture import Metadata, Picture
from restoration_studio.image.pillow import picture_from_image, picture_to_image
from restoration_studio.image.read import read_picture
from restoration_studio.image.resize import resize
from restoration_studio.image.write import Written, write_picture

__all__ = [
    "READABLE_SUFFIXES",
    "Metadata",
    "OutputOptions",
    "Picture",
    "Written",
    "is_picture_name",
    "picture_from_array",
    "picture_from_image",
    "picture_to_array",
    "picture_to_image",
    "read_picture",
    "resize",
    "suffix_for",
    "writable_suffixes",
    "write_picture",
]
