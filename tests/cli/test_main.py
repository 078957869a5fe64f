"""The command line, tried as a demanding, clumsy and hostile person would.

``main`` runs in this process, since torch takes seconds to load; what only a process of its own can show
(signals, imports, pipes) has one.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from restoration_studio.cli.main import main
from restoration_studio.config import Config
from restoration_studio.files import claim_output

REPOSITORY = Path(__file__).parent.parent.parent
NLM = ["--no-sr", "--denoise-method", "nlm"]
DETAIL = ["--no-sr", "--no-denoise"]


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture(autouse=True)
def person(desk: Path) -> Path:
    """Somebody who has just begun: nothing configured, no weights, in a folder of their own."""
    return desk


@pytest.fixture
def restore(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs the command line in this process."""

    def run(*words: object) -> Ran:
        capsys.readouterr()
        status = main([str(word) for word in words])
        return Ran(status, *capsys.readouterr())

    return run


def picture(path: Path | str, size: tuple[int, int] = (40, 30), seed: int = 0, **options: Any) -> Path:
    """Write a small noisy picture; its format follows the suffix."""
    width, height = size
    y, x = np.mgrid[:height, :width]
    clean = np.stack([x * 6 % 256, y * 8 % 256, (x + y) % 256], axis=-1)
    noisy = clean + np.random.default_rng(seed).normal(0, 8, clean.shape)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(path, **options)
    return path


