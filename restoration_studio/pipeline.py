"""RestorationPipeline: runs a recipe on a picture, a file, a folder or a film.

from restoration_pipeline import RestorationPipeline

restored, stats = RestorationPipeline().restore_image("photo.jpg", sr_scale=2)
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from restoration_studio.config import Config
from restoration_studio.context import StageContext
from restoration_studio.engine.cache import StageCache, next_key
from restoration_studio.engine.estimate import Estimate, check_sizes, estimate, learn, stage_costs
from restoration_studio.engine.recipe import Recipe, Step
from restoration_studio.engine.step import InputHistory, run_step, said
from restoration_studio.errors import InputError, OutOfMemoryError, UsageError
from restoration_studio.files import sha256_of_file
from restoration_studio.image.picture import Picture
from restoration_studio.memory import return_freed_memory
from restoration_studio.models import ModelManager
from restoration_studio.progress import CancelToken, Progress, ProgressCallback, Reporter

if TYPE_CHECKING:
    from restoration_studio.engine.batch import Report
    from restoration_studio.faces.layers import FaceLayer

__all__ = ["CancelToken", "Progress", "Recipe", "RestorationPipeline"]

RecipeLike = Recipe | str | Path | Mapping[str, Any] | None
Stats = dict[str, Any]
_MEASURED_SIDE = 1024  # pixels; figures of large pictures are taken in their middle


class RestorationPipeline:
    """Runs recipes. One pipeline serves several threads at once.

    Args:
        config: what a person may set; read from environment and file when not given.
        models: networks come from here; the process's shared manager when neither is given.
    """

    def __init__(self, config: Config | None = None, models: ModelManager | None = None) -> None:
        self.models = models or (ModelManager(config) if config else ModelManager.shared())
        self.config = config or self.models.config
        self.cache = StageCache(self.config.stage_cache_mb * 1_000_000)

    def recipe(self, recipe: RecipeLike = None, **keywords: Any) -> Recipe:
        """The recipe that a preset's name, a file's name, a dictionary or nothing stands for, with changes.

        Raises:
            RecipeError, UsageError: see ``Recipe``.
        """
        if recipe is None:
            made = Recipe.default()
        elif isinstance(recipe, Recipe):
            made = recipe
        elif isinstance(recipe, Mapping):
            made = Recipe.parse(recipe)
        elif isinstance(recipe, Path) or recipe.endswith(".json"):
            made = Recipe.load(recipe)
        else:
            made = Recipe.preset(recipe, self.config)
        return made.changed(**keywords) if keywords else made

    def restore_image(
        self,
        image: Any,
        recipe: RecipeLike = None,
        *,
        progress: ProgressCallback | None = None,
        cancel: CancelToken | None = None,
        **keywords: Any,
    ) -> tuple[Any, Stats]:
        """Restore one picture.

        Args:
            image: the path of a file, a PIL image, a ``Picture``, or an array: RGB, RGBA or grey, uint8, uint16
                or float from 0 to 1.
            recipe: a recipe, the name of a preset, the path of a recipe or record, or a dictionary; every stage
                with its defaults when not given.
            progress: called with a ``Progress`` as the work goes on.
            cancel: stops the work at the next tile when set.
            keywords: such as ``apply_super_resolution``, ``sr_scale``, ``apply_denoising``,
                ``denoise_strength``, ``apply_detail_enhancement``, ``detail_strength`` and every other setting
                (``pipeline.recipe.keywords()`` lists them).

        Returns:
            the result and what was done. For a PIL image a PIL image, for a ``Picture`` a ``Picture``, for an
            array or a path an array of the same bit depth, (height, width, channels) or (height, width).

        Raises:
            RestorationError: see ``errors``; nothing is handed back as restored that is not.
        """
        from PIL import Image

        from restoration_studio.image.arrays import picture_from_array, picture_to_array
        from restoration_studio.image.pillow import picture_from_image, picture_to_image
        from restoration_studio.image.read import read_picture

        made = self.recipe(recipe, **keywords)
        give: Callable[[Picture], Any]
        if isinstance(image, str | Path):
            path, limit = Path(image), self.config.max_input_megapixels
            read, give = (lambda: read_picture(path, max_megapixels=limit)), picture_to_array
        elif isinstance(image, Picture):
            read, give = (lambda: image), (lambda picture: picture)
        elif isinstance(image, Image.Image):
            read, give = (lambda: picture_from_image(image)), picture_to_image
        elif isinstance(image, np.ndarray):
            read, give = (lambda: picture_from_array(image)), picture_to_array
        else:
            raise InputError(f"a {type(image).__name__} is no picture; give a path, a PIL image or an array.")
        picture, stats = self.run(read, made, progress=progress, cancel=cancel)
        return give(picture), stats

    def restore_file(
        self,
        source: Path | str,
        target: Path | str,
        recipe: RecipeLike = None,
        *,
        progress: ProgressCallback | None = None,
        cancel: CancelToken | None = None,
        record: bool = True,
        **keywords: Any,
    ) -> Stats:
        """Restore one file into another, with its metadata, and write the record beside it.

        The target appears only when it is whole. What the picture loses by the target's format is in the notes.

        Raises:
            RestorationError: see ``errors``.
        """
        from restoration_studio.engine.record import write_record
        from restoration_studio.image.read import read_picture
        from restoration_studio.image.write import check_side, write_picture

        source, target = Path(source), Path(target)
        made = self.recipe(recipe, **keywords)
        _check_target(source, target, made)  # before the work, not after it
        made_of = ""

        def read() -> Picture:
            nonlocal made_of
            picture = read_picture(source, max_megapixels=self.config.max_input_megapixels)
            made_of = sha256_of_file(source)  # now, as the file may be another or gone when the work is done
            costs = stage_costs(made, picture.height, picture.width)
            check_side(target, *(costs[-1][1] if costs else (picture.height, picture.width)))
            return picture

        picture, stats = self.run(read, made, progress=progress, cancel=cancel)
        written = write_picture(picture, target, made.output)
        stats["notes"] += written.notes
        stats["input"] |= {"file": str(source), "sha256": made_of}
        stats["output"] |= {"file": str(target), "sha256": sha256_of_file(target)}
        if record:
            write_record(stats, target)
        return stats

    def batch_restore_images(
        self,
        input_dir: Path | str,
        output_dir: Path | str,
        recipe: RecipeLike = None,
        *,
        overwrite: bool = False,
        progress: ProgressCallback | None = None,
        cancel: CancelToken | None = None,
        **keywords: Any,
    ) -> Report:
        """Restore every picture of a folder and its subfolders; see ``pipeline.batch``."""
        from restoration_studio.engine.batch import run_batch

        made = self.recipe(recipe, **keywords)
        return run_batch(
            self, Path(input_dir), Path(output_dir), made, overwrite=overwrite, progress=progress, cancel=cancel
        )

    def restore_video(
        self,
        input_path: Path | str,
        output_path: Path | str,
        recipe: RecipeLike = None,
        *,
        max_frames: int | None = None,
        start: float | None = None,
        end: float | None = None,
        preview: float | None = None,
        codec: str = "auto",
        crf: float | None = None,
        encoder_preset: str | None = None,
        ignore_alpha: bool = False,
        progress: ProgressCallback | None = None,
        cancel: CancelToken | None = None,
        record: bool = True,
        **keywords: Any,
    ) -> Stats:
        """Restore a film into another, with its sound, subtitles, chapters and timestamps; see docs/film.md.

        The result appears only when it is whole and has been checked. A run that was stopped or killed is gone
        on with by the same call.

        Args:
            recipe: as for ``restore_image``; without one, or a model named, super-resolution takes the fast
                network made for films.
            max_frames: restore only so many frames.
            start, end: seconds from the film's beginning.
            preview: seconds from the film's middle, in place of ``start`` and ``end``.
            codec, crf, encoder_preset: see ``media.film_encode.EncodingOptions``.
            ignore_alpha: restore a film with transparency without it.
            progress: called with a ``Progress`` whose ``what`` is "frame".
            cancel: stops at the next frame when set; finished parts are kept.
            keywords: as for ``restore_image``, and what only films have: ``deflicker`` and ``dirt`` (0 to 1),
                ``frame_rate`` ("25", "30000/1001" or "2x"), ``steady_colour`` and their settings.

        Raises:
            RestorationError: see ``errors``; ``Interrupted`` when stopped by ``cancel``.
        """
        from restoration_studio.engine.video import restore_video, with_video_defaults
        from restoration_studio.video.analysis import Part
        from restoration_studio.video.encode import EncodingOptions

        made = self.recipe(recipe, **keywords)
        if recipe is None:
            made = with_video_defaults(made, [name for name, value in keywords.items() if value is not None])
        return restore_video(
            self,
            Path(input_path),
            Path(output_path),
            made,
            part=Part(start, end, max_frames, preview),
            options=EncodingOptions(codec, crf, encoder_preset, ignore_alpha),
            progress=progress,
            cancel=cancel,
            record=record,
        )

    def estimate(self, height: int, width: int, recipe: RecipeLike = None, **keywords: Any) -> Estimate:
        """What a recipe will take for a picture of that size, without running anything."""
        return estimate(self.recipe(recipe, **keywords), height, width, self.config)

    def run(
        self,
        read: Callable[[], Picture],
        recipe: Recipe,
        *,
        progress: ProgressCallback | None = None,
        cancel: CancelToken | None = None,
        keep: list[Picture] | None = None,
        layers: list[FaceLayer] | None = None,
    ) -> tuple[Picture, Stats]:
        """Run a recipe on the picture ``read`` gives.

        The picture is asked for here, so that nobody else holds the input of a large one in memory. With
        ``keep`` the input and the picture after every stage are added to that list (see ``pipeline.layers``), with
        ``layers`` each restored face (see ``faces.layers.mix_faces``), whose stage then runs though it has before.
        """
        started = time.perf_counter()
        cancel = cancel or CancelToken()
        cancel.check()
        try:
            picture, stats = self._run_stages(read, recipe, progress, cancel, keep, layers)
        except MemoryError as error:
            raise OutOfMemoryError(
                "there is not enough memory for this picture; choose a smaller scale or close other programs."
            ) from error
        stats["seconds"] = round(time.perf_counter() - started, 3)
        return picture, stats

    def _run_stages(
        self,
        read: Callable[[], Picture],
        recipe: Recipe,
        progress: ProgressCallback | None,
        cancel: CancelToken,
        keep: list[Picture] | None,
        layers: list[FaceLayer] | None,
    ) -> tuple[Picture, Stats]:
        if recipe.film.items():
            title = recipe.film.items()[0][0].title
            raise UsageError(f"the recipe's step '{title}' is for films, and this is a picture; leave it out.")
        picture = read()
        if keep is not None:
            keep.append(picture)
        size = (picture.height, picture.width)
        costs = stage_costs(recipe, *size, self.config)
        check_sizes(recipe, *size, self.config)
        for step in recipe.stages:
            if step.settings.region is not None:
                step.settings.region.weights(*size)  # one that does not fit is refused now, not after the work
            step.runs.check(step.settings, *size)
        # Every stage is asked, so that one whose model cannot be meant is refused before any work.
        models = [name for step in recipe.stages for name in step.runs.models(step.settings)]
        needs_network = bool(models)
        precision = self.models.precision(recipe.precision, picture.bit_depth) if needs_network else "float32"
        device = self.models.device if needs_network else "cpu"
        stats: Stats = {
            "recipe": recipe.dump(),
            "asked": recipe.dump(),
            "input": _description(picture),
            "stages": [],
            "notes": list(picture.notes),
            "device": device,
            "precision": precision,
        }
        before = _figures(picture, size)
        reporter = Reporter(
            [step.runs.title for step in recipe.stages], [cost.giga_multiply_adds + 1 for cost, _ in costs], progress
        )
        # What is missing is found before the first stage works, not after it; each file is hashed once for all stages.
        fetching = StageContext(self.models, progress=reporter.piece, check_cancelled=cancel.check).fetching
        hashes = {name: self.models.fetch(name, fetching) for name in dict.fromkeys(models)}
        key = picture.content_hash() if self.cache.limit_bytes else ""
        back = InputHistory(recipe.stages, picture)
        for index, step in enumerate(recipe.stages):
            cancel.check()
            reporter.stage(index)
            context = StageContext(
                models=self.models,
                precision=precision,
                seed=recipe.seed,
                progress=reporter.piece,
                check_cancelled=cancel.check,
                on_layer=None if layers is None else layers.append,
                kept=self.cache.remember if self.cache.limit_bytes else None,
            )
            key, known = self._known(key, step, f"{device} {precision} {recipe.seed} {size}", hashes)
            clock = time.perf_counter()
            if known is not None and (layers is None or not step.runs.makes_layers):
                kept, told = known
                # The same pixels may come from another file: depth, profile and metadata are this one's own.
                picture = picture.with_(pixels=kept.pixels, alpha=kept.alpha, grey=kept.grey)
                told = told | {"cached": True, "seconds": 0.0}
            else:
                made = run_step(picture, step, back.give(context), size)
                seconds = time.perf_counter() - clock
                told = said(step, context, seconds)
                # A stage that found nothing to do, or had looked before, tells no pace.
                if made.pixels is not picture.pixels and not context.recalled:
                    learn(step.stage, costs[index][0], seconds - context.waited, self.config)
                picture = made
                if key:
                    self.cache.put(key, picture, told)
            back.passed(picture)
            if keep is not None:
                keep.append(picture)
            stats["stages"].append(told)
            stats["notes"] += told["notes"]
            stats["recipe"]["stages"][index] |= told["pinned"]
        if needs_network:
            return_freed_memory()  # writing a large result needs it
            stats["recipe"]["precision"] = precision
        stats["output"] = _description(picture)
        stats["metrics"] = {
            name: {"before": before[name], "after": after} for name, after in _figures(picture, size).items()
        }
        return picture, stats

    def _known(
        self, key: str, step: Step, machine: str, hashes: Mapping[str, str]
    ) -> tuple[str, tuple[Picture, dict[str, Any]] | None]:
        """The key of a step's result and, if it has been made before, the result."""
        if not key:
            return key, None
        used = [hashes[name] for name in step.runs.models(step.settings)]
        key = next_key(key, step.stage, step.settings.model_dump(mode="json"), used, machine)
        return key, self.cache.get(key)


