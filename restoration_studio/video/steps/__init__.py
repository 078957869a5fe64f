"""What is done to videos alone, in the order it is done: one file for each step, and one line here."""

from __future__ import annotations

from typing import Any

from restoration_studio.video.steps.base import VideoStep
from restoration_studio.video.steps.deflicker import Deflicker
from restoration_studio.video.steps.dirt import Dirt
from restoration_studio.video.steps.frame_rate import FrameRate
from restoration_studio.video.steps.steady_colour import SteadyColour

VIDEO_STEPS: tuple[VideoStep[Any], ...] = (
    Deflicker(),
    Dirt(),
    FrameRate(),
    SteadyColour(),
)
