"""The film viewer: two clips of the same moments under one slider, played in step."""

from __future__ import annotations

from pathlib import Path

from restoration_studio.studio.component import as_item, component
from restoration_studio.studio.viewer import content_url

_KINDS = {".mp4": "video/mp4", ".webm": "video/webm", ".mkv": "video/x-matroska", ".mov": "video/quicktime"}


def kind_of(path: Path) -> str:
    """The MIME type of a film by its ending."""
    return _KINDS.get(path.suffix.lower(), "application/octet-stream")


def compare_videos(before: Path, after: Path, *, key: str, sizes: str, aspect: float) -> None:
    """Show two short clips to compare.

    Args:
        before, after: of the same length; ``before`` is shown enlarged to the size of ``after``.
        key: names the viewer; once per page.
        sizes: written below.
        aspect: width through height, as players show the film.
    """
    urls = [content_url(path.read_bytes(), kind_of(path), f"video-{key}-{path.stem}") for path in (before, after)]
    component("video_viewer")(
        key=key,
        data=as_item({"before": urls[0], "after": urls[1], "sizes": sizes, "aspect": aspect}),
        height="content",
    )