def pixels(path: Path | str) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def listing(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def refused(ran: Ran, status: int, *parts: object) -> None:
    """One clear sentence on the error stream and nothing else, that names what it should."""
    assert ran.status == status, ran.err
    sentences = [line for line in ran.err.splitlines() if line.startswith("restore: ")]
    assert len(sentences) == 1, ran.err
    assert "Traceback" not in ran.err
    assert sentences[0].endswith((".", "?"))
    for part in parts:
        assert str(part) in sentences[0], sentences[0]


# ---- pictures that are none, and pictures that are odd


def bomb(path: Path) -> None:
    """A PNG of a few hundred kilobytes that holds 50000 times 50000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packer = zlib.compressobj(1)
    row = bytes(1 + 50_000 // 8)
    data = b"".join(packer.compress(row * 500) for _ in range(100)) + packer.flush()
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 1, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def cut(path: Path) -> None:
    picture(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


UNREADABLE: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "missing": ("gone.jpg", lambda path: None, "does not exist"),
    "empty": ("empty.jpg", Path.touch, "is empty (0 bytes)"),
    "text": ("letter.jpg", lambda path: path.write_text("Dear Aunt,\n"), "is text, not a picture"),
    "cut-jpeg": ("cut.jpg", cut, "damaged or cut off"),
    "cut-png": ("cut.png", cut, "cut off before its end"),
    "bomb": ("bomb.png", bomb, "50000 x 50000 pixels (2500 megapixels), more than the limit of 250"),
    "zeros": ("zeros.jpg", lambda path: path.write_bytes(bytes(5000)), "filled with zeros"),
    "pipe": ("pipe.jpg", os.mkfifo, "neither a file nor a folder"),
    "loop": ("loop.jpg", lambda path: path.symlink_to(path), "cannot be read"),
    "long": ("n" * 300 + ".jpg", lambda path: None, "too long"),
    "under-a-file": ("file.txt/a.jpg", lambda path: path.parent.touch(), "is no possible file name"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_picture_that_cannot_be_read(restore: Callable[..., Ran], person: Path, kind: str) -> None:
    name, make, sentence = UNREADABLE[kind]
    make(person / name)
    before = listing(person)
    refused(restore(name, *NLM, "-o", "out.png"), 2, name, sentence)
    assert listing(person) == before


@pytest.mark.slow
def test_the_limit_of_input_can_be_set(restore: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    picture("a.png", (1100, 1000))
    monkeypatch.setenv("RESTORATION_STUDIO_MAX_INPUT_MEGAPIXELS", "1")
    refused(restore("a.png", *DETAIL), 2, "a.png", "more than the limit of 1", "MAX_INPUT_MEGAPIXELS")
    refused(restore("a.png", *DETAIL, "--dry-run"), 2, "a.png", "more than the limit of 1")
    monkeypatch.setenv("RESTORATION_STUDIO_MAX_INPUT_MEGAPIXELS", "2")
    assert restore("a.png", *DETAIL, "--comparison").status == 0


@pytest.mark.parametrize("size", [(1, 1), (3, 5000), (5000, 3), (2, 1)])
def test_odd_sizes_go_through_every_stage(
    restore: Callable[..., Ran], tiny_model_path: Path, size: tuple[int, int]
) -> None:
    picture("a.png", size)
    recipe = ["--denoise-method", "nlm", "--denoise-strength", 5, "--sr-model", tiny_model_path]
    assert restore("a.png", *recipe, "--sr-scale", 2, "-o", "b.png").status == 0
    assert pixels("b.png").shape == (2 * size[1], 2 * size[0], 3)
    assert restore("a.png", *NLM, "-o", "c.png").status == 0
    assert pixels("c.png").shape == (size[1], size[0], 3)
    json.loads(Path("c.png.record.json").read_text(), parse_constant=pytest.fail)  # no NaN


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.parametrize("size", [(1, 1), (3, 1200)])
def test_odd_sizes_go_through_the_real_networks(
    restore: Callable[..., Ran], weights_config: Config, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setenv("RESTORATION_STUDIO_CACHE_DIR", str(weights_config.cache_dir))
    monkeypatch.setenv("RESTORATION_STUDIO_OFFLINE", "0")
    picture("a.png", size)
    networks = ["--denoise-strength", 10, "--sr-model", "realesr-animevideov3", "--sr-scale", 2]
    ran = restore("a.png", *networks, "-o", "b.png", "--json")
    assert ran.status == 0, ran.err
    assert pixels("b.png").shape == (2 * size[1], 2 * size[0], 3)
    used = [model["name"] for stage in ran.json["stages"] for model in stage["models"]]
    assert used == ["ffdnet-color", "realesr-animevideov3"]


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_of_an_animation_the_first_frame_is_restored_and_said_so(restore: Callable[..., Ran], suffix: str) -> None:
    frames = [Image.fromarray(np.full((20, 24, 3), level, np.uint8)) for level in (200, 90, 10)]
    lossless = {"lossless": True} if suffix == ".webp" else {}
    frames[0].save(f"a{suffix}", save_all=True, append_images=frames[1:], duration=100, **lossless)
    ran = restore(f"a{suffix}", *DETAIL, "-o", "b.png")
    assert ran.status == 0
    assert "note: animated: only the first of 3 frames is restored" in ran.out
    assert abs(pixels("b.png").astype(int).mean() - 200) < 2


# ---- results that cannot be written


@pytest.mark.parametrize(
    ("output", "status", "sentence"),
    [
        ("a.xyz", 2, "the suffix .xyz is unknown for pictures; use one of .jpg"),
        ("a", 2, "the name has no suffix"),
        ("a.jpg", 2, "is also the input"),
        ("there.png", 2, "exists; give --overwrite"),
        ("letter.txt/a.png", 1, "a file stands where a folder is needed"),
        ("/proc/a.png", 1, "could not be written"),
        ("n" * 300 + ".png", 1, "too long"),
    ],
)
def test_a_result_that_cannot_be_written(
    restore: Callable[..., Ran], person: Path, output: str, status: int, sentence: str
) -> None:
    if output.startswith("/proc") and not Path("/proc").is_dir():
        pytest.skip("there is no /proc")
    picture("a.jpg")
    picture("there.png")
    Path("letter.txt").touch()
    before = listing(person)
    refused(restore("a.jpg", *DETAIL, "-o", output), status, output, sentence)
    assert listing(person) == before


def test_the_original_is_never_overwritten(restore: Callable[..., Ran], person: Path) -> None:
    original = picture("a_comparison.png").read_bytes()
    refused(restore("a_comparison.png", *DETAIL, "-o", "a_comparison.png", "--overwrite"), 2, "is also the input")
    os.symlink("a_comparison.png", "link.png")
    refused(restore("a_comparison.png", *DETAIL, "-o", "link.png", "--overwrite"), 2, "is also the input")
    ran = restore("a_comparison.png", *DETAIL, "-o", "a.png", "--comparison", "--overwrite")
    refused(ran, 2, "over the input")
    assert Path("a_comparison.png").read_bytes() == original
    assert listing(person) == ["a_comparison.png", "link.png"]


def test_an_existing_result_is_replaced_only_when_asked(restore: Callable[..., Ran]) -> None:
    picture("a.png")
    Path("b.png").write_text("mine")
    refused(restore("a.png", *DETAIL, "-o", "b.png"), 2, "b.png", "--overwrite")
    assert Path("b.png").read_text() == "mine"
    Path("c_comparison.png").write_text("mine too")
    refused(restore("a.png", *DETAIL, "-o", "c.png", "--comparison"), 2, "c_comparison.png", "--overwrite")
    assert Path("c_comparison.png").read_text() == "mine too"
    assert restore("a.png", *DETAIL, "-o", "b.png", "--overwrite").status == 0
    assert pixels("b.png").shape == (30, 40, 3)


@pytest.mark.parametrize("more", [[], ["--overwrite"], ["--comparison"]])
def test_an_output_that_another_run_is_writing(restore: Callable[..., Ran], person: Path, more: list[str]) -> None:
    picture("a.png")
    held, done = threading.Event(), threading.Event()

    def another_run() -> None:
        with claim_output(person / ("b_comparison.png" if "--comparison" in more else "b.png"), overwrite=False):
            held.set()
            done.wait()

    thread = threading.Thread(target=another_run)
    thread.start()
    try:
        held.wait()
        refused(restore("a.png", *DETAIL, "-o", "b.png", *more), 1, "is being written by another run")
        ran = restore("a.png", *DETAIL, "-o", "b.png", *more, "--json")
        assert ran.json["code"] == "output_claimed"
    finally:
        done.set()
        thread.join()
    assert listing(person) == ["a.png"]
    assert restore("a.png", *DETAIL, "-o", "b.png", *more).status == 0


def test_a_folder_as_output_takes_the_result(restore: Callable[..., Ran]) -> None:
    picture("a.jpg")
    Path("out").mkdir()
    assert restore("a.jpg", *DETAIL, "-o", "out").status == 0
    assert restore("a.jpg", *DETAIL, "-o", "new/").status == 0
    assert restore("a.jpg", *DETAIL).status == 0
    assert restore("a.jpg", *DETAIL, "--format", "png").status == 0
    for made in ("out/a_restored.jpg", "new/a_restored.jpg", "a_restored.jpg", "a_restored.png"):
        assert pixels(made).shape == (30, 40, 3)


def test_a_picture_too_long_for_jpeg(restore: Callable[..., Ran], person: Path, tiny_model_path: Path) -> None:
    picture("a.png", (16_400, 2))
    wide = ["--no-denoise", "--no-detail", "--sr-model", tiny_model_path, "--sr-scale", 4, "--tile", 0]
    refused(restore("a.png", *wide, "-o", "b.jpg"), 2, "b.jpg", "65535", "use .png or .tif")
    assert listing(person) == ["a.png"]


def test_a_result_over_the_limit(
    restore: Callable[..., Ran], person: Path, monkeypatch: pytest.MonkeyPatch, tiny_model_path: Path
) -> None:
    monkeypatch.setenv("RESTORATION_STUDIO_MAX_OUTPUT_MEGAPIXELS", "0.01")
    picture("a.png", (60, 60))
    for more in ([], ["--dry-run"]):
        ran = restore("a.png", "--no-denoise", "--sr-model", tiny_model_path, "--sr-scale", 2, *more)
        refused(ran, 2, "120x120 pixels, over the limit of 0.01 megapixels", "max_output_megapixels")
    assert listing(person) == ["a.png"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 400 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("mounting a small disk takes root on Linux")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".bmp"])
def test_a_full_disk(restore: Callable[..., Ran], small_disk: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (500, 500, 3), np.uint8)
    Image.fromarray(noise).save("a.png")
    target = small_disk / f"b{suffix}"
    refused(restore("a.png", *DETAIL, "-o", target, "--quality", 100), 1, target, "the disk is full; free some space")
    assert listing(small_disk) == []


def test_a_disk_that_fills_during_a_batch(restore: Callable[..., Ran], small_disk: Path) -> None:
    for number in range(12):
        noise = np.random.default_rng(number).integers(0, 256, (150, 150, 3), np.uint8)
        picture(f"in/{number:02}.png")
        Image.fromarray(noise).save(f"in/{number:02}.png")
    ran = restore("in", *DETAIL, "-o", small_disk / "out")
    assert ran.status == 1
    assert "the disk is full" in ran.out and "Traceback" not in ran.err
    made = {path.name for path in (small_disk / "out").glob("*.png")}
    assert 0 < len(made) < 12
    for name in made:
        pixels(small_disk / "out" / name)
    assert not list(small_disk.rglob(".partial-*"))


@pytest.mark.network
def test_weights_on_a_full_disk(restore: Callable[..., Ran], small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTORATION_STUDIO_CACHE_DIR", str(small_disk))
    monkeypatch.setenv("RESTORATION_STUDIO_OFFLINE", "0")
    picture("a.png")
    refused(restore("a.png", "--no-sr", "--denoise-strength", 5), 3, "ffdnet-color")
    assert not [path for path in small_disk.rglob("*") if path.suffix in (".pth", ".whl", ".part")]
    assert not Path("a_restored.png").exists()


# ---- weights


def test_no_weights_and_no_network(restore: Callable[..., Ran], person: Path) -> None:
    picture("a.png")
    refused(
        restore("a.png", "--offline"),
        3,
        "ffdnet-color",
        "not on this machine",
        "python -m restoration_studio.weights fetch",
    )
    assert listing(person) == ["a.png"]


def test_weights_with_other_bytes_are_refused(restore: Callable[..., Ran], tmp_path: Path) -> None:
    folder = tmp_path / "home" / "cache" / "weights" / "ffdnet-color"
    folder.mkdir(parents=True)
    (folder / "ffdnet_color.pth").write_bytes(b"something else")
    picture("a.png")
    refused(restore("a.png", "--no-sr", "--denoise-strength", 5), 3, folder / "ffdnet_color.pth", "sha256", "delete it")
    assert (folder / "ffdnet_color.pth").read_bytes() == b"something else"
    assert not Path("a_restored.png").exists()


class Evil:
    """What a hostile file makes of a program that loads it without care."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, ("touch code-was-run",))


@pytest.mark.parametrize("kind", ["pickle", "torch"])
def test_a_model_file_that_would_run_code(restore: Callable[..., Ran], person: Path, kind: str) -> None:
    if kind == "pickle":
        Path("evil.pth").write_bytes(pickle.dumps(Evil()))
    else:
        import torch

        torch.save({"params": Evil()}, "evil.pth")
    picture("a.png")
    refused(restore("a.png", "--no-denoise", "--sr-model", "evil.pth"), 3, "evil.pth")
    refused(restore(person, "--no-denoise", "--sr-model", "evil.pth"), 3, "evil.pth")
    assert listing(person) == ["a.png", "evil.pth"]
    assert not (person.parent / "desk_restored").exists()


def test_a_model_file_that_is_no_network(restore: Callable[..., Ran], person: Path) -> None:
    import torch

    picture("a.png")
    Path("text.pth").write_text("hello")
    torch.save({"weight": torch.zeros(3)}, "unknown.pth")
    for model in ("text.pth", "unknown.pth", "gone.pth", "no-such-name"):
        refused(restore("a.png", "--no-denoise", "--sr-model", model), 3, model)
    assert listing(person) == ["a.png", "text.pth", "unknown.pth"]


# ---- recipes, presets and records


def recipe_file(content: object, name: str = "recipe.json") -> str:
    Path(name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return name


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"stages": [{"stage": "dettail"}]}, "stage 'dettail' is unknown; did you mean 'detail'?"),
        ({"stages": [{"stage": "detail", "amount": 9}]}, "amount"),
        ({"stages": [{"stage": "detail", "amount": "NaN"}]}, "amount"),
        ('{"stages": [{"stage": "detail", "amount": NaN}]}', "amount"),
        ({"stages": [{"stage": "detail", "amonut": 1.2}]}, "amonut: there is no such setting"),
        ({"stages": [{"stage": "detail"}], "format": 3}, "newer version (format 3"),
        ({"recipe": {"stages": [], "format": 99}}, "newer version (format 99"),
        ({"stages": []}, "nothing would be restored"),
        ({"stages": 5}, "stages"),
        ({"pictures": []}, "is not a recipe"),
        ([1, 2], "is not a recipe"),
        ("{", "cannot be read"),
        ("", "cannot be read"),
    ],
)
def test_a_recipe_that_cannot_be_used(
    restore: Callable[..., Ran], person: Path, content: object, sentence: str
) -> None:
    picture("a.png")
    recipe_file(content)
    refused(restore("a.png", "--recipe", "recipe.json"), 2, sentence)
    assert listing(person) == ["a.png", "recipe.json"]


