"""Sums along lines against sums by hand."""

from __future__ import annotations

import numpy as np

from restoration_studio.damage.beamlets import best_lines


def plain(level, sums):
    return sums[0], np.full_like(sums[0], np.inf)


def test_a_straight_upright_line_gets_its_own_sum():
    plane = np.zeros((32, 20), np.float32)
    plane[:, 7] = 1
    best = best_lines((plane,), 5, 5, plain)
    np.testing.assert_allclose(best[:, 7], 32)
    assert best[:, 12].max() < 32


def test_the_best_line_is_never_less_than_the_upright_one():
    plane = np.random.default_rng(2).random((16, 24)).astype(np.float32)
    best = best_lines((plane,), 4, 4, plain)
    assert (best >= plane.sum(axis=0)[None] - 1e-4).all()


def test_slanted_lines_are_followed_both_ways():
    for mirrored in (False, True):
        plane = np.zeros((64, 64), np.float32)
        rows = np.arange(64)
        plane[rows, np.rint(rows * 0.5).astype(int) + 10] = 1
        plane = plane[:, ::-1].copy() if mirrored else plane
        best = best_lines((plane,), 6, 6, plain)
        assert best[plane > 0].min() > 40  # a digital line of the transform may leave it here and there
        assert np.median(best[plane == 0]) < 20


def test_support_keeps_a_line_from_running_on():
    def supported(level, sums):
        return sums[0], sums[0]

    plane = np.zeros((64, 9), np.float32)
    plane[:32, 4] = 1
    best = best_lines((plane,), 6, 4, supported)
    assert best[:32, 4].min() > 10
    assert best[48:, 4].max() == 0