def _check_target(source: Path, target: Path, recipe: Recipe) -> None:
    """Find out that a result cannot be written before the work is done, not after it."""
    from restoration_studio.image.write import check_target

    check_target(target, recipe.output)
    if target.exists() and source.exists() and target.samefile(source):
        raise UsageError(f"{target} is also the input; choose another name, so that the original is not overwritten.")


def _description(picture: Picture) -> dict[str, Any]:
    return {
        "width": picture.width,
        "height": picture.height,
        "bit_depth": picture.bit_depth,
        "grey": picture.grey,
        "alpha": picture.alpha is not None,
        "format": picture.format,
    }


def _figures(picture: Picture, size: tuple[int, int]) -> dict[str, float]:
    """Sharpness and noise at ``size`` (height, width), so that before and after can be compared.

    Large pictures are measured in their middle.
    """
    from restoration_studio.image.resize import resize
    from restoration_studio.measure.noise import estimate_noise
    from restoration_studio.measure.sharpness import sharpness

    sides = tuple(min(side, _MEASURED_SIDE) for side in size)
    ratio = picture.height / size[0], picture.width / size[1]
    top, left = ((size[axis] - sides[axis]) // 2 * ratio[axis] for axis in (0, 1))
    bottom, right = top + sides[0] * ratio[0], left + sides[1] * ratio[1]
    part = picture.pixels[int(top) : math.ceil(bottom), int(left) : math.ceil(right)]
    middle = part if part.shape[:2] == sides else resize(part, (sides[0], sides[1]))
    return {"sharpness": round(sharpness(middle), 2), "noise": round(estimate_noise(middle), 2)}
