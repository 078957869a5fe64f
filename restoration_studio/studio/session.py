"""What the page remembers of a visit: the picture, the running job, results and how they were made."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from restoration_studio.engine.layers import Layers
from restoration_studio.engine.propose import Proposal, propose
from restoration_studio.engine.recipe import Recipe
from restoration_studio.image.picture import Picture
from restoration_studio.image.read import read_picture
from restoration_studio.pipeline import RestorationPipeline
from restoration_studio.progress import CancelToken, ProgressCallback
from restoration_studio.studio.jobs import Job
from restoration_studio.studio.server_state import service
from restoration_studio.studio.wording import errors_named

if TYPE_CHECKING:
    from restoration_studio.faces.layers import FaceLayer

MOST_RESULTS = 6  # of a visit, kept in memory; the oldest goes first
_PREVIEW_LAYERS_MEGAPIXELS = 24.0  # above, strengths are not kept as layers: the memory is better used


@dataclass(eq=False)
class Loaded:
    """The picture a visitor works on."""

    name: str
    picture: Picture
    proposal: Proposal


@dataclass(eq=False)
class Result:
    """One restoration of this visit.

    Attributes:
        before_shown: the input as a screen shows it, (height, width, 3) uint8; made once, not at every move.
        layers: None where the picture is too large to keep them, or where they had to make room.
        steps: title and picture after each stage, as a screen shows it.
        faces: what each restored face changed, whose strength can be moved by itself.
        label: what sets it apart from others of the same picture.
    """

    name: str
    before: Picture
    after: Picture
    recipe: Recipe
    stats: dict[str, Any]
    layers: Layers | None
    before_shown: NDArray[np.uint8]
    steps: list[tuple[str, NDArray[np.uint8]]] = field(default_factory=list)
    faces: list[FaceLayer] = field(default_factory=list)
    label: str = ""

    @property
    def bytes_held(self) -> int:
        """Bytes of its arrays; the input is counted, as the visitor may have opened another picture since."""
        arrays: list[NDArray[Any]] = [self.before.pixels, self.after.pixels, self.before_shown]
        arrays += [step for _, step in self.steps]
        arrays += [face.change for face in self.faces]
        if self.layers is not None:
            arrays += [self.layers.base, *self.layers.changes]
        return sum(array.nbytes for array in arrays)


@dataclass(eq=False)
class Outcomes:
    """Several ways of filling the same holes, to choose from; sentences on those that could not be made."""

    results: list[Result]
    problems: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Found:
    """The damage found in a picture: how sure the search is of each pixel, and what was looked for."""

    key: tuple[Any, ...]
    sure: NDArray[np.float32]


@dataclass(eq=False)
class Session:
    """All of a visit; it ends with the visit, and nothing of it is written anywhere."""

    loaded: Loaded | None = None
    source: str = ""  # which upload or example was loaded last
    problem: str = ""  # the last failure, one sentence
    job: Job | None = None
    results: list[Result] = field(default_factory=list)
    shown: Result | None = None
    outcomes: Outcomes | None = None
    found: Found | None = None
    recipe: Recipe | None = None  # as the main page's controls stood last, for pictures of the same series

    @property
    def bytes_held(self) -> int:
        """Bytes of all results, those to choose from among them."""
        held = {id(result): result for result in self.results}
        held |= {id(result): result for result in (self.outcomes.results if self.outcomes else ())}
        return sum(result.bytes_held for result in held.values()) + (self.found.sure.nbytes if self.found else 0)

    def show(self, result: Result) -> None:
        """Make it the result in sight; the oldest of many goes."""
        if all(one is not result for one in self.results):
            self.results = [*self.results, result][-MOST_RESULTS:]
        self.shown = result


def session() -> Session:
    """This visitor's session."""
    if "session" not in st.session_state:
        st.session_state.session = Session()
        service().shelf.watch(st.session_state.session)
    found: Session = st.session_state.session
    return found


