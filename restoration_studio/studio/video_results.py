"""What came of a film: the preview under a slider, the finished film to play and download."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import streamlit as st

from restoration_studio.engine.record import make_record, write_record
from restoration_studio.studio.core.notes import one_of_each_kind
from restoration_studio.studio.core.video_jobs import PLAYED
from restoration_studio.studio.core.video_overview import LoadedVideo
from restoration_studio.studio.core.video_session import Preview, RestoredVideo
from restoration_studio.studio.server_state import service
from restoration_studio.studio.video_viewer import compare_videos, kind_of
from restoration_studio.text import format_bytes, format_seconds

_PLAYED_BYTES = 200_000_000  # a larger film is downloaded and not played on the page
_PLAYED_CODECS = ("h264", "vp9", "av1")


def preview_panel(video: LoadedVideo, preview: Preview) -> None:
    """The preview's two clips and what was measured."""
    output = preview.stats["output"]
    height, width = video.info.upright_size
    compare_videos(
        preview.before,
        preview.after,
        key="video_viewer",
        sizes=f"before {width} × {height}, after {output['width']} × {output['height']} pixels",
        aspect=float(width * video.info.upright_aspect / height),
    )
    st.caption(_figures(preview.stats))
    _notes(preview.stats)


def result_panel(result: RestoredVideo) -> None:
    """The finished film: playing where browsers can, its files, its contact sheet."""
    if not result.path.is_file():
        st.error("The server has removed this film; restore it again.", icon=":material/error:")
        return
    size = result.path.stat().st_size
    codec = result.stats["film"]["encoding"]["codec"]
    if codec in _PLAYED_CODECS and result.path.suffix in PLAYED and size <= _PLAYED_BYTES:
        st.video(str(result.path), format=kind_of(result.path), alt=f"The restored film {result.path.name}")
    else:
        st.image(result.poster, width="stretch")
        st.caption("Browsers do not play this kind of file, or it is very large; it plays once it is downloaded.")
    st.caption(f"{format_bytes(size)}, {_figures(result.stats)}")
    _notes(result.stats)
    _downloads(result)
    with st.expander("Contact sheet", icon=":material/grid_view:"):
        st.image(result.sheet, width="stretch")


def _downloads(result: RestoredVideo) -> None:
    path, stem = result.path, result.path.stem
    columns = st.columns(4)
    columns[0].download_button("Download film", path.read_bytes, path.name, kind_of(path), type="primary",
                               width="stretch", on_click="ignore")  # fmt: skip
    columns[1].download_button("Poster", result.poster, f"{stem}_poster.jpg", "image/jpeg", width="stretch",
                               on_click="ignore", help="The frame that shows most, at its full size.")  # fmt: skip
    columns[2].download_button("Contact sheet", result.sheet, f"{stem}_contact_sheet.jpg", "image/jpeg",
                               width="stretch", on_click="ignore")  # fmt: skip
    columns[3].download_button(
        "Record",
        lambda: json.dumps(make_record(result.stats), indent=2, ensure_ascii=False, default=float).encode(),
        f"{path.name}.record.json",
        "application/json",
        width="stretch",
        on_click="ignore",
        help="The recipe, models with their hashes, versions and the figures of the check; the command line takes it "
        "with --recipe.",
    )
    folder = service().pipeline.config.results_dir
    if folder is not None and st.button("Keep on the server", key=f"keep:{id(result)}", icon=":material/save:"):
        try:
            kept = save_video(result, folder)
        except OSError as error:
            st.error(f"It could not be kept: {error.strerror or error}.", icon=":material/error:")
        else:
            st.success(f"Kept as {kept.name}, with its record.", icon=":material/check:")


def save_video(result: RestoredVideo, folder: Path) -> Path:
    """Copy the film and write its record into the server's folder for results, under a name that is free."""
    folder.mkdir(parents=True, exist_ok=True)
    path, number = folder / result.path.name, 2
    while path.exists():
        path, number = folder / f"{result.path.stem}_{number}{result.path.suffix}", number + 1
    shutil.copyfile(result.path, path)
    write_record(result.stats, path)
    return path


def _figures(stats: dict[str, Any]) -> str:
    video, flicker = stats["film"], stats["metrics"]["flicker"]
    parts = [f"{video['frames']} frames, {format_seconds(video['duration'])} of film"]
    if video["frames_per_second"]:
        parts.append(f"{video['frames_per_second']:.3g} frames a second")
    parts.append(f"flicker {flicker['before']:.2f} before, {flicker['after']:.2f} after")
    return " · ".join(parts)


def _notes(stats: dict[str, Any]) -> None:
    for note in one_of_each_kind(stats["notes"]):
        st.caption(note[:1].upper() + note[1:])
