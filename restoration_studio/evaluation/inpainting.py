"""The inpainting study: methods side by side on pictures with holes whose content is known.

Holes are drawn by seed (``training/holes.py``) in the buckets of hole-to-image ratio of Liu et al., ECCV 2018, or
read from a folder. Every figure is taken over the whole picture and over the holes alone: over the whole, small
holes make every method look good.
"""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from restoration_studio.config import Config
from restoration_studio.evaluation.errors import (
    FolderWithoutPictures,
    MethodTwice,
    NetworkWithoutWeights,
    NothingToCompare,
    TooSmallToCompare,
)
from restoration_studio.evaluation.metrics import mse, psnr
from restoration_studio.inpainting.base import FillOptions, Mask, Method
from restoration_studio.training.errors import NoPictureFolder
from restoration_studio.training.holes import BUCKETS, KINDS, irregular_hole
from restoration_studio.training.layouts import pictures_below

if TYPE_CHECKING:
    from restoration_studio.context import StageContext
    from restoration_studio.evaluation.perceptual import PerceptualDistance
    from restoration_studio.image.picture import FloatArray

_SMALLEST = 16  # pixels, the shorter side of a picture: what the windows of the measures and networks need


@dataclass(frozen=True, slots=True)
class Filled:
    """One picture filled by one method, with its figures.

    Attributes:
        ratio: of hole to picture.
        bucket: lower and upper end of the ratio's bucket.
        psnr, ssim, mse, stlpips: over the whole picture; ``_hole``: over the holes alone.
        seconds: the filling took.
    """

    picture: str
    method: str
    kind: str
    bucket: tuple[float, float]
    ratio: float
    psnr: float
    psnr_hole: float
    ssim: float
    ssim_hole: float
    mse: float
    mse_hole: float
    stlpips: float
    stlpips_hole: float
    seconds: float


class MeanColour(Method):
    """Fills with the mean colour of what is known: the least that a method must be better than."""

    name = "mean"
    title = "Mean colour"
    summary = "the mean colour of the picture."
    core: ClassVar[int] = 10**6
    surroundings: ClassVar[int] = 10**6
    match_colours: ClassVar[bool] = False

    def fill(
        self, pixels: FloatArray, hole: Mask, options: FillOptions, context: StageContext, seed: int
    ) -> FloatArray:
        return np.broadcast_to(pixels[~hole].mean(axis=0), pixels.shape)


@dataclass(frozen=True, slots=True)
class Case:
    """A picture with a hole."""

    name: str
    truth: FloatArray
    hole: Mask
    kind: str
    bucket: tuple[float, float]


@dataclass(slots=True)
class ShownCase:
    """A case as the contact sheet shows it: the truth, the picture with black holes, and every method's result."""

    case: Case
    filled: dict[str, FloatArray]


def pictures_in(folders: Sequence[Path], limit: int) -> list[Path]:
    """At most ``limit`` pictures, evenly spread over those of the folders in the order of their names.

    Raises:
        InputError: a folder does not exist or holds no picture.
    """
    found: list[Path] = []
    for folder in folders:
        if not folder.is_dir():
            raise NoPictureFolder(folder=folder)
        here = sorted(pictures_below(folder))
        if not here:
            raise FolderWithoutPictures(folder=folder)
        found += here
    if len(found) <= limit:
        return found
    return [found[round(index)] for index in np.linspace(0, len(found) - 1, limit)]


def seeded_cases(
    pictures: Sequence[Path],
    *,
    seed: int = 0,
    buckets: Sequence[tuple[float, float]] = BUCKETS,
    kinds: Sequence[str] = ("mixed", *KINDS),
) -> Iterator[Case]:
    """For every picture one hole of each bucket; the kinds of holes take turns."""
    for number, path in enumerate(pictures):
        truth = _read(path)
        for place, (low, high) in enumerate(buckets):
            rng = np.random.default_rng([seed, number, place])
            kind = kinds[(number + place) % len(kinds)]
            hole = irregular_hole(rng, *truth.shape[:2], low=low, high=high, kind=kind)
            yield Case(name_with_folder(path), truth, hole, kind, (low, high))


