"""Makes the pictures of the studio's About and first page: what each stage does to one of scikit-image's photographs.

    python -m scripts.about_pictures [--only colorize]

Each is damaged in the one way that its stage mends and then restored by that stage, with its defaults or the settings
below; before stands left, after right. A stage whose weights are not to be had gets no picture, and the page says so.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from restoration_studio.engine.recipe import Recipe
from restoration_studio.errors import WeightsError
from restoration_studio.image.picture import FloatArray, Picture
from restoration_studio.image.resize import resize
from restoration_studio.pipeline import RestorationPipeline
from scripts.studio_browser import REPOSITORY

ASSETS = REPOSITORY / "studio" / "assets"
WIDTH, HEIGHT, GAP = 460, 345, 8  # of each half


@dataclass(frozen=True, slots=True)
class Scene:
    """A photograph, its part (left, top, right, bottom), the damage done to it and the settings of the stage."""

    photograph: str
    part: tuple[int, int, int, int]
    damage: Callable[[FloatArray], FloatArray]
    settings: dict[str, Any] = field(default_factory=dict)


def grey(pixels: FloatArray) -> FloatArray:
    """Black and white."""
    from restoration_studio.image.srgb import LUMINANCE, decode, encode

    light: FloatArray = encode(decode(pixels) @ LUMINANCE).astype(np.float32)
    return np.repeat(light[:, :, None], 3, axis=2)


def noisy(pixels: FloatArray) -> FloatArray:
    """Sensor noise of 20 grey levels."""
    noise = np.random.default_rng(3).normal(0, 20 / 255, pixels.shape)
    return np.clip(pixels + noise, 0, 1).astype(np.float32)


def small(pixels: FloatArray) -> FloatArray:
    """A quarter of the size."""
    return resize(pixels, (pixels.shape[0] // 4, pixels.shape[1] // 4))


def soft(pixels: FloatArray) -> FloatArray:
    """Slightly out of focus."""
    from scipy.ndimage import gaussian_filter

    blurred: FloatArray = gaussian_filter(pixels, (0.8, 0.8, 0)).astype(np.float32)
    return blurred


def waxen(pixels: FloatArray) -> FloatArray:
    """Smoothed as a strong denoiser does it."""
    import cv2

    smooth: FloatArray = np.asarray(cv2.bilateralFilter(pixels, 0, 0.12, 4), np.float32)
    return smooth


def scratched(pixels: FloatArray) -> FloatArray:
    """Long bright scratches, dust and a crack."""
    rng = np.random.default_rng(8)
    height, width = pixels.shape[:2]
    canvas = Image.new("L", (width * 4, height * 4), 0)
    draw = ImageDraw.Draw(canvas)
    for _ in range(6):
        x, lean = rng.uniform(0, width), rng.uniform(-0.12, 0.12) * width
        points = [(4 * (x + lean * t + rng.normal(0, 0.4)), 4 * height * t) for t in np.linspace(0, 1, 18)]
        draw.line(points, fill=230, width=int(rng.uniform(4, 8)))
    for _ in range(34):
        x, y, r = rng.uniform(0, 4 * width), rng.uniform(0, 4 * height), rng.uniform(3, 9)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=235)
    weight = np.asarray(canvas.resize((width, height), Image.Resampling.BOX), np.float32)[:, :, None] / 255
    over: FloatArray = (pixels * (1 - weight) + weight * np.float32(0.96)).astype(np.float32)
    return over


SCENES = {
    "inpaint": Scene("camera", (60, 30, 360, 255), scratched),
    "denoise": Scene("coffee", (120, 60, 520, 360), noisy),
    "super_resolution": Scene("chelsea", (80, 10, 400, 250), small, {"scale": 4}),
    "faces": Scene("astronaut", (120, 0, 330, 157), small),
    "colorize": Scene("coffee", (60, 20, 560, 395), grey),
    "detail": Scene("astronaut", (30, 280, 270, 460), soft, {"amount": 2.0, "radius": 2.0}),
    "grain": Scene("astronaut", (130, 30, 330, 180), waxen, {"method": "manual", "level": 4.0, "size": 0.7}),
}


def photograph(scene: Scene) -> FloatArray:
    """The undamaged part of the photograph, RGB, 0 to 1."""
    import skimage.data

    pixels: FloatArray = np.asarray(getattr(skimage.data, scene.photograph)(), np.float32) / np.float32(255)
    pixels = np.repeat(pixels[:, :, None], 3, axis=2) if pixels.ndim == 2 else pixels
    left, top, right, bottom = scene.part
    return pixels[top:bottom, left:right]


def half(pixels: FloatArray) -> NDArray[np.uint8]:
    """One half of a picture for the page."""
    return np.round(resize(pixels, (HEIGHT, WIDTH)) * 255).astype(np.uint8)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.about_pictures", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--only", action="append", choices=[*SCENES, "hero"], help="only this stage, or the first page")
    wanted = parser.parse_args().only or [*SCENES, "hero"]
    pipeline = RestorationPipeline()
    for name in SCENES:
        if name in wanted:
            make(pipeline, name)
    if "hero" in wanted:
        make_hero(pipeline)
    return 0


def make(pipeline: RestorationPipeline, name: str) -> None:
    """The picture of one stage; where its weights are not to be had, no picture."""
    scene = SCENES[name]
    before = Picture(scene.damage(photograph(scene)), grey=scene.photograph == "camera" or scene.damage is grey)
    recipe = Recipe.parse({"stages": [{"stage": name, **scene.settings}]})
    try:
        after, _ = pipeline.restore_image(before, recipe)
    except WeightsError as error:
        (ASSETS / f"about_{name}.webp").unlink(missing_ok=True)
        sys.stderr.write(f"about_{name}: no picture, as {error}\n")
        return
    sheet = np.full((HEIGHT, 2 * WIDTH + GAP, 3), 255, np.uint8)
    sheet[:, :WIDTH], sheet[:, WIDTH + GAP :] = half(before.pixels), half(after.pixels)
    save(sheet, f"about_{name}")


def make_hero(pipeline: RestorationPipeline) -> None:
    """The first page's picture before and after."""
    portrait = REPOSITORY / "examples" / "input" / "portrait_small.jpg"
    before_pixels, _ = pipeline.restore_image(portrait, Recipe(stages=()))
    after_pixels, _ = pipeline.restore_image(portrait, Recipe.preset("old-photo"))
    save(after_pixels, "hero_after")
    save(before_pixels, "hero_before")


def save(pixels: NDArray[np.uint8], name: str) -> None:
    path = ASSETS / f"{name}.webp"
    Image.fromarray(pixels).save(path, quality=82, method=6)
    sys.stderr.write(f"{path.name}: {path.stat().st_size // 1024} KB\n")


if __name__ == "__main__":
    sys.exit(main())
