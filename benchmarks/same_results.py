"""Whether two states of the program make the same results: hashes of what many short runs write and say.

    python -m benchmarks.same_results --record before.json [--program ../old/restore.py] [--keep FOLDER]
    python -m benchmarks.same_results --record after.json --against before.json

Every run is the command line (``restore.py``) or the Python interface (``restoration_pipeline``) of the folder that
``--program`` lies in, as a process of its own, so that states of another layout can be compared. Of each result the
pixels, the metadata and the file are hashed, of films frames, packets and what the container says; records and what is
printed are kept, without times and versions. The inputs are the same bytes every time. Only records of one machine
with the same packages can be compared: other processors round differently.
"""

from __future__ import annotations

import argparse
import fnmatch
import hashlib
import json
import logging
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pillow_heif import register_heif_opener

from benchmarks import machine
from benchmarks.same_results_inputs import ROOT, make_inputs

# ONLY leaves out the stages that are on by default; @ is the folder of the inputs. What a run writes goes into a folder
# of its own, which is its current one. " && " parts commands that are run one after the other.
RUNS = {
    # filling
    "inpaint ns": "@photographer_scratched.jpg -o out.jpg ONLY --inpaint",
    "inpaint telea": "@photographer_scratched.jpg -o out.png ONLY --inpaint --inpaint-method telea --mask-kinds all",
    "inpaint harmonic": "@photographer_scratched.jpg -o out.png ONLY --inpaint-method harmonic --mask-kinds "
    "scratches,spots --inpaint-grain 0.3",
    "inpaint partial-convolution": "@launch_faded_yellowed.jpg -o out.png ONLY --inpaint --inpaint-method "
    "partial-convolution --mask-kinds learned --mask-threshold 0.3",
    "inpaint mask": "@astronaut_out_of_focus.png -o out.png ONLY --inpaint --mask 30,40,25,18 --mask '100,50 150,60 "
    "120,110' --mask-keep 110,60,10,10 --mask-grow 4 --mask-feather 3 --inpaint-method ns --inpaint-radius 6",
    "inpaint mask file": "@photographer_scratched.jpg -o out.png ONLY --inpaint --mask @mask.png --inpaint-method "
    "partial-convolution",
    "inpaint fitted mask": "@photographer_scratched.jpg -o out.png ONLY --inpaint --mask @mask_small.png --fit-mask",
    "inpaint protected subject": "@portrait_small.jpg -o out.png ONLY --inpaint --mask-protect subject",
    "inpaint stable-diffusion": "@noisy.png -o out.png --preset redraw --inpaint-model @diffusion --safety-checker off "
    "--mask 30,20,30,24 --inpaint-steps 2 --seed 4",
    "mask only": "@photographer_scratched.jpg -o mask.png ONLY --inpaint --mask-only",
    "mask only, each kind": " && ".join(
        f"@photographer_scratched.jpg -o {kind}.png ONLY --inpaint --mask-only --mask-kinds {kind}"
        for kind in ("scratches", "cracks", "spots", "patches", "borders", "simple", "learned", "all")
    ),
    "mask only as json": "@launch_faded_yellowed.jpg -o mask.tif ONLY --inpaint --mask-only --json",
    "outcomes": "@photographer_scratched.jpg -o out.jpg ONLY --inpaint --outcomes 3",
    "outcomes by name": "@noisy.png -o out.png ONLY --inpaint --mask 20,20,30,9 --outcomes 3 --outcome-methods telea,ns"
    " --json",
    # denoising
    "denoise ffdnet": "@portrait_small.jpg -o out.png ONLY --denoise",
    "denoise ffdnet float32 strength": "@portrait_small.jpg -o out.png ONLY --denoise --denoise-strength 12 "
    "--precision float32",
    "denoise tiles": "@launch_faded_yellowed.jpg -o out.png ONLY --denoise --denoise-strength 9 --tile 96",
    "denoise nlm": "@portrait_small.jpg -o out.png ONLY --denoise --denoise-method nlm",
    "denoise blend and region": "@portrait_small.jpg -o out.png ONLY --denoise --denoise-blend 0.5 --denoise-region "
    "20,30,90,100",
    "denoise polygon and mask": "@photographer_scratched.jpg -o a.png ONLY --denoise --denoise-region '5,5 150,20 "
    "60,200' && @photographer_scratched.jpg -o b.png ONLY --denoise --denoise-method nlm --denoise-region @mask.png",
    # enlarging
    "sr x4plus": "@noisy.png -o out.png ONLY --sr",
    "sr x4plus float32 tiles": "@noisy.png -o out.png ONLY --sr --sr-scale 2.5 --precision float32 --sr-tile 64 "
    "--sr-overlap 24",
    "sr x4plus bfloat16": "@noisy.png -o out.tif ONLY --sr --sr-scale 2 --precision bfloat16",
    "sr anime": "@horse_drawing_tiny.png -o out.png ONLY --sr --sr-model realesrgan-x4plus-anime",
    "sr animevideov3": "@astronaut_out_of_focus.png -o out.png ONLY --sr --sr-model realesr-animevideov3 --sr-scale 3",
    "sr 8 times": "@noisy.png -o out.webp ONLY --sr --sr-model realesr-animevideov3 --sr-scale 8 --sr-tile 0",
    "sr blend and region": "@noisy.png -o out.png ONLY --sr --sr-model realesr-animevideov3 --sr-blend 0.6 --sr-region "
    "10,10,60,50",
    "sr own file": "@noisy.png -o out.png ONLY --sr --sr-model @twice.safetensors --sr-scale 2",
    # the other stages
    "faces": "@face.png -o out.png ONLY --faces --faces-model @once.safetensors",
    "faces of an enlarged picture": "@face.png -o out.png ONLY --sr --sr-scale 2 --sr-model realesr-animevideov3 "
    "--faces --faces-model @once.safetensors --faces-guard 0 --faces-strengths 0.7 --faces-turned off",
    "colorize": "@grey.jpg -o out.png ONLY --colorize",
    "colorize small-colorizer always": "@launch_faded_yellowed.jpg -o out.png ONLY --colorize --colorize-model "
    "small-colorizer --colorize-when always --colorize-quality 256 --colorize-saturation 1.4",
    "colorize hints on top": "@grey.jpg -o out.png ONLY --colorize --hint 40%,25%,#7a4b2a --hint 10,20,#2030c0 --hint "
    "150,150,keep",
    "colorize hints alone": "@grey.jpg -o out.png ONLY --colorize --colorize-method hints --hint '50%,50%,#3366aa' "
    "--hint-reach 2",
    "detail": "@cat_noisy_16bit.tif -o out.tif ONLY --detail --detail-strength 1.8 --detail-radius 2.2",
    "grain matched": "@portrait_small.jpg -o out.png --no-sr --no-detail --grain --grain-amount 0.8",
    "grain manual": "@noisy.png -o out.png ONLY --grain --grain-method manual --grain-level 8 --grain-size 1.4 "
    "--seed 7",
    "all stages": "@face.png -o out.jpg --inpaint --mask 200,10,20,30 --sr-model realesr-animevideov3 --sr-scale 2 "
    "--faces --faces-model @once.safetensors --colorize --colorize-when always --grain --comparison",
    # recipes
    "default": "@horse_drawing_tiny.png -o out.png",
    "default float32": "@horse_drawing_tiny.png -o out.png --precision float32 --comparison",
    "default named by itself": "-i @coffee_sideways_phone.jpg -o ./ --sr-model realesr-animevideov3",
    "preset archive": "@portrait_small.jpg -o ./ --preset archive",
    "preset digital": "@noisy.png -o out.png --preset digital",
    "preset fast": "@portrait_small.jpg -o out.jpg --preset fast",
    "preset fill": "@photographer_scratched.jpg -o out.png --preset fill",
    "preset old-photo": "@grey.png -o out.png --preset old-photo",
    "preset painting": "@noisy.png -o out.jpg --preset painting",
    "preset scratched": "@grey.png -o out.png --preset scratched",
    "preset fast changed": "@noisy.png -o out.png --preset fast --no-detail --sr-scale 3 --grain",
    "recipe": "@noisy.png -o out.jpg --recipe @recipe.json",
    "recipe from a record": "@noisy.png -o out.jpg --recipe @old.record.json --quality 70",
    "its own record": "@noisy.png -o a.png --preset fast && @noisy.png -o b.png --recipe a.png.record.json",
    # files
    "16-bit tiff": "@deep.tif -o out.tif --preset fast",
    "16-bit png with alpha": "@deep.png -o out.png --preset fast",
    "16-bit grey": "@grey16.png -o out.png ONLY --denoise --detail",
    "16 bits of 8": "@noisy.png -o out.tif ONLY --denoise --bit-depth 16",
    "float tiff": "@float.tif -o out.tif ONLY --denoise --denoise-strength 5",
    "alpha": "@alpha.png -o out.png --preset fast",
    "alpha to jpeg": "@alpha.png -o out.jpg ONLY --detail",
    "profile, EXIF, XMP": "@p3.jpg -o out.jpg --preset fast && @p3.jpg -o out.png ONLY --detail && @p3.jpg -o out.tif "
    "ONLY --detail",
    "other formats": "@p3.jpg -o out.webp ONLY --detail && @p3.jpg -o out.avif ONLY --detail && @p3.jpg -o out.heic "
    "ONLY --detail --quality 80 && @p3.jpg -o out.jpg ONLY --detail --quality 80 --chroma 4:2:0",
    "turned by EXIF": "@coffee_sideways_phone.jpg -o out.jpg ONLY --denoise --denoise-region 10,10,80,60",
    "odd pictures": "@odd -o out ONLY --denoise --denoise-method nlm --denoise-strength 6",
    "odd pictures enlarged": "@odd -o out ONLY --sr --sr-model @twice.safetensors --sr-scale 2",
    # folders
    "folder": "@album -o out --preset fast && @album -o out --preset fast && @album -o out ONLY --detail",
    "folder as png": "@album -o out ONLY --denoise --denoise-method nlm --detail --format png --comparison --json",
    # films
    "film": "@films/hflip.mp4 -o out.mp4 --max-frames 5",
    "film x4plus": "@films/x444.mp4 -o out.mkv --max-frames 3 --sr-model realesrgan-x4plus --sr-scale 2",
    "film of old": "@films/old.mkv -o out.mkv ONLY --detail --deflicker 1 --dirt 1",
    "film raft and dirt": "@films/old.mkv -o out.mp4 ONLY --denoise --dirt 0.8 --dirt-motion raft --max-frames 3",
    "film frame rate": "@films/old.mkv -o out.mp4 ONLY --frame-rate 2x --max-frames 12",
    "film steady colour": "@films/old.mkv -o out.mp4 ONLY --colorize --colorize-quality 128 --max-frames 10",
    "film unsteady colour": "@films/old.mkv -o out.webm ONLY --colorize --colorize-quality 128 --steady-colour 0 "
    "--max-frames 4",
    "film grain and seed": "@films/old.mkv -o out.mkv ONLY --denoise --denoise-method nlm --grain --seed 3 --codec "
    "ffv1 --max-frames 5 && @films/old.mkv -o other.mkv ONLY --grain --seed 3 --codec ffv1 --max-frames 5",
    "film basicvsr": "@films/edit.mp4 -o out.mp4 ONLY --sr --sr-model basicvsr-reds4 --max-frames 3",
    "film with alpha": "@films/transparent.webm -o out.webm ONLY --detail --max-frames 4",
    "film with 10 bits": "@films/pr422.mov -o out.mov ONLY --detail --max-frames 4",
    "film in HDR": "@films/hdr10.mp4 -o out.mp4 ONLY --denoise --denoise-strength 6 --max-frames 4",
    "films with tracks": " && ".join(
        (
            "@films/iphone.mov -o a.mov ONLY --detail --start 0.4 --end 0.8",
            "@films/movtext.mp4 -o b.mp4 ONLY --detail --preview 0.3",
            "@films/op.mkv -o c.mkv ONLY --detail --max-frames 9",
            "@films/sar.webm -o d.webm ONLY --detail --max-frames 5",
            "@films/phone.3gp -o e.mkv ONLY --detail --max-frames 5",
            "@films/edit.mp4 -o f.mp4 ONLY --detail --codec h265 --crf 30",
        )
    ),
    # words
    "help": "--help",
    "dry runs": "@portrait_small.jpg --dry-run && @portrait_small.jpg --dry-run --json --preset scratched && @album "
    "--dry-run --colorize && @films/old.mkv --dry-run --json --frame-rate 50 --colorize",
    "mistakes": " && ".join(
        (
            "",
            "@nothing.png",
            "@noisy.png --denoyse",
            "@noisy.png ONLY",
            "@noisy.png --preset fats",
            "@noisy.png --sr-scale 9",
            "@noisy.png --no-sr --sr-scale 2",
            "@noisy.png --frame-rate 25",
            "@films/old.mkv --quality 80",
            "@noisy.png --inpaint-method tela",
            "@recipe.json",
            "@noisy.png --recipe @once.safetensors",
            "@noisy.png -o out.xyz",
            "@noisy.png --mask-only",
            "@noisy.png ONLY --denoise --denoise-region 500,500,10,10",
            "@noisy.png --sr-model @nothing.pth",
            "@odd/midzero.jpg -o out.png ONLY --detail",
        )
    ),
    "weights that are not here": "@noisy.png -o out.png --offline --inpaint --mask 5,5,9,9 --inpaint-method lama && "
    "@noisy.png -o out.png --offline --preset redraw --mask 5,5,9,9 && @face.png -o out.png --offline --faces "
    "--faces-model codeformer",
}
PYTHON_RUN = "python interface"
# Uses what the program promises to people who write Python, and nothing else of it.
INTERFACE = """
import hashlib, json, sys
from pathlib import Path
import numpy as np
from PIL import Image
program, inputs = Path(sys.argv[1]), Path(sys.argv[2])
sys.path.insert(0, str(program))
from restoration_pipeline import RestorationPipeline

pipeline, made = RestorationPipeline(), {}

def note(name, result, stats):
    array = np.asarray(result)
    kind = type(result).__name__ + " " + getattr(result, "mode", "")
    digest = hashlib.sha256(np.ascontiguousarray(array)).hexdigest()
    told = {"kind": kind, "shape": array.shape, "type": str(array.dtype), "pixels": digest}
    told["carried"] = hashlib.sha256(repr(sorted(getattr(result, "info", {}).items())).encode()).hexdigest()
    made[name] = {"result": told}
    made[name]["stats"] = stats

def run(name, image, *arguments, **keywords):
    try:
        note(name, *pipeline.restore_image(image, *arguments, **keywords))
    except Exception as error:
        made[name] = {"result": {"error": type(error).__name__}, "stats": {"message": str(error)}}

colours = np.asarray(Image.open(inputs / "noisy.png"))
grey = np.asarray(Image.open(inputs / "grey.png"))
same = {"apply_super_resolution": False}
run("uint8, all keywords", colours, apply_super_resolution=True, sr_scale=2, apply_denoising=True, denoise_strength=8,
    apply_colorization=True, apply_detail_enhancement=True, detail_strength=1.4)
run("uint8, other end", colours, apply_super_resolution=True, sr_scale=2, apply_denoising=True, denoise_strength=8,
    apply_detail_enhancement=True, detail_strength=1.1)
run("uint8, again", colours, apply_super_resolution=True, sr_scale=2, apply_denoising=True, denoise_strength=8,
    apply_detail_enhancement=True, detail_strength=1.1)
run("uint8, nothing of it", colours, apply_denoising=False, apply_detail_enhancement=False, **same)
run("uint16", colours.astype(np.uint16) * 257, denoise_strength=6, **same)
run("float32", (colours / 255).astype(np.float32), detail_strength=1.6, **same)
run("float64", colours / 255, apply_denoising=False, **same)
run("out of range", colours.astype(np.float32), **same)
run("grey", grey, **same)
run("grey, one channel", grey[..., None], apply_detail_enhancement=False, **same)
run("grey, coloured", grey, apply_colorization=True, **same)
run("RGBA", np.dstack((colours, grey)), **same)
run("PIL", Image.open(inputs / "noisy.png"), **same)
run("PIL with a profile", Image.open(inputs / "p3.jpg"), **same)
run("PIL grey, coloured", Image.open(inputs / "grey.png"), apply_colorization=True, **same)
run("PIL with a palette", Image.open(inputs / "noisy.png").quantize(32), **same)
run("path", inputs / "deep.tif", **same)
run("path as text", str(inputs / "coffee_sideways_phone.jpg"), **same)
run("preset", colours, "fast", sr_scale=3)
run("recipe file", colours, inputs / "recipe.json")
run("recipe as a dictionary", colours, {"stages": [{"stage": "detail", "amount": 1.2}]}, seed=5)
run("unknown keyword", colours, sr_scal=2)
run("no picture", 7)
report = pipeline.batch_restore_images(inputs / "album", "batch", apply_super_resolution=False, denoise_strength=8)
made["batch"] = {"result": {"exit_code": report.exit_code}, "stats": {"table": report.table()}}
stats = pipeline.restore_video(inputs / "films/old.mkv", "film.mp4", max_frames=4, sr_scale=2, detail_strength=1.2)
made["film"] = {"result": {}, "stats": stats}
Path("made.json").write_text(json.dumps(made, default=lambda value: getattr(value, "item", lambda: str(value))()))
"""
# Modules that are neither Python's, nor a package's, nor the program's: another state of the program, found by mistake.
STRANGERS = """
import sys
from pathlib import Path
known = [Path(place).resolve() for place in (sys.prefix, sys.base_prefix, PROGRAM)]
strange = [path for module in list(sys.modules.values()) if (path := getattr(module, "__file__", None))
           and Path(path).is_absolute() and not any(Path(path).resolve().is_relative_to(place) for place in known)]
assert not strange, f"not of {PROGRAM}: {strange[:3]}"
"""
# With --preloaded: loads what takes seconds to load once, and parts into a process of its own for every command.
PARTING = """
import json, os, runpy, sys, traceback
import av, cv2, numpy, PIL.Image, pydantic, scipy.ndimage, skimage.data, skimage.metrics, spandrel, torch

def perform(words):
    sys.argv = words[1:]
    try:
        if words[0] == "-c":
            sys.argv[0] = "-c"
            exec(words[1], {"__name__": "__main__"})
        else:
            sys.argv, sys.path[0] = words, os.path.dirname(words[0])
            runpy.run_path(words[0], run_name="__main__")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0

for line in sys.stdin:
    job = json.loads(line)
    child = os.fork()
    if not child:
        os.chdir(job["folder"])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, file in ((1, job["out"]), (2, job["err"])):
            os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        status = perform(job["words"])
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
STARTING = "--no-denoise --no-sr --no-detail"
VARYING = ("seconds", "versions", "system", "frames_per_second", "measured", "peak_memory")
TIMES = re.compile(  # also of OpenCV's warnings
    r"\b(about )?\d+:\d\d(:\d\d)?\b|\b\d+(\.\d+)? frames a second|\((a first guess|going by [^)]*)\)|@\d+\.\d+\]"
)
FILMS = (".mp4", ".mov", ".mkv", ".webm")
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".avif", ".heic", ".bmp")
PACKAGES = (*machine.PACKAGES, "scipy", "scikit-image", "av", "pillow-heif", "imagecodecs", "tifffile", "diffusers")
MOST_NAMED = 60


def digest(data: Any) -> str:
    return hashlib.sha256(data if isinstance(data, bytes) else np.ascontiguousarray(data).tobytes()).hexdigest()


def undated(data: bytes) -> bytes:
    """The bytes without the moment at which a colour profile in them was made."""
    return re.sub(rb".{12}acsp", bytes(12) + b"acsp", data, flags=re.DOTALL)


def brief(value: Any) -> Any:
    """A value as JSON takes it; what is long as its hash."""
    if isinstance(value, bytes):
        return f"{len(value)} bytes {digest(undated(value))[:16]}"
    text = str(value)
    return text if len(text) <= 80 else f"{len(text)} letters {digest(text.encode())[:16]}"


def pixels_of(path: Path) -> np.ndarray[Any, Any]:
    """The samples of a picture as they are in the file, all bits of them."""
    import imagecodecs
    import tifffile

    if path.suffix in (".tif", ".tiff"):
        return np.asarray(tifffile.imread(path))
    if path.suffix == ".png":
        return np.asarray(imagecodecs.png_decode(path.read_bytes()))
    with Image.open(path) as image:
        return np.asarray(image)


def picture_hashes(path: Path) -> dict[str, Any]:
    """Samples, and everything else that is in a picture file and travels with it."""
    import tifffile
    from PIL import ExifTags

    pixels = pixels_of(path)
    told: dict[str, Any] = {"pixels": digest(pixels), "shape": list(pixels.shape), "type": str(pixels.dtype)}
    if path.suffix in (".tif", ".tiff"):
        with tifffile.TiffFile(path) as tiff:
            told["tags"] = {str(tag.name): brief(tag.value) for tag in tiff.pages.first.tags}
        return told
    with Image.open(path) as image:
        told |= {"mode": image.mode, "size": list(image.size), "format": image.format}
        told["carried"] = {str(name): brief(value) for name, value in sorted(image.info.items(), key=str)}
        exif = image.getexif()
        told["tags"] = {ExifTags.TAGS.get(tag, str(tag)): brief(value) for tag, value in sorted(exif.items())}
        for ifd in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
            told["tags"] |= {f"{ifd.name} {tag}": brief(value) for tag, value in sorted(exif.get_ifd(ifd).items())}
    return told


def film_hashes(path: Path) -> dict[str, Any]:
    """Decoded frames, packets with their times, and what the container says."""
    import av

    told: dict[str, Any] = {"tracks": []}
    with av.open(str(path)) as film:
        told |= {"format": film.format.name, "tags": dict(film.metadata), "chapters": brief(film.chapters())}
        packets: dict[int, list[Any]] = {stream.index: [] for stream in film.streams}
        contents = {stream.index: hashlib.sha256() for stream in film.streams}
        for packet in film.demux():
            packets[packet.stream_index].append((packet.pts, packet.dts, packet.duration, packet.is_keyframe))
            contents[packet.stream_index].update(bytes(packet))
        for stream in film.streams:
            track: dict[str, Any] = {"kind": stream.type, "tags": dict(stream.metadata)}
            codec = getattr(stream, "codec_context", None)
            for name in ("name", "width", "height", "pix_fmt", "sample_rate", "color_range", "color_primaries",
                         "color_trc", "colorspace", "sample_aspect_ratio", "time_base"):  # fmt: skip
                of = codec if name in ("name", "pix_fmt", "sample_rate") else stream
                track[name] = str(getattr(of, name, None))
            track["times"] = digest(repr(packets[stream.index]).encode())
            track |= {"packets": len(packets[stream.index]), "bytes": contents[stream.index].hexdigest()}
            told["tracks"].append(track)
    frames, times, marks = hashlib.sha256(), [], []
    with av.open(str(path)) as film:
        if film.streams.video:
            for frame in film.decode(video=0):
                try:
                    samples = frame.to_ndarray()
                except ValueError:
                    samples = frame.to_ndarray(format="rgb48le")
                frames.update(np.ascontiguousarray(samples).tobytes())
                times.append(frame.pts)
                beside: Any = frame.side_data
                marks.append(sorted((mark.type.name, digest(bytes(mark))) for mark in beside))
            told["frames"] = {"pixels": frames.hexdigest(), "number": len(times), "times": digest(repr(times).encode())}
            told["frames"]["marks"] = brief(repr(marks))
    return told


def steady(value: Any, inputs: Path) -> Any:
    """What a program said, without times and versions, and without where the inputs lie."""
    if isinstance(value, Mapping):
        kept = {name: steady(one, inputs) for name, one in value.items() if name not in VARYING}
        if isinstance(kept.get("notes"), list):
            kept["notes"].sort()  # frames of a film are done in no order
        return kept
    if isinstance(value, list):
        return [steady(one, inputs) for one in value]
    return TIMES.sub("<time>", value.replace(str(inputs), "@")) if isinstance(value, str) else value


def what_came(folder: Path, inputs: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Hashes of the files in a folder, and what its JSON files hold."""
    files: dict[str, Any] = {}
    records: dict[str, Any] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = str(path.relative_to(folder))
        if path.suffix == ".json":
            records[name] = steady(json.loads(path.read_text(encoding="utf-8")), inputs)
            records[name].get("output", {}).pop("sha256", None)
            continue
        files[name] = {"sha256": digest(undated(path.read_bytes()))}
        if path.suffix in PICTURES:
            files[name] |= picture_hashes(path)
        elif path.suffix in FILMS:
            files[name] |= film_hashes(path)
    for name, made in records.pop("made.json", {}).items():
        files[name], records[name] = made["result"], made["stats"]
    return files, records