def painting_cases(pictures: Sequence[Path], kind: str, *, seed: int = 0) -> Iterator[Case]:
    """For every picture many small white holes ("small") or a central rectangle ("central") that is a quarter of it."""
    from restoration_studio.training.holes import central_hole, small_holes

    for number, path in enumerate(pictures):
        truth = _read(path)
        size = (truth.shape[0], truth.shape[1])
        hole = central_hole(*size) if kind == "central" else small_holes(np.random.default_rng([seed, number]), *size)
        yield Case(name_with_folder(path), truth, hole, kind, _bucket(float(hole.mean())))


def cases_of_folder(pictures: Sequence[Path], folder: Path) -> Iterator[Case]:
    """The pictures with masks of a folder (above 127 = hole, resized to the picture), taken in turn.

    Raises:
        InputError: there are no masks, or one is empty or full.
    """
    masks = pictures_in([folder], 10**9)
    for number, path in enumerate(pictures):
        truth, file = _read(path), masks[number % len(masks)]
        hole = _mask(file, truth.shape[:2])
        ratio = float(hole.mean())
        if not 0 < ratio < 1:
            raise NothingToCompare(path=file, full=bool(ratio))
        yield Case(name_with_folder(path), truth, hole, file.name, _bucket(ratio))


def _bucket(ratio: float) -> tuple[float, float]:
    bucket = next((bucket for bucket in BUCKETS if bucket[0] <= ratio < bucket[1]), None)
    return bucket or ((0.0, 0.01) if ratio < 0.01 else (0.6, 1.0))


