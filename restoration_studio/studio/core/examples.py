"""The example pictures a visitor can restore without uploading anything."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from restoration_studio.studio.core.shipped import examples_folder

ASSETS = Path(__file__).parents[1] / "assets"
FOLDER = examples_folder()
# What people bring, by the file it is shown with.
TITLES = {
    "portrait_small.jpg": "Small, noisy portrait",
    "launch_faded_yellowed.jpg": "Faded, yellowed print",
    "photographer_scratched.jpg": "Scratched print",
    "cat_noisy_16bit.tif": "Noisy 16-bit scan",
    "astronaut_out_of_focus.png": "Out of focus",
    "coffee_sideways_phone.jpg": "Old phone picture",
}


def examples() -> dict[str, Path]:
    """Titles and files of the examples that are here."""
    return {title: FOLDER / name for name, title in TITLES.items() if (FOLDER / name).is_file()}


@cache
def card(path: Path) -> bytes:
    """The example on a card, 4:5, as a JPEG; 16-bit pictures lose what a screen does not show."""
    from restoration_studio.image.read import read_picture

    picture = read_picture(path)
    image = Image.fromarray(np.round(picture.pixels * 255).astype(np.uint8))
    stream = io.BytesIO()
    ImageOps.fit(image, (304, 380), Image.Resampling.LANCZOS, centering=(0.5, 0.35)).save(stream, "JPEG", quality=85)
    return stream.getvalue()


@cache
def hero() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The first page's picture before and after; made by ``scripts/about_pictures.py``."""
    with Image.open(ASSETS / "hero_before.webp") as before, Image.open(ASSETS / "hero_after.webp") as after:
        return np.asarray(before.convert("RGB")), np.asarray(after.convert("RGB"))
