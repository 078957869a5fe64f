"""Make the example pictures: free pictures of scikit-image, aged on purpose, the same every time.

    python examples/make_inputs.py --output examples/input

Beside the pictures it writes README.md: where each comes from, its licence and what was done to it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a script, beside the studio's modules

from restoration_studio.training.degradation import Degradation, Degraded, Step, apply, step

Saver = Callable[[NDArray[np.float32], Path], None]


class Example(NamedTuple):
    """One example: the file, the scikit-image picture and the part of it used, what is done, how it is saved."""

    file: str
    source: str
    crop: tuple[int, int, int, int]  # left, top, right, bottom in the source
    size: tuple[int, int]  # width, height before the damage
    spec: Degradation
    save: Saver
    about: str


SOURCES = {
    "astronaut": ("Eileen Collins, NASA", "public domain"),
    "camera": ("Cameraman, Lav Varshney", "CC0"),
    "chelsea": ("Chelsea the cat, Stefan van der Walt", "CC0"),
    "coffee": ("Coffee cup, Rachel Michetti", "CC0"),
    "horse": ("Horse silhouette, Andreas Preuss (marauder)", "CC0"),
    "rocket": ("Falcon 9 carrying DSCOVR, SpaceX", "public domain"),
}


def _to_uint8(pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(pixels * 255).astype(np.uint8)


def _jpeg(quality: int, *, grey: bool = False) -> Saver:
    def save(pixels: NDArray[np.float32], path: Path) -> None:
        Image.fromarray(_to_uint8(pixels)).convert("L" if grey else "RGB").save(path, quality=quality)

    return save


def _png(*, grey: bool = False) -> Saver:
    def save(pixels: NDArray[np.float32], path: Path) -> None:
        Image.fromarray(_to_uint8(pixels)).convert("L" if grey else "RGB").save(path, optimize=True)

    return save


def _tiff16(pixels: NDArray[np.float32], path: Path) -> None:
    import tifffile

    tifffile.imwrite(
        path,
        np.rint(pixels * 65535).astype(np.uint16),
        photometric="rgb",
        compression="zlib",
        predictor=True,
        metadata=None,
        software="make_inputs.py",
        resolution=(600, 600),
        resolutionunit="INCH",
    )


def _sideways_jpeg(pixels: NDArray[np.float32], path: Path) -> None:
    """As a phone held upright writes it: the pixels lie on their side and EXIF says how to turn them."""
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    exif[Base.Make] = "Example"
    exif[Base.Model] = "Pocket telephone"
    exif[Base.DateTime] = "2009:08:14 16:20:00"
    exif[Base.XResolution] = exif[Base.YResolution] = 300.0
    exif[Base.ResolutionUnit] = 2
    exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = "2009:08:14 16:20:00"
    exif.get_ifd(IFD.GPSInfo).update(
        {  # the Royal Observatory at Greenwich
            GPS.GPSLatitudeRef: "N",
            GPS.GPSLatitude: (51.0, 28.0, 40.0),
            GPS.GPSLongitudeRef: "W",
            GPS.GPSLongitude: (0.0, 0.0, 5.0),
        }
    )
    lying = Image.fromarray(_to_uint8(pixels)).transpose(Image.Transpose.ROTATE_90)
    lying.save(path, quality=80, dpi=(300, 300), exif=exif)


def _aged(seed: int, *steps: Step) -> Degradation:
    return Degradation(seed=seed, steps=steps)


EXAMPLES = (
    Example(
        "portrait_small.jpg",
        "astronaut",
        (92, 0, 332, 300),
        (160, 200),
        _aged(11, step("blur", sigma=0.5), step("gaussian_noise", sigma=9.0)),
        _jpeg(82),
        "small, noisy and compressed",
    ),
    Example(
        "launch_faded_yellowed.jpg",
        "rocket",
        (150, 20, 510, 427),
        (230, 260),
        _aged(
            21,
            step("blur", sigma=0.4),
            step("grain", sigma=8.0, size=0.6, colour=0.25),
            step("dust", count=14, size=1.2, hairs=1, light=0.8),
            step("fade", black=0.16, white=0.88, saturation=0.6),
            step("yellow", strength=0.75, uneven=0.35),
        ),
        _jpeg(88),
        "a print, faded and yellowed, with film grain and some dust",
    ),
    Example(
        "photographer_scratched.jpg",
        "camera",
        (60, 20, 460, 512),
        (260, 320),
        _aged(
            38,
            step("blur", sigma=0.5),
            step("grain", sigma=7.0, size=0.6, colour=0.0),
            step("scratches", count=9, width=1.4, length=0.9, opacity=0.9, light=0.85),
            step("folds", count=1, width=1.8, shade=0.1),
            step("patches", count=4, size=0.1, where="edges"),
            step("dust", count=30, size=1.8, hairs=2),
            step("fade", black=0.06, white=0.94, saturation=1.0),
            step("grey"),
        ),
        _jpeg(88, grey=True),
        "black and white (a grey JPEG), scratched, folded, dusty, torn at the edges",
    ),
    Example(
        "cat_noisy_16bit.tif",
        "chelsea",
        (70, 10, 370, 250),
        (200, 160),
        _aged(41, step("poisson_noise", photons=450.0), step("gaussian_noise", sigma=7.0)),
        _tiff16,
        "16 bits a channel, taken in poor light: photon and sensor noise",
    ),
    Example(
        "astronaut_out_of_focus.png",
        "astronaut",
        (0, 0, 512, 512),
        (220, 220),
        _aged(51, step("blur", sigma=1.2), step("gaussian_noise", sigma=1.5)),
        _png(),
        "out of focus",
    ),
    Example(
        "coffee_sideways_phone.jpg",
        "coffee",
        (130, 0, 450, 400),
        (176, 220),
        _aged(
            61,
            step("motion_blur", length=2.0, angle=25.0),
            step("grain", sigma=8.0, size=0.7, colour=0.6),
            step("jpeg", quality=70),
        ),
        _sideways_jpeg,
        "an old telephone's picture: EXIF orientation 6, GPS position, 300 DPI, blotchy colour noise",
    ),
    Example(
        "horse_drawing_tiny.png",
        "horse",
        (0, 0, 400, 328),
        (80, 66),
        _aged(71, step("jpeg", quality=45), step("fade", black=0.12, white=0.94, saturation=0.0)),
        _png(grey=True),
        "a tiny drawing with ringing from strong compression",
    ),
)


def source_pixels(example: Example) -> NDArray[np.float32]:
    """The undamaged part of the source at the example's size, (height, width, 3) float32 from 0 to 1."""
    import skimage.data

    picture = np.asarray(getattr(skimage.data, example.source)())
    picture = picture.astype(np.uint8) * 255 if picture.dtype == bool else picture
    image = Image.fromarray(picture).convert("RGB").crop(example.crop)
    return np.asarray(image.resize(example.size, Image.Resampling.LANCZOS), np.float32) / np.float32(255)