def environment(empty: Path) -> dict[str, str]:
    """Nothing configured but where weights lie; no graphics card."""
    kept = {name: text for name, text in os.environ.items() if name not in ("PYTHONPATH", "PYTHONSTARTUP")}
    for name in [name for name in kept if name.startswith("RESTORATION_STUDIO_")]:
        if name != "RESTORATION_STUDIO_CACHE_DIR":
            del kept[name]
    return kept | {
        "XDG_CONFIG_HOME": str(empty),
        "RESTORATION_STUDIO_DEVICE": "cpu",
        "COLUMNS": "120",
        "LC_ALL": "C.UTF-8",
    }


def commands(name: str, program: Path, inputs: Path) -> Iterator[list[str]]:
    """The commands of a run, as words for Python."""
    if name == PYTHON_RUN:
        script = INTERFACE + STRANGERS.replace("PROGRAM", repr(str(program.parent)))
        yield ["-c", script, str(program.parent), str(inputs)]
        return
    for words in RUNS[name].split(" && "):
        parts = shlex.split(words.replace("ONLY", STARTING))
        parts = [f"{inputs}/{part[1:]}" if part.startswith("@") else part for part in parts]
        quiet = ["--quiet"] if parts and "--help" not in parts else []
        yield [str(program), *parts, *quiet]


