"""The picture viewer: before and after under one slider, side by side or as a difference, with pan and zoom."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from restoration_studio.studio.component import as_item, component
from restoration_studio.studio.core.browser_pictures import EncodedPicture, encoded

Pixels = NDArray[np.uint8]

THUMBNAIL = 264  # pixels of the longer side, twice the size shown for dense screens
_WORKERS = 4


def media_url(picture: EncodedPicture, place: str) -> str:
    """An address under which the browser finds the picture.

    Streamlit's media files are used, so that a changed picture alone travels and the browser keeps the others; a
    data address where no server runs. ``place`` names the picture's place on the page, once per page.
    """
    return content_url(picture.content, picture.mime, place)


def content_url(content: bytes, mime: str, place: str) -> str:
    """``media_url`` for the bytes of any file."""
    from streamlit import runtime

    if not runtime.exists():
        return f"data:{mime};base64,{base64.b64encode(content).decode('ascii')}"
    from streamlit import config

    address = runtime.get_instance().media_file_mgr.add(content, mime, place)
    base = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}{address}" if base else address


def compare(
    before: Pixels,
    after: Pixels,
    *,
    key: str,
    labels: tuple[str, str] = ("before", "after"),
    height: int = 620,
    stages: Sequence[tuple[str, Pixels]] | None = None,
) -> None:
    """Show two pictures to compare, with synchronised pan and zoom.

    What a person set (way of comparing, zoom, place, divider, chosen step) is kept while ``before`` stays the same;
    a new ``after`` takes the old one's place once it is loaded.

    Args:
        before: (height, width, 3) uint8; shown enlarged to the size of ``after`` where that is another.
        after: (height, width, 3) uint8.
        key: names the viewer; once per page.
        labels: what is written on the two pictures.
        height: the most the pictures' window takes, in CSS pixels.
        stages: title and picture, (height, width, 3) uint8, after each stage, in running order; shown as a strip
            of small pictures to choose from.

    Raises:
        ValueError: an array has another shape or type.
    """
    titles, steps = _unique_titles(stages or ())
    jobs: list[tuple[Pixels, int | None]] = [(before, None), (after, None)]
    jobs += [(step, longest) for step in steps for longest in (None, THUMBNAIL)]
    with _pool() as pool:
        files = list(pool.map(lambda job: encoded(job[0], longest=job[1]), jobs))
    addresses = [media_url(file, f"viewer-{key}-{number}") for number, file in enumerate(files)]
    pictures = [
        {"url": url, "width": file.width, "height": file.height} for url, file in zip(addresses, files, strict=True)
    ]
    component("viewer")(
        key=key,
        data=as_item(
            {
                "key": key,
                "labels": list(labels),
                "height": height,
                "before": pictures[0],
                "after": pictures[1],
                "stages": [
                    {"title": title, **pictures[2 + 2 * number], "thumb": addresses[3 + 2 * number]}
                    for number, title in enumerate(titles)
                ],
                "sizes": _sizes_text(files[0], files[1], labels),
                "note": _reduced_text(files[:2], labels),
            }
        ),
        height="content",
    )


def _unique_titles(stages: Sequence[tuple[str, Pixels]]) -> tuple[list[str], list[Pixels]]:
    """Titles that tell steps apart: a stage that runs twice gets a number the second time."""
    titles: list[str] = []
    for title, _ in stages:
        same = sum(other == title or other.startswith(f"{title} (") for other in titles)
        titles.append(f"{title} ({same + 1})" if same else title)
    return titles, [picture for _, picture in stages]


def _sizes_text(before: EncodedPicture, after: EncodedPicture, labels: tuple[str, str]) -> str:
    if (before.width, before.height) == (after.width, after.height):
        return f"{after.width} × {after.height} pixels"
    return f"{labels[0]} {before.width} × {before.height}, {labels[1]} {after.width} × {after.height} pixels"


def _reduced_text(files: Sequence[EncodedPicture], labels: tuple[str, str]) -> str:
    names = [label for file, label in zip(files, labels, strict=True) if file.reduced]
    if not names:
        return ""
    sizes = [f"{file.shown_width} × {file.shown_height}" for file in files if file.reduced]
    text = " and ".join(f"“{name}” at {size}" for name, size in zip(names, sizes, strict=True))
    return f"Shown reduced, {text} pixels; the download is full size."


@contextmanager
def _pool() -> Iterator[ThreadPoolExecutor]:
    """Threads for hashing and encoding, both of which let go of the interpreter."""
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="viewer") as pool:
        yield pool
