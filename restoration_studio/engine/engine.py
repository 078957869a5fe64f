"""The engine: networks, settings of the machine and the stage cache, and recipes run with them.

``RestorationPipeline`` is the façade with the owner's keywords; batches, films, outcomes and dry runs take the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from restoration_studio.config import Config
from restoration_studio.engine.cache import StageCache
from restoration_studio.engine.estimate import stage_costs
from restoration_studio.engine.prepare import PreparedRun, prepare
from restoration_studio.engine.recipe import Recipe
from restoration_studio.engine.result import RunResult
from restoration_studio.engine.run import OnStage, run
from restoration_studio.files import claim_output, sha256_of_file
from restoration_studio.image.picture import Picture
from restoration_studio.models import ModelManager
from restoration_studio.progress import Task, silent_task


class Engine:
    """Runs recipes. One engine serves several threads at once.

    Args:
        config: what a person may set.
        models: gives networks.
    """

    def __init__(self, config: Config, models: ModelManager) -> None:
        self.config, self.models = config, models
        self.cache = StageCache(config.stage_cache_mb * 1_000_000)

    def prepare(self, recipe: Recipe, height: int, width: int, bit_depth: int = 8) -> PreparedRun:
        """Check a recipe against a picture's size; see ``engine.prepare.prepare``."""
        return prepare(recipe, height, width, bit_depth, models=self.models)

    def run(
        self,
        read: Callable[[], Picture],
        recipe: Recipe,
        *,
        task: Task | None = None,
        on_stage: OnStage | None = None,
        on_layer: Callable[[Any], None] | None = None,
    ) -> RunResult:
        """Run a recipe on the picture ``read`` gives; see ``engine.run.run``."""
        return run(
            read,
            recipe,
            models=self.models,
            cache=self.cache,
            task=task or silent_task(),
            on_stage=on_stage,
            on_layer=on_layer,
        )

    def restore_file(
        self, source: Path, target: Path, recipe: Recipe, *, task: Task | None = None, record: bool = True
    ) -> RunResult:
        """Restore one file into another, with its metadata, and write the record beside it.

        The target appears only when it is whole. What the picture loses by the target's format is in the notes.

        Raises:
            RestorationError: see ``errors``.
        """
        from restoration_studio.engine.record import write_record
        from restoration_studio.image.read import read_picture
        from restoration_studio.image.write import check_side, check_target, write_picture

        task = task or silent_task()
        check_target(target, recipe.output)  # before the work, not after it
        source_sha256 = ""

        def read() -> Picture:
            nonlocal source_sha256
            picture = read_picture(source, max_megapixels=self.config.max_input_megapixels)
            source_sha256 = sha256_of_file(source)  # now, as the file may be another or gone when the work is done
            costs = stage_costs(recipe, picture.height, picture.width)
            check_side(target, *(costs[-1][1] if costs else (picture.height, picture.width)))
            return picture

        # A batch that runs beside another into the same folder waits; who must not wait has claimed the file before.
        with claim_output(target, overwrite=True, source=source, wait=task.check):
            result = self.run(read, recipe, task=task)
            written = write_picture(result.picture, target, recipe.output)
            result = replace(
                result,
                notes=(*result.notes, *written.notes),
                source=replace(result.source, file=str(source), sha256=source_sha256),
                target=replace(result.target, file=str(target), sha256=sha256_of_file(target)),
            )
            if record:
                write_record(result.to_record(), target)
            return result
