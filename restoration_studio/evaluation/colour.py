"""The colour study: colourisers side by side on colour photographs that were made grey.

Two answers need no network and stand beside every table: the grey picture itself, and one tint for all, the mean
colour of photographs. A colouriser that is not nearer to the truth than these has learnt nothing.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restoration_studio.config import Config
from restoration_studio.evaluation.errors import NoColoursToCompare
from restoration_studio.evaluation.inpainting import check_distinct, interval, name_with_folder
from restoration_studio.evaluation.metrics import psnr
from restoration_studio.files import atomic_file
from restoration_studio.image.contact_sheet import make_contact_sheet

if TYPE_CHECKING:
    from restoration_studio.image.picture import FloatArray
    from restoration_studio.pipeline import RestorationPipeline

GREY, TINT = "grey", "tint"
_MEAN_COLOUR = (1.0, 8.3)  # a and b of CIE Lab, the mean over the training photographs; see `mean_colour`
_SHEET = 12  # pictures of the contact sheet
# Field, name, digits and which way is better.
_FIGURES = (
    ("psnr", "PSNR (dB)", 2, "higher"),
    ("difference", "mean ΔE2000", 2, "lower"),
    ("colourfulness", "colourfulness", 1, "nearer to the truth's"),
    ("seconds", "seconds", 2, "lower"),
)


@dataclass(frozen=True, slots=True)
class Coloured:
    """One picture coloured by one method.

    Attributes:
        psnr: in dB against the truth.
        difference: mean CIEDE2000 against the truth.
        colourfulness: of the result, after Hasler and Süsstrunk, "Measuring colourfulness in natural images",
            SPIE 5007, 2003; 0 for grey.
        seconds: it took.
    """

    picture: str
    method: str
    psnr: float
    difference: float
    colourfulness: float
    seconds: float


def study(
    pictures: Sequence[Path], methods: Sequence[str], *, config: Config, progress: Callable[[str], None] = print
) -> tuple[list[Coloured], list[tuple[str, list[FloatArray]]]]:
    """Make every picture grey, colour it with every method and measure.

    Args:
        methods: `GREY`, `TINT`, or models of the ``colorize`` stage.

    Returns:
        The rows, the truth's own under "truth" first for each picture; and rows of pictures for a contact sheet.

    Raises:
        UsageError: a method is named twice.
        InputError: a picture cannot be read, or has no colour.
        RestorationError: a method cannot do its work.
    """
    from restoration_studio.image.read import read_picture
    from restoration_studio.pipeline import RestorationPipeline

    check_distinct(methods)
    pipeline = RestorationPipeline(config)
    colour = {name: _method(name, pipeline) for name in methods}
    for run in colour.values():  # weights are fetched and loaded before the clock starts
        run(np.full((64, 64, 3), 0.5, np.float32))
    rows, sheet = [], []
    shown = set(np.linspace(0, len(pictures) - 1, min(_SHEET, len(pictures))).round().astype(int).tolist())
    for number, path in enumerate(pictures):
        truth = read_picture(path).pixels
        if not np.ptp(truth, axis=2).any():
            raise NoColoursToCompare(path=path)
        name = name_with_folder(path)
        rows.append(Coloured(name, "truth", float("inf"), 0.0, colourfulness(truth), 0.0))
        grey = made_grey(truth)
        results = []
        for method, run in colour.items():
            began = time.perf_counter()
            result = run(grey)
            seconds = time.perf_counter() - began
            results.append(result)
            rows.append(
                Coloured(name, method, psnr(truth, result), difference(truth, result), colourfulness(result), seconds)
            )
        if number in shown:
            sheet.append((name, [*results, truth]))
        progress(name)
    return rows, sheet


def _method(name: str, pipeline: RestorationPipeline) -> Callable[[FloatArray], FloatArray]:
    if name == GREY:
        return lambda grey: grey
    if name == TINT:
        return tinted
    recipe = {"stages": [{"stage": "colorize", "model": name, "when": "always"}]}

    def network(grey: FloatArray) -> FloatArray:
        from restoration_studio.image.picture import Picture

        restored, _ = pipeline.restore_image(Picture(pixels=grey), recipe=recipe)
        pixels: FloatArray = restored.pixels
        return pixels

    return network


def made_grey(pixels: FloatArray) -> FloatArray:
    """The luminance of sRGB-encoded pixels (height, width, 3), encoded again, in three equal channels."""
    from restoration_studio.image.srgb import LUMINANCE, decode, encode

    return np.repeat(encode(decode(pixels) @ LUMINANCE)[..., None], 3, axis=2).astype(np.float32)


def tinted(grey: FloatArray, colour: tuple[float, float] = _MEAN_COLOUR) -> FloatArray:
    """A grey picture in one colour of CIE Lab, its lightness kept; black and white stay as they are."""
    import cv2

    lab = cv2.cvtColor(np.ascontiguousarray(grey, np.float32), cv2.COLOR_RGB2LAB)
    lab[..., 1:] = np.asarray(colour, np.float32)
    return np.asarray(np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1), np.float32)


def difference(a: FloatArray, b: FloatArray) -> float:
    """Mean CIEDE2000 of two sRGB-encoded pictures (height, width, 3), 0 to 1."""
    from skimage.color import deltaE_ciede2000, rgb2lab

    return float(np.mean(deltaE_ciede2000(rgb2lab(a), rgb2lab(b))))


def colourfulness(pixels: FloatArray) -> float:
    """Hasler and Süsstrunk's figure, equation 4: 0 for grey, about 33 for a moderately colourful photograph."""
    red, green, blue = (255 * pixels[..., channel].astype(np.float64) for channel in range(3))
    across, down = red - green, (red + green) / 2 - blue
    return float(np.hypot(across.std(), down.std()) + 0.3 * np.hypot(across.mean(), down.mean()))


