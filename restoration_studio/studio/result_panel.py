"""The panel below a result: opacities to move, downloads, figures, the record."""

from __future__ import annotations

import json
from pathlib import Path

import streamlit as st

from restoration_studio.engine.record import make_record
from restoration_studio.errors import RestorationError
from restoration_studio.image.picture import Picture
from restoration_studio.studio.core.exports import (
    FORMATS,
    Moved,
    comparison_file,
    encoded_file,
    layers_file,
    record_of,
    save,
)
from restoration_studio.studio.core.session import RestoredPicture
from restoration_studio.studio.error_wording import worded
from restoration_studio.studio.server_state import service


def opacity_panel(result: RestoredPicture) -> tuple[Picture, dict[int, float]]:
    """Sliders for the opacity of each stage in the result; gives the mixed picture and the opacities."""
    if result.layers is None:
        st.caption("This picture is too large to keep its stages as layers; change the settings and restore again.")
        return result.after, {}
    opacities: dict[int, float] = {}
    for index, step in enumerate(result.recipe.stages):
        percent = st.slider(
            f"{step.runs.title}: opacity",
            0,
            100,
            100,
            5,
            format="%d%%",
            key=f"opacity:{id(result)}:{index}",
            help="Moves at once, with no network run again. Later stages saw the full change; restoring again with "
            "a lower blend shows them the weaker one.",
        )
        opacities[index] = percent / 100
    return result.layers.mix(opacities), opacities


def downloads(result: RestoredPicture, mixed: Picture, moved: Moved) -> None:
    """Buttons for the result in a chosen format, the comparison picture and the record."""
    stem = Path(result.name).stem
    kind = st.segmented_control("Format", list(FORMATS), default="PNG", key=f"format:{id(result)}", required=True)
    suffix, mime, _ = FORMATS[kind or "PNG"]
    columns = st.columns(4)
    columns[0].download_button(
        "Download picture",
        lambda: encoded_file(mixed, kind or "PNG"),
        f"{stem}_restored{suffix}",
        mime,
        type="primary",
        width="stretch",
        on_click="ignore",
    )
    columns[1].download_button(
        "Before and after",
        lambda: comparison_file(result, mixed),
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
            lambda: layers_file(layers),
            f"{stem}_layers.tif",
            "image/tiff",
            width="stretch",
            on_click="ignore",
            help="The result, the input, and the change of each stage as pages of one 16-bit file.",
        )


def _save_button(result: RestoredPicture, mixed: Picture, kind: str, moved: Moved) -> None:
    """Where the server has a folder for results, a button to keep this one there."""
    folder = service().pipeline.config.results_dir
    if folder is None or not st.button("Keep on the server", key=f"keep:{id(result)}", icon=":material/save:"):
        return
    try:
        path = save(result, mixed, kind, folder, moved)
    except RestorationError as error:
        st.error(f"It could not be kept: {worded(error)}", icon=":material/error:")
    except OSError as error:
        st.error(f"It could not be kept: {error.strerror or error}.", icon=":material/error:")
    else:
        st.success(f"Kept as {path.name}, with its record.", icon=":material/check:")
