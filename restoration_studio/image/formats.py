"""Which picture formats there are, by suffix and by a file's first bytes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from restoration_studio.image.errors import EncoderMissing, FormatNotWritable, SuffixMissing
from restoration_studio.image.picture import Picture

FORMAT_OF_SUFFIX = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".png": "PNG",
    ".apng": "PNG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WEBP",
    ".bmp": "BMP",
    ".dib": "BMP",
    ".gif": "GIF",
    ".avif": "AVIF",
    ".heic": "HEIF",
    ".heif": "HEIF",
    ".hif": "HEIF",
}
READABLE_SUFFIXES = tuple(FORMAT_OF_SUFFIX)
_WRITABLE = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp", ".avif", ".heic", ".heif")
_SUFFIX_OF_FORMAT = {
    "JPEG": ".jpg",
    "MPO": ".jpg",
    "PNG": ".png",
    "TIFF": ".tif",
    "WEBP": ".webp",
    "BMP": ".bmp",
    "AVIF": ".avif",
    "HEIF": ".heic",
}
RAW_SUFFIXES = frozenset({
    ".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".iiq", ".kdc", ".mef", ".mos", ".mrw",
    ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f",
})  # fmt: skip
_RAW_HEADS = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb", b"\0MRM")
_HEADS = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"BM": "BMP",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
}
_OTHER_HEADS = {
    b"%PDF": ("a PDF document", "export its page as PNG or TIFF first"),
    b"%!PS": ("a PostScript file", "export it as PNG or TIFF first"),
    b"8BPS": ("a Photoshop document", "export it as TIFF or PNG first"),
    b"\x00\x00\x00\x0cjP  ": ("a JPEG 2000 picture, which is not read", "convert it to TIFF or PNG first"),
    b"\xff\x4f\xff\x51": ("a JPEG 2000 picture, which is not read", "convert it to TIFF or PNG first"),
    b"\xff\x0a": ("a JPEG XL picture, which is not read", "convert it to TIFF or PNG first"),
    b"\x00\x00\x00\x0cJXL ": ("a JPEG XL picture, which is not read", "convert it to TIFF or PNG first"),
    b"\x1aE\xdf\xa3": ("a film, not a picture", "restore it as a film"),
    b"PK\x03\x04": ("an archive or document, not a picture", "unpack it first"),
}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"mif2", b"miaf"}
HEAD_BYTES = 4096


def format_of_head(head: bytes) -> str | None:
    """The format's name in Pillow's way ("JPEG", "PNG", ...), or None, from a file's first bytes."""
    for start, name in _HEADS.items():
        if head.startswith(start):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        size = min(int.from_bytes(head[:4], "big"), len(head))
        brands = {head[8:12], *(head[at : at + 4] for at in range(16, size - 3, 4))}
        if brands & {b"avif", b"avis"}:
            return "AVIF"
        if brands & _HEIF_BRANDS:
            return "HEIF"
    return None


def is_raw_head(head: bytes) -> bool:
    """Whether a file begins as camera raw files do; those inside a plain TIFF show only in its tags."""
    return head.startswith(_RAW_HEADS) or head[8:11] == b"CR\x02" or head[4:12] == b"ftypcrx "


def describe_head(head: bytes) -> tuple[str, str]:
    """What a file that is no picture seems to be, and what to do about it, from its first bytes."""
    for start, words in _OTHER_HEADS.items():
        if head.startswith(start):
            return words
    if head[4:8] == b"ftyp":
        return "a film, not a picture", "restore it as a film"
    beginning = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in beginning and beginning.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--")):
        return "an SVG drawing", "export it as PNG first"
    if not any(head):
        return "filled with zeros, not a picture", "it was probably damaged in copying, so use another copy"
    try:
        head[:1024].decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < 1020:
            return "not a picture of a known kind", "use JPEG, PNG, TIFF, WebP, BMP, GIF, AVIF or HEIC"
    return "text, not a picture", "check that it is the right file"


def is_picture_name(path: str | Path) -> bool:
    """Whether a file's suffix says that it is a picture this room reads. Hidden files are none."""
    path = Path(path)
    return path.suffix.lower() in FORMAT_OF_SUFFIX and not path.name.startswith(".")


@cache
def writable_suffixes() -> tuple[str, ...]:
    """The suffixes that can be written here; AVIF and HEIC only where an encoder is present."""
    return tuple(suffix for suffix in _WRITABLE if _has_encoder(FORMAT_OF_SUFFIX[suffix]))


def _has_encoder(name: str) -> bool:
    if name == "AVIF":
        from PIL import features

        if not features.check("avif"):
            return False
        from PIL import _avif

        return any(_avif.encoder_codec_available(codec) for codec in ("aom", "rav1e", "svt"))
    if name == "HEIF":
        try:
            import pillow_heif
        except ImportError:
            return False
        return bool(pillow_heif.libheif_info()["HEIF"])
    return True


def format_for(path: Path) -> str:
    """The format to write for a file name.

    Raises:
        FormatNotWritable: the suffix names no format that can be written here.
    """
    suffix = path.suffix.lower()
    if suffix in writable_suffixes():
        return FORMAT_OF_SUFFIX[suffix]
    mistake = EncoderMissing if suffix in _WRITABLE else FormatNotWritable if suffix else SuffixMissing
    raise mistake(path=path, suffix=suffix, choices=writable_suffixes())


def suffix_for(picture: Picture) -> str:
    """The suffix that writes a picture in the format it came in, or ".png" where that cannot be written."""
    suffix = _SUFFIX_OF_FORMAT.get(picture.format or "", ".png")
    return suffix if suffix in writable_suffixes() else ".png"


def suffix_for_name(path: Path, wanted: str = "same") -> str:
    """The suffix of the result of a file of that name.

    Args:
        path: the file the picture comes from.
        wanted: "same" keeps its format where that can be written and else takes PNG; or a format's name as in
            ``OutputOptions.format``.
    """
    own = path.suffix.lower()
    if wanted != "same" and FORMAT_OF_SUFFIX.get(own) != FORMAT_OF_SUFFIX[f".{wanted}"]:
        return f".{wanted}"
    return own if own in writable_suffixes() else ".png"


def __getattr__(name: str) -> Any:
    if name == "WRITABLE_SUFFIXES":  # looked up when asked for: it loads the encoders
        return writable_suffixes()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