def test_a_recipe_that_is_no_file_of_the_kind(restore: Callable[..., Ran], person: Path) -> None:
    picture("a.png")
    Path("folder").mkdir()
    for name in ("folder", "gone.json", "a.png"):
        refused(restore("a.png", "--recipe", name), 2, name)
    refused(restore("a.png", "--preset", "oldphoto"), 2, "oldphoto", "old-photo")
    refused(restore("a.png", "--preset", "fast", "--recipe", "a.json"), 2, "give one of them")
    assert listing(person) == ["a.png", "folder"]


def test_a_record_makes_the_same_pixels_again(restore: Callable[..., Ran], tiny_model_path: Path) -> None:
    picture("a.png", (90, 70))
    wish = ["--denoise-method", "nlm", "--denoise-strength", "auto", "--sr-model", tiny_model_path, "--sr-scale", 2.5]
    ran = restore("a.png", *wish, "--tile", 40, "--precision", "bfloat16", "--seed", 5, "-o", "b.png", "--json")
    assert ran.status == 0, ran.err
    used = {stage["stage"]: stage for stage in ran.json["recipe"]["stages"]}
    assert used["super_resolution"]["tile"] == 40
    assert (ran.json["recipe"]["precision"], ran.json["recipe"]["seed"]) == ("bfloat16", 5)
    again = restore("a.png", "--recipe", "b.png.record.json", "-o", "c.png", "--json")
    assert again.json["recipe"] == ran.json["recipe"]
    assert Path("c.png").read_bytes() == Path("b.png").read_bytes()
    # The tile and the precision were part of it: without them other pixels come out.
    assert restore("a.png", *wish, "--tile", 0, "--precision", "float32", "-o", "d.png").status == 0
    assert (pixels("d.png") != pixels("b.png")).any()


