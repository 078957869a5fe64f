"""Results kept on the server: under a name that nobody else has or is just taking."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from restoration_studio.engine.recipe import Recipe
from restoration_studio.files import claim_output
from restoration_studio.image.picture import Picture
from restoration_studio.studio.core.exports import save
from restoration_studio.studio.core.session import RestoredPicture


def test_a_name_that_is_taken_or_being_taken_is_left(tmp_path: Path) -> None:
    picture = Picture(np.full((4, 5, 3), 0.5, np.float32))
    shown = np.zeros((4, 5, 3), np.uint8)
    result = RestoredPicture("photo.jpg", picture, picture, Recipe.default(), {"notes": []}, None, shown)
    assert save(result, picture, "PNG", tmp_path / "kept", {}).name == "photo_restored.png"
    assert save(result, picture, "PNG", tmp_path / "kept", {}).name == "photo_restored_2.png"
    third = tmp_path / "kept" / "photo_restored_3.png"
    with claim_output(third, overwrite=False), ThreadPoolExecutor(1) as pool:
        assert pool.submit(save, result, picture, "PNG", tmp_path / "kept", {}).result().name == "photo_restored_4.png"
    names = sorted(path.name for path in (tmp_path / "kept").iterdir() if path.suffix == ".png")
    assert names == ["photo_restored.png", "photo_restored_2.png", "photo_restored_4.png"]
