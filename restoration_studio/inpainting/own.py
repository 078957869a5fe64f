"""The networks trained here, which come with the program; `weights/NAME.md` says how well each does."""

from __future__ import annotations

from typing import ClassVar

from restoration_studio.inpainting.network import NetworkFill


class OwnFill(NetworkFill):
    """One that takes windows of any size. It adds to a smooth filling, so its colours meet the surroundings."""

    surroundings: ClassVar[int] = 96
    match_colours: ClassVar[bool] = False

    def cost(self, pixels: float) -> float:
        return pixels * 5e-5


OWN: tuple[NetworkFill, ...] = (
    OwnFill(
        "partial-convolution",
        "Partial convolutions",
        "a small network that continues edges and shades; it comes with the program.",
        model="partial-convolution",
        side=512,
    ),
)
