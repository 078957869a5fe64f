"""Uploaded mask files: read as the command line reads them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from restoration_studio.engine.propose import Proposal
from restoration_studio.engine.recipe import Recipe
from restoration_studio.errors import InputError
from restoration_studio.image.arrays import picture_from_array
from restoration_studio.studio.core.masks import mask_of
from restoration_studio.studio.core.session import LoadedPicture

HEIGHT, WIDTH = 20, 30


@pytest.fixture
def loaded() -> LoadedPicture:
    picture = picture_from_array(np.full((HEIGHT, WIDTH, 3), 90, np.uint8))
    return LoadedPicture("photo.png", picture, Proposal(Recipe.default(), (), {}))


def png(*channels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    bands = [Image.fromarray(channel) for channel in channels]
    (bands[0] if len(bands) == 1 else Image.merge("LA", bands)).save(stream, "PNG")
    return stream.getvalue()


def test_above_127_is_marked(loaded: LoadedPicture) -> None:
    levels = np.zeros((HEIGHT, WIDTH), np.uint8)
    levels[0, :3] = (127, 128, 255)
    mask = mask_of(png(levels), "m.png", loaded)
    assert mask.dtype == np.uint8 and mask[0, :3].tolist() == [0, 255, 255] and mask.sum() == 2 * 255


def test_what_is_transparent_is_not_marked(loaded: LoadedPicture) -> None:
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    alpha[3:5, 6:9] = 255
    np.testing.assert_array_equal(mask_of(png(np.full_like(alpha, 255), alpha), "m.png", loaded), alpha)


def test_another_size_is_refused(loaded: LoadedPicture) -> None:
    with pytest.raises(InputError, match=r"m\.png is 4x5 pixels and the picture 30x20"):
        mask_of(png(np.zeros((5, 4), np.uint8)), "m.png", loaded)
