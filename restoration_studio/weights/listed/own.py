"""Networks trained here, in the folder of this package; the card beside each file says on what and how well it does."""

from __future__ import annotations

from restoration_studio.weights.model import Model
from restoration_studio.weights.sources import ShippedSource

MODELS = (
    Model(
        name="small-colorizer",
        title="Small colouriser",
        purpose="colourisation",
        architecture="Colorizer",
        scale=1,
        licence="Apache-2.0",
        sources=(
            ShippedSource("small-colorizer.safetensors",
                          "294eae097e6448d9f13ad5c5f11a25080b4f6cef7e8d94e06000d833b15ca0ed", 7247844),
        ),
        giga_multiply_adds_per_megapixel=23.06921875,
        note="Comes with the program; quick and cautious. DDColor knows far more colours.",
    ),
    Model(
        name="damage-unet",
        title="Damage finder",
        purpose="finding damage",
        architecture="Damage U-Net",
        scale=1,
        licence="MIT",
        sources=(
            ShippedSource("damage-unet.safetensors",
                          "296dfa2dfd3d34d9f34ae865c857bd060cd035a0ed502089861619dacde6b8f7", 4817848),
        ),
        giga_multiply_adds_per_megapixel=37.4,
        note="Comes with the program; knows scratches, dust, hair and stains by what they look like.",
    ),
    Model(
        name="partial-convolution",
        title="Partial convolutions",
        purpose="inpainting",
        architecture="Partial convolutions",
        scale=1,
        licence="MIT",
        sources=(
            ShippedSource("partial-convolution.safetensors",
                          "207704190491ffcebddc4688439a5b87c9113864cecbde6f483dda14b4b7b4c4", 8026038),
        ),
        note="Comes with the program; continues edges and shades, invents no things.",
    ),
)  # fmt: skip
