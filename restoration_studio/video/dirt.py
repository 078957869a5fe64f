"""Dirt, dust, hairs and short scratches that lie on a single frame: found by comparing it with its neighbours.

Both neighbours are moved to where things are in the frame between. Where they agree with each other and differ from
it to the same side, by more than any pixel nearby explains, something lies on the frame: the rank-ordered and the
spike-detection differences of Kokaram, "Motion Picture Restoration", Springer 1998, chapter 6, grown from sure places
to likely ones. What may be a thing that moves fast is left alone: where the neighbours disagree round it, where motion
does not lead back home, where the same thing is seen in a neighbour not far away. The rest is repaired from both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from restoration_studio.image.luma import BT601
from restoration_studio.video.motion import Flow, FlowPair, fill_hidden, round_trip_error, warp

Grey = NDArray[np.float32]  # (height, width), 0 to 255
Mask = NDArray[np.bool_]
LUMA = np.array(BT601, np.float32)
_LARGEST, _MOST_OF_FRAME, _MOST_PIECES = 0.01, 0.06, 600  # shares of the frame; more of it is no dirt
_SOFT = 0.35  # of a likely difference: what belongs to a piece beside it
_UNSURE = 0.2  # share of the places round a piece that may be unreliable
_SEEN_AGAIN = 0.25  # shares of its contrast that a piece may differ by from what it is seen as in a neighbour


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A frame's luminance with those of its neighbours and the motion between them."""

    before: Grey
    own: Grey
    after: Grey
    earlier: FlowPair
    later: FlowPair

    def flows(self, hidden: Mask | None = None) -> tuple[Flow, Flow]:
        """The motion to the frame before and after; where ``hidden``, that of what lies round it."""
        to = self.earlier.backward, self.later.forward
        return to if hidden is None else (fill_hidden(to[0], hidden), fill_hidden(to[1], hidden))

    def round_trip_error(self) -> Grey:
        """How wrong the motion is, in levels of 255; see ``video.motion.round_trip_error``."""
        first = round_trip_error(self.own, self.earlier.backward, self.earlier.forward)
        return np.maximum(first, round_trip_error(self.own, self.later.forward, self.later.backward))


@dataclass(frozen=True, slots=True)
class _Compared:
    """The frame beside both neighbours, moved to where things are in it."""

    change: Grey  # from the middle of both
    apart: Grey  # how far the neighbours are from each other
    spike: Grey  # how far beyond everything that either shows within a pixel
    sure: float
    likely: float

    @classmethod
    def of(cls, seen: Neighbours, flows: tuple[Flow, Flow], sensitivity: float) -> _Compared:
        import cv2

        own, first, second = seen.own, warp(seen.before, flows[0]), warp(seen.after, flows[1])
        change = np.asarray(own - (first + second) / 2, np.float32)
        # The brightness of the whole or of a corner may jump: that is flicker, and no dirt.
        slow = _slow(change)
        own, change = own - slow, change - slow
        noise = 1.4826 * float(np.median(np.abs(change)))
        sure = 10.0 + 30.0 * (1 - sensitivity) + 3.0 * noise
        around = np.ones((3, 3), np.uint8)
        high = cv2.dilate(np.maximum(first, second), around)
        low = cv2.erode(np.minimum(first, second), around)
        apart, spike = np.abs(first - second), np.maximum(own - high, low - own)
        return cls(change, np.asarray(apart, np.float32), np.asarray(spike, np.float32), sure, 0.4 * sure)

    def grown(self, side: float) -> tuple[Mask, Mask]:
        """Places lighter (``side`` 1) or darker (-1) than both neighbours: likely ones, and those that are sure."""
        import cv2

        agree = cv2.blur(self.apart, (3, 3)) < np.maximum(self.likely, 0.5 * np.abs(self.change))
        likely = (self.change * side > self.likely) & (self.spike > -2) & agree
        return likely, likely & (self.spike > self.sure)


