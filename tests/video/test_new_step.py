"""A step added by one file and one line is found everywhere: flags, keywords, recipe, schema, run and record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

# The file that somebody writes ...
STEP = """
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from restoration_studio.image.picture import Picture
from restoration_studio.stages.base import setting
from restoration_studio.video.steps.base import StepContext, VideoStep, VideoStepSettings
from restoration_studio.video.stream import FrameStream, StepStream


class MirrorSettings(VideoStepSettings):
    share: float = setting(1.0, "How much of each frame is its mirror image.", title="Share", keyword="mirror",
                           step=0.1, ge=0.0, le=1.0)


class Mirror(VideoStep[MirrorSettings]):
    name = "mirror"
    title = "Mirror"
    summary = "Turns every frame round, and counts how many were light."
    flag = "mirror"
    main = "share"
    Settings: ClassVar = MirrorSettings

    def analyzer(self, settings):
        return Lightness()

    def apply(self, frames, settings, context):
        context.note(f"{int(frames.analysis.findings['mirror']['light'].sum())} frames are light.")
        return Mirrored(frames)


class Lightness:
    def __init__(self):
        self.values = []

    def add(self, small, unlike):
        self.values.append(float(small.mean() > 0))

    def finish(self, cuts):
        return {"light": np.array(self.values, np.float32)}


class Mirrored(StepStream):
    def read(self, first, stop):
        for picture in self.source.read(first, stop):
            yield picture.with_(pixels=np.ascontiguousarray(picture.pixels[:, ::-1]))
"""
# ... the line, and what is asked of the program then.
RUN = """
import json, sys
import restoration_studio.video.steps as steps
from mirror import Mirror
steps.VIDEO_STEPS = (*steps.VIDEO_STEPS, Mirror())

from restoration_studio.cli.flags import build_parser
from restoration_studio.engine.recipe import Recipe
from restoration_studio.pipeline import RestorationPipeline

source, target = sys.argv[1:]
stats = RestorationPipeline().restore_video(source, target, {"stages": []}, mirror=1.0, codec="ffv1")
print(json.dumps({
    "help": build_parser().format_help(),
    "recipe": Recipe.default().changed(mirror=0.5).dump()["video"],
    "schema": Recipe.model_json_schema()["$defs"]["VideoSteps"]["properties"]["mirror"],
    "off": Recipe.default().changed(mirror=0.0).dump().get("video"),
    "steps": stats["film"]["steps"],
    "ran": stats["recipe"]["video"],
}))
"""


def test_one_file_and_one_line_add_a_step(tmp_path: Path, make_clip: Any, read_back: Any) -> None:
    (tmp_path / "mirror.py").write_text(STEP, encoding="utf-8")
    (tmp_path / "run.py").write_text(RUN, encoding="utf-8")
    source, target = make_clip("film.mkv", codec="ffv1", frames=6, size=(96, 64)), tmp_path / "out.mkv"
    run = subprocess.run(
        [sys.executable, str(tmp_path / "run.py"), str(source), str(target)],
        capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    assert "--mirror 0-1" in found["help"] and "films: mirror" in found["help"]
    assert found["recipe"] == {"mirror": {"share": 0.5}} and found["off"] is None
    assert "MirrorSettings" in json.dumps(found["schema"])
    assert found["ran"] == {"mirror": {"share": 1.0}}
    (step,) = found["steps"]
    assert (step["step"], step["title"], step["notes"]) == ("mirror", "Mirror", ["6 frames are light."])
    before, after = read_back(source).frames, read_back(target).frames
    for a, b in zip(before, after, strict=True):
        assert np.abs(a[:, ::-1].astype(int) - b.astype(int)).mean() < 2
