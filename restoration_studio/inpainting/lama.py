"""LaMa, as its authors trained it ("big-lama").

Suvorov, Logacheva, Mashikhin, Remizova, Ashukha, Silvestrov, Kong, Goka, Park, Lempitsky: "Resolution-robust
large mask inpainting with Fourier convolutions", WACV 2022, https://arxiv.org/abs/2109.07161.
"""

from __future__ import annotations

from typing import ClassVar

from restoration_studio.inpainting.network import NetworkFill


class LaMa(NetworkFill):
    """Trained on crops of 256 pixels and good to about three times that; its Fourier units need float32."""

    core: ClassVar[int] = 384
    surroundings: ClassVar[int] = 160

    def __init__(self) -> None:
        super().__init__(
            "lama",
            "LaMa",
            "a network that continues structure and texture into large holes (206 MB of weights).",
            model="big-lama",
            side=768,
            exact=True,
        )

    def cost(self, pixels: float) -> float:
        return pixels * 2.2e-3