def find_dirt(seen: Neighbours, sensitivity: float) -> Mask:
    """Where something lies on the frame, (height, width), True = dirt.

    Args:
        sensitivity: 0 to 1; 1 finds faint dirt and takes more of what is none for it.
    """
    nothing = np.zeros(seen.own.shape, bool)
    compared = _Compared.of(seen, seen.flows(), sensitivity)
    candidates = nothing
    for side in (1.0, -1.0):
        candidates = candidates | _seeded(*compared.grown(side))
    if not candidates.any() or candidates.mean() > _MOST_OF_FRAME:
        return nothing
    # Dirt leads the motion astray; compared again along the motion of what lies round it.
    hidden = _wider(candidates, 4)
    compared = _Compared.of(seen, seen.flows(hidden), sensitivity)
    unreliable = (np.maximum(compared.apart, seen.round_trip_error() * ~hidden)) > 1.2 * compared.likely
    found = nothing.copy()
    for side in (1.0, -1.0):
        likely, sure = compared.grown(side)
        pieces = _pieces(likely & hidden, sure, seen, compared, unreliable)
        soft = compared.change * side > _SOFT * compared.likely
        for _ in range(max(2, round(min(nothing.shape) / 160))):  # the soft edge of what lies out of focus
            pieces |= _wider(pieces, 1) & soft
        found |= pieces
    return found if found.mean() <= _MOST_OF_FRAME else nothing


def _wider(mask: Mask, by: int) -> Mask:
    import cv2

    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((2 * by + 1, 2 * by + 1), np.uint8)) > 0)


def _seeded(grown: Mask, seeds: Mask) -> Mask:
    """The connected pieces of ``grown`` that hold a seed."""
    import cv2

    count, labels = cv2.connectedComponents(grown.astype(np.uint8), connectivity=8)
    wanted = np.zeros(count, bool)
    wanted[labels[seeds]] = True
    wanted[0] = False
    return np.asarray(wanted[labels])


