"""The figures of a result: brightness before and after, time per stage, sharpness and noise."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from restoration_studio.image.luma import BT601
from restoration_studio.image.picture import Picture
from restoration_studio.studio.core.session import RestoredPicture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LUMA = np.array(BT601, np.float32)
_INK, _ACCENT = {"light": "#23201c", "dark": "#efebe4"}, {"light": "#a8500f", "dark": "#e08a45"}
_BEFORE = "#8a8f98"
_ROWS = 800  # of the picture that are counted, evenly spread


def figures(result: RestoredPicture, mixed: Picture) -> None:
    """Draw them; ``mixed`` is the picture as the strengths stand now."""
    stats = result.stats
    columns = st.columns(3)
    columns[0].metric("Time", f"{stats['seconds']:.1f} s")
    for column, name in zip(columns[1:], ("sharpness", "noise"), strict=True):
        values = stats["metrics"][name]
        change = values["after"] - values["before"]
        column.metric(
            name.capitalize(), f"{values['after']:.1f}", f"{change:+.1f}",
            delta_color="normal" if name == "sharpness" else "inverse", help="Both at the input's size.",
        )  # fmt: skip
    scheme = "dark" if st.context.theme.type == "dark" else "light"
    left, right = st.columns([3, 2])
    left.image(_brightness(result.before, mixed, scheme), caption="Brightness before and after", width="stretch")
    if any(stage["seconds"] for stage in stats["stages"]):
        right.image(_times(stats["stages"], scheme), caption="Time per stage", width="stretch")
    for stage in stats["stages"]:
        models = ", ".join(f"{model['name']} ({model['sha256'][:12]})" for model in stage["models"]) or "no network"
        st.caption(f"{stage['title']}: {models}" + (" · from the cache" if stage["cached"] else ""))


def _brightness(before: Picture, after: Picture, scheme: str) -> bytes:
    """Histograms of the luma of both pictures, as a PNG."""
    figure, axes = _plot((5.4, 2.6))
    for picture, label, colour in ((before, "before", _BEFORE), (after, "after", _ACCENT[scheme])):
        luma = picture.pixels[:: max(1, picture.height // _ROWS)] @ _LUMA
        counts, edges = np.histogram(luma, 64, (0, 1))
        share = counts / counts.sum()
        axes.stairs(share, edges * 255, label=label, color=colour, fill=label == "before", linewidth=1.6)
    axes.set(xlabel="grey level", yticks=[])
    axes.legend(frameon=False, labelcolor=_INK[scheme])
    return _png(figure, axes, scheme)


def _times(stages: list[dict[str, object]], scheme: str) -> bytes:
    """A bar for each stage, as a PNG."""
    figure, axes = _plot((3.6, 2.6))
    titles = [str(stage["title"]) for stage in stages]
    seconds = [float(str(stage["seconds"])) for stage in stages]
    axes.barh(range(len(titles)), seconds[::-1], height=0.6, color=_ACCENT[scheme])
    axes.set_ylim(-1, max(len(titles), 2))
    axes.set(xlabel="seconds", yticks=range(len(titles)), yticklabels=titles[::-1])
    return _png(figure, axes, scheme)


def _plot(size: tuple[float, float]) -> tuple[Figure, Axes]:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots()


def _png(figure: Figure, axes: Axes, scheme: str) -> bytes:
    """The plot in the page's colours, without a ground of its own."""
    ink = _INK[scheme]
    axes.set_facecolor("none")
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["bottom", "left"]].set_color(ink)
    axes.tick_params(colors=ink)
    axes.xaxis.label.set_color(ink)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=200, transparent=True)
    return stream.getvalue()
