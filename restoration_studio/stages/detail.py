"""Detail: an unsharp mask on the luminance that neither clips nor draws halos."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from restoration_studio.context import StageContext
from restoration_studio.image.luma import BT601
from restoration_studio.lazy import numpy as np
from restoration_studio.stages.base import Cost, ProposalContext, Stage, StageSettings, Suggestion, setting
from restoration_studio.strips import run_in_strips

if TYPE_CHECKING:
    from restoration_studio.image.picture import FloatArray, Picture

# Edges may pass the brightest or darkest neighbour by this much of the room left to white or black:
# below what the eye takes for a halo, enough for texture to gain.
_OVERSHOOT = 0.03
_ROOM = 0.9  # of the way to black or white that a channel may go, so that it never arrives


class DetailSettings(StageSettings):
    amount: float = setting(
        1.3,
        "How much fine contrast is raised: 1 leaves it, 2 doubles it.",
        title="Strength",
        keyword="detail_strength",
        step=0.05,
        ge=1.0,
        le=2.0,
    )
    radius: float = setting(
        1.5,
        "Size of the detail that is raised: the deviation of the blur it is measured against.",
        title="Radius",
        unit="pixels",
        step=0.1,
        advanced=True,
        ge=0.3,
        le=10.0,
    )


class Detail(Stage[DetailSettings]):
    name = "detail"
    title = "Detail"
    summary = "Raises fine contrast without halos."
    flag = "detail"
    toggle = "apply_detail_enhancement"
    steady = True
    Settings: ClassVar = DetailSettings

    def suggest(self, picture: Picture, context: ProposalContext) -> Suggestion | None:
        """For every picture: lightly, and more where it is soft."""
        blurred = context.present("blurred")
        if blurred is not None:
            return Suggestion(blurred.sentence, {"amount": 1.3})
        return Suggestion("A light touch brings fine contrast forward.", {"amount": 1.15})

    def cost(self, settings: DetailSettings, height: int, width: int) -> Cost:
        return Cost(height * width / 1e6 * 4.0, 150e6)

    def run(self, picture: Picture, settings: DetailSettings, context: StageContext) -> Picture:
        reach = int(np.ceil(settings.radius * 3))
        sharpen = lambda strip: unsharp_mask(strip, settings.amount, settings.radius)  # noqa: E731
        return picture.with_(pixels=run_in_strips(sharpen, picture.pixels, reach, context))


def unsharp_mask(pixels: FloatArray, amount: float, radius: float) -> FloatArray:
    """Raise what a Gaussian blur of deviation ``radius`` would take away, ``amount`` times.

    The new luminance is held to the range of its neighbourhood and the same change is made to the three
    channels as far as all of them stay between 0 and 1, so hues stay and nothing clips.

    Args:
        pixels: (height, width, 3) float32, 0 to 1.
        amount: 1 for no change.
        radius: pixels.
    """
    import cv2

    luminance = pixels @ np.array(BT601, np.float32)
    side = 2 * int(np.ceil(radius * 3)) + 1
    blurred = cv2.GaussianBlur(luminance, (side, side), radius)
    window = np.ones((2 * int(np.ceil(radius)) + 1,) * 2, np.uint8)
    highest, lowest = cv2.dilate(luminance, window), cv2.erode(luminance, window)
    highest += np.float32(_OVERSHOOT) * (1 - highest)
    lowest -= np.float32(_OVERSHOOT) * lowest
    wanted = luminance + np.float32(amount - 1) * (luminance - blurred)
    change = np.clip(wanted, lowest, highest) - luminance
    change = np.clip(change, -_ROOM * pixels.min(axis=2), _ROOM * (1 - pixels.max(axis=2)))
    sharpened: FloatArray = pixels + change[:, :, None]
    return np.clip(sharpened, 0, 1, out=sharpened)
