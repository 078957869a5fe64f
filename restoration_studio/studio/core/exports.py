"""Results as files: the picture, the comparison, layers and the record."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from restoration_studio.engine.layers import Layers
from restoration_studio.engine.record import write_record
from restoration_studio.files import claim_output
from restoration_studio.files_errors import OutputClaimed, OutputExists
from restoration_studio.image.comparison import make_comparison
from restoration_studio.image.output_options import OutputOptions
from restoration_studio.image.picture import Picture
from restoration_studio.image.write import write_picture
from restoration_studio.studio.core.display import screen_pixels
from restoration_studio.studio.core.session import RestoredPicture

FORMATS = {
    "PNG": (".png", "image/png", OutputOptions()),
    "JPEG": (".jpg", "image/jpeg", OutputOptions()),
    "TIFF, 16 bits": (".tif", "image/tiff", OutputOptions(bit_depth="16")),
    "WebP": (".webp", "image/webp", OutputOptions()),
}


def encoded_file(picture: Picture, name: str) -> bytes:
    """The picture as a file of the format called ``name`` in ``FORMATS``, with its metadata.

    Raises:
        RestorationError: the format cannot hold it.
    """
    suffix, _, options = FORMATS[name]
    with TemporaryDirectory() as folder:
        return write_picture(picture, Path(folder) / f"result{suffix}", options).path.read_bytes()


Moved = Mapping[str, Mapping[int, float]]


def record_of(result: RestoredPicture, moved: Moved) -> dict[str, Any]:
    """What is told of a result, with what was ``moved`` after the run: opacities of stages, strengths of faces."""
    return result.stats | (
        {"moved_afterwards": {name: dict(values) for name, values in moved.items()}} if moved else {}
    )


def save(result: RestoredPicture, mixed: Picture, kind: str, folder: Path, moved: Moved) -> Path:
    """Write the picture and its record into the server's folder for results, under a name that is free.

    Raises:
        RestorationError: it cannot be written.
    """
    suffix, _, options = FORMATS[kind]
    stem = f"{Path(result.name).stem}_restored"
    for number in count(1):
        path = folder / (f"{stem}{suffix}" if number == 1 else f"{stem}_{number}{suffix}")
        # Another visitor may be saving a result of that name at this moment.
        with suppress(OutputExists, OutputClaimed), claim_output(path, overwrite=False):
            written = write_picture(mixed, path, options)
            write_record(record_of(result, moved), written.path)
            return written.path
    raise AssertionError("numbers do not end")


def layers_file(layers: Layers) -> bytes:
    with TemporaryDirectory() as folder:
        return layers.write_tiff(Path(folder) / "layers.tif").read_bytes()


def comparison_file(result: RestoredPicture, mixed: Picture) -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(make_comparison(result.before_shown, screen_pixels(mixed))).save(stream, "PNG")
    return stream.getvalue()
