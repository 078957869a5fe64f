"""The plain recipe does what it says."""

from __future__ import annotations

from restoration_studio.damage.simple import confidence


def test_small_marks_pass_and_large_areas_do_not(ground):
    pixels = ground.copy()
    pixels[90:94, 100:104] = 1.0
    pixels[20:24, 30:34] = 0.0
    pixels[120:170, 120:200] = 0.9
    found = confidence(pixels) >= 0.5
    assert found[90:94, 100:104].all()
    assert found[130:160, 130:190].mean() == 0
    assert found[20:24, 30:34].all()
    assert found.mean() < 0.02