def load(name: str, data: bytes, max_megapixels: float) -> Loaded:
    """Read an uploaded or example file and look at it.

    Raises:
        InputError: it is no picture, or too large.
    """
    picture = read_bytes(name, data, max_megapixels)
    return Loaded(name, picture, propose(picture))


def read_bytes(name: str, data: bytes, max_megapixels: float) -> Picture:
    """Read a picture file a visitor sent; messages name it as the visitor does.

    Raises:
        InputError: it is no picture, or too large.
    """
    with TemporaryDirectory() as folder:
        # The reader wants a file; its name keeps the suffix and nothing else a visitor chose.
        path = Path(folder) / ("picture" + Path(name).suffix.lower()[:10])
        path.write_bytes(data)
        with errors_named({path: name}):
            picture = read_picture(path, max_megapixels=max_megapixels)
    return picture.with_(source=None)


def restoration(
    pipeline: RestorationPipeline,
    loaded: Loaded,
    recipe: Recipe,
    *,
    label: str = "",
    layers_megapixels: float = _PREVIEW_LAYERS_MEGAPIXELS,
) -> Callable[[ProgressCallback, CancelToken], Result]:
    """The work of one restoration, for the queue; up to ``layers_megapixels`` the stages are kept as layers."""

    def run(progress: ProgressCallback, cancel: CancelToken) -> Result:
        kept: list[Picture] = []
        faces: list[FaceLayer] | None = [] if any(step.runs.makes_layers for step in recipe.stages) else None
        after, stats = pipeline.run(
            lambda: loaded.picture, recipe, progress=progress, cancel=cancel, keep=kept, layers=faces
        )
        layers = Layers.of(kept, recipe) if after.megapixels <= layers_megapixels and recipe.stages else None
        steps = [
            (step.runs.title, screen_pixels(thumbnail_of(picture)))
            for step, picture in zip(recipe.stages, kept[1:], strict=True)
        ]
        stats["input"]["file"] = loaded.name
        before = screen_pixels(loaded.picture)
        return Result(loaded.name, loaded.picture, after, recipe, stats, layers, before, steps, faces or [], label)

    return run


def with_shares(recipe: Recipe, shares: Mapping[int, float]) -> Recipe:
    """The recipe with each stage's strength multiplied by its share."""
    data = recipe.dump()
    for index, share in shares.items():
        data["stages"][index]["strength"] *= share
    return Recipe.parse(data)


def collect(state: Session) -> None:
    """Take a finished job's result or its reason for failing into the session."""
    job = state.job
    if job is None or job.active:
        return
    state.job = None
    state.problem = job.message
    if isinstance(job.result, Outcomes):
        state.outcomes, state.problem = job.result, " ".join(job.result.problems)
    elif isinstance(job.result, Found):
        state.found = job.result
    elif job.result is not None:
        state.show(job.result)
    service().shelf.tidy()


def thumbnail_of(picture: Picture, longest: int = 1600) -> Picture:
    """The picture, made smaller if it is larger than a screen."""
    from restoration_studio.image.resize import resize

    ratio = longest / max(picture.height, picture.width)
    if ratio >= 1:
        return picture
    size = max(1, round(picture.height * ratio)), max(1, round(picture.width * ratio))
    return picture.with_(pixels=resize(picture.pixels, size), alpha=None)


def screen_pixels(picture: Picture) -> NDArray[np.uint8]:
    """The picture as a screen shows it: sRGB, 8 bits, over white where it is transparent."""
    from PIL import Image, ImageCms

    pixels = picture.pixels
    if picture.alpha is not None:
        alpha = picture.alpha[:, :, None]
        pixels = pixels * alpha + (1 - alpha)
    shown = np.empty(pixels.shape, np.uint8)
    for start in range(0, len(pixels), 512):
        shown[start : start + 512] = np.round(pixels[start : start + 512] * 255)
    if picture.metadata.icc is None or picture.grey:
        return shown
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(picture.metadata.icc))
        image = ImageCms.profileToProfile(Image.fromarray(shown), profile, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError):
        return shown  # a profile that cannot be used is carried into the file all the same
    return np.asarray(image)
