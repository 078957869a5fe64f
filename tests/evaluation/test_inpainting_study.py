"""The inpainting study: its figures, its seeded holes, its report, its command and what it refuses."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import stats

from restoration_studio.config import Config
from restoration_studio.errors import InputError, WeightsError
from restoration_studio.evaluation.__main__ import main
from restoration_studio.evaluation.inpainting import (
    Case,
    cases_of_folder,
    interval,
    measured,
    painting_cases,
    pictures_in,
    seeded_cases,
    study,
)
from restoration_studio.evaluation.metrics import psnr
from restoration_studio.image.picture import FloatArray
from restoration_studio.training.holes import BUCKETS
from restoration_studio.weights.load import ARCHITECTURE


@pytest.fixture
def folder(tmp_path: Path, photograph: FloatArray) -> Path:
    (tmp_path / "data").mkdir()
    for number in range(3):
        pixels = np.roll(photograph, 30 * number, axis=1)
        Image.fromarray((pixels * 255).round().astype(np.uint8)).save(tmp_path / "data" / f"{number}.png")
    return tmp_path / "data"


def test_seeded_holes_lie_in_their_buckets_and_come_again(folder: Path) -> None:
    pictures = pictures_in([folder], 2)
    one, again = (list(seeded_cases(pictures, seed=5)) for _ in range(2))
    assert [case.bucket for case in one] == [*BUCKETS, *BUCKETS]
    assert all(case.bucket[0] <= case.hole.mean() <= case.bucket[1] for case in one)
    assert all((a.hole == b.hole).all() for a, b in zip(one, again, strict=True))
    assert (one[0].hole != next(seeded_cases(pictures, seed=6)).hole).any()
    assert len({case.kind for case in one}) == 6


def test_figures_of_a_known_error(photograph: FloatArray) -> None:
    hole = np.zeros(photograph.shape[:2], bool)
    hole[20:40, 30:60] = True
    made = photograph.copy()
    made[hole] = np.clip(made[hole] + 0.1, 0, 1)
    row = measured(Case("a", photograph, hole, "x", BUCKETS[0]), "m", made, 1.5, None)
    in_hole = float(np.square(made - photograph)[hole].mean())
    assert row.mse_hole == pytest.approx(in_hole, rel=1e-5)
    assert row.psnr_hole == pytest.approx(-10 * math.log10(in_hole), abs=1e-3)
    assert row.mse == pytest.approx(in_hole * hole.mean(), rel=1e-5)
    assert row.psnr == pytest.approx(psnr(photograph, made))
    assert row.ssim_hole < row.ssim < 1 and row.seconds == 1.5 and math.isnan(row.stlpips)
    same = measured(Case("a", photograph, hole, "x", BUCKETS[0]), "m", photograph, 0, None)
    assert same.psnr_hole == math.inf and same.ssim_hole == pytest.approx(1)


def test_the_interval_is_students() -> None:
    values = [1.0, 2.0, 4.0, 3.0]
    low, high = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    mean, half = interval(values)
    assert (mean - half, mean + half) == pytest.approx((low, high))
    assert interval([5.0]) == (5.0, 0.0)


def test_every_method_fills_every_hole_and_samples_show_different_pictures(folder: Path, tmp_path: Path) -> None:
    config = Config(cache_dir=tmp_path, device="cpu", offline=True)
    rows, samples = study(seeded_cases(pictures_in([folder], 3)), ["telea", "harmonic"], config=config)
    assert len(rows) == 3 * len(BUCKETS) * 2
    assert [sample.case.bucket for sample in samples] == list(BUCKETS)
    assert len({sample.case.name for sample in samples}) == 3
    for sample in samples:
        for made in sample.filled.values():
            np.testing.assert_array_equal(made[~sample.case.hole], sample.case.truth[~sample.case.hole])


def test_the_sheet_may_show_several_cases_of_each_ratio(folder: Path, tmp_path: Path) -> None:
    config = Config(cache_dir=tmp_path, device="cpu", offline=True)
    _, samples = study(seeded_cases(pictures_in([folder], 3)), ["ns"], config=config, shown=2)
    assert [sample.case.bucket for sample in samples] == [bucket for bucket in BUCKETS for _ in range(2)]
    assert len({(sample.case.name, sample.case.bucket) for sample in samples}) == 2 * len(BUCKETS)


@pytest.mark.slow
def test_the_command_writes_table_figures_and_sheet(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out"
    words = ["inpainting", "--data", str(folder), "--methods", "telea,ns", "--limit", "2", "--no-perceptual"]
    assert main([*words, "--output", str(output)]) == 0
    assert {path.name for path in output.iterdir()} == {"report.md", "fills.csv", "figures.png", "contact_sheet.png"}
    report = (output / "report.md").read_text()
    assert (
        "python -m restoration_studio.evaluation inpainting --data" in report
        and "2 pictures, 12 holes, 2 methods" in report
    )
    with open(output / "fills.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 24
    mean = np.mean([float(row["psnr_hole"]) for row in rows if row["method"] == "ns"])
    (line,) = re.findall(r"PSNR, hole.*?\| ns (.*?)\n", report, re.S)
    assert f"{mean:.2f} ±" in line
    for name in ("figures.png", "contact_sheet.png"):
        with Image.open(output / name) as image:
            assert min(image.size) > 300


def test_several_networks_stand_side_by_side(folder: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    from restoration_studio.networks.partial_convolution import PartialConvUNet

    files = []
    for number in range(2):
        torch.manual_seed(number)
        files.append(tmp_path / f"net{number}.safetensors")
        save_file(PartialConvUNet((8, 8, 8)).state_dict(), files[-1], {ARCHITECTURE: "Partial convolutions"})
    config = Config(cache_dir=tmp_path, device="cpu", offline=True)
    cases = painting_cases(pictures_in([folder], 1), "small")
    rows, (sample,) = study(cases, ["ns", "network"], config=config, networks=[str(file) for file in files])
    assert [row.method for row in rows] == ["ns", "net0", "net1"] == list(sample.filled)
    assert np.abs(sample.filled["net0"] - sample.filled["net1"]).max() > 0.01


def test_a_network_that_fills_nothing_is_named(folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    from restoration_studio.networks.damage_unet import DamageUNet

    file = tmp_path / "damage.safetensors"
    save_file(DamageUNet(widths=(4, 8)).state_dict(), file, {ARCHITECTURE: "Damage U-Net"})
    cases = painting_cases(pictures_in([folder], 1), "small")
    config = Config(cache_dir=tmp_path, device="cpu", offline=True)
    with pytest.raises(WeightsError, match=r"damage\.safetensors is made for other work"):
        study(cases, ["network"], config=config, networks=[str(file)])


def test_hidden_files_are_no_pictures(folder: Path) -> None:
    (folder / "._0.png").write_bytes(b"of a Mac's archive")
    assert [path.name for path in pictures_in([folder], 9)] == ["0.png", "1.png", "2.png"]


def test_masks_from_a_folder(folder: Path, tmp_path: Path) -> None:
    masks = tmp_path / "masks"
    masks.mkdir()
    half = np.zeros((48, 64), np.uint8)
    half[:12] = 255
    Image.fromarray(half).save(masks / "m.png")
    cases = list(cases_of_folder(pictures_in([folder], 3), masks))
    assert len(cases) == 3
    assert all(case.bucket == (0.2, 0.3) and case.hole.shape == case.truth.shape[:2] for case in cases)
    Image.fromarray(half * 0).save(masks / "m.png")
    with pytest.raises(InputError, match=r"m\.png is empty"):
        next(cases_of_folder(pictures_in([folder], 1), masks))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--data", "gone"], "gone is no folder"),
        (["--data", "."], "no picture in the folder"),
        (["--data", "{data}", "--methods", "lamma"], "'lamma' is unknown"),
        (["--data", "{data}", "--kinds", "wavy"], "'wavy' is unknown"),
        (["--data", "{data}", "--masks", "gone"], "gone is no folder"),
        (["--data", "{data}", "--limit", "0"], "--limit takes"),
        (["--data", "{data}", "--methods", "ns,network"], "--model FILE go together"),
        (["--data", "{data}", "--methods", "ns", "--model", "a.safetensors"], "--model FILE go together"),
        (["--data", "{data}", "--methods", "ns,ns"], "'ns'"),
        (
            ["--data", "{data}", "--methods", "ns,network", "--model", "a/net.pth", "--model", "b/net.pth"],
            "two methods would be called 'net'",
        ),
        (["--data", "{tiny}"], "tiny.png is too small"),
    ],
)
def test_what_cannot_be_studied(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    words: list[str], sentence: str,
) -> None:  # fmt: skip
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    (tmp_path / "tiny").mkdir()
    Image.new("RGB", (40, 9), (9, 99, 200)).save(tmp_path / "tiny" / "tiny.png")
    words = [word.format(data=folder, tiny=tmp_path / "tiny") for word in words]
    assert main(["inpainting", *words, "--no-perceptual", "--output", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("evaluation: ") and sentence in said and said.count("\n") == 1


def test_holes_of_the_paintings(folder: Path) -> None:
    pictures = pictures_in([folder], 2)
    central, small = (list(painting_cases(pictures, kind)) for kind in ("central", "small"))
    assert all(case.hole.mean() == pytest.approx(0.25, abs=0.01) for case in central)
    assert all(0.01 < case.hole.mean() < 0.3 for case in small)
    assert (small[0].hole != small[1].hole).any()
    again = list(painting_cases(pictures, "small"))
    assert all((a.hole == b.hole).all() for a, b in zip(small, again, strict=True))


def test_the_mean_colour_is_that_of_what_is_known(folder: Path) -> None:
    case = next(painting_cases(pictures_in([folder], 1), "central"))
    _, samples = study(iter([case]), ["mean"], config=Config(), progress=lambda _: None)
    made = samples[0].filled["mean"]
    np.testing.assert_allclose(
        made[case.hole], np.broadcast_to(case.truth[~case.hole].mean(axis=0), (case.hole.sum(), 3)), atol=1e-5
    )
    np.testing.assert_array_equal(made[~case.hole], case.truth[~case.hole])
