"""The inpainting study on paper: Markdown, CSV, plots and a contact sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from restoration_studio.evaluation.errors import PlotsUnavailable
from restoration_studio.evaluation.inpainting import Filled, ShownCase, interval, write_csv
from restoration_studio.files import atomic_file
from restoration_studio.image.contact_sheet import make_contact_sheet

# Field, name, digits, factor and unit, and which way is better.
_FIGURES = (
    ("psnr_hole", "PSNR, hole", 2, 1, "dB", "higher"),
    ("ssim_hole", "SSIM, hole", 3, 1, "", "higher"),
    ("mse_hole", "MSE, hole", 2, 1000, "x 1000", "lower"),
    ("stlpips_hole", "ST-LPIPS, hole", 3, 1, "", "lower"),
    ("psnr", "PSNR, whole", 2, 1, "dB", "higher"),
    ("ssim", "SSIM, whole", 3, 1, "", "higher"),
    ("mse", "MSE, whole", 2, 1000, "x 1000", "lower"),
    ("stlpips", "ST-LPIPS, whole", 3, 1, "", "lower"),
    ("seconds", "Seconds", 3, 1, "s", "lower"),
)
_PLOTTED = ("psnr_hole", "ssim_hole", "stlpips_hole", "seconds")


def write_report(rows: Sequence[Filled], samples: Sequence[ShownCase], folder: Path, *, command: str) -> list[Path]:
    """Write ``report.md``, ``fills.csv``, ``figures.png`` and ``contact_sheet.png`` into ``folder``.

    Args:
        command: what made the figures, to stand beside them.

    Returns:
        what was written.

    Raises:
        OutputError: the folder cannot be written.
        UsageError: matplotlib is not installed.
    """
    written = [_atomic(folder / "fills.csv", lambda path: write_csv(rows, path))]
    written.append(_atomic(folder / "figures.png", lambda path: _plot(rows, path)))
    if samples:
        written.append(_atomic(folder / "contact_sheet.png", lambda path: _sheet(samples, path)))
    written.append(_atomic(folder / "report.md", lambda path: path.write_text(markdown(rows, command), "utf-8")))
    return written


def _atomic(path: Path, write: Callable[[Path], Any]) -> Path:
    with atomic_file(path) as temporary:
        write(temporary)
    return path


def markdown(rows: Sequence[Filled], command: str) -> str:
    """One table for each figure: methods down, buckets of hole-to-image ratio across."""
    buckets = sorted({row.bucket for row in rows})
    methods = list(dict.fromkeys(row.method for row in rows))
    pictures = len({row.picture for row in rows})
    lines = [
        "# Inpainting study",
        "",
        f"{pictures} pictures, {len(rows) // len(methods)} holes, {len(methods)} methods. Mean and 95% confidence "
        f"interval of the mean; the last column is the mean difference to {methods[0]} on the same holes, which the "
        "pictures' own difficulty does not blur. ST-LPIPS is the shift-tolerant LPIPS on AlexNet; its figures do not "
        "compare with the standard LPIPS.",
        "",
        f"    {command}",
        "",
    ]
    for field, name, digits, factor, unit, better in _FIGURES:
        if np.isnan([getattr(row, field) for row in rows]).all():
            continue
        lines += [f"## {name}{f' ({unit})' if unit else ''}, {better} is better", ""]
        lines += ["| method | " + " | ".join(f"{a:g} to {b:g}" for a, b in buckets) + f" | all | less {methods[0]} |"]
        lines += ["|---|" + "---|" * (len(buckets) + 2)]
        for method in methods:
            cells = [_cell(rows, method, bucket, field, digits, factor) for bucket in (*buckets, None)]
            cells.append(_difference(rows, method, methods[0], field, digits, factor))
            lines.append(f"| {method} | " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines)


def _values(rows: Sequence[Filled], method: str, bucket: tuple[float, float] | None, field: str) -> list[float]:
    values = [getattr(row, field) for row in rows if row.method == method and bucket in (None, row.bucket)]
    return [value for value in values if np.isfinite(value)]


def _cell(
    rows: Sequence[Filled], method: str, bucket: tuple[float, float] | None, field: str, digits: int, factor: float
) -> str:
    values = _values(rows, method, bucket, field)
    if not values:
        return "-"
    mean, half = interval([value * factor for value in values])
    return f"{mean:.{digits}f} ± {half:.{digits}f}"


def _difference(rows: Sequence[Filled], method: str, other: str, field: str, digits: int, factor: float) -> str:
    """The mean paired difference of two methods with its interval."""
    if method == other:
        return ""
    pairs = zip(
        (getattr(row, field) for row in rows if row.method == method),
        (getattr(row, field) for row in rows if row.method == other),
        strict=True,
    )
    differences = [(a - b) * factor for a, b in pairs if np.isfinite(a) and np.isfinite(b)]
    if not differences:
        return "-"
    mean, half = interval(differences)
    return f"{mean:+.{digits}f} ± {half:.{digits}f}"


def _plot(rows: Sequence[Filled], path: Path) -> None:
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise PlotsUnavailable() from error
    buckets = sorted({row.bucket for row in rows})
    methods = list(dict.fromkeys(row.method for row in rows))
    figure = Figure(figsize=(11, 7.5), layout="constrained")
    for place, field in enumerate(_PLOTTED):
        axes = figure.add_subplot(2, 2, place + 1)
        _, name, _, _, unit, better = next(entry for entry in _FIGURES if entry[0] == field)
        for shift, method in enumerate(methods):
            points = [interval(_values(rows, method, bucket, field) or [np.nan]) for bucket in buckets]
            across = np.arange(len(buckets)) + 0.06 * (shift - (len(methods) - 1) / 2)
            axes.errorbar(
                across, [mean for mean, _ in points], [half for _, half in points],
                marker="o", markersize=4, capsize=3, linewidth=1.2, label=method,
            )  # fmt: skip
        axes.set_xticks(range(len(buckets)), [f"{a:g}-{b:g}" for a, b in buckets])
        axes.set_title(f"{name}{f' ({unit})' if unit else ''}, {better} is better", fontsize=10)
        axes.set_xlabel("hole-to-image ratio")
        axes.grid(alpha=0.3)
        if field == "seconds":
            axes.set_yscale("log")
        if place == 0:
            axes.legend()
    figure.savefig(path, dpi=110, format="png")


def _sheet(samples: Sequence[ShownCase], path: Path) -> None:
    methods = list(samples[0].filled)
    pictures, labels = [], []
    for sample in samples:
        case = sample.case
        masked = np.where(case.hole[..., None], np.float32(0), case.truth)
        pictures += [case.truth, masked, *(sample.filled[method] for method in methods)]
        labels += [case.name, f"holes {case.hole.mean():.0%}, {case.kind}", *methods]
    Image.fromarray(make_contact_sheet(pictures, labels, columns=2 + len(methods), cell=300)).save(path, format="PNG")
