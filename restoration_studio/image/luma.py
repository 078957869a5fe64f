"""The luma of encoded RGB values."""

BT601 = (0.299, 0.587, 0.114)  # red, green and blue; ITU-R BT.601, as in JPEG
