"""Pictures, films and files of weights for ``benchmarks.same_results``: small, odd, and the same bytes every time.

Made of the examples, of scikit-image's photographs and of ``../shared``; what is not there is left out, and so are the
runs that need it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import ExifTags, Image

from benchmarks.pictures import crops

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples" / "input"
SHARED = ROOT.parent / "shared"
ODD_PICTURES = (".jpg", ".png", ".tif", ".avif")
P3: dict[str, Any] = {
    "whitepoint": [0.3127, 0.329, 1],
    "primaries": [0.68, 0.32, 1, 0.265, 0.69, 1, 0.15, 0.06, 1],
    "gamma": 2.2,
}
XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="image/jpeg" dc:source="a drawer"/></rdf:RDF></x:xmpmeta>'
    b'<?xpacket end="w"?>'
)
RECIPE = {
    "format": 1,
    "name": "own",
    "description": "Another order than the usual one, a region, a blend.",
    "stages": [
        {"stage": "detail", "amount": 1.5, "radius": 2.0, "strength": 0.7},
        {"stage": "denoise", "method": "nlm", "level": 7.0, "region": {"polygons": [[[5, 5], [90, 9], [40, 70]]]}},
        {"stage": "grain", "method": "manual", "level": 6.0, "size": 1.2},
    ],
    "seed": 11,
    "output": {"quality": 88, "chroma": "4:2:0"},
}


def make_inputs(folder: Path) -> None:
    """Write everything into ``folder``, which is emptied before."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in sorted(EXAMPLES.glob("*.*")):
        if path.suffix != ".md":
            shutil.copyfile(path, folder / path.name)
    _pictures(folder)
    _masks(folder)
    _album(folder)
    _weights(folder)
    (folder / "recipe.json").write_text(json.dumps(RECIPE), encoding="utf-8")
    record = {"record": 1, "recipe": RECIPE | {"seed": 12}, "asked": RECIPE, "notes": [], "versions": {}}
    (folder / "old.record.json").write_text(json.dumps(record), encoding="utf-8")
    _copied(folder / "odd", sorted((SHARED / "cases").glob("*.*")), ODD_PICTURES)
    _copied(folder / "films", sorted((SHARED / "cases").glob("*.*")), (".mp4", ".mov", ".mkv", ".webm", ".3gp"))
    _copied(folder / "films", [SHARED / "data" / "video" / "transparent.webm"], (".webm",))
    _old_film(folder / "films" / "old.mkv")
    _diffusion(folder / "diffusion")


def _copied(folder: Path, paths: Iterable[Path], suffixes: tuple[str, ...]) -> None:
    for path in paths:
        if path.suffix in suffixes and path.is_file() and not path.name.startswith("m_"):
            folder.mkdir(exist_ok=True)  # one that would be empty is not made, so that it is missed
            shutil.copyfile(path, folder / path.name)


def _noisy(pixels: NDArray[np.uint8], sigma: float, seed: int) -> NDArray[np.float64]:
    """Values from 0 to 1 with noise of ``sigma`` levels of 255."""
    noise = np.random.default_rng(seed).normal(0, sigma, pixels.shape)
    return np.asarray(np.clip((pixels + noise) / 255, 0, 1), np.float64)


def _levels(values: NDArray[np.float64], most: int = 255) -> NDArray[Any]:
    return np.rint(values * most).astype(np.uint8 if most == 255 else np.uint16)


def _pictures(folder: Path) -> None:
    import skimage.data

    noise = zip(crops(64, 96).values(), (6, 9, 4), strict=True)
    portrait, cat, table = (_noisy(photograph, sigma, 3) for photograph, sigma in noise)
    Image.fromarray(_levels(portrait)).save(folder / "noisy.png")
    Image.fromarray(_levels(table.mean(axis=2))).save(folder / "grey.png")
    soft = np.linspace(0, 1, 96)[None, :].repeat(64, axis=0)
    Image.fromarray(_levels(np.dstack((cat, soft)))).save(folder / "alpha.png", dpi=(150, 150))
    (folder / "deep.png").write_bytes(imagecodecs.png_encode(_levels(np.dstack((cat, soft)), 65535)))
    (folder / "grey16.png").write_bytes(imagecodecs.png_encode(_levels(table.mean(axis=2), 65535)))
    profile = bytearray(imagecodecs.cms_profile("rgb", **P3))
    profile[24:36] = bytes.fromhex("07d0 0001 0001 0000 0000 0000")  # else the moment it was made
    icc = bytes(profile)
    tifffile.imwrite(folder / "deep.tif", _levels(portrait, 65535), photometric="rgb", metadata=None, iccprofile=icc,
                     resolution=(300, 300), resolutionunit="INCH", compression="zlib")  # fmt: skip
    tifffile.imwrite(folder / "float.tif", table.astype(np.float32), photometric="rgb", metadata=None)
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Orientation] = "Kamera", 8
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "1999:12:31 23:59:59"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (52.0, 31.0, 12.5), 3: "E", 4: (13.0, 24.0, 18.25)})
    Image.fromarray(_levels(table)).save(folder / "p3.jpg", quality=90, icc_profile=icc, exif=exif, xmp=XMP,
                                         dpi=(300, 300), comment=b"from a drawer")  # fmt: skip
    Image.fromarray(skimage.data.astronaut()[:256, 90:350]).save(folder / "face.png")
    Image.fromarray(skimage.data.coffee()[40:232, 160:352].mean(axis=2).astype(np.uint8)).save(folder / "grey.jpg")