def test_a_record_can_be_changed_by_flags(restore: Callable[..., Ran]) -> None:
    picture("a.png")
    assert restore("a.png", *NLM, "--detail-strength", 1.8, "-o", "b.png").status == 0
    ran = restore("a.png", "--recipe", "b.png.record.json", "--detail-strength", 1.2, "-o", "c.png", "--json")
    assert [stage["stage"] for stage in ran.json["recipe"]["stages"]] == ["denoise", "detail"]
    assert ran.json["recipe"]["stages"][1]["amount"] == 1.2


# ---- flags


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["--denoise-strength", "99"], 2, "--denoise-strength takes a number from 1 to 30 or auto, not '99'"),
        (["--denoise-strength", "abc"], 2, "not 'abc'"),
        (["--denoise-strength", "nan"], 2, "not 'nan'"),
        (["--denoise-strength", "inf"], 2, "not 'inf'"),
        (["--denoise-strength", "-5"], 2, "not '-5'"),
        (["--sr-scale", "NaN"], 2, "--sr-scale takes a number from 1 to 8, not 'NaN'"),
        (["--sr-scale", "0"], 2, "not '0'"),
        (["--detail-strength", "2,5"], 2, "--detail-strength takes a number from 1 to 2, not '2,5'"),
        (["--denoise-method", "nml"], 2, "--denoise-method does not know 'nml'; did you mean nlm?"),
        (["--tile", "-5"], 2, "--tile takes a whole number from 0 to 8192 or auto, not '-5'"),
        (["--tile", "1.5"], 2, "not '1.5'"),
        (["--tile", "9" * 5000], 2, "--tile takes a whole number"),
        ([*DETAIL, "--tile", "x"], 2, "--tile takes a whole number"),
        (["--seed", "-1"], 2, "--seed takes a whole number from 0 on"),
        (["--seed", "x"], 2, "--seed takes a whole number, not 'x'"),
        (["--quality", "0"], 2, "--quality takes a whole number from 1 to 100, not '0'"),
        (["--precision", "int8"], 2, "--precision does not know 'int8'"),
        (["--format", "gif"], 2, "--format does not know 'gif'"),
        (["--format", "png", "-o", "b.jpg"], 2, "do not agree"),
        (["--device", "quantum"], 2, "device 'quantum' is unknown"),
        (["--device", "auto:1"], 2, "device 'auto:1' is unknown"),
        (["--detail-region", "0,0,0,0"], 2, "region '0,0,0,0'"),
        (["--detail-region", "gone.png"], 2, "gone.png"),
        ([*DETAIL, "--detail-region", "500,500,9,9"], 2, "outside the picture"),
        (["--denoize"], 2, "--denoize is unknown; did you mean --denoise?"),
        (["--denoise-strenght", "5"], 2, "did you mean --denoise-strength?"),
        (["--den"], 2, "--den is unknown"),
        (["-o"], 2, "--output needs a value"),
        (["b.png"], 2, "'b.png' is one input too many"),
        (["--input", "a.png"], 2, "the input is named twice"),
        (["--batch"], 2, "a.png is a file, and --batch takes a folder"),
        (["--video"], 2, "a.png is a picture and no film"),
        (["--offline", "--no-denoise", "--no-sr", "--colorize-model", "ddcolor-modelscope"], 3, "ddcolor_modelscope"),
        (["--no-sr", "--no-denoise", "--no-detail"], 2, "nothing would be restored"),
    ],
)
def test_a_flag_that_cannot_be_followed(
    restore: Callable[..., Ran], person: Path, words: list[str], status: int, sentence: str
) -> None:
    picture("a.png")
    refused(restore("a.png", *words), status, sentence)
    ran = restore("a.png", *words, "--json")
    assert (ran.status, ran.json["exit_status"]) == (status, status)
    assert sentence in ran.json["error"]
    assert listing(person) == ["a.png"]


