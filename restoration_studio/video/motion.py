"""Motion between frames: dense optical flow, light with OpenCV's DIS or handed in, and frames moved along it.

Kroeger, Timofte, Dai, Van Gool: "Fast Optical Flow using Dense Inverse Search", ECCV 2016.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Flow = NDArray[np.float32]  # (height, width, 2): pixels right and down to where each place lies in the other frame
FindFlow = Callable[[NDArray[np.float32], NDArray[np.float32]], Flow]  # of two luminances, 0 to 255
_COARSE = 4  # pixels of the frame for one where hidden motion is filled in
_LONG_SIDE, _LONG_SIDE_OF_NETWORKS = 960, 480  # larger frames' motion is found on smaller ones


def dis_flow(frame: NDArray[np.float32], other: NDArray[np.float32]) -> Flow:
    """Where each pixel of ``frame`` lies in ``other``; both (height, width), 0 to 255."""
    import cv2

    pair = [np.clip(luma + 0.5, 0, 255).astype(np.uint8) for luma in (frame, other)]
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(pair[0], pair[1], None)
    return np.asarray(flow, np.float32)


def flow_at_size(
    find: FindFlow, frame: NDArray[np.float32], other: NDArray[np.float32], long_side: int = _LONG_SIDE
) -> Flow:
    """``find`` on frames made smaller where they are large; the flow has the frames' own size and pixels."""
    import cv2

    height, width = frame.shape
    factor = min(1.0, long_side / max(height, width))
    size = (max(16, round(width * factor)), max(16, round(height * factor)))
    if size == (width, height):
        return find(frame, other)
    small = [cv2.resize(luma, size, interpolation=cv2.INTER_AREA) for luma in (frame, other)]
    flow = cv2.resize(find(*[np.asarray(luma, np.float32) for luma in small]), (width, height))
    return np.asarray(flow * np.array([width / size[0], height / size[1]], np.float32), np.float32)


def warp(picture: NDArray[np.float32], flow: Flow) -> NDArray[np.float32]:
    """``picture`` (height, width) or (height, width, 3) as it looks from the frame that ``flow`` leads from."""
    import cv2

    height, width = flow.shape[:2]
    across = flow[..., 0] + np.arange(width, dtype=np.float32)
    down = flow[..., 1] + np.arange(height, dtype=np.float32)[:, None]
    warped = cv2.remap(picture, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.float32)


@dataclass(frozen=True, slots=True)
class FlowPair:
    """The motion between two consecutive frames, both ways."""

    forward: Flow
    backward: Flow

    @classmethod
    def between(cls, frame: NDArray[np.float32], after: NDArray[np.float32], find: FindFlow) -> FlowPair:
        side = _LONG_SIDE if find is dis_flow else _LONG_SIDE_OF_NETWORKS
        return cls(flow_at_size(find, frame, after, side), flow_at_size(find, after, frame, side))


def round_trip_error(own: NDArray[np.float32], forward: Flow, backward: Flow) -> NDArray[np.float32]:
    """How much another brightness each place of ``own`` comes back to that goes there and back along the motion.

    Where nothing can be told apart, motion is uncertain and it does not matter; elsewhere this shows that it is wrong.
    """
    home = warp(own, np.asarray(forward + warp(backward, forward), np.float32))
    return np.asarray(np.abs(home - own), np.float32)


def fill_hidden(flow: Flow, hidden: NDArray[np.bool_]) -> Flow:
    """``flow`` with what is ``hidden`` taken from what lies round it, near places before far ones."""
    import cv2

    height, width = hidden.shape
    size = (max(1, width // _COARSE), max(1, height // _COARSE))
    known = (~hidden).astype(np.float32)
    weight = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    total = cv2.resize(flow * known[..., None], size, interpolation=cv2.INTER_AREA)
    weights, totals = weight * 1.0, total * 1.0
    for spread, share in ((1.5, 0.1), (6.0, 1e-3), (24.0, 1e-5)):  # far places count where there is nothing nearer
        weights += share * cv2.GaussianBlur(weight, (0, 0), spread)
        totals += share * cv2.GaussianBlur(total, (0, 0), spread)
    smooth = cv2.resize(totals / np.maximum(weights, 1e-9)[..., None], (width, height))
    return np.asarray(np.where(hidden[..., None], smooth, flow), np.float32)