def _masks(folder: Path) -> None:
    with Image.open(folder / "photographer_scratched.jpg") as image:
        width, height = image.size
    mask = np.zeros((height, width), np.uint8)
    cv2.line(mask, (20, 30), (width - 30, height - 60), 255, 5)
    cv2.circle(mask, (width // 2, height // 3), 18, 255, -1)
    Image.fromarray(mask).save(folder / "mask.png")
    Image.fromarray(mask[::2, ::2]).save(folder / "mask_small.png")


def _album(folder: Path) -> None:
    album = folder / "album"
    (album / "inner").mkdir(parents=True)
    for name in ("coffee_sideways_phone.jpg", "grey.png", "alpha.png", "deep.png", "p3.jpg", "noisy.png"):
        shutil.copyfile(folder / name, album / name)
    shutil.copyfile(folder / "horse_drawing_tiny.png", album / "inner" / "horse.png")
    (album / "words.txt").write_text("no picture", encoding="utf-8")
    (album / "broken.jpg").write_bytes((folder / "p3.jpg").read_bytes()[:2000])


def _weights(folder: Path) -> None:
    """Real-ESRGAN's compact architecture, tiny, with random values: as large as it came, and twice as large."""
    from safetensors.numpy import save_file

    for name, scale in (("once", 1), ("twice", 2)):
        random = np.random.default_rng(scale)
        shapes = {"0": (8, 3), "2": (8, 8), "4": (8, 8), "6": (3 * scale**2, 8)}
        weights = {}
        for layer, (made, given) in shapes.items():
            weights[f"body.{layer}.weight"] = random.normal(0, 0.06, (made, given, 3, 3)).astype(np.float32)
            weights[f"body.{layer}.bias"] = random.normal(0, 0.01, made).astype(np.float32)
        weights |= {f"body.{layer}.weight": np.full(8, 0.2, np.float32) for layer in ("1", "3", "5")}
        save_file(weights, folder / f"{name}.safetensors")


def _old_film(path: Path) -> None:
    """Two shots in black and white, with flicker and dirt; without loss."""
    import av

    if not all((SHARED / "data" / "video" / name).is_file() for name in ("film_1940_bw_audio.mp4",
                                                                         "chaplin_bw_audio.mp4")):  # fmt: skip
        return
    frames: list[NDArray[np.uint8]] = []
    for name, count in (("film_1940_bw_audio.mp4", 9), ("chaplin_bw_audio.mp4", 7)):
        with av.open(str(SHARED / "data" / "video" / name)) as clip:
            for frame in islice(clip.decode(video=0), 40, 40 + count):
                frames.append(frame.reformat(width=160, height=120, format="gray").to_ndarray().astype(np.uint8))
    random = np.random.default_rng(5)
    options = {"fflags": "+bitexact"}
    with av.open(str(path), "w", options=options) as container:
        stream: Any = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "gray"
        for number, grey in enumerate(frames):
            aged = cv2.GaussianBlur(grey, (0, 0), 0.6) * random.uniform(0.85, 1.0)
            for _ in range(3):
                place = (int(random.integers(160)), int(random.integers(120)))
                cv2.circle(aged, place, int(random.integers(1, 4)), float(random.choice((15, 245))), -1)
            frame = av.VideoFrame.from_ndarray(np.clip(aged, 0, 255).astype(np.uint8), "gray")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _diffusion(folder: Path) -> None:
    """A Stable Diffusion pipeline of the real classes, tiny and random, saved to disk as a real one is."""
    try:
        import torch
        from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionInpaintPipeline, UNet2DConditionModel
        from diffusers.utils import logging
        from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer
        from transformers.utils import logging as transformers_logging
    except ImportError:
        return
    logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()
    torch.manual_seed(0)
    letters = [*"abcdefghijklmnopqrstuvwxyz,", *(f"{letter}</w>" for letter in "abcdefghijklmnopqrstuvwxyz,")]
    words = {word: index for index, word in enumerate([*letters, "<|startoftext|>", "<|endoftext|>"])}
    first, last = words["<|startoftext|>"], words["<|endoftext|>"]
    text = CLIPTextConfig(
        vocab_size=len(words), hidden_size=32, intermediate_size=37, num_attention_heads=4, num_hidden_layers=2,
        max_position_embeddings=16, projection_dim=32, bos_token_id=first, eos_token_id=last, pad_token_id=last,
    )  # fmt: skip
    pipeline: Any = StableDiffusionInpaintPipeline(
        vae=AutoencoderKL(
            block_out_channels=[16, 32], latent_channels=4, norm_num_groups=8, sample_size=32,
            down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2,
        ),
        text_encoder=CLIPTextModel(text),
        tokenizer=CLIPTokenizer(words, [], model_max_length=16),
        unet=UNet2DConditionModel(
            block_out_channels=(16, 32), layers_per_block=1, sample_size=32, in_channels=9, out_channels=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), norm_num_groups=8,
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=32, attention_head_dim=4,
        ),
        scheduler=DDIMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
            set_alpha_to_one=False, steps_offset=1,
        ),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    pipeline.save_pretrained(folder, safe_serialization=True)
