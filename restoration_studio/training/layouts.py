"""Where the pictures lie in a folder: any folder, or the standard layouts of known data sets.

Only the layout is known here; nothing is downloaded. CelebA: ``img_align_celeba/`` beside
``list_eval_partition.txt`` (or ``.csv``). CelebA-HQ: ``CelebA-HQ-img/`` or ``celeba-1024/``, which has no parts. FFHQ:
``images1024x1024/`` (its first 60000 numbers train, as its authors say) or ``thumbnails128x128/``. Places2:
``data_256/`` and ``val_256/``, or ``train/`` and ``val/``. DIV2K: ``DIV2K_train_HR/`` and ``DIV2K_valid_HR/``. VOC:
``JPEGImages/`` beside ``ImageSets/``, or a ``VOCdevkit/`` of several years.
"""

from __future__ import annotations

from pathlib import Path

from restoration_studio.training.errors import (
    BrokenList,
    ListedPicturesMissing,
    ListMissing,
    NoPictureFolder,
    NoPictures,
    UnknownDataPart,
    UnreadableList,
)

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
SPLITS = ("train", "val", "test")
_FFHQ_TRAIN = 60000
_PARTITION = "list_eval_partition"


def find_pictures(folder: Path, split: str = "train") -> list[Path]:
    """The pictures of one part of a data set, sorted by name.

    Args:
        folder: of a known layout, or any folder, whose pictures then all belong to every part.
        split: "train", "val" or "test".

    Raises:
        InputError: there is no such folder, it holds no pictures, or its own list of parts is broken.
    """
    if split not in SPLITS:
        raise UnknownDataPart(part=split, choices=SPLITS)
    if not folder.is_dir():
        raise NoPictureFolder(folder=folder, wanted="the folder with the pictures to train on")
    for reader in (_celeba, _celeba_hq, _ffhq, _places, _div2k, _voc):
        found = reader(folder, split)
        if found is not None:
            break
    else:
        found = pictures_below(folder)
    if not found:
        raise NoPictures(folder=folder, part=split, suffixes=tuple(sorted(SUFFIXES)))
    return sorted(found)


def pictures_below(folder: Path) -> list[Path]:
    """The pictures in ``folder`` and the folders in it; names that begin with a dot are no pictures of anybody's."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    return [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]


def _first(folder: Path, *names: str) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_dir()), None)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableList(path=path, reason=str(error)) from error


def _celeba(folder: Path, split: str) -> list[Path] | None:
    pictures = _first(folder, "img_align_celeba", "Img/img_align_celeba")
    if pictures is None:
        return None
    inner = pictures / "img_align_celeba"  # the archive unpacks into a folder of its own name
    pictures = inner if inner.is_dir() else pictures
    lists = [folder / f"{name}.{kind}" for kind in ("txt", "csv") for name in (_PARTITION, f"Eval/{_PARTITION}")]
    partition = next((path for path in lists if path.is_file()), None)
    if partition is None:
        raise ListMissing(path=lists[0], pictures=pictures)
    names = []
    for line in _lines(partition):
        words = line.replace(",", " ").split()
        if words in ([], ["image_id", "partition"]):  # the head of the .csv
            continue
        if len(words) != 2 or words[1] not in ("0", "1", "2"):
            raise BrokenList(path=partition, line=line[:60])
        if SPLITS[int(words[1])] == split:
            names.append(words[0])
    return _existing(pictures, names, partition)


def _existing(pictures: Path, names: list[str], source: Path) -> list[Path]:
    paths = [pictures / name for name in names]
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise ListedPicturesMissing(
            path=source, name=missing[0].name, folder=pictures, missing=len(missing), total=len(paths)
        )
    return paths


def _celeba_hq(folder: Path, split: str) -> list[Path] | None:
    pictures = _first(folder, "CelebA-HQ-img", "celeba-1024", "celeba_hq_256")
    return None if pictures is None else pictures_below(pictures)


def _ffhq(folder: Path, split: str) -> list[Path] | None:
    pictures = _first(folder, "images1024x1024", "thumbnails128x128")
    if pictures is None:
        return None
    numbered = [path for path in pictures_below(pictures) if path.stem.isdigit()]
    return [path for path in numbered if (int(path.stem) < _FFHQ_TRAIN) == (split == "train")]


def _places(folder: Path, split: str) -> list[Path] | None:
    parts = {
        "train": ("data_256", "data_large", "data_256_standard", "data_large_standard", "train"),
        "val": ("val_256", "val_large", "val"),
        "test": ("test_256", "test_large", "test"),
    }
    if not any(_first(folder, *names) for names in (parts["train"], parts["val"])):
        return None
    pictures = _first(folder, *parts[split])
    return [] if pictures is None else pictures_below(pictures)


def _div2k(folder: Path, split: str) -> list[Path] | None:
    if _first(folder, "DIV2K_train_HR", "DIV2K_valid_HR") is None:
        return None
    pictures = _first(folder, "DIV2K_train_HR" if split == "train" else "DIV2K_valid_HR")
    return [] if pictures is None else pictures_below(pictures)


def _voc(folder: Path, split: str) -> list[Path] | None:
    years = [folder, *sorted(folder.glob("VOC20*")), *sorted(folder.glob("VOCdevkit/VOC20*"))]
    years = [year for year in years if (year / "JPEGImages").is_dir()]
    # Of several years those count that have the part: only 2007 has its test pictures.
    lists = {year: year / "ImageSets" / "Main" / f"{split}.txt" for year in years}
    with_part = [year for year in years if lists[year].is_file()]
    if years and not with_part:
        raise ListMissing(path=lists[years[0]], pictures=years[0] / "JPEGImages")
    found = []
    for year in with_part:
        names = [f"{line.split()[0]}.jpg" for line in _lines(lists[year]) if line.strip()]
        found += _existing(year / "JPEGImages", names, lists[year])
    return found if years else None
