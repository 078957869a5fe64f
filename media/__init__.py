"""Pictures in and out.

``read_picture`` and ``write_picture`` are for files, ``picture_from_array`` and ``picture_from_image`` for what a
caller holds in memory. A picture written in the format it came in is the same file but for its pixels: bit depth,
alpha, EXIF, XMP, IPTC, ICC profile and resolution come out as they went in. ``media.read`` says how colour
profiles are treated.
"""

from media.arrays import picture_from_array, picture_to_array
from media.formats import READABLE_SUFFIXES, is_picture_name, suffix_for, writable_suffixes
from media.images import picture_from_image, picture_to_image
from media.options import OutputOptions
from media.picture import Metadata, Picture
from media.read import read_picture
from media.resize import resize
from media.write import Written, write_picture

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