def lacking(name: str, inputs: Path) -> list[str]:
    """The inputs of a run that are not on this machine."""
    named = re.findall(r"(?<!\S)@([\w./-]+)", RUNS.get(name, "@films/old.mkv"))
    return [path for path in dict.fromkeys(named) if not path.startswith("nothing") and not (inputs / path).exists()]


class Starter:
    """Runs commands, each as a process of its own: from the start, or parted from one that has loaded its packages."""

    def __init__(self, scratch: Path, *, preloaded: bool) -> None:
        self._scratch, self._environment = scratch, environment(scratch / "empty")
        self._parting: subprocess.Popen[str] | None = None
        if preloaded:
            self._parting = subprocess.Popen(
                [sys.executable, "-c", PARTING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                env=self._environment, cwd="/",
            )  # fmt: skip

    def run(self, words: list[str], folder: Path) -> tuple[int, str, str]:
        """The status of ``python words`` run in ``folder``, and what it printed on standard output and error."""
        if self._parting is None:
            done = subprocess.run(
                [sys.executable, *words], cwd=folder, env=self._environment, capture_output=True, text=True, check=False
            )
            return done.returncode, done.stdout, done.stderr
        assert self._parting.stdin is not None and self._parting.stdout is not None
        printed = [self._scratch / name for name in ("out.txt", "err.txt")]
        job = {"words": words, "folder": str(folder), "out": str(printed[0]), "err": str(printed[1])}
        self._parting.stdin.write(json.dumps(job) + "\n")
        self._parting.stdin.flush()
        status = int(self._parting.stdout.readline())
        out, err = (path.read_text(encoding="utf-8") for path in printed)
        return status, out, err

    def close(self) -> None:
        if self._parting is not None:
            self._parting.communicate()


def perform(name: str, program: Path, inputs: Path, folder: Path, starter: Starter) -> dict[str, Any]:
    """One run: what it wrote, what it said and how long it took."""
    folder.mkdir(parents=True)
    started, statuses, said, answers = time.perf_counter(), [], [], {}
    for number, words in enumerate(commands(name, program, inputs)):
        status, out, err = starter.run(words, folder)
        statuses.append(status)
        try:
            answers[f"answer {number}"] = steady(json.loads(out), inputs)
            lines = err.splitlines()
        except ValueError:
            lines = [*out.splitlines(), *err.splitlines()]
        lines = [steady(line, inputs) for line in lines]
        said += sorted(lines) if name.startswith("film") else lines
    seconds = time.perf_counter() - started
    files, records = what_came(folder, inputs)
    return {
        "seconds": round(seconds, 2),
        "status": statuses,
        "files": files,
        "said": said,
        "records": answers | records,
    }


def check_program(program: Path) -> None:
    """See that the modules of this very folder are run, and no others that are installed."""
    folder = repr(str(program.parent))
    script = f"import sys; sys.path.insert(0, {folder}); import restore, restoration_pipeline"
    script += STRANGERS.replace("PROGRAM", folder)
    subprocess.run([sys.executable, "-c", script], cwd="/", env=environment(Path("/nowhere")), check=True)


def leaves(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Every single value in what JSON gives, with its place."""
    if isinstance(value, Mapping) and value:
        for name, one in value.items():
            yield from leaves(one, f"{at}.{name}" if at else str(name))
    elif isinstance(value, list) and value:
        for number, one in enumerate(value):
            yield from leaves(one, f"{at}[{number}]")
    else:
        yield at, value


def differences(old: Any, new: Any) -> Iterator[tuple[str, str]]:
    """Places where two values differ, and how."""
    before, after = dict(leaves(old)), dict(leaves(new))
    for place in dict.fromkeys((*before, *after)):
        if place not in after:
            yield place, f"gone, was {before[place]!r}"
        elif place not in before:
            yield place, f"new: {after[place]!r}"
        elif before[place] != after[place]:
            yield place, f"{before[place]!r} -> {after[place]!r}"


def how_far(old: Path, new: Path) -> str:
    """How much two pictures differ, where both are still there."""
    if old.suffix not in PICTURES or not (old.is_file() and new.is_file()):
        return ""
    one, other = (pixels_of(path).astype(np.float64) for path in (old, new))
    if one.shape != other.shape:
        return f" (shape {one.shape} -> {other.shape})"
    apart = np.abs(one - other)
    return f" (differs by {apart.max():g} at most, in {(apart > 0).mean():.2%} of the samples)"


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> int:
    """Print what differs between two records; 1 when anything does."""
    for what in ("machine", "packages"):
        for place, how in differences(old[what], new[what]):
            print(f"CAUTION, the records cannot be compared to the bit: {what} {place} {how}")
    results: list[str] = []
    words: dict[tuple[str, str], list[str]] = {}
    for name in new["runs"]:
        if name not in old["runs"]:
            results.append(f"{name}: not in the earlier record")
            continue
        before, after = old["runs"][name], new["runs"][name]
        if before["status"] != after["status"]:
            results.append(f"{name}: status {before['status']} -> {after['status']}")
        for file in dict.fromkeys((*before["files"], *after["files"])):
            one, other = before["files"].get(file), after["files"].get(file)
            if one is None or other is None:
                results.append(f"{name}: {file} {'is new' if one is None else 'is gone'}")
            elif one != other:
                kept = [Path(record["kept"]) / slug(name) / file for record in (old, new) if record["kept"]]
                results.append(f"{name}: {file}{how_far(*kept) if len(kept) == 2 else ''}")
                results += [f"    {place} {how}" for place, how in differences(one, other)]
        for change in differences(before["said"], after["said"]):
            words.setdefault(("printed", change[1]), []).append(name)
        for record in dict.fromkeys((*before["records"], *after["records"])):
            for place, how in differences(before["records"].get(record), after["records"].get(record)):
                words.setdefault((re.sub(r"\[\d+\]", "[]", place) or record, how), []).append(name)
    missing = [name for name in old["runs"] if name not in new["runs"]]
    print(
        f"\n{len(new['runs'])} runs compared" + (f", {len(missing)} of the earlier record not run" if missing else "")
    )
    print("\n## Results: status, pixels, files, metadata\n")
    print("\n".join(results) or "all the same")
    print("\n## Words: records, recipes, notes, what is printed\n")
    for (place, how), names in list(words.items())[:MOST_NAMED]:
        print(f"{place}: {how}\n    in {len(names)} place{'s' * (len(names) > 1)}, first in the run '{names[0]}'")
    print("all the same" if not words else f"{len(words)} different changes" + f", the first {MOST_NAMED} of them named"
          * (len(words) > MOST_NAMED))  # fmt: skip
    return int(bool(results or words))


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.same_results", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--program", type=Path, default=ROOT / "restore.py", help="the restore.py (default: this one)")
    parser.add_argument("--record", type=Path, metavar="FILE", help="write what came of it there")
    parser.add_argument("--against", type=Path, metavar="FILE", help="an earlier record to compare with")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="run nothing: compare this record")
    parser.add_argument(
        "--inputs", type=Path, metavar="FOLDER", help="make the inputs there (default: for this run only)"
    )
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keep the results there, to see how far they differ"
    )
    parser.add_argument("--preloaded", action="store_true", help="load packages once: the same results in less time")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="only runs with such names, as film*")
    parser.add_argument("--list", action="store_true", help="name the runs")
    arguments = parser.parse_args()
    names = [name for name in (*RUNS, PYTHON_RUN) if fnmatch.fnmatchcase(name, arguments.only)]
    if arguments.list:
        print("\n".join(names))
        return 0
    register_heif_opener()
    logging.disable(logging.ERROR)  # tifffile has much to say of odd files
    old = json.loads(arguments.against.read_text(encoding="utf-8")) if arguments.against else None
    if arguments.compare:
        return compare(old, json.loads(arguments.compare.read_text(encoding="utf-8"))) if old else parser.error(
            "--compare goes with --against")  # fmt: skip
    print(machine.description())
    program = arguments.program.resolve()
    check_program(program)
    made: dict[str, Any] = {"program": str(program), "kept": str(arguments.keep.resolve()) if arguments.keep else ""}
    made["machine"] = re.sub(r", Python.*", "", machine.description())
    made["packages"] = {name: metadata.version(name) for name in PACKAGES}
    made["runs"] = {}
    with tempfile.TemporaryDirectory() as name:
        inputs = (arguments.inputs or Path(name) / "inputs").resolve()
        results = arguments.keep.resolve() if arguments.keep else Path(name) / "results"
        if results.exists() and any(results.iterdir()):
            sys.exit(f"{results} is not empty; name another folder with --keep.")
        make_inputs(inputs)
        starter = Starter(Path(name), preloaded=arguments.preloaded)
        started = time.perf_counter()
        for run in names:
            missing = lacking(run, inputs)
            if missing:
                print(f"   left out: {run} (there is no {', '.join(missing)})", flush=True)
                continue
            done = made["runs"][run] = perform(run, program, inputs, results / slug(run), starter)
            status = " ".join(map(str, done["status"]))
            print(f"{done['seconds']:7.1f} s  {run}: status {status}, {len(done['files'])} results", flush=True)
        starter.close()
    results_made = sum(len(run["files"]) for run in made["runs"].values())
    print(f"{len(made['runs'])} runs, {results_made} results, {time.perf_counter() - started:.0f} s")
    if arguments.record:
        arguments.record.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return compare(old, made) if old else 0


if __name__ == "__main__":
    sys.exit(main())
