"""Tiny copies of known data sets are read as their authors lay them out; broken ones are refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from restoration_studio.errors import InputError
from restoration_studio.training.layouts import find_pictures


def _picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8)).save(path)


def _names(folder: Path, split: str) -> list[str]:
    return [path.name for path in find_pictures(folder, split)]


def test_any_folder(tmp_path: Path) -> None:
    _picture(tmp_path / "b" / "two.PNG")
    _picture(tmp_path / "one.jpg")
    (tmp_path / "notes.txt").write_text("no picture")
    assert sorted(_names(tmp_path, "train")) == ["one.jpg", "two.PNG"]
    assert _names(tmp_path, "train") == _names(tmp_path, "val")


def test_celeba(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        _picture(tmp_path / "img_align_celeba" / f"00000{number}.jpg")
    (tmp_path / "list_eval_partition.txt").write_text("000001.jpg 0\n000002.jpg 1\n000003.jpg 2\n")
    assert [_names(tmp_path, split) for split in ("train", "val", "test")] == [
        ["000001.jpg"],
        ["000002.jpg"],
        ["000003.jpg"],
    ]


def test_celeba_as_kaggle_packs_it(tmp_path: Path) -> None:
    for number in (1, 2):
        _picture(tmp_path / "img_align_celeba" / "img_align_celeba" / f"00000{number}.jpg")
    (tmp_path / "list_eval_partition.csv").write_text("image_id,partition\n000001.jpg,0\n000002.jpg,2\n")
    assert _names(tmp_path, "train") == ["000001.jpg"] and _names(tmp_path, "test") == ["000002.jpg"]


def test_parts_are_not_made_up_where_their_list_is_missing(tmp_path: Path) -> None:
    _picture(tmp_path / "celeba" / "img_align_celeba" / "000001.jpg")
    with pytest.raises(InputError, match=r"list_eval_partition\.txt.*is missing"):
        find_pictures(tmp_path / "celeba", "test")
    assert _names(tmp_path / "celeba" / "img_align_celeba", "test") == ["000001.jpg"]  # as any folder
    _picture(tmp_path / "voc" / "JPEGImages" / "2012_000001.jpg")
    sets = tmp_path / "voc" / "ImageSets" / "Main"
    sets.mkdir(parents=True)
    (sets / "train.txt").write_text("2012_000001\n")
    assert _names(tmp_path / "voc", "train") == ["2012_000001.jpg"]
    with pytest.raises(InputError, match=r"test\.txt.*is missing"):
        find_pictures(tmp_path / "voc", "test")


def test_celeba_with_a_broken_list(tmp_path: Path) -> None:
    _picture(tmp_path / "img_align_celeba" / "000001.jpg")
    partition = tmp_path / "list_eval_partition.txt"
    partition.write_text("000001.jpg train\n")
    with pytest.raises(InputError, match=r"list_eval_partition\.txt.*000001\.jpg train"):
        find_pictures(tmp_path)
    partition.write_text("000001.jpg 0\n000009.jpg 0\n")
    with pytest.raises(InputError, match=r"000009\.jpg.*1 of 2"):
        find_pictures(tmp_path)


def test_celeba_hq(tmp_path: Path) -> None:
    _picture(tmp_path / "CelebA-HQ-img" / "0.jpg")
    assert _names(tmp_path, "train") == ["0.jpg"]


def test_ffhq(tmp_path: Path) -> None:
    for number in (59999, 60000):
        _picture(tmp_path / "images1024x1024" / f"{number // 1000 * 1000:05d}" / f"{number:05d}.png")
    assert _names(tmp_path, "train") == ["59999.png"] and _names(tmp_path, "val") == ["60000.png"]


@pytest.mark.parametrize(
    ("train", "val"),
    [
        ("data_256/a/abbey", "val_256"),
        ("data_large_standard/a/abbey", "val_large"),
        ("train/abbey", "val/abbey"),
    ],
)
def test_places(tmp_path: Path, train: str, val: str) -> None:
    _picture(tmp_path / train / "00000001.jpg")
    _picture(tmp_path / val / "Places365_val_00000001.jpg")
    assert _names(tmp_path, "train") == ["00000001.jpg"]
    assert _names(tmp_path, "val") == ["Places365_val_00000001.jpg"]
    with pytest.raises(InputError, match="'test'"):
        find_pictures(tmp_path, "test")


def test_div2k(tmp_path: Path) -> None:
    _picture(tmp_path / "DIV2K_train_HR" / "0001.png")
    _picture(tmp_path / "DIV2K_valid_HR" / "0801.png")
    assert _names(tmp_path, "train") == ["0001.png"] and _names(tmp_path, "val") == ["0801.png"]


def test_voc(tmp_path: Path) -> None:
    for name in ("2007_000027", "2007_000032"):
        _picture(tmp_path / "JPEGImages" / f"{name}.jpg")
    sets = tmp_path / "ImageSets" / "Main"
    sets.mkdir(parents=True)
    (sets / "train.txt").write_text("2007_000027\n")
    (sets / "val.txt").write_text("2007_000032\n")
    assert _names(tmp_path, "train") == ["2007_000027.jpg"] and _names(tmp_path, "val") == ["2007_000032.jpg"]


def test_voc_of_several_years(tmp_path: Path) -> None:
    kit = tmp_path / "VOCdevkit"
    for year, name in (("2007", "000005"), ("2012", "2008_000002")):
        _picture(kit / f"VOC{year}" / "JPEGImages" / f"{name}.jpg")
        _picture(kit / f"VOC{year}" / "SegmentationClass" / f"{name}.png")  # labels, no photographs
        sets = kit / f"VOC{year}" / "ImageSets" / "Main"
        sets.mkdir(parents=True)
        (sets / "train.txt").write_text(f"{name}\n")
    (kit / "VOC2007" / "ImageSets" / "Main" / "test.txt").write_text("000005\n")
    for folder in (kit, tmp_path):
        assert _names(folder, "train") == ["000005.jpg", "2008_000002.jpg"]
        assert _names(folder, "test") == ["000005.jpg"]


def test_names_that_begin_with_a_dot_are_left_out(tmp_path: Path) -> None:
    _picture(tmp_path / "one two ä.jpg")
    (tmp_path / "._one two ä.jpg").write_bytes(b"of a Mac's archive")
    _picture(tmp_path / ".thumbnails" / "one.jpg")
    assert _names(tmp_path, "train") == ["one two ä.jpg"]


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        find_pictures(tmp_path / "nowhere")
    with pytest.raises(InputError, match="holds no pictures"):
        find_pictures(tmp_path)
    with pytest.raises(InputError, match="train, val, test"):
        find_pictures(tmp_path, "holdout")
