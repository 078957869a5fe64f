from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray

from restoration_studio.image import png
from restoration_studio.image.picture import Metadata


def written(array: NDArray[Any], channels: str, rows: int = 7) -> bytes:
    stream = BytesIO()
    strips = (array[start : start + rows] for start in range(0, len(array), rows))
    png.write(stream, strips, array.shape[:2], channels, array.dtype.itemsize * 8, Metadata())
    return stream.getvalue()


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", ["L", "LA", "RGB", "RGBA"])
def test_another_decoder_reads_the_same_samples(dtype: str, channels: str, noise: Callable[..., NDArray[Any]]) -> None:
    array = noise((33, 21, len(channels)), dtype)
    decoded = imagecodecs.png_decode(written(array, channels))
    assert decoded.dtype == array.dtype and np.array_equal(decoded.reshape(array.shape), array)


def test_smooth_pictures_get_small(photo: NDArray[np.uint8]) -> None:
    assert len(written(photo, "RGB", 48)) < photo.size // 10


def test_a_whole_file_passes_and_tells_its_kind(photo: NDArray[np.uint8]) -> None:
    stream = BytesIO(written(photo, "RGB"))
    header = png.read_header(stream)
    png.check(stream, header)
    assert (header.width, header.height, header.bits, header.frames) == (64, 48, 8, 1)


def test_damage_is_found(photo: NDArray[np.uint8]) -> None:
    data = written(photo, "RGB")
    for cut in (30, len(data) // 2, len(data) - 12, len(data) - 1):
        stream = BytesIO(data[:cut])
        with pytest.raises(png.DamagedPNGError, match=r"cut off|header"):
            png.check(stream, png.read_header(stream))
    broken = bytearray(data)
    broken[len(data) // 2] ^= 1
    stream = BytesIO(bytes(broken))
    with pytest.raises(png.DamagedPNGError, match="checksum of its IDAT"):
        png.check(stream, png.read_header(stream))


def test_a_damaged_header_is_found() -> None:
    head = b"IHDR" + struct.pack(">IIBBBBB", 5, 5, 8, 2, 0, 0, 0)
    with pytest.raises(png.DamagedPNGError, match="header"):
        png.read_header(BytesIO(png.SIGNATURE + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head) ^ 1)))


def test_raw_profiles_come_back() -> None:
    data = bytes(range(256))
    assert png.parse_raw_profile(png._raw_profile("iptc", data)) == data
    assert png.parse_raw_profile("\niptc\n 5\nzz") is None