def test_nothing_named(restore: Callable[..., Ran]) -> None:
    refused(restore(), 2, "no input is named")
    refused(restore("--batch", "gone"), 2, "gone", "does not exist")


def test_a_device_that_is_not_here(restore: Callable[..., Ran], person: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has it")
    picture("a.png")
    refused(restore("a.png", "--device", "cuda"), 2, "device 'cuda' is not on this machine; use --device cpu")
    refused(restore(person, "--device", "cuda:1", "-o", person.parent / "out"), 2, "'cuda:1' is not on this machine")
    assert listing(person) == ["a.png"] and not (person.parent / "out").exists()


def test_the_owners_flags_reach_the_recipe(restore: Callable[..., Ran], tiny_model_path: Path) -> None:
    picture("a.png")
    words = ["--sr", "--sr-scale", 2, "--sr-model", tiny_model_path, "--denoise", "--denoise-strength", 12]
    words += ["--denoise-method", "nlm", "--detail", "--detail-strength", 1.5, "--tile", 64, "--seed", 9]
    words += ["--device", "cpu", "--precision", "float32", "--stats", "--comparison", "--json", "--overwrite"]
    ran = restore("-i", "a.png", "--output", "b.png", *words)
    assert ran.status == 0, ran.err
    record = ran.json
    stages = {stage["stage"]: stage for stage in record["asked"]["stages"]}
    assert list(stages) == ["denoise", "super_resolution", "detail"]
    assert (stages["denoise"]["level"], stages["denoise"]["tile"]) == (12, 64)
    assert (stages["super_resolution"]["scale"], stages["super_resolution"]["tile"]) == (2, 64)
    assert stages["detail"]["amount"] == 1.5
    assert (record["asked"]["seed"], record["precision"], record["device"]) == (9, "float32", "cpu")
    assert pixels("b.png").shape == (60, 80, 3)
    assert pixels(record["comparison"]).ndim == 3


def test_stats_and_comparison_are_told(restore: Callable[..., Ran]) -> None:
    picture("a.png")
    ran = restore("a.png", *NLM, "--stats", "--comparison")
    assert ran.status == 0
    for part in ("Denoise", "sharpness", "noise", "restored: a_restored.png (40x30", "before and after: "):
        assert part in ran.out
    assert pixels("a_restored_comparison.png").shape[1] > 80


def test_progress_goes_to_the_error_stream_and_quiet_silences_it(restore: Callable[..., Ran]) -> None:
    picture("a.png")
    loud = restore("a.png", *NLM, "-o", "b.png", "--json")
    assert "Denoise" in loud.err and loud.json["output"]["file"] == "b.png"
    assert restore("a.png", *NLM, "-o", "c.png", "--quiet").err == ""
    quiet = restore("a.png", *NLM, "-o", "d.png", "--quiet", "--json")
    assert quiet.err == "" and quiet.json["notes"]


def test_a_folder_is_restored_and_told(restore: Callable[..., Ran], person: Path) -> None:
    for number in range(3):
        picture(f"in/sub/{number}.png", seed=number)
    Path("in/broken.jpg").write_text("x")
    ran = restore("--batch", "in", *DETAIL, "--comparison")
    assert ran.status == 1
    assert ran.out.startswith("3 restored, 0 skipped, 1 failed, 0 not done\n  failed: in/broken.jpg is text")
    assert "report: in_restored/report.json" in ran.out
    again = restore("in", *DETAIL, "--json", "--quiet", "-o", "in_restored")
    assert again.json["counts"] == {"restored": 0, "skipped": 3, "failed": 1, "not done": 0}
    assert again.err == ""
    shown = restore("in", *DETAIL, "-o", "other", "--stats")
    assert "in/sub/2.png" in shown.out
    assert len(list(Path("in_restored/sub").glob("*_comparison.png"))) == 3


def test_a_folder_called_dot(restore: Callable[..., Ran], person: Path) -> None:
    picture("a.png")
    assert restore(".", *DETAIL).status == 0
    assert (person.parent / "desk_restored" / "a.png").exists()
    refused(restore("/", *DETAIL), 2, "name the folder for the results with -o")
    refused(restore(".", *DETAIL, "-o", "."), 2, "also the input folder")


def test_names_that_would_command_the_terminal(restore: Callable[..., Ran], tmp_path: Path) -> None:
    picture("in/a.png")
    Path("in/\x1b[2J\n.png").write_text("x")
    ran = restore("in", *DETAIL)
    assert r"\x1b[2J\n.png" in ran.out and "\x1b" not in ran.out + ran.err
    assert "\x1b" not in restore("gone\x1b[2J.png").err


def test_main_gives_the_signals_back(restore: Callable[..., Ran]) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    picture("a.png")
    restore("a.png", *DETAIL)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    statuses: list[int] = []  # in a thread that may not take signals it works all the same
    thread = threading.Thread(target=lambda: statuses.append(main(["a.png", *DETAIL, "-o", "t.png", "--quiet"])))
    thread.start()
    thread.join()
    assert statuses == [0]


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_stopped_or_out_of_memory(
    restore: Callable[..., Ran], person: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("restoration_studio.image.write.write_picture", fail)
    picture("a.png")
    status, said = (130, "stopped") if error is KeyboardInterrupt else (1, "not enough memory")
    refused(restore("a.png", *DETAIL), status, said)
    ran = restore("a.png", *DETAIL, "--json")
    assert ran.json["exit_status"] == status
    assert listing(person) == ["a.png"]


# ---- what only a process of its own shows


def process(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(REPOSITORY / "restore.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, **options)


def imported(code: str) -> set[str]:
    """The packages in memory after running ``code`` in a new Python."""
    code += "\nimport sys; print('\\n' + ' '.join({name.partition('.')[0] for name in sys.modules}))"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )
    return set(ran.stdout.splitlines()[-1].split())


def test_help_loads_nothing_heavy() -> None:
    there = imported("from restore import main\ntry: main(['--help'])\nexcept SystemExit as e: assert e.code == 0")
    assert "restoration_studio" in there
    assert not there & {"torch", "cv2", "diffusers", "streamlit", "scipy", "skimage", "spandrel", "tifffile"}
    assert not there & {"numpy", "PIL", "av"}


def test_help_builds_no_schemas() -> None:
    """Pydantic takes longer to make them than all the rest."""
    code = "from restore import main\ntry: main(['--help'])\nfinally: print(*__import__('sys').modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    there = set(ran.stdout.splitlines()[-1].split())
    assert "pydantic.main" in there and "pydantic.plugin._loader" not in there  # asked for plugins by every schema
    assert not there & {"importlib.metadata", "restoration_studio.pipeline", "restoration_studio.models"}


def test_a_recipe_without_networks_never_loads_torch() -> None:
    picture("a.png")
    there = imported(f"from restore import main\nassert main(['a.png', *{NLM}, '--quiet']) == 0")
    assert "cv2" in there and "torch" not in there


def test_a_dry_run_loads_no_torch_and_writes_nothing(person: Path) -> None:
    picture("a.png")
    there = imported("from restore import main\nassert main(['a.png', '--dry-run']) == 0")
    assert not there & {"torch", "cv2"}
    assert listing(person) == ["a.png"] and not (person.parent / "home").exists()


def test_the_program_itself() -> None:
    picture("a.png")
    assert process("--help").returncode == 0
    made = process("a.png", *DETAIL, "--json")
    assert made.returncode == 0 and json.loads(made.stdout)["output"]["width"] == 40
    failed = process("gone.png", "--json")
    assert failed.returncode == 2 and json.loads(failed.stdout)["exit_status"] == 2
    assert failed.stderr == "restore: gone.png does not exist; check the name.\n"


@pytest.mark.slow
def test_output_in_any_encoding() -> None:
    picture("写真.png")
    latin = os.environ | {"PYTHONIOENCODING": "latin-1"}
    ran = process("写真.png", *DETAIL, "-o", "семья.png", env=latin, encoding="latin-1")
    assert ran.returncode == 0, ran.stderr
    ran = process("写真.png", *DETAIL, "-o", "б.png", "--json", env=latin, encoding="latin-1")
    assert json.loads(ran.stdout)["output"]["file"] == "б.png"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_a_reader_that_has_gone_is_no_accident() -> None:
    picture("a.png")
    command = [sys.executable, str(REPOSITORY / "restore.py"), "a.png", *DETAIL, "--stats", "--quiet"]
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ran = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False, timeout=60)
    finally:
        os.close(writer)
    assert ran.stderr == b""
    assert pixels("a_restored.png").shape == (30, 40, 3)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_while_one_picture_is_restored(person: Path, tiny_model_path: Path) -> None:
    picture("a.png", (1500, 1500))  # thousands of tiles
    words = ["a.png", "--no-denoise", "--sr-model", str(tiny_model_path), "--sr-scale", "2", "--tile", "32"]
    command = [sys.executable, str(REPOSITORY / "restore.py"), *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        assert "Super-resolution" in running.stderr.readline()
        running.send_signal(signal.SIGINT)
        said = running.stderr.read()
        assert running.wait(timeout=120) == 130
    assert said.endswith("restore: stopped; nothing half-written was left.\n")
    assert "Traceback" not in said and "Detail" not in said
    assert listing(person) == ["a.png"]
