"""Small folders of pictures to train on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Four photographs of scikit-image, 96 pixels high."""
    import skimage.data

    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("astronaut", "coffee", "chelsea", "rocket"):
        image = Image.fromarray(getattr(skimage.data, name)())
        image.resize((round(image.width * 96 / image.height), 96)).save(folder / f"{name}.png")
    return folder


@pytest.fixture
def sprites(tmp_path: Path) -> Path:
    """Six sprites of two kinds, white on black, and two frames with dark damage and bars."""
    folder = tmp_path / "sprites"
    rng = np.random.default_rng(3)
    for kind in ("dots", "hair"):
        (folder / kind).mkdir(parents=True)
        for index in range(6):
            image = Image.new("L", (100, 100))
            draw = ImageDraw.Draw(image)
            x, y = rng.integers(20, 60, 2).tolist()
            if kind == "dots":
                draw.ellipse((x, y, x + 15, y + 12), fill=255)
            else:
                draw.line((x, y, x + 30, y + 25), fill=255, width=2)
            image.save(folder / kind / f"{index}.png")
    (folder / "frames").mkdir()
    for index in range(2):
        image = Image.new("L", (100, 100), 255)
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, 80, 100, 84), fill=0)  # a bar
        draw.line((40, 20, 44, 60), fill=0, width=2)  # a scratch
        image.save(folder / "frames" / f"{index}.png")
    return folder
