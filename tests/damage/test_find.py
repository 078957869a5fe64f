"""The kinds put together: names, sizes, turns, bit depths, further finders, stopping."""

from __future__ import annotations

import numpy as np
import pytest

from restoration_studio.damage import find
from restoration_studio.errors import Cancelled, UsageError


def damaged(ground):
    """A bright scratch, a dark speck and a white patch."""
    pixels = ground.copy()
    pixels[:, 60] += 0.15
    pixels[100:103, 150:153] = 0.05
    pixels[40:70, 180:215] = 0.95
    return pixels


def test_the_mask_holds_the_damage_and_little_else(ground):
    mask = find.find(damaged(ground), find.ALL)
    assert mask.shape == (200, 240)
    assert mask.dtype == bool
    assert mask[:, 60].mean() > 0.9
    assert mask[100:103, 150:153].all()
    assert mask[42:68, 182:213].all()
    rest = mask.copy()
    rest[:, 58:63] = rest[97:106, 147:156] = rest[37:73, 177:218] = False
    assert rest.mean() < 0.002


def test_nothing_is_found_on_a_clean_ground(ground):
    assert find.find(ground, find.ALL).mean() < 0.001


def test_confidence_is_the_largest_of_the_kinds(ground):
    pixels = damaged(ground)
    each = find.confidences(pixels, ("scratches", "spots"))
    assert set(each) == {"scratches", "spots"}
    both = find.confidence(pixels, ("scratches", "spots"))
    np.testing.assert_array_equal(both, np.maximum(each["scratches"], each["spots"]))
    assert both.dtype == np.float32
    assert both.min() >= 0
    assert both.max() <= 1


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turning_the_picture_turns_the_mask(ground, turns):
    pixels = damaged(ground)
    upright = find.find(pixels, find.ALL)
    turned = np.rot90(find.find(np.ascontiguousarray(np.rot90(pixels, turns)), find.ALL), -turns)
    assert (upright == turned).mean() > 0.995  # lines are cut into pieces from the top, so ends may differ by a pixel
    assert (upright & turned).sum() > 0.8 * (upright | turned).sum()


def test_sixteen_bits_and_eight_find_the_same(ground):
    pixels = np.clip(damaged(ground), 0, 1)
    eight = np.rint(pixels * 255).astype(np.float32) / np.float32(255)
    sixteen = np.rint(pixels * 65535).astype(np.float32) / np.float32(65535)
    assert (find.find(eight) == find.find(sixteen)).mean() > 0.998


def test_a_grey_picture_gives_what_its_three_channels_give(ground):
    pixels = damaged(ground)
    np.testing.assert_array_equal(find.confidence(pixels[:, :, 0]), find.confidence(pixels))


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (500, 3), (17, 16)])
@pytest.mark.parametrize("tone", [0.0, 0.5, 1.0])
def test_pictures_of_one_tone_and_of_odd_shapes_have_no_damage(shape, tone):
    found = find.confidence(np.full((*shape, 3), tone, np.float32), find.KINDS)
    assert found.shape == shape
    assert not (found >= 0.5).any()


@pytest.mark.slow
def test_noise_of_odd_shapes_is_taken():
    pixels = np.random.default_rng(1).random((3, 5000, 3)).astype(np.float32)
    assert np.isfinite(find.confidence(pixels, find.KINDS)).all()


@pytest.mark.slow
def test_a_large_picture_goes_by_blocks_without_a_seam():
    rng = np.random.default_rng(3)
    grey = 0.5 + rng.normal(0, 2 / 255, (100, 1700)).astype(np.float32)
    grey[50, :] += 0.1  # crosses the blocks
    found = find.find(np.repeat(grey[:, :, None], 3, axis=2).astype(np.float32), ("scratches",))
    assert found[50].mean() > 0.99


def test_all_leaves_the_simple_recipe_out(ground):
    assert "simple" in find.KINDS
    assert set(find.confidences(ground, ("all",))) == set(find.KINDS) - {"simple"}


def test_a_further_finder_plugs_in(ground):
    def learned(pixels):
        made = np.zeros(pixels.shape[:2], np.float32)
        made[:5] = 0.9
        return made

    mask = find.find(ground, ("learned",), extra={"learned": learned})
    assert mask[:5].all()
    assert not mask[5:].any()


@pytest.mark.parametrize("kinds", [("scratch",), (), ("learned",)])
def test_unknown_kinds_are_refused(ground, kinds):
    with pytest.raises(UsageError, match="the kinds are all, scratches, cracks, patches, spots, borders, simple"):
        find.find(ground, kinds)


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.5, float("nan")])
def test_thresholds_out_of_range_are_refused(ground, threshold):
    with pytest.raises(UsageError, match="threshold"):
        find.find(ground, threshold=threshold)


@pytest.mark.parametrize("array", [np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4, 4), np.float32), np.zeros((0, 4, 3))])
def test_arrays_of_another_form_are_refused(array):
    with pytest.raises(UsageError, match="RGB picture of floats"):
        find.find(array)


def test_a_person_can_stop_it_and_sees_how_far_it_is(ground):
    seen = []

    def stop():
        if len(seen) > 1:
            raise Cancelled("stopped.")

    with pytest.raises(Cancelled):
        find.find(ground, check_cancelled=stop, progress=lambda done, total, what: seen.append((done, total, what)))
    assert seen[0] == (0, 5, "scratches")


@pytest.mark.parametrize("side", [1, 2, 3, 4])
def test_nothing_is_found_in_pictures_without_surroundings(side):
    pixels = np.random.default_rng(side).random((side, 40, 3), dtype=np.float32)
    extra = {"mine": lambda seen: np.ones(seen.shape[:2], np.float32)}
    found = find.confidences(pixels, (*find.KINDS, "mine"), extra=extra)
    assert all(sure.shape == (side, 40) and not sure.any() for sure in found.values())
