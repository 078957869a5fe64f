"""RestorationPipeline: runs a recipe on a picture, a file, a folder or a film.

from restoration_pipeline import RestorationPipeline

restored, stats = RestorationPipeline().restore_image("photo.jpg", sr_scale=2)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from restoration_studio.config import Config
from restoration_studio.engine.engine import Engine
from restoration_studio.engine.errors import UnknownPictureType
from restoration_studio.engine.estimate import Estimate, estimate
from restoration_studio.engine.recipe import Recipe, build_schemas
from restoration_studio.engine.run import recipe_task
from restoration_studio.files import claim_output
from restoration_studio.image.picture import Picture
from restoration_studio.models import ModelManager
from restoration_studio.progress import CancelToken, Progress, ProgressCallback

if TYPE_CHECKING:
    from restoration_studio.engine.batch_report import BatchReport
    from restoration_studio.engine.cache import StageCache
    from restoration_studio.engine.result import RunResult
    from restoration_studio.engine.run import OnStage
    from restoration_studio.faces.layers import FaceLayer

__all__ = ["CancelToken", "Progress", "Recipe", "RestorationPipeline"]

build_schemas()  # here, where importing keeps other threads waiting

RecipeLike = Recipe | str | Path | Mapping[str, Any] | None
Stats = dict[str, Any]


class RestorationPipeline:
    """Runs recipes. One pipeline serves several threads at once.

    Args:
        config: what a person may set; read from environment and file when not given.
        models: networks come from here; the process's shared manager when neither is given.
    """

    def __init__(self, config: Config | None = None, models: ModelManager | None = None) -> None:
        models = models or (ModelManager(config) if config else ModelManager.shared())
        self.engine = Engine(config or models.config, models)

    @property
    def models(self) -> ModelManager:
        """Where networks come from."""
        return self.engine.models

    @property
    def config(self) -> Config:
        """What a person may set."""
        return self.engine.config

    @property
    def cache(self) -> StageCache:
        """Results of stages that the next run may begin from."""
        return self.engine.cache

    def recipe(self, recipe: RecipeLike = None, **keywords: Any) -> Recipe:
        """The recipe that a preset's name, a file's name, a dictionary or nothing stands for, with changes.

        Raises:
            RecipeError, UsageError: see ``Recipe``.
        """
        if recipe is None:
            chosen = Recipe.default()
        elif isinstance(recipe, Recipe):
            chosen = recipe
        elif isinstance(recipe, Mapping):
            chosen = Recipe.parse(recipe)
        elif isinstance(recipe, Path) or recipe.endswith(".json"):
            chosen = Recipe.load(recipe)
        else:
            chosen = Recipe.preset(recipe, self.config)
        return chosen.changed(**keywords) if keywords else chosen

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
                (``engine.recipe.keywords()`` lists them).

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

        chosen = self.recipe(recipe, **keywords)
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
            raise UnknownPictureType(kind=type(image).__name__)
        result = self.run(read, chosen, progress=progress, cancel=cancel)
        return give(result.picture), result.to_record()

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
            OutputClaimed: another run is writing ``target``.
            RestorationError: see ``errors``.
        """
        from restoration_studio.image.write import check_target

        source, target = Path(source), Path(target)
        chosen = self.recipe(recipe, **keywords)
        check_target(target, chosen.output)
        with (
            claim_output(target, overwrite=True, source=source),
            recipe_task(chosen, source.name, progress, cancel) as task,
        ):
            return self.engine.restore_file(source, target, chosen, task=task, record=record).to_record()

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
    ) -> BatchReport:
        """Restore every picture of a folder and its subfolders; see ``engine.batch``."""
        from restoration_studio.engine.batch import run_batch

        chosen = self.recipe(recipe, **keywords)
        return run_batch(
            self.engine,
            Path(input_dir),
            Path(output_dir),
            chosen,
            overwrite=overwrite,
            progress=progress,
            cancel=cancel,
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
            codec, crf, encoder_preset: see ``video.encode.EncodingOptions``.
            ignore_alpha: restore a film with transparency without it.
            progress: called with a ``Progress`` whose innermost task counts frames.
            cancel: stops at the next frame when set; finished parts are kept.
            keywords: as for ``restore_image``, and what only films have: ``deflicker`` and ``dirt`` (0 to 1),
                ``frame_rate`` ("25", "30000/1001" or "2x"), ``steady_colour`` and their settings.

        Raises:
            RestorationError: see ``errors``; ``Interrupted`` when stopped by ``cancel``.
        """
        from restoration_studio.engine.video import restore_video, with_video_defaults
        from restoration_studio.video.analysis import Part
        from restoration_studio.video.encode import EncodingOptions

        chosen = self.recipe(recipe, **keywords)
        if recipe is None:
            chosen = with_video_defaults(chosen, [name for name, value in keywords.items() if value is not None])
        return restore_video(
            self.engine,
            Path(input_path),
            Path(output_path),
            chosen,
            part=Part(start, end, max_frames, preview),
            options=EncodingOptions(codec, crf, encoder_preset, ignore_alpha),
            progress=progress,
            cancel=cancel,
            record=record,
        ).to_record()

    def restore_outcomes(
        self,
        image: Any,
        recipe: RecipeLike = None,
        *,
        count: int = 4,
        methods: Sequence[str] | str = (),
        progress: ProgressCallback | None = None,
        cancel: CancelToken | None = None,
        **keywords: Any,
    ) -> list[tuple[Any, Stats]]:
        """Restore one picture in several ways, with other methods of filling and other seeds.

        Args:
            image, recipe, keywords: as ``restore_image`` takes them.
            count, methods: see ``engine.outcomes.variants``.

        Returns:
            (result, stats) of each; the stats hold its recipe and, under "label", what sets it apart.
        """
        from restoration_studio.engine.outcomes import variants

        base = self.recipe(recipe, **({"apply_inpainting": True} | keywords))
        outcomes = []
        for variant in variants(base, count, methods=methods, config=self.config):
            result, stats = self.restore_image(image, variant.recipe, progress=progress, cancel=cancel)
            outcomes.append((result, stats | {"label": variant.label}))
        return outcomes

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
        on_stage: OnStage | None = None,
        on_layer: Callable[[FaceLayer], None] | None = None,
    ) -> RunResult:
        """Run a recipe on the picture ``read`` gives, and tell all of it.

        The picture is asked for here, so that nobody else holds the input of a large one in memory.

        Args:
            on_stage: called with 0 and the picture as it came in, then with n and the picture after the n-th stage.
            on_layer: is given each restored face (see ``faces.layers.mix_faces``), whose stage then runs though it
                has before.

        Raises:
            RestorationError: see ``errors``.
        """
        with recipe_task(recipe, "", progress, cancel) as task:
            return self.engine.run(read, recipe, task=task, on_stage=on_stage, on_layer=on_layer)
