"""Samples for training: crops of pictures, each decided by its number and the seed alone.

Sample ``n`` is the same whichever process makes it and whenever, so a resumed run sees what an uninterrupted
one would have seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from restoration_studio.errors import RestorationError
from restoration_studio.training.config import TrainingConfig
from restoration_studio.training.errors import UnreadableTrainingPicture
from restoration_studio.training.layouts import find_pictures

Sample = dict[str, NDArray[Any]]
_CACHE_BYTES = 2_000_000_000  # of all processes together
_DEEP = ("I", "F")  # beginnings of Pillow's modes of more than 8 bits, which its conversion would clip


class PictureSamples:
    """The samples of a run, as torch's data loader takes them.

    Args:
        config: folders, crop, zoom, flip and seed.
        make: turns a crop, (height, width, 3) uint8, into a sample with the help of its own random generator.
    """

    def __init__(self, config: TrainingConfig, make: Callable[[NDArray[np.uint8], Generator], Sample]) -> None:
        self.config, self.make = config, make
        found = [path for folder in config.data for path in find_pictures(Path(folder), config.split)]
        self.paths = found[: config.limit]
        self._cache: dict[int, NDArray[np.uint8]] = {}
        self._cached_bytes = 0
        self._order: tuple[int, NDArray[np.int64]] = (-1, np.empty(0, np.int64))

    def fingerprint(self) -> str:
        """Of the data: changes when a picture is added, removed or has another size on disk."""
        digest = hashlib.sha256()
        for path in self.paths:
            digest.update(f"{path.name} {path.stat().st_size}\n".encode())
        return digest.hexdigest()[:16]

    def __len__(self) -> int:
        return self.config.steps * self.config.batch

    def __getitem__(self, number: int) -> Sample:
        rng = default_rng((self.config.seed, number))
        turn, place = divmod(number, len(self.paths))
        if self._order[0] != turn:  # of a million pictures it takes longer than a sample
            self._order = (turn, default_rng((self.config.seed, turn, 1)).permutation(len(self.paths)))
        picture = self._picture(int(self._order[1][place]))  # every picture once a turn
        crop = random_crop(picture, rng, self.config.crop, self.config.zoom)
        if self.config.flip and rng.random() < 0.5:
            crop = crop[:, ::-1]
        return self.make(np.ascontiguousarray(crop), rng)

    def _picture(self, index: int) -> NDArray[np.uint8]:
        if index not in self._cache:
            picture = load_picture(self.paths[index])
            if self._cached_bytes + picture.nbytes > _CACHE_BYTES / max(1, self.config.workers):
                return picture
            self._cache[index] = picture
            self._cached_bytes += picture.nbytes
        return self._cache[index]


class SamplesOrErrors:
    """Samples for the processes of a data loader: where one cannot be made, its error takes its place.

    Torch would raise it anew in the main process from a text, and an error is more than its text.
    """

    def __init__(self, samples: PictureSamples) -> None:
        self._samples = samples

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, number: int) -> Sample | RestorationError:
        try:
            return self._samples[number]
        except RestorationError as error:
            return error


def collate(items: Sequence[Sample | RestorationError]) -> Any:
    """A batch of the items, or the first error among them."""
    from torch.utils.data import default_collate

    return next((item for item in items if isinstance(item, RestorationError)), None) or default_collate(list(items))


def load_picture(path: Path) -> NDArray[np.uint8]:
    """(height, width, 3) uint8, turned upright.

    Raises:
        InputError: the file is no picture, or too large a one.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            if not image.mode.startswith(_DEEP):
                upright = ImageOps.exif_transpose(image)
                return np.asarray((upright or image).convert("RGB"))
        from restoration_studio.image.read import read_picture

        return np.asarray(read_picture(path).pixels * 255 + 0.5, np.uint8)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadableTrainingPicture(path=path) from error


def random_crop(
    picture: NDArray[np.uint8], rng: Generator, size: Sequence[int], zoom: Sequence[float]
) -> NDArray[np.uint8]:
    """A crop of ``size`` (height, width) that shows up to ``zoom`` times as many pixels, scaled down.

    A picture too small for that is taken as large as it is and enlarged.
    """
    import cv2

    height, width = picture.shape[:2]
    largest = min(height / size[0], width / size[1])
    factor = min(rng.uniform(zoom[0], zoom[1]), largest)
    rows, columns = (min(side, max(1, round(n * factor))) for side, n in zip((height, width), size, strict=True))
    top, left = int(rng.integers(height - rows + 1)), int(rng.integers(width - columns + 1))
    part = picture[top : top + rows, left : left + columns]
    if part.shape[:2] == tuple(size):
        return part
    kind = cv2.INTER_AREA if factor > 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, (size[1], size[0]), interpolation=kind), np.uint8)
