"""Runs a prepared recipe on a picture, stage by stage."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from restoration_studio.engine.cache import StageCache, next_key
from restoration_studio.engine.errors import NotEnoughMemory
from restoration_studio.engine.estimate import learn
from restoration_studio.engine.prepare import DownloadReporter, PreparedRun, prepare
from restoration_studio.engine.recipe import Recipe, Step
from restoration_studio.engine.result import PictureFacts, RunResult, StageResult, measure_figures
from restoration_studio.engine.step import InputHistory, run_step
from restoration_studio.image.picture import Picture
from restoration_studio.memory import return_freed_memory
from restoration_studio.progress import CancelToken, ProgressCallback, ProgressTracker, Task

if TYPE_CHECKING:
    from restoration_studio.models import ModelManager

OnStage = Callable[[int, Picture], None]
"""Called with 0 and the picture as it came in, then with n and the picture after the n-th stage."""


def recipe_task(
    recipe: Recipe, description: str, progress: ProgressCallback | None, cancel: CancelToken | None
) -> Task:
    """The outermost task of a run of its own: it counts stages."""
    return ProgressTracker(progress, cancel).task(description, total=len(recipe.stages), unit="stage")


def run(
    read: Callable[[], Picture],
    recipe: Recipe,
    *,
    models: ModelManager,
    cache: StageCache,
    task: Task,
    on_stage: OnStage | None = None,
    on_layer: Callable[[Any], None] | None = None,
) -> RunResult:
    """Run a recipe on the picture ``read`` gives.

    The picture is asked for here, so that nobody else holds the input of a large one in memory.

    Args:
        task: told of progress, stage by stage; asked whether to stop.
        on_stage: is shown the picture before the first and after every stage.
        on_layer: is given what can be weighed anew later, such as each restored face (see
            ``faces.layers.mix_faces``); a stage that makes such layers then runs though it has before.

    Raises:
        RestorationError: see ``errors``; nothing is handed back as restored that is not.
    """
    started = time.perf_counter()
    task.check()
    try:
        return _run(read, recipe, models, cache, task, on_stage, on_layer, started)
    except MemoryError as error:
        raise NotEnoughMemory(what="picture") from error


def _run(
    read: Callable[[], Picture],
    recipe: Recipe,
    models: ModelManager,
    cache: StageCache,
    task: Task,
    on_stage: OnStage | None,
    on_layer: Callable[[Any], None] | None,
    started: float,
) -> RunResult:
    picture = read()
    if on_stage is not None:
        on_stage(0, picture)
    prepared = prepare(recipe, picture.height, picture.width, picture.bit_depth, models=models)
    size = prepared.size
    source, notes = PictureFacts.of(picture), list(picture.notes)
    before = measure_figures(picture, size)
    weights = [cost.giga_multiply_adds + 1 for cost, _ in prepared.costs]
    task.expect(sum(weights))
    prepared = prepared.fetch(task)
    key = picture.content_hash() if cache.limit_bytes else ""
    machine = f"{prepared.device} {prepared.precision} {recipe.seed} {size}"
    history = InputHistory(recipe.stages, picture)
    stages: list[StageResult] = []
    for index, step in enumerate(recipe.stages):
        task.check()
        with task.task(step.runs.title, weight=weights[index], index=index, count=len(weights)) as stage_task:
            if key:
                settings = step.settings.model_dump(mode="json")
                key = next_key(key, step.stage, settings, prepared.hashes_of(step), machine, recipe.keep_colours)
            kept = cache.get(key) if key else None
            if kept is not None and (on_layer is None or not step.runs.makes_layers):
                # The same pixels may come from another file: depth, profile and metadata are this one's own.
                picture = picture.with_(pixels=kept[0].pixels, alpha=kept[0].alpha, grey=kept[0].grey)
                result = kept[1].from_cache()
            else:
                picture, result = _run_stage(picture, index, prepared, history, cache, stage_task, on_layer)
                if key:
                    cache.put(key, picture, result)
        history.advance(picture)
        if on_stage is not None:
            on_stage(index + 1, picture)
        stages.append(result)
        notes += result.notes
    ran = recipe.dump()
    for index, result in enumerate(stages):
        ran["stages"][index] |= result.pinned
    if prepared.needs_networks:
        return_freed_memory()  # writing a large result needs it
        ran["precision"] = prepared.precision
    after = measure_figures(picture, size)
    return RunResult(
        picture=picture,
        asked=recipe,
        recipe=ran,
        source=source,
        target=PictureFacts.of(picture),
        stages=tuple(stages),
        notes=tuple(notes),
        device=prepared.device,
        precision=prepared.precision,
        metrics={name: {"before": before[name], "after": value} for name, value in after.items()},
        seconds=round(time.perf_counter() - started, 3),
    )


def _run_stage(
    picture: Picture,
    index: int,
    prepared: PreparedRun,
    history: InputHistory,
    cache: StageCache,
    task: Task,
    on_layer: Callable[[Any], None] | None,
) -> tuple[Picture, StageResult]:
    """Run one stage that has not been run on this picture before."""
    step: Step = prepared.recipe.stages[index]
    context = prepared.context(
        progress=piece_reporter(task),
        check_cancelled=task.check,
        on_layer=on_layer,
        recall=cache.remember if cache.limit_bytes else None,
    )
    clock = time.perf_counter()
    changed = run_step(
        picture, step, history.fill_in(context), prepared.size, keep_colours=prepared.recipe.keep_colours
    )
    seconds = time.perf_counter() - clock
    # A stage that found nothing to do, or had looked before, tells no pace.
    if changed.pixels is not picture.pixels and not context.recalled:
        learn(step.stage, prepared.costs[index][0], seconds - context.loading_seconds, prepared.manager.config)
    return changed, StageResult.of(step, context, seconds)


def piece_reporter(task: Task) -> Callable[[int, int, str], None]:
    """What a stage tells its pieces to: tiles and strips count as its work, bytes of weights do not."""
    downloads = DownloadReporter(task)

    def report(done: int, total: int, what: str) -> None:
        if what in ("tile", "strip"):
            downloads.end()
            task.update(done, total, unit=what)
        else:
            downloads(done, total, what)

    return report
