"""A contact sheet shows every picture it is given."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.image.contact_sheet import make_contact_sheet


def test_a_contact_sheet_holds_every_picture() -> None:
    pictures = [np.full((50, 80, 3), level, np.float32) for level in (0.1, 0.5, 0.9)]
    sheet = make_contact_sheet(pictures, ["a", "b", "c"], columns=2, cell=80)
    assert sheet.dtype == np.uint8
    for level in (0.1, 0.5, 0.9):
        assert (sheet == round(level * 255)).all(axis=2).sum() >= 80 * 50 - 200
    with pytest.raises(ValueError, match="a label for each"):
        make_contact_sheet(pictures, ["a"])
