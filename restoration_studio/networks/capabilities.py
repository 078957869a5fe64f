"""What a network takes and gives: declared by its module, once, and read by whoever runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Precision = Literal["float32", "bfloat16", "float16"]
EVERY_PRECISION: tuple[Precision, ...] = ("float32", "bfloat16", "float16")


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that a network is given beside the picture.

    Attributes:
        name: "hole", "sigma", "fidelity" or "moment".
        is_map: a value for each pixel, (height, width); else one number.
    """

    name: str
    is_map: bool = False


HOLE = Condition("hole", is_map=True)  # 1 where the picture is to be filled


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a network takes and gives.

    Networks pad to the sizes they work on and crop by themselves, so ``multiple_of`` says what that costs and not what
    a caller must do; ``smallest_side`` and ``fixed_size`` are the caller's to keep.

    Attributes:
        scale: output side divided by input side.
        input_channels: of one picture; 3 for colour, 1 for grey or lightness.
        output_channels: 3 for a picture, 2 for the colour channels of CIE Lab or for motion, 1 for a map; 0 where the
            network gives no map of pixels at all.
        pictures: how many pictures of one size it takes as one batch: 2 for a pair of frames, None for any number.
        conditions: what it is given beside the picture, in this order.
        smallest_side: pixels; smaller pictures are padded before they are sent, as networks that pad by reflection or
            unshuffle need a few pixels to do so.
        multiple_of: the sides it works on inside.
        fixed_size: height and width where it takes one size only.
        tileable: a picture may be sent in overlapping pieces, as no pixel depends on the whole.
        precisions: number formats its convolutions lose nothing visible in.
        channels_last: its weights may be laid out channels last, which is faster.
    """

    scale: int = 1
    input_channels: int = 3
    output_channels: int = 3
    pictures: int | None = None
    conditions: tuple[Condition, ...] = ()
    smallest_side: int = 16
    multiple_of: int = 1
    fixed_size: tuple[int, int] | None = None
    tileable: bool = True
    precisions: tuple[Precision, ...] = EVERY_PRECISION
    channels_last: bool = True
