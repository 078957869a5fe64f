"""A look at a visitor's film before anything is done to it: its facts, where it fits, what it seems to need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from restoration_studio.engine.propose import Proposal, propose
from restoration_studio.engine.video import with_video_defaults
from restoration_studio.errors import RestorationError, UsageError
from restoration_studio.image.picture import Picture
from restoration_studio.studio.core.video_stills import length_of, still
from restoration_studio.video.analysis import Part, resolve_part
from restoration_studio.video.encode import CODECS, CONTAINERS, EncodingOptions, choose_encoding, container_of
from restoration_studio.video.flicker_score import flicker_score
from restoration_studio.video.mux import tracks_to_copy
from restoration_studio.video.probe import VideoInfo, probe_video
from restoration_studio.video.scan import analyze_video

_FLICKERING = 1.0  # levels of 255; steady clips read 0.00 to 0.06


@dataclass(eq=False)
class LoadedVideo:
    """The film a visitor works on.

    Attributes:
        length: seconds.
        suffixes: endings of files that all its sound and subtitles go into, the usual one first.
        middle: the frame in its middle as a screen shows it.
    """

    name: str
    path: Path
    info: VideoInfo
    length: float
    suffixes: tuple[str, ...]
    middle: NDArray[np.uint8]
    proposal: Proposal

    @property
    def frame_rate(self) -> float:
        return float(self.info.frame_rate or 25)


def look_at(name: str, path: Path) -> LoadedVideo:
    """What is known of a film before anything is done to it.

    Raises:
        InputError: it is no film that can be read.
    """
    info = probe_video(path)
    length = length_of(info)
    middle = Picture(still(info, length / 2))
    usual = {".m4v": ".mp4"}.get(path.suffix, path.suffix)
    order = sorted((suffix for suffix in CONTAINERS if suffix != ".m4v"), key=lambda suffix: suffix != usual)
    fitting = tuple(suffix for suffix in order if _takes_all(info, suffix))
    if not fitting:
        tracks_to_copy(info, container_of(Path("film.mkv")))  # says which track it is
    shown = np.round(middle.pixels * 255).astype(np.uint8)
    return LoadedVideo(name, path, info, length, fitting, shown, video_proposal(middle, flicker_of(info)))


def flicker_of(info: VideoInfo) -> float:
    """How much two seconds in the film's middle flicker, in levels of 255 (see ``video.flicker_score``)."""
    try:
        analysis = analyze_video(info, resolve_part(info, Part(preview=2.0)))
    except RestorationError:
        return 0.0  # nobody has looked; what is wrong with the film is told when that part of it is to be restored
    return flicker_score(analysis.jumps, analysis.cuts)


def _takes_all(info: VideoInfo, suffix: str) -> bool:
    return _fits(lambda: tracks_to_copy(info, container_of(Path(f"film{suffix}"))))


def codecs_for(video: LoadedVideo, suffix: str) -> list[str]:
    """The codecs that this film can have in a file of that ending."""
    target, size = Path(f"film{suffix}"), video.info.upright_size
    return [name for name in CODECS if _fits(partial(choose_encoding, video.info, EncodingOptions(name), target, size))]


def _fits(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except UsageError:
        return False
    return True


def video_proposal(middle: Picture, flicker: float = 0.0) -> Proposal:
    """What to try first on a film that looks like ``middle`` and flickers by so many levels of 255."""
    seen = propose(middle, video=True)
    recipe = with_video_defaults(seen.recipe)
    reasons = {name: why.replace("JPEG ", "") for name, why in seen.reasons.items()}
    if flicker >= _FLICKERING:
        recipe = recipe.changed(deflicker=1.0)
        reasons["deflicker"] = f"Its brightness jumps by {flicker:.1f} levels of 255 from frame to frame."
    return Proposal(recipe, seen.findings, reasons)