def mean_colour(pictures: Sequence[Path]) -> tuple[float, float]:
    """Mean a and b of CIE Lab over pictures, each counting alike."""
    from skimage.color import rgb2lab

    from restoration_studio.image.read import read_picture

    means = [rgb2lab(read_picture(path).pixels)[..., 1:].mean((0, 1)) for path in pictures]
    a, b = np.mean(means, axis=0)
    return float(a), float(b)


def write_report(
    rows: Sequence[Coloured], sheet: Sequence[tuple[str, list[FloatArray]]], folder: Path, *, command: str
) -> list[Path]:
    """Write ``report.md``, ``colours.csv`` and ``contact_sheet.png`` into ``folder``; gives what was written."""
    from PIL import Image

    table = folder / "colours.csv"
    with atomic_file(table) as temporary, open(temporary, "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, [field.name for field in fields(Coloured)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
    methods = list(dict.fromkeys(row.method for row in rows if row.method != "truth"))
    pictures = [picture for _, row in sheet for picture in row]
    labels = [label for name, _ in sheet for label in (*(f"{method}  {name}" for method in methods), "truth")]
    image = folder / "contact_sheet.png"
    with atomic_file(image) as temporary:
        pixels = make_contact_sheet(pictures, labels, columns=len(methods) + 1, cell=300)
        Image.fromarray(pixels).save(temporary, format="png")
    report = folder / "report.md"
    with atomic_file(report) as temporary:
        temporary.write_text("\n".join(markdown(rows, command)) + "\n", encoding="utf-8")
    return [table, image, report]


def markdown(rows: Sequence[Coloured], command: str) -> Iterator[str]:
    """Lines: one table with a row for each method."""
    methods = list(dict.fromkeys(row.method for row in rows))
    count = sum(row.method == "truth" for row in rows)
    yield from ("# Colour study", "", f"{count} photographs. Mean and 95% confidence interval of the mean.", "")
    yield from (f"    {command}", "")
    yield "| method | " + " | ".join(f"{name}, {better}" for _, name, _, better in _FIGURES) + " |"
    yield "|---|" + "---|" * len(_FIGURES)
    for method in methods:
        cells = []
        for field, _, digits, _ in _FIGURES:
            values = [getattr(row, field) for row in rows if row.method == method]
            if method == "truth" and field != "colourfulness":
                cells.append("")
                continue
            mean, half = interval(values)
            cells.append(f"{mean:.{digits}f} ± {half:.{digits}f}")
        yield f"| {method} | " + " | ".join(cells) + " |"
