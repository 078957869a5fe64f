"""What the tests of this room share: a small picture, profiles and camera metadata, built on the spot."""

from __future__ import annotations

import struct
from collections.abc import Callable
from io import BytesIO

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image

MAKER_NOTE = b"MAKER\0NOTE" + bytes(range(40))
XMP_PACKET = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6" tiff:ImageWidth="64">'
    b"<dc:title>Gro\xc3\x9fmutter</dc:title></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
)
IPTC_RECORDS = b"\x1c\x02\x05\x00\x05Title\x1c\x02\x78\x00\x07Caption"


@pytest.fixture
def photo() -> NDArray[np.uint8]:
    """A smooth coloured picture, 48 rows by 64 columns, different at each corner."""
    rows, columns = np.mgrid[0:48, 0:64]
    return np.stack([columns * 4, rows * 5, 255 - (rows + columns) * 2], axis=2).astype(np.uint8)


@pytest.fixture
def noise() -> Callable[..., NDArray[np.generic]]:
    """Random arrays in which every sample counts."""

    def make(shape: tuple[int, ...], dtype: str) -> NDArray[np.generic]:
        random = np.random.default_rng(7)
        if np.dtype(dtype).kind == "f":
            return random.random(shape).astype(dtype)
        return random.integers(0, np.iinfo(dtype).max + 1, shape).astype(dtype)

    return make


@pytest.fixture(scope="session")
def display_p3() -> bytes:
    """A profile with the primaries of Display P3."""
    primaries = [0.68, 0.32, 1, 0.265, 0.69, 1, 0.15, 0.06, 1]
    profile = imagecodecs.cms_profile("rgb", whitepoint=[0.3127, 0.329, 1], primaries=primaries, gamma=2.2)
    return bytes(profile)


@pytest.fixture(scope="session")
def grey_profile() -> bytes:
    return bytes(imagecodecs.cms_profile("gray", gamma=1.0))


@pytest.fixture
def camera_exif() -> Callable[[int], bytes]:
    """EXIF as a camera writes it: orientation, resolution, sizes, place, maker note and a thumbnail."""

    def make(orientation: int) -> bytes:
        exif = Image.Exif()
        exif[ExifTags.Base.Make] = "Kamera"
        exif[ExifTags.Base.Orientation] = orientation
        exif[ExifTags.Base.XResolution] = 300.0
        exif[ExifTags.Base.YResolution] = 300.0
        exif[ExifTags.Base.ResolutionUnit] = 2
        exif[ExifTags.IFD.Exif] = {
            ExifTags.Base.MakerNote: MAKER_NOTE,
            ExifTags.Base.ExifImageWidth: 64,
            ExifTags.Base.ExifImageHeight: 48,
            ExifTags.Base.DateTimeOriginal: "1999:12:31 23:59:59",
        }
        exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: (52.0, 31.0, 12.5), 3: "E", 4: (13.0, 24.0, 18.25)}
        return with_thumbnail(exif.tobytes().removeprefix(b"Exif\0\0"))

    return make


def with_thumbnail(block: bytes) -> bytes:
    """Append a second directory with a JPEG thumbnail to an EXIF block."""
    order = "<" if block[:2] == b"II" else ">"
    (first,) = struct.unpack_from(order + "I", block, 4)
    (count,) = struct.unpack_from(order + "H", block, first)
    stream = BytesIO()
    Image.new("RGB", (16, 12), "red").save(stream, "JPEG")
    jpeg = stream.getvalue()
    block += bytes(len(block) % 2)
    directory = struct.pack(order + "H", 2)
    directory += struct.pack(order + "HHII", 0x0201, 4, 1, len(block) + 30)
    directory += struct.pack(order + "HHII", 0x0202, 4, 1, len(jpeg)) + bytes(4)
    result = bytearray(block + directory + jpeg)
    struct.pack_into(order + "I", result, first + 2 + 12 * count, len(block))
    return bytes(result)


@pytest.fixture
def xmp_packet() -> bytes:
    return XMP_PACKET


@pytest.fixture
def iptc_records() -> bytes:
    return IPTC_RECORDS


@pytest.fixture
def maker_note() -> bytes:
    return MAKER_NOTE


@pytest.fixture(scope="session")
def cmyk_profile() -> bytes:
    """A small printer profile: a table from CMYK to Lab with inks less pure than the plain formula's."""
    grid = np.stack(np.meshgrid(*[[0.0, 1.0]] * 4, indexing="ij"), axis=-1).reshape(-1, 4)
    light = (1 - grid[:, :3] * [0.75, 0.7, 0.65]).prod(axis=1) * (1 - 0.9 * grid[:, 3])
    cyan, magenta, yellow = grid[:, 0], grid[:, 1], grid[:, 2]
    lab = np.stack([light, 0.5 + (magenta - cyan) * 0.14, 0.5 + (yellow - 0.6 * cyan) * 0.18], axis=1)
    table = (lab * 65280).astype(">u2").tobytes()
    lut = b"mft2" + bytes(4) + bytes([4, 3, 2, 0])
    lut += struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536) + struct.pack(">HH", 2, 2)
    lut += struct.pack(">HH", 0, 65535) * 4 + table + struct.pack(">HH", 0, 65535) * 3
    text = b"text" + bytes(4) + b"test\0"
    description = b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78)
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    parts = {b"desc": description, b"cprt": text, b"wtpt": white, b"A2B0": lut, b"A2B1": lut}
    offset = 132 + 12 * len(parts)
    index, body = struct.pack(">I", len(parts)), b""
    for name, part in parts.items():
        index += name + struct.pack(">II", offset + len(body), len(part))
        body += part + bytes(-len(part) % 4)
    head = struct.pack(">I4sI4s4s4s", offset + len(body), bytes(4), 0x02400000, b"prtr", b"CMYK", b"Lab ")
    head += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + index + body