def _slow(change: Grey) -> Grey:
    """What changes alike over large parts of the frame: medians of tiles, smoothly joined."""
    import cv2

    height, width = change.shape
    rows, columns = max(1, min(6, height // 32)), max(1, min(8, width // 32))
    tiles = np.zeros((rows, columns), np.float32)
    for row in range(rows):
        for column in range(columns):
            part = change[row * height // rows : (row + 1) * height // rows : 2,
                          column * width // columns : (column + 1) * width // columns : 2]  # fmt: skip
            tiles[row, column] = np.median(part)
    return np.asarray(cv2.resize(tiles, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _pieces(grown: Mask, seeds: Mask, seen: Neighbours, compared: _Compared, unreliable: Mask) -> Mask:
    """The connected pieces of ``grown`` that hold a seed and are nothing that moves."""
    import cv2

    _, labels, facts, _ = cv2.connectedComponentsWithStats(grown.astype(np.uint8), connectivity=8)
    found = np.zeros(grown.shape, bool)
    seeded = np.unique(labels[seeds & grown])
    if len(seeded) > _MOST_PIECES:  # the largest matter most
        seeded = seeded[np.argsort(-facts[seeded, cv2.CC_STAT_AREA], kind="stable")[:_MOST_PIECES]]
    height, width = grown.shape
    ring = max(4, round(0.015 * min(height, width)))
    for label in seeded:
        x, y, w, h, area = (int(value) for value in facts[label])
        if area > _LARGEST * grown.size:
            continue
        top, left = max(0, y - ring), max(0, x - ring)
        box = np.s_[top : min(height, y + h + ring), left : min(width, x + w + ring)]
        piece = labels[box] == label
        contrast = float(np.abs(compared.change[box][piece]).mean())
        outside = _wider(piece, ring) & ~_wider(piece, 2)
        if outside.any() and unreliable[box][outside].mean() > _UNSURE:
            continue
        if compared.apart[box][piece].mean() > 0.5 * contrast:
            continue
        # The larger a thing, the further it may fly from frame to frame.
        if not _seen_again(piece, box, seen, contrast, 3 * ring + round(2 * area**0.5)):
            found[box] |= piece
    return found


def _seen_again(piece: Mask, box: tuple[slice, slice], seen: Neighbours, contrast: float, reach: int) -> bool:
    """Whether a neighbour shows the same thing within ``reach`` pixels: then it moves, and is no dirt.

    The same thing has the same brightness, and what lies round it differs from it there as it does here.
    """
    import cv2

    rim = _wider(piece, 1) & ~piece
    rows, columns = np.flatnonzero((piece | rim).any(axis=1)), np.flatnonzero((piece | rim).any(axis=0))
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    top, left = box[0].start + rows[0], box[1].start + columns[0]
    h, w = piece[part].shape
    inner, outer = (np.ascontiguousarray(mask[part], np.float32) for mask in (piece, rim))
    shape = np.ascontiguousarray(seen.own[top : top + h, left : left + w])
    middle = float(shape[piece[part]].mean())
    stands_out = middle - float(shape[rim[part]].mean()) if outer.any() else 0.0
    height, width = seen.own.shape
    y, x = max(0, top - reach), max(0, left - reach)
    for other in (seen.before, seen.after):
        window = np.ascontiguousarray(other[y : min(height, top + h + reach), x : min(width, left + w + reach)])
        unlike = np.sqrt(np.maximum(0, cv2.matchTemplate(window, shape, cv2.TM_SQDIFF, mask=inner)) / inner.sum())
        round_it = cv2.matchTemplate(window, outer, cv2.TM_CCORR) / max(1.0, float(outer.sum()))
        alike = (unlike < _SEEN_AGAIN * contrast) & ((middle - round_it) * np.sign(stands_out) > 0.5 * abs(stands_out))
        if alike.any():
            return True
    return False


def repair(
    pixels: NDArray[np.float32],
    before: NDArray[np.float32],
    after: NDArray[np.float32],
    seen: Neighbours,
    dirt: Mask,
    strength: float,
) -> NDArray[np.float32]:
    """``pixels`` with ``dirt`` replaced by what both neighbours show there; every pixel further off stays as it is.

    Args:
        pixels, before, after: the frame and its neighbours, (height, width, 3) float32, 0 to 1.
        strength: 0 to 1, how much of the repair is laid over the frame.
    """
    import cv2

    grow = max(1, round(min(dirt.shape) / 360))
    covered = _wider(dirt, grow)
    hidden = _wider(covered, 2 * grow + 1)
    flows = seen.flows(_wider(covered, 4))
    result = pixels.copy()
    for box in _boxes(hidden, 4 * grow):
        offset = np.array([box[1].start, box[0].start], np.float32)
        shown = [_moved_box(other, flow[box], offset) for other, flow in zip((before, after), flows, strict=True)]
        clean = (shown[0] + shown[1]) / 2
        ring = ~hidden[box]
        if ring.any():  # the frame may be a little lighter or darker than its neighbours here
            clean += np.median((pixels[box] - clean)[ring], axis=0)
        soft = cv2.GaussianBlur(covered[box].astype(np.float32), (0, 0), 0.7 * grow) * hidden[box]
        weight = np.maximum(soft, covered[box]) * np.float32(strength)
        result[box] += weight[..., None] * (clean - pixels[box])
    return np.clip(result, 0, 1, out=result)


def _moved_box(picture: NDArray[np.float32], flow: Flow, offset: NDArray[np.float32]) -> NDArray[np.float32]:
    import cv2

    height, width = flow.shape[:2]
    across = flow[..., 0] + np.arange(width, dtype=np.float32) + offset[0]
    down = flow[..., 1] + np.arange(height, dtype=np.float32)[:, None] + offset[1]
    return np.asarray(cv2.remap(picture, across, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _boxes(mask: Mask, margin: int) -> list[tuple[slice, slice]]:
    """Boxes round the connected pieces of a mask, with a margin; pieces near each other share one."""
    import cv2

    joined = cv2.dilate(mask.astype(np.uint8), np.ones((2 * margin + 1, 2 * margin + 1), np.uint8))
    count, _, facts, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    return [np.s_[y : y + h, x : x + w] for x, y, w, h, _ in facts[1:count].tolist()]