def study(
    cases: Iterator[Case],
    methods: Sequence[str],
    *,
    config: Config,
    networks: Sequence[str] = (),
    perceptual: PerceptualDistance | None = None,
    seed: int = 0,
    shown: int = 1,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[list[Filled], list[ShownCase]]:
    """Fill every case with every method and measure.

    Args:
        methods: their names; "network" stands for each of ``networks``.
        networks: files or catalogue names of weights; rows name them by the file's stem.
        perceptual: gives the shift-tolerant LPIPS; its columns are NaN without.
        shown: cases of each bucket for the contact sheet.

    Returns:
        a row for each case and method, cases in their order; and the cases for the contact sheet.

    Raises:
        UsageError: two methods would have one name, or there are ``networks`` and no method for them, or the reverse.
        RestorationError: a method cannot do its work.
    """
    from restoration_studio.context import StageContext
    from restoration_studio.inpainting.fill import fill
    from restoration_studio.models import ModelManager

    chosen = _chosen(methods, networks)
    manager = ModelManager(config)
    rows: list[Filled] = []
    kept: dict[tuple[float, float], list[ShownCase]] = {}
    for case in cases:
        sample = ShownCase(case, {})
        for label, method, options in chosen:
            # Weights are fetched and loaded before the clock starts.
            for name in method.models(options):
                manager.get(name)
            context = StageContext(manager, seed=seed)
            began = time.perf_counter()
            filled = fill(case.truth, case.hole, method, options, context)
            seconds = time.perf_counter() - began
            rows.append(measured(case, label, filled, seconds, perceptual))
            sample.filled[label] = filled
        progress(f"{case.name}: holes of {case.hole.mean():.0%} ({case.kind})")
        _keep(kept, sample, shown)
    return rows, [sample for bucket in sorted(kept) for sample in kept[bucket]]


def _chosen(names: Sequence[str], networks: Sequence[str]) -> list[tuple[str, Method, FillOptions]]:
    """The methods with what rows call them and what they are told."""
    from restoration_studio.inpainting.methods import get_method

    if bool(networks) != ("network" in names):
        raise NetworkWithoutWeights()
    chosen: list[tuple[str, Method, FillOptions]] = []
    for name in names:
        method = MeanColour() if name == MeanColour.name else get_method(name)
        if name == "network":
            chosen += [(Path(model).stem, method, FillOptions(model=model)) for model in networks]
        else:
            chosen.append((name, method, FillOptions()))
    check_distinct([label for label, _, _ in chosen])
    return chosen


def check_distinct(labels: Sequence[str]) -> None:
    """Refuse two methods that a table could not tell apart.

    Raises:
        UsageError: a label comes twice.
    """
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise MethodTwice(label=twice)


def _keep(kept: dict[tuple[float, float], list[ShownCase]], sample: ShownCase, most: int) -> None:
    """At most so many samples of each bucket, of as many pictures as there are."""
    samples = kept.setdefault(sample.case.bucket, [])
    if len(samples) < most:
        samples.append(sample)
        return
    names = [one.case.name for samples in kept.values() for one in samples]
    again = next((place for place, one in enumerate(samples) if names.count(one.case.name) > 1), None)
    if again is not None and sample.case.name not in names:
        samples[again] = sample


def measured(
    case: Case, method: str, filled: FloatArray, seconds: float, perceptual: PerceptualDistance | None
) -> Filled:
    """The figures of one result."""
    truth, hole = case.truth, case.hole
    error = np.square(np.asarray(filled, np.float64) - truth)
    in_hole = float(error[hole].mean())
    similar = _ssim_map(truth, filled)
    distance = perceptual(truth, filled, hole) if perceptual is not None else (math.nan, math.nan)
    return Filled(
        picture=case.name,
        method=method,
        kind=case.kind,
        bucket=case.bucket,
        ratio=float(hole.mean()),
        psnr=psnr(truth, filled),
        psnr_hole=math.inf if in_hole == 0 else -10 * math.log10(in_hole),
        ssim=float(similar.mean()),
        ssim_hole=float(similar[hole].mean()),
        mse=mse(truth, filled),
        mse_hole=in_hole,
        stlpips=distance[0],
        stlpips_hole=distance[1],
        seconds=seconds,
    )


def write_csv(rows: Sequence[Filled], path: Path) -> None:
    """Every single figure, one line for each result."""
    names = [field.name for field in fields(Filled)]
    with open(path, "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        for row in rows:
            data = asdict(row)
            writer.writerow(data | {"bucket": f"{row.bucket[0]:g}-{row.bucket[1]:g}"})


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The mean and half the width of its 95% confidence interval (Student's t); 0 for a single value."""
    from scipy.stats import t

    count = len(values)
    mean = float(np.mean(values))
    if count < 2:
        return mean, 0.0
    return mean, float(t.ppf(0.975, count - 1) * np.std(values, ddof=1) / math.sqrt(count))


def _ssim_map(a: FloatArray, b: FloatArray) -> NDArray[Any]:
    """SSIM at each pixel, (h, w), the mean over the channels; see ``evaluation.metrics.ssim``."""
    from skimage.metrics import structural_similarity

    _, full = structural_similarity(
        a, b, data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, channel_axis=2, full=True
    )
    return np.asarray(full.mean(axis=2))


def name_with_folder(path: Path) -> str:
    """A picture's name with its folder, as folders may hold the same names."""
    return f"{path.parent.name}/{path.name}"


def _read(path: Path) -> FloatArray:
    from restoration_studio.image.read import read_picture

    pixels = read_picture(path).pixels
    if min(pixels.shape[:2]) < _SMALLEST:
        raise TooSmallToCompare(path=path, width=pixels.shape[1], height=pixels.shape[0], least=_SMALLEST)
    return pixels


def _mask(path: Path, size: tuple[int, ...]) -> Mask:
    """A mask file at the size of a picture, True above 127."""
    from PIL import Image

    from restoration_studio.image.read import read_picture

    grey = Image.fromarray(read_picture(path).pixels.mean(axis=2))
    return np.asarray(grey.resize((size[1], size[0]), Image.Resampling.BILINEAR)) > 127 / 255
