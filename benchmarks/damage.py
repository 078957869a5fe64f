"""How well damage is found: F1, recall at one percent false alarms, and false alarms on clean photographs.

    python -m benchmarks.damage [--quick] [--data FOLDER]

Film-damage sprites, drawn lines and hand-traced masks of real scans are laid over clean photographs (Kodak24) and old
ones at several strengths; every pixel is judged, but for a rim of one pixel round the damage and for damage that
changes the picture by less than five grey levels of 255. "simple" is the plain recipe of top-hat, threshold and
dilation, "learned" the network of `damage.learned` where its weights are there, none of whose sprites, masks and
photographs are used here, and "all,learned" the filters and the network together. F1 stands at the default threshold
and, in brackets, at the best one for that row.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import damage_cases as cases
from benchmarks import machine
from benchmarks.report import Targets, table
from restoration_studio.damage.find import ALL, confidences
from restoration_studio.damage.learned import MODEL, NAME, combine_kinds, finder
from restoration_studio.image.picture import FloatArray
from restoration_studio.models import ModelManager
from restoration_studio.weights.catalogue import MODELS

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"
_STRENGTHS = (0.25, 0.5, 0.9)
_AGAINST_SIMPLE = ("scratches (sprites)", "long lines (drawn)", "traced masks")
_SPRITES = "sprites"  # all kinds of them together
_LEARNED = (NAME,) if MODEL in MODELS else ()
_UNION = tuple(f"all,{name}" for name in _LEARNED)
_COLUMNS = ("all", *_LEARNED, *_UNION, "simple")
_BINS = 2001
_REACH = 30.0


class Curve:
    """Counts of damaged and clean pixels by log-odds of the confidence."""

    def __init__(self) -> None:
        self.counts = np.zeros((2, _BINS), np.int64)

    def add(self, confidence: FloatArray, case: cases.Case) -> None:
        sure = np.clip(confidence.astype(np.float64), 1e-13, 1 - 1e-13)
        bins = np.rint((np.log(sure / (1 - sure)) / _REACH + 1) / 2 * (_BINS - 1)).astype(int)
        for row, pixels in enumerate((case.clean, case.truth)):
            self.counts[row] += np.bincount(bins[pixels], minlength=_BINS)

    def _over(self) -> NDArray[np.int64]:
        """Clean and damaged pixels at or above each bin."""
        return self.counts[:, ::-1].cumsum(axis=1)[:, ::-1]

    def f1(self) -> tuple[float, float]:
        """At the default threshold and at the best."""
        false, true = self._over()
        every = 2 * true / np.maximum(1, true + false + self.counts[1].sum())
        return float(every[_BINS // 2]), float(every.max())

    def recall(self, alarms: float = 0.01) -> float:
        """Of damaged pixels, at the threshold that ``alarms`` of the clean ones pass."""
        false, true = self._over()
        allowed = np.flatnonzero(false <= alarms * self.counts[0].sum())
        return float(true[allowed[0]] / max(1, self.counts[1].sum())) if allowed.size else 0.0

    def alarms(self) -> float:
        """Share of clean pixels at or above the default threshold."""
        return float(self._over()[0][_BINS // 2] / max(1, self.counts[0].sum()))


def judged(made: Iterable[cases.Case], kinds: tuple[str, ...] = ALL) -> dict[str, Curve]:
    """Curves of all kinds together ("all"), of each by itself, of "simple" and of the network's."""
    curves = {name: Curve() for name in ("all", *kinds, "simple", *_LEARNED, *_UNION)}
    extra = {name: finder(ModelManager.shared().get(MODEL, precision="float32"), lambda: None) for name in _LEARNED}
    for case in made:
        found = confidences(case.pixels, (*kinds, "simple", *_LEARNED), extra=extra)
        found["all"] = np.maximum.reduce([found[kind] for kind in kinds])
        found |= {both: combine_kinds({kind: found[kind] for kind in (*kinds, NAME)}) for both in _UNION}
        for name, confidence in found.items():
            curves[name].add(confidence, case)
    return curves


def _groups(data: Path, quick: bool) -> Iterable[tuple[str, float, list[cases.Case]]]:
    """Name of a row, strength, and cases; rows come once or once for each strength."""
    kodak, old = (4, 2) if quick else (6, 3)
    grounds = cases.pictures(data / "eval" / "kodak24", kodak, 384)
    grounds += cases.pictures(data / "eval" / "old_photos", old, 384)
    sprites, masks = data / "train" / "film_damage", list(cases.traced(data / "eval" / "scratch_masks_real"))
    strengths = (0.5,) if quick else _STRENGTHS
    for strength in strengths:
        made = [cases.sprite_case(p, sprites, "scratches", 2 * i, strength) for i, p in enumerate(grounds)]
        yield f"scratches (sprites), strength {strength}", strength, made
    for strength in strengths:
        made = [cases.line_case(p, i, strength) for i, p in enumerate(grounds)]
        yield f"long lines (drawn), strength {strength}", strength, made
    for strength in strengths:
        made = [cases.traced_case(p, masks[i % len(masks)], i, strength) for i, p in enumerate(grounds)]
        yield f"traced masks, strength {strength}", strength, made
    for kind in cases.SPRITES:
        for third, strength in enumerate(_STRENGTHS if kind != "scratches" else ()):
            chosen = [(i, p) for i, p in enumerate(grounds) if i % 3 == third]
            made = [cases.sprite_case(p, sprites, kind, 2 * i, strength) for i, p in chosen]
            yield f"{kind} (sprites), all strengths", strength, made
    yield "lost patches (drawn)", 1.0, [cases.patch_case(p, i) for i, p in enumerate(grounds)]