def damaged(example: Example) -> Degraded:
    """The example's pixels, upright, with the mask of its damaged places (True = damaged)."""
    return apply(example.spec, source_pixels(example))


def readme(examples: Sequence[Example] = EXAMPLES) -> str:
    lines = [
        "# Example pictures",
        "",
        "Made by `python examples/make_inputs.py --output examples/input`; do not edit them by hand. The sources ship",
        "with [scikit-image](https://scikit-image.org) (`skimage.data`). `training/degradation.py` does the damage",
        "from the seed given, step by step; sigma is in 8-bit grey levels for noise and grain, in pixels for blur.",
        "",
        "| file | what is wrong with it | source | licence | seed | what was done |",
        "|---|---|---|---|---|---|",
    ]
    for example in examples:
        title, licence = SOURCES[example.source]
        left, top, right, bottom = example.crop
        done = [
            f"crop {right - left} x {bottom - top} at ({left}, {top})",
            f"resize to {example.size[0]} x {example.size[1]}",
        ]
        for one in example.spec.steps:
            done.append(f"{one.name}({', '.join(f'{name}={value}' for name, value in one.parameters.items())})")
        lines.append(
            f"| `{example.file}` | {example.about} | {title} (`skimage.data.{example.source}`) | {licence} "
            f"| {example.spec.seed} | {'; '.join(done)} |"
        )
    return "\n".join(lines) + "\n"


def make(output: Path) -> list[Path]:
    """Write all examples and their README into ``output``, which is made; give the paths written."""
    output.mkdir(parents=True, exist_ok=True)
    paths = []
    for example in EXAMPLES:
        path = output / example.file
        example.save(damaged(example).pixels, path)
        paths.append(path)
    table = output / "README.md"
    table.write_text(readme(), encoding="utf-8", newline="\n")
    return [*paths, table]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Make the example pictures from scikit-image's free pictures.")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "input", help="folder to write to")
    folder: Any = parser.parse_args(arguments).output
    try:
        paths = make(folder)
    except OSError as error:
        print(f"make_inputs: {folder} cannot be written: {error.strerror or error}.", file=sys.stderr)
        return 1
    for path in paths:
        print(f"{path}  {path.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
