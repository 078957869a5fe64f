"""The network as a kind of damage: any size, odds moved to the sensible threshold, blocks without seams."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from restoration_studio.damage import find, learned
from restoration_studio.models import LoadedModel
from restoration_studio.networks.capabilities import Capabilities
from restoration_studio.networks.damage_unet import DamageUNet


@pytest.fixture
def network() -> LoadedModel:
    torch.manual_seed(0)
    unet = DamageUNet(widths=(8, 12, 16)).eval().requires_grad_(False)
    return LoadedModel("unet", "", "", Capabilities(), "cpu", "float32", 0, 0.0, unet)


def test_is_one_more_kind(network: LoadedModel) -> None:
    pixels = np.random.default_rng(0).random((70, 90, 3), dtype=np.float32)
    finder = learned.finder(network, lambda: None)
    found = find.confidences(pixels, ("spots", learned.NAME), extra={learned.NAME: finder})
    assert found[learned.NAME].shape == (70, 90) and found[learned.NAME].dtype == np.float32
    lying = np.ascontiguousarray(pixels.transpose(1, 0, 2))
    chance = learned.combine_views(network(pixels)[..., 0], network(lying)[..., 0].T)
    assert np.allclose(found[learned.NAME], learned.calibrate(chance), atol=1e-6)


def test_blocks_leave_no_seams(network: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.random.default_rng(1).random((256, 320, 3), dtype=np.float32)
    whole = learned.finder(network, lambda: None)(pixels)
    monkeypatch.setattr(learned, "_BLOCK", 128)
    asked = []
    parts = learned.finder(network, lambda: asked.append(1))(pixels)
    assert len(asked) == 6  # two rows of three
    # Blocks start at multiples of the network's steps, so that both see the same grid.
    assert np.abs(whole - parts).max() < 1e-4


def test_odds_are_moved_to_the_sensible_chance() -> None:
    chance = np.array([0.0, 0.2, 0.5, 1.0], np.float32)
    assert np.allclose(learned.calibrate(chance, 0.2), [0, 0.5, 0.8, 1])
    assert np.allclose(learned.calibrate(chance, 0.5), chance)


def test_a_stopped_search_ends_between_blocks(network: LoadedModel) -> None:
    from restoration_studio.errors import Cancelled

    def stop() -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        learned.finder(network, stop)(np.zeros((64, 64, 3), np.float32))


def test_beside_the_network_other_kinds_must_be_surer_and_alone_they_are_as_they_come() -> None:
    sure = np.zeros((40, 40), np.float32)
    sure[10], sure[20], sure[30] = 0.3, 0.6, 0.95
    np.testing.assert_array_equal(learned.combine_kinds({"spots": sure, "cracks": sure / 2}), sure)
    np.testing.assert_array_equal(learned.combine_kinds({learned.NAME: sure}), sure)
    none = np.zeros_like(sure)

    def lines(found: dict[str, np.ndarray]) -> list[bool]:
        joined = learned.combine_kinds(found) >= 0.5
        assert joined.sum() % 40 == 0  # whole lines
        return [bool(joined[row, 0]) for row in (10, 20, 30)]

    assert lines({"spots": sure, learned.NAME: none}) == [False, False, True]
    assert lines({"spots": none, learned.NAME: sure}) == [False, True, True]
    # The network does not know torn borders.
    np.testing.assert_allclose(learned.combine_kinds({"borders": sure, learned.NAME: none}), sure, atol=1e-6)


def test_beside_others_thick_areas_must_be_surer_and_thin_ones_need_not() -> None:
    sure = np.zeros((64, 64), np.float32)
    sure[20:50, 20:50], sure[5, :] = 0.62, 0.62
    sure[20:50, 20:50] -= 0.05
    found = {"learned": sure, "spots": np.zeros_like(sure)}
    joined = learned.combine_kinds(found) >= 0.5
    assert joined[5].all() and not joined[20:50, 20:50].any()
    found["learned"] = np.where(sure > 0, np.float32(0.9), sure)
    joined = learned.combine_kinds(found) >= 0.5
    assert joined[5].all() and joined[20:50, 20:50].all()


def test_beside_others_a_thick_area_is_found_as_a_whole_or_not_at_all() -> None:
    sure = np.zeros((64, 64), np.float32)
    sure[18:52, 18:52], sure[20:50, 20:50] = 0.69, 0.4  # a ring that is surer than what it surrounds
    joined = learned.combine_kinds({"learned": sure, "spots": np.zeros_like(sure)}) >= 0.5
    assert not joined.any()
    sure[20:40, 20:50] = 0.8
    joined = learned.combine_kinds({"learned": sure, "spots": np.zeros_like(sure)}) >= 0.5
    assert joined[20:50, 20:50].all()


def test_beside_others_a_mark_of_a_few_pixels_must_be_surer() -> None:
    sure = np.zeros((64, 64), np.float32)
    sure[10:12, 10:12], sure[30:32, 30:33] = 0.62, 0.62
    joined = learned.combine_kinds({"learned": sure, "spots": np.zeros_like(sure)}) >= 0.5
    assert not joined[10, 10] and joined[30, 30]
    joined = learned.combine_kinds({"learned": np.where(sure > 0, np.float32(0.8), sure), "spots": sure * 0}) >= 0.5
    assert joined[10, 10]


def test_a_patch_that_both_find_is_found_whole() -> None:
    patches, sure = np.zeros((2, 64, 64), np.float32)
    patches[20:50, 20:50] = 0.6
    sure[20:50, 20:30], sure[20:50, 30:50] = 0.9, 0.4  # the network doubts a part of it: 0.57 on the whole
    sure[5, :] = 0.3
    joined = learned.combine_kinds({"patches": patches, "learned": sure}) >= 0.5
    assert joined[20:50, 20:50].all() and joined.sum() == 30 * 30
    assert not (learned.combine_kinds({"patches": patches, "learned": sure / 2}) >= 0.5).any()
    assert not (learned.combine_kinds({"patches": patches / 2, "learned": sure}) >= 0.5)[25:45, 35:45].any()


def test_two_looks_are_put_together_by_their_odds() -> None:
    chance = np.array([[0.0, 0.2, 0.9, 1.0]], np.float32)
    np.testing.assert_allclose(learned.combine_views(chance, chance), chance, atol=2e-6)
    made = learned.combine_views(np.full((1, 1), 0.8, np.float32), np.full((1, 1), 0.5, np.float32))
    assert 0.5 < made[0, 0] < 0.8
    np.testing.assert_allclose(
        learned.combine_views(chance, np.float32(1) - chance), 0.5, atol=2e-3
    )  # both count the same
