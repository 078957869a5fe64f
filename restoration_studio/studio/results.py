"""The panel below a result: strengths to move, downloads, figures, the record."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import streamlit as st

from restoration_studio.engine.layers import Layers
from restoration_studio.engine.record import make_record, write_record
from restoration_studio.errors import RestorationError
from restoration_studio.image.comparison import comparison
from restoration_studio.image.output_options import OutputOptions
from restoration_studio.image.picture import Picture
from restoration_studio.image.write import write_picture
from restoration_studio.studio.server_state import service
from restoration_studio.studio.session import Result, screen_pixels

FORMATS = {
    "PNG": (".png", "image/png", OutputOptions()),
    "JPEG": (".jpg", "image/jpeg", OutputOptions()),
    "TIFF, 16 bits": (".tif", "image/tiff", OutputOptions(bit_depth="16")),
    "WebP": (".webp", "image/webp", OutputOptions()),
}


def shares_panel(result: Result) -> tuple[Picture, dict[int, float]]:
    """Sliders for each stage's share of the result; gives the mixed picture and the shares."""
    if result.layers is None:
        st.caption("This picture is too large to keep its stages as layers; change the settings and restore again.")
        return result.after, {}
    shares: dict[int, float] = {}
    for index, step in enumerate(result.recipe.stages):
        percent = st.slider(
            f"{step.runs.title}: share of its change",
            0,
            100,
            100,
            5,
            format="%d%%",
            key=f"share:{id(result)}:{index}",
            help="Moves at once, with no network run again. Later stages saw the full change; restoring again with "
            "a lower blend shows them the weaker one.",
        )
        shares[index] = percent / 100
    return result.layers.mix(shares), shares


def encoded(picture: Picture, name: str) -> bytes:
    """The picture as a file of the format called ``name`` in ``FORMATS``, with its metadata.

    Raises:
        RestorationError: the format cannot hold it.
    """
    suffix, _, options = FORMATS[name]
    with TemporaryDirectory() as folder:
        return write_picture(picture, Path(folder) / f"result{suffix}", options).path.read_bytes()


Moved = Mapping[str, Mapping[int, float]]


def record_of(result: Result, moved: Moved) -> dict[str, Any]:
    """What is told of a result, with what was ``moved`` after the run: shares of stages, strengths of faces."""
    return result.stats | (
        {"moved_afterwards": {name: dict(values) for name, values in moved.items()}} if moved else {}
    )


def downloads(result: Result, mixed: Picture, moved: Moved) -> None:
    """Buttons for the result in a chosen format, the comparison picture and the record."""
    stem = Path(result.name).stem
    kind = st.segmented_control("Format", list(FORMATS), default="PNG", key=f"format:{id(result)}", required=True)
    suffix, mime, _ = FORMATS[kind or "PNG"]
    columns = st.columns(4)
    columns[0].download_button(
        "Download picture",
        lambda: encoded(mixed, kind or "PNG"),
        f"{stem}_restored{suffix}",
        mime,
        type="primary",
        width="stretch",
        on_click="ignore",
    )
    columns[1].download_button(
        "Before and after",
        lambda: _sheet(result, mixed),
        f"{stem}_comparison.png",
        "image/png",
        width="stretch",
        on_click="ignore",
    )
    columns[2].download_button(
        "Record",
        lambda: json.dumps(make_record(record_of(result, moved)), indent=2, ensure_ascii=False, default=float).encode(),
        f"{stem}_restored{suffix}.record.json",
        "application/json",
        width="stretch",
        on_click="ignore",
        help="The recipe, models with their hashes, seeds and versions; the command line takes it with --recipe.",
    )

    _save_button(result, mixed, kind or "PNG", moved)
    if result.layers is not None:
        layers = result.layers
        columns[3].download_button(
            "Layers (TIFF)",
            lambda: _layered(layers),
            f"{stem}_layers.tif",
            "image/tiff",
            width="stretch",
            on_click="ignore",
            help="The result, the input, and the change of each stage as pages of one 16-bit file.",
        )


def save(result: Result, mixed: Picture, kind: str, folder: Path, moved: Moved) -> Path:
    """Write the picture and its record into the server's folder for results, under a name that is free.

    Raises:
        RestorationError: it cannot be written.
    """
    suffix, _, options = FORMATS[kind]
    stem, number = f"{Path(result.name).stem}_restored", 2
    path = folder / f"{stem}{suffix}"
    while path.exists():
        path, number = folder / f"{stem}_{number}{suffix}", number + 1
    folder.mkdir(parents=True, exist_ok=True)
    written = write_picture(mixed, path, options)
    write_record(record_of(result, moved), written.path)
    return written.path


def _save_button(result: Result, mixed: Picture, kind: str, moved: Moved) -> None:
    """Where the server has a folder for results, a button to keep this one there."""
    folder = service().pipeline.config.results_dir
    if folder is None or not st.button("Keep on the server", key=f"keep:{id(result)}", icon=":material/save:"):
        return
    try:
        path = save(result, mixed, kind, folder, moved)
    except (RestorationError, OSError) as error:
        st.error(f"It could not be kept: {error}", icon=":material/error:")
    else:
        st.success(f"Kept as {path.name}, with its record.", icon=":material/check:")


def _layered(layers: Layers) -> bytes:
    with TemporaryDirectory() as folder:
        return layers.write_tiff(Path(folder) / "layers.tif").read_bytes()


def _sheet(result: Result, mixed: Picture) -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(comparison(result.before_shown, screen_pixels(mixed))).save(stream, "PNG")
    return stream.getvalue()
