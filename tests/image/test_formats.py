from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from restoration_studio.errors import UsageError
from restoration_studio.image import formats
from restoration_studio.image.picture import Picture


@pytest.mark.parametrize("name", ["a.jpg", "b.JPEG", "фото.png", "写真.TIFF", "x.heic", "dir/y.webp", "a b.avif"])
def test_pictures_by_name(name: str) -> None:
    assert formats.is_picture_name(name)


@pytest.mark.parametrize("name", ["a.txt", "jpg", ".jpg", "._a.jpg", "a.jpg.json", "film.mp4", "raw.cr2"])
def test_other_names(name: str) -> None:
    assert not formats.is_picture_name(name)


def test_what_can_be_written_can_be_read() -> None:
    assert {".jpg", ".png", ".tif", ".webp", ".bmp"} <= set(formats.writable_suffixes())
    assert set(formats.writable_suffixes()) <= set(formats.READABLE_SUFFIXES)
    assert formats.writable_suffixes() == formats.WRITABLE_SUFFIXES


def test_without_an_encoder_a_suffix_is_not_writable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "_has_encoder", lambda name: name not in ("AVIF", "HEIF"))
    formats.writable_suffixes.cache_clear()
    try:
        assert ".avif" not in formats.writable_suffixes() and ".heic" not in formats.writable_suffixes()
        with pytest.raises(UsageError, match=r"no \.heic encoder here; use one of \.jpg"):
            formats.format_for(Path("a.heic"))
    finally:
        formats.writable_suffixes.cache_clear()


@pytest.mark.parametrize(
    ("name", "suffix"), [("JPEG", ".jpg"), ("PNG", ".png"), ("TIFF", ".tif"), ("GIF", ".png"), (None, ".png")]
)
def test_suffix_of_the_same_format(name: str | None, suffix: str) -> None:
    assert formats.suffix_for(Picture(np.zeros((1, 1, 3), np.float32), format=name)) == suffix


@pytest.mark.parametrize(
    ("name", "wanted", "suffix"),
    [("a.JPEG", "same", ".jpeg"), ("a.gif", "same", ".png"), ("a.jpg", "png", ".png"), ("a.jpg", "jpeg", ".jpg")],
)
def test_suffix_of_a_result(name: str, wanted: str, suffix: str) -> None:
    assert formats.suffix_for_name(Path(name), wanted) == suffix


@pytest.mark.parametrize("name", ["a.xyz", "a.gif", "a"])
def test_unknown_suffixes_list_the_known(name: str) -> None:
    with pytest.raises(UsageError, match=r"use one of \.jpg, \.jpeg, \.png"):
        formats.format_for(Path(name))


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "WEBP"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", "AVIF"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIF"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isomavc1", None),
        (b"RIFF\0\0\0\0AVI ", None),
    ],
)
def test_formats_by_their_first_bytes(head: bytes, name: str | None) -> None:
    assert formats.format_of_head(head) == name