def _pools(row: str, strength: float) -> tuple[str, ...]:
    """What a row's cases count for beside the row."""
    sprites = (f"{_SPRITES}, strength {strength}", _SPRITES) if "(sprites)" in row else ()
    return (row.split(",")[0], *sprites)


def _clean(data: Path, quick: bool, targets: Targets) -> None:
    rows = []
    for name, count, side in (("kodak24", 24, 768), ("natural", 30, 400), ("old_photos", 20, 400)):
        pictures = cases.pictures(data / "eval" / name, count // 4 if quick else count, side)
        curves = judged(cases.clean_case(picture) for picture in pictures)
        rows.append((f"{name}, {len(pictures)} pictures", *(f"{100 * c.alarms():.3f}" for c in curves.values())))
        if name == "kodak24":
            targets.check("masked of clean Kodak24, all kinds (%)", 100 * curves["all"].alarms(), "<=", 0.5)
            for name in (*_LEARNED, *_UNION):
                targets.check(f"masked of clean Kodak24, {name} (%)", 100 * curves[name].alarms(), "<=", 0.5)
    table(("% masked of clean pictures", "all", *ALL, "simple", *_LEARNED, *_UNION), rows)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.damage", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=FOLDER, metavar="FOLDER", help="with train/ and eval/")
    parser.add_argument("--quick", action="store_true", help="fewer pictures and one strength")
    arguments = parser.parse_args()
    if not (arguments.data / "train" / "film_damage").is_dir():
        sys.exit(f"{arguments.data} holds no train/film_damage; name the folder of the test pictures with --data.")
    print(machine.description())
    started = time.perf_counter()
    targets = Targets()
    rows: dict[str, dict[str, Curve]] = {}
    pooled: dict[str, dict[str, Curve]] = {}
    for row, strength, made in _groups(arguments.data, arguments.quick):
        curves = judged(made)
        for kept in (rows.setdefault(row, {}), *(pooled.setdefault(name, {}) for name in _pools(row, strength))):
            for which, curve in curves.items():
                kept.setdefault(which, Curve()).counts += curve.counts
    shown: list[tuple[str | float, ...]] = []
    for row, curves in rows.items():
        single = max(ALL, key=lambda kind: curves[kind].recall())
        shown.append((row, *_row(curves), single, curves[single].recall()))
    for name in (*_AGAINST_SIMPLE, *(f"{_SPRITES}, strength {strength}" for strength in _STRENGTHS), _SPRITES):
        shown.append((f"**{name}, all**" if "strength" not in name else name, *_row(pooled[name]), "", ""))
    head = [f"{what} of {name}" for name in _COLUMNS for what in ("F1", "recall at 1 %")]
    table(("damage", *head, "best kind alone", "its recall"), shown)
    for name in _AGAINST_SIMPLE:
        ours, plain = pooled[name]["all"].f1(), pooled[name]["simple"].f1()
        targets.check(f"{name}: F1 over that of simple, default thresholds", ours[0] / max(plain[0], 1e-9), ">=", 2)
    for learned in _LEARNED:
        strongest = _STRENGTHS[-1]  # about as film dirt is
        for name, least in ((_SPRITES, 0.75), ("traced masks", 0.55)):
            if strong := (rows | pooled).get(f"{name}, strength {strongest}"):
                targets.check(f"{learned}, {name}, strength {strongest}: F1", strong[learned].f1()[0], ">=", least)
            found = pooled[name]
            targets.check(f"{learned}, {name}: F1", found[learned].f1()[0], ">=", least)
            # At the false alarms of the filters' own threshold.
            more = found[learned].recall(found["all"].alarms()) - found["all"].recall(found["all"].alarms())
            targets.check(f"{learned}, {name}: recall over the filters' at their false alarms", more, ">=", 0)
    _clean(arguments.data, arguments.quick, targets)
    print(f"{time.perf_counter() - started:.0f} seconds")
    return targets.finish()


def _row(curves: dict[str, Curve]) -> list[str | float]:
    return [figure for which in _COLUMNS for figure in _figures(curves[which])]


def _figures(curve: Curve) -> tuple[str, float]:
    default, best = curve.f1()
    return f"{default:.2f} ({best:.2f})", curve.recall()


if __name__ == "__main__":
    sys.exit(main())
