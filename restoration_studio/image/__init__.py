"""Pictures in and out.

``read.read_picture`` and ``write.write_picture`` are for files, ``arrays.picture_from_array`` and
``pillow.picture_from_image`` for what a caller holds in memory. A picture written in the format it came in is the same
file but for its pixels: bit depth, alpha, EXIF, XMP, IPTC, ICC profile and resolution come out as they went in.
``read`` says how colour profiles are treated. Nothing is imported here, so that the options and the list of formats
cost no decoder.
"""
